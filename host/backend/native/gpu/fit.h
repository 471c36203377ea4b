/* fit.h - what of a tile's kernel is only known once it is compiled: whether the device runs it, and whether it spills.
 */
#ifndef CLMLP_BACKEND_NATIVE_GPU_FIT_H
#define CLMLP_BACKEND_NATIVE_GPU_FIT_H

#include "backend/native/gpu/tiles.h"

/* Why no tiles fit: what the smallest of those that were tried wants, and what there is. */
typedef struct clmlp_gpu_misfit {
    size_t items; /* of its work-group; 0: none was tried */
    char text[128];
} clmlp_gpu_misfit;

/* Whether the device runs a kernel in groups of `items`, with so much local memory; else *misfit says why not. */
bool clmlp_gpu_kernel_fits(const clmlp_opencl *opencl, cl_kernel kernel, size_t items, size_t local_bytes,
                           clmlp_gpu_misfit *misfit);

/* Bytes of private memory of a work-item, in which registers are spilled; 0 where the device is no GPU, whose compilers
 * alone have registers to spare, or where the driver does not say. */
cl_ulong clmlp_gpu_private_bytes(const clmlp_opencl *opencl, cl_kernel kernel);

/* The possible candidate with the fewest registers, without those that `excluded` says; their count: there is none. */
size_t clmlp_gpu_leanest(clmlp_native_kernel operation, const clmlp_gpu_limits *limits, const bool *excluded);

#endif
