/* train_options.c - the command line of clmlp train. */
#include "commands/train_options.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "options/propose.h"
#include "options/written.h"
#include "ranks/devices.h"

static const char COMMAND[] = "train";

static const char *parse_members_by(const char *text, void *value)
{
    const bool folds = strcmp(text, "folds") == 0;
    if (!folds && strcmp(text, "seeds") != 0) return "expected seeds or folds";
    *(clmlp_cli_members_by *)value = folds ? CLMLP_CLI_BY_FOLDS : CLMLP_CLI_BY_SEEDS;
    return NULL;
}

const clmlp_cli_type clmlp_cli_members_by_type = {parse_members_by, NULL, "seeds folds"};

clmlp_cli_train_options clmlp_cli_train_options_default(void)
{
    const clmlp_find_rate_config range = clmlp_find_rate_config_default();
    return (clmlp_cli_train_options){.range = {range.from, range.to},
                           .network = clmlp_cli_network_options_default(),
                           .model = "model.safetensors",
                           .checkpoints = {.every = {1, 0.0}},
                           .members = 1,
                           .config = clmlp_train_config_default(),
                           .check = {.config = clmlp_self_check_config_default()},
                           .device = clmlp_device_options_default()};
}

void clmlp_cli_train_syntax(clmlp_cli_train_options *o, clmlp_cli_use_syntax *use, void *context)
{
    char batch[48];
    (void)snprintf(batch, sizeof batch, "%zu, or all when there are fewer", o->config.batch);
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        CLMLP_CLI_DATA_ROWS(o->network),
        {"validation", &clmlp_cli_fraction_or_file, &o->validation, "FRACTION|FILE",
         "examples to score after every epoch, to choose settings by: a fraction of DATA that is held out (by class, "
         "chosen by --seed), or a file", "none", NULL},
        {"validation-labels", &clmlp_cli_text, &o->validation_labels, "FILE",
         "targets of the file of --validation in a file of their own", "a column of it", NULL},
        {"cross-validate", &clmlp_cli_count, &o->folds, "K",
         "first divide DATA into K parts (by class, by --seed), train K times, each time without one part, and tell "
         "mean and spread of the metrics on these parts; then train the model on all of DATA", "none", &o->has_folds},
        {"test", &clmlp_cli_text, &o->test, "FILE", "examples to score after every epoch, never trained on", "none",
         NULL},
        {"test-labels", &clmlp_cli_text, &o->test_labels, "FILE", "targets of --test in a file of their own",
         "a column of it", NULL},
        {"preset", &clmlp_cli_preset_type, &o->preset, "NAME",
         "defaults for what is not given: tabular (a recipe for tables, docs/tabular.md) or article (those shown here)",
         "article", NULL},
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        CLMLP_CLI_NETWORK_ROWS(o->network),
        {"init", &clmlp_cli_text, &o->network.model, "MODEL",
         "start from the theta, layers and scaling of this model file", "random theta", NULL},
        {NULL, NULL, NULL, NULL, "Training:", NULL, NULL},
        CLMLP_CLI_RULE_ROWS(o->config, o->rule),
        CLMLP_CLI_SCHEDULE_ROWS(o->config.schedule, o->schedule),
        {"find-rate", NULL, &o->find_rate, NULL,
         "do not train: try rates from small to large in a short sweep, show the cost at each and propose one; nothing "
         "is written", NULL, NULL},
        {"find-range", &clmlp_cli_range_of_rates, &o->range, "FROM:TO", "rates of --find-rate", NULL, &o->has_range},
        {"ensemble", &clmlp_cli_count, &o->members, "N",
         "train N networks, with --seed, --seed + 1, ..., whose predictions are averaged; one model file has them",
         NULL, NULL},
        {"ensemble-by", &clmlp_cli_members_by_type, &o->members_by, "NAME",
         "what makes the networks of --ensemble differ: seeds alone, or folds, too: each leaves one of N parts of DATA "
         "out (by class, by --seed), and keeps the epoch with the best --monitor there", "seeds", &o->has_members_by},
        {"input-scale-rate", &clmlp_cli_non_negative, &o->config.input_scale_rate, "F",
         "learn a scale of each input, with F times --rate; it becomes part of theta(1)", "0: none",
         NULL},
        {"lambda", &clmlp_cli_non_negative, &o->config.lambda, "LAMBDA", "L2 regularisation of the weights, >= 0", NULL,
         NULL},
        CLMLP_CLI_REGULARISATION_ROWS(o->config, o->regularisation),
        {"epochs", &clmlp_cli_count, &o->config.epochs, "N", "passes over the training data", NULL,
         &o->has_epochs},
        {"batch", &clmlp_cli_batch, &o->config.batch, "N", "examples per step, or full for all", batch, &o->has_batch},
        {"lbfgs-pairs", &clmlp_cli_count, &o->config.lbfgs_pairs, "N",
         "steps that lbfgs remembers, each as large as theta and its gradient, at most 100", "10", &o->has_pairs},
        {"last-batch", &clmlp_cli_last_batch, &o->config.last_batch, "NAME",
         "examples of an epoch that are too few for a batch: keep gives them a step, drop leaves them out", NULL, NULL},
        {"early-stopping", &clmlp_cli_count, &o->config.early_stopping, "N",
         "stop after N epochs without a better --monitor, and keep the best theta; needs --validation", "off", NULL},
        {"keep-best", NULL, &o->config.keep_best, NULL,
         "train to the end, and keep the theta of the epoch with the best --monitor; needs --validation", NULL, NULL},
        {"monitor", &clmlp_cli_text, &o->config.monitor, "METRIC",
         "what of the validation data is gone by: cost, accuracy, or another metric that evaluate tells", "cost", NULL},
        {"tolerance", &clmlp_cli_non_negative, &o->config.tolerance, "X",
         "for --early-stopping, better by X or less is no better, in units of the metric", NULL, &o->has_tolerance},
        {"min-epochs", &clmlp_cli_count, &o->config.min_epochs, "N",
         "epochs before --early-stopping may stop", "none", &o->has_min_epochs},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N",
         "seed of the random theta, of the order of examples and of what --validation holds out", NULL, NULL},
        {"no-shuffle", NULL, &o->no_shuffle, NULL, "take examples in file order, not in a new order each epoch",
         NULL, NULL},
        CLMLP_CLI_DEVICE_ROWS(o->device),
        CLMLP_CLI_DEVICES_ROW(o->devices),
        CLMLP_CLI_SHARES_ROW(o->shares),
        CLMLP_CLI_GRADIENTS_ROW(o->config.short_gradients),
        {"local-steps", &clmlp_cli_count, &o->config.local_steps, "K",
         "another algorithm, for slow links between several processes: each takes K steps on its own rows, then theta "
         "is averaged (docs/cluster.md)", "off", NULL},
        CLMLP_CLI_SELF_CHECK_ROWS(o->check),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"model", &clmlp_cli_text, &o->model, "FILE", "where to write the model", NULL, NULL},
        {"history", &clmlp_cli_text, &o->config.history_path, "FILE",
         "write one JSON object a line per epoch: epoch, cost, accuracy, those of validation and test data, rate, "
         "seconds",
         "none", NULL},
        {"tensorboard", &clmlp_cli_text, &o->tensorboard, "FOLDER",
         "write the same numbers for TensorBoard: a new event file there, a record per epoch", "none", NULL},
        {"report", &clmlp_cli_text, &o->report, "FILE",
         "write a page with curves, metrics, mistakes and all settings: HTML that needs no network (docs/reports.md)",
         "none", NULL},
        CLMLP_CLI_OUTPUT_ROWS(o->out),
        CLMLP_CLI_CHECKPOINT_ROWS(o->checkpoints),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "DATA",
        "DATA: CSV or TSV text, svmlight's text, MNIST's IDX or NumPy's NPY, each also\n"
        "with .gz; one example a row. Ctrl-C ends training early and keeps the model.\n\n"
        "  clmlp train train.csv --test test.csv --hidden 100 --rate 0.5 --epochs 20\n"
        "  clmlp train train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz\n",
        options, sizeof options / sizeof options[0]};
    use(&syntax, context);
}

