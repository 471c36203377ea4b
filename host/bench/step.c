/* step.c - time a training step and compare it with the device's peak. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/structure.h"
#include "bench/examples.h"
#include "bench/measure.h"

static const double PROFILE_SECONDS = 0.5;
enum { LEAST_PROFILED = 3, MOST_PROFILED = 1000 };

double clmlp_bench_step_flops(const clmlp_model *model, size_t M)
{
    double flops = 0.0;
    if (model == NULL) return (double)NAN;
    for (size_t l = 1; l < model->L; l++) {
        const double s_in = (double)model->s[l - 1], s_out = (double)model->s[l];
        flops += 2.0 * 2.0 * (double)M * s_out * (s_in + 1.0);
        if (l > 1) flops += 2.0 * (double)M * s_out * s_in;
    }
    return flops;
}

clmlp_status clmlp_bench_run_step(void *context, clmlp_error *error)
{
    clmlp_bench_run *run = context;
    clmlp_batch batch;
    TRY(clmlp_bench_next(run, &batch, error));
    TRY(clmlp_step_take(run->network, &batch, &run->descent, ++run->steps, run->slot++, error));
    TRY(clmlp_batch_loader_done(run->loader, error));
    return run->backend->ops->flush(run->backend, error);
}

clmlp_status clmlp_bench_run_steps(void *context, size_t most, size_t *done, clmlp_error *error)
{
    clmlp_bench_run *run = context;
    clmlp_batch batch;
    TRY(clmlp_bench_next(run, &batch, error));
    TRY(clmlp_step_fuse(run->network, run->loader, &batch, &run->descent, run->steps + 1, run->slot, most, done,
                        error));
    run->slot += *done;
    run->steps += *done;
    /* not taken: the batch is still the next one */
    if (*done == 0) {
        run->loader->next -= run->M;
        return CLMLP_OK;
    }
    run->fused_steps += *done;
    run->fused_launches++;
    TRY(clmlp_batch_loader_done(run->loader, error));
    return run->backend->ops->flush(run->backend, error);
}

clmlp_status clmlp_bench_run_wait(void *context, clmlp_error *error)
{
    return clmlp_bench_wait(context, error);
}

static size_t profiled_steps(const clmlp_bench_step_result *result, double seconds)
{
    const double budget = seconds < PROFILE_SECONDS ? seconds : PROFILE_SECONDS;
    const double count = 1e3 * budget / result->times.median;
    return count < LEAST_PROFILED ? LEAST_PROFILED : count > MOST_PROFILED ? MOST_PROFILED : (size_t)count;
}

/* What was recorded; nothing, with the doubt in the result, where a driver's times cannot be. */
static clmlp_status take_times(clmlp_device *device, clmlp_bench_step_result *result, clmlp_kernel_time **times,
                               size_t *count, clmlp_error *error)
{
    clmlp_error own = {.status = CLMLP_OK};
    if (clmlp_device_kernel_times(device, times, count, &own) == CLMLP_OK) return CLMLP_OK;
    if (!device->backend->has_no_times) return clmlp_fail(error, own.status, "%s", own.message);
    (void)snprintf(result->clock_doubt, sizeof result->clock_doubt, "%.500s", own.message);
    return CLMLP_OK;
}

bool clmlp_bench_compare_clocks(double kernels, double steps, char *doubt, size_t size)
{
    if (kernels <= 1.1 * steps && kernels >= 1e-4 * steps) return true;
    (void)snprintf(doubt, size, "the driver says that kernels took %.3g s of steps that took %.3g s, which cannot be",
                   kernels, steps);
    return false;
}

static void compare_with_host(clmlp_bench_step_result *result, const clmlp_kernel_time *times, size_t count)
{
    const double steps = 1e-3 * result->profiled_milliseconds * (double)result->profiled_steps;
    double kernels = 0.0;
    for (size_t i = 0; i < count; i++) kernels += 1e-3 * times[i].milliseconds;
    if (count == 0) return;
    (void)clmlp_bench_compare_clocks(kernels, steps, result->clock_doubt, sizeof result->clock_doubt);
}

