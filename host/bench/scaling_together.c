/* scaling_together.c - time steps of the ranks at hand with their sums and without, in turns: what disturbs the machine
 * then disturbs both alike. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench/scaling.h"
#include "bench/scaling_step.h"
#include "data/select.h"
#include "ranks/exchange.h"

enum { LEAST_STEPS = 5, MOST_STEPS = 1000 };

static clmlp_status time_step(clmlp_rank_run *r, clmlp_sharing *sharing, double *seconds, clmlp_error *error)
{
    TRY(clmlp_ranks_agree(r->together->ranks, CLMLP_OK, error)); /* all begin together */
    const double began = clmlp_seconds();
    TRY(clmlp_rank_run_step(r, sharing, error));
    TRY(clmlp_bench_wait(&r->run, error));
    *seconds = clmlp_seconds() - began;
    return CLMLP_OK;
}

/* One step of each kind, in turns: samples [2][MOST_STEPS], with sums and without. */
static clmlp_status time_steps(clmlp_rank_run *r, size_t count, double (*samples)[MOST_STEPS], clmlp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        TRY(time_step(r, r->together, &samples[0][i], error));
        TRY(time_step(r, r->alone, &samples[1][i], error));
    }
    return CLMLP_OK;
}

/* All ranks take as many steps. */
static clmlp_status choose_count(clmlp_rank_run *r, double seconds, double (*samples)[MOST_STEPS], size_t *count,
                                 clmlp_error *error)
{
    TRY(time_steps(r, 2, samples, error)); /* the first may have to compile kernels */
    const double fitting = seconds / (samples[0][1] + samples[1][1]);
    *count = fitting < LEAST_STEPS ? LEAST_STEPS : fitting > MOST_STEPS ? MOST_STEPS : (size_t)fitting;
    TRY(clmlp_ranks_share(r->together->ranks, 0, count, sizeof *count, error));
    if (*count >= 1 && *count <= MOST_STEPS) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_RANKS, "rank 0 asks for %zu steps", *count);
}

static clmlp_status measure(clmlp_rank_run *r, double seconds, double (*samples)[MOST_STEPS], clmlp_step_times *times,
                            size_t *count, clmlp_error *error)
{
    double medians[2];
    TRY(choose_count(r, seconds, samples, count, error));
    TRY(time_steps(r, *count, samples, error));
    for (size_t i = 0; i < 2; i++) medians[i] = clmlp_median(samples[i], *count);
    TRY(clmlp_bench_slowest(r->together->ranks, medians, 2, error));
    *times = (clmlp_step_times){.together = medians[0], .shared = medians[1]};
    return CLMLP_OK;
}

clmlp_status clmlp_bench_time_together(clmlp_device *device, const clmlp_model *model, size_t M, clmlp_ranks *ranks,
                                       const clmlp_bench_config *config, clmlp_step_times *times, clmlp_error *error)
{
    clmlp_rank_run r = {.alone = NULL};
    double (*samples)[MOST_STEPS] = NULL;
    size_t count = 0; /* a message may come there until all is settled */
    clmlp_status status = clmlp_rank_run_create(&r, device, model, M, ranks, config, error);
    if (status == CLMLP_OK) status = clmlp_allocate(&samples, 2, sizeof *samples, "the samples", error);
    TRY_CLEANUP(clmlp_ranks_agree(ranks, status, error));
    TRY_CLEANUP(measure(&r, config->seconds, samples, times, &count, error));
cleanup:
    clmlp_exchange_settle(ranks);
    clmlp_rank_run_release(&r);
    free(samples);
    return status;
}
