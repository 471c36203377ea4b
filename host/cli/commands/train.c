/* train.c - clmlp train: files in, a model out. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "commands/checkpoint.h"
#include "commands/commands.h"
#include "commands/cross_validate.h"
#include "commands/ensemble.h"
#include "commands/find_rate.h"
#include "commands/measure.h"
#include "commands/train_board.h"
#include "commands/train_input.h"
#include "commands/train_notes.h"
#include "commands/train_options.h"
#include "commands/train_page.h"
#include "interrupt.h"
#include "message.h"
#include "options/network.h"
#include "options/options.h"
#include "ranks/agree.h"
#include "ranks/devices.h"
#include "reports/progress.h"
#include "reports/ranks.h"
#include "reports/report.h"
#include "commands/self_check.h"
#include "options/shared.h"
#include "reports/startup.h"

typedef clmlp_cli_train_options train_options;

/* What a run owns. */
typedef struct train_run {
    clmlp_cli_train_input in;
    clmlp_model_place *place; /* of --model */
    clmlp_cli_board board;    /* of --tensorboard */
    clmlp_device *device;
    char rank_device[CLMLP_NAME_LENGTH]; /* what it was opened by, where ranks choose together */
    clmlp_cli_cross_validation folds;
    size_t member; /* of an ensemble, that was begun last; from 0 */
    clmlp_evaluation *evaluation, *validation_evaluation, *test_evaluation; /* of the trained model; NULL: none */
    clmlp_cli_train_page page; /* of --report */
    clmlp_cli_startup startup;
    clmlp_cli_shares_told shares;
    bool verbose;
    double first_step; /* when the first step was done; 0: not yet */
    double until_first; /* seconds of training until then, in which kernels are built; 0: not known */
} train_run;

/* --- taking everything in -------------------------------------------------------------------------------- */

static bool on_host(const clmlp_device *device)
{
    return strcmp(clmlp_device_get_info(device)->type, "host") == 0;
}

/* What of several ranks this one computes on; alone, what --devices says of one. */
static bool take_rank_device(train_options *o, train_run *run, int *status)
{
    /* one that a checkpoint kept gives way to a list */
    const bool given = cJSON_HasObjectItem(o->checkpoints.kept, "device") &&
                       !(o->devices != NULL && o->checkpoints.resume != NULL);
    if (clmlp_ranks_count(o->config.ranks) == 1 && o->devices == NULL) return true;
    if (!clmlp_cli_take_device("train", o->config.ranks, o->devices, given ? o->device.spec : NULL, run->rank_device,
                               sizeof run->rank_device, status)) {
        return false;
    }
    o->device.spec = run->rank_device;
    return true;
}

