/* train_finish.c - the end of a training: its model saved, how it ended said, its scores measured and reported. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands/measure.h"
#include "commands/train_run.h"
#include "interrupt.h"
#include "message.h"
#include "reports/report.h"

typedef clmlp_cli_train_options train_options;
typedef clmlp_cli_train_run train_run;

/* How training ended, and what becomes of its model. */
typedef struct ending {
    clmlp_status status;
    const clmlp_error *error;
    bool wrong;     /* diverged, or a step was wrong */
    bool ended;     /* by itself, by who asked, or wrong: not by a lack of something */
    bool lost;      /* the device, memory or a rank */
    bool untrained; /* theta is still random: no reason to replace a model that is there */
    bool worth_saving, saved;
    clmlp_error save_error;
    char beside[4096]; /* where a model that diverged was written; "": nowhere */
} ending;

static ending judge(const train_options *o, const train_run *run, const clmlp_train_result *result,
                    clmlp_status status, const clmlp_error *error)
{
    ending e = {.status = status, .error = error};
    e.wrong = status == CLMLP_DIVERGED || status == CLMLP_MISMATCH;
    e.ended = status == CLMLP_OK || e.wrong || status == CLMLP_INTERRUPTED;
    e.lost = status == CLMLP_DEVICE || status == CLMLP_OUT_OF_MEMORY || status == CLMLP_RANKS;
    e.untrained = status == CLMLP_INTERRUPTED && run->member == 0 && result->steps == 0 &&
                  o->checkpoints.resumed == NULL;
    /* CLMLP_IO: only the history is lost */
    e.worth_saving = (e.ended && !e.untrained && status != CLMLP_DIVERGED) ||
                     (status == CLMLP_IO && result->steps > 0) || (e.lost && result->good_epochs > 0) ||
                     (!e.ended && run->member > 0); /* the members before it are whole */
    return e;
}

/* --- the model ------------------------------------------------------------------------------------------------- */

