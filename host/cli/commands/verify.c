/* verify.c - clmlp verify: check a device's training steps against the CPU path in double. */
#include <string.h>

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "commands/commands.h"
#include "commands/verify_options.h"
#include "interrupt.h"
#include "message.h"
#include "ranks/agree.h"
#include "ranks/devices.h"
#include "reports/startup.h"
#include "reports/verify.h"

static const char COMMAND[] = "verify";

typedef struct verify_run {
    clmlp_dataset *dataset;
    clmlp_model *model;
    clmlp_device *device;
    char rank_device[CLMLP_NAME_LENGTH]; /* what it was opened by, where ranks choose together */
    double last_note;
} verify_run;

/* --- taking everything in -------------------------------------------------------------------------------- */

static bool take_in(verify_options *o, verify_run *run, int *status)
{
    if (!clmlp_cli_take_network(COMMAND, "--model", o->data, &o->network, o->config.seed, &run->dataset, NULL,
                                &run->model, status)) {
        return false;
    }
    if (!clmlp_cli_take_rule(COMMAND, CLMLP_CLI_RULE_PLACES(o->config), &o->rule, run->model, status)) return false;
    if (!clmlp_cli_check_regularisation(COMMAND, o->config.label_smoothing, &o->regularisation, run->model, status)) {
        return false;
    }
    o->config.dropout = o->regularisation.p.of;
    o->config.dropout_count = o->regularisation.p.count;
    const size_t m = clmlp_dataset_examples(run->dataset);
    if (o->config.batch > m && o->has_batch) {
        *status = clmlp_cli_usage_error(COMMAND, "--batch '%zu': there are only %zu examples (full takes them all)",
                                        o->config.batch, m);
        return false;
    }
    if (o->config.batch > m) o->config.batch = 0;
    clmlp_cli_note_data("data", o->data, run->dataset);
    clmlp_cli_note_model(run->model);
    return true;
}

/* What this rank computes on; alone, what --devices says of one. */
static bool take_rank_device(verify_options *o, verify_run *run, int *status)
{
    const bool given = strcmp(o->device.spec, "auto") != 0;
    if (clmlp_ranks_count(o->config.ranks) == 1 && o->devices == NULL) return true;
    if (!clmlp_cli_take_device(COMMAND, o->config.ranks, o->devices, given ? o->device.spec : NULL, run->rank_device,
                               sizeof run->rank_device, status)) {
        return false;
    }
    o->device.spec = run->rank_device;
    return true;
}

static bool open_device(verify_options *o, verify_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    const size_t m = clmlp_dataset_examples(run->dataset);
    if (!take_rank_device(o, run, status)) return false;
    const clmlp_status opened = clmlp_cli_open_device(&run->device, &o->device, run->model,
                                                      o->config.batch != 0 ? o->config.batch : m, &error);
    if (opened != CLMLP_OK) *status = clmlp_cli_fail(&error, true);
    if (!clmlp_cli_all_go_on(o->config.ranks, opened == CLMLP_OK, status)) return false;
    if (clmlp_cli_tell_taken(o->config.ranks, clmlp_device_get_info(run->device), NULL, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, false);
        return false;
    }
    clmlp_cli_note_device(run->device);
    return true;
}

/* --- the comparisons --------------------------------------------------------------------------------------- */

/* Now and then, how far it is. */
static void note_progress(const clmlp_finding *finding, void *context)
{
    verify_run *const run = context;
    const double now = clmlp_cli_seconds();
    if (finding->step == 0 || now - run->last_note < 2.0) return;
    if (run->last_note > 0.0) clmlp_cli_note("step %zu", finding->step);
    run->last_note = now;
}

static int report(const verify_options *o, const clmlp_cli_verify_report *report)
{
    const bool passed = report->result->passed;
    const int status = !passed ? CLMLP_CLI_MISMATCH : report->interrupted ? CLMLP_CLI_INTERRUPTED : CLMLP_CLI_DONE;
    if (o->json) return clmlp_cli_report_verify_json(report, status);
    clmlp_cli_report_verify(report);
    return clmlp_cli_finish_output(status);
}

