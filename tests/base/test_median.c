/* test_median.c - the median against that of sorted values. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/random.h"

enum { SEED = 20261129, MOST = 4099 };

static double from_bits(uint64_t bits)
{
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x != y ? (x > y) - (x < y) : (signbit(y) != 0) - (signbit(x) != 0);
}

/* Sorts `sorted` [count], which is then the reference. */
static void same_as_sorted(double *sorted, size_t count, int kind)
{
    static double values[MOST];
    memcpy(values, sorted, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    const double low = sorted[(count - 1) / 2], high = sorted[count / 2];
    const double expected = (low == high ? low : low / 2 + high / 2) + 0.0;
    const double found = clmlp_median(values, count);
    cr_assert(memcmp(&found, &expected, sizeof found) == 0, "kind %d, %zu values: got %a, expected %a", kind, count,
              found, expected);
}

/* Kinds of values: any bits; a few that repeat; integers of both signs; neighbours; zeros of both signs. */
static double value_of(int kind, uint64_t bits)
{
    switch (kind) {
    case 0: return isfinite(from_bits(bits)) ? from_bits(bits) : DBL_MAX;
    case 1: return (double)(bits % 3) - 1.0;
    case 2: return (double)(int64_t)(bits % 2001) - 1000.0;
    case 3: return from_bits(UINT64_C(0x3ff0000000000000) + bits % 5);
    case 4: return bits % 2 == 0 ? 0.0 : -0.0;
    default: return (double)NAN;
    }
}

Test(median, is_that_of_sorted_values)
{
    static double values[MOST];
    static const size_t counts[] = {1, 2, 3, 4, 31, 32, 33, 255, 256, 257, MOST - 1, MOST};
    for (int kind = 0; kind < 5; kind++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            for (uint32_t round = 0; round < 20; round++) {
                for (size_t i = 0; i < counts[c]; i++) {
                    const uint64_t place = i * 5 + (size_t)kind;
                    values[i] = value_of(kind, clmlp_random_bits(SEED, CLMLP_RANDOM_ORDER, round, place));
                }
                same_as_sorted(values, counts[c], kind);
            }
        }
    }
}

Test(median, the_mean_of_large_values_does_not_overflow)
{
    double values[] = {DBL_MAX, 0x1.ffffffffffffdp1023};
    cr_assert_eq(clmlp_median(values, 2), 0x1.ffffffffffffep1023);
}
