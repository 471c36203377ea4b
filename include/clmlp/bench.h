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
 * Threads: the device, and the ranks, alone; model and examples may be shared. Other threads make the numbers worse.
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
#include "clmlp/ranks.h"
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

enum { CLMLP_BENCH_KERNELS = 64, CLMLP_BENCH_DOUBT = 512 };

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
    /* Why there are no kernels above though they were asked for: what the driver's clock says cannot be. "": it can. */
    char clock_doubt[CLMLP_BENCH_DOUBT];
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

/* --- several devices ---------------------------------------------------------------------------------------
 *
 * N devices train one network together: each, a rank, computes the gradient of M / N of the M examples of a batch, and
 * the gradients are summed over the ranks while the backward pass goes on. What follows measures what such a step is
 * made of, and predicts what one takes. docs/cluster.md says what the numbers mean. */

/* Ways to sum n bytes over N ranks so that all have the sum: X(name, text). Times by the model of alpha and beta, a
 * rank sending one message while it receives one (Thakur, Rabenseifner and Gropp, "Optimization of collective
 * communication operations in MPICH", International Journal of High Performance Computing Applications 19(1), 2005):
 *
 *     ordered  2 (alpha + (N-2) overhead) + 2 (N-1)/N n beta + n gamma
 *              and up to CLMLP_BENCH_ONE_ROUND bytes alpha + (N-2) overhead + (N-1) n beta + N n gamma
 *     ring     2 (N-1) alpha + 2 (N-1)/N n beta + (N-1)/N n gamma
 *     tree     log2(N) (alpha + n beta + n gamma)
 *
 * ordered is what clmlp does: each rank sends a slice of n / N to each other one, adds up its own slice from rank 0 to
 * the last, and sends the sum to each other one; of a short sum everyone sends all to all. Its messages depend on none
 * before, so the latencies of the N - 1 overlap, and the next follows after the overhead (LogP: Culler et al., "LogP:
 * towards a realistic model of parallel computation", PPoPP 1993). With overhead = alpha the long one is their pairwise
 * exchange. ring: reduce-scatter and all-gather round a ring. tree: recursive doubling; where N is no power of two, the
 * ranks beyond one send theirs in front and get the sum behind: one message more each. */
enum { CLMLP_BENCH_ONE_ROUND = 4096 };

#define CLMLP_SUMMING_LIST(X) \
    X(ORDERED, "ordered")     \
    X(RING, "ring")           \
    X(TREE, "tree")

typedef enum clmlp_summing {
#define CLMLP_SUMMING_ENUM(name, text) CLMLP_SUMMING_##name,
    CLMLP_SUMMING_LIST(CLMLP_SUMMING_ENUM)
#undef CLMLP_SUMMING_ENUM
    CLMLP_SUMMING_COUNT
} clmlp_summing;

CLMLP_API const char *clmlp_summing_name(clmlp_summing way);

/* What joins the ranks; all >= 0 and finite. */
typedef struct clmlp_link {
    double alpha;    /* seconds from sending a message of no bytes until it is there */
    double overhead; /* seconds after which a rank can send the next one; at most alpha */
    double beta;     /* seconds a byte: 1e-9 for 1 GB/s */
    double gamma;    /* seconds to add a byte of numbers */
} clmlp_link;

/* Seconds of a sum of `bytes` over `ranks`, by the formulas above; 0 for one rank. NaN: a way or a link that is none, 0
 * ranks. */
CLMLP_API double clmlp_bench_sum_seconds(clmlp_summing way, size_t ranks, double bytes, const clmlp_link *link);

enum { CLMLP_BENCH_SIZES = 16 };

/* What the sums of the ranks at hand take, and the link that they show. */
typedef struct clmlp_bench_link_result {
    size_t size;  /* sizeof of this struct; see clmlp.h */
    size_t ranks; /* 1: there is nothing to measure but gamma, and all else is NaN and 0 */
    clmlp_link link;
    double residual; /* median over the sizes of |measured - fitted| / measured */
    double worst;    /* the largest of them */
    size_t count;
    double bytes[CLMLP_BENCH_SIZES];    /* of a sum, ascending */
    double measured[CLMLP_BENCH_SIZES]; /* seconds, medians of the rank that took longest */
    double fitted[CLMLP_BENCH_SIZES];   /* seconds, by the formula of `ordered` with this link */
} clmlp_bench_link_result;

