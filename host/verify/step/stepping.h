/* stepping.h - the parts of a stepper, for the files of this folder. */
#ifndef CLMLP_VERIFY_STEPPING_H
#define CLMLP_VERIFY_STEPPING_H

#include "verify/step/step.h"

/* Rows of a matrix that the device has, to the host; nothing where either is NULL. */
clmlp_status clmlp_stepper_fetch(clmlp_stepper *stepper, const clmlp_tensor *tensor, size_t rows, double *values,
                                 clmlp_error *error);

/* Forward, backward and descent of a step that several ranks take, as training does them. Of the rest of the step it
 * fills `shared`, gradients, and those of a scale before they are clipped. Collective. */
clmlp_status clmlp_stepper_compute_shared(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                                          clmlp_error *error);

#endif
