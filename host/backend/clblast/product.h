/* product.h - a product by CLBlast, of matrices that are row-major. */
#ifndef CLMLP_BACKEND_CLBLAST_PRODUCT_H
#define CLMLP_BACKEND_CLBLAST_PRODUCT_H

#include "backend/clblast/clblast.h"

/* A factor of a product: row-major, `stride` elements between rows, from element `first` on. */
typedef struct clmlp_factor {
    cl_mem buffer;
    size_t first, stride;
    bool transposed;
} clmlp_factor;

clmlp_factor clmlp_factor_of(const clmlp_tensor *tensor, size_t first, bool transposed);

/* C [m x n] = scale A B, A [m x k] and B [k x n] after transposition. In as many products, of some rows of C each, as
 * the time of a launch asks for; the bits are those of one. */
clmlp_status clmlp_gemm(clmlp_opencl *opencl, size_t m, size_t n, size_t k, double scale, clmlp_factor a,
                        clmlp_factor b, clmlp_factor c, clmlp_error *error);

#endif