/* Everything that training needs; also the checks that need the data. */
static bool take_in(train_options *o, train_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    run->startup.entered = clmlp_cli_seconds();
    if (!clmlp_cli_all_go_on(o->config.ranks, clmlp_cli_train_input_take(&run->in, o, status), status)) return false;
    run->startup.loaded = clmlp_cli_seconds();
    if (!take_rank_device(o, run, status)) return false;
    const size_t m = clmlp_dataset_examples(run->in.train);
    const char *const spec = o->device.spec;
    if (!o->out.quiet && !o->find_rate && (spec == NULL || strcmp(spec, "cpu") != 0)) {
        static const char building[] =
            "\nclmlp: building kernels for this network (they are kept for the next time)...\n";
        clmlp_cli_await_first_step(isatty(STDERR_FILENO) ? building : building + 1);
    }
    o->device.operations = clmlp_cli_train_operations(&run->in, &o->config);
    const clmlp_status result = clmlp_cli_open_device(&run->device, &o->device, run->in.model,
                                                      o->config.batch != 0 ? o->config.batch : m, &error);
    if (result != CLMLP_OK || on_host(run->device)) clmlp_cli_first_step_is_done(NULL);
    if (result != CLMLP_OK) *status = clmlp_cli_fail(&error, true);
    if (!clmlp_cli_all_go_on(o->config.ranks, result == CLMLP_OK, status)) return false;
    const clmlp_device_info *const info = clmlp_device_get_info(run->device);
    if (clmlp_cli_tell_taken(o->config.ranks, info, NULL, &error) == CLMLP_OK) return true;
    *status = clmlp_cli_fail(&error, false);
    return false;
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
    clmlp_cli_train_report report = {.model = run->in.model, .data = run->in.train, .device = run->device,
                                     .config = &o->config, .cross_validation = &run->folds,
                                     .result = result, .status = status,
                                     .failure = status != CLMLP_OK ? error->message : NULL,
                                     .until_first = run->until_first,
                                     .members = o->members, .begun = run->member + 1,
                                     .samples = clmlp_dataset_examples(run->in.train),
                                     .validation_samples = clmlp_dataset_examples(run->in.validation),
                                     .test_samples = clmlp_dataset_examples(run->in.test),
                                     .data_path = o->data, .labels_path = o->network.load.labels_path,
                                     .validation_path = o->validation.path,
                                     .validation_labels_path = o->validation_labels,
                                     .preset = clmlp_cli_preset_name(o->preset),
                                     .preset_options = clmlp_cli_train_preset_text(o, run->in.model),
                                     .weights_column = o->network.load.weights,
                                     .class_weights = o->network.class_weights,
                                     .test_path = o->test, .test_labels_path = o->test_labels,
                                     .check = o->check.config.every != 0 ? &o->check.result : NULL,
                                     .bundle_path = o->check.result.bundle_written ? o->check.config.bundle : NULL,
                                     .shares = &run->shares};
    const bool wrong = status == CLMLP_DIVERGED || status == CLMLP_MISMATCH;
    const bool ended = status == CLMLP_OK || wrong || status == CLMLP_INTERRUPTED;
    const bool lost = status == CLMLP_DEVICE || status == CLMLP_OUT_OF_MEMORY || status == CLMLP_RANKS;
    /* theta is still random: no reason to replace a model that is there */
    const bool untrained = status == CLMLP_INTERRUPTED && run->member == 0 && result->steps == 0 &&
                           o->checkpoints.resumed == NULL;
    /* CLMLP_IO: only the history is lost */
    const bool worth_saving = (ended && !untrained && status != CLMLP_DIVERGED) ||
                              (status == CLMLP_IO && result->steps > 0) || (lost && result->good_epochs > 0) ||
                              (!ended && run->member > 0); /* the members before it are whole */
    clmlp_error save_error = {.status = CLMLP_OK};
    char beside[4096];
    const bool saved = worth_saving && clmlp_model_place_save(run->place, run->in.model, &save_error) == CLMLP_OK;
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
        const bool single = o->members == 1; /* of members it was said */
        if (single) {
            const char *const of_others = clmlp_ranks_count(o->config.ranks) > 1 ? "another rank" : "a callback";
            const char *const name = clmlp_cli_signal_name();
            clmlp_cli_note("interrupted by %s after %zu of %zu epochs, %zu steps%s", name != NULL ? name : of_others,
                           result->epochs, o->config.epochs, result->steps,
                           untrained ? "; no model was written" : "");
        }
        if (run->member == 0 && result->best_epoch > 0) {
            clmlp_cli_note("the model is that of epoch %zu, the best", result->best_epoch);
        }
        code = CLMLP_CLI_INTERRUPTED;
    } else if (status != CLMLP_OK) {
        code = clmlp_cli_fail(error, false);
        if (saved) tell_saved(o, run, result, lost);
    }
    if (o->members == 1 && result->epochs > 0 && result->best_epoch == 0 && keeps_best(&o->config) && !wrong) {
        clmlp_cli_tell("no epoch had a defined value of --monitor, so that none was the best: the last theta was kept");
    }
    clmlp_cli_self_check_tell(&o->check, run->device);
    if (worth_saving && !saved) {
        const int failed = clmlp_cli_fail(&save_error, false);
        if (!wrong) code = failed; /* what was found weighs more */
        rescue(run->in.model);
    }
    clmlp_cli_yield_output();
    /* the page says what there was of it, and why there is no more */
    if (!ended && result->steps == 0) return code;
    if (!ended) return clmlp_cli_train_page_write(&run->page, &run->in, run->device, &report, code);
    if (!wrong && o->preset == CLMLP_CLI_PRESET_NONE && clmlp_model_columns(run->in.model) != NULL) {
        clmlp_cli_note("for tables there is --preset tabular (docs/tabular.md)");
    }
    if (!wrong) {
        const int measured = measure(o, run, &report);
        if (o->members > 1) take_scores(run, result); /* also where it was interrupted in the first one */
        else take_checked(o, run, result);
        if (code == CLMLP_CLI_DONE) code = measured;
        if (run->in.validation == NULL && run->in.test == NULL && !o->has_folds) {
            clmlp_cli_advise("the scores are of the training data alone, and may be far better than those of new data; "
                             "--validation 0.2 holds out a fifth to tell");
        }
    }
    code = clmlp_cli_train_page_write(&run->page, &run->in, run->device, &report, code);
    if (o->out.json) return clmlp_cli_report_train_json(&report, code);
    if (!wrong) clmlp_cli_report_train(&report);
    return clmlp_cli_finish_output(code);
}

