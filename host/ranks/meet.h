/* meet.h - how the life line is joined: rank 0 listens on a port of its own, and the others connect to it.
 *
 * Where to, and a secret, the others learn over MPI. Both sides prove that they know it, without saying it, over
 * numbers that the other one chose: who listens in, or answers in place of rank 0, gains nothing. The port is open
 * until all have come, and whoever else connects is left standing. Where many do, the oldest of them have to go, and a
 * rank that was taken for one of them connects again.
 *
 *     rank 0                      its number [16]
 *     other      "clmlp r1", its rank [4], its number [16], proof [64]
 *     rank 0     proof [64]
 */
#ifndef CLMLP_RANKS_MEET_H
#define CLMLP_RANKS_MEET_H

#include <stddef.h>

#include "base/error.h"

enum {
    CLMLP_MEET_NONCE = 16,
    CLMLP_MEET_ADDRESSES = 32, /* the most of a host */
    CLMLP_MEET_HELLO = 8 + 4 + CLMLP_MEET_NONCE + 64,
    CLMLP_MEET_PROOF = 64
};

/* What the others have to know; bytes alone, so that it is the same on every machine. */
typedef struct clmlp_meet_place {
    unsigned char secret[CLMLP_MEET_NONCE];
    unsigned char port[2]; /* high byte first */
    unsigned char count;
    unsigned char address[CLMLP_MEET_ADDRESSES][17]; /* 4 or 6, and 4 or 16 bytes; of the loopback
                                                      * only where there is no other */
} clmlp_meet_place;

/* Listen on a free port of all interfaces. *listener: to be closed by the caller. Errors: CLMLP_RANKS. */
clmlp_status clmlp_meet_listen(int *listener, clmlp_meet_place *place, clmlp_error *error);

/* Wait until rank 1 to count - 1 have come, at a listener that does not block: sockets [count], to be
 * closed by the caller, -1 for those that have not and for rank 0. Errors: CLMLP_RANKS (who has not come in so many
 * seconds, or cannot be let in), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_meet_accept(int listener, const clmlp_meet_place *place, size_t count, double seconds, int *sockets,
                               clmlp_error *error);

/* The other side: *socket, to be closed by the caller. Errors: CLMLP_RANKS (no address answers: which, why). */
clmlp_status clmlp_meet_join(const clmlp_meet_place *place, size_t rank, double seconds, int *socket,
                             clmlp_error *error);

#endif
