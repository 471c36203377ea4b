/* tensor.h - matrices in the layout of the engine: entries of its table. */
#ifndef CLMLP_BACKEND_NATIVE_TENSOR_H
#define CLMLP_BACKEND_NATIVE_TENSOR_H

#include "backend/backend.h"

clmlp_status clmlp_native_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                        clmlp_tensor **out, clmlp_error *error);
clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error);
clmlp_status clmlp_native_tensor_upload(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                        clmlp_error *error);
clmlp_status clmlp_native_tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                      void *values, clmlp_error *error);
clmlp_status clmlp_native_borrow_wait(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_view view, clmlp_loan *out,
                                      clmlp_error *error);
clmlp_status clmlp_native_borrow_end(clmlp_backend *backend, clmlp_tensor *tensor, bool changed, clmlp_error *error);

#endif
