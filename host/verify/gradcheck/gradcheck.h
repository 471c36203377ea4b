/* gradcheck.h - the gradient check of any backend's gradient. */
#ifndef CLMLP_VERIFY_GRADCHECK_H
#define CLMLP_VERIFY_GRADCHECK_H

#include "clmlp/gradcheck.h"
#include "verify/gradcheck/cost_at_point.h"
#include "verify/step/step.h"

/* clmlp_gradcheck with the analytic gradient of `analytic`, a backend in double. */
clmlp_status clmlp_gradcheck_backend(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_backend *analytic,
                                     clmlp_device *device, const clmlp_gradcheck_config *config,
                                     clmlp_gradcheck_result *result, clmlp_error *error);

/* A step of a backend from theta and data of `inputs`, rounded to its precision: gradients and all that they are made
 * of. *out is the caller's to destroy. */
clmlp_status clmlp_gradient_step(clmlp_step_record **out, clmlp_backend *backend,
                                 const clmlp_cost_at_point_inputs *inputs, clmlp_error *error);

/* Check such a step of the device: device_* of the layers and the result. */
clmlp_status clmlp_gradcheck_device(clmlp_device *device, const clmlp_cost_at_point_inputs *inputs,
                                    clmlp_gradcheck_result *result, clmlp_error *error);

#endif
