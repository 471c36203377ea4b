/* hand_out.c - pieces of work, handed out to ranks that meet again and again. */
#include "ranks/hand_out.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/send_file.h"

static const double MEET_AGAIN = 0.025; /* seconds: longer, and ranks idle between short trials */

/* What a rank tells of itself when they meet. */
typedef struct clmlp_cli_rank_state {
    int32_t phase;     /* see below */
    int32_t cancelled; /* it was asked to stop */
    int32_t ends;      /* of rank 0: all ends */
    int32_t status;    /* then: what to end with */
} clmlp_cli_rank_state;

enum { FREE, BUSY, DONE };

/* Of rank 0: what a rank does, and when that was handed out. */
typedef struct clmlp_cli_given {
    size_t sequence; /* from 1; 0: nothing */
    unsigned char *order;
} clmlp_cli_given;

static size_t ranks_of(const clmlp_cli_hand_out *h)
{
    return clmlp_ranks_count(h->ranks);
}

static bool is_first(const clmlp_cli_hand_out *h)
{
    return clmlp_ranks_rank(h->ranks) == 0;
}

static unsigned char *order_for(const clmlp_cli_hand_out *h, size_t rank)
{
    return h->orders + rank * (1 + h->order_size);
}

clmlp_status clmlp_cli_hand_out_begin(clmlp_cli_hand_out *h, clmlp_error *error)
{
    const size_t count = ranks_of(h);
    h->error = (clmlp_error){.status = CLMLP_OK};
    h->handed = 0;
    h->busy = h->has_result = h->lost = false;
    h->states = calloc(count, sizeof *h->states);
    h->given = calloc(count, sizeof *h->given);
    h->orders = calloc(count, 1 + h->order_size);
    h->order = calloc(1, h->order_size);
    h->result = calloc(1, h->result_size);
    h->results = calloc(count, h->result_size);
    h->piece = malloc(CLMLP_CLI_FILE_PIECE);
    bool room = clmlp_cli_worker_make(&h->worker) && h->states != NULL && h->given != NULL && h->orders != NULL &&
                h->order != NULL && h->result != NULL && h->results != NULL && h->piece != NULL;
    for (size_t rank = 0; room && is_first(h) && rank < count; rank++) {
        room = (h->given[rank].order = calloc(1, h->order_size)) != NULL;
    }
    if (room) room = clmlp_cancel_create(&h->stop, NULL) == CLMLP_OK;
    clmlp_status status = CLMLP_OK;
    if (!room) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the work of ranks"};
        status = CLMLP_OUT_OF_MEMORY;
    }
    return clmlp_ranks_agree(h->ranks, status, error);
}

/* --- this rank's work --------------------------------------------------------------------------------------------- */

static void do_work(void *context)
{
    clmlp_cli_hand_out *const h = context;
    h->work(h->order, h->result, h->stop, h->context);
}

static void start_work(clmlp_cli_hand_out *h, const unsigned char *order)
{
    memcpy(h->order, order, h->order_size);
    memset(h->result, 0, h->result_size);
    h->busy = clmlp_cli_worker_start(&h->worker, do_work, h);
    if (h->busy) return;
    clmlp_ranks_fail(h->ranks, CLMLP_OUT_OF_MEMORY, "there is no thread to be had");
}

/* Whoever has something to tell does not wait for the next time. */
static void wait_a_little(clmlp_cli_hand_out *h)
{
    if (!clmlp_cli_worker_wait(&h->worker, MEET_AGAIN)) return;
    h->busy = false;
    h->has_result = true;
}

static void stop_work(clmlp_cli_hand_out *h)
{
    clmlp_cancel_request(h->stop);
    clmlp_cli_worker_free(&h->worker);
    h->busy = h->has_result = false;
    if (h->file != NULL) (void)remove(h->file);
}

/* --- meeting ------------------------------------------------------------------------------------------------------ */

