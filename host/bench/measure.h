/* measure.h - how every time of clmlp_bench is taken. */
#ifndef CLMLP_BENCH_MEASURE_H
#define CLMLP_BENCH_MEASURE_H

#include "base/error.h"
#include "clmlp/bench.h"

/* Something that is repeated. */
typedef struct clmlp_work {
    clmlp_status (*run)(void *context, clmlp_error *error);  /* enqueue it once */
    clmlp_status (*wait)(void *context, clmlp_error *error); /* for all that was enqueued */
    void *context;
    /* (optional) enqueue it up to `most` times in one go; *done: how many, 0 where it is better enqueued singly */
    clmlp_status (*run_many)(void *context, size_t most, size_t *done, clmlp_error *error);
    const clmlp_cancel *cancel; /* looked at before each block; NULL: none */
} clmlp_work;

/* Warm up, find how many repetitions make a block of 10 ms, then time blocks for `seconds` (3 blocks at
 * the least), each with one wait at its end. */
clmlp_status clmlp_measure(const clmlp_work *work, double seconds, clmlp_bench_times *times, clmlp_error *error);

/* Times of several things, in rounds. */
typedef struct clmlp_rounds {
    double *milliseconds; /* of one repetition [rounds x count]; owned */
    size_t rounds, count;
} clmlp_rounds;

/* Told once all are warmed up: how many rounds it will be, and the seconds that one takes, by each one's last block. */
typedef struct clmlp_on_rounds {
    void (*function)(void *context, size_t rounds, double seconds);
    void *context;
} clmlp_on_rounds;

/* The same for several things [count]: a block of each in each round, in a random order, so that whatever else the
 * machine does hits all of them alike: `seconds` for each, 3 rounds at the least. Released with free(milliseconds).
 * told: NULL, nobody. */
clmlp_status clmlp_measure_rounds(const clmlp_work *works, size_t count, double seconds, uint64_t seed,
                                  const clmlp_on_rounds *told, clmlp_rounds *out, clmlp_error *error);

/* What `seconds` come to for one of them where nothing is slow: *warm_up_seconds and *timed. Returns how many
 * rounds these are at the most, as no block is meant to be shorter than 10 ms. */
size_t clmlp_measure_plan(double seconds, double *warm_up_seconds, double *timed);

/* Seconds that the host needs to enqueue one repetition, where the device has nothing to do yet. */
clmlp_status clmlp_measure_host(const clmlp_work *work, const clmlp_bench_times *times, double *seconds,
                                clmlp_error *error);

/* Whether kernels may have taken so many seconds of steps that took so many by the host's clock; else why not. Kernels
 * of one queue run one after the other, within their steps: in a tenth more at the most, as two clocks may differ. And
 * no host takes ten thousand times as long to launch a kernel as that runs. */
bool clmlp_bench_compare_clocks(double kernels, double steps, char *doubt, size_t size);

/* Minimum, median and 95th percentile of samples [count], which are sorted in place; count >= 1. The
 * median of an even count is the mean of the middle two; a percentile is the smallest sample that is not
 * below that share of them. */
void clmlp_summarise(double *samples, size_t count, clmlp_bench_times *times);

/* The config, or the defaults; CLMLP_BAD_ARGUMENT when it is out of range. */
clmlp_status clmlp_bench_check(const clmlp_bench_config *given, clmlp_bench_config *config, clmlp_error *error);

#endif
