/* bench_scaling.h - what clmlp bench scaling found, and its report. */
#ifndef CLMLP_CLI_REPORT_BENCH_SCALING_H
#define CLMLP_CLI_REPORT_BENCH_SCALING_H

#include "reports/bench.h"

/* 2, 4, ..., 4096 devices. */
enum { CLMLP_CLI_SCALING_ROWS = 12, CLMLP_CLI_SCALING_LINKS = CLMLP_CLI_MAX_NUMBERS + 1 };

typedef struct clmlp_cli_scaling_row {
    size_t devices;
    bool fits; /* at least one example for each; else `by` holds nothing */
    clmlp_bench_prediction by[CLMLP_SUMMING_COUNT];
    size_t faster, half, most; /* by `ordered`: the batch from which on it is faster than one device, has an efficiency
                                * of 50 %, of 80 %; 0: none is large enough */
} clmlp_cli_scaling_row;

typedef struct clmlp_cli_scaling_link {
    clmlp_link link;
    bool measured;
    clmlp_cli_scaling_row rows[CLMLP_CLI_SCALING_ROWS];
} clmlp_cli_scaling_link;

typedef struct clmlp_cli_scaling {
    const clmlp_cli_bench_options *o;
    const clmlp_model *model;
    const clmlp_device *device;
    const char *mpi; /* "" for one rank */
    double bucket;   /* bytes */
    clmlp_bench_shares shares;
    clmlp_bench_link_result sums;   /* of the ranks at hand */
    clmlp_bench_prediction together; /* of the step that shares.together is of; where there are several ranks */
    clmlp_cli_scaling_link links[CLMLP_CLI_SCALING_LINKS];
    size_t count;
} clmlp_cli_scaling;

/* Bytes of a step's gradients. */
double clmlp_cli_scaling_bytes(const clmlp_cli_scaling *scaling);

/* On standard output; returns the exit status. */
int clmlp_cli_report_bench_scaling(const clmlp_cli_scaling *scaling);

#endif