/* A command line to be read, and what came of it. */
typedef struct command_line {
    clmlp_cli_arguments *arguments;
    int argc;
    char **argv;
    int *status;
    clmlp_cli_checkpoints *checkpoints;
    bool go_on;
} command_line;

static void read_line(const clmlp_cli_syntax *syntax, void *context)
{
    command_line *const line = context;
    line->go_on = clmlp_cli_parse(line->arguments, syntax, line->argc, line->argv, line->status) &&
                  clmlp_cli_checkpoints_take(line->checkpoints, line->arguments, syntax, line->status);
}

static bool parse(clmlp_cli_train_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    command_line line = {arguments, argc, argv, status, &o->checkpoints, false};
    clmlp_cli_train_syntax(o, read_line, &line);
    if (!line.go_on) return false;
    /* that model was where the run started; now it is where it stopped */
    if (o->checkpoints.resume != NULL && o->network.model != NULL) o->network.model = o->checkpoints.resume;
    o->data = arguments->positional[0];
    o->config.shuffle = !o->no_shuffle;
    o->network.held_out = o->validation.fraction;
    return true;
}

/* A preset, and why it cannot be applied. */
typedef struct preset_use {
    clmlp_cli_preset preset;
    clmlp_cli_preset_case its_case;
    const char *complaint;
} preset_use;

