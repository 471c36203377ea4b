/* exchange.h - sums over the ranks, beside the computation.
 *
 * One thread of each process talks to MPI. It takes sums in the order in which they were begun, and all ranks begin the
 * same ones in the same order. A sum is made in a fixed order: rank r adds up slice r of all ranks, from rank 0 to the
 * last, in double, rounds once, and sends the result to all. So every rank gets the same bits in every run.
 */
#ifndef CLMLP_RANKS_EXCHANGE_H
#define CLMLP_RANKS_EXCHANGE_H

#include <stdint.h>

#include "clmlp/precision.h"  /* clmlp_precision */
#include "clmlp/ranks.h"

/* Begin values := sum over the ranks of their values, `count` numbers of a precision; `values` must stay as they are
 * until the sum was waited for. Returns at once; without memory for one more sum, when an earlier one is done.
 * *ticket counts from 1. Errors: CLMLP_RANKS. */
clmlp_status clmlp_exchange_begin(clmlp_ranks *ranks, clmlp_precision precision, void *values, size_t count,
                                  size_t *ticket, clmlp_error *error);

/* The same of numbers in 16 bits (bfloat16): the sum is rounded to them once, too. */
clmlp_status clmlp_exchange_begin_short(clmlp_ranks *ranks, uint16_t *values, size_t count, size_t *ticket,
                                        clmlp_error *error);

/* Wait until that sum, and all before it, are there. Errors: CLMLP_RANKS (a rank failed, is gone, or gave no sign of
 * life in time: which, and its host). */
clmlp_status clmlp_exchange_wait(clmlp_ranks *ranks, size_t ticket, clmlp_error *error);

/* values := their sum, in double, waited for. Collective. */
clmlp_status clmlp_exchange_sum(clmlp_ranks *ranks, double *values, size_t count, clmlp_error *error);

/* Wait for all sums that were begun, or give them up where a rank failed: afterwards nobody reads or writes `values`.
 * Should the MPI library itself hang then, this takes a few seconds. */
void clmlp_exchange_settle(clmlp_ranks *ranks);

/* Whether the sum of these `bytes` would be made in shared memory (direct.h), where all ranks see them. */
bool clmlp_exchange_is_direct(const clmlp_ranks *ranks, const void *values, size_t bytes);

/* Which rank adds up number `index` of a sum of `count`: it may be wrong there, or what came to it. The number of
 * ranks: each for itself, as the sum is short. is_direct: it is made in shared memory. */
size_t clmlp_exchange_adder(const clmlp_ranks *ranks, clmlp_precision precision, size_t count, size_t index,
                            bool is_direct);

/* What this rank's exchange has cost since the last call: seconds that somebody waited for a sum, and seconds that the
 * thread was busy; bytes sent. */
typedef struct clmlp_exchange_times {
    double waited, busy;
    double bytes;
    size_t sums;
} clmlp_exchange_times;
void clmlp_exchange_take_times(clmlp_ranks *ranks, clmlp_exchange_times *times);

#endif