/* Time sums of several sizes over the ranks at hand, as training makes them. gamma is timed by itself, and the overhead
 * in short sums begun at once. alpha is the median of what sums of one round show by the formula of `ordered`, beta of
 * what those from 1 MiB on show, or, where none is, the longest third: an MPI sends short and long messages in other
 * ways, and one line through all sizes would be true for none. Collective.
 *   ranks   NULL: one
 *   config  seconds, cancel; NULL: the defaults
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY, CLMLP_RANKS, CLMLP_INTERRUPTED. */
CLMLP_API clmlp_status clmlp_bench_link(clmlp_ranks *ranks, clmlp_precision precision,
                                        const clmlp_bench_config *config, clmlp_bench_link_result *result,
                                        clmlp_error *error);

enum { CLMLP_BENCH_SHARES = 16 };

/* What a step computes, for shares of a batch: what the prediction is made of. */
typedef struct clmlp_bench_shares {
    size_t size; /* sizeof of this struct; see clmlp.h */
    size_t count;
    size_t M[CLMLP_BENCH_SHARES];      /* examples of a share, ascending */
    double alone[CLMLP_BENCH_SHARES];  /* seconds of a step of this many on one device, as clmlp_bench_step times it */
    double shared[CLMLP_BENCH_SHARES]; /* the same of a rank, without what it sends: gradients go to the host and come
                                        * back, and the update is an equation of its own */
    double update;                     /* seconds of that update alone: nothing of a sum hides behind it */
    double together; /* seconds of a step of the largest M on the ranks at hand, with its sums: what a prediction is
                      * to be compared with. NaN: one rank */
} clmlp_bench_shares;

/* Time steps of M examples, of M / 2, M / 4, ... and of 1. With several ranks `alone` is that of rank 0 while the
 * others wait, the rest is timed by all at once, and the slowest counts. Collective.
 *   ranks   NULL: one
 *   config  NULL: the defaults; seconds is shared by all
 * Errors: as of clmlp_bench_step, and CLMLP_RANKS. */
CLMLP_API clmlp_status clmlp_bench_time_shares(clmlp_device *device, const clmlp_model *model, size_t M,
                                               clmlp_ranks *ranks, const clmlp_bench_config *config,
                                               clmlp_bench_shares *result, clmlp_error *error);

/* What is predicted from. */
typedef struct clmlp_bench_setting {
    size_t size; /* sizeof of this struct; see clmlp.h */
    const clmlp_model *model;          /* borrowed, as the next */
    const clmlp_bench_shares *shares;
    clmlp_precision precision;         /* of the gradients */
    clmlp_summing way;
    clmlp_link link;
    double bucket; /* bytes: theta(l) whose gradients have fewer are summed with the next ones; 0: each by itself */
} clmlp_bench_setting;

/* f32, ordered, a link that costs nothing, no buckets. */
CLMLP_API void clmlp_bench_setting_init(clmlp_bench_setting *setting, size_t size);
static inline clmlp_bench_setting clmlp_bench_setting_default(void)
{
    clmlp_bench_setting setting;
    clmlp_bench_setting_init(&setting, sizeof setting);
    return setting;
}

typedef struct clmlp_bench_prediction {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double seconds;    /* of a step: compute + exposed */
    double compute;    /* of the largest share */
    double exchange;   /* of all sums */
    double exposed;    /* what of them is not over when the backward pass is */
    double speedup;    /* one device's step / this one */
    double efficiency; /* speedup / ranks */
} clmlp_bench_prediction;

/* Predict a step of M examples on `ranks` devices like the measured one. One rank: `alone`. Else:
 *
 *     compute   `shared` of ceil(M / N) examples: measured ones joined by lines, and as many examples a second as with
 *               the most of them beyond
 *     exchange  one sum after the other, output layer first, each begun when its gradients are there and the one before
 *               is done; where that is `ordered`, when it is but for its latencies, 2 alpha or alpha. The backward pass
 *               is gradient(L-1), delta(L-1), gradient(L-2), ..., gradient(1), and `compute` without the update is
 *               divided between the equations by their operations (on top of this header)
 *
 * Errors: CLMLP_BAD_ARGUMENT (also: more ranks than examples). */
CLMLP_API clmlp_status clmlp_bench_predict(const clmlp_bench_setting *setting, size_t ranks, size_t M,
                                           clmlp_bench_prediction *prediction, clmlp_error *error);

/* The smallest batch from which on `ranks` devices have this efficiency at the least; 1 / ranks: a step takes less time
 * than on one device. Batches are multiples of `ranks`, up to 2^20 examples a rank. *M = 0: none of them is enough.
 * Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_bench_pays_from(const clmlp_bench_setting *setting, size_t ranks, double efficiency,
                                             size_t *M, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
