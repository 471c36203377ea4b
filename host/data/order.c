/* order.c - random order of examples: a Fisher-Yates shuffle by seed and epoch. */
#include "data/order.h"

#include "base/random.h"

void clmlp_order_shuffle(uint32_t *order, size_t m, uint64_t seed, uint32_t epoch)
{
    for (size_t i = 0; i < m; i++) order[i] = (uint32_t)i;
    for (size_t i = m; i > 1; i--) {
        /* upper 32 of 64 random bits times i, shifted: below i, with a bias under i / 2^32 */
        const uint64_t bits = clmlp_random_bits(seed, CLMLP_RANDOM_ORDER, epoch, i) >> 32;
        const size_t j = (size_t)((bits * (uint64_t)i) >> 32);
        const uint32_t last = order[i - 1];
        order[i - 1] = order[j];
        order[j] = last;
    }
}
