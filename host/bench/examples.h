/* examples.h - random examples to measure on, and the matrices of a step over them. */
#ifndef CLMLP_BENCH_EXAMPLES_H
#define CLMLP_BENCH_EXAMPLES_H

#include "clmlp/bench.h"
#include "train/score/score.h"
#include "train/step.h"

/* A network in training: `M` rows a step out of several batches' worth, in a random order. */
typedef struct clmlp_bench_run {
    clmlp_backend *backend;
    const clmlp_dataset *dataset; /* `random`, or the caller's */
    clmlp_dataset *random;
    clmlp_network *network;
    clmlp_batch_loader *loader;
    size_t M, batches;
    size_t slot;     /* of the next step */
    size_t steps;    /* so far */
    size_t fused_steps, fused_launches; /* steps that went several to a launch, and those launches */
    clmlp_descent descent;
    void *row;       /* host scratch for a row of the output layer */
} clmlp_bench_run;

/* Zero-initialise the run; release it also after an error.
 *   purpose  CLMLP_FOR_TRAINING, or CLMLP_FOR_GRADIENTS to have gradients stored in any case
 * Errors: CLMLP_BAD_ARGUMENT (M, an activation that cannot be trained), CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_bench_run_create(clmlp_bench_run *run, clmlp_device *device, const clmlp_model *model, size_t M,
                                    clmlp_purpose purpose, const clmlp_bench_config *config, clmlp_error *error);
void clmlp_bench_run_release(clmlp_bench_run *run);

/* The next batch of a pass that never ends. */
clmlp_status clmlp_bench_next(clmlp_bench_run *run, clmlp_batch *batch, clmlp_error *error);

/* Wait for all that was enqueued. */
clmlp_status clmlp_bench_wait(clmlp_bench_run *run, clmlp_error *error);

/* A whole training step, several of them, and the wait, as a clmlp_work of a run made for training. */
clmlp_status clmlp_bench_run_step(void *run, clmlp_error *error);
clmlp_status clmlp_bench_run_steps(void *run, size_t most, size_t *done, clmlp_error *error);
clmlp_status clmlp_bench_run_wait(void *run, clmlp_error *error);

/* Random numbers in (-1, 1) in all of a matrix: a block of them, repeated. */
clmlp_status clmlp_bench_fill(clmlp_backend *backend, clmlp_tensor *tensor, uint64_t seed, clmlp_error *error);

#endif
