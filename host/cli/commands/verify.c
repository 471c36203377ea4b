/* verify.c - clmlp verify: check a device's training steps against the CPU path in double. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "interrupt.h"
#include "message.h"
#include "options/network.h"
#include "options/options.h"
#include "options/schedule.h"
#include "reports/verify.h"
#include "options/shared.h"
#include "reports/startup.h"

static const char COMMAND[] = "verify";

/* What can be asked for, one at a time. */
typedef enum verify_mode { LOCK_STEP, FREE_RUN, AGAINST, DETERMINISM, VOTE, REPLAY, MODES } verify_mode;

typedef struct verify_options {
    clmlp_cli_network_options network;
    clmlp_verify_config config;
    clmlp_cli_rule_given rule;
    clmlp_cli_regularisation_given regularisation;
    clmlp_cli_schedule_given schedule;
    clmlp_device_options device;
    const char *data, *against, *replay;
    size_t runs;
    verify_mode mode;
    bool vote, no_shuffle, json, quiet;
    bool has_model, has_steps, has_batch, has_lambda, has_seed, has_dump, has_bundle, has_runs, has_schedule_steps;
    bool has_input_scale, has_pairs;
} verify_options;

typedef struct verify_run {
    clmlp_dataset *dataset;
    clmlp_model *model;
    clmlp_device *device;
    double last_note;
} verify_run;

/* --- command line ---------------------------------------------------------------------------------------- */

static verify_options defaults(void)
{
    verify_options o = {.network = clmlp_cli_network_options_default(),
                        .config = clmlp_verify_config_default(),
                        .device = clmlp_device_options_default()};
    o.config.bundle = "verify-failure.safetensors";
    return o;
}

static const char description[] =
    "Trains a few steps on the device and holds every number of every tensor against\n"
    "the CPU path in double, within the rounding error that is derived for it. The\n"
    "reference takes the device's own inputs to each equation, so that an error is\n"
    "blamed on the one kernel that made it. DATA: as for clmlp train.\n"
    "Exit status 3: a mismatch.\n\n"
    "  clmlp verify train.csv --device opencl --engine native\n"
    "  clmlp verify train.csv --hidden 100,50 --steps 50 --free-run\n"
    "  clmlp verify train.csv --model model.safetensors --dump tensors\n"
    "  clmlp verify train.csv --model model.safetensors --against tensors\n"
    "  clmlp verify train.csv --determinism 5\n"
    "  clmlp verify train.csv --vote\n"
    "  clmlp verify --replay verify-failure.safetensors --device cpu\n";

static bool parse(verify_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    char batch[48];
    (void)snprintf(batch, sizeof batch, "%zu, or all when there are fewer", o->config.batch);
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        CLMLP_CLI_DATA_ROWS(o->network),
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"model", &clmlp_cli_text, &o->network.model, "FILE", "begin with the theta, layers and scaling of this model",
         "random theta", &o->has_model},
        CLMLP_CLI_NETWORK_ROWS(o->network),
        {NULL, NULL, NULL, NULL, "Steps:", NULL, NULL},
        {"steps", &clmlp_cli_count, &o->config.steps, "N", "training steps to compare",
         "3; with --against as many as there are", &o->has_steps},
        {"batch", &clmlp_cli_batch, &o->config.batch, "N", "examples per step, or full for all", batch, &o->has_batch},
        CLMLP_CLI_RULE_ROWS(o->config, o->rule),
        {"lbfgs-pairs", &clmlp_cli_count, &o->config.lbfgs_pairs, "N", "steps that lbfgs remembers, at most 100", "10",
         &o->has_pairs},
        {"input-scale-rate", &clmlp_cli_non_negative, &o->config.input_scale_rate, "F",
         "learn a scale of each input, with F times --rate", "0: none; with --against the folder's",
         &o->has_input_scale},
        CLMLP_CLI_SCHEDULE_ROWS(o->config.schedule, o->schedule),
        {"schedule-steps", &clmlp_cli_count, &o->config.schedule_steps, "N",
         "steps of the run that --schedule and --warmup are for, of which these are the first", "those of --steps",
         &o->has_schedule_steps},
        {"lambda", &clmlp_cli_non_negative, &o->config.lambda, "LAMBDA", "L2 regularisation of the weights, >= 0", NULL,
         &o->has_lambda},
        CLMLP_CLI_REGULARISATION_ROWS(o->config, o->regularisation),
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random theta and of the order of examples", NULL,
         &o->has_seed},
        {"no-shuffle", NULL, &o->no_shuffle, NULL, "take examples in file order", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Comparison (lock-step, or one of these):", NULL, NULL},
        {"free-run", NULL, &o->config.free_run, NULL,
         "let device and CPU path each go on from their own theta, and report how far they drift apart", NULL, NULL},
        {"against", &clmlp_cli_text, &o->against, "DIR",
         "compare with tensors that were dumped elsewhere, beginning where they begin", "none", NULL},
        {"determinism", &clmlp_cli_count, &o->runs, "N", "train N times and compare all bits", "not", &o->has_runs},
        {"vote", NULL, &o->vote, NULL, "run the steps on every device with every engine and say who disagrees", NULL,
         NULL},
        {"replay", &clmlp_cli_text, &o->replay, "FILE", "do the one step again that --bundle or train saved; no DATA",
         "none", NULL},
        {NULL, NULL, NULL, NULL, "On failure:", NULL, NULL},
        {"go-on", NULL, &o->config.go_on, NULL, "do not stop after the first failing step", NULL, NULL},
        {"bundle", &clmlp_cli_text, &o->config.bundle, "FILE", "where to save the first failing step, or none",
         NULL, &o->has_bundle},
        CLMLP_CLI_PLACE_ROWS(o->device),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"dump", &clmlp_cli_text, &o->config.dump, "DIR",
         "write every tensor of both sides as STEP-LAYER-NAME.device.npy and .reference.npy", "none", &o->has_dump},
        {"json", NULL, &o->json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},
        {"quiet", NULL, &o->quiet, NULL, "nothing on standard error but errors and notes about the data", NULL, NULL},
    };
    const clmlp_cli_syntax syntax = {COMMAND, "[DATA]", description, options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->data = arguments->positional[0];
    o->config.shuffle = !o->no_shuffle;
    if (strcmp(o->config.bundle, "none") == 0) o->config.bundle = NULL;
    return true;
}

