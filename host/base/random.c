/* random.c - random numbers by counter (Philox), the same on every machine. */
#include "base/random.h"

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

uint64_t clmlp_random_bits(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b)
{
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const philox4x32_ctr_t counter = {{(uint32_t)b, (uint32_t)(b >> 32), a, (uint32_t)stream}};
    const philox4x32_ctr_t bits = philox4x32_R(10, counter, key);
    return (uint64_t)bits.v[0] | (uint64_t)bits.v[1] << 32;
}

double clmlp_random_uniform(uint64_t seed, clmlp_random_stream stream, uint32_t a, uint64_t b)
{
    const uint64_t top = clmlp_random_bits(seed, stream, a, b) >> 12;
    return ((double)top + 0.5) * 0x1p-52;
}

double clmlp_random_draw(uint64_t seed, uint32_t a, uint64_t b)
{
    return clmlp_random_uniform(seed, CLMLP_RANDOM_DRAW, a, b);
}
