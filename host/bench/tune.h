/* tune.h - what clmlp_tune found, inside. */
#ifndef CLMLP_BENCH_TUNE_H
#define CLMLP_BENCH_TUNE_H

#include "clmlp/tune.h"

struct clmlp_tune_result {
    clmlp_device_info device;
    clmlp_precision precision;
    clmlp_tune_network networks[CLMLP_TUNE_NETWORKS];
    char shapes[CLMLP_TUNE_NETWORKS][CLMLP_TUNE_SHAPE]; /* "784-512-10@128" */
    size_t network_count;
    clmlp_tune_candidate candidates[CLMLP_TUNE_CANDIDATES];
    size_t count, rejected;
    clmlp_tune_duel duel;
    bool kept; /* stored; false also where there is no place to store it */
};

#endif
