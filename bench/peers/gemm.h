/* gemm.h - one library's single-precision product C [M x N] = A [M x K] * B, all row-major without padding.
 * B is [K x N], or [N x K] where it is taken transposed. gemm.c times it, gemm_LIBRARY.c calls the library. */
#ifndef PEERS_GEMM_H
#define PEERS_GEMM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gemm_problem {
    size_t M, N, K;
    const float *a, *b;
    bool transposed;
} gemm_problem;

/* Takes A and B to where the library wants them. place: the library's device, "P.D" in OpenCL. */
void gemm_begin(const gemm_problem *problem, const char *place);

/* Computes the product `calls` times and waits for the last. */
void gemm_run(const gemm_problem *problem, size_t calls);

/* Copies C [M x N] out and lets everything go. */
void gemm_end(const gemm_problem *problem, float *c);

/* Name and version of the library. */
const char *gemm_library(void);

#endif
