/* gradcheck.h - the gradient check of any backend's gradient. */
#ifndef CLMLP_VERIFY_GRADCHECK_H
#define CLMLP_VERIFY_GRADCHECK_H

#include "backend/backend.h"
#include "clmlp/gradcheck.h"
#include "verify/point.h"

/* clmlp_gradcheck with the analytic gradient of `analytic`, a backend in double. */
clmlp_status clmlp_gradcheck_backend(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_backend *analytic,
                                     clmlp_device *device, const clmlp_gradcheck_config *config,
                                     clmlp_gradcheck_result *result, clmlp_error *error);

/* dJ/dtheta of a backend, laid out as inputs->theta, for theta and data that are exact in its precision. */
clmlp_status clmlp_backend_gradient(clmlp_backend *backend, const clmlp_point_inputs *inputs, double *gradient,
                                    double *const *sides, clmlp_error *error);

/* The device's gradient against a point's, for device_* of the layers. inputs are in double. */
clmlp_status clmlp_gradcheck_device(clmlp_device *device, const clmlp_point_inputs *inputs,
                                    clmlp_gradcheck_result *result, clmlp_error *error);

#endif
