/* gemm_openblas.c - OpenBLAS; OPENBLAS_NUM_THREADS says how many threads. */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "gemm.h"

static float *product;

void gemm_begin(const gemm_problem *problem, const char *place)
{
    (void)place;
    product = driver_allocate(problem->M * problem->N, sizeof *product);
}

void gemm_run(const gemm_problem *problem, size_t calls)
{
    const int M = (int)problem->M, N = (int)problem->N, K = (int)problem->K;
    for (size_t i = 0; i < calls; i++) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, problem->transposed ? CblasTrans : CblasNoTrans, M, N, K, 1.0f,
                    problem->a, K, problem->b, problem->transposed ? K : N, 0.0f, product, N);
    }
}

void gemm_end(const gemm_problem *problem, float *c)
{
    memcpy(c, product, problem->M * problem->N * sizeof *c);
    free(product);
}

const char *gemm_library(void)
{
    return openblas_get_config();
}
