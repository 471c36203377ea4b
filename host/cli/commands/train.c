/* train.c - clmlp train: files in, a model out. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands/checkpoint.h"
#include "commands/commands.h"
#include "commands/cross_validate.h"
#include "commands/ensemble.h"
#include "commands/find_rate.h"
#include "commands/measure.h"
#include "commands/train_options.h"
#include "interrupt.h"
#include "message.h"
#include "options/network.h"
#include "options/options.h"
#include "reports/progress.h"
#include "reports/report.h"
#include "commands/self_check.h"
#include "options/shared.h"
#include "reports/startup.h"

static const char COMMAND[] = "train";

typedef clmlp_cli_train_options train_options;

/* What a run owns. */
typedef struct train_run {
    clmlp_dataset *train, *validation, *test; /* validation, test NULL: none */
    clmlp_model *model;
    clmlp_model_place *place; /* of --model */
    clmlp_device *device;
    clmlp_cli_cross_validation folds;
    clmlp_evaluation *evaluation, *validation_evaluation, *test_evaluation; /* of the trained model; NULL: none */
    clmlp_cli_startup startup;
} train_run;

/* --- taking everything in -------------------------------------------------------------------------------- */

/* path NULL: there is none. */
static clmlp_status load_held_out(const train_options *o, const train_run *run, const char *path, const char *labels,
                                  clmlp_dataset **out, clmlp_error *error)
{
    const clmlp_columns *const columns = clmlp_model_columns(run->model);
    const char *const target = clmlp_dataset_target(run->train);
    clmlp_load_options load = o->network.load;
    if (path == NULL) return CLMLP_OK;
    load.labels_path = labels;
    if (load.labels_path != NULL) load.target = NULL;
    /* where names are known they say what is taken; numbers of the training file need not fit this one */
    if (columns != NULL) load.features = load.ignore = NULL;
    if (columns != NULL && !clmlp_columns_numbered(columns) && load.target != NULL && target != NULL) {
        load.target = target;
        load.target_is_name = true;
    }
    load.categorical = NULL; /* the model has it */
    load.skip_weights = true; /* scores count examples alike */
    return clmlp_cli_load_for_model(out, path, &load, run->model, error);
}

static const char *preset_text(const train_options *o, const train_run *run)
{
    return o->preset_text[clmlp_model_output(run->model) == CLMLP_OUTPUT_LINEAR];
}

/* A setting that numbers have alone, or another one. */
static void take_for_numbers(const train_options *o, const char *option, bool given, const clmlp_cli_type *type,
                             void *value)
{
    const char *const text = clmlp_cli_preset_value(o->preset, true, o->members > 1, option);
    if (!given && text != NULL) (void)type->parse(text, value);
}

/* What a preset sets by the data. */
static void take_preset(train_options *o, const train_run *run)
{
    const bool linear = clmlp_model_output(run->model) == CLMLP_OUTPUT_LINEAR;
    if (o->preset != CLMLP_CLI_PRESET_TABULAR) return;
    if (!o->has_epochs) o->config.epochs = clmlp_cli_tabular_epochs(clmlp_dataset_examples(run->train));
    if (!linear) return;
    if (!o->regularisation.smoothing) o->config.label_smoothing = 0.0;
    take_for_numbers(o, "dropout", o->regularisation.dropout, &clmlp_cli_probability_list, &o->regularisation.p);
    take_for_numbers(o, "ensemble-by", o->has_members_by, &clmlp_cli_members_by_type, &o->members_by);
}

