/* measure.c - timing: warm up, repeat in blocks, take the median. */
#include "bench/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/structure.h"

enum {
    LEAST_BLOCKS = 3,
    MOST_REPETITIONS = 1 << 20,
    HOST_BURSTS = 9,
    HOST_REPETITIONS = 64 /* far below what backends let pile up */
};
static const double BLOCK_SECONDS = 0.01;
static const double WARM_UP_SECONDS = 0.1; /* clocks, caches and lazily compiled kernels */

void clmlp_bench_config_init(clmlp_bench_config *config, size_t size)
{
    static const clmlp_bench_config defaults = {
        .size = sizeof defaults, .seconds = 2.0, .seed = 1, .kernels = true};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

clmlp_status clmlp_bench_check(const clmlp_bench_config *given, clmlp_bench_config *config, clmlp_error *error)
{
    *config = clmlp_bench_config_default();
    TRY(clmlp_structure_take(config, sizeof *config, given, "config", error));
    if (!(config->seconds > 0.0) || !isfinite(config->seconds)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%g seconds of measuring (expected a number > 0)",
                          config->seconds);
    }
    if ((unsigned)config->optimizer < CLMLP_OPTIMIZER_COUNT) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there is no optimizer number %d", (int)config->optimizer);
}

static clmlp_status enqueue(const clmlp_work *work, size_t repetitions, clmlp_error *error)
{
    for (size_t i = 0; i < repetitions;) {
        size_t done = 0;
        if (work->run_many != NULL) TRY(work->run_many(work->context, repetitions - i, &done, error));
        if (done == 0) TRY(work->run(work->context, error));
        i += done > 0 ? done : 1;
    }
    return CLMLP_OK;
}

static clmlp_status time_block(const clmlp_work *work, size_t repetitions, double *seconds, clmlp_error *error)
{
    if (clmlp_cancel_requested(work->cancel))
        return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted while measuring");
    const double began = clmlp_seconds();
    TRY(enqueue(work, repetitions, error));
    TRY(work->wait(work->context, error));
    *seconds = clmlp_seconds() - began;
    return CLMLP_OK;
}

/* Run for WARM_UP_SECONDS, and find how many repetitions fill a block by then; *block: the seconds of the last. */
static clmlp_status warm_up(const clmlp_work *work, double seconds, size_t *repetitions, double *block,
                            clmlp_error *error)
{
    const double budget = seconds < WARM_UP_SECONDS ? seconds : WARM_UP_SECONDS;
    TRY(time_block(work, 1, block, error)); /* the first one may have to compile kernels */
    const double began = clmlp_seconds();
    *repetitions = 1;
    for (;;) {
        TRY(time_block(work, *repetitions, block, error));
        if (*block < BLOCK_SECONDS && *repetitions < MOST_REPETITIONS) {
            *repetitions *= 2;
        } else if (clmlp_seconds() - began >= budget) {
            break;
        }
    }
    return CLMLP_OK;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void clmlp_summarise(double *samples, size_t count, clmlp_bench_times *times)
{
    qsort(samples, count, sizeof *samples, ascending);
    times->minimum = samples[0];
    times->median = (samples[(count - 1) / 2] + samples[count / 2]) / 2.0;
    times->p95 = samples[(size_t)ceil(0.95 * (double)count) - 1];
    times->blocks = count;
}

clmlp_status clmlp_measure(const clmlp_work *work, double seconds, clmlp_bench_times *times, clmlp_error *error)
{
    double *samples = NULL;
    size_t count = 0, capacity = 0;
    double last = 0.0;
    clmlp_status status = CLMLP_OK;

    TRY(warm_up(work, seconds, &times->repetitions, &last, error));
    const double began = clmlp_seconds();
    while (count < LEAST_BLOCKS || clmlp_seconds() - began < seconds) {
        double block = 0.0;
        TRY_CLEANUP(time_block(work, times->repetitions, &block, error));
        TRY_CLEANUP(clmlp_grow(&samples, &capacity, count + 1, sizeof *samples, "the samples", error));
        samples[count++] = 1e3 * block / (double)times->repetitions;
    }
    clmlp_summarise(samples, count, times);
cleanup:
    free(samples);
    return status;
}

/* A random order of things [count], another one in each round. */
static void shuffle(uint64_t seed, size_t round, size_t count, size_t *order)
{
    enum { ROUND_ORDER = 2 };
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, ROUND_ORDER, (uint64_t)round * count + i);
        const size_t j = (size_t)(bits % (i + 1));
        order[i] = order[j];
        order[j] = i;
    }
}

