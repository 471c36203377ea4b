/* on_ranks.c - the trials of a search, tried by several ranks. What is tried depends on no rank, and which trial is the
 * best on no order: so the table at the end is that of one process. */
#include "search/on_ranks.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster.h"
#include "message.h"
#include "ranks/hand_out.h"
#include "search/fnv.h"
#include "search/keep.h"

/* A trial to be tried; `index` is that of its place. */
typedef struct trial_order {
    uint64_t index, number, draw, round, epochs;
} trial_order;

typedef struct trial_result {
    clmlp_cli_trial trial;
    bool has_model;
    char complaint[128]; /* why it could not be run at all; "": it could */
} trial_result;

typedef struct clmlp_cli_search_ranks {
    clmlp_cli_search_run *run;
    clmlp_cli_hand_out work;
    char path[4096];       /* of the model of this rank's trial; run->path is what rank 0 takes */
    size_t next, end;      /* of rank 0: places that are still to be handed out */
    clmlp_cli_trial *again;/* one that is tried for its model; NULL: none is */
    bool has_model;        /* of it */
    int status;            /* why the search ends */
    char complaint[256];
} search_ranks;

/* --- every rank --------------------------------------------------------------------------------------------------- */

static void try_it(const void *what, void *into, const clmlp_cancel *stop, void *context)
{
    const trial_order *const order = what;
    trial_result *const result = into;
    const search_ranks *const shared = context;
    clmlp_cli_search_plan plan = shared->run->plan;
    plan.cancel = stop;
    result->trial = (clmlp_cli_trial){.number = (size_t)order->number, .draw = (size_t)order->draw,
                                      .round = (size_t)order->round, .epochs = (size_t)order->epochs,
                                      .value = (double)NAN, .cost = (double)NAN, .tie = (double)NAN,
                                      .seconds = (double)NAN};
    const char *const complaint = clmlp_cli_trial_run(&plan, &result->trial, shared->run->rank_device, shared->path);
    (void)snprintf(result->complaint, sizeof result->complaint, "%s", complaint != NULL ? complaint : "");
    result->has_model = access(shared->path, F_OK) == 0;
}

/* --- rank 0 ------------------------------------------------------------------------------------------------------- */

static trial_order order_of(const clmlp_cli_trial *trial, size_t index)
{
    return (trial_order){index, trial->number, trial->draw, trial->round, trial->epochs};
}

static bool next_trial(void *order, size_t rank, void *context)
{
    search_ranks *const shared = context;
    const clmlp_cli_search_run *const run = shared->run;
    (void)rank;
    while (shared->next < shared->end && shared->again == NULL && run->trials[shared->next].done) shared->next++;
    if (shared->next >= shared->end) return false;
    *(trial_order *)order = order_of(&run->trials[shared->next], shared->next);
    shared->next++;
    return true;
}

static bool wants_model(const void *order, const void *came, void *context)
{
    const search_ranks *const shared = context;
    const trial_result *const result = came;
    (void)order;
    if (!result->has_model || result->complaint[0] != '\0') return false;
    return shared->again != NULL || clmlp_cli_is_best_trial(shared->run, &result->trial);
}

/* "rank 2 (host b)" */
static void name_rank(const search_ranks *shared, size_t rank, char *text, size_t size)
{
    (void)snprintf(text, size, "rank %zu (host %.200s)", rank, clmlp_ranks_host(shared->run->ranks, rank));
}

static bool take_again(search_ranks *shared, const trial_result *result, bool has_model)
{
    *shared->again = result->trial;
    shared->has_model = has_model;
    (void)snprintf(shared->complaint, sizeof shared->complaint, "%s", result->complaint);
    return true;
}

static bool take_trial(const void *what, const void *came, size_t rank, bool has_model, void *context)
{
    search_ranks *const shared = context;
    clmlp_cli_search_run *const run = shared->run;
    const trial_order *const order = what;
    const trial_result *const result = came;
    const size_t index = (size_t)order->index;
    char who[256], more[sizeof who + 32];
    if (shared->again != NULL) return take_again(shared, result, has_model);
    name_rank(shared, rank, who, sizeof who);
    run->trials[index] = result->trial;
    if (result->complaint[0] != '\0') {
        (void)snprintf(shared->complaint, sizeof shared->complaint, "%s, on %.100s", result->complaint, who);
        return clmlp_cli_keep_trial(run, index, shared->complaint, false, &shared->status);
    }
    if (!has_model && wants_model(order, result, context)) {
        clmlp_cli_error("the model of trial %" PRIu64 " could not be copied from %s to %s", order->number, who,
                        run->path);
        shared->status = CLMLP_CLI_FAILED;
        run->trials[index].done = false;
        return false;
    }
    if (!clmlp_cli_keep_trial(run, index, NULL, has_model, &shared->status)) return false;
    (void)snprintf(more, sizeof more, ", on %s", who);
    clmlp_cli_tell_trial(run, &run->trials[index], more);
    return index != 0 || !clmlp_cli_is_misuse(run, &shared->status);
}