/* Everything that training needs; also the checks that need the data. */
static bool take_in(train_options *o, train_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    *status = CLMLP_CLI_DONE;
    run->startup.entered = clmlp_cli_seconds();
    const char *const begun_from = o->checkpoints.resume != NULL ? "--resume" : "--init";
    if (!clmlp_cli_take_network(COMMAND, begun_from, o->data, &o->network, o->config.seed, &run->train,
                                &run->validation, &run->model, status)) {
        return false;
    }
    take_preset(o, run);
    if (!clmlp_cli_take_rule(COMMAND, CLMLP_CLI_RULE_PLACES(o->config), &o->rule, run->model, status)) return false;
    if (!clmlp_cli_check_regularisation(COMMAND, o->config.label_smoothing, &o->regularisation, run->model, status)) {
        return false;
    }
    o->config.dropout = o->regularisation.p.of;
    o->config.dropout_count = o->regularisation.p.count;
    clmlp_status result = load_held_out(o, run, o->validation.path, o->validation_labels, &run->validation,
                                        &error);
    if (result == CLMLP_OK) {
        result = load_held_out(o, run, o->test, o->test_labels, &run->test, &error);
    }
    if (result != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    const size_t m = clmlp_dataset_examples(run->train);
    if (o->config.batch > m && o->has_batch) {
        *status = clmlp_cli_usage_error(
            COMMAND, "--batch '%zu': there are only %zu training examples (full takes them all)", o->config.batch, m);
        return false;
    }
    if (o->config.batch > m) o->config.batch = 0;
    if (o->has_folds && o->folds > m) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate '%zu': there are only %zu examples", o->folds, m);
        return false;
    }
    run->startup.loaded = clmlp_cli_seconds();
    result = clmlp_cli_open_device(&run->device, &o->device, run->model, o->config.batch != 0 ? o->config.batch : m,
                                   &error);
    if (result != CLMLP_OK) *status = clmlp_cli_fail(&error, true);
    return result == CLMLP_OK;
}

/* How theta moves, and for how long; or, with --find-rate, between which rates. */
static void note_descent(const train_options *o, const train_run *run)
{
    const size_t m = clmlp_dataset_examples(run->train), epochs = o->config.epochs;
    char batch[32] = "full batch", name[512], schedule[200], steps[64], rates[280], clipped[48] = "";
    if (o->config.minimiser != CLMLP_NO_MINIMISER) {
        clmlp_cli_note("%s: at most %zu iteration%s of full batches, lambda %g, seed %llu",
                       clmlp_minimiser_name(o->config.minimiser), epochs, epochs == 1 ? "" : "s", o->config.lambda,
                       (unsigned long long)o->config.seed);
        return;
    }
    if (o->config.clip_norm > 0.0) {
        (void)snprintf(clipped, sizeof clipped, ", gradients clipped to %g", o->config.clip_norm);
    }
    if (o->config.batch != 0) (void)snprintf(batch, sizeof batch, "batches of %zu", o->config.batch);
    const clmlp_cli_rule rule = CLMLP_CLI_RULE_OF(&o->config);
    clmlp_cli_rule_text(&rule, clmlp_model_layers(run->model), name, sizeof name);
    clmlp_cli_schedule_text(&o->config.schedule, clmlp_cli_steps(&o->config, m), schedule, sizeof schedule);
    (void)snprintf(steps, sizeof steps, "%zu epoch%s, ", epochs, epochs == 1 ? "" : "s");
    if (o->find_rate) (void)snprintf(rates, sizeof rates, "rates from %g to %g", o->range.from, o->range.to);
    else (void)snprintf(rates, sizeof rates, "rate %g%s", o->config.rate, schedule);
    clmlp_cli_note("%s: %s%s, %s, lambda %g, seed %llu%s%s", name, o->find_rate ? "" : steps, batch, rates,
                   o->config.lambda, (unsigned long long)o->config.seed, clipped,
                   o->config.shuffle ? "" : ", not shuffled");
}

static void note_plan(const train_options *o, const train_run *run)
{
    if (o->preset != CLMLP_CLI_PRESET_NONE) {
        clmlp_cli_note("preset %s: %s", clmlp_cli_preset_name(o->preset), preset_text(o, run));
    }
    clmlp_cli_note_data("training data", o->data, run->train);
    if (run->validation != NULL) {
        clmlp_cli_note_data(o->validation.path != NULL ? "validation data" : "validation data, held out of",
                            o->validation.path != NULL ? o->validation.path : o->data, run->validation);
    }
    if (run->test != NULL) clmlp_cli_note_data("test data", o->test, run->test);
    clmlp_cli_note_model(run->model);
    clmlp_cli_note_device(run->device);
    clmlp_cli_checkpoint_note(o, run->device);
    note_descent(o, run);
    if (o->config.dropout_count > 0) {
        clmlp_cli_note("dropout: costs of an epoch are met with units left out, those of the end and of other data "
                       "without");
    }
    if (o->config.label_smoothing > 0.0) {
        clmlp_cli_note("label smoothing %g: costs of the training data are those of the smoothed targets",
                       o->config.label_smoothing);
    }
    if (clmlp_model_layers(run->model) > 2 && clmlp_model_activation(run->model) == CLMLP_LINEAR) {
        clmlp_cli_note("warning: the hidden layers are linear, so the whole network is one linear map and can learn "
                       "no more than --hidden ''");
    }
}

