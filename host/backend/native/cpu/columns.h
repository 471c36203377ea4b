/* columns.h - the columns of rows in panels, laid out for the gradient. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_COLUMNS_H
#define CLMLP_BACKEND_NATIVE_CPU_COLUMNS_H

#include "backend/native/cpu/scratch.h"

/* Room for the s_in + 1 columns of [a 1], M examples each, in panels of MR columns, for the gradient of theta
 * [s_out x (s_in + 1)]: rows->columns. NULL: the gradient is as fast without them, or there is no room; the bits are
 * the same. scratch: what it may take; when that grows, gathered rows are forgotten. */
void clmlp_native_columns_scratch(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch, size_t M, size_t s_in,
                                  size_t s_out, clmlp_native_rows *rows);

/* Copy the columns of a layer there, whose rows are in panels of MR. Errors: CLMLP_DEVICE. */
clmlp_status clmlp_native_layer_columns(clmlp_opencl *opencl, size_t M, size_t s_in, const clmlp_native_rows *rows,
                                        clmlp_error *error);
void clmlp_native_columns_release(clmlp_opencl *opencl);

#endif
