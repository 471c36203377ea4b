/* folds_on_ranks.c - the folds of a cross-validation, trained by several ranks. */
#include "commands/folds_on_ranks.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "message.h"
#include "ranks/agree.h"
#include "ranks/hand_out.h"

typedef struct fold_order {
    uint64_t fold;
} fold_order;

typedef struct shared_folds {
    clmlp_cli_cross_validation *cv;
    const clmlp_cli_fold_plan *plan;
    clmlp_cli_hand_out work;
    /* of rank 0 */
    clmlp_cli_fold_result *results; /* [folds] */
    bool *is_there;                 /* [folds]: the result */
    size_t next, told;              /* the next to hand out, and to tell */
    bool failed;                    /* one of them, so that no more are handed out */
    int code;
} shared_folds;

static void run_it(const void *what, void *into, const clmlp_cancel *stop, void *context)
{
    const shared_folds *const shared = context;
    const fold_order *const order = what;
    clmlp_cli_fold_run(into, shared->plan, shared->cv->folds, (size_t)order->fold, stop, true);
}

/* In their order, those before a fold that failed were handed out before it. */
static bool next_fold(void *order, size_t rank, void *context)
{
    shared_folds *const shared = context;
    (void)rank;
    if (shared->failed || shared->next == shared->cv->folds) return false;
    ((fold_order *)order)->fold = shared->next++;
    return true;
}

/* Tell all that can be told in the order of the folds. False: the next one has failed. */
static bool tell_next(shared_folds *shared)
{
    const size_t folds = shared->cv->folds;
    for (; shared->told < folds && shared->is_there[shared->told]; shared->told++) {
        const clmlp_cli_fold_result *const result = &shared->results[shared->told];
        if (result->error.status != CLMLP_OK) {
            shared->code = clmlp_cli_fold_fail(result, shared->plan, folds, shared->told);
            return false;
        }
        clmlp_cli_cross_validation_add(shared->cv, shared->told, result->has, result->values);
        clmlp_cli_fold_tell(result, folds, shared->told);
    }
    return true;
}

static bool take_fold(const void *what, const void *came, size_t rank, bool has_file, void *context)
{
    shared_folds *const shared = context;
    const size_t fold = (size_t)((const fold_order *)what)->fold;
    (void)has_file;
    shared->results[fold] = *(const clmlp_cli_fold_result *)came;
    shared->is_there[fold] = true;
    clmlp_error *const error = &shared->results[fold].error;
    if (error->status != CLMLP_OK && error->status != CLMLP_DIVERGED && rank > 0) {
        /* a device that fails is one of many */
        char text[sizeof error->message];
        (void)snprintf(text, sizeof text, "rank %zu (host %.200s): %.7900s", rank,
                       clmlp_ranks_host(shared->plan->ranks, rank), error->message);
        (void)strcpy(error->message, text);
    }
    shared->failed = shared->failed || error->status != CLMLP_OK;
    return tell_next(shared);
}

/* Rank 0: all folds, then all ranks end with the same. */
static int lead(shared_folds *shared)
{
    switch (clmlp_cli_hand_out_all(&shared->work)) {
    case CLMLP_CLI_HANDED_OUT: break;
    case CLMLP_CLI_HAND_OUT_STOPPED: break;
    case CLMLP_CLI_HAND_OUT_CANCELLED:
        clmlp_cli_note("interrupted in fold %zu of %zu; no model was written", shared->told + 1, shared->cv->folds);
        shared->code = CLMLP_CLI_INTERRUPTED;
        break;
    case CLMLP_CLI_HAND_OUT_LOST:
        shared->code = clmlp_cli_fail(&shared->work.error, false);
        clmlp_cli_error("ended in fold %zu of %zu; no model was written", shared->told + 1, shared->cv->folds);
        break;
    }
    clmlp_cli_hand_out_end(&shared->work, shared->code);
    return shared->code;
}

static bool begin(shared_folds *shared, bool first, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    const clmlp_cli_fold_plan *const plan = shared->plan;
    *status = clmlp_cli_cross_validation_begin(shared->cv);
    bool ready = *status == CLMLP_CLI_DONE;
    if (ready && first) {
        shared->results = calloc(shared->cv->folds, sizeof *shared->results);
        shared->is_there = calloc(shared->cv->folds, sizeof *shared->is_there);
        ready = shared->results != NULL && shared->is_there != NULL;
        if (!ready) clmlp_cli_error("not enough memory for %zu folds", shared->cv->folds);
        if (!ready) *status = CLMLP_CLI_FAILED;
    }
    if (!clmlp_cli_all_go_on(plan->ranks, ready, status)) return false;
    shared->work = (clmlp_cli_hand_out){.ranks = plan->ranks, .cancel = plan->config->cancel,
                                        .order_size = sizeof(fold_order),
                                        .result_size = sizeof(clmlp_cli_fold_result), .context = shared,
                                        .work = run_it, .next = next_fold, .take = take_fold};
    if (clmlp_cli_hand_out_begin(&shared->work, &error) == CLMLP_OK) return true;
    *status = clmlp_cli_fail(&error, false);
    return false;
}

int clmlp_cli_folds_on_ranks(clmlp_cli_cross_validation *cv, const clmlp_cli_fold_plan *plan)
{
    shared_folds shared = {.cv = cv, .plan = plan};
    const bool first = clmlp_ranks_rank(plan->ranks) == 0;
    int status = CLMLP_CLI_DONE;
    if (begin(&shared, first, &status)) {
        if (first) status = lead(&shared);
        else if (!clmlp_cli_hand_out_serve(&shared.work, &status))
            status = clmlp_cli_fail(&shared.work.error, false);
        if (status != CLMLP_CLI_DONE) clmlp_cli_cluster_all_know();
    }
    clmlp_cli_hand_out_free(&shared.work);
    free(shared.results);
    free(shared.is_there);
    return status;
}
