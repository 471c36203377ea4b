/* difference.h - derivatives of J by differences; clmlp/gradcheck.h says how. */
#ifndef CLMLP_VERIFY_DIFFERENCE_H
#define CLMLP_VERIFY_DIFFERENCE_H

#include "clmlp/gradcheck.h"
#include "verify/gradcheck/cost_at_point.h"

/* Fill numeric, step, truncation, rounding and kink of an element of theta(l), of which row and column are set.
 * rounding is without the analytic gradient's own. */
void clmlp_difference(clmlp_cost_at_point *point, size_t l, clmlp_gradcheck_element *element);

/* The same of s of an input, the element's column: theta(1) = raw diag(s). */
void clmlp_scale_difference(clmlp_cost_at_point *point, const double *raw, const double *scale,
                            clmlp_gradcheck_element *element);

#endif
