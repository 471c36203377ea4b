/* bench.h - how fast a device trains: whole steps, equations one by one, bare products, kernels, and what
 * of the device's own peak that is. How a number is made is in bench/METHODOLOGY.md; in short: warm up,
 * run blocks of repetitions with one wait at the end of each block, and report the blocks' minimum, median
 * and 95th percentile per repetition.
 *
 * Work is counted by formula, whatever an engine really executes. Additions and multiplications of the
 * products count, activations, costs and updates do not:
 *
 *     forward        2 M s_{l+1} (s_l + 1)     every layer l < L
 *     gradient       2 M s_{l+1} (s_l + 1)     every layer l < L
 *     hidden delta   2 M s_{l+1} s_l           every hidden layer l, 2 <= l < L
 *
 * so a step of 784-512-10 with M = 128 is 209,720,320 operations. Bytes count every matrix that an
 * equation reads or writes once.
 *
 * Threads: the device alone; model and examples may be shared. Other threads make the numbers worse.
 */
#ifndef CLMLP_BENCH_H
#define CLMLP_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How long one repetition takes: over `blocks` samples, each the mean of `repetitions` in a row. */
typedef struct clmlp_bench_times {
    double minimum, median, p95; /* milliseconds */
    size_t blocks;
    size_t repetitions; /* of a block: as many as take 10 ms, or 1 */
} clmlp_bench_times;

typedef struct clmlp_bench_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double seconds; /* of timed blocks, > 0; warm-up and the other passes come on top */
    uint64_t seed;  /* of the random examples */
    bool kernels;   /* also time every kernel, in a pass of its own: recording slows a device down */
    bool full_batch; /* steps: the batch is all the data there is, in its order, as in full-batch descent */
    /* steps: examples to measure on, s_1 features and K outputs wide, unscaled; borrowed. NULL: random ones. What is
     * mostly 0 may be faster than random numbers, which are not. */
    const clmlp_dataset *examples;
    const clmlp_cancel *cancel; /* looked at between blocks of repetitions; NULL: none. Borrowed */
    clmlp_optimizer optimizer;  /* steps: how theta is updated, with numbers as in clmlp_train_config_init */
} clmlp_bench_config;

/* 2 s, seed 1, with kernels, sgd. */
CLMLP_API void clmlp_bench_config_init(clmlp_bench_config *config, size_t size);
static inline clmlp_bench_config clmlp_bench_config_default(void)
{
    clmlp_bench_config config;
    clmlp_bench_config_init(&config, sizeof config);
    return config;
}

enum { CLMLP_BENCH_KERNELS = 64 };

/* One training step as clmlp_train does it: gather, forward, output layer with the cost, deltas, gradients
 * and update, on examples that live on the device and are visited in a random order. */
typedef struct clmlp_bench_step_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_bench_times times;
    double samples_per_second;     /* M / median */
    double flops;                  /* of a step, by the formula above */
    double gflops;                 /* 10^9 operations a second, at the median */
    bool computes_on_host;         /* the CPU path: enqueueing is computing, so the next two are NaN */
    double host_microseconds;      /* that the host needs to enqueue a step */
    double host_microseconds_per_launch;
    double steps_per_launch; /* that the backend took in one launch while timed; 0: each with launches of its own */
    /* the pass that times kernels, with steps one by one: what a device's own clock says, without the gaps between
     * them */
    size_t profiled_steps;         /* 0: not asked for, or the device cannot */
    double profiled_milliseconds;  /* a step in that pass took by the host's clock */
    double launches;               /* of a step: kernels, and calls of a BLAS */
    clmlp_kernel_time kernels[CLMLP_BENCH_KERNELS]; /* totals of all profiled steps, longest first */
    size_t kernel_count;
} clmlp_bench_step_result;

/*   model   layers, activation and output; its theta is where the device starts, and stays as it is
 *   M       examples of a batch, >= 1
 *   config  NULL: the defaults
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE, CLMLP_INTERRUPTED. */
CLMLP_API clmlp_status clmlp_bench_step(clmlp_device *device, const clmlp_model *model, size_t M,
                                        const clmlp_bench_config *config, clmlp_bench_step_result *result,
                                        clmlp_error *error);

/* Operations of a step of this model, by the formula above. */
CLMLP_API double clmlp_bench_step_flops(const clmlp_model *model, size_t M);

/* A bare product C = A B, A [m x k], B [k x n], 2 m n k operations: by the BLAS that the engine uses, or,
 * where it uses none, by its forward equation with linear activation (then of k - 1 units and the bias). */
typedef struct clmlp_bench_gemm_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_bench_times times;
    double gflops;
    double gbytes;      /* 10^9 bytes a second: A, B and C once each */
    const char *method; /* "CBLAS", "CLBlast", "forward equation, linear"; static */
} clmlp_bench_gemm_result;

/* Errors as for clmlp_bench_step. */
CLMLP_API clmlp_status clmlp_bench_gemm(clmlp_device *device, size_t m, size_t n, size_t k,
                                        const clmlp_bench_config *config, clmlp_bench_gemm_result *result,
                                        clmlp_error *error);

/* One equation of one layer, repeated by itself. */
typedef struct clmlp_bench_op {
    const char *name;   /* "gather", "forward", "output_delta", "hidden_delta", "gradient", "update", "descend" */
    size_t layer;       /* l: of theta(l), for hidden_delta of delta(l); 1 for gather */
    size_t M, s_in, s_out;
    clmlp_bench_times times;
    double flops, bytes; /* by formula */
    double gflops, gbytes;
    bool in_step;        /* part of a step: gradient and update are not where an engine fuses them to descend */
} clmlp_bench_op;

/* Every equation of a network by itself, in the order of a step; the caller releases *ops with
 * clmlp_free. config->seconds is shared by all of them. Errors as for clmlp_bench_step. */
CLMLP_API clmlp_status clmlp_bench_ops(clmlp_device *device, const clmlp_model *model, size_t M,
                                       const clmlp_bench_config *config, clmlp_bench_op **ops, size_t *count,
                                       clmlp_error *error);

/* What the device can do at the most, as kernels of ours measure it that do nothing else (kernels/probe/peak.cl):
 * multiply-adds in registers in the device's precision, and copying a large buffer (bytes read and written).
 * Both NaN on the CPU path. */
typedef struct clmlp_bench_peak_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double gflops;
    double gbytes;
} clmlp_bench_peak_result;

/* Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_bench_peak(clmlp_device *device, clmlp_bench_peak_result *result, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
