/* equations.h - the five equations, a launch each: entries of the engine's table. */
#ifndef CLMLP_BACKEND_NATIVE_EQUATIONS_H
#define CLMLP_BACKEND_NATIVE_EQUATIONS_H

#include "backend/backend.h"

clmlp_status clmlp_native_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error);
clmlp_status clmlp_native_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error);
clmlp_status clmlp_native_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error);
clmlp_status clmlp_native_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error);
clmlp_status clmlp_native_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error);
clmlp_status clmlp_native_scale_slopes(clmlp_backend *backend, const clmlp_scale_slopes_args *args,
                                       clmlp_error *error);
clmlp_status clmlp_native_fold_scale(clmlp_backend *backend, const clmlp_fold_scale_args *args, clmlp_error *error);
clmlp_status clmlp_native_descend(clmlp_backend *backend, const clmlp_gradient_args *args,
                                  const clmlp_update_args *update, clmlp_error *error);

#endif
