/* self_check.c - the options of training's self-check, and what it reports. */
#include "commands/self_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "reports/verify.h"

enum { TOLD = 10 }; /* wrong steps that are told one by one */

const char *clmlp_cli_self_check_prepare(clmlp_cli_self_check *check, const char *model)
{
    static const char ending[] = ".safetensors", middle[] = ".replay";
    if (check->config.every == 0 && check->has_on_mismatch) return "there is no --self-check";
    if (check->config.every == 0 || check->config.bundle != NULL) return NULL;
    size_t stem = strlen(model);
    if (stem >= sizeof ending && strcmp(model + stem - (sizeof ending - 1), ending) == 0) stem -= sizeof ending - 1;
    const size_t size = stem + sizeof middle + sizeof ending;
    check->bundle = malloc(size);
    if (check->bundle == NULL) return "not enough memory";
    (void)snprintf(check->bundle, size, "%.*s%s%s", (int)stem, model, middle, ending);
    check->config.bundle = check->bundle;
    return NULL;
}

/* Of each wrong step the first finding, so that a warning stays one line. */
static void tell(const clmlp_finding *finding, void *context)
{
    clmlp_cli_self_check *const check = context;
    char text[512];
    clmlp_self_check_result so_far = {.size = sizeof so_far};
    (void)clmlp_self_check_result_get(check->inspector, &so_far, NULL);
    /* steps that failed before this one have been counted */
    if (check->config.on_mismatch == CLMLP_MISMATCH_STOP || so_far.failed < check->told || check->told >= TOLD) return;
    check->told = so_far.failed + 1;
    clmlp_cli_progress_break(check->progress);
    clmlp_cli_error("self-check: %s", clmlp_finding_text(finding, text, sizeof text));
    if (check->config.on_mismatch == CLMLP_MISMATCH_CPU) {
        clmlp_cli_error("going on from before that step on the CPU path");
    } else if (check->told == TOLD) {
        clmlp_cli_error("more wrong steps are counted, not told");
    }
}

clmlp_status clmlp_cli_self_check_begin(clmlp_cli_self_check *check, clmlp_cli_progress *progress, clmlp_error *error)
{
    if (check->config.every == 0 && check->config.bundle == NULL) return CLMLP_OK;
    check->progress = progress;
    check->config.on_finding = (clmlp_on_finding){tell, check};
    return clmlp_self_check_create(&check->inspector, &check->config, error);
}

void clmlp_cli_self_check_end(clmlp_cli_self_check *check)
{
    check->result.size = sizeof check->result;
    if (check->inspector != NULL) (void)clmlp_self_check_result_get(check->inspector, &check->result, NULL);
}

void clmlp_cli_self_check_tell(const clmlp_cli_self_check *check, const clmlp_device *device)
{
    const clmlp_self_check_result *const result = &check->result;
    if (check->inspector == NULL) return;
    if (check->config.every != 0 && result->failed == 0) {
        char share[CLMLP_CLI_NUMBER];
        clmlp_cli_note("self-check: %zu step%s checked, all within their bounds; the largest error was %s of its bound",
                       result->checked, result->checked == 1 ? "" : "s",
                       clmlp_cli_share_of_bound(share, result->max_of_bound));
    } else if (result->failed > 0) {
        clmlp_cli_error("self-check: %zu of %zu checked step%s wrong", result->failed, result->checked,
                        result->checked == 1 ? " is" : "s are");
    }
    if (result->why_no_bundle[0] != '\0') clmlp_cli_error("the step could not be saved: %s", result->why_no_bundle);
    if (!result->bundle_written) return;
    const clmlp_device_info *const info = clmlp_device_get_info(device);
    const bool host = strcmp(info->type, "host") == 0;
    clmlp_cli_error("the step was saved; replay it with: clmlp verify --replay %s --device %s%s%s",
                    check->config.bundle, info->spec, host ? "" : " --engine ",
                    host ? "" : clmlp_device_engine(device));
}

void clmlp_cli_self_check_free(clmlp_cli_self_check *check)
{
    clmlp_inspector_destroy(check->inspector);
    free(check->bundle);
}
