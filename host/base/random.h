/* random.h - counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC'11), through Random123.
 *
 * A number is a function of (seed, stream, a, b) alone, so initial theta and the order of examples are
 * the same on every device, precision and platform, in whatever order they are asked for.
 */
#ifndef CLMLP_BASE_RANDOM_H
#define CLMLP_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* What the numbers are for; streams never overlap. */
typedef enum clmlp_random_stream {
    CLMLP_RANDOM_THETA = 1, /* a = layer, b = element */
    CLMLP_RANDOM_ORDER = 2, /* a = epoch, b = position */
    CLMLP_RANDOM_BENCH = 3, /* a = 0: features, 1: targets, 2: order of a round; b = element */
    CLMLP_RANDOM_CHECK = 4, /* a = 0, b = step: which steps of training are checked */
    CLMLP_RANDOM_QUALIFY = 5, /* a = what is probed and argument, b = element */
    CLMLP_RANDOM_SPLIT = 6, /* a = 0, b = example: which examples are held out */
    CLMLP_RANDOM_BIAS = 9,  /* a = layer, b = row of theta */
    CLMLP_RANDOM_DROPOUT = 16, /* clmlp_random_units: which units of hidden layers are dropped */
    CLMLP_RANDOM_DRAW = 17, /* a, b: the caller's, of clmlp_random_draw */
    CLMLP_RANDOM_NAME = 18 /* a = try, b = who asks, seed = when: names of temporary files, which nothing depends on */
} clmlp_random_stream;

/* 64 random bits. a < 2^31. */
uint64_t clmlp_random_bits(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b);

/* 32 random bits for each of the units 4 group to 4 group + 3 of layer `layer` < 2^24, for row `row` of the batch of
 * step `step`. Kernels make the same (kernels/common/dropout.h). */
void clmlp_random_units(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, uint32_t group, uint32_t words[4]);

/* Which units of a row are kept where each is dropped with probability p, 0 <= p < 1: kept[j] of `units`. A unit is
 * dropped where its 32 bits are below p 2^32. */
void clmlp_random_kept(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, double p, size_t units,
                       unsigned char *kept);
static inline uint32_t clmlp_random_threshold(double p)
{
    return (uint32_t)(p * 0x1p32);
}

/* Uniform in (0, 1): 53 bits, never either end. */
double clmlp_random_uniform(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b);

/* Normal, of mean 0 and variance 1: the cosine half of Box and Muller (1958), from all 128 bits of the counter. log and
 * cos are the C library's, so two of those may differ in the last bits. */
double clmlp_random_normal(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b);

#endif
