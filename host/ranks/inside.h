/* inside.h - what a clmlp_ranks consists of, for the files of this folder. */
#ifndef CLMLP_RANKS_INSIDE_H
#define CLMLP_RANKS_INSIDE_H

#include "clmlp/ranks.h"
#include "ranks/courier.h"
#include "ranks/failure.h"
#include "ranks/transport.h"
#include "ranks/watch.h"

enum { CLMLP_SAID = 72 /* bytes of a rank: a hash in hexadecimal digits, or a version */ };

struct clmlp_ranks {
    clmlp_transport_place place; /* 0 of 1 where this rank is alone */
    char (*hosts)[CLMLP_HOST_LENGTH]; /* [count] */
    /* Where small things that all do together arrive. They are there before anybody talks: a rank that has no memory
     * at the moment would leave the others behind, and read their next message as another one. */
    unsigned char *said; /* [count x CLMLP_SAID] */
    char *message;       /* [CLMLP_ERROR_LENGTH] */
    int *sockets;        /* [count], while the ranks are joined */
    struct clmlp_finish *finish; /* of MPI */
    const clmlp_transport *table;
    void *transport;
    clmlp_failure failure;
    clmlp_courier *courier; /* NULL: alone */
    clmlp_watch *watch;
    double patience; /* seconds for what all do together; 0: as long as the others live */
    size_t tickets;  /* of sums of a rank that is alone */
    bool all_know;   /* what went wrong last: nothing was done together since */
};

static inline bool clmlp_ranks_alone(const clmlp_ranks *ranks)
{
    return ranks == NULL || ranks->courier == NULL;
}

/* For functions that take names as they are kept: C adds no const two levels down. */
static inline const char (*clmlp_ranks_hosts(const clmlp_ranks *ranks))[CLMLP_HOST_LENGTH]
{
    return (const char (*)[CLMLP_HOST_LENGTH])ranks->hosts;
}

#endif
