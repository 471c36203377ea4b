/* roc_auc.c - the area under the ROC curve, by sorting. */
#include <stdint.h>
#include <string.h>

#include "train/score/metrics.h"

enum { BYTES = 8, VALUES = 256 };

/* All bits of a negative double are turned, the sign of others. */
uint64_t clmlp_rank_key(double value)
{
    const double one_zero = value + 0.0; /* -0 becomes 0, which it equals */
    uint64_t bits = 0;
    memcpy(&bits, &one_zero, sizeof bits);
    return bits >> 63 != 0 ? ~bits : bits | (uint64_t)1 << 63;
}

/* One pass of a radix sort, by byte `byte`; false: all have the same one, nothing was done. */
static bool sort_by_byte(const uint64_t *from, uint64_t *to, size_t count, int byte)
{
    size_t places[VALUES] = {0};
    for (size_t i = 0; i < count; i++) places[from[i] >> 8 * byte & 0xFFU]++;
    if (places[from[0] >> 8 * byte & 0xFFU] == count) return false;
    for (size_t v = 0, place = 0; v < VALUES; v++) {
        const size_t here = places[v];
        places[v] = place;
        place += here;
    }
    for (size_t i = 0; i < count; i++) to[places[from[i] >> 8 * byte & 0xFFU]++] = from[i];
    return true;
}

/* Returns where the sorted keys are: `keys` or `scratch`. */
static const uint64_t *sort(uint64_t *keys, uint64_t *scratch, size_t count)
{
    for (int byte = 0; byte < BYTES; byte++) {
        if (!sort_by_byte(keys, scratch, count, byte)) continue;
        uint64_t *const other = keys;
        keys = scratch;
        scratch = other;
    }
    return keys;
}

double clmlp_roc_auc(size_t positives, size_t negatives, uint64_t *keys)
{
    const size_t count = positives + negatives;
    const uint64_t *const high = sort(keys, keys + count, positives);
    const uint64_t *const low = sort(keys + positives, keys + count + positives, negatives);
    uint64_t halves = 0; /* 2 for a pair in order, 1 for a tie: exact */
    size_t below = 0, not_above = 0;
    for (size_t i = 0; i < positives; i++) {
        while (below < negatives && low[below] < high[i]) below++;
        while (not_above < negatives && low[not_above] <= high[i]) not_above++;
        halves += below + not_above;
    }
    return (double)halves / (2.0 * (double)positives * (double)negatives);
}
