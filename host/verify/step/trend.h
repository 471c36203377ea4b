/* trend.h - errors that are small but systematic: all of a tensor's errors together, where each is within its bound.
 *
 * Two trends are estimated: that a tensor is 1 + f times what it should be, and that all of it is off to one side. Each
 * is judged unit by unit: rounding errors of two units are independent of each other, those of one unit need not be
 * (equal examples, constant columns). docs/verification.md derives the limits.
 */
#ifndef CLMLP_VERIFY_TREND_H
#define CLMLP_VERIFY_TREND_H

#include "base/error.h"
#include "verify/step/trend_data.h"

/* Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_trends_of(const clmlp_trend_data *data, clmlp_trends *trends, clmlp_error *error);

/* More rows of a tensor whose units they are: data->rows of them, into units [rows]. Then what it comes to, units
 * [count]. */
void clmlp_trend_add_rows(const clmlp_trend_data *data, clmlp_trend_unit *units);
clmlp_status clmlp_trends_conclude(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                   clmlp_trends *trends, clmlp_error *error);

#endif
