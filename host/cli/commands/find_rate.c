/* find_rate.c - clmlp train --find-rate: a range test instead of a training. */
#include "commands/find_rate.h"

#include "interrupt.h"
#include "message.h"
#include "reports/find_rate.h"

int clmlp_cli_find_rate(const clmlp_cli_train_options *o, const clmlp_model *model, clmlp_device *device,
                        const clmlp_dataset *train)
{
    clmlp_find_rate_config range = clmlp_find_rate_config_default();
    clmlp_find_rate_result result = {.size = sizeof result};
    clmlp_train_config config = o->config;
    config.ranks = NULL; /* rank 0 tries alone */
    clmlp_error error = {.status = CLMLP_OK};
    range.from = o->range.from;
    range.to = o->range.to;
    config.cancel = clmlp_cli_catch_signals(o->out.quiet ? NULL : "clmlp: stopping (once more to quit at once)\n");
    const clmlp_status status = clmlp_find_rate(model, device, train, &config, &range, &result, &error);
    if (status != CLMLP_OK) return clmlp_cli_fail(&error, false);
    const clmlp_cli_find_rate_report report = {&config, device, &range, &result, clmlp_dataset_examples(train)};
    int code = CLMLP_CLI_DONE;
    if (o->out.json) {
        code = clmlp_cli_report_find_rate_json(&report, code);
    } else {
        clmlp_cli_report_find_rate(&report);
        code = clmlp_cli_finish_output(code);
    }
    clmlp_free(result.points);
    return code;
}