static bool is_other_output(const train_options *o, const char *path)
{
    return (o->checkpoints.path != NULL && clmlp_cli_is_same_file(path, o->checkpoints.path)) ||
           (o->config.history_path != NULL && clmlp_cli_is_same_file(path, o->config.history_path));
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
    if (run->member == 0 && result->good_epochs == 0) {
        clmlp_cli_error("no model was written: not one epoch was good");
        return;
    }
    char beside[4096];
    if (!clmlp_cli_name_beside(o->model, "diverged", beside, sizeof beside)) {
        clmlp_cli_error("no model was written: the name of --model is too long");
    } else if (clmlp_cli_is_one_of(beside, inputs, CLMLP_CLI_TRAIN_INPUTS)) {
        clmlp_cli_error("no model was written: %s is an input", beside);
    } else if (is_other_output(o, beside)) {
        clmlp_cli_error("no model was written: %s is another output", beside);
    } else if (clmlp_model_save(run->in.model, beside, &error) != CLMLP_OK) {
        (void)clmlp_cli_fail(&error, false);
    } else {
        (void)snprintf(path, size, "%s", beside);
        if (run->member > 0) {
            clmlp_cli_error("member %zu of %zu diverged; those before it were written to %s; %s is untouched",
                            run->member + 1, o->members, path, o->model);
            return;
        }
        clmlp_cli_error("the %s model, after %zu epoch%s, was written to %s; %s is untouched",
                        result->best_epoch > 0 ? "best" : "last good", result->good_epochs,
                        result->good_epochs == 1 ? "" : "s", path, o->model);
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

/* --- how it ended ---------------------------------------------------------------------------------------------- */

/* The numbers that make steps too long. */
static void hint_at_divergence(const clmlp_train_config *config)
{
    char momentum[64] = "";
    if (clmlp_cli_has_momentum(config->optimizer)) {
        (void)snprintf(momentum, sizeof momentum, " or --momentum (it was %g)", config->momentum);
    }
    clmlp_cli_error("hint: try a smaller --rate (it was %g)%s", config->rate, momentum);
}

/* Training failed; what there is of it was written. */
static void tell_saved(const train_options *o, const train_run *run, const clmlp_train_result *result, bool lost)
{
    const size_t members = clmlp_model_members(run->in.model);
    if (run->member > 0) {
        clmlp_cli_error("%zu of %zu members were written to %s", members, o->members, o->model);
    } else if (lost) {
        clmlp_cli_error("the %s model, after %zu epoch%s, was written to %s",
                        result->best_epoch > 0 ? "best" : "last good", result->good_epochs,
                        result->good_epochs == 1 ? "" : "s", o->model);
    } else {
        clmlp_cli_error("the model was written to %s", o->model);
    }
}

static bool keeps_best(const clmlp_train_config *config)
{
    return config->early_stopping > 0 || config->keep_best;
}

static void tell_interruption(const train_options *o, const train_run *run, const clmlp_train_result *result,
                              bool untrained)
{
    if (o->members == 1) { /* of members it was said */
        const char *const of_others = clmlp_ranks_count(o->config.ranks) > 1 ? "another rank" : "a callback";
        const char *const name = clmlp_cli_signal_name();
        clmlp_cli_note("interrupted by %s after %zu of %zu epochs, %zu steps%s", name != NULL ? name : of_others,
                       result->epochs, o->config.epochs, result->steps, untrained ? "; no model was written" : "");
    }
    if (run->member == 0 && result->best_epoch > 0) {
        clmlp_cli_note("the model is that of epoch %zu, the best", result->best_epoch);
    }
}

/* Returns the exit status so far. */
static int tell(ending *e, const train_options *o, const train_run *run, const clmlp_train_result *result)
{
    int code = CLMLP_CLI_DONE;
    if (e->status == CLMLP_DIVERGED) {
        clmlp_cli_error("%s", e->error->message);
        save_beside(o, run, result, e->beside, sizeof e->beside);
        /* the first cost has seen no step, so no rate */
        if (result->diverged_epoch > 1 || result->diverged_step > 1) hint_at_divergence(&o->config);
        code = CLMLP_CLI_DIVERGED;
    } else if (e->status == CLMLP_MISMATCH) {
        code = clmlp_cli_fail(e->error, false);
        if (e->saved) clmlp_cli_error("the model as it was before that step was written to %s", o->model);
    } else if (e->status == CLMLP_INTERRUPTED) {
        tell_interruption(o, run, result, e->untrained);
        code = CLMLP_CLI_INTERRUPTED;
    } else if (e->status != CLMLP_OK) {
        code = clmlp_cli_fail(e->error, false);
        if (e->saved) tell_saved(o, run, result, e->lost);
    }
    if (o->members == 1 && result->epochs > 0 && result->best_epoch == 0 && keeps_best(&o->config) && !e->wrong) {
        clmlp_cli_tell("no epoch had a defined value of --monitor, so that none was the best: the last theta was kept");
    }
    clmlp_cli_self_check_tell(&o->check, run->device);
    if (e->worth_saving && !e->saved) {
        const int failed = clmlp_cli_fail(&e->save_error, false);
        if (!e->wrong) code = failed; /* what was found weighs more */
        rescue(run->in.model);
    }
    return code;
}

/* --- scores ---------------------------------------------------------------------------------------------------- */

/* The metrics of a model that was trained and saved. */
static int measure(const train_options *o, train_run *run, clmlp_cli_train_report *report)
{
    const bool on_cpu = o->check.result.on_cpu;
    const double lambda = o->config.lambda;
    /* a training that was interrupted has a table all the same; who asks again quits at once */
    const clmlp_cancel *const cancel = clmlp_cancel_requested(o->config.cancel) ? NULL : o->config.cancel;
    const int code = clmlp_cli_measure(run->in.model, run->device, on_cpu, run->in.train, "training data", lambda,
                                       cancel, &run->evaluation);
    const int test = clmlp_cli_measure(run->in.model, run->device, on_cpu, run->in.test, "test data", lambda, cancel,
                                       &run->test_evaluation);
    const int validation = clmlp_cli_measure(run->in.model, run->device, on_cpu, run->in.validation, "validation data",
                                             lambda, cancel, &run->validation_evaluation);
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

/* Costs and accuracies are those of the table beside them, which the device's outputs bear out. J of training counts
 * weights and smoothed targets, which the table does not. */
static void take_checked(const train_options *o, const train_run *run, clmlp_train_result *result)
{
    const bool weighed = o->network.load.weights != NULL || o->network.class_weights != NULL;
    const double met = result->train.cost;
    if (run->evaluation != NULL) result->train = run->evaluation->score;
    if (weighed || o->config.label_smoothing > 0.0) result->train.cost = met;
    if (run->validation_evaluation != NULL) result->validation = run->validation_evaluation->score;
    if (run->test_evaluation != NULL) result->test = run->test_evaluation->score;
}

/* Measure the model, and give advice. Returns the exit status: `code`, or another one if it was 0. */
static int take_measures(const train_options *o, train_run *run, clmlp_train_result *result,
                         clmlp_cli_train_report *report, int code)
{
    const int measured = measure(o, run, report);
    if (o->members > 1) take_scores(run, result); /* also where it was interrupted in the first one */
    else take_checked(o, run, result);
    if (run->in.validation == NULL && run->in.test == NULL && !o->has_folds) {
        clmlp_cli_advise("the scores are of the training data alone, and may be far better than those of new data; "
                         "--validation 0.2 holds out a fifth to tell");
    }
    return code == CLMLP_CLI_DONE ? measured : code;
}

static clmlp_cli_train_report report_of(const ending *e, const train_options *o, train_run *run,
                                        clmlp_train_result *result)
{
    return (clmlp_cli_train_report){
        .model = run->in.model, .data = run->in.train, .device = run->device, .config = &o->config,
        .cross_validation = &run->folds, .result = result, .status = e->status,
        .failure = e->status != CLMLP_OK ? e->error->message : NULL, .until_first = run->until_first,
        .members = o->members, .begun = run->member + 1, .samples = clmlp_dataset_examples(run->in.train),
        .validation_samples = clmlp_dataset_examples(run->in.validation),
        .test_samples = clmlp_dataset_examples(run->in.test), .data_path = o->data,
        .labels_path = o->network.load.labels_path, .validation_path = o->validation.path,
        .validation_labels_path = o->validation_labels, .preset = clmlp_cli_preset_name(o->preset),
        .preset_options = clmlp_cli_train_preset_text(o, run->in.model), .weights_column = o->network.load.weights,
        .class_weights = o->network.class_weights, .test_path = o->test, .test_labels_path = o->test_labels,
        .check = o->check.config.every != 0 ? &o->check.result : NULL,
        .bundle_path = o->check.result.bundle_written ? o->check.config.bundle : NULL,
        .model_path = e->saved ? o->model : e->beside[0] != '\0' ? e->beside : NULL, .shares = &run->shares};
}

int clmlp_cli_train_finish(const train_options *o, train_run *run, clmlp_train_result *result, clmlp_status status,
                           const clmlp_error *error)
{
    ending e = judge(o, run, result, status, error);
    e.saved = e.worth_saving && clmlp_model_place_save(run->place, run->in.model, &e.save_error) == CLMLP_OK;
    int code = tell(&e, o, run, result);
    clmlp_cli_train_report report = report_of(&e, o, run, result);
    clmlp_cli_yield_output();
    /* the page says what there was of it, and why there is no more */
    if (!e.ended && result->steps == 0) return code;
    if (!e.ended) return clmlp_cli_train_page_write(&run->page, &run->in, run->device, &report, code);
    if (!e.wrong && o->preset == CLMLP_CLI_PRESET_NONE && clmlp_model_columns(run->in.model) != NULL) {
        clmlp_cli_note("for tables there is --preset tabular (docs/tabular.md)");
    }
    if (!e.wrong) code = take_measures(o, run, result, &report, code);
    code = clmlp_cli_train_page_write(&run->page, &run->in, run->device, &report, code);
    if (o->out.json) return clmlp_cli_report_train_json(&report, code);
    if (!e.wrong) clmlp_cli_report_train(&report);
    return clmlp_cli_finish_output(code);
}
