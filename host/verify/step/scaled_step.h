/* scaled_step.h - the check of a recorded step with a learnable scale of the inputs; propagate/network.h has the
 * formulas.
 */
#ifndef CLMLP_VERIFY_SCALED_STEP_H
#define CLMLP_VERIFY_SCALED_STEP_H

#include "clmlp/verify.h"
#include "verify/reference/equations.h"
#include "verify/step/step.h"

/* Compare one tensor of layer 1 with its reference. */
typedef clmlp_status clmlp_scaled_check(const void *context, clmlp_quantity quantity, clmlp_equation equation,
                                        const double *found, clmlp_pair reference, size_t rows, size_t columns);

/* Everything behind the gradient of theta(1), each from what the device had: the slopes of s, dJ/draw, state and values
 * of raw and s, theta(1). rules: of raw, and of s. */
clmlp_status clmlp_scaled_step_check(const clmlp_step_record *step, const clmlp_arithmetic *arithmetic,
                                     const clmlp_update_rule rules[2], clmlp_scaled_check *check, const void *context,
                                     clmlp_error *error);

#endif
