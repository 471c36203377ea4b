/* random.c - random numbers by counter (Philox), the same on every machine. */
#include "base/random.h"

#include <math.h>

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
