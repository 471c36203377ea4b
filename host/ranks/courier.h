/* courier.h - the thread that talks to MPI.
 *
 * It takes jobs in the order in which they were begun, and has several under way at once. It waits by tests with short
 * sleeps in between, for it shares the processors with the computation.
 *
 * Threads: jobs are begun and waited for by one thread.
 */
#ifndef CLMLP_RANKS_COURIER_H
#define CLMLP_RANKS_COURIER_H

#include "ranks/exchange_times.h"
#include "ranks/failure.h"
#include "ranks/piece.h"
#include "ranks/watch.h"

typedef struct clmlp_courier clmlp_courier;

/* Start the thread. `failure` and hosts [ranks] outlive it; the transport is the thread's alone until the end. */
clmlp_status clmlp_courier_start(clmlp_courier **out, const clmlp_transport *table, void *transport, size_t rank,
                                 size_t count, clmlp_failure *failure, clmlp_error *error);

/* From now on failures name hosts [ranks], and what MPI says goes to all others. */
void clmlp_courier_connect(clmlp_courier *courier, clmlp_watch *watch, const char (*hosts)[CLMLP_HOST_LENGTH]);

/* Begin a job, of which kind, precision, mine, values, count and from are given. Errors: CLMLP_OUT_OF_MEMORY,
 * CLMLP_RANKS. */
clmlp_status clmlp_courier_begin(clmlp_courier *courier, const clmlp_job *job, size_t *ticket, clmlp_error *error);

/* Wait until that job, and all before it, are done; at most so many seconds, 0: as long as it takes. */
clmlp_status clmlp_courier_wait(clmlp_courier *courier, size_t ticket, double seconds, clmlp_error *error);

/* Begin and wait. */
clmlp_status clmlp_courier_do(clmlp_courier *courier, const clmlp_job *job, double seconds, clmlp_error *error);

/* Wait for all that was begun; where a rank failed, until the thread has given up. False: it hangs in MPI. */
bool clmlp_courier_settle(clmlp_courier *courier);

void clmlp_courier_take_times(clmlp_courier *courier, clmlp_exchange_times *times);

/* Settle and end the thread; false: it hangs in MPI, and all it may use is left as it is. NULL is fine: true. */
bool clmlp_courier_stop(clmlp_courier *courier);

#endif