/* Which comparison is asked for: at most one. */
static bool find_mode(verify_options *o, int *status)
{
    const struct {
        const char *option;
        bool given;
        verify_mode mode;
    } modes[] = {{"--free-run", o->config.free_run, FREE_RUN}, {"--against", o->against != NULL, AGAINST},
                 {"--determinism", o->has_runs, DETERMINISM},  {"--vote", o->vote, VOTE},
                 {"--replay", o->replay != NULL, REPLAY}};
    const char *first = NULL;
    o->mode = LOCK_STEP;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!modes[i].given) continue;
        if (first != NULL) {
            *status = clmlp_cli_usage_error(COMMAND, "%s and %s: only one of them at a time", first, modes[i].option);
            return false;
        }
        first = modes[i].option;
        o->mode = modes[i].mode;
    }
    return true;
}

/* Options that a comparison would leave unused are mistakes. */
static bool check_useful(const verify_options *o, int *status)
{
    enum { STEPS = 1 << LOCK_STEP | 1 << FREE_RUN, ALL = ((1 << MODES) - 1) & ~(1 << REPLAY) };
    static const char *const words[MODES] = {"lock-step", "--free-run", "--against", "--determinism", "--vote",
                                             "--replay"};
    const clmlp_cli_network_options *const n = &o->network;
    const struct {
        const char *option;
        bool given;
        int modes; /* that it means something to */
    } uses[] = {{"--labels", n->has_labels, ALL},
                {"--target", n->has_target, ALL},
                {"--task", n->has_task, ALL},
                {"--class-names", n->class_names != NULL, ALL},
                {"--format", n->text.format, ALL},
                {"--index-base", n->text.index_base, ALL},
                {"--svmlight-features", n->has_svmlight_features, ALL},
                {"--header", n->text.header, ALL},
                {"--delimiter", n->text.delimiter, ALL},
                {"--decimal", n->text.decimal, ALL},
                {"--missing-targets", n->has_missing_targets, ALL},
                {"--features", n->has_features, ALL},
                {"--ignore", n->has_ignore, ALL},
                {"--categorical", n->has_categorical, ALL},
                {"--max-categories", n->has_max_categories, ALL},
                {"--missing", n->has_missing, ALL},
                {"--missing-values", n->has_missing_texts, ALL},
                {"--unseen", n->has_unseen, ALL},
                {"--scale", n->has_scale, ALL},
                {"--target-scale", n->has_target_scale, ALL},
                {"--model", o->has_model, ALL},
                {"--hidden", n->has_hidden, ALL},
                {"--activation", n->has_activation, ALL},
                {"--initialisation", n->has_initialisation, ALL},
                {"--output", n->has_output, ALL},
                {"--steps", o->has_steps, ALL},
                {"--optimizer", o->rule.optimizer, ALL & ~(1 << AGAINST)},
                {"--rate", o->rule.rate, ALL},
                {"--lbfgs-pairs", o->has_pairs, ALL & ~(1 << AGAINST)},
                {"--input-scale-rate", o->has_input_scale, ALL},
                {"--schedule", o->schedule.kind, ALL & ~(1 << AGAINST)},
                {"--warmup", o->schedule.warmup, ALL & ~(1 << AGAINST)},
                {"--min-rate", o->schedule.min_rate, ALL & ~(1 << AGAINST)},
                {"--decay", o->schedule.decay, ALL & ~(1 << AGAINST)},
                {"--decay-every", o->schedule.every, ALL & ~(1 << AGAINST)},
                {"--schedule-steps", o->has_schedule_steps, ALL & ~(1 << AGAINST)},
                {"--lambda", o->has_lambda, ALL},
                {"--label-smoothing", o->regularisation.smoothing, ALL & ~(1 << AGAINST)},
                {"--dropout", o->regularisation.dropout, ALL & ~(1 << AGAINST)},
                {"--seed", o->has_seed, ALL},
                {"--batch", o->has_batch, ALL & ~(1 << AGAINST)},
                {"--no-shuffle", o->no_shuffle, ALL & ~(1 << AGAINST)},
                {"--go-on", o->config.go_on, STEPS | 1 << AGAINST},
                {"--bundle", o->has_bundle, STEPS},
                {"--dump", o->has_dump, STEPS},
                {"--device", strcmp(o->device.spec, "auto") != 0, ~(1 << VOTE)},
                {"--engine", o->device.engine != CLMLP_ENGINE_AUTO, ~(1 << VOTE)}};
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (!uses[i].given || (uses[i].modes & (1 << o->mode)) != 0) continue;
        *status = clmlp_cli_usage_error(COMMAND, "%s: has no meaning with %s", uses[i].option, words[o->mode]);
        return false;
    }
    return true;
}