static void after_epoch(const clmlp_epoch *epoch, void *context)
{
    train_run *const run = context;
    clmlp_cli_board_epoch(epoch, &run->board);
    if (run->page.place != NULL) clmlp_cli_epochs_add(&run->page.epochs, epoch);
}

static void first_step(void *context)
{
    train_run *const run = context;
    clmlp_cli_first_step_is_done(NULL);
    if (run->first_step == 0.0) run->first_step = clmlp_cli_seconds();
    if (run->verbose) clmlp_cli_startup_print(&run->startup, run->device, "first step, with transfers");
}

/* Work with the other ranks, if there are some. Rank 0 alone writes files and speaks. */
static bool join(train_options *o, int *status)
{
    char complaint[128];
    o->config.ranks = o->network.load.ranks = clmlp_cli_cluster_ranks();
    const size_t count = clmlp_ranks_count(o->config.ranks);
    const char *const wrong = clmlp_cli_shares_use(&o->shares, count, &o->config, complaint, sizeof complaint);
    if (wrong != NULL) *status = clmlp_cli_usage_error("train", "%s", wrong);
    if (clmlp_cli_is_root()) return wrong == NULL;
    o->out.quiet = true;
    o->out.verbose = o->out.json = false;
    o->tensorboard = o->report = NULL;
    o->checkpoints.path = NULL;
    o->config.history_path = NULL;
    return wrong == NULL;
}

static const char stopping[] = "clmlp: stopping (once more to quit at once)\n";

/* Hours of training are not begun for a model that cannot be written. */
static int take_place(const train_options *o, train_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_status status = clmlp_model_place_open(&run->place, run->in.model, o->members, o->model, &error);
    if (status == CLMLP_OK) status = clmlp_cli_board_begin(&run->board, o->tensorboard, &error);
    return status == CLMLP_OK ? CLMLP_CLI_DONE : clmlp_cli_fail(&error, false);
}

/* The file of --validation as a fold encodes it. */
typedef struct fold_context {
    const train_options *options;
    const clmlp_dataset *train;
} fold_context;

static clmlp_status load_for_fold(const void *context, const clmlp_model *model, clmlp_dataset **out,
                                  clmlp_error *error)
{
    const fold_context *const c = context;
    return clmlp_cli_load_held_out(c->options, c->train, model, c->options->validation.path,
                                   c->options->validation_labels, out, error);
}

static int cross_validate(train_options *o, train_run *run)
{
    const fold_context context = {o, run->in.train};
    const clmlp_cli_fold_plan plan = {&o->network, clmlp_model_output(run->in.model), run->in.train,
                                      load_for_fold, &context, run->device, &o->config, o->config.ranks};
    if (!o->has_folds) return CLMLP_CLI_DONE;
    o->network.load.ranks = NULL; /* each rank has folds of its own, and reads for them by itself */
    o->config.cancel = clmlp_cli_catch_signals(o->out.quiet ? NULL : stopping);
    run->folds.folds = o->folds;
    const int status = clmlp_cli_cross_validate(&run->folds, &plan);
    if (status == CLMLP_CLI_DONE) {
        clmlp_cli_note("all %zu folds are done; now all examples are trained on", o->folds);
    }
    return status;
}