/* Whether a call that all ranks make worked; else no other will. */
static bool works(clmlp_cli_hand_out *h, clmlp_status status)
{
    if (status != CLMLP_OK) h->lost = true;
    return !h->lost;
}

/* How all are. `ends`: of rank 0, that it is over. */
static bool tell_states(clmlp_cli_hand_out *h, bool ends, int status)
{
    const clmlp_cli_rank_state mine = {h->busy ? BUSY : h->has_result ? DONE : FREE,
                                       clmlp_cancel_requested(h->cancel), ends, status};
    return works(h, clmlp_ranks_gather(h->ranks, &mine, sizeof mine, h->states, &h->error));
}

static bool any_is(const clmlp_cli_hand_out *h, int phase)
{
    for (size_t rank = 0; rank < ranks_of(h); rank++) {
        if (h->states[rank].phase == phase) return true;
    }
    return false;
}

static bool any_cancelled(const clmlp_cli_hand_out *h)
{
    for (size_t rank = 0; rank < ranks_of(h); rank++) {
        if (h->states[rank].cancelled != 0) return true;
    }
    return false;
}

/* The results of all that have one, to all: only rank 0 looks at them. */
static bool send_results(clmlp_cli_hand_out *h)
{
    for (size_t rank = 0; rank < ranks_of(h); rank++) {
        unsigned char *const result = h->results + rank * h->result_size;
        if (h->states[rank].phase != DONE) continue;
        if (rank == clmlp_ranks_rank(h->ranks)) memcpy(result, h->result, h->result_size);
        if (!works(h, clmlp_ranks_share(h->ranks, rank, result, h->result_size, &h->error))) return false;
    }
    return true;
}

/* The rank that is done with what was handed out first; all: there is none left. */
static size_t next_done(const clmlp_cli_hand_out *h)
{
    size_t first = ranks_of(h);
    for (size_t rank = 0; rank < ranks_of(h); rank++) {
        if (h->states[rank].phase != DONE || h->given[rank].sequence == 0) continue;
        if (first == ranks_of(h) || h->given[rank].sequence < h->given[first].sequence) first = rank;
    }
    return first;
}

/* The file of a rank goes to rank 0; NOBODY: of none any more. Every rank is in it. */
enum { NOBODY = -1 };

static bool send_file_of(clmlp_cli_hand_out *h, int64_t *rank, bool *has_file)
{
    *has_file = false;
    if (!works(h, clmlp_ranks_share(h->ranks, 0, rank, sizeof *rank, &h->error))) return false;
    if (*rank == NOBODY) return true;
    return works(h, clmlp_cli_send_file(h->ranks, (size_t)*rank, h->file, h->received, h->piece, has_file, &h->error));
}

/* Rank 0: take what came, file by file where they are wanted. *stops: take() wants no more. */
static bool take_results(clmlp_cli_hand_out *h, bool *stops)
{
    int64_t nobody = NOBODY;
    bool has_file = false;
    for (size_t rank; (rank = next_done(h)) < ranks_of(h) && !*stops; h->given[rank].sequence = 0) {
        const unsigned char *const order = h->given[rank].order, *const result = h->results + rank * h->result_size;
        int64_t sender = (int64_t)rank;
        has_file = false;
        const bool wants = h->wants_file != NULL && h->wants_file(order, result, h->context);
        if (wants && !send_file_of(h, &sender, &has_file)) return false;
        *stops = !h->take(order, result, rank, has_file, h->context);
    }
    return h->wants_file == NULL || send_file_of(h, &nobody, &has_file);
}

static bool send_files(clmlp_cli_hand_out *h)
{
    int64_t sender = 0;
    bool has_file;
    if (h->wants_file == NULL) return true;
    while (send_file_of(h, &sender, &has_file)) {
        if (sender == NOBODY) return true;
    }
    return false;
}