/* --- training and its results ------------------------------------------------------------------------------ */

/* The numbers that make steps too long. */
static void hint_at_divergence(const clmlp_train_config *config)
{
    char momentum[64] = "";
    if (clmlp_cli_has_momentum(config->optimizer)) {
        (void)snprintf(momentum, sizeof momentum, " or --momentum (it was %g)", config->momentum);
    }
    clmlp_cli_error("hint: try a smaller --rate (it was %g)%s", config->rate, momentum);
}

/* The metrics of a model that was trained and saved. */
static int measure(const train_options *o, train_run *run, clmlp_cli_train_report *report)
{
    const bool on_cpu = o->check.result.on_cpu;
    const int code = clmlp_cli_measure(run->model, run->device, on_cpu, run->train, "training data", o->config.lambda,
                                       &run->evaluation);
    const int test = clmlp_cli_measure(run->model, run->device, on_cpu, run->test, "test data", o->config.lambda,
                                       &run->test_evaluation);
    const int validation = clmlp_cli_measure(run->model, run->device, on_cpu, run->validation, "validation data",
                                             o->config.lambda, &run->validation_evaluation);
    report->evaluation = run->evaluation;
    report->validation_evaluation = run->validation_evaluation;
    report->test_evaluation = run->test_evaluation;
    if (code != CLMLP_CLI_DONE) return code;
    return validation != CLMLP_CLI_DONE ? validation : test;
}

/* The scores of an ensemble are those of the mean, not those of a member. */
static void take_scores(const train_run *run, clmlp_train_result *result)
{
    if (run->evaluation != NULL) result->train = run->evaluation->score;
    if (run->validation_evaluation != NULL) result->validation = run->validation_evaluation->score;
    if (run->test_evaluation != NULL) result->test = run->test_evaluation->score;
}

/* Training diverged: the file of --model stays as it is, and the last good theta goes beside it. `path` receives where;
 * "": there is none, or it could not be written, and it was said why. */
static void save_beside(const train_options *o, const train_run *run, const clmlp_train_result *result, char *path,
                        size_t size)
{
    const char *inputs[CLMLP_CLI_TRAIN_INPUTS];
    clmlp_cli_train_inputs(o, inputs);
    clmlp_error error = {.status = CLMLP_OK};
    path[0] = '\0';
    if (result->good_epochs == 0) {
        clmlp_cli_error("no model was written: not one epoch was good");
        return;
    }
    char beside[4096];
    if (!clmlp_cli_name_beside(o->model, "diverged", beside, sizeof beside)) {
        clmlp_cli_error("no model was written: the name of --model is too long");
    } else if (clmlp_cli_is_one_of(beside, inputs, CLMLP_CLI_TRAIN_INPUTS)) {
        clmlp_cli_error("no model was written: %s is an input", beside);
    } else if (clmlp_model_save(run->model, beside, &error) != CLMLP_OK) {
        (void)clmlp_cli_fail(&error, false);
    } else {
        (void)snprintf(path, size, "%s", beside);
        clmlp_cli_error("the %s model, after %zu epoch%s, was written to %s; %s is untouched",
                        result->best_epoch > 0 ? "best" : "last good", result->good_epochs,
                        result->good_epochs == 1 ? "" : "s", path, o->model);
    }
}

/* Training failed; what there is of it was written. */
static void tell_saved(const train_options *o, const train_run *run, const clmlp_train_result *result, bool lost)
{
    const size_t members = clmlp_model_members(run->model);
    if (members < o->members && result->epochs == o->config.epochs) {
        clmlp_cli_error("%zu of %zu members were written to %s", members, o->members, o->model);
    } else if (lost) {
        clmlp_cli_error("the %s model, after %zu epoch%s, was written to %s",
                        result->best_epoch > 0 ? "best" : "last good", result->good_epochs,
                        result->good_epochs == 1 ? "" : "s", o->model);
    } else {
        clmlp_cli_error("the model was written to %s", o->model);
    }
}

/* The model could not be written where it was to go. Nobody wants to train again, so it goes where files may go. */
static void rescue(const clmlp_model *model)
{
    const char *const folder = getenv("TMPDIR");
    char path[4096];
    clmlp_error error = {.status = CLMLP_OK};
    const int length = snprintf(path, sizeof path, "%s/clmlp-XXXXXX", folder != NULL && *folder != 0 ? folder : "/tmp");
    if (length < 0 || (size_t)length + 32 > sizeof path || mkdtemp(path) == NULL) return;
    (void)strcat(path, "/model.safetensors");
    if (clmlp_model_save(model, path, &error) == CLMLP_OK) clmlp_cli_error("the model was written to %s", path);
    else (void)rmdir(dirname(path));
}

