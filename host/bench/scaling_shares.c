/* scaling_shares.c - time what one rank computes of a step, for shares of a batch. */
#include <math.h>
#include <stdlib.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "bench/examples.h"
#include "bench/measure.h"
#include "bench/scaling.h"
#include "ranks/exchange.h"

/* --- a rank's step without its sums ------------------------------------------------------------------------ */

static clmlp_status update(clmlp_bench_run *run, clmlp_error *error)
{
    clmlp_network *const network = run->network;
    for (size_t l = 1; l < network->L; l++) {
        network->rules[l - 1] = clmlp_rule_of_step(&run->descent.rule, network->s, l, run->steps);
    }
    return clmlp_update(network, network->rules, 0.0, error);
}

/* The gradient of a layer goes to the host, and comes back. */
static clmlp_status move(const clmlp_bench_run *run, size_t l, clmlp_error *error)
{
    const clmlp_network *const network = run->network;
    clmlp_tensor *const gradient = network->gradient[l - 1];
    TRY(run->backend->ops->tensor_read(run->backend, gradient, 0, gradient->rows, network->staging, error));
    return run->backend->ops->tensor_write(run->backend, gradient, 0, gradient->rows, network->staging, error);
}

static clmlp_status run_share(void *context, clmlp_error *error)
{
    clmlp_bench_run *const run = context;
    clmlp_batch batch;
    TRY(clmlp_bench_next(run, &batch, error));
    TRY(clmlp_step_propagate(run->network, &batch, &run->descent, ++run->steps, run->slot++, error));
    TRY(clmlp_gradients(run->network, &batch, 0.0, error));
    TRY(clmlp_batch_loader_done(run->loader, error));
    for (size_t l = run->network->L - 1; l >= 1; l--) TRY(move(run, l, error));
    TRY(update(run, error));
    return run->backend->ops->flush(run->backend, error);
}

static clmlp_status run_update(void *context, clmlp_error *error)
{
    clmlp_bench_run *const run = context;
    run->steps++;
    TRY(update(run, error));
    return run->backend->ops->flush(run->backend, error);
}

static clmlp_status wait(void *context, clmlp_error *error)
{
    return clmlp_bench_wait(context, error);
}

/* Seconds of a rank's step, and, where asked for, of its update. */
static clmlp_status time_share(clmlp_device *device, const clmlp_model *model, size_t M,
                               const clmlp_bench_config *config, double *step, double *alone_update, clmlp_error *error)
{
    clmlp_bench_run run = {.backend = NULL};
    clmlp_bench_times times;
    clmlp_work work = {run_share, wait, &run, NULL, config->cancel};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_bench_run_create(&run, device, model, M, CLMLP_FOR_GRADIENTS, config, error));
    TRY_CLEANUP(clmlp_measure(&work, config->seconds, &times, error));
    *step = 1e-3 * times.median;
    if (alone_update == NULL) goto cleanup;
    work.run = run_update;
    TRY_CLEANUP(clmlp_measure(&work, config->seconds, &times, error));
    *alone_update = 1e-3 * times.median;
cleanup:
    clmlp_bench_run_release(&run);
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

clmlp_status clmlp_bench_slowest(clmlp_ranks *ranks, double *values, size_t count, clmlp_error *error)
{
    const size_t N = clmlp_ranks_count(ranks);
    double *all = NULL;
    clmlp_status status = CLMLP_OK;
    if (N == 1) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&all, N, count * sizeof *all, "the ranks' times", error));
    TRY_CLEANUP(clmlp_ranks_gather(ranks, values, count * sizeof *values, all, error));
    for (size_t r = 0; r < N; r++) {
        for (size_t i = 0; i < count; i++) values[i] = fmax(values[i], all[r * count + i]);
    }
cleanup:
    if (status != CLMLP_OK) clmlp_exchange_settle(ranks); /* else a message may still come there */
    free(all);
    return status;
}

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
    clmlp_step_times times;
    shares->together = (double)NAN;
    if (N == 1) return CLMLP_OK;
    TRY(clmlp_bench_time_together(device, model, share, ranks, config, &times, error));
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
    config.seconds /= 2.0 * (double)shares->count + 1.0;
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
