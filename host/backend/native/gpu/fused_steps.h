/* fused_steps.h - many steps of gradient descent in one launch, in the GPU family. */
#ifndef CLMLP_BACKEND_NATIVE_GPU_FUSED_STEPS_H
#define CLMLP_BACKEND_NATIVE_GPU_FUSED_STEPS_H

#include "backend/native/state.h"

/* The entry `steps`, for networks that fit one work-group's local memory; CLMLP_NATIVE_STEPS=always|never in the
 * environment overrides its judgement of when it is faster. */
clmlp_status clmlp_gpu_steps(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken, clmlp_error *error);

/* What it needs, before the first call; kernels are made when a call needs them. */
clmlp_status clmlp_gpu_steps_create(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_gpu_steps_release(clmlp_opencl *opencl);

#endif