/* A folder for tensors: there, or to be made in one that is there. */
static bool check_folder(const verify_options *o, int *status)
{
    struct stat info;
    if (o->config.dump == NULL) return true;
    if (stat(o->config.dump, &info) != 0) {
        return clmlp_cli_check_output(COMMAND, "--dump", o->config.dump, NULL, 0, status);
    }
    if (S_ISDIR(info.st_mode)) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--dump '%s': is a file, expected a folder", o->config.dump);
    return false;
}

/* Minimisers take all examples at once, and no numbers of an update rule. */
static bool check_minimiser(verify_options *o, int *status)
{
    const clmlp_minimiser minimiser = o->rule.method.minimiser;
    const char *const name = clmlp_minimiser_name(minimiser), *useless = NULL;
    const bool minimises = minimiser != CLMLP_NO_MINIMISER;
    if (minimiser != CLMLP_LBFGS && o->has_pairs) useless = "lbfgs-pairs";
    if (minimises && clmlp_cli_given_rule_option(&o->rule) != NULL) useless = clmlp_cli_given_rule_option(&o->rule);
    if (useless != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--%s: has no meaning with --optimizer %s", useless,
                                        minimises ? name : clmlp_optimizer_name(o->rule.method.optimizer));
        return false;
    }
    if (!minimises) return true;
    if (o->mode == FREE_RUN || o->mode == AGAINST) {
        *status = clmlp_cli_usage_error(COMMAND, "%s: has no meaning with --optimizer %s, whose line search decides by "
                                        "the numbers that it meets, so that two right runs part (lock-step has)",
                                        o->mode == FREE_RUN ? "--free-run" : "--against", name);
        return false;
    }
    o->config.minimiser = minimiser;
    if (!o->has_batch) o->config.batch = 0;
    return true;
}

static bool check(verify_options *o, int *status)
{
    if (!find_mode(o, status) || !check_useful(o, status) || !check_folder(o, status)) return false;
    o->config.optimizer = o->rule.method.optimizer;
    if (!check_minimiser(o, status)) return false;
    if (!clmlp_cli_check_rule(COMMAND, o->config.optimizer, &o->rule, status)) return false;
    if (!clmlp_cli_check_schedule(COMMAND, &o->config.schedule, &o->schedule, status)) return false;
    if (o->mode == REPLAY && o->data != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "unexpected argument '%s': --replay takes no DATA", o->data);
        return false;
    }
    if (o->mode != REPLAY && o->data == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "DATA is missing");
        return false;
    }
    if (o->mode == DETERMINISM && o->runs < 2) {
        *status = clmlp_cli_usage_error(COMMAND, "--determinism '%zu': expected 2 runs or more", o->runs);
        return false;
    }
    if (o->mode != LOCK_STEP && o->mode != FREE_RUN) o->config.bundle = NULL;
    if (o->config.bundle == NULL) return true;
    const char *const inputs[] = {o->data, o->network.load.labels_path, o->network.model};
    return clmlp_cli_check_output(COMMAND, "--bundle", o->config.bundle, inputs, 3, status);
}

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

static bool open_device(const verify_options *o, verify_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    const size_t m = clmlp_dataset_examples(run->dataset);
    if (clmlp_cli_open_device(&run->device, &o->device, run->model, o->config.batch != 0 ? o->config.batch : m,
                              &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
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

int clmlp_cli_verify(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    verify_options options = defaults();
    verify_run run = {0};
    if (parse(&options, &arguments, argc, argv, &status) && check(&options, &status)) {
        clmlp_cli_set_quiet(options.quiet);
        status = run_mode(&options, &run);
    }
    clmlp_device_close(run.device);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.dataset);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
