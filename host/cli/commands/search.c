/* search.c - clmlp search: settings of training are tried on examples that are held out; the best model is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "commands/commands.h"
#include "commands/search_check.h"
#include "commands/search_options.h"
#include "interrupt.h"
#include "message.h"
#include "ranks/agree.h"
#include "ranks/devices.h"
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

/* "all" as a list; released with free(). NULL: not enough memory, which was said. */
static char *list_of_all(const clmlp_cli_search_run *search)
{
    size_t size = 1;
    for (size_t i = 0; i < search->device_count; i++) size += strlen(search->devices[i]) + 1;
    char *const list = malloc(size);
    if (list == NULL) clmlp_cli_error("not enough memory for the list of devices");
    if (list == NULL) return NULL;
    list[0] = '\0';
    for (size_t i = 0; i < search->device_count; i++) {
        if (i > 0) (void)strcat(list, ",");
        (void)strcat(list, search->devices[i]);
    }
    return list;
}

static bool has_others(const search_command *run)
{
    return clmlp_ranks_count(run->search.ranks) > 1;
}

/* Several ranks: one device for each. */
static bool choose_rank_device(search_command *run, int *status)
{
    const clmlp_cli_given_option *const given = clmlp_cli_search_option(run, "device");
    const bool all = run->o.devices != NULL && strcmp(run->o.devices, "all") == 0;
    char *list = NULL;
    if (!has_others(run)) return true;
    bool ready = !all || add_all_devices(run, status);
    if (ready && all) ready = (list = list_of_all(&run->search)) != NULL;
    if (all && !ready && *status == CLMLP_CLI_DONE) *status = CLMLP_CLI_FAILED;
    if (clmlp_cli_all_go_on(run->search.ranks, ready, status) &&
        clmlp_cli_take_device(COMMAND, run->search.ranks, all ? list : run->o.devices,
                              given != NULL ? given->text : NULL, run->rank_device, sizeof run->rank_device, status)) {
        clmlp_error error = {.status = CLMLP_OK};
        ready = clmlp_cli_tell_taken(run->search.ranks, NULL, run->rank_device, &error) == CLMLP_OK;
        if (!ready) *status = clmlp_cli_fail(&error, false);
    } else {
        ready = false;
    }
    free(list);
    /* what --device says may be varied, and each trial is given it anyway */
    if (given == NULL) run->search.rank_device = run->rank_device;
    return ready;
}

static bool choose_devices(search_command *run, int *status)
{
    const char *text = run->o.devices;
    if (text == NULL || has_others(run)) return true; /* ranks choose together */
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
    if (clmlp_ranks_rank(run->ranks) > 0) return status; /* rank 0 tells */
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
    if (!clmlp_cli_search_begin(&run->search, status)) return false;
    return clmlp_ranks_rank(run->search.ranks) > 0 || clmlp_cli_search_check_metric(run, status);
}

/* Work with the other ranks, if there are some: all of them try, and rank 0 speaks and writes. */
static void join(search_command *run)
{
    run->search.ranks = clmlp_cli_cluster_ranks();
    run->o.out.quiet = run->o.out.quiet || !clmlp_cli_is_root();
}

int clmlp_cli_search(int argc, char **argv)
{
    int status = CLMLP_CLI_DONE;
    clmlp_cli_arguments arguments = {.texts = NULL};
    search_command run = {.o = {.model = "model.safetensors", .strategy = "random", .trials = 20, .keep_one_in = 3}};
    bool good = clmlp_cli_all_take_options(clmlp_cli_search_options_take(&run, &arguments, argc, argv, &status),
                                           &status);
    if (good) {
        join(&run);
        good = clmlp_cli_all_go_on(run.search.ranks, take(&run, &status), &status) &&
               choose_rank_device(&run, &status);
    }
    if (good) {
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
