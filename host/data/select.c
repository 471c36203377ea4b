/* select.c - order statistics of numbers by selection (Hoare 1961, "Find"). */
#include "data/select.h"

#include <math.h>
#include <stdint.h>

static double middle_of_three(double a, double b, double c)
{
    if (a > b) {
        const double swapped = a;
        a = b;
        b = swapped;
    }
    return c < a ? a : c > b ? b : c;
}

/* The next number of a generator: pivots from places that no order of the data foresees. */
static size_t next_place(uint64_t *state, size_t count)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX */
    return (size_t)((*state >> 33) % count);
}

double clmlp_select(double *values, size_t count, size_t k)
{
    uint64_t state = 1;
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1;
    const ptrdiff_t place = (ptrdiff_t)k;
    while (low < high) {
        const size_t size = (size_t)(high - low) + 1;
        const double *const part = values + low;
        const double pivot = middle_of_three(part[next_place(&state, size)], part[next_place(&state, size)],
                                             part[next_place(&state, size)]);
        ptrdiff_t i = low, j = high;
        while (i <= j) { /* equal ones change places, too: that halves a column of them */
            while (values[i] < pivot) i++;
            while (values[j] > pivot) j--;
            if (i > j) break;
            const double swapped = values[i];
            values[i++] = values[j];
            values[j--] = swapped;
        }
        if (place > j && place < i) break;
        if (place <= j) high = j;
        else low = i;
    }
    return values[place];
}

/* The smallest behind place k, which clmlp_select has put in order. */
static double next_above(const double *values, size_t count, size_t k)
{
    double least = values[k + 1];
    for (size_t i = k + 2; i < count; i++) least = values[i] < least ? values[i] : least;
    return least;
}

double clmlp_median(double *values, size_t count)
{
    const size_t k = (count - 1) / 2;
    const double low = clmlp_select(values, count, k);
    const double high = count % 2 == 1 ? low : next_above(values, count, k);
    const double median = low == high ? low : low / 2 + high / 2; /* halved first: their sum may overflow */
    return median + 0.0; /* -0 becomes 0, whatever the order of the two was */
}

double clmlp_quantile(double *values, size_t count, double q)
{
    const double place = (double)(count - 1) * q, whole = floor(place), part = place - whole;
    const size_t k = (size_t)whole;
    const double low = clmlp_select(values, count, k);
    if (part == 0.0 || k + 1 == count) return low + 0.0;
    const double high = next_above(values, count, k), gap = high - low;
    return (part < 0.5 ? low + gap * part : high - gap * (1.0 - part)) + 0.0; /* in numpy's order of operations */
}