static void apply_preset(const clmlp_cli_syntax *syntax, void *context)
{
    preset_use *const use = context;
    use->complaint = clmlp_cli_preset_apply(use->preset, use->its_case, syntax);
}

/* The settings of the preset are defaults: the command line is read once more over them. */
static bool take_preset(clmlp_cli_train_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const bool given = cJSON_HasObjectItem(o->checkpoints.kept, "optimizer");
    const clmlp_cli_preset_method method = clmlp_cli_preset_method_of(o->preset, given, o->rule.method.optimizer,
                                                                      o->rule.method.minimiser);
    const bool by_seeds = o->has_members_by && o->members_by == CLMLP_CLI_BY_SEEDS; /* as single networks are */
    preset_use use = {o->preset, {o->members > 1 && !by_seeds, method}, NULL};
    clmlp_cli_arguments_free(arguments);
    clmlp_cli_checkpoints_free(&o->checkpoints);
    *o = clmlp_cli_train_options_default();
    clmlp_cli_train_syntax(o, apply_preset, &use);
    if (use.complaint != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--preset %s: %s", clmlp_cli_preset_name(use.preset), use.complaint);
        return false;
    }
    if (use.preset == CLMLP_CLI_PRESET_TABULAR) {
        o->network.linear_activation = CLMLP_MISH;
        o->network.has_linear_activation = true;
    }
    if (!parse(o, arguments, argc, argv, status)) return false;
    o->preset_case = use.its_case;
    /* its beta2 is one for adam; another optimizer has its own */
    if (use.preset == CLMLP_CLI_PRESET_TABULAR && method == CLMLP_CLI_PRESET_RULE) o->rule.beta2 = true;
    /* also what --resume took over is said by the run itself */
    for (int numbers = 0; numbers < 2; numbers++) {
        clmlp_cli_preset_text(use.preset, numbers == 1, use.its_case, o->checkpoints.kept,
                              o->preset_text[numbers], sizeof o->preset_text[numbers]);
    }
    return true;
}

void clmlp_cli_train_inputs(const clmlp_cli_train_options *o, const char *inputs[CLMLP_CLI_TRAIN_INPUTS])
{
    const char *const list[CLMLP_CLI_TRAIN_INPUTS] = {
        o->data, o->network.load.labels_path, o->validation.path, o->validation_labels,
        o->test, o->test_labels, o->network.model};
    memcpy(inputs, list, sizeof list);
}

