/* scaling_shares.c - time what one rank computes of a step, for shares of a batch. */
#include <math.h>

#include "base/argument.h"
#include "base/structure.h"
#include "bench/measure.h"
#include "bench/scaling.h"
#include "bench/scaling_step.h"

static const double TOGETHER = 8.0; /* as many times as long as one share is timed what the ranks do together */

static clmlp_status run_share(void *context, clmlp_error *error)
{
    clmlp_rank_run *const r = context;
    return clmlp_rank_run_step(r, r->alone, error);
}

static clmlp_status run_update(void *context, clmlp_error *error)
{
    clmlp_bench_run *const run = &((clmlp_rank_run *)context)->run;
    clmlp_step_rules(run->network, &run->descent, ++run->steps);
    TRY(clmlp_update(run->network, run->network->rules, 0.0, error));
    return run->backend->ops->flush(run->backend, error);
}

static clmlp_status wait(void *context, clmlp_error *error)
{
    return clmlp_bench_wait(&((clmlp_rank_run *)context)->run, error);
}

/* Seconds of a rank's step without sums, and, where asked for, of its update. */
static clmlp_status time_share(clmlp_device *device, const clmlp_model *model, size_t M,
                               const clmlp_bench_config *config, double *step, double *update, clmlp_error *error)
{
    clmlp_rank_run r = {.alone = NULL};
    clmlp_bench_times times;
    clmlp_work work = {run_share, wait, &r, NULL, config->cancel};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_rank_run_create(&r, device, model, M, NULL, config, error));
    TRY_CLEANUP(clmlp_measure(&work, config->seconds, &times, error));
    *step = 1e-3 * times.median;
    if (update == NULL) goto cleanup;
    work.run = run_update;
    TRY_CLEANUP(clmlp_measure(&work, config->seconds, &times, error));
    *update = 1e-3 * times.median;
cleanup:
    clmlp_rank_run_release(&r);
    return status;
}

static clmlp_status time_alone(clmlp_device *device, const clmlp_model *model, const clmlp_bench_config *config,
                               clmlp_bench_shares *shares, clmlp_error *error)
{
    clmlp_bench_step_result step = {.size = sizeof step};
    for (size_t i = 0; i < shares->count; i++) {
        TRY(clmlp_bench_step(device, model, shares->M[i], config, &step, error));
        shares->alone[i] = 1e-3 * step.times.median;
    }
    return CLMLP_OK;
}

static clmlp_status time_shared(clmlp_device *device, const clmlp_model *model, const clmlp_bench_config *config,
                                clmlp_bench_shares *shares, clmlp_error *error)
{
    for (size_t i = 0; i < shares->count; i++) {
        TRY(time_share(device, model, shares->M[i], config, &shares->shared[i], i == 0 ? &shares->update : NULL,
                       error));
    }
    return CLMLP_OK;
}

/* --- over the ranks ------------------------------------------------------------------------------------------ */

/* M, its half, quarter, ...: closely where few devices lie; 1; and what the ranks at hand have. Ascending. */
static void choose_shares(clmlp_bench_shares *shares, size_t M, size_t ranks)
{
    enum { HALVES = 4 };
    const size_t here = (M + ranks - 1) / ranks;
    size_t chosen[CLMLP_BENCH_SHARES], count = 0;
    for (size_t share = M; share > 1 && count + 2 < CLMLP_BENCH_SHARES; share /= count <= HALVES ? 2 : 4) {
        if (count > 0 && chosen[count - 1] > here && here > share) chosen[count++] = here;
        chosen[count++] = share;
    }
    chosen[count++] = 1;
    for (size_t i = 0; i < count; i++) shares->M[i] = chosen[count - 1 - i];
    shares->count = count;
}

/* What the ranks at hand take with their sums, and, in turns with it, without. */
static clmlp_status time_together(clmlp_device *device, const clmlp_model *model, clmlp_ranks *ranks,
                                  const clmlp_bench_config *config, clmlp_bench_shares *shares, clmlp_error *error)
{
    const size_t M = shares->M[shares->count - 1], N = clmlp_ranks_count(ranks), share = (M + N - 1) / N;
    clmlp_bench_config longer = *config;
    clmlp_step_times times;
    shares->together = (double)NAN;
    if (N == 1) return CLMLP_OK;
    longer.seconds *= TOGETHER;
    TRY(clmlp_bench_time_together(device, model, share, ranks, &longer, &times, error));
    shares->together = times.together;
    for (size_t i = 0; i < shares->count; i++) {
        if (shares->M[i] == share) shares->shared[i] = times.shared;
    }
    return CLMLP_OK;
}

static clmlp_status time_shares(clmlp_device *device, const clmlp_model *model, size_t M, clmlp_ranks *ranks,
                                const clmlp_bench_config *given, clmlp_bench_shares *shares, clmlp_error *error)
{
    clmlp_bench_config config;
    clmlp_status status = clmlp_bench_check(given, &config, error);
    if (status == CLMLP_OK && M == 0) {
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a batch of 0 examples (expected 1 or more)");
    }
    TRY(clmlp_ranks_agree(ranks, status, error));
    choose_shares(shares, M, clmlp_ranks_count(ranks));
    config.kernels = false;
    config.seconds /= 2.0 * (double)shares->count + 1.0 + TOGETHER;
    if (clmlp_ranks_rank(ranks) == 0) status = time_alone(device, model, &config, shares, error);
    TRY(clmlp_ranks_agree(ranks, status, error));
    status = time_shared(device, model, &config, shares, error);
    TRY(clmlp_ranks_agree(ranks, status, error));
    TRY(clmlp_bench_slowest(ranks, shares->alone, shares->count, error)); /* 0 but for rank 0 */
    TRY(clmlp_bench_slowest(ranks, shares->shared, shares->count, error));
    TRY(clmlp_bench_slowest(ranks, &shares->update, 1, error));
    return time_together(device, model, ranks, &config, shares, error);
}

clmlp_status clmlp_bench_time_shares(clmlp_device *device, const clmlp_model *model, size_t M, clmlp_ranks *ranks,
                                     const clmlp_bench_config *config, clmlp_bench_shares *result, clmlp_error *error)
{
    clmlp_bench_shares own = {.size = sizeof own};
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    REQUIRE(device != NULL, "device");
    REQUIRE(model != NULL, "model");
    TRY(time_shares(device, model, M, ranks, config, &own, error));
    clmlp_structure_give(result, &own, sizeof own);
    return CLMLP_OK;
}
