/* tune.h - what clmlp_tune found, inside; and tuning by times that are made up, for tests. */
#ifndef CLMLP_BENCH_TUNE_H
#define CLMLP_BENCH_TUNE_H

#include "bench/measure.h"
#include "clmlp/tune.h"

enum { CLMLP_TUNE_DOUBT = 256 };

struct clmlp_tune_result {
    clmlp_device_info device;
    clmlp_precision precision;
    clmlp_tune_network networks[CLMLP_TUNE_NETWORKS];
    char shapes[CLMLP_TUNE_NETWORKS][CLMLP_TUNE_SHAPE]; /* "784-512-10@128" */
    size_t network_count;
    clmlp_tune_candidate candidates[CLMLP_TUNE_CANDIDATES];
    size_t count, rejected;
    clmlp_tune_duel duel;
    char doubt[CLMLP_ENGINE_COUNT][CLMLP_TUNE_DOUBT]; /* why nothing was decided; "": it was, or was not tried */
    bool kept; /* stored; false also where there is no place to store it */
};

/* In place of the clock. */
typedef struct clmlp_tune_stopwatch {
    /* Times of candidates members [count] on a network, as clmlp_measure_rounds gives them. */
    clmlp_status (*rounds)(void *context, const clmlp_tune_result *result, size_t network, const size_t *members,
                           size_t count, clmlp_rounds *out, clmlp_error *error);
    void *context;
    double others; /* processors that other programs keep busy */
    bool is_loaded;
} clmlp_tune_stopwatch;

/* As clmlp_tune, with `stopwatch` instead of the clock; NULL: the clock. */
clmlp_status clmlp_tune_by(const clmlp_tune_stopwatch *stopwatch, const clmlp_device_options *where,
                           const clmlp_tune_config *config, clmlp_tune_result **out, clmlp_error *error);

#endif