/* The file of a wrong step, which must be none of those that are read or written. */
static bool check_bundle(clmlp_cli_train_options *o, int *status)
{
    const char *others[CLMLP_CLI_TRAIN_INPUTS + 2];
    clmlp_cli_train_inputs(o, others);
    others[CLMLP_CLI_TRAIN_INPUTS] = o->model;
    others[CLMLP_CLI_TRAIN_INPUTS + 1] = o->config.history_path;
    const bool named = o->check.config.bundle != NULL, minimises = o->rule.method.minimiser != CLMLP_NO_MINIMISER;
    if (named && minimises && o->check.config.every == 0) {
        *status = clmlp_cli_usage_error(COMMAND, "--bundle: --optimizer %s saves an iteration that --self-check finds, "
                                        "and there is none", clmlp_minimiser_name(o->rule.method.minimiser));
        return false;
    }
    const char *const complaint = clmlp_cli_self_check_prepare(&o->check, o->model);
    if (complaint != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--on-mismatch '%s': %s",
                                        clmlp_on_mismatch_name(o->check.config.on_mismatch), complaint);
        return false;
    }
    return !named || clmlp_cli_check_output(COMMAND, "--bundle", o->check.config.bundle, others,
                                            sizeof others / sizeof others[0], status);
}

static bool check_folds(const clmlp_cli_train_options *o, int *status)
{
    if (!o->has_folds) return true;
    if (o->folds < 2) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate '%zu': expected 2 or more", o->folds);
        return false;
    }
    const bool keeps = o->config.early_stopping > 0 || o->config.keep_best;
    if (o->validation.fraction > 0.0) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate and --validation both hold examples out; leave one "
                                        "out, or name a file (--validation FILE --keep-best)");
        return false;
    }
    if (!keeps && o->validation.path != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate and --validation '%s': it has nothing to choose; "
                                        "leave one out, or say what (--keep-best, --early-stopping)",
                                        o->validation.path);
        return false;
    }
    return true;
}

static bool check_ensemble(const clmlp_cli_train_options *o, int *status)
{
    const char *const other = o->network.model != NULL ? "--init" : o->has_folds ? "--cross-validate" :
                              o->find_rate ? "--find-rate" : NULL;
    if (o->members == 1 && o->has_members_by) {
        *status = clmlp_cli_usage_error(COMMAND, "--ensemble-by: there is no --ensemble of 2 or more");
        return false;
    }
    if (o->members == 1 || other == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--ensemble and %s do not go together; leave one out", other);
    return false;
}

/* Minimisers take all examples at once, and no numbers of an update rule. */
static bool check_method(clmlp_cli_train_options *o, int *status)
{
    const clmlp_cli_method_choice *const method = &o->rule.method;
    o->config.optimizer = method->optimizer;
    o->config.minimiser = method->minimiser;
    const bool minimises = method->minimiser != CLMLP_NO_MINIMISER;
    if (minimises && !o->has_batch) o->config.batch = 0;
    const char *useless = method->minimiser != CLMLP_LBFGS && o->has_pairs ? "lbfgs-pairs" : NULL;
    if (minimises && o->config.last_batch == CLMLP_LAST_BATCH_DROP) useless = "last-batch";
    if (minimises && o->find_rate) useless = "find-rate";
    if (minimises && o->config.local_steps > 1) useless = "local-steps";
    if (minimises && o->config.short_gradients) useless = "gradients bf16";
    if (minimises && clmlp_cli_given_rule_option(&o->rule) != NULL) useless = clmlp_cli_given_rule_option(&o->rule);
    if (useless == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--%s: has no meaning with --optimizer %s", useless,
                                    minimises ? clmlp_minimiser_name(method->minimiser)
                                              : clmlp_optimizer_name(method->optimizer));
    return false;
}

static bool check_find_rate(const clmlp_cli_train_options *o, int *status)
{
    const char *complaint = NULL;
    if (o->has_range && !o->find_rate) complaint = "--find-range: there is no --find-rate";
    if (o->find_rate && o->has_folds) complaint = "--find-rate and --cross-validate: only one of them at a time";
    if (o->find_rate && (o->report != NULL || o->tensorboard != NULL)) {
        complaint = "--find-rate has no epochs to show: leave out --report and --tensorboard";
    }
    if (o->find_rate && (o->checkpoints.path != NULL || o->checkpoints.resume != NULL)) {
        complaint = "--find-rate trains nothing that a checkpoint could keep: leave out --checkpoint and --resume";
    }
    if (complaint != NULL) *status = clmlp_cli_usage_error(COMMAND, "%s", complaint);
    return complaint == NULL;
}

/* "accuracy, balanced_accuracy, ...", all metrics there are. */
static void list_metrics(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < CLMLP_METRIC_COUNT && used < size; i++) {
        const int length = snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
                                    clmlp_metric_name((clmlp_metric)i));
        used += length > 0 ? (size_t)length : size;
    }
}