/* Rank 0: orders for all that are free. */
static void write_orders(clmlp_cli_hand_out *h)
{
    for (size_t rank = 0; rank < ranks_of(h); rank++) {
        unsigned char *const order = order_for(h, rank);
        order[0] = h->states[rank].phase != BUSY && h->next(h->given[rank].order, rank, h->context);
        if (order[0] == 0) continue;
        memcpy(order + 1, h->given[rank].order, h->order_size);
        h->given[rank].sequence = ++h->handed;
    }
}

static bool send_orders(clmlp_cli_hand_out *h)
{
    const size_t bytes = ranks_of(h) * (1 + h->order_size);
    if (!works(h, clmlp_ranks_share(h->ranks, 0, h->orders, bytes, &h->error))) return false;
    const unsigned char *const mine = order_for(h, clmlp_ranks_rank(h->ranks));
    if (mine[0] != 0) start_work(h, mine + 1);
    return true;
}

/* --- the two sides ------------------------------------------------------------------------------------------------ */

static bool any_is_under_way(const clmlp_cli_hand_out *h)
{
    for (size_t rank = 0; rank < ranks_of(h); rank++) {
        if (h->given[rank].sequence != 0) return true;
    }
    return false;
}

/* The results of those that are done were told to all. */
static void forget_result(clmlp_cli_hand_out *h)
{
    if (h->has_result && h->file != NULL) (void)remove(h->file);
    h->has_result = false;
}

clmlp_cli_hand_out_end_kind clmlp_cli_hand_out_all(clmlp_cli_hand_out *h)
{
    for (bool waits = false, stops = false;; waits = true) {
        if (waits) wait_a_little(h);
        if (!tell_states(h, false, 0)) return CLMLP_CLI_HAND_OUT_LOST;
        const bool done = any_is(h, DONE);
        if (done && (!send_results(h) || !take_results(h, &stops))) return CLMLP_CLI_HAND_OUT_LOST;
        if (done) forget_result(h);
        const bool ends = stops || any_cancelled(h);
        if (ends) memset(h->orders, 0, ranks_of(h) * (1 + h->order_size));
        else write_orders(h);
        if ((done || any_is(h, FREE)) && !send_orders(h)) return CLMLP_CLI_HAND_OUT_LOST;
        if (stops) return CLMLP_CLI_HAND_OUT_STOPPED;
        if (ends) return CLMLP_CLI_HAND_OUT_CANCELLED;
        if (!any_is_under_way(h)) return CLMLP_CLI_HANDED_OUT;
    }
}

void clmlp_cli_hand_out_end(clmlp_cli_hand_out *h, int status)
{
    if (h->lost) return;
    /* one that is done meanwhile is told so, too: nobody takes its result any more */
    if (tell_states(h, true, status)) stop_work(h);
}

bool clmlp_cli_hand_out_serve(clmlp_cli_hand_out *h, int *status)
{
    for (bool waits = false;; waits = true) {
        if (waits) wait_a_little(h);
        if (!tell_states(h, false, 0)) return false;
        if (h->states[0].ends != 0) {
            *status = h->states[0].status;
            stop_work(h);
            return true;
        }
        const bool done = any_is(h, DONE);
        if (done && (!send_results(h) || !send_files(h))) return false;
        if (done) forget_result(h);
        if ((done || any_is(h, FREE)) && !send_orders(h)) return false;
    }
}

void clmlp_cli_hand_out_free(clmlp_cli_hand_out *h)
{
    stop_work(h);
    for (size_t rank = 0; h->given != NULL && rank < ranks_of(h); rank++) free(h->given[rank].order);
    free(h->states);
    free(h->given);
    free(h->orders);
    free(h->order);
    free(h->result);
    free(h->results);
    free(h->piece);
    clmlp_cancel_destroy(h->stop);
    h->states = NULL;
    h->given = NULL;
    h->orders = h->order = h->result = h->results = h->piece = NULL;
    h->stop = NULL;
}
