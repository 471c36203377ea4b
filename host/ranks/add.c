/* add.c - a sum in the order of ranks. */
#include "ranks/add.h"

#include "base/bfloat16.h"
#include "base/memory.h"

enum { BLOCK = 512 }; /* numbers: the sums of a block stay in the first cache */

static void add_f32(size_t ranks, const void *const *parts, float *sum, size_t begin, size_t count)
{
    double total[BLOCK];
    const float *part = (const float *)parts[0] + begin;
    for (size_t i = 0; i < count; i++) total[i] = (double)part[i];
    for (size_t rank = 1; rank < ranks; rank++) {
        part = (const float *)parts[rank] + begin;
        for (size_t i = 0; i < count; i++) total[i] += (double)part[i];
    }
    for (size_t i = 0; i < count; i++) sum[begin + i] = (float)total[i];
}

/* Of two: their sum in double, rounded, is their sum in float, for 53 bits are at least 2 x 24 + 2 (S. A. Figueroa,
 * "When is double rounding innocuous?", SIGNUM Newsletter 30, 1995). */
static void add_two_f32(const void *const *parts, float *sum, size_t count)
{
    const float *const a = parts[0], *const b = parts[1];
    for (size_t i = 0; i < count; i++) sum[i] = a[i] + b[i];
}

static void add_f64(size_t ranks, const void *const *parts, double *sum, size_t begin, size_t count)
{
    double total[BLOCK];
    const double *part = (const double *)parts[0] + begin;
    for (size_t i = 0; i < count; i++) total[i] = part[i];
    for (size_t rank = 1; rank < ranks; rank++) {
        part = (const double *)parts[rank] + begin;
        for (size_t i = 0; i < count; i++) total[i] += part[i];
    }
    for (size_t i = 0; i < count; i++) sum[begin + i] = total[i];
}

static void add_short(size_t ranks, const void *const *parts, uint16_t *sum, size_t begin, size_t count)
{
    double total[BLOCK];
    const uint16_t *part = (const uint16_t *)parts[0] + begin;
    for (size_t i = 0; i < count; i++) total[i] = (double)clmlp_bfloat16_value(part[i]);
    for (size_t rank = 1; rank < ranks; rank++) {
        part = (const uint16_t *)parts[rank] + begin;
        for (size_t i = 0; i < count; i++) total[i] += (double)clmlp_bfloat16_value(part[i]);
    }
    for (size_t i = 0; i < count; i++) sum[begin + i] = clmlp_bfloat16_of((float)total[i]);
}

void clmlp_add_short_in_order(size_t ranks, const void *const *parts, uint16_t *sum, size_t count)
{
    for (size_t begin = 0; begin < count; begin += BLOCK) {
        add_short(ranks, parts, sum, begin, clmlp_smaller(BLOCK, count - begin));
    }
}

void clmlp_add_in_order(clmlp_precision precision, size_t ranks, const void *const *parts, void *sum, size_t count)
{
    if (precision == CLMLP_F32 && ranks == 2) {
        add_two_f32(parts, sum, count);
        return;
    }
    for (size_t begin = 0; begin < count; begin += BLOCK) {
        const size_t now = clmlp_smaller(BLOCK, count - begin);
        if (precision == CLMLP_F64) {
            add_f64(ranks, parts, sum, begin, now);
        } else {
            add_f32(ranks, parts, sum, begin, now);
        }
    }
}
