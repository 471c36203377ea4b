/* trend_units.h - the sums over the elements of a unit, and what is known of units only when they are suspected. */
#ifndef CLMLP_VERIFY_TREND_UNITS_H
#define CLMLP_VERIFY_TREND_UNITS_H

#include "verify/step/trend.h"

/* Sums over the elements of a unit: e error, c what is expected, d how far rounding takes e, m what a correct device may
 * be off to one side. */
typedef struct clmlp_trend_unit {
    double error, size, square, allowed;       /* e c/d^2, |c|/d, c^2/d^2, |c| m/d^2 */
    double offset, count, offset_allowed;      /* e/d, 1, m/d */
    double alike;                              /* units that have the same errors, this one among them; 0: not known */
} clmlp_trend_unit;

/* More rows of a tensor whose units they are, units [rows]; all of it: data->rows is how many. Then what it comes to, units
 * [count]. */
void clmlp_trend_add_rows(const clmlp_trend_data *data, clmlp_trend_unit *units);
clmlp_status clmlp_trends_conclude(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                   clmlp_trends *trends, clmlp_error *error);

/* Units whose sums have equal terms get a larger d: c equal ones are rounded alike, c times as far as one. */
clmlp_status clmlp_trend_widen_equal_terms(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                           clmlp_error *error);

/* How many units have the numbers of a unit: a rounding is shared by no more than share each of its terms. */
clmlp_status clmlp_trend_find_alike(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                    clmlp_error *error);

#endif
