/* transpose.h - VW vectors of VW numbers, rows and columns exchanged. */
#ifndef CLMLP_TRANSPOSE_H
#define CLMLP_TRANSPOSE_H

#include "common/vector.h"

/* The lower halves of a and b, number by number in turn, and the upper ones. */
#if VW == 16
#define LOW_PAIRS(a, b)                                                                      \
    ((REALV)((a).s0, (b).s0, (a).s1, (b).s1, (a).s2, (b).s2, (a).s3, (b).s3,                 \
             (a).s4, (b).s4, (a).s5, (b).s5, (a).s6, (b).s6, (a).s7, (b).s7))
#define HIGH_PAIRS(a, b)                                                                     \
    ((REALV)((a).s8, (b).s8, (a).s9, (b).s9, (a).sa, (b).sa, (a).sb, (b).sb,                 \
             (a).sc, (b).sc, (a).sd, (b).sd, (a).se, (b).se, (a).sf, (b).sf))
#elif VW == 8
#define LOW_PAIRS(a, b) ((REALV)((a).s0, (b).s0, (a).s1, (b).s1, (a).s2, (b).s2, (a).s3, (b).s3))
#define HIGH_PAIRS(a, b) ((REALV)((a).s4, (b).s4, (a).s5, (b).s5, (a).s6, (b).s6, (a).s7, (b).s7))
#else
#define LOW_PAIRS(a, b) ((REALV)((a).s0, (b).s0, (a).s1, (b).s1))
#define HIGH_PAIRS(a, b) ((REALV)((a).s2, (b).s2, (a).s3, (b).s3))
#endif

/* One round moves the highest bit of a number's row to the lowest of its column, and the highest of the column to the
 * lowest of the row. There are as many rounds as a row has bits. */
INLINE void transpose(REALV *v)
{
    UNROLL for (int round = VW; round > 1; round /= 2) {
        REALV from[VW];
        UNROLL for (int i = 0; i < VW; i++) from[i] = v[i];
        UNROLL for (int i = 0; i < VW / 2; i++) {
            v[2 * i] = LOW_PAIRS(from[i], from[i + VW / 2]);
            v[2 * i + 1] = HIGH_PAIRS(from[i], from[i + VW / 2]);
        }
    }
}

#endif
