/* search.c - clmlp search: settings of training are tried on examples that are held out; the best model is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "commands/train_options.h"
#include "interrupt.h"
#include "message.h"
#include "reports/search.h"
#include "search/search.h"

static const char COMMAND[] = "search";

typedef struct search_options {
    const char *data, *model, *log, *metric, *strategy, *devices;
    size_t trials, keep_one_in;
    bool has_keep;
    clmlp_cli_output_options out;
} search_options;

/* An option of clmlp train as it was given here: a text, or a flag. */
typedef struct given_option {
    clmlp_cli_option row; /* its row there */
    const char *text;
    bool given;
    char fallback[128];
} given_option;

typedef struct search_run {
    search_options o;
    given_option *taken; /* [taken_count]: what clmlp train takes, too */
    size_t taken_count;
    clmlp_cli_search_run search;
} search_run;

/* --- the command line -------------------------------------------------------------------------------- */

/* What a search says itself, or what makes no sense for many trainings. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"model", "history", "json", "quiet", "verbose", "test", "test-labels",
                                      "checkpoint", "checkpoint-every", "resume", "find-rate", "report", "bundle",
                                      "self-check", "on-mismatch", "ensemble", "ensemble-by"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(name, own[i]) == 0) return true;
    }
    return false;
}

/* The rows of a command line: those of the search, then those of clmlp train, read as texts. */
typedef struct option_rows {
    search_run *run;
    clmlp_cli_arguments *arguments;
    int argc;
    char **argv;
    int *status;
    bool go_on;
} option_rows;

static void copy_rows(search_run *run, clmlp_cli_option *rows, size_t *count, const clmlp_cli_syntax *train)
{
    const clmlp_cli_option *heading = NULL;
    run->taken_count = 0;
    for (size_t i = 0; i < train->option_count; i++) {
        const clmlp_cli_option *const row = &train->options[i];
        if (row->name == NULL) {
            heading = row;
            continue;
        }
        if (is_own(row->name)) continue;
        if (heading != NULL) rows[(*count)++] = *heading;
        heading = NULL;
        given_option *const option = &run->taken[run->taken_count++];
        *option = (given_option){.row = *row};
        if (row->fallback != NULL) {
            (void)snprintf(option->fallback, sizeof option->fallback, "%s", row->fallback);
        } else if (row->type != NULL && row->type->show != NULL) {
            row->type->show(row->value, option->fallback, sizeof option->fallback);
        }
        rows[(*count)++] = (clmlp_cli_option){
            row->name, row->type != NULL ? &clmlp_cli_text : NULL,
            row->type != NULL ? (void *)&option->text : (void *)&option->given, row->argument, row->help,
            option->fallback[0] != '\0' ? option->fallback : NULL, row->type != NULL ? &option->given : NULL};
    }
}

