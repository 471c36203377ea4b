/* gemm M N K SECONDS [PLACE] - how long one library takes for a product, with B as it is and transposed.
 * Prints one JSON object. Each figure is the median over blocks of calls of about 5 ms. */
#include "gemm.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"

enum { BLOCKS = 100000, CHECKED = 64 };

/* Numbers in [-0.5, 0.5) that are the same everywhere. */
static float *random_matrix(size_t count, uint32_t state)
{
    float *const matrix = driver_allocate(count, sizeof *matrix);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        matrix[i] = (float)(state >> 8) / 16777216.0f - 0.5f;
    }
    return matrix;
}

/* A spread of elements against double, each within gamma_K sum |a||b| (Higham 2002, eq. 3.5). */
static void check(const gemm_problem *p, const float *c)
{
    const double u = ldexp(1.0, -24), gamma = (double)p->K * u / (1.0 - (double)p->K * u);
    for (size_t t = 0; t < CHECKED; t++) {
        const size_t place = t * (p->M * p->N - 1) / (CHECKED - 1), i = place / p->N, j = place % p->N;
        double sum = 0.0, magnitude = 0.0;
        for (size_t k = 0; k < p->K; k++) {
            const double term = (double)p->a[i * p->K + k] * (double)p->b[p->transposed ? j * p->K + k : k * p->N + j];
            sum += term;
            magnitude += fabs(term);
        }
        if (!(fabs((double)c[place] - sum) <= gamma * magnitude)) {
            driver_give_up("%s: C[%zu,%zu] is %.9g, must be %.9g", gemm_library(), i, j, (double)c[place], sum);
        }
    }
}

/* Median milliseconds of a call. */
static double measure(const gemm_problem *problem, const char *place, double budget)
{
    static double blocks[BLOCKS];
    size_t count = 0, calls = 1;
    gemm_begin(problem, place);
    gemm_run(problem, 1); /* compiles, wakes threads */
    for (;;) {
        const double start = driver_seconds();
        gemm_run(problem, calls);
        if (driver_seconds() - start >= 0.005) break;
        calls *= 2;
    }
    const double end = driver_seconds() + budget;
    do {
        const double start = driver_seconds();
        gemm_run(problem, calls);
        blocks[count++] = 1e3 * (driver_seconds() - start) / (double)calls;
    } while (count < BLOCKS && (count < 3 || driver_seconds() < end));
    float *const c = driver_allocate(problem->M * problem->N, sizeof *c);
    gemm_end(problem, c);
    check(problem, c);
    free(c);
    return driver_median(blocks, count);
}

int main(int argc, char **argv)
{
    if (argc < 5) driver_give_up("usage: %s M N K SECONDS [PLACE]", argv[0]);
    gemm_problem problem = {.M = strtoul(argv[1], NULL, 10), .N = strtoul(argv[2], NULL, 10),
                            .K = strtoul(argv[3], NULL, 10)};
    const double seconds = strtod(argv[4], NULL);
    const char *const place = argc > 5 ? argv[5] : "0.0";
    if (problem.M == 0 || problem.N == 0 || problem.K == 0) driver_give_up("%s: M, N and K are at least 1", argv[0]);
    problem.a = random_matrix(problem.M * problem.K, 1);
    problem.b = random_matrix(problem.K * problem.N, 2);
    const double plain = measure(&problem, place, seconds / 2.0);
    problem.transposed = true;
    const double transposed = measure(&problem, place, seconds / 2.0);
    const double best = plain < transposed ? plain : transposed;
    printf("{\"library\": \"%s\", \"milliseconds\": {\"nn\": %.6f, \"nt\": %.6f}, \"gflops\": %.3f}\n", gemm_library(),
           plain, transposed, 2e-6 * (double)problem.M * (double)problem.N * (double)problem.K / best);
    return 0;
}
