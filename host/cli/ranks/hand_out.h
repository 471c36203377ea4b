/* hand_out.h - pieces of work that do not depend on each other, handed out to ranks: whoever is free takes the next.
 *
 * Rank 0 knows what there is to do, and does its share of it; the others do what they are told. Each works on a thread
 * of its own, and meanwhile meets the others some 40 times a second: so all of them notice within moments when one has
 * ended, failed, or was asked to stop, and none is ever waited for.
 *
 *   rank 0:  clmlp_cli_hand_out_begin, clmlp_cli_hand_out_all (any number of times), clmlp_cli_hand_out_end, ..._free
 *   others:  clmlp_cli_hand_out_begin, clmlp_cli_hand_out_serve, ..._free
 */
#ifndef CLMLP_CLI_RANKS_HAND_OUT_H
#define CLMLP_CLI_RANKS_HAND_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/cancel.h>
#include <clmlp/ranks.h>

#include "ranks/worker.h"

/* How handing out ended. */
typedef enum clmlp_cli_hand_out_end_kind {
    CLMLP_CLI_HANDED_OUT,         /* all is done */
    CLMLP_CLI_HAND_OUT_STOPPED,   /* take() wanted that; other pieces are still under way */
    CLMLP_CLI_HAND_OUT_CANCELLED, /* somebody asked a rank to stop; pieces are still under way */
    CLMLP_CLI_HAND_OUT_LOST       /* a rank is gone, or has failed: `error` says which; no rank can be reached */
} clmlp_cli_hand_out_end_kind;

/* What is above the line is given; orders and results are structs without pointers, for they are sent. */
typedef struct clmlp_cli_hand_out {
    clmlp_ranks *ranks;
    const clmlp_cancel *cancel; /* looked at on every rank; NULL: none */
    size_t order_size, result_size; /* bytes */
    void *context;              /* of all functions below */
    /* Every rank: do it, on a thread of its own; it may end early once `stop` is requested. result [result_size] is 0
     * when it begins. */
    void (*work)(const void *order, void *result, const clmlp_cancel *stop, void *context);
    const char *file;           /* where work leaves a file that rank 0 may want; NULL: none */
    /* Rank 0: the next order for a rank; false: there is none for it now. */
    bool (*next)(void *order, size_t rank, void *context);
    /* Rank 0: whether the file of a result is wanted; NULL: never. */
    bool (*wants_file)(const void *order, const void *result, void *context);
    const char *received;       /* where it then is on rank 0; another name than `file`, in its folder */
    /* Rank 0: a result, those that ended together in the order in which they were handed out. has_file: the wanted file
     * is there. False: hand out no more. */
    bool (*take)(const void *order, const void *result, size_t rank, bool has_file, void *context);

    clmlp_error error;
    clmlp_cancel *stop;         /* of what this rank does */
    clmlp_cli_worker worker;
    struct clmlp_cli_rank_state *states; /* [ranks] */
    struct clmlp_cli_given *given;       /* [ranks], of rank 0: what each does */
    unsigned char *orders;      /* [ranks x (1 + order_size)]: what is handed out, and whether */
    unsigned char *order, *result; /* of this rank */
    unsigned char *results;     /* [ranks x result_size] */
    unsigned char *piece;       /* of a file */
    size_t handed;              /* pieces of work, so far */
    bool busy, has_result, lost;
} clmlp_cli_hand_out;

/* Make room. Collective. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_RANKS. */
clmlp_status clmlp_cli_hand_out_begin(clmlp_cli_hand_out *h, clmlp_error *error);

/* Rank 0: hand out until next() has no more and all results were taken. */
clmlp_cli_hand_out_end_kind clmlp_cli_hand_out_all(clmlp_cli_hand_out *h);

/* Rank 0: have all ranks stop what they do, and their clmlp_cli_hand_out_serve return `status`. */
void clmlp_cli_hand_out_end(clmlp_cli_hand_out *h, int status);

/* Another rank: do what rank 0 says, until it ends that. False: a rank is gone or has failed (h->error); else *status
 * is what rank 0 said. */
bool clmlp_cli_hand_out_serve(clmlp_cli_hand_out *h, int *status);

/* Stop what is under way, wait for it, and release all. */
void clmlp_cli_hand_out_free(clmlp_cli_hand_out *h);

#endif
