/* short_gradients.h - gradients sent in 16 bits, with error feedback: what rounding takes away in one step is added in
 * the next one (F. Seide et al., "1-bit stochastic gradient descent and its application to data-parallel distributed
 * training of speech DNNs", 2014). */
#ifndef CLMLP_TRAIN_SHORT_GRADIENTS_H
#define CLMLP_TRAIN_SHORT_GRADIENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of one layer. {NULL} at first. */
typedef struct clmlp_short_gradient {
    uint16_t *sent; /* [count] bfloat16: this rank's, then the sum */
    float *owed;    /* [count] what was not sent yet */
} clmlp_short_gradient;

/* values [count] of f32, and what is owed of the steps before, into `sent`. Room is made at the first call. Errors:
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_short_gradient_pack(clmlp_short_gradient *gradient, const float *values, size_t count,
                                       clmlp_error *error);
void clmlp_short_gradient_unpack(const clmlp_short_gradient *gradient, float *values, size_t count);
void clmlp_short_gradient_release(clmlp_short_gradient *gradient);

#endif