static bool keeps_best(const clmlp_train_config *config)
{
    return config->early_stopping > 0 || config->keep_best;
}

/* Save whatever training left, unless it never began; then say how it ended. */
static int finish(const train_options *o, train_run *run, clmlp_train_result *result, clmlp_status status,
                  const clmlp_error *error)
{
    clmlp_cli_train_report report = {.model = run->model, .data = run->train, .device = run->device,
                                     .config = &o->config, .cross_validation = &run->folds,
                                     .result = result, .status = status,
                                     .samples = clmlp_dataset_examples(run->train),
                                     .validation_samples = clmlp_dataset_examples(run->validation),
                                     .test_samples = clmlp_dataset_examples(run->test),
                                     .validation_path = o->validation.path,
                                     .validation_labels_path = o->validation_labels,
                                     .preset = clmlp_cli_preset_name(o->preset), .preset_options = preset_text(o, run),
                                     .weights_column = o->network.load.weights,
                                     .class_weights = o->network.class_weights,
                                     .test_path = o->test, .test_labels_path = o->test_labels,
                                     .check = o->check.config.every != 0 ? &o->check.result : NULL,
                                     .bundle_path = o->check.result.bundle_written ? o->check.config.bundle : NULL};
    const bool wrong = status == CLMLP_DIVERGED || status == CLMLP_MISMATCH;
    const bool ended = status == CLMLP_OK || wrong || status == CLMLP_INTERRUPTED;
    const bool lost = status == CLMLP_DEVICE || status == CLMLP_OUT_OF_MEMORY;
    /* CLMLP_IO: only the history is lost */
    const bool worth_saving = (ended && status != CLMLP_DIVERGED) || (status == CLMLP_IO && result->steps > 0) ||
                              (lost && result->good_epochs > 0);
    clmlp_error save_error = {.status = CLMLP_OK};
    char beside[4096];
    const bool saved = worth_saving && clmlp_model_place_save(run->place, run->model, &save_error) == CLMLP_OK;
    if (saved) report.model_path = o->model;

    int code = CLMLP_CLI_DONE;
    if (status == CLMLP_DIVERGED) {
        clmlp_cli_error("%s", error->message);
        save_beside(o, run, result, beside, sizeof beside);
        if (beside[0] != '\0') report.model_path = beside;
        /* the first cost has seen no step, so no rate */
        if (result->diverged_epoch > 1 || result->diverged_step > 1) hint_at_divergence(&o->config);
        code = CLMLP_CLI_DIVERGED;
    } else if (status == CLMLP_MISMATCH) {
        code = clmlp_cli_fail(error, false);
        if (saved) clmlp_cli_error("the model as it was before that step was written to %s", o->model);
    } else if (status == CLMLP_INTERRUPTED) {
        clmlp_cli_note("interrupted after %zu of %zu epochs, %zu steps", result->epochs, o->config.epochs,
                       result->steps);
        if (result->best_epoch > 0) clmlp_cli_note("the model is that of epoch %zu, the best", result->best_epoch);
        code = CLMLP_CLI_INTERRUPTED;
    } else if (status != CLMLP_OK) {
        code = clmlp_cli_fail(error, false);
        if (saved) tell_saved(o, run, result, lost);
    }
    if (result->epochs > 0 && result->best_epoch == 0 && keeps_best(&o->config) && !wrong) {
        clmlp_cli_tell("no epoch had a defined value of --monitor, so that none was the best: the last theta was kept");
    }
    clmlp_cli_self_check_tell(&o->check, run->device);
    if (worth_saving && !saved) {
        const int failed = clmlp_cli_fail(&save_error, false);
        if (!wrong) code = failed; /* what was found weighs more */
        rescue(run->model);
    }
    clmlp_cli_yield_output();
    if (!ended) return code;
    if (!wrong && o->preset == CLMLP_CLI_PRESET_NONE && clmlp_model_columns(run->model) != NULL) {
        clmlp_cli_note("for tables there is --preset tabular (docs/tabular.md)");
    }
    if (!wrong) {
        const int measured = measure(o, run, &report);
        if (clmlp_model_members(run->model) > 1) take_scores(run, result);
        if (code == CLMLP_CLI_DONE) code = measured;
        if (run->validation == NULL && run->test == NULL && !o->has_folds) {
            clmlp_cli_advise("the scores are of the training data alone, and may be far better than those of new data; "
                             "--validation 0.2 holds out a fifth to tell");
        }
    }
    if (o->out.json) return clmlp_cli_report_train_json(&report, code);
    if (!wrong) clmlp_cli_report_train(&report);
    return clmlp_cli_finish_output(code);
}