static int compare(verify_options *o, verify_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_verify_result result = {.size = sizeof result};
    int status = CLMLP_CLI_DONE;
    if (o->mode == AGAINST) {
        if (!o->has_steps) o->config.steps = INT32_MAX;
        /* what the folder says, unless it is asked for */
        if (!o->rule.rate) o->config.rate = 0.0;
        if (!o->has_lambda) o->config.lambda = -1.0;
    }
    o->config.on_finding = (clmlp_on_finding){note_progress, run};
    o->config.cancel =
        clmlp_cli_catch_signals(o->quiet ? NULL : "clmlp: stopping after this step (once more to quit at once)\n");
    const clmlp_status done =
        o->mode == AGAINST
            ? clmlp_verify_against(run->model, run->device, run->dataset, o->against, &o->config, &result, &error)
            : clmlp_verify(run->model, run->device, run->dataset, &o->config, &result, &error);
    if (!clmlp_cli_is_root()) { /* rank 0 has the findings of all, and tells them */
        clmlp_free(result.findings);
        return done == CLMLP_OK ? CLMLP_CLI_DONE : clmlp_cli_fail(&error, false);
    }
    const bool compared = result.steps > 0 || result.first_failure != NULL;
    if (done != CLMLP_OK && !(done == CLMLP_INTERRUPTED && compared)) {
        status = clmlp_cli_fail(&error, o->mode == AGAINST);
    } else {
        status = report(o, &(clmlp_cli_verify_report){
            .mode = o->mode == AGAINST ? "against" : o->mode == FREE_RUN ? "free run" : "lock-step",
            .device = run->device, .model = run->model, .config = o->mode == AGAINST ? NULL : &o->config,
            .result = &result, .against = o->against,
            .bundle = result.bundle_written ? o->config.bundle : NULL,
            .interrupted = done == CLMLP_INTERRUPTED});
    }
    clmlp_free(result.findings);
    return status;
}

static int check_determinism(const verify_options *o, const verify_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_determinism_result result = {.size = sizeof result};
    if (clmlp_verify_determinism(run->model, run->device, run->dataset, &o->config, o->runs, &result, &error) !=
        CLMLP_OK) {
        return clmlp_cli_fail(&error, false);
    }
    const int status = result.identical ? CLMLP_CLI_DONE : CLMLP_CLI_MISMATCH;
    if (o->json) return clmlp_cli_report_determinism_json(&result, run->device, status);
    clmlp_cli_report_determinism(&result);
    return clmlp_cli_finish_output(status);
}

static int vote(const verify_options *o, const verify_run *run)
{
    clmlp_vote_result *result = NULL;
    clmlp_error error = {.status = CLMLP_OK};
    if (clmlp_verify_vote(run->model, run->dataset, o->device.precision, &o->config, &result, &error) != CLMLP_OK) {
        return clmlp_cli_fail(&error, false);
    }
    int status = clmlp_vote_result_blame(result) == CLMLP_BLAME_NOTHING ? CLMLP_CLI_DONE : CLMLP_CLI_MISMATCH;
    if (o->json) {
        status = clmlp_cli_report_vote_json(result, o->config.steps, status);
    } else {
        clmlp_cli_report_vote(result);
        status = clmlp_cli_finish_output(status);
    }
    clmlp_vote_result_destroy(result);
    return status;
}

/* As the step was computed, unless something else is asked for; its tiles where this device can have them. */
static clmlp_status open_for_replay(const verify_options *o, const clmlp_bundle_info *info, clmlp_device **device,
                                    clmlp_error *error)
{
    bool other_tiles = false;
    const clmlp_status status = clmlp_bundle_open_device(info, &o->device, device, &other_tiles, error);
    if (other_tiles) clmlp_cli_note("this device cannot have the tiles %s of the saved step", info->tiles);
    return status == CLMLP_OK ? clmlp_device_prepare(*device, NULL, 0, 0, error) : status;
}

static int replay(const verify_options *o, verify_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_bundle_info info = {.size = sizeof info};
    clmlp_replay_result *result = NULL;
    int status = CLMLP_CLI_DONE;
    if (clmlp_bundle_read_info(o->replay, &info, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    if (open_for_replay(o, &info, &run->device, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    clmlp_cli_note_device(run->device);
    if (clmlp_verify_replay(o->replay, run->device, &result, &error) != CLMLP_OK) {
        status = clmlp_cli_fail(&error, true);
    } else {
        status = report(o, &(clmlp_cli_verify_report){.mode = "replay", .device = run->device,
                                                      .result = clmlp_replay_result_here(result), .replay = result});
    }
    clmlp_replay_result_destroy(result);
    return status;
}

static int run_mode(verify_options *o, verify_run *run)
{
    int status;
    if (o->mode == REPLAY) return replay(o, run);
    if (!take_in(o, run, &status)) return status;
    if (o->mode == VOTE) return vote(o, run);
    if (!open_device(o, run, &status)) return status;
    return o->mode == DETERMINISM ? check_determinism(o, run) : compare(o, run);
}

/* Work with the other ranks, if there are some. Rank 0 alone speaks. */
static void join(verify_options *o)
{
    o->config.ranks = clmlp_cli_cluster_ranks();
    if (clmlp_cli_is_root()) return;
    o->quiet = true;
    o->json = false;
}

int clmlp_cli_verify(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    verify_options options = clmlp_cli_verify_defaults();
    verify_run run = {0};
    const bool good = clmlp_cli_verify_parse(&options, &arguments, argc, argv, &status) &&
                      clmlp_cli_verify_check(&options, &status);
    if (clmlp_cli_all_take_options(good, &status)) {
        join(&options);
        clmlp_cli_set_quiet(options.quiet);
        status = run_mode(&options, &run);
    }
    clmlp_device_close(run.device);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.dataset);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
