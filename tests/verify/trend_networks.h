/* trend_networks.h - random networks with wide layers, on data that makes errors alike, from a seed. */
#ifndef TEST_TREND_NETWORKS_H
#define TEST_TREND_NETWORKS_H

#include "clmlp/clmlp.h"

typedef enum trend_data_kind {
    DATA_DENSE, DATA_POSITIVE, DATA_SPARSE, DATA_CONSTANT_COLUMNS, DATA_REPEATED_ROWS, DATA_EQUAL_ROWS, DATA_ONE_HOT,
    DATA_NEARLY_CONSTANT, DATA_TINY, DATA_ALL_SCALES, DATA_EQUAL, TREND_DATA_KINDS
} trend_data_kind;

typedef enum trend_theta_kind {
    THETA_AS_MADE, THETA_EQUAL, THETA_IN_PAIRS, THETA_OF_8_BITS, THETA_POSITIVE, THETA_PRUNED, TREND_THETA_KINDS
} trend_theta_kind;

typedef struct trend_case {
    uint64_t seed;
    size_t n, hidden[2], layers, K, M; /* layers: hidden ones */
    trend_data_kind data;
    trend_theta_kind theta;
    double scale, rate, decay; /* scale: of theta */
    clmlp_activation activation;
    clmlp_output output;
    clmlp_optimizer optimizer;
    bool drops, clips;
} trend_case;

trend_case trend_case_of(uint64_t seed);
const char *trend_case_text(const trend_case *c, char text[256]);
clmlp_dataset *trend_dataset(const trend_case *c);
clmlp_model *trend_model(const trend_case *c, const clmlp_dataset *data);

#endif
