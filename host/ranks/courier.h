/* courier.h - the thread that talks to MPI.
 *
 * It takes jobs in the order in which they were begun, and has several under way at once. It waits by tests with short
 * sleeps in between, for it shares the processors with the computation.
 *
 * Threads: jobs are begun and waited for by one thread.
 */
#ifndef CLMLP_RANKS_COURIER_H
#define CLMLP_RANKS_COURIER_H

#include "ranks/direct.h"
#include "ranks/failure.h"
#include "ranks/piece.h"
#include "ranks/watch.h"

typedef struct clmlp_courier clmlp_courier;

/* Seconds that somebody waited for jobs, and that the thread was busy; bytes that were sent; sums that are done. */
typedef struct clmlp_courier_times {
    double waited, busy, bytes;
    size_t sums;
} clmlp_courier_times;

/* Start the thread. `failure` and hosts [ranks] outlive it; the transport is the thread's alone until the end. */
clmlp_status clmlp_courier_start(clmlp_courier **out, const clmlp_transport *table, void *transport, size_t rank,
                                 size_t count, clmlp_failure *failure, clmlp_error *error);

/* From now on failures name hosts [ranks], and what MPI says goes to all others. */
void clmlp_courier_connect(clmlp_courier *courier, clmlp_watch *watch, const char (*hosts)[CLMLP_HOST_LENGTH]);

/* Sums of what lies in that memory are made there from now on; or not any more, once what was begun is done. False: its
 * thread hangs in MPI, and may still look at it. */
void clmlp_courier_attach(clmlp_courier *courier, clmlp_direct *direct);
bool clmlp_courier_detach(clmlp_courier *courier, const clmlp_direct *direct);
bool clmlp_courier_is_attached(clmlp_courier *courier);
/* Whether a sum of these would be made in such memory. */
bool clmlp_courier_is_direct(clmlp_courier *courier, const void *values, size_t bytes);

/* Begin a job, of which kind, precision, mine, values, count and from are given. Without memory it waits for a
 * job that is done. Errors: CLMLP_RANKS. */
clmlp_status clmlp_courier_begin(clmlp_courier *courier, const clmlp_job *job, size_t *ticket, clmlp_error *error);

/* Wait until that job, and all before it, are done; at most so many seconds, 0: as long as it takes. */
clmlp_status clmlp_courier_wait(clmlp_courier *courier, size_t ticket, double seconds, clmlp_error *error);

/* Begin and wait. */
clmlp_status clmlp_courier_do(clmlp_courier *courier, const clmlp_job *job, double seconds, clmlp_error *error);

/* Wait for all that was begun; where a rank failed, until the thread has given up. False: it hangs in MPI. */
bool clmlp_courier_settle(clmlp_courier *courier);

/* Since the last call. */
void clmlp_courier_take_times(clmlp_courier *courier, clmlp_courier_times *times);

/* Settle and end the thread; false: it hangs in MPI, and all it may use is left as it is. NULL is fine: true. */
bool clmlp_courier_stop(clmlp_courier *courier);

#endif
