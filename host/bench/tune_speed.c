/* tune_speed.c - times of candidates in turn, and how many times as fast as another that makes one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "base/memory.h"
#include "bench/examples.h"
#include "bench/tuning.h"

typedef struct planned {
    const clmlp_tuning *t;
    size_t network, count;
    double risk;
} planned;

static void tell_rounds(void *context, size_t rounds, double seconds)
{
    const planned *const p = context;
    clmlp_tuning_plan_rounds(p->t, p->network, p->count, rounds, seconds, p->risk);
}

static clmlp_status run_rounds(const clmlp_tuning *t, size_t network, const size_t *members, size_t count, double risk,
                               clmlp_rounds *out, clmlp_error *error)
{
    planned p = {t, network, count, risk};
    const clmlp_on_rounds told = {tell_rounds, &p};
    clmlp_bench_run runs[CLMLP_TUNE_CANDIDATES] = {{.backend = NULL}};
    clmlp_work works[CLMLP_TUNE_CANDIDATES];
    clmlp_status status = CLMLP_OK;
    size_t made = 0;
    const clmlp_tune_network *const shape = &t->result->networks[network];
    const clmlp_bench_config config = {.size = sizeof config, .seconds = t->config.seconds, .seed = t->config.seed,
                                       .full_batch = shape->full_batch};
    while (made < count) {
        clmlp_bench_run *const run = &runs[made];
        works[made] = (clmlp_work){clmlp_bench_run_step, clmlp_bench_run_wait, run, clmlp_bench_run_steps,
                                   t->config.cancel};
        clmlp_device *const device = t->devices[members[made++]];
        TRY_CLEANUP(clmlp_bench_run_create(run, device, t->models[network], shape->batch, CLMLP_FOR_TRAINING, &config,
                                           error));
    }
    TRY_CLEANUP(clmlp_measure_rounds(works, count, t->config.seconds, t->config.seed, &told, out, error));
cleanup:
    for (size_t k = 0; k < made; k++) clmlp_bench_run_release(&runs[k]);
    return status;
}

/* Other programs slow down a device that is the processors of this machine. */
static void note_load(const clmlp_tuning *t, bool known, const clmlp_load *from, clmlp_tune_times *times)
{
    clmlp_load to;
    double others = 0.0;
    if (!known || strcmp(t->result->device.type, "CPU") != 0 || !clmlp_load_now(&to)) return;
    const bool is_high = clmlp_load_is_high(from, &to, &others);
    times->is_loaded = times->is_loaded || is_high;
    if (is_high && others > times->others) times->others = others;
}

clmlp_status clmlp_tuning_time(const clmlp_tuning *t, const size_t *members, size_t count, double risk,
                               clmlp_tune_times *times, clmlp_error *error)
{
    const clmlp_tune_stopwatch *const watch = t->stopwatch;
    *times = (clmlp_tune_times){.count = count};
    if (count == 0) return CLMLP_OK;
    memcpy(times->members, members, count * sizeof *members);
    for (size_t n = 0; n < t->result->network_count; n++) {
        clmlp_load from;
        TRY(clmlp_tuning_say(t, error, "timing", t->result->shapes[n]));
        times->networks = n + 1;
        if (watch != NULL) {
            TRY(watch->rounds(watch->context, t->result, n, members, count, &times->rounds[n], error));
            times->others = watch->others;
            times->is_loaded = watch->is_loaded;
            continue;
        }
        const bool known = clmlp_load_now(&from);
        TRY(run_rounds(t, n, members, count, risk, &times->rounds[n], error));
        note_load(t, known, &from, times);
    }
    return CLMLP_OK;
}

void clmlp_tune_times_release(clmlp_tune_times *times)
{
    for (size_t n = 0; n < times->networks; n++) free(times->rounds[n].milliseconds);
    *times = (clmlp_tune_times){.count = 0};
}

size_t clmlp_tune_rounds(const clmlp_tune_times *times)
{
    size_t least = times->networks > 0 ? times->rounds[0].rounds : 0;
    for (size_t n = 1; n < times->networks; n++) {
        if (times->rounds[n].rounds < least) least = times->rounds[n].rounds;
    }
    return least;
}

clmlp_status clmlp_tune_median(const clmlp_tune_times *times, size_t n, size_t column, double *median,
                               clmlp_error *error)
{
    const clmlp_rounds *const rounds = &times->rounds[n];
    double *own = NULL;
    TRY(clmlp_allocate(&own, rounds->rounds, sizeof *own, "the samples", error));
    for (size_t r = 0; r < rounds->rounds; r++) own[r] = rounds->milliseconds[r * rounds->count + column];
    *median = clmlp_median_interval(own, rounds->rounds, 1.0).middle;
    free(own);
    return CLMLP_OK;
}

/* log(speed) of one round. */
static double logarithm(const clmlp_rounds *rounds, size_t r, size_t column, size_t base)
{
    const double *const row = rounds->milliseconds + r * rounds->count;
    return (base < rounds->count ? log(row[base]) : 0.0) - log(row[column]);
}

clmlp_status clmlp_tune_speed(const clmlp_tune_times *times, size_t n, size_t column, size_t base, double risk,
                              clmlp_interval *speed, clmlp_error *error)
{
    const bool all = n == CLMLP_ALL_NETWORKS;
    const size_t first = all ? 0 : n, end = all ? times->networks : n + 1;
    const size_t count = all ? clmlp_tune_rounds(times) : times->rounds[n].rounds;
    double *samples = NULL;
    TRY(clmlp_allocate(&samples, count, sizeof *samples, "the samples", error));
    for (size_t r = 0; r < count; r++) {
        for (size_t k = first; k < end; k++) {
            samples[r] += logarithm(&times->rounds[k], r, column, base) / (double)(end - first);
        }
    }
    *speed = clmlp_speed_interval(samples, count, risk);
    free(samples);
    return CLMLP_OK;
}
