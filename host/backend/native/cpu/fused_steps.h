/* fused_steps.h - many steps of gradient descent in one launch, in the CPU family. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_FUSED_STEPS_H
#define CLMLP_BACKEND_NATIVE_CPU_FUSED_STEPS_H

#include "backend/native/state.h"

/* The entry `steps`; CLMLP_NATIVE_STEPS=always|never in the environment overrides its judgement of when it is
 * faster. */
clmlp_status clmlp_native_steps(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken,
                                clmlp_error *error);

/* Its buffer, before the first call. */
clmlp_status clmlp_native_steps_create(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_native_steps_release(clmlp_opencl *opencl);

#endif
