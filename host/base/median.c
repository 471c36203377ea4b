/* median.c - the median without sorting: digit by digit, from the first, only those values stay that may be it. */
#include "base/median.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* Unsigned integers that are ordered as the doubles are. */
static uint64_t key_of(double value)
{
    const uint64_t sign = UINT64_C(1) << 63;
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

static size_t digit_of(double value, unsigned shift)
{
    return (size_t)(key_of(value) >> shift) & (DIGITS - 1);
}

/* Of values [count], leave those in front that share their digit with the value of that rank. Returns how many these
 * are, *rank is then the rank among them. *above: the smallest of the larger ones, if it is smaller. */
static size_t narrow(double *values, size_t count, unsigned shift, size_t *rank, double *above)
{
    size_t counts[DIGITS] = {0}, wanted = 0, left = 0;
    for (size_t i = 0; i < count; i++) counts[digit_of(values[i], shift)]++;
    while (*rank >= counts[wanted]) *rank -= counts[wanted++];
    for (size_t i = 0; i < count; i++) {
        const double value = values[i];
        const size_t digit = digit_of(value, shift);
        if (digit == wanted) values[left++] = value;
        else if (digit > wanted && key_of(value) < key_of(*above)) *above = value;
    }
    return left;
}

double clmlp_median(double *values, size_t count)
{
    size_t rank = (count - 1) / 2, left = count;
    double above = (double)INFINITY;
    for (unsigned shift = 64; shift > 0 && left > 1;) {
        shift -= DIGIT_BITS;
        left = narrow(values, left, shift, &rank, &above);
    }
    const double low = values[0], high = count % 2 == 1 || rank + 1 < left ? low : above;
    return (low == high ? low : low / 2 + high / 2) + 0.0; /* no -0, which is equal to 0 */
}
