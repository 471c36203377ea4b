/* family.h - the GPU family of the engine `native`: kernels/native_gpu/layers.cl with tiles of its own for each
 * operation and, where that pays, size. */
#ifndef CLMLP_BACKEND_NATIVE_GPU_FAMILY_H
#define CLMLP_BACKEND_NATIVE_GPU_FAMILY_H

#include "backend/native/state.h"

extern const clmlp_native_family clmlp_native_gpu;

#endif
