/* scaling_step.h - the training step of one rank of several, on random examples. */
#ifndef CLMLP_BENCH_SCALING_STEP_H
#define CLMLP_BENCH_SCALING_STEP_H

#include "bench/examples.h"
#include "train/ranks/sharing.h"

typedef struct clmlp_rank_run {
    clmlp_bench_run run;
    clmlp_sharing *alone;    /* sums over this rank alone, which take no time */
    clmlp_sharing *together; /* over the ranks; NULL: none were given */
} clmlp_rank_run;

/* Zero-initialise it; release it also after an error. M: examples of this rank's share. Collective. Errors as of
 * clmlp_bench_run_create, and CLMLP_RANKS. */
clmlp_status clmlp_rank_run_create(clmlp_rank_run *r, clmlp_device *device, const clmlp_model *model, size_t M,
                                   clmlp_ranks *ranks, const clmlp_bench_config *config, clmlp_error *error);
void clmlp_rank_run_release(clmlp_rank_run *r);

/* A step as training takes it, with sums over the ranks or over this one alone. Theta may still be moving. */
clmlp_status clmlp_rank_run_step(clmlp_rank_run *r, clmlp_sharing *sharing, clmlp_error *error);

#endif