static bool check_monitor(const char *name, int *status)
{
    clmlp_metric metric;
    char names[512], proposal[CLMLP_CLI_PROPOSAL];
    if (name == NULL || strcmp(name, "cost") == 0 || clmlp_metric_parse(name, &metric)) return true;
    list_metrics(names, sizeof names);
    *status = clmlp_cli_usage_error(COMMAND, "--monitor '%s': there is no such metric (expected cost, %s)%s", name,
                                    names, clmlp_cli_propose_metric("monitor", name, proposal));
    return false;
}

/* What is kept is chosen by data of its own, so that the data which judge the model have chosen nothing. */
bool clmlp_cli_train_options_check_best(const clmlp_cli_train_options *o, bool known, int *status)
{
    const bool may_be_folds = !known && o->preset == CLMLP_CLI_PRESET_TABULAR && o->members > 1 && !o->has_members_by;
    /* folds keep the best epochs of the members */
    const bool by_folds = o->members_by == CLMLP_CLI_BY_FOLDS || may_be_folds;
    const bool stops = o->config.early_stopping > 0, keeps = stops || o->config.keep_best || by_folds;
    const char *const asks = stops ? "--early-stopping" : "--keep-best";
    const char *const idle = o->has_tolerance && !stops ? "--tolerance" :
                             o->has_min_epochs && !stops ? "--min-epochs" : NULL;
    if (!check_monitor(o->config.monitor, status)) return false;
    if (idle != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "%s: there is no --early-stopping", idle);
        return false;
    }
    if (o->config.monitor != NULL && !keeps) {
        *status = clmlp_cli_usage_error(COMMAND, "--monitor '%s': there is no --early-stopping or --keep-best to go by "
                                        "it", o->config.monitor);
        return false;
    }
    if (!keeps || by_folds) return true;
    if (o->validation.path != NULL || o->validation.fraction > 0.0) return true;
    if (o->has_folds) {
        *status = clmlp_cli_usage_error(COMMAND, "%s and --cross-validate: a part that chooses the epoch cannot judge "
                                        "it; choose by other data (--validation FILE), or find the epoch with "
                                        "--validation 0.2 and cross-validate with --epochs", asks);
        return false;
    }
    *status = clmlp_cli_usage_error(COMMAND, "%s: there is no --validation to go by (--validation 0.2 holds out a "
                                    "fifth of DATA)", asks);
    return false;
}

