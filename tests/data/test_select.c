/* test_select.c - medians and quantiles by selection, beside sorting and beside numpy. */
#include "data/select.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Values of a few patterns: spread, many equal, all equal, rising, falling, organ pipe. */
static void make(double *values, size_t count, int pattern, uint64_t seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const double random = (double)(int64_t)(seed >> 20) - 0x1p43;
        const double patterns[] = {random, fmod(random, 3.0), 7.0, (double)i, -(double)i,
                                   (double)(i < count / 2 ? i : count - i)};
        values[i] = patterns[pattern];
    }
}

Test(select, gives_what_sorting_gives)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 31, 32, 33, 64, 65, 1000};
    double *const values = malloc(1000 * sizeof *values), *const sorted = malloc(1000 * sizeof *sorted);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        const size_t count = counts[c];
        for (int pattern = 0; pattern < 6; pattern++) {
            make(sorted, count, pattern, count);
            memcpy(values, sorted, count * sizeof *values);
            qsort(sorted, count, sizeof *sorted, compare);
            for (size_t k = 0; k < count; k += 1 + count / 7) {
                cr_assert_eq(clmlp_select(values, count, k), sorted[k], "count %zu, pattern %d, k %zu", count, pattern,
                             k);
            }
            const double middle = sorted[(count - 1) / 2] / 2 + sorted[count / 2] / 2;
            cr_assert_eq(clmlp_median(values, count), middle, "count %zu, pattern %d", count, pattern);
            cr_assert_eq(clmlp_quantile(values, count, 0.0), sorted[0]);
            cr_assert_eq(clmlp_quantile(values, count, 1.0), sorted[count - 1]);
        }
    }
    free(sorted);
    free(values);
}

/* numpy 2: np.percentile(v, [25, 50, 75]) */
Test(select, quartiles_are_numpys)
{
    static const struct {
        size_t count;
        double values[8], quartiles[3];
    } cases[] = {{1, {3}, {3, 3, 3}},
                 {2, {10, 0}, {2.5, 5, 7.5}},
                 {4, {4, 1, 3, 2}, {1.75, 2.5, 3.25}},
                 {5, {0.1, 0.7, 0.2, 0.4, 0.3}, {0.2, 0.3, 0.4}},
                 {7, {2, -1, 8, 100, 3, 3, 0}, {1, 3, 5.5}},
                 {8, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1e9},
                  {0.275, 0.45, 0.625}}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (int q = 0; q < 3; q++) {
            double values[8];
            memcpy(values, cases[c].values, sizeof values);
            const double found = clmlp_quantile(values, cases[c].count, 0.25 * (q + 1));
            cr_assert_eq(found, cases[c].quartiles[q], "case %zu, quartile %d: %.17g, numpy has %.17g", c, q + 1, found,
                         cases[c].quartiles[q]);
        }
    }
}

Test(select, medians_do_not_overflow_and_know_one_zero)
{
    double large[] = {1.7e308, 1.6e308}, zeros[] = {-0.0, 0.0, -0.0};
    cr_assert(fabs(clmlp_median(large, 2) / 1.65e308 - 1.0) <= 0x1p-52);
    cr_assert(!signbit(clmlp_median(zeros, 3)));
}
