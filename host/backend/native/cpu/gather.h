/* gather.h - rows of a layer for a product: as they lie, picked and copied, or compressed, whatever is the fastest. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_GATHER_H
#define CLMLP_BACKEND_NATIVE_CPU_GATHER_H

#include "backend/native/cpu/scratch.h"

/* M rows of a, for a product with theta [s_out x (s_in + 1)] or its gradient; copied, or compressed, first,
 * where that is faster, and kept until clmlp_native_gather_reset. */
clmlp_status clmlp_native_source(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M, size_t s_out,
                                 clmlp_native_use use, clmlp_native_rows *out, clmlp_error *error);

/* Its part: scratch for M copied rows; false, and buffer NULL: they are better read another way. */
bool clmlp_native_gather_scratch(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                              clmlp_native_use use, clmlp_native_rows *out);
void clmlp_native_gather_release(clmlp_opencl *opencl);

#endif
