/* trend_data.h - what a trend is looked for in, and what is summed up of it. */
#ifndef CLMLP_VERIFY_TREND_DATA_H
#define CLMLP_VERIFY_TREND_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "verify/reference/arithmetic.h"

/* Fewer units prove nothing: sums of their signs cannot be rare enough. */
enum { CLMLP_TREND_UNITS = 96 };

/* Numbers of units: number k < count of unit j is of[j * unit_stride + k * number_stride]. Those less the same of
 * `from` are compared as they are, else without their power of 2. */
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
    /* expected is a factor times this sum, which alone adds; NULL: it is the sum */
    const double *sum, *sum_bound;
    /* of a = g(z), the sum times how fast expected moves with it; NULL: expected */
    const double *moved;
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
    /* Units with the same numbers, but for signs and powers of 2, have the same errors: what their elements are made
     * of, and of theta what it becomes, and its step; NULL: no more. */
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
    clmlp_trend offset;   /* mean error, as a part of what rounding may do to an element */
} clmlp_trends;

/* Sums over the elements of a unit: e error, c what is expected, d how far rounding takes e, m what a correct device
 * may be off to one side. */
typedef struct clmlp_trend_unit {
    double error, size, square, allowed;       /* e c/d^2, |c|/d, c^2/d^2, |c| m/d^2 */
    double offset, count, offset_allowed;      /* e/d, 1, m/d */
    double alike;                              /* units that have the same errors, this one among them; 0: not known */
} clmlp_trend_unit;

#endif