/* How the search goes on; false: it ends, with *status. */
static bool hand_out(search_ranks *shared, int *status)
{
    shared->status = CLMLP_CLI_FAILED;
    switch (clmlp_cli_hand_out_all(&shared->work)) {
    case CLMLP_CLI_HANDED_OUT: return true;
    case CLMLP_CLI_HAND_OUT_STOPPED: *status = shared->status; break;
    case CLMLP_CLI_HAND_OUT_CANCELLED: *status = CLMLP_CLI_INTERRUPTED; break;
    case CLMLP_CLI_HAND_OUT_LOST:
        *status = clmlp_cli_fail(&shared->work.error, false);
        clmlp_cli_error("the search has ended%s", shared->run->log_path != NULL ? "; the same command goes on with it" :
                                                  "; with --log it could go on");
        break;
    }
    return false;
}

bool clmlp_cli_try_on_ranks(clmlp_cli_search_run *run, size_t first, size_t count, int *status)
{
    search_ranks *const shared = run->shared;
    shared->next = first;
    shared->end = first + count;
    return hand_out(shared, status);
}

const char *clmlp_cli_try_again_on_ranks(clmlp_cli_search_run *run, clmlp_cli_trial *again)
{
    search_ranks *const shared = run->shared;
    int status = CLMLP_CLI_DONE;
    shared->next = run->best;
    shared->end = run->best + 1;
    shared->again = again;
    shared->complaint[0] = '\0';
    const bool went_on = hand_out(shared, &status);
    shared->again = NULL;
    if (status == CLMLP_CLI_INTERRUPTED) again->status = status;
    if (!went_on) return status == CLMLP_CLI_INTERRUPTED ? "interrupted" : "a rank is lost";
    if (shared->complaint[0] != '\0') return shared->complaint;
    return again->status != CLMLP_CLI_DONE || shared->has_model ? NULL : "its model could not be copied";
}

/* --- begin and end ------------------------------------------------------------------------------------------------ */

/* "model.safetensors" of a folder is where rank 0 takes models; each rank's own trial writes beside it. */
static void name_model(search_ranks *shared)
{
    static const char name[] = "model.trial.safetensors";
    const char *const slash = strrchr(shared->run->path, '/');
    const size_t length = slash != NULL ? (size_t)(slash + 1 - shared->run->path) : 0;
    (void)snprintf(shared->path, sizeof shared->path, "%.*s%s", (int)length, shared->run->path, name);
}

static clmlp_status begin(search_ranks *shared, const char *description, clmlp_error *error)
{
    clmlp_cli_search_run *const run = shared->run;
    clmlp_status status = CLMLP_OK;
    if (description == NULL) {
        *error = (clmlp_error){.status = CLMLP_IO, .message = "the search cannot begin: its data, or the folder of its "
                                                              "trials, is not to be had"};
        status = CLMLP_IO;
    }
    status = clmlp_ranks_agree(run->ranks, status, error);
    if (status != CLMLP_OK) return status;
    const uint64_t asked = clmlp_cli_fnv(CLMLP_CLI_FNV_START, description, strlen(description));
    status = clmlp_ranks_same(run->ranks, "data or options of the search", &asked, sizeof asked, error);
    if (status != CLMLP_OK) return status;
    name_model(shared);
    shared->work = (clmlp_cli_hand_out){.ranks = run->ranks, .cancel = run->plan.cancel,
                                        .order_size = sizeof(trial_order), .result_size = sizeof(trial_result),
                                        .context = shared, .work = try_it, .file = shared->path, .next = next_trial,
                                        .wants_file = wants_model, .received = run->path, .take = take_trial};
    return clmlp_cli_hand_out_begin(&shared->work, error);
}

bool clmlp_cli_on_ranks_begin(clmlp_cli_search_run *run, const char *description, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    search_ranks *const shared = calloc(1, sizeof *shared);
    if (shared == NULL) {
        clmlp_ranks_fail(run->ranks, CLMLP_OUT_OF_MEMORY, "not enough memory for the search");
        clmlp_cli_error("not enough memory for the search");
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    shared->run = run;
    if (begin(shared, description, &error) == CLMLP_OK) {
        run->shared = shared;
        return true;
    }
    clmlp_cli_cluster_all_know();
    *status = clmlp_cli_fail(&error, true);
    clmlp_cli_hand_out_free(&shared->work);
    free(shared);
    return false;
}

int clmlp_cli_on_ranks_end(clmlp_cli_search_run *run, int status)
{
    search_ranks *const shared = run->shared;
    if (clmlp_ranks_rank(run->ranks) == 0) {
        clmlp_cli_hand_out_end(&shared->work, status);
    } else if (!clmlp_cli_hand_out_serve(&shared->work, &status)) {
        status = clmlp_cli_fail(&shared->work.error, false);
    }
    clmlp_cli_cluster_all_know();
    clmlp_cli_hand_out_free(&shared->work);
    free(shared);
    run->shared = NULL;
    return status;
}
