/* verify_options.c - clmlp verify: its options, and which of them go together. */
#include "commands/verify_options.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "options/written.h"
#include "ranks/devices.h"

static const char COMMAND[] = "verify";

verify_options clmlp_cli_verify_defaults(void)
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
    "  clmlp verify --replay verify-failure.safetensors --device cpu\n"
    "  mpirun -n 4 clmlp verify train.csv\n";

bool clmlp_cli_verify_parse(verify_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
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
        CLMLP_CLI_DEVICES_ROW(o->devices),
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
                {"--devices", o->devices != NULL, ~(1 << VOTE | 1 << REPLAY)},
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

/* Several ranks are compared in lock-step, and save nothing. */
static bool check_ranks(verify_options *o, int *status)
{
    static const char *const words[MODES] = {"", "--free-run", "--against", "--determinism", "--vote", "--replay"};
    size_t count = 1;
    clmlp_ranks_expected(NULL, &count);
    if (count <= 1) return true;
    const bool minimises = o->rule.method.minimiser != CLMLP_NO_MINIMISER;
    const char *const other = o->mode != LOCK_STEP ? words[o->mode] : o->has_dump ? "--dump"
                              : o->has_bundle && o->config.bundle != NULL ? "--bundle"
                              : minimises ? "--optimizer lbfgs or cg" : NULL;
    o->config.bundle = NULL;
    if (other == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "%s: has no meaning with several ranks (found %zu processes, expected 1)",
                                    other, count);
    return false;
}

bool clmlp_cli_verify_check(verify_options *o, int *status)
{
    if (!find_mode(o, status) || !check_ranks(o, status)) return false;
    if (!check_useful(o, status) || !check_folder(o, status)) return false;
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
    return clmlp_cli_check_output(COMMAND, "--bundle", o->config.bundle, inputs, 3, status) &&
           clmlp_cli_check_replaced(COMMAND, "--bundle", o->config.bundle, CLMLP_CLI_BUNDLE_OUTPUT,
                                    "give another name, or --bundle none", status);
}
