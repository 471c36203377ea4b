/* random.c - random numbers by counter (Philox), the same on every machine. */
#include "base/random.h"

#include <math.h>

#include "clmlp/random.h"

/* Random123 is written for many compilers; its headers are not held to this project's warnings. */
#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wpedantic"
#  pragma GCC diagnostic ignored "-Wundef"
#  pragma GCC diagnostic ignored "-Wconversion"
#endif
#include <Random123/philox.h>
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

static philox4x32_ctr_t words(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b)
{
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const philox4x32_ctr_t counter = {{(uint32_t)b, (uint32_t)(b >> 32), a, (uint32_t)stream}};
    return philox4x32_R(10, counter, key);
}

static double unit(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

uint64_t clmlp_random_bits(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b)
{
    const philox4x32_ctr_t bits = words(seed, stream, a, b);
    return (uint64_t)bits.v[0] | (uint64_t)bits.v[1] << 32;
}

void clmlp_random_units(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, uint32_t group, uint32_t words[4])
{
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    /* streams are less than 2^8, so no other has such a counter */
    const philox4x32_ctr_t counter = {{group, row, step, layer << 8 | (uint32_t)CLMLP_RANDOM_DROPOUT}};
    const philox4x32_ctr_t bits = philox4x32_R(10, counter, key);
    for (int i = 0; i < 4; i++) words[i] = bits.v[i];
}

void clmlp_random_kept(uint64_t seed, uint32_t step, uint32_t layer, uint32_t row, double p, size_t units,
                       unsigned char *kept)
{
    const uint32_t threshold = clmlp_random_threshold(p);
    uint32_t words[4];
    for (size_t j = 0; j < units; j++) {
        if (j % 4 == 0) clmlp_random_units(seed, step, layer, row, (uint32_t)(j / 4), words);
        kept[j] = words[j % 4] >= threshold;
    }
}

double clmlp_random_uniform(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b)
{
    return unit(clmlp_random_bits(seed, stream, a, b));
}

double clmlp_random_normal(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b)
{
    static const double TWO_PI = 6.283185307179586476925286766559;
    const philox4x32_ctr_t bits = words(seed, stream, a, b);
    const double radius = unit((uint64_t)bits.v[0] | (uint64_t)bits.v[1] << 32);
    const double angle = unit((uint64_t)bits.v[2] | (uint64_t)bits.v[3] << 32);
    return sqrt(-2.0 * log(radius)) * cos(TWO_PI * angle);
}

double clmlp_random_draw(uint64_t seed, uint32_t a, uint64_t b)
{
    return clmlp_random_uniform(seed, CLMLP_RANDOM_DRAW, a, b);
}
