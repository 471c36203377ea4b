/* examples.c - networks with random examples for measurements. */
#include "bench/examples.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

/* So small that random examples never make the network diverge. */
static const double RATE = 1e-4;
/* Examples beyond the caches of a CPU, where random rows cost what they cost in training. */
static const size_t EXAMPLE_BYTES = (size_t)32 << 20;
enum { LEAST_BATCHES = 2, MOST_BATCHES = 512, FILL_NUMBERS = 1 << 20 };

/* Features uniform in (-1, 1). */
static clmlp_status random_features(size_t count, uint64_t seed, double **out, clmlp_error *error)
{
    TRY(clmlp_allocate(out, count, sizeof **out, "random examples", error));
    for (size_t i = 0; i < count; i++) (*out)[i] = 2.0 * clmlp_random_uniform(seed, CLMLP_RANDOM_BENCH, 0, i) - 1.0;
    return CLMLP_OK;
}

/* Classes where there are several outputs, else a number that every output layer takes. */
static clmlp_status random_dataset(const clmlp_model *model, size_t m, uint64_t seed, clmlp_dataset **out,
                                   clmlp_error *error)
{
    const size_t n = model->s[0], K = model->s[model->L - 1];
    size_t count = 0;
    double *x = NULL, *y = NULL;
    unsigned *labels = NULL;
    clmlp_status status = CLMLP_OK;
    if (!clmlp_multiply(m, n, &count)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%zu random examples of %zu features are too many", m, n);
    }
    TRY_CLEANUP(random_features(count, seed, &x, error));
    if (K > 1) {
        TRY_CLEANUP(clmlp_allocate(&labels, m, sizeof *labels, "random examples", error));
        for (size_t i = 0; i < m; i++) {
            labels[i] = (unsigned)(clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, 1, i) % K);
        }
        status = clmlp_dataset_create_classes(out, m, n, x, K, NULL, labels, error);
    } else {
        TRY_CLEANUP(clmlp_allocate(&y, m, sizeof *y, "random examples", error));
        for (size_t i = 0; i < m; i++) y[i] = 1.0;
        status = clmlp_dataset_create(out, m, n, x, 1, y, error);
    }
cleanup:
    free(x);
    free(y);
    free(labels);
    return status;
}

static size_t choose_batches(const clmlp_backend *backend, size_t n, size_t M)
{
    const double bytes = (double)n * (double)M * (double)clmlp_precision_size(backend->precision);
    const double fitting = (double)EXAMPLE_BYTES / bytes;
    if (fitting <= LEAST_BATCHES) return LEAST_BATCHES;
    return fitting >= MOST_BATCHES ? MOST_BATCHES : (size_t)fitting;
}

static clmlp_status check_examples(const clmlp_model *model, size_t M, const clmlp_bench_config *config,
                                   clmlp_error *error)
{
    const clmlp_dataset *examples = config->examples;
    const size_t n = model->s[0], K = model->s[model->L - 1];
    if (examples == NULL) return CLMLP_OK;
    if (examples->n != n || examples->K != K) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "examples of %zu features and %zu outputs (expected %zu and %zu, as the network has)",
                          examples->n, examples->K, n, K);
    }
    if (M > examples->m || (config->full_batch && M != examples->m)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a batch of %zu examples where there are %zu", M, examples->m);
    }
    return CLMLP_OK;
}

static clmlp_status check(const clmlp_model *model, size_t M, clmlp_error *error)
{
    if (M == 0 || M > UINT32_MAX / LEAST_BATCHES) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a batch of %zu examples (expected 1 .. %u)", M,
                          (unsigned)(UINT32_MAX / LEAST_BATCHES));
    }
    if (model->L > 2 && model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the step activation cannot be trained: its derivative is 0");
    }
    return CLMLP_OK;
}

clmlp_status clmlp_bench_run_create(clmlp_bench_run *run, clmlp_device *device, const clmlp_model *model, size_t M,
                                    clmlp_purpose purpose, const clmlp_bench_config *config, clmlp_error *error)
{
    clmlp_backend *backend = device->backend;
    TRY(check(model, M, error));
    TRY(check_examples(model, M, config, error));
    run->backend = backend;
    run->M = M;
    run->batches = config->full_batch          ? 1
                   : config->examples != NULL ? config->examples->m / M
                                              : choose_batches(backend, model->s[0], M);
    TRY(clmlp_network_create(&run->network, backend, model, M, purpose, error));
    TRY(backend->ops->scores_reserve(backend, run->batches, M, M * run->batches, error));
    if (config->examples == NULL) TRY(random_dataset(model, M * run->batches, config->seed, &run->random, error));
    run->dataset = config->examples != NULL ? config->examples : run->random;
    run->descent = (clmlp_descent){.rule = {.optimizer = CLMLP_SGD, .rate = RATE},
                                   .right = clmlp_right_for(model, run->dataset)};
    TRY(clmlp_batch_loader_create(&run->loader, backend, run->dataset, model, M, !config->full_batch, CLMLP_TO_TRAIN,
                                  0.0, error));
    if (run->loader->streamed) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY,
                          "%s: %zu examples do not fit on the device beside the network (take a smaller batch)",
                          backend->name, run->dataset->m);
    }
    TRY(clmlp_allocate(&run->row, model->s[model->L - 1], sizeof(double), "a row", error));
    if (!config->full_batch) clmlp_batch_loader_shuffle(run->loader, config->seed, 1);
    return clmlp_batch_loader_begin(run->loader, M, !config->full_batch, error);
}

void clmlp_bench_run_release(clmlp_bench_run *run)
{
    clmlp_batch_loader_destroy(run->loader);
    clmlp_network_destroy(run->network);
    clmlp_dataset_destroy(run->random);
    free(run->row);
}

clmlp_status clmlp_bench_next(clmlp_bench_run *run, clmlp_batch *batch, clmlp_error *error)
{
    if (run->loader->m - run->loader->next < run->M) { /* only whole batches */
        clmlp_batch_loader_rewind(run->loader);
        run->slot = 0;
    }
    return clmlp_batch_loader_next(run->loader, batch, error);
}

clmlp_status clmlp_bench_wait(clmlp_bench_run *run, clmlp_error *error)
{
    const clmlp_network *network = run->network;
    return run->backend->ops->tensor_read(run->backend, network->delta[network->L - 1], 0, 1, run->row, error);
}

clmlp_status clmlp_bench_fill(clmlp_backend *backend, clmlp_tensor *tensor, uint64_t seed, clmlp_error *error)
{
    const size_t count = tensor->rows * tensor->columns, block = count < FILL_NUMBERS ? count : FILL_NUMBERS;
    double *numbers = NULL;
    void *values = NULL;
    clmlp_status status = CLMLP_OK;

    TRY_CLEANUP(random_features(block, seed, &numbers, error));
    TRY_CLEANUP(clmlp_allocate(&values, count, clmlp_precision_size(backend->precision), "random numbers", error));
    for (size_t i = 0; i < count; i++) {
        if (backend->precision == CLMLP_F64) ((double *)values)[i] = numbers[i % block];
        else ((float *)values)[i] = (float)numbers[i % block];
    }
    TRY_CLEANUP(backend->ops->tensor_write(backend, tensor, 0, tensor->rows, values, error));
cleanup:
    free(numbers);
    free(values);
    return status;
}
