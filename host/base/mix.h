/* mix.h - the step of a checksum: it finds what a fault changed, and keeps nobody with intent out. */
#ifndef CLMLP_BASE_MIX_H
#define CLMLP_BASE_MIX_H

#include <stdint.h>

/* `chain` with one more word. Each step is one to one in either, so that no single word can be another one unseen. The
 * factor is odd: 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). */
static inline uint64_t clmlp_mix(uint64_t chain, uint64_t word)
{
    const uint64_t product = (chain ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return product ^ product >> 29;
}

#endif
