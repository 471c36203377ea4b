/* bench.h - what clmlp bench was asked for, and its reports. */
#ifndef CLMLP_CLI_REPORT_BENCH_H
#define CLMLP_CLI_REPORT_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/clmlp.h>

#include "options/option_types.h"
#include "options/shared.h"

typedef struct clmlp_cli_bench_options {
    clmlp_cli_layers layers;           /* step, ops */
    clmlp_cli_layers batches, widths;  /* crossover */
    size_t batch, m, n, k;
    clmlp_activation activation;
    clmlp_output output;
    clmlp_bench_config config;
    clmlp_device_options device;
    const char *data;                  /* step: examples to measure on; NULL: random ones */
    clmlp_load_options load;
    clmlp_cli_text_given text;
    bool has_engine, no_kernels, no_peak;
    bool json, csv, quiet;
} clmlp_cli_bench_options;

/* Rows of the option tables: what to measure, and how to show it. */
#define CLMLP_CLI_BENCH_NETWORK_ROWS(o)                                                                                \
    {"activation", &clmlp_cli_train_activation, &(o)->activation, "NAME",                                             \
     "activation of the hidden layers: sigmoid, tanh, relu, linear, swish, selu, mish, leaky-relu, elu, gelu, "        \
     "gelu-tanh or softplus", NULL, NULL},                                                                             \
    {"output", &clmlp_cli_output, &(o)->output, "NAME", "output layer and cost: sigmoid, softmax or linear", NULL, NULL}

#define CLMLP_CLI_BENCH_SHOW_ROWS(o)                                                                                   \
    {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},                                                                   \
    {"json", NULL, &(o)->json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},      \
    {"csv", NULL, &(o)->csv, NULL, "print CSV with a header on standard output, nothing else there", NULL, NULL},      \
    {"quiet", NULL, &(o)->quiet, NULL, "nothing on standard error but errors and notes about the data", NULL, NULL}

/* "784-512-10", into text [size]. */
void clmlp_cli_bench_layers(const clmlp_cli_layers *layers, char *text, size_t size);

/* Results on standard output, as o says; they return the exit status. peak: NaN where unknown. */
int clmlp_cli_report_bench_step(const clmlp_cli_bench_options *o, const clmlp_device *device,
                                const clmlp_bench_step_result *result, const clmlp_bench_peak_result *peak);
int clmlp_cli_report_bench_gemm(const clmlp_cli_bench_options *o, const clmlp_device *device,
                                const clmlp_bench_gemm_result *result, const clmlp_bench_peak_result *peak);
int clmlp_cli_report_bench_ops(const clmlp_cli_bench_options *o, const clmlp_device *device, const clmlp_bench_op *ops,
                               size_t count, const clmlp_bench_step_result *step, const clmlp_bench_peak_result *peak);

#endif
