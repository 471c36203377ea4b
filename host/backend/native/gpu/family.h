/* family.h - the GPU family of the engine `native`: kernels/native_gpu/layers.cl with tiles of its own for each
 * operation and, where that pays, size. */
#ifndef CLMLP_BACKEND_NATIVE_GPU_FAMILY_H
#define CLMLP_BACKEND_NATIVE_GPU_FAMILY_H

#include "backend/native/gpu/tiles.h"

extern const clmlp_native_family clmlp_native_gpu;

/* What fused steps ask of it: the tiles that a launch takes, whose kernel is built then (NULL: the product is cut into
 * parts); the device's limits. */
clmlp_status clmlp_gpu_tiles_of(clmlp_opencl *opencl, const clmlp_native_launch *what, const clmlp_gpu_tiles **tiles,
                                clmlp_error *error);
const clmlp_gpu_limits *clmlp_gpu_limits_of(const clmlp_opencl *opencl);

#endif
