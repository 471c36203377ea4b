/* train.c - clmlp train: files in, a model out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "commands/checkpoint.h"
#include "commands/commands.h"
#include "commands/ensemble.h"
#include "commands/find_rate.h"
#include "commands/self_check.h"
#include "commands/train_notes.h"
#include "commands/train_run.h"
#include "interrupt.h"
#include "message.h"
#include "options/network.h"
#include "options/options.h"
#include "options/shared.h"
#include "ranks/agree.h"
#include "ranks/devices.h"
#include "reports/progress.h"

typedef clmlp_cli_train_options train_options;
typedef clmlp_cli_train_run train_run;

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
        o->device.on_build.function = clmlp_cli_kernels_are_new;
    }
    /* who has steps checked wants to know of the device */
    o->device.operations = o->check.config.every != 0 ? 0.0 : clmlp_cli_train_operations(&run->in, &o->config);
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

/* --- training ------------------------------------------------------------------------------ */

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
    if (run->verbose) clmlp_cli_startup_print(&run->startup, run->device, "the rest, until the first step was done");
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
    return clmlp_cli_train_finish(o, run, &result, status, &error);
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
