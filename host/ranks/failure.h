/* failure.h - which rank failed first: set once by whoever notices, read by everyone who waits. */
#ifndef CLMLP_RANKS_FAILURE_H
#define CLMLP_RANKS_FAILURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "clmlp/ranks.h"

enum {
    CLMLP_HOST_LENGTH = 64,   /* bytes of a host's name, with the end */
    CLMLP_FAILURE_TEXT = 512  /* bytes of a text, with the end */
};

typedef struct clmlp_failure {
    pthread_mutex_t lock;
    atomic_bool happened; /* set after the others, so that it is enough to look at this one */
    size_t rank;
    clmlp_status status; /* CLMLP_RANKS: the rank is gone, and the text names it; else the text is the rank's own */
    char text[CLMLP_FAILURE_TEXT];
    bool is_gone; /* of clmlp_failure_gone */
    clmlp_ranks_gone *gone; /* called with the lock */
    void *context;
} clmlp_failure;

void clmlp_failure_init(clmlp_failure *failure);
void clmlp_failure_destroy(clmlp_failure *failure);

/* Keep the first one; false: there was one before. What steers a terminal is taken out of the text. */
bool clmlp_failure_set(clmlp_failure *failure, size_t rank, clmlp_status status, const char *text);

/* The same for a rank that is gone: "rank 2 (host b) is gone: WHY". */
bool clmlp_failure_gone(clmlp_failure *failure, size_t rank, const char *host, const char *why);

/* Have `gone` called, once, by whoever notices, or now where a rank is gone already. */
void clmlp_failure_call(clmlp_failure *failure, clmlp_ranks_gone *gone, void *context);

static inline bool clmlp_failure_happened(const clmlp_failure *failure)
{
    return atomic_load_explicit(&failure->happened, memory_order_acquire);
}

/* CLMLP_RANKS with what happened, after clmlp_failure_happened: "rank 2 (host b) is gone: its connection closed", or
 * "rank 2 (host b): " and its own text. hosts [ranks]; NULL: names are not known yet. */
clmlp_status clmlp_failure_report(const clmlp_failure *failure, const char (*hosts)[CLMLP_HOST_LENGTH],
                                  clmlp_error *error);

#endif
