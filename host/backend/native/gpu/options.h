/* options.h - what kind of GPU a device is, and what its compiler is told. */
#ifndef CLMLP_BACKEND_NATIVE_GPU_OPTIONS_H
#define CLMLP_BACKEND_NATIVE_GPU_OPTIONS_H

#include "backend/native/gpu/tiles.h"

enum { CLMLP_GPU_OPTION = 96 };

clmlp_gpu_kind clmlp_gpu_kind_of_device(cl_device_id device);

/* " -D CLMLP_FMA" when the device multiplies and adds in one instruction; "" where it does not say so. */
const char *clmlp_gpu_fma_option(const clmlp_opencl *opencl);

/* How a compiler is told to keep to the registers. */
void clmlp_gpu_register_option(const clmlp_opencl *opencl, const clmlp_gpu_limits *limits, const clmlp_gpu_tiles *tiles,
                               char option[CLMLP_GPU_OPTION]);

#endif
