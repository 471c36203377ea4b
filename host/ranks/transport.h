/* transport.h - what a module for one MPI offers: messages between the ranks, as a table of functions.
 *
 * clmlp-openmpi.so and clmlp-mpich.so are made of one source, mpi/module.c, and each exports one table with the name
 * below. Module and library have to be of one version of the table.
 *
 * Threads: one at a time calls, and that may be another one each time.
 */
#ifndef CLMLP_RANKS_TRANSPORT_H
#define CLMLP_RANKS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLMLP_TRANSPORT_SYMBOL "clmlp_transport_table"

enum {
    CLMLP_TRANSPORT_VERSION = 1,
    CLMLP_TRANSPORT_TEXT = 256,         /* bytes of a name, with the end */
    CLMLP_TRANSPORT_MOST = 1 << 30,     /* bytes of one message */
    CLMLP_TRANSPORT_TAGS = 1 << 15      /* tags are below: what every MPI has */
};

/* A message under way: what MPI has for it. */
typedef union clmlp_transport_request {
    void *pointer;
    long long number;
} clmlp_transport_request;

/* Where this process stands. */
typedef struct clmlp_transport_place {
    size_t rank, count;             /* of all */
    size_t local_rank, local_count; /* of those that share this one's memory */
    char host[CLMLP_TRANSPORT_TEXT];
    char library[CLMLP_TRANSPORT_TEXT]; /* "Open MPI 4.1.4" */
} clmlp_transport_place;

typedef enum clmlp_transport_state {
    CLMLP_TRANSPORT_WAITING,
    CLMLP_TRANSPORT_DONE,
    CLMLP_TRANSPORT_FAILED
} clmlp_transport_state;

typedef struct clmlp_transport {
    uint32_t version; /* CLMLP_TRANSPORT_VERSION; comes first in each version */
    const char *mpi;  /* "openmpi" or "mpich" */

    /* Join the others, and fill `place`. Collective. NULL: failed, and `problem` [CLMLP_TRANSPORT_TEXT] says how. */
    void *(*open)(clmlp_transport_place *place, char *problem);

    /* Begin to send or to receive at most `count` <= CLMLP_TRANSPORT_MOST bytes, which stay where they are until the
     * request was tested to be done, or nothing is tested any more. False: failed. */
    bool (*send)(void *transport, const void *bytes, size_t count, size_t to, int tag,
                 clmlp_transport_request *request);
    bool (*receive)(void *transport, void *bytes, size_t count, size_t from, int tag, clmlp_transport_request *request);

    /* received: how many bytes came, of one to receive; NULL: not asked. A request is over when it is no longer
     * WAITING. */
    clmlp_transport_state (*test)(void *transport, clmlp_transport_request *request, size_t *received);

    /* What the last call that failed says. */
    const char *(*problem)(void *transport);

    /* Leave; no request may be left. Collective. */
    void (*close)(void *transport);
} clmlp_transport;

#endif
