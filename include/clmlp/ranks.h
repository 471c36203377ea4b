/* ranks.h - several processes that train one network together, each with a device of its own: the ranks of MPI.
 *
 * clmlp is one binary for every MPI: the MPI that started the processes is found at run time (Open MPI or MPICH, and
 * what shares their interface), as the module clmlp-openmpi.so or clmlp-mpich.so. Without a launcher there is one rank.
 *
 * Threads: a clmlp_ranks is used by one thread, but for clmlp_ranks_fail and clmlp_ranks_failure: any.
 * "Collective": every rank calls it, all in the same order of such calls.
 */
#ifndef CLMLP_RANKS_H
#define CLMLP_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One process's share in the training. NULL stands for a rank that is alone: 0 of 1. */
typedef struct clmlp_ranks clmlp_ranks;

/* {.size = sizeof(clmlp_ranks_options)} has the defaults, and so has NULL. */
typedef struct clmlp_ranks_options {
    size_t size;      /* sizeof(clmlp_ranks_options) */
    const char *mpi;  /* "openmpi", "mpich", "none"; NULL: the environment says what launched this process */
    double timeout;   /* seconds without a sign of life after which a rank counts as gone; 0: 15 */
    const char *version; /* of the program; another one at another rank is refused. NULL: clmlp_version() */
} clmlp_ranks_options;

/* What a launcher's environment says, before anything is opened: rank 0 of 1 without one. */
CLMLP_API void clmlp_ranks_expected(size_t *rank, size_t *count);

/* Join the others. Collective. Where the environment tells of no launcher, or of one process: count 1, and no MPI is
 * loaded. Errors: CLMLP_NO_DEVICE (the module or the MPI library cannot be loaded: which, why, what to install),
 * CLMLP_BAD_ARGUMENT (a name that is none; a launcher that set up no MPI, as srun without --mpi, with what to say),
 * CLMLP_RANKS. */
CLMLP_API clmlp_status clmlp_ranks_open(clmlp_ranks **out, const clmlp_ranks_options *options, clmlp_error *error);

/* Leave. Collective, unless a rank failed: then it is given up at once. NULL is fine. */
CLMLP_API void clmlp_ranks_close(clmlp_ranks *ranks);

CLMLP_API size_t clmlp_ranks_rank(const clmlp_ranks *ranks);        /* 0 for NULL */
CLMLP_API size_t clmlp_ranks_count(const clmlp_ranks *ranks);       /* 1 for NULL */
CLMLP_API size_t clmlp_ranks_local_rank(const clmlp_ranks *ranks);  /* among those of its host */
CLMLP_API size_t clmlp_ranks_local_count(const clmlp_ranks *ranks);
/* The name of a rank's host; "" where there is none. */
CLMLP_API const char *clmlp_ranks_host(const clmlp_ranks *ranks, size_t rank);
CLMLP_API const char *clmlp_ranks_library(const clmlp_ranks *ranks); /* "Open MPI 4.1.4"; "" for one rank */

/* `bytes` of rank `from` to all. Collective. Errors: CLMLP_RANKS. */
CLMLP_API clmlp_status clmlp_ranks_share(clmlp_ranks *ranks, size_t from, void *bytes, size_t count,
                                         clmlp_error *error);

/* `count` bytes of each rank, in the order of ranks, to all: all [clmlp_ranks_count x count]. Collective. */
CLMLP_API clmlp_status clmlp_ranks_gather(clmlp_ranks *ranks, const void *mine, size_t count, void *all,
                                          clmlp_error *error);

/* Whether all have the same bytes (a hash of data, options, a version). Collective. Errors: CLMLP_BAD_ARGUMENT, the
 * same everywhere: "rank 2 (host b) has other WHAT than rank 0 (host a)", CLMLP_RANKS. */
CLMLP_API clmlp_status clmlp_ranks_same(clmlp_ranks *ranks, const char *what, const void *bytes, size_t count,
                                        clmlp_error *error);

/* Whether all have come so far with CLMLP_OK, else the status and message of the first rank that has not; `error` holds
 * the caller's own message where `mine` is a failure. Collective. A rank that did not fail itself gets the other's
 * message with its name in front: "rank 2 (host b): ...". */
CLMLP_API clmlp_status clmlp_ranks_agree(clmlp_ranks *ranks, clmlp_status mine, clmlp_error *error);

/* Say, outside of any collective call, that this rank cannot go on: every other one's calls fail with CLMLP_RANKS from
 * now on, and rank 0 knows the text. Waits, a few seconds at most, for rank 0 to have taken note. */
CLMLP_API void clmlp_ranks_fail(clmlp_ranks *ranks, clmlp_status status, const char *text);

/* Whether the last thing that all ranks did together ended with an error that all of them have: of clmlp_ranks_agree or
 * clmlp_ranks_same. It need not be told then, and who tells it nevertheless stops those that still read it. */
CLMLP_API bool clmlp_ranks_all_know(const clmlp_ranks *ranks);

/* `text`: "rank 2 (host b) is gone: its connection closed". */
typedef void clmlp_ranks_gone(void *context, size_t rank, const char *text);

/* Have `gone` called as soon as a rank is known to be gone, or now where one is; once, by a thread of the library. A
 * launcher may end this process within milliseconds of that, before any call here has failed. It calls nothing of this
 * header. gone NULL: not any more. */
CLMLP_API void clmlp_ranks_when_gone(clmlp_ranks *ranks, clmlp_ranks_gone *gone, void *context);

/* Whether a rank failed or is gone: its number, the status that it failed with (CLMLP_RANKS: it is gone), and a text,
 * "rank 2 (host b) is gone: its connection closed", or its own. text [size] may be NULL. */
CLMLP_API bool clmlp_ranks_failure(const clmlp_ranks *ranks, size_t *rank, clmlp_status *status, char *text,
                                   size_t size);

#ifdef __cplusplus
}
#endif

#endif
