/* sparse.h - input data without its zeros: when that is worth while, and compressing it.
 *
 * Samples of the data tell whether it is worth while; CLMLP_NATIVE_SPARSE=always|never in the environment overrides
 * that. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_SPARSE_H
#define CLMLP_BACKEND_NATIVE_CPU_SPARSE_H

#include "backend/native/cpu/scratch.h"

/* Take samples of values [rows x s_1] that are written to x; anew: what was there before tells nothing. */
void clmlp_native_sample(const clmlp_opencl *opencl, clmlp_opencl_tensor *x, bool anew, size_t rows,
                         const void *values);

/* What share of a the product works on: all of it, unless it is compressed. */
double clmlp_native_share(const clmlp_opencl *opencl, const clmlp_tensor *a, size_t s_out, clmlp_native_use use);

/* Scratch for M compressed rows; false, and buffer NULL: they are better read another way. */
bool clmlp_native_compressed_scratch(clmlp_opencl *opencl, const clmlp_tensor *a, size_t M, size_t s_out,
                                  clmlp_native_use use, clmlp_native_rows *out);
/* Compress M rows into that scratch, unless they are there. */
clmlp_status clmlp_native_compress(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                   clmlp_native_use use, const clmlp_native_rows *to, clmlp_error *error);

clmlp_status clmlp_native_sparse_create(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_native_sparse_release(clmlp_opencl *opencl);

#endif
