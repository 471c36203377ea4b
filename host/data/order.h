/* order.h - the order in which an epoch visits the examples. */
#ifndef CLMLP_DATA_ORDER_H
#define CLMLP_DATA_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* order [m] = a permutation of 0 .. m-1 that depends on seed and epoch alone (Fisher-Yates with
 * counter-based random numbers). m < 2^32. */
void clmlp_order_shuffle(uint32_t *order, size_t m, uint64_t seed, uint32_t epoch);

#endif
