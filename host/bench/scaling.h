/* scaling.h - what is between measuring the ranks at hand and predicting more of them. */
#ifndef CLMLP_BENCH_SCALING_H
#define CLMLP_BENCH_SCALING_H

#include "base/error.h"
#include "clmlp/bench.h"

/* How often each cost of a link occurs in an ordered sum. */
typedef struct clmlp_sum_parts {
    double alpha, overhead, beta, gamma;
} clmlp_sum_parts;

/* Of a sum of `bytes` over `ranks` >= 2. */
clmlp_sum_parts clmlp_ordered_parts(size_t ranks, double bytes);

/* alpha and beta of a link, both >= 0, from times `seconds` [count] > 0 of ordered sums over `ranks`, ascending, where
 * overhead and gamma are known: alpha is the median of what the sums of one round show, beta of what those from 1 MiB
 * on show (where none is, the longest third), each when the other's part is taken off. An overhead above alpha is set
 * to it, and alpha is then such that sums take as long. count >= 1; scratch [count]. */
void clmlp_fit_link(size_t ranks, const double *bytes, const double *seconds, size_t count, double *scratch,
                    clmlp_link *link);

/* Measured times [count] of shares M [count], ascending, joined by lines; below the first as the first; beyond the last
 * as many examples a second as there. */
double clmlp_time_of_share(const size_t *M, const double *seconds, size_t count, double share);

/* values [count] := the largest of all ranks, each by itself. Collective. */
clmlp_status clmlp_bench_slowest(clmlp_ranks *ranks, double *values, size_t count, clmlp_error *error);

/* Seconds of steps with their sums beside the backward pass, and of the same steps without. */
typedef struct clmlp_step_times {
    double together, shared;
} clmlp_step_times;

/* Time steps of the ranks at hand, M examples each, both kinds in turns; the slowest rank's medians. At least two
 * ranks. Collective. */
clmlp_status clmlp_bench_time_together(clmlp_device *device, const clmlp_model *model, size_t M, clmlp_ranks *ranks,
                                       const clmlp_bench_config *config, clmlp_step_times *times, clmlp_error *error);

#endif
