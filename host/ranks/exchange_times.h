/* exchange_times.h - what sums over the ranks have cost. */
#ifndef CLMLP_RANKS_EXCHANGE_TIMES_H
#define CLMLP_RANKS_EXCHANGE_TIMES_H

#include <stddef.h>

typedef struct clmlp_exchange_times {
    double waited, busy;
    double bytes;
    size_t sums;
} clmlp_exchange_times;

#endif
