/* steps.h - what launches of several training steps have in common, in both families. */
#ifndef CLMLP_BACKEND_NATIVE_STEPS_H
#define CLMLP_BACKEND_NATIVE_STEPS_H

#include "backend/native/state.h"

/* The arguments of all kernels of fused steps. */
typedef clmlp_cpu_steps_sparse_dropout_arguments clmlp_steps_arguments;

/* theta(l), z(l + 1), a(l + 1), delta(l + 1) and the state of theta(l) for every l, as arguments and in the table of
 * sizes. */
void clmlp_steps_describe(const clmlp_steps_args *args, clmlp_steps_arguments *arguments);

/* The dropout of a(2) and on, in the first step. */
clmlp_step_dropouts clmlp_steps_dropouts(const clmlp_steps_args *args);

/* The costs of `count` steps of M rows, a sum of so many rows each, lie one after the other; returns where the first
 * is. */
cl_ulong clmlp_steps_reserve_scores(clmlp_opencl *opencl, size_t slot, size_t count, size_t M, size_t rows);

/* A buffer with the numbers of `steps` steps of every layer, in the device's precision. The caller releases it. */
clmlp_status clmlp_steps_numbers(clmlp_opencl *opencl, const clmlp_steps_args *args, size_t steps, cl_mem *out,
                                 clmlp_error *error);

#endif