static clmlp_status time_round(const clmlp_work *works, const size_t *repetitions, const size_t *order, size_t count,
                               double *milliseconds, clmlp_error *error)
{
    for (size_t k = 0; k < count; k++) {
        const size_t i = order[k];
        double block = 0.0;
        TRY(time_block(&works[i], repetitions[i], &block, error));
        milliseconds[i] = 1e3 * block / (double)repetitions[i];
    }
    return CLMLP_OK;
}

static size_t rounds_in(double seconds, double a_round)
{
    const double rounds = a_round > 0.0 ? ceil(seconds / a_round) : 0.0;
    return rounds > LEAST_BLOCKS ? (size_t)fmin(rounds, MOST_REPETITIONS) : LEAST_BLOCKS;
}

size_t clmlp_measure_plan(double seconds, double *warm_up_seconds, double *timed)
{
    *warm_up_seconds = fmax(fmin(seconds, WARM_UP_SECONDS), 2.0 * BLOCK_SECONDS); /* 1, 2, 4 ... fill one */
    *timed = fmax(seconds, LEAST_BLOCKS * BLOCK_SECONDS);
    return rounds_in(seconds, BLOCK_SECONDS);
}

clmlp_status clmlp_measure_rounds(const clmlp_work *works, size_t count, double seconds, uint64_t seed,
                                  const clmlp_on_rounds *told, clmlp_rounds *out, clmlp_error *error)
{
    double *samples = NULL, a_round = 0.0;
    size_t *repetitions = NULL, *order = NULL;
    size_t rounds = 0, capacity = 0;
    clmlp_status status = CLMLP_OK;

    TRY_CLEANUP(clmlp_allocate(&repetitions, count, sizeof *repetitions, "the samples", error));
    TRY_CLEANUP(clmlp_allocate(&order, count, sizeof *order, "the samples", error));
    for (size_t i = 0; i < count; i++) {
        double block = 0.0;
        TRY_CLEANUP(warm_up(&works[i], seconds, &repetitions[i], &block, error));
        a_round += block;
    }
    if (told != NULL) {
        told->function(told->context, rounds_in(seconds * (double)count, a_round), a_round);
    }
    const double began = clmlp_seconds();
    while (rounds < LEAST_BLOCKS || clmlp_seconds() - began < seconds * (double)count) {
        TRY_CLEANUP(clmlp_grow(&samples, &capacity, (rounds + 1) * count, sizeof *samples, "the samples", error));
        shuffle(seed, rounds, count, order);
        TRY_CLEANUP(time_round(works, repetitions, order, count, samples + rounds * count, error));
        rounds++;
    }
    *out = (clmlp_rounds){.milliseconds = samples, .rounds = rounds, .count = count};
    samples = NULL;
cleanup:
    free(order);
    free(repetitions);
    free(samples);
    return status;
}

clmlp_status clmlp_measure_host(const clmlp_work *work, const clmlp_bench_times *times, double *seconds,
                                clmlp_error *error)
{
    const size_t repetitions = times->repetitions < HOST_REPETITIONS ? times->repetitions : HOST_REPETITIONS;
    clmlp_bench_times found;
    double samples[HOST_BURSTS];
    for (size_t i = 0; i < HOST_BURSTS; i++) {
        const double began = clmlp_seconds();
        TRY(enqueue(work, repetitions, error));
        samples[i] = (clmlp_seconds() - began) / (double)repetitions;
        TRY(work->wait(work->context, error));
    }
    clmlp_summarise(samples, HOST_BURSTS, &found);
    *seconds = found.median;
    return CLMLP_OK;
}
