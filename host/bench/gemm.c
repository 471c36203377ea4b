/* gemm.c - time one bare matrix product.
 *
 * It says what the engine's matrix products are worth without a network around them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "bench/examples.h"
#include "bench/measure.h"

typedef struct product {
    clmlp_backend *backend;
    size_t m, n, k;
    clmlp_tensor *a, *b, *c;
    void *row; /* host scratch for a row of C */
} product;

static clmlp_status run_blas(void *context, clmlp_error *error)
{
    const product *p = context;
    TRY(p->backend->ops->product(p->backend, p->m, p->n, p->k, p->a, p->b, p->c, error));
    return p->backend->ops->flush(p->backend, error);
}

/* The k columns of [1 a] are the bias unit and k - 1 units. */
static clmlp_status run_forward(void *context, clmlp_error *error)
{
    const product *p = context;
    const clmlp_forward_args args = {
        .M = p->m,
        .s_in = p->k - 1,
        .s_out = p->n,
        .a_in = p->a,
        .theta = p->b,
        .a_out = p->c,
        .activation = CLMLP_LINEAR,
    };
    TRY(p->backend->ops->forward(p->backend, &args, error));
    return p->backend->ops->flush(p->backend, error);
}

static clmlp_status wait(void *context, clmlp_error *error)
{
    const product *p = context;
    return p->backend->ops->tensor_read(p->backend, p->c, 0, 1, p->row, error);
}

static clmlp_status create(product *p, bool blas, uint64_t seed, clmlp_error *error)
{
    clmlp_backend *backend = p->backend;
    const clmlp_tensor_kind layer = blas ? CLMLP_TENSOR_MATRIX : CLMLP_TENSOR_LAYER;
    TRY(clmlp_tensor_create(backend, layer, p->m, blas ? p->k : p->k - 1, "A", &p->a, error));
    if (blas) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, p->k, p->n, "B", &p->b, error));
    } else {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA, p->n, p->k, "B", &p->b, error));
    }
    TRY(clmlp_tensor_create(backend, layer, p->m, p->n, "C", &p->c, error));
    TRY(clmlp_allocate(&p->row, p->n, sizeof(double), "a row", error));
    TRY(clmlp_bench_fill(backend, p->a, seed, error));
    return clmlp_bench_fill(backend, p->b, seed + 1, error);
}

clmlp_status clmlp_bench_gemm(clmlp_device *device, size_t m, size_t n, size_t k, const clmlp_bench_config *given,
                              clmlp_bench_gemm_result *result, clmlp_error *error)
{
    REQUIRE(device != NULL, "device");
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_bench_gemm_result own = {.size = sizeof own};
    clmlp_backend *backend = device->backend;
    TRY(clmlp_backend_choose(backend, NULL, error)); /* there is no network */
    const bool blas = backend->ops->product != NULL;
    product p = {.backend = backend, .m = m, .n = n, .k = k};
    clmlp_work work = {blas ? run_blas : run_forward, wait, &p, NULL, NULL};
    const double M = (double)m, N = (double)n, K = (double)k;
    clmlp_bench_config config;
    clmlp_status status = CLMLP_OK;

    TRY(clmlp_bench_check(given, &config, error));
    work.cancel = config.cancel;
    if (m == 0 || n == 0 || k < (blas ? 1U : 2U)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a product of m = %zu, n = %zu, k = %zu (expected at least %s)", m,
                          n, k, blas ? "1 of each" : "1, 1 and 2");
    }
    clmlp_structure_give(result, &own, sizeof own);
    TRY_CLEANUP(create(&p, blas, config.seed, error));
    TRY_CLEANUP(clmlp_measure(&work, config.seconds, &own.times, error));
    own.method = blas ? backend->ops->blas : "forward equation, linear";
    own.gflops = 1e-6 * 2.0 * M * N * K / own.times.median;
    own.gbytes = 1e-6 * (M * K + K * N + M * N) * (double)clmlp_precision_size(backend->precision) /
                 own.times.median;
    clmlp_structure_give(result, &own, sizeof own);
cleanup:
    clmlp_tensor_destroy(backend, p.a);
    clmlp_tensor_destroy(backend, p.b);
    clmlp_tensor_destroy(backend, p.c);
    free(p.row);
    return status;
}
