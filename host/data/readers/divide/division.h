/* division.h - one file that several ranks read together: what they tell each other, and when.
 *
 * All ranks come to the same conclusions from the same bytes, so most steps need no word. Where a rank may fail alone
 * (no memory, a file that it cannot read), all meet, and then all fail with one message. */
#ifndef CLMLP_DATA_DIVISION_H
#define CLMLP_DATA_DIVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "clmlp/ranks.h"

enum {
    CLMLP_HEAD_ROWS = 1000,        /* in front, which decide what the columns are: every rank reads them */
    CLMLP_LEAST_BYTES = 1 << 20,   /* behind them; fewer cost less to read than to exchange */
    CLMLP_PARCEL_CHUNK = 1 << 18   /* bytes that ranks exchange at once */
};

/* How files are read by several ranks; zero-initialise, begin, end. One that was not begun stands for one process. */
typedef struct clmlp_division {
    clmlp_ranks *ranks;
    size_t rank, count;  /* count 0 or 1: nothing is divided */
    size_t head;         /* rows; 0: CLMLP_HEAD_ROWS */
    uint64_t least;      /* bytes; 0: CLMLP_LEAST_BYTES */
    uint64_t size;       /* of the file at hand, where it can be divided; else 0 */
    char *bytes;         /* all of it, where rank 0 alone could read it; else NULL */
    size_t byte_count;
    size_t rounds;       /* in which ranks read their parts of text files; one for each, if no guess was wrong */
    bool over;           /* the load has failed for all: they do not meet again */
    bool broken;         /* a rank is gone: MPI may still write what it was given */
    unsigned char *mine, *all; /* [room], [count x room] what is gathered */
    size_t room;
    unsigned char *chunk; /* [CLMLP_PARCEL_CHUNK] */
    char *text;           /* [CLMLP_ERROR_LENGTH] */
} clmlp_division;

/* Whether there are several ranks. */
static inline bool clmlp_is_divided(const clmlp_division *division)
{
    return division != NULL && division->count > 1;
}

/* Rows of the head; bytes behind it that are worth dividing. NULL: as for one process. */
size_t clmlp_division_head(const clmlp_division *division);
uint64_t clmlp_division_least(const clmlp_division *division);

/* Begin with the ranks, NULL or one: nothing is to be done. Collective. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_RANKS. */
clmlp_status clmlp_division_begin(clmlp_division *division, clmlp_ranks *ranks, clmlp_error *error);

/* The load has come to its end with `status` here: returns what all end with. Collective, unless it is over. */
clmlp_status clmlp_division_end(clmlp_division *division, clmlp_status status, clmlp_error *error);

/* Whether all have come so far. If not, all fail with the message of the first that has not, which names the rank
 * unless it is everybody's. Collective. */
clmlp_status clmlp_division_meet(clmlp_division *division, clmlp_status mine, clmlp_error *error);

/* Room to gather `count` bytes of each rank. Not collective: what it says belongs into the next meeting. */
clmlp_status clmlp_division_reserve(clmlp_division *division, size_t count, clmlp_error *error);

/* *all [ranks x count] = `count` bytes of each, until the next call. There is room for 64, or what was reserved.
 * Collective. Errors: CLMLP_RANKS. */
clmlp_status clmlp_division_gather(clmlp_division *division, const void *mine, size_t count, const void **all,
                                   clmlp_error *error);

/* The message of rank `from` becomes everybody's, with its status; named: it says which rank it is from. Returns that
 * status. Collective. */
clmlp_status clmlp_division_pass(clmlp_division *division, size_t from, clmlp_status status, bool named,
                                 clmlp_error *error);

/* --- parcels ---------------------------------------------------------------------------------------------- */

/* What one rank has goes to all others, piece by piece, in an order that both sides know. One function describes it:
 * at the rank that sends it reads, at the others it fills. */
typedef struct clmlp_parcel {
    clmlp_division *division;
    size_t from;
    bool sends;
    size_t at, filled; /* in the chunk */
    clmlp_status status;
    clmlp_error *error;
} clmlp_parcel;

void clmlp_parcel_begin(clmlp_parcel *parcel, clmlp_division *division, size_t from, clmlp_error *error);

/* `count` bytes. NULL where it receives: they are dropped. */
void clmlp_parcel_move(clmlp_parcel *parcel, void *bytes, size_t count);

/* An array of `count` elements, which the receiver allocates; *array NULL at the sender: there is none. */
void clmlp_parcel_move_array(clmlp_parcel *parcel, void *array, size_t count, size_t size);

/* The last piece. Errors: CLMLP_RANKS, CLMLP_OUT_OF_MEMORY (of this rank alone: to be told at the next meeting). */
clmlp_status clmlp_parcel_end(clmlp_parcel *parcel);

#endif