static void read_rows(const clmlp_cli_syntax *train, void *context)
{
    option_rows *const line = context;
    search_options *const o = &line->run->o;
    const clmlp_cli_option own[] = {
        {NULL, NULL, NULL, NULL, "Search:", NULL, NULL},
        {"trials", &clmlp_cli_count, &o->trials, "N", "how many settings to try", NULL, NULL},
        {"strategy", &clmlp_cli_text, &o->strategy, "NAME",
         "random: each setting is trained to the end; halving: all with few of --epochs first, then the best of them "
         "with more (successive halving)", NULL, NULL},
        {"keep-one-in", &clmlp_cli_count, &o->keep_one_in, "N",
         "halving: how many settings of a round one is kept of, and by how much its epochs grow, >= 2", NULL,
         &o->has_keep},
        {"metric", &clmlp_cli_text, &o->metric, "NAME",
         "what settings are judged by, of the examples held out: cost, or a metric as clmlp train shows it",
         "accuracy, exact_match or rmse, by the target", NULL},
        {"devices", &clmlp_cli_text, &o->devices, "SPEC,...",
         "devices to take in turn, as for --device; all: every OpenCL device", "the one of --device", NULL},
        {"log", &clmlp_cli_text, &o->log, "FILE",
         "write each trial into it, a line of JSON; where it is there, go on with the search that it is of", "none",
         NULL},
        {"model", &clmlp_cli_text, &o->model, "FILE", "where to write the best model", NULL, NULL},
        {"json", NULL, &o->out.json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},
        {"quiet", NULL, &o->out.quiet, NULL, "nothing on standard error but errors", NULL, NULL},
    };
    const size_t own_count = sizeof own / sizeof own[0];
    clmlp_cli_option *const rows = calloc(own_count + 2 * train->option_count, sizeof *rows);
    line->run->taken = calloc(train->option_count, sizeof *line->run->taken);
    if (rows == NULL || line->run->taken == NULL) {
        clmlp_cli_error("not enough memory for the command line");
        *line->status = CLMLP_CLI_FAILED;
        free(rows);
        return;
    }
    memcpy(rows, own, sizeof own);
    size_t count = own_count;
    copy_rows(line->run, rows, &count, train);
    const clmlp_cli_syntax syntax = {
        COMMAND, "DATA",
        "Each option of clmlp train is taken as it is there, or varied: LOW:HIGH draws numbers between\n"
        "the two, LOW:HIGH:log in their logarithm, A|B|C one of a list. The draws depend on --seed alone.\n"
        "Settings are judged by examples that are held out: by --validation (0.2 where nothing is said)\n"
        "or by --cross-validate. Ctrl-C ends a search; with --log it goes on later.\n\n"
        "  clmlp search train.csv --rate 0.01:1:log --hidden '25|50|100,50' --trials 30\n"
        "  clmlp search train.csv --strategy halving --epochs 81 --trials 27 --lambda 0.001:10:log\n",
        rows, count};
    line->go_on = clmlp_cli_parse(line->arguments, &syntax, line->argc, line->argv, line->status);
    if (line->go_on) o->data = line->arguments->positional[0];
    free(rows);
}

static given_option *find_option(search_run *run, const char *name)
{
    for (size_t i = 0; i < run->taken_count; i++) {
        given_option *const option = &run->taken[i];
        if (option->given && strcmp(option->row.name, name) == 0) return option;
    }
    return NULL;
}

/* Settings are compared by the same targets of the same examples. */
static bool decides_what_is_judged(const char *name)
{
    static const char *const list[] = {"labels", "target", "task", "missing-targets", "validation",
                                       "validation-labels", "cross-validate"};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (strcmp(name, list[i]) == 0) return true;
    }
    return false;
}