/* Steps on a queue that records; nothing of what was recorded before is counted. */
static clmlp_status record_steps(clmlp_device *device, const clmlp_work *work, clmlp_bench_step_result *result,
                                 clmlp_error *error)
{
    clmlp_kernel_time *times = NULL;
    size_t count = 0;
    TRY(work->run(work->context, error)); /* the first one on this queue */
    TRY(work->wait(work->context, error));
    TRY(take_times(device, result, &times, &count, error));
    free(times);
    times = NULL;
    result->clock_doubt[0] = '\0'; /* that of the steps that count is told */
    const double began = clmlp_seconds();
    for (size_t i = 0; i < result->profiled_steps; i++) TRY(work->run(work->context, error));
    TRY(work->wait(work->context, error));
    result->profiled_milliseconds = 1e3 * (clmlp_seconds() - began) / (double)result->profiled_steps;
    count = 0;
    TRY(take_times(device, result, &times, &count, error));
    compare_with_host(result, times, count);
    if (result->clock_doubt[0] != '\0') {
        result->profiled_steps = 0;
        free(times);
        return CLMLP_OK;
    }
    double calls = 0.0;
    for (size_t i = 0; i < count; i++) calls += (double)times[i].calls;
    result->launches = calls / (double)result->profiled_steps;
    result->kernel_count = count < CLMLP_BENCH_KERNELS ? count : CLMLP_BENCH_KERNELS;
    if (count > 0) memcpy(result->kernels, times, result->kernel_count * sizeof *times);
    free(times);
    return CLMLP_OK;
}

static clmlp_status profile(clmlp_device *device, const clmlp_work *work, double seconds,
                            clmlp_bench_step_result *result, clmlp_error *error)
{
    clmlp_backend *backend = device->backend;
    if (backend->ops->profile == NULL || result->computes_on_host) return CLMLP_OK; /* no kernels */
    result->profiled_steps = profiled_steps(result, seconds);
    TRY(backend->ops->profile(backend, true, error));
    const clmlp_status status = record_steps(device, work, result, error);
    const clmlp_status ended = backend->ops->profile(backend, device->profiles, status == CLMLP_OK ? error : NULL);
    return status != CLMLP_OK ? status : ended;
}

static clmlp_status measure_step(clmlp_device *device, const clmlp_model *model, size_t M,
                                 const clmlp_bench_config *given, clmlp_bench_step_result *result, clmlp_error *error)
{
    clmlp_bench_config config;
    clmlp_bench_run run = {.backend = NULL};
    clmlp_work work = {clmlp_bench_run_step, clmlp_bench_run_wait, &run, clmlp_bench_run_steps, NULL};
    clmlp_status status = CLMLP_OK;
    double host = NAN;

    TRY(clmlp_bench_check(given, &config, error));
    work.cancel = config.cancel;
    TRY_CLEANUP(clmlp_bench_run_create(&run, device, model, M, CLMLP_FOR_TRAINING, &config, error));
    TRY_CLEANUP(clmlp_measure(&work, config.seconds, &result->times, error));
    result->flops = clmlp_bench_step_flops(model, M);
    result->samples_per_second = 1e3 * (double)M / result->times.median;
    result->gflops = 1e-6 * result->flops / result->times.median;
    result->computes_on_host = strcmp(device->info.type, "host") == 0;
    if (!result->computes_on_host) TRY_CLEANUP(clmlp_measure_host(&work, &result->times, &host, error));
    if (config.kernels) TRY_CLEANUP(profile(device, &work, config.seconds, result, error));
    result->host_microseconds = 1e6 * host;
    if (run.fused_launches > 0) result->steps_per_launch = (double)run.fused_steps / (double)run.fused_launches;
    const double launches = run.fused_launches > 0 ? 1.0 / result->steps_per_launch : result->launches;
    result->host_microseconds_per_launch = launches > 0.0 ? 1e6 * host / launches : (double)NAN;
cleanup:
    clmlp_bench_run_release(&run);
    return status;
}

clmlp_status clmlp_bench_step(clmlp_device *device, const clmlp_model *model, size_t M,
                              const clmlp_bench_config *config, clmlp_bench_step_result *result, clmlp_error *error)
{
    clmlp_bench_step_result own = {.size = sizeof own};
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &own, sizeof own);
    REQUIRE(device != NULL, "device");
    REQUIRE(model != NULL, "model");
    const clmlp_status status = measure_step(device, model, M, config, &own, error);
    clmlp_structure_give(result, &own, sizeof own);
    return status;
}

clmlp_status clmlp_bench_peak(clmlp_device *device, clmlp_bench_peak_result *result, clmlp_error *error)
{
    double flops = NAN, bytes = NAN;
    REQUIRE(device != NULL, "device");
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    if (device->backend->ops->peak != NULL) TRY(device->backend->ops->peak(device->backend, &flops, &bytes, error));
    const clmlp_bench_peak_result own = {.size = sizeof own, .gflops = 1e-9 * flops, .gbytes = 1e-9 * bytes};
    clmlp_structure_give(result, &own, sizeof own);
    return CLMLP_OK;
}
