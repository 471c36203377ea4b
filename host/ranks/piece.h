/* piece.h - a part of a sum or of a copy on its way through the ranks, moved on by tests, never waiting.
 *
 * A long sum is cut in pieces, so that one is summed while the next is sent. In each every rank has a slice:
 *     1. every rank sends slice r to rank r, and rank r receives its slice from all     [ranks x slice]
 *     2. rank r sums its slice, from rank 0 to the last, and sends the result to all
 * A short sum takes one round: all send all they have to all, and everybody sums: the same numbers in the same order.
 */
#ifndef CLMLP_RANKS_PIECE_H
#define CLMLP_RANKS_PIECE_H

#include "base/error.h"
#include "clmlp/precision.h"
#include "ranks/transport.h"

enum { CLMLP_PIECE_SMALL = 1 << 12 }; /* bytes: a sum that is not longer takes one round */

typedef enum clmlp_job_kind { CLMLP_JOB_SUM, CLMLP_JOB_GATHER, CLMLP_JOB_SHARE } clmlp_job_kind;

/* What all ranks do together. Sum: values [count] of a precision. Gather: bytes mine [count] to values [ranks x count].
 * Share: bytes values [count] of rank `from` to all. */
typedef struct clmlp_job {
    clmlp_job_kind kind;
    clmlp_precision precision;
    bool is_short; /* numbers are bfloat16, whatever the precision */
    bool is_direct, added; /* a sum in shared memory, see direct.h; this rank's part of it is made */
    unsigned turn;         /* of that */
    const void *mine;
    void *values;
    size_t count, from;
    size_t cut;  /* how much of count is on its way, or done */
    size_t open; /* pieces on their way */
    struct clmlp_job *next;
} clmlp_job;

/* How messages are sent, and how long they are. */
typedef struct clmlp_channel {
    const clmlp_transport *table;
    void *transport;
    size_t rank, count;
    size_t slice; /* bytes of a slice of a sum, the most */
} clmlp_channel;

/* Messages of one kind of a piece, one to or from each other rank at the most. */
typedef struct clmlp_messages {
    clmlp_transport_request *request; /* [ranks - 1] */
    size_t *bytes;                    /* [ranks - 1] that are sent, or expected */
    size_t *other;                    /* [ranks - 1] to or from whom */
    size_t count, done;
} clmlp_messages;

typedef struct clmlp_piece {
    clmlp_job *job; /* NULL: free */
    size_t begin, count; /* of the job's */
    int tag;             /* of round 1; that of round 2 follows */
    bool small, summed, awaits_sums;
    clmlp_messages out, in, sums_out, sums_in;
    unsigned char *scratch; /* [ranks x slice] */
    const void **parts;     /* [ranks] */
} clmlp_piece;

/* Bytes of a slice for so many ranks. */
size_t clmlp_piece_slice(size_t ranks);

/* Of a sum of numbers of `size` bytes, `left` of which are not in a piece: how many the next piece has; and which of
 * them rank `rank` sums up where it is no small one: `own` of them from `first` on. */
size_t clmlp_piece_share(size_t ranks, size_t size, size_t left, size_t rank, size_t *first, size_t *own);

/* Which of `ranks` sums up number `index` of `count`, each of `size` bytes; `ranks`: each for itself, in small pieces,
 * unless a sum has none. */
size_t clmlp_piece_adder(size_t ranks, size_t size, size_t count, size_t index, bool has_small);

clmlp_status clmlp_piece_create(clmlp_piece *piece, const clmlp_channel *channel, clmlp_error *error);
void clmlp_piece_destroy(clmlp_piece *piece);

/* Cut the next piece off a job and send what it begins with. sent: bytes, added to. False: a message failed. */
bool clmlp_piece_begin(clmlp_piece *piece, const clmlp_channel *channel, clmlp_job *job, int tag, double *sent);

/* Go on as far as the messages are; *moved: something has happened. DONE: the piece is free again. On FAILED, problem
 * [CLMLP_TRANSPORT_TEXT] says what is wrong. */
clmlp_transport_state clmlp_piece_go_on(clmlp_piece *piece, const clmlp_channel *channel, bool *moved, double *sent,
                                        char *problem);

#endif
