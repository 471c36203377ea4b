/* trend_units.h - what is known of units only when they are suspected. */
#ifndef CLMLP_VERIFY_TREND_UNITS_H
#define CLMLP_VERIFY_TREND_UNITS_H

#include "base/error.h"
#include "verify/step/trend_data.h"

/* Units whose sums have equal terms get a larger d: c equal ones are rounded alike, c times as far as one. */
clmlp_status clmlp_trend_widen_equal_terms(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                           clmlp_error *error);

/* How many units have the numbers of a unit: a rounding is shared by no more than share each of its terms. */
clmlp_status clmlp_trend_find_alike(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                    clmlp_error *error);

#endif
