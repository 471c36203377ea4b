/* random.h - counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11), as training takes them.
 *
 * Threads: any.
 */
#ifndef CLMLP_RANDOM_H
#define CLMLP_RANDOM_H

#include <stdint.h>

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Uniform in (0, 1), never either end: a function of its arguments alone, the same on every machine. It is none of the
 * numbers that training takes for the same seed.
 *   a  below 2^31 */
CLMLP_API double clmlp_random_draw(uint64_t seed, uint32_t a, uint64_t b);

#ifdef __cplusplus
}
#endif

#endif
