/* trend.h - errors that are small but systematic: all of a tensor's errors together, where each is within its bound.
 *
 * Two trends are estimated: that a tensor is 1 + f times what it should be, and that all of it is off to one side. Each
 * is judged unit by unit: rounding errors of two units are independent of each other, those of one unit need not be
 * (equal examples, constant columns). docs/verification.md derives the limits.
 */
#ifndef CLMLP_VERIFY_TREND_H
#define CLMLP_VERIFY_TREND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "verify/reference/arithmetic.h"

/* Fewer units prove nothing: sums of their signs cannot be rare enough. */
enum { CLMLP_TREND_UNITS = 96 };

/* Numbers of units: number k < count of unit j is of[j * unit_stride + k * number_stride]. Those less the same of `from`
 * are compared as they are, else without their power of 2. */
typedef struct clmlp_trend_numbers {
    const double *of;
    size_t unit_stride, number_stride, count;
    const double *from; /* NULL: 0 */
} clmlp_trend_numbers;

/* What is looked at, [rows x columns] each. Borrowed. */
typedef struct clmlp_trend_data {
    const clmlp_arithmetic *arithmetic;
    size_t rows, columns;
    const double *found, *expected, *bound;
    const double *before;                  /* the trend of what was added to this; NULL: of the whole */
    const double *sum, *sum_bound;         /* expected is a factor times this sum, which alone adds; NULL: it is the sum */
    const double *moved;                   /* the sum times how fast expected moves with it, of a = g(z); NULL: expected */
    const double *decayed;                 /* expected has `decay` times this in it; NULL: it has not */
    double decay;
    /* 1 / sqrt(n), by rows and columns: the larger one counts. A sum of n terms is off by that part of its bound. NULL:
     * by all of it */
    const double *row_spread, *column_spread;
    double least;                          /* bounds below this are about underflow */
    double exact_from;                     /* |expected - before| in u |expected| from which it is rounded at random */
    double relative;                       /* u |expected| that correct devices may be off to one side */
    bool units_are_rows;                   /* else columns */
    size_t first, end;                     /* columns first .. end - 1 count; end 0: all from first on */
    /* Units with the same numbers, but for signs and powers of 2, have the same errors: what their elements are made of, and
     * of theta what it becomes, and its step; NULL: no more. */
    clmlp_trend_numbers unit[3];
    /* Terms that are equal are rounded alike. Term k < terms of element (r, c) is left[r * left_row + k * left_term]
     * right[c * right_column + k * right_term]. left NULL: there is no sum. */
    const double *left, *right;
    size_t left_row, left_term, right_column, right_term, terms;
} clmlp_trend_data;

/* A trend, and the least that is one. */
typedef struct clmlp_trend {
    double estimate, limit; /* |estimate| above limit is no accident */
} clmlp_trend;

typedef struct clmlp_trends {
    bool judged;          /* there were units enough */
    clmlp_trend factor;   /* f */
    clmlp_trend offset;   /* mean error, as a part of what rounding may do to an element: its standard deviation at most */
} clmlp_trends;

/* Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_trends_of(const clmlp_trend_data *data, clmlp_trends *trends, clmlp_error *error);

#endif
