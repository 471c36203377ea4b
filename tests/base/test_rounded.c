/* test_rounded.c - numbers between float and double, on one thread and on several. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/rounded.h"

/* Around what a vector holds, and around what is given to several threads. */
static const size_t counts[] = {0, 1, 7, 8, 9, 31, 1000, (1 << 18) - 1, (1 << 18) + 21};

/* Some of each kind; the rest is random. */
static double number(size_t i)
{
    static const double kinds[] = {0.0, -0.0, 1.0 / 3.0, -1e-45, 1e-46, 3.5e38, -1e300, 1e-300, (double)FLT_MAX,
                                   (double)FLT_MIN, (double)INFINITY, -(double)INFINITY, (double)NAN};
    const size_t count = sizeof kinds / sizeof *kinds;
    return i % 31 < count ? kinds[i % 31] : clmlp_random_uniform(1, CLMLP_RANDOM_CHECK, 0, i) - 0.5;
}

static int same_bits(const double *a, const double *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

Test(rounded, doubles_are_rounded_as_a_cast_rounds_them)
{
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        double *values = NULL;
        cr_assert_eq(clmlp_allocate(&values, counts[k] + 1, sizeof *values, "numbers", NULL), CLMLP_OK);
        for (size_t i = 0; i <= counts[k]; i++) values[i] = number(i);
        clmlp_round_as_float(values, counts[k]);
        for (size_t i = 0; i < counts[k]; i++) {
            const double expected = (double)(float)number(i);
            cr_assert(same_bits(&values[i], &expected), "number %zu of %zu: %.17g", i, counts[k], values[i]);
        }
        const double behind = number(counts[k]);
        cr_assert(same_bits(&values[counts[k]], &behind), "behind %zu", counts[k]);
        free(values);
    }
}

Test(rounded, floats_are_widened_as_they_are)
{
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        float *from = NULL;
        double *to = NULL;
        cr_assert_eq(clmlp_allocate(&from, counts[k] + 1, sizeof *from, "numbers", NULL), CLMLP_OK);
        cr_assert_eq(clmlp_allocate(&to, counts[k] + 1, sizeof *to, "numbers", NULL), CLMLP_OK);
        for (size_t i = 0; i <= counts[k]; i++) from[i] = (float)number(i);
        to[counts[k]] = 2.0;
        clmlp_widen(from, counts[k], to);
        for (size_t i = 0; i < counts[k]; i++) {
            const double expected = (double)from[i];
            cr_assert(same_bits(&to[i], &expected), "number %zu of %zu: %.17g", i, counts[k], to[i]);
        }
        cr_assert_eq(to[counts[k]], 2.0, "behind %zu", counts[k]);
        free(from);
        free(to);
    }
}