static int train(train_options *o, train_run *run)
{
    clmlp_cli_progress watching, *const progress = &watching;
    clmlp_train_result result = {.size = sizeof result};
    clmlp_error error = {.status = CLMLP_OK};
    run->board.progress = progress;
    run->board.monitor = o->config.monitor;
    o->config.on_epoch = (clmlp_on_epoch){after_epoch, run};
    run->verbose = o->out.verbose;
    if (o->out.verbose || !on_host(run->device)) o->config.on_first_step = (clmlp_on_first_step){first_step, run};
    clmlp_cli_progress_begin(progress, &o->config, o->out.quiet);
    progress->folds = o->members > 1 && o->members_by == CLMLP_CLI_BY_FOLDS;
    progress->members_after = o->members - 1 - clmlp_cli_checkpoint_number(&o->checkpoints, "members");
    if (!progress->quiet && progress->terminal) {
        o->config.on_progress = (clmlp_on_progress){clmlp_cli_progress_inside, progress};
    }
    /* the first character ends the line that is being redrawn */
    static const char saving[] = "\nclmlp: stopping; the model will be saved (once more to quit at once)\n";
    if (!o->has_folds) {
        o->config.cancel =
            clmlp_cli_catch_signals(progress->quiet ? NULL : progress->terminal ? saving : saving + 1);
    }
    clmlp_status status = clmlp_cli_self_check_begin(&o->check, progress, &error);
    o->config.inspector = o->check.inspector;
    o->config.validation = run->in.validation;
    clmlp_cli_checkpoint_begin(o, progress);
    if (!clmlp_cli_is_root()) o->config.checkpoint_path = NULL;
    clmlp_cli_train_page_begin(&run->page, o);
    run->shares.progress = progress;
    run->shares.asked = o->shares.given;
    if (clmlp_cli_is_root()) o->config.on_shares = (clmlp_on_shares){clmlp_cli_shares_tell, &run->shares};
    if (status == CLMLP_OK) {
        const clmlp_cli_ensemble ensemble = {&run->in.model, run->device, run->in.train, run->in.test};
        status = clmlp_cli_ensemble_train(o, &ensemble, &result, &run->member, &error);
    }
    clmlp_cli_first_step_is_done(NULL);
    if (run->first_step > 0.0 && progress->origin > 0.0 && o->checkpoints.resume == NULL && !on_host(run->device)) {
        run->until_first = run->first_step - progress->origin;
    }
    clmlp_cli_progress_end(progress);
    run->shares.progress = NULL;
    clmlp_cli_board_end(&run->board);
    clmlp_cli_self_check_end(&o->check);
    if (!clmlp_cli_is_root()) return status == CLMLP_OK ? CLMLP_CLI_DONE : clmlp_cli_fail(&error, false);
    return finish(o, run, &result, status, &error);
}

int clmlp_cli_train(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    train_options options;
    train_run run = {0};
    const bool good = clmlp_cli_train_options_take(&options, &arguments, argc, argv, &status);
    if (clmlp_cli_all_take_options(good && join(&options, &status), &status)) {
        clmlp_cli_set_quiet(options.out.quiet);
        clmlp_cli_train_page_note(&run.page, &options, &arguments, argc, argv);
        clmlp_cli_catch_save(NULL); /* who asks while data is read means the first step */
        if (take_in(&options, &run, &status)) {
            clmlp_cli_train_note_plan(&options, &run.in, run.device);
            if (options.find_rate && !clmlp_cli_is_root()) {
                status = CLMLP_CLI_DONE;
            } else if (options.find_rate) {
                status = clmlp_cli_find_rate(&options, run.in.model, run.device, run.in.train);
            } else {
                /* from here on there is a temporary file */
                (void)clmlp_cli_catch_signals(options.out.quiet ? NULL : stopping);
                status = clmlp_cli_is_root() ? take_place(&options, &run) : CLMLP_CLI_DONE;
                if (status == CLMLP_CLI_DONE) status = clmlp_cli_train_page_open(&run.page, &options);
                if (status == CLMLP_CLI_DONE) status = cross_validate(&options, &run);
                if (status == CLMLP_CLI_DONE) status = train(&options, &run);
            }
        }
    }
    clmlp_cli_shares_free(&run.shares);
    clmlp_cli_train_page_free(&run.page);
    clmlp_cli_checkpoints_free(&options.checkpoints);
    clmlp_cli_self_check_free(&options.check);
    clmlp_cli_cross_validation_free(&run.folds);
    clmlp_evaluation_destroy(run.test_evaluation);
    clmlp_evaluation_destroy(run.validation_evaluation);
    clmlp_evaluation_destroy(run.evaluation);
    clmlp_device_close(run.device);
    clmlp_cli_board_end(&run.board);
    clmlp_model_place_close(run.place);
    clmlp_cli_train_input_free(&run.in);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