/* What was given of the options of clmlp train, as a space; the seed stays aside. */
static bool make_space(search_run *run, int *status)
{
    clmlp_cli_space *const space = &run->search.plan.space;
    space->dimensions = calloc(run->taken_count + 1, sizeof *space->dimensions);
    if (space->dimensions == NULL) {
        clmlp_cli_error("not enough memory for the command line");
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    for (size_t i = 0; i < run->taken_count; i++) {
        const given_option *const option = &run->taken[i];
        clmlp_cli_dimension *const dimension = &space->dimensions[space->count];
        const bool is_seed = strcmp(option->row.name, "seed") == 0;
        if (!option->given) continue;
        const char *const complaint =
            is_seed ? clmlp_cli_seed.parse(option->text, &run->search.plan.seed)
                    : clmlp_cli_dimension_read(dimension, &option->row, option->row.type != NULL ? option->text : NULL);
        if (complaint != NULL) {
            *status = clmlp_cli_usage_error(COMMAND, "--%s '%s': %s", option->row.name, option->text, complaint);
            return false;
        }
        if (is_seed) continue;
        if (dimension->spread != CLMLP_CLI_FIXED && decides_what_is_judged(dimension->name)) {
            *status = clmlp_cli_usage_error(COMMAND, "--%s '%s': settings are judged by the same targets of the same "
                                            "examples (expected one value)", dimension->name, option->text);
            return false;
        }
        space->varied += dimension->spread != CLMLP_CLI_FIXED;
        space->count++;
    }
    if (space->varied > 0) return true;
    *status = clmlp_cli_usage_error(COMMAND, "nothing is varied (expected an option such as --rate 0.01:1:log or "
                                    "--hidden '25|50')");
    return false;
}

static bool check_names(const search_options *o, int *status)
{
    if (strcmp(o->strategy, "random") != 0 && strcmp(o->strategy, "halving") != 0) {
        *status = clmlp_cli_usage_error(COMMAND, "--strategy '%s': expected random or halving", o->strategy);
    } else if (o->metric != NULL && !clmlp_cli_is_score(o->metric)) {
        *status = clmlp_cli_usage_error(COMMAND, "--metric '%s': expected cost, or the name of a metric, such as "
                                        "accuracy or rmse", o->metric);
    } else if (o->has_keep && strcmp(o->strategy, "halving") != 0) {
        *status = clmlp_cli_usage_error(COMMAND, "--keep-one-in '%zu': is for --strategy halving", o->keep_one_in);
    } else if (o->keep_one_in < 2) {
        *status = clmlp_cli_usage_error(COMMAND, "--keep-one-in '%zu': expected 2 or more", o->keep_one_in);
    } else {
        return true;
    }
    return false;
}

/* The best model is moved to --model, and would take the place of a device such as /dev/null. */
static bool check_model(search_run *run, int *status)
{
    const search_options *const o = &run->o;
    struct stat info;
    const int length = snprintf(run->search.path, sizeof run->search.path, "%s.trial", o->model);
    if (length < 0 || (size_t)length >= sizeof run->search.path) {
        *status = clmlp_cli_usage_error(COMMAND, "--model '%s': too long a name", o->model);
    } else if (stat(o->model, &info) == 0 && !S_ISREG(info.st_mode)) {
        *status = clmlp_cli_usage_error(COMMAND, "--model '%s': cannot be written: is not a regular file", o->model);
    } else if (o->log != NULL && clmlp_cli_is_same_file(o->log, o->model)) {
        *status = clmlp_cli_usage_error(COMMAND, "--log '%s': is also the file of --model", o->log);
    } else if (o->log != NULL && clmlp_cli_is_same_file(o->log, run->search.path)) {
        *status = clmlp_cli_usage_error(COMMAND, "--log '%s': is where the model of each trial is", o->log);
    } else {
        return true;
    }
    return false;
}

static bool check_files(search_run *run, int *status)
{
    const given_option *const labels = find_option(run, "labels"), *const init = find_option(run, "init");
    const char *const inputs[] = {run->o.data, labels != NULL ? labels->text : NULL, init != NULL ? init->text : NULL};
    const char *const others[] = {run->o.data, labels != NULL ? labels->text : NULL, init != NULL ? init->text : NULL,
                                  run->o.model};
    if (strcmp(run->o.data, "-") == 0 || strcmp(run->o.data, "/dev/stdin") == 0) {
        *status = clmlp_cli_usage_error(COMMAND, "DATA '%s': every trial reads it anew (expected a file)", run->o.data);
        return false;
    }
    if (!clmlp_cli_check_output(COMMAND, "--model", run->o.model, inputs, 3, status)) return false;
    if (run->o.log != NULL && !clmlp_cli_check_output(COMMAND, "--log", run->o.log, others, 4, status)) return false;
    return check_model(run, status);
}

/* --- devices -------------------------------------------------------------------------------- */

static bool add_device(search_run *run, const char *text, size_t length)
{
    char *const copy = malloc(length + 1);
    if (copy == NULL) return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    run->search.devices[run->search.device_count++] = copy;
    return true;
}

static bool add_all_devices(search_run *run, int *status)
{
    clmlp_device_info *list = NULL;
    size_t count = 0;
    clmlp_error error = {.status = CLMLP_OK};
    bool added = true;
    if (clmlp_device_list(&list, &count, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    run->search.devices = calloc(count + 1, sizeof *run->search.devices);
    for (size_t i = 0; i < count && added && run->search.devices != NULL; i++) {
        if (strncmp(list[i].spec, "opencl", strlen("opencl")) == 0) {
            added = add_device(run, list[i].spec, strlen(list[i].spec));
        }
    }
    clmlp_free(list);
    if (run->search.devices == NULL || !added) {
        clmlp_cli_error("not enough memory for the list of devices");
        *status = CLMLP_CLI_FAILED;
    } else if (run->search.device_count == 0) {
        *status = clmlp_cli_usage_error(COMMAND, "--devices 'all': there is no OpenCL device");
    } else {
        return true;
    }
    return false;
}

static bool choose_devices(search_run *run, int *status)
{
    const char *text = run->o.devices;
    if (text == NULL) return true;
    if (find_option(run, "device") != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--device and --devices both say what computes; leave one out");
        return false;
    }
    if (strcmp(text, "all") == 0) return add_all_devices(run, status);
    run->search.devices = calloc(strlen(text) + 1, sizeof *run->search.devices);
    for (bool more = run->search.devices != NULL; more;) {
        const size_t length = strcspn(text, ",");
        if (length == 0) {
            *status = clmlp_cli_usage_error(COMMAND, "--devices '%s': a name is empty", run->o.devices);
            return false;
        }
        if (!add_device(run, text, length)) break;
        more = text[length] == ',';
        text += length + 1;
        if (!more) return true;
    }
    clmlp_cli_error("not enough memory for the list of devices");
    *status = CLMLP_CLI_FAILED;
    return false;
}

static int finish(const search_options *o, clmlp_cli_search_run *run, int status)
{
    const bool found = run->best < run->count;
    clmlp_cli_search_report report = {.plan = &run->plan, .strategy = o->strategy, .trials = run->trials,
                                      .count = run->count, .best = found ? run->trials[run->best].number : 0,
                                      .model_path = found && run->best_is_kept ? o->model : NULL};
    if (status != CLMLP_CLI_DONE && status != CLMLP_CLI_INTERRUPTED) return status;
    if (status == CLMLP_CLI_INTERRUPTED) {
        clmlp_cli_note(o->log != NULL ? "interrupted; the same command goes on with the search" : "interrupted");
    } else if (!found) {
        clmlp_cli_error("not one trial came to an end that can be judged");
        status = CLMLP_CLI_FAILED;
    }
    return o->out.json ? clmlp_cli_report_search_json(&report, status) : clmlp_cli_report_search(&report, status);
}

/* The epochs of the last round have to be known. */
static bool take_epochs(search_run *run, int *status)
{
    const given_option *const option = find_option(run, "epochs");
    run->search.halves = strcmp(run->o.strategy, "halving") == 0;
    run->search.keep_one_in = run->o.keep_one_in;
    if (!run->search.halves) return true;
    if (option != NULL && clmlp_cli_count.parse(option->text, &run->search.most_epochs) == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--strategy halving needs --epochs N: the epochs of the last round");
    return false;
}

static bool take(search_run *run, int *status)
{
    const search_options *const o = &run->o;
    clmlp_cli_set_quiet(o->out.quiet);
    if (!check_names(o, status) || !make_space(run, status) || !check_files(run, status)) return false;
    if (!take_epochs(run, status) || !choose_devices(run, status)) return false;
    run->search.plan.data = o->data;
    run->search.plan.metric = o->metric;
    run->search.model = o->model;
    run->search.log_path = o->log;
    run->search.devices_asked = o->devices;
    run->search.wanted = o->trials;
    run->search.plan.adds_validation =
        find_option(run, "validation") == NULL && find_option(run, "cross-validate") == NULL;
    if (run->search.plan.adds_validation) {
        clmlp_cli_note("--validation " CLMLP_CLI_SEARCH_VALIDATION ": a fifth of the data is held out to judge by");
    }
    return clmlp_cli_search_begin(&run->search, status);
}

int clmlp_cli_search(int argc, char **argv)
{
    int status = CLMLP_CLI_DONE;
    clmlp_cli_arguments arguments = {.texts = NULL};
    clmlp_cli_train_options train = clmlp_cli_train_options_default();
    search_run run = {.o = {.model = "model.safetensors", .strategy = "random", .trials = 20, .keep_one_in = 3},
                      .search = {.plan = {.seed = train.config.seed}}};
    option_rows line = {&run, &arguments, argc, argv, &status, false};
    clmlp_cli_train_syntax(&train, read_rows, &line);
    if (line.go_on && take(&run, &status)) {
        run.search.plan.cancel =
            clmlp_cli_catch_signals(run.o.out.quiet ? NULL : "clmlp: stopping (once more to quit at once)\n");
        status = finish(&run.o, &run.search, clmlp_cli_search_all(&run.search));
    }
    if (!clmlp_cli_search_end(&run.search) && status == CLMLP_CLI_DONE) status = CLMLP_CLI_FAILED;
    for (size_t i = 0; i < run.search.device_count; i++) free(run.search.devices[i]);
    free(run.search.devices);
    free(run.search.plan.space.dimensions);
    free(run.taken);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
