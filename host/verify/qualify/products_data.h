/* products_data.h - what one check of the products works on, on the host and on the device. */
#ifndef CLMLP_VERIFY_PRODUCTS_DATA_H
#define CLMLP_VERIFY_PRODUCTS_DATA_H

#include "verify/qualify/products_expected.h"

/* What the rows behind the last one of a result hold, and how many they are. */
#define CLMLP_GUARD (-12345.0)
enum { CLMLP_GUARD_ROWS = 3 };

/* Inputs, results and scratch for c->size on c->backend; release it whatever this returns. */
clmlp_status clmlp_check_create(clmlp_check *c, clmlp_error *error);
void clmlp_check_release(clmlp_check *c);

/* A result [rows x columns], with guard rows unless it has the shape of theta. */
clmlp_status clmlp_check_create_output(clmlp_check *c, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                       clmlp_tensor **out, clmlp_error *error);

/* Dense rows to or from a matrix, whatever its precision; out: from it. */
clmlp_status clmlp_check_move(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, double *values, bool out,
                              clmlp_error *error);

/* NaN into `rows` of a matrix, where a result is to be, and guards behind. */
clmlp_status clmlp_check_spoil(clmlp_check *c, clmlp_tensor *tensor, size_t rows, clmlp_error *error);

#endif
