/* search.c - clmlp search: settings of training are tried on examples that are held out; the best model is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "commands/search_check.h"
#include "commands/search_options.h"
#include "interrupt.h"
#include "message.h"
#include "reports/search.h"

static const char COMMAND[] = "search";

typedef clmlp_cli_search_options search_options;
typedef clmlp_cli_search_command search_command;

/* --- devices -------------------------------------------------------------------------------- */

static bool add_device(search_command *run, const char *text, size_t length)
{
    char *const copy = malloc(length + 1);
    if (copy == NULL) return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    run->search.devices[run->search.device_count++] = copy;
    return true;
}

static bool add_all_devices(search_command *run, int *status)
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

static bool choose_devices(search_command *run, int *status)
{
    const char *text = run->o.devices;
    if (text == NULL) return true;
    if (clmlp_cli_search_option(run, "device") != NULL) {
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
static bool take_epochs(search_command *run, int *status)
{
    const clmlp_cli_given_option *const option = clmlp_cli_search_option(run, "epochs");
    run->search.halves = strcmp(run->o.strategy, "halving") == 0;
    run->search.keep_one_in = run->o.keep_one_in;
    if (!run->search.halves) return true;
    if (option != NULL && clmlp_cli_count.parse(option->text, &run->search.most_epochs) == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--strategy halving needs --epochs N: the epochs of the last round");
    return false;
}

static bool take(search_command *run, int *status)
{
    const search_options *const o = &run->o;
    clmlp_cli_set_quiet(o->out.quiet);
    if (!clmlp_cli_search_space(run, status) || !clmlp_cli_search_check(run, status)) return false;
    if (!take_epochs(run, status) || !choose_devices(run, status)) return false;
    run->search.plan.data = o->data;
    run->search.plan.metric = o->metric;
    run->search.model = o->model;
    run->search.log_path = o->log;
    run->search.devices_asked = o->devices;
    run->search.wanted = o->trials;
    run->search.plan.adds_validation =
        clmlp_cli_search_option(run, "validation") == NULL && clmlp_cli_search_option(run, "cross-validate") == NULL;
    if (run->search.plan.adds_validation) {
        clmlp_cli_note("--validation " CLMLP_CLI_SEARCH_VALIDATION ": a fifth of the data is held out to judge by");
    }
    return clmlp_cli_search_begin(&run->search, status) && clmlp_cli_search_check_metric(run, status);
}

int clmlp_cli_search(int argc, char **argv)
{
    int status = CLMLP_CLI_DONE;
    clmlp_cli_arguments arguments = {.texts = NULL};
    search_command run = {.o = {.model = "model.safetensors", .strategy = "random", .trials = 20, .keep_one_in = 3}};
    if (clmlp_cli_search_options_take(&run, &arguments, argc, argv, &status) && take(&run, &status)) {
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
