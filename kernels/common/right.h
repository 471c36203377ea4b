/* common/right.h - whether a row counts as predicted right. */
#ifndef CLMLP_RIGHT_H
#define CLMLP_RIGHT_H

#include "common/codes.h"
#include "common/real.h"

/* 1 or 0, for one row. An unknown code gives so much that the sum over rows is more than there are. */
INLINE uint rows_right(const int right, const int same_largest, const int same_sides)
{
    switch (right) {
    case CODE_RIGHT_LARGEST: return same_largest ? 1 : 0;
    case CODE_RIGHT_SIDES: return same_sides ? 1 : 0;
    case CODE_RIGHT_NEVER: return 0;
    default: return NOT_A_COUNT;
    }
}

#endif
