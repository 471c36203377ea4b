/* common/two_sum.h - a sum without loss. */
#ifndef CLMLP_TWO_SUM_H
#define CLMLP_TWO_SUM_H

#include "common/real.h"

/* a + b without loss: their rounded sum is returned, what rounding took is added to *lost (Knuth's two-sum). */
INLINE REAL two_sum(const REAL a, const REAL b, REAL *lost)
{
    const REAL s = a + b, b_part = s - a;
    *lost += (a - (s - b_part)) + (b - b_part);
    return s;
}

#endif