/* What is of clmlp, or the model that training starts from, may be written over. */
static bool check_replaced(const clmlp_cli_train_options *o, int *status)
{
    const bool goes_on = o->network.model != NULL && clmlp_cli_is_same_file(o->model, o->network.model);
    if (o->checkpoints.overwrite) return true;
    return (goes_on || clmlp_cli_check_replaced(COMMAND, "--model", o->model, CLMLP_CLI_MODEL_OUTPUT,
                                                CLMLP_CLI_OVERWRITE, status)) &&
           clmlp_cli_check_replaced(COMMAND, "--history", o->config.history_path, CLMLP_CLI_HISTORY_OUTPUT,
                                    CLMLP_CLI_OVERWRITE, status) &&
           clmlp_cli_check_replaced(COMMAND, "--report", o->report, CLMLP_CLI_PAGE_OUTPUT, CLMLP_CLI_OVERWRITE,
                                    status) &&
           clmlp_cli_check_replaced(COMMAND, "--bundle", o->check.config.bundle, CLMLP_CLI_BUNDLE_OUTPUT,
                                    CLMLP_CLI_OVERWRITE, status);
}

static bool check(clmlp_cli_train_options *o, int *status)
{
    if (!check_ensemble(o, status)) return false;
    if (!check_method(o, status)) return false;
    if (!check_find_rate(o, status)) return false;
    if (!check_folds(o, status) || !clmlp_cli_train_options_check_best(o, false, status)) return false;
    if (!clmlp_cli_check_rule(COMMAND, o->config.optimizer, &o->rule, status)) return false;
    if (!clmlp_cli_check_schedule(COMMAND, &o->config.schedule, &o->schedule, status)) return false;
    if (o->test_labels != NULL && o->test == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--test-labels '%s': there is no --test", o->test_labels);
        return false;
    }
    if (o->validation_labels != NULL && o->validation.path == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--validation-labels '%s': %s", o->validation_labels,
                                        o->validation.fraction > 0.0 ? "--validation names no file"
                                                                     : "there is no --validation");
        return false;
    }
    const char *inputs[CLMLP_CLI_TRAIN_INPUTS];
    clmlp_cli_train_inputs(o, inputs);
    if (!clmlp_cli_check_inputs(COMMAND, inputs, CLMLP_CLI_TRAIN_INPUTS - 1, status)) return false;
    if (!clmlp_cli_check_output(COMMAND, "--model", o->model, inputs, CLMLP_CLI_TRAIN_INPUTS - 1, status)) return false;
    if (!check_bundle(o, status)) return false;
    if (!clmlp_cli_checkpoints_check(&o->checkpoints, o->has_folds, inputs, CLMLP_CLI_TRAIN_INPUTS, status)) {
        return false;
    }
    const clmlp_cli_named_file outputs[] = {{"--model", o->model},
                                        {"--history", o->config.history_path},
                                        {"--report", o->report},
                                        {"--checkpoint", o->checkpoints.path},
                                        {"--bundle", o->check.config.every != 0 ? o->check.config.bundle : NULL}};
    if (!clmlp_cli_check_distinct(COMMAND, outputs, sizeof outputs / sizeof outputs[0], status)) return false;
    /* the model that training starts from may be written over by its continuation, not by a history */
    if (o->config.history_path != NULL && !clmlp_cli_check_output(COMMAND, "--history", o->config.history_path, inputs,
                                                                  CLMLP_CLI_TRAIN_INPUTS, status)) {
        return false;
    }
    if (o->tensorboard != NULL && !clmlp_cli_check_dash(COMMAND, "--tensorboard", o->tensorboard, status)) return false;
    if (o->report != NULL && !clmlp_cli_check_output(COMMAND, "--report", o->report, inputs, CLMLP_CLI_TRAIN_INPUTS,
                                                     status)) {
        return false;
    }
    return check_replaced(o, status) && clmlp_cli_check_claimed(COMMAND, o->out.json, status);
}

bool clmlp_cli_train_options_take(clmlp_cli_train_options *o, clmlp_cli_arguments *arguments, int argc, char **argv,
                                  int *status)
{
    *o = clmlp_cli_train_options_default();
    if (!parse(o, arguments, argc, argv, status)) return false;
    if (o->preset != CLMLP_CLI_PRESET_NONE && !take_preset(o, arguments, argc, argv, status)) return false;
    return check(o, status);
}
