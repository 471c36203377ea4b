/* train_page.c - the page of train --report: its place, opened before training, and what it will say. */
#include "commands/train_page.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/checkpoint.h"
#include "commands/whole_text.h"
#include "message.h"
#include "reports/page/training.h"

/* A command line whose options are to be shown. */
typedef struct shown {
    clmlp_cli_page *page;
    const clmlp_cli_arguments *arguments;
    int argc;
    char **argv;
} shown;

static void show_options(const clmlp_cli_syntax *syntax, void *context)
{
    const shown *const s = context;
    clmlp_cli_page_options(s->page, syntax, s->arguments, s->argc, s->argv);
}

void clmlp_cli_train_page_note(clmlp_cli_train_page *page, clmlp_cli_train_options *o,
                               const clmlp_cli_arguments *arguments, int argc, char **argv)
{
    shown s = {&page->options, arguments, argc, argv};
    if (o->report != NULL) clmlp_cli_train_syntax(o, show_options, &s);
}

int clmlp_cli_train_page_open(clmlp_cli_train_page *page, const clmlp_cli_train_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    page->path = o->report;
    if (o->report == NULL) return CLMLP_CLI_DONE;
    if (clmlp_text_place_open(&page->place, o->report, &error) == CLMLP_OK) return CLMLP_CLI_DONE;
    return clmlp_cli_fail(&error, false);
}

/* Lines of the history up to the checkpoint; those behind it are cut off when training begins. */
static void take_earlier(clmlp_cli_epochs *epochs, const clmlp_cli_train_options *o)
{
    const char *const path = o->config.history_path;
    const size_t members = clmlp_cli_checkpoint_number(&o->checkpoints, "members");
    const size_t done = members > 0 ? SIZE_MAX : clmlp_cli_checkpoint_number(&o->checkpoints, "epoch");
    struct stat info;
    int status = CLMLP_CLI_DONE;
    bool is_cut = false;
    epochs->begun = members > 0 ? members + 1 : 0; /* only the first one has a history */
    if (done == 0 || path == NULL || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return;
    char *const text = clmlp_cli_whole_text(path, &status);
    if (text != NULL) (void)clmlp_cli_epochs_read(epochs, text, done, &is_cut); /* training complains of it */
    free(text);
}

/* Not the first one, in which kernels are built, unless it is the only one. */
void clmlp_cli_train_page_begin(clmlp_cli_train_page *page, clmlp_cli_train_options *o)
{
    const bool inside = clmlp_cli_checkpoint_number(&o->checkpoints, "steps_of_epoch") > 0;
    const size_t first = clmlp_cli_checkpoint_number(&o->checkpoints, "epoch") + 1;
    if (page->place == NULL) return;
    o->config.timed_epoch = o->config.epochs > first ? first + 1 : inside ? 0 : first;
    if (o->checkpoints.resumed != NULL) take_earlier(&page->epochs, o);
}

/* What the device has recorded. The caller releases *times. */
static void take_times(clmlp_cli_training_page *training, clmlp_device *device, clmlp_kernel_time **times,
                       clmlp_error *error)
{
    const clmlp_cli_train_report *const report = training->report;
    if (report->config->timed_epoch == 0 || report->result->steps == 0) return;
    if (clmlp_device_kernel_times(device, times, &training->time_count, error) != CLMLP_OK) {
        training->times_why = error->message;
    } else if (training->time_count == 0 && report->result->epochs >= report->config->timed_epoch) {
        training->times_why = "the device has recorded none";
    }
    training->times = *times;
}

/* The data that judge the model most honestly, of those that were scored. */
static void choose(clmlp_cli_judged *judged, const clmlp_cli_train_input *in, const clmlp_cli_train_report *report)
{
    if (report->test_evaluation != NULL) {
        judged->data = in->test;
        judged->evaluation = report->test_evaluation;
        judged->role = "test data";
        judged->path = report->test_path;
    } else if (report->validation_evaluation != NULL) {
        judged->data = in->validation;
        judged->evaluation = report->validation_evaluation;
        judged->role = "validation data";
        judged->path = report->validation_path != NULL ? report->validation_path : report->data_path;
    } else {
        judged->data = in->train;
        judged->evaluation = report->evaluation;
        judged->role = "training data, which the network knows";
        judged->path = report->data_path;
    }
}

static void take_epochs(clmlp_cli_epochs *epochs, const clmlp_cli_train_report *report)
{
    const clmlp_train_config *const config = report->config;
    const bool kept = config->early_stopping > 0 || config->keep_best;
    epochs->smooths = config->label_smoothing > 0.0;
    for (size_t i = 0; i < config->dropout_count; i++) epochs->drops = epochs->drops || config->dropout[i] > 0.0;
    if (report->members == 1) epochs->best_epoch = report->result->best_epoch;
    if (!kept) return;
    (void)snprintf(epochs->monitor, sizeof epochs->monitor, "%s", config->monitor != NULL ? config->monitor : "cost");
}

int clmlp_cli_train_page_write(clmlp_cli_train_page *page, const clmlp_cli_train_input *in, clmlp_device *device,
                               const clmlp_cli_train_report *report, int code)
{
    clmlp_error error = {.status = CLMLP_OK}, failure = error;
    clmlp_cli_page text = {.text = NULL};
    clmlp_cli_judged judged = {.model = in->model, .device = device, .seed = report->config->seed};
    clmlp_cli_training_page training = {.report = report, .epochs = &page->epochs, .options = page->options.text};
    clmlp_error times_error = {.status = CLMLP_OK};
    clmlp_kernel_time *times = NULL;
    if (page->place == NULL) return code;
    take_times(&training, device, &times, &times_error);
    choose(&judged, in, report);
    take_epochs(&page->epochs, report);
    if (report->check != NULL && report->check->on_cpu) {
        training.why = "The device was wrong, and training went on on the CPU path: nothing more is computed on it.";
    } else if (judged.evaluation != NULL) {
        if (clmlp_cli_judged_take(&judged, &error) == CLMLP_OK) training.judged = &judged;
        else training.why = error.message;
        text.failed = training.why != NULL;
    }
    clmlp_cli_page_training(&text, &training);
    clmlp_cli_judged_free(&judged);
    clmlp_free(times);
    int written = CLMLP_CLI_DONE;
    if (text.failed) {
        clmlp_cli_error("--report: a part of the page could not be computed%s%s", training.why != NULL ? ": " : "",
                        training.why != NULL ? training.why : ", as it says");
        written = CLMLP_CLI_FAILED;
    }
    if (text.lost || page->options.lost || page->epochs.lost) {
        clmlp_cli_error("--report: not enough memory for the page");
        written = CLMLP_CLI_FAILED;
    } else if (clmlp_text_place_save(page->place, text.text, &failure) != CLMLP_OK) {
        written = clmlp_cli_fail(&failure, false);
    } else {
        clmlp_cli_note("report written to %s", page->path);
    }
    clmlp_cli_page_free(&text);
    return code == CLMLP_CLI_DONE ? written : code;
}

void clmlp_cli_train_page_free(clmlp_cli_train_page *page)
{
    clmlp_text_place_close(page->place);
    clmlp_cli_page_free(&page->options);
    clmlp_cli_epochs_free(&page->epochs);
}