static void report_startup(void *context)
{
    const train_run *const run = context;
    clmlp_cli_startup_print(&run->startup, run->device, "first step, with transfers");
}

/* Hours of training are not begun for a model that cannot be written. */
static int take_place(const train_options *o, train_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    if (clmlp_model_place_open(&run->place, run->model, o->members, o->model, &error) == CLMLP_OK) {
        return CLMLP_CLI_DONE;
    }
    return clmlp_cli_fail(&error, false);
}

static int cross_validate(train_options *o, train_run *run)
{
    const clmlp_cli_fold_plan plan = {&o->network, clmlp_model_output(run->model), run->train, run->device,
                                      &o->config};
    if (!o->has_folds) return CLMLP_CLI_DONE;
    o->config.cancel = clmlp_cli_catch_signals(o->out.quiet ? NULL : "clmlp: stopping (once more to quit at once)\n");
    run->folds.folds = o->folds;
    const int status = clmlp_cli_cross_validate(&run->folds, &plan);
    if (status == CLMLP_CLI_DONE) clmlp_cli_note("all %zu folds are done; now all examples are trained on", o->folds);
    return status;
}

static int train(train_options *o, train_run *run)
{
    clmlp_cli_progress watching, *const progress = &watching;
    clmlp_train_result result = {.size = sizeof result};
    clmlp_error error = {.status = CLMLP_OK};
    o->config.on_epoch = (clmlp_on_epoch){clmlp_cli_progress_epoch, progress};
    if (o->out.verbose) o->config.on_first_step = (clmlp_on_first_step){report_startup, run};
    clmlp_cli_progress_begin(progress, &o->config, o->out.quiet);
    if (!progress->quiet && progress->terminal) {
        o->config.on_progress = (clmlp_on_progress){clmlp_cli_progress_inside, progress};
    }
    /* the first character ends the line that is being redrawn */
    static const char stopping[] = "\nclmlp: stopping; the model will be saved (once more to quit at once)\n";
    if (!o->has_folds) {
        o->config.cancel =
            clmlp_cli_catch_signals(progress->quiet ? NULL : progress->terminal ? stopping : stopping + 1);
    }
    clmlp_status status = clmlp_cli_self_check_begin(&o->check, progress, &error);
    o->config.inspector = o->check.inspector;
    o->config.validation = run->validation;
    clmlp_cli_checkpoint_begin(o, progress);
    const clmlp_cli_ensemble_plan plan = {o, run->train, run->test, run->validation != NULL, run->device};
    if (status == CLMLP_OK) status = clmlp_cli_train_ensemble(run->model, &plan, &result, &error);
    clmlp_cli_progress_end(progress);
    clmlp_cli_self_check_end(&o->check);
    return finish(o, run, &result, status, &error);
}

int clmlp_cli_train(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    train_options options;
    train_run run = {0};
    if (clmlp_cli_train_options_take(&options, &arguments, argc, argv, &status)) {
        clmlp_cli_set_quiet(options.out.quiet);
        clmlp_cli_catch_save(NULL); /* who asks while data is read means the first step */
        if (take_in(&options, &run, &status)) {
            note_plan(&options, &run);
            if (options.find_rate) {
                status = clmlp_cli_find_rate(&options, run.model, run.device, run.train);
            } else {
                status = take_place(&options, &run);
                if (status == CLMLP_CLI_DONE) status = cross_validate(&options, &run);
                if (status == CLMLP_CLI_DONE) status = train(&options, &run);
            }
        }
    }
    clmlp_cli_checkpoints_free(&options.checkpoints);
    clmlp_cli_self_check_free(&options.check);
    clmlp_cli_cross_validation_free(&run.folds);
    clmlp_evaluation_destroy(run.test_evaluation);
    clmlp_evaluation_destroy(run.validation_evaluation);
    clmlp_evaluation_destroy(run.evaluation);
    clmlp_device_close(run.device);
    clmlp_model_place_close(run.place);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.test);
    clmlp_dataset_destroy(run.validation);
    clmlp_dataset_destroy(run.train);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
