/* inject.h - a backend that computes wrongly on purpose, around one that is right.
 *
 * A fault is FAULT:WHERE:LAYER@STEP, as "nan:delta:2@3": in step 3, delta(2) gets a NaN. WHERE is a quantity (z, a,
 * cost, delta, gradient, theta; for "flip" also right) or, for "skip", an equation (forward, output_delta,
 * hidden_delta, gradient, update). LAYER is l of z(l), a(l), delta(l), theta(l), the gradient of theta(l), L for the
 * cost. An equation's layer is that of its result.
 *
 *   nan, inf         one element is that
 *   flip             of one element the lowest mantissa bit that takes it out of its bound; of `right`, the count of
 *                    right predictions as it is read, the highest bit
 *   scale:X          everything times X, as "scale:1+1e-4"; a z with all that follows from it, other results alone
 *   rate:X           alpha times X: the step alone is scaled, so that most of it may be lost in the rounding of theta
 *   skip             the equation is not computed
 *   stale            the result is still that of the step before
 *   late             what goes into the equation is that of the step before
 *   transpose        the square part of theta, or of a gradient, is read with its indices exchanged
 *   tail             the last term of every sum is left out
 *   edge             the last column of the result is not written
 *   no_bias          theta's column 0 is left out (z), or not computed (gradient, theta)
 *   lambda_on_bias   the lambda term is there in column 0, too
 *   no_mean          1/m is left out of the gradient
 *   no_weight        the weights of the examples are left out of delta(L) and the cost
 *
 * Faults that need a kernel's inside are in kernel_faults.h.
 */
#ifndef TEST_INJECT_H
#define TEST_INJECT_H

#include <stdbool.h>

#include "clmlp/device.h"
#include "clmlp/status.h"

/* From now on the device has the fault. False: the text is none; the error says why. Before anything is created on
 * the device. */
bool inject_device(clmlp_device *device, const char *spec, clmlp_error *error);

/* Whether the place was reached; and what was done there, for people ("element 17, bit 9"). */
bool inject_hit(const clmlp_device *device);
const char *inject_note(const clmlp_device *device);

/* The largest error that was planted, as a fraction of what reference.h lets the element be off; infinite for NaN. At
 * most 1: nobody can tell the fault from rounding. */
double inject_excess(const clmlp_device *device);

/* The device as it was, once nothing that was created on it is left. */
void inject_nothing(clmlp_device *device);

#endif
