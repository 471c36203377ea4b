/* products.h - qualify products: every equation on awkward shapes, with a bound per element.
 *
 * A sum of n products in any order, with or without fused multiply-add, is off by at most
 *     gamma_n sum |a||b|,  gamma_n = n u / (1 - n u)
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1), u the unit roundoff: 2^-24 or
 * 2^-53. n counts the products and the roundings that follow: the factor 1/M, lambda, the step. The same holds for the
 * reference with its own u, and comes on top. What underflow adds is below n times the smallest normal number.
 *
 * Outputs are full of NaN before, so that what is not written is noticed; rows behind the last, and zones around the
 * memory of every matrix where a backend has them (probe.h), must stay as they are.
 */
#ifndef CLMLP_VERIFY_PRODUCTS_H
#define CLMLP_VERIFY_PRODUCTS_H

#include "backend/backend.h"
#include "verify/qualify/product.h"

/* Compute everything at every size, in the order of the list, and hand it over. A device that reports an error gives
 * that error. */
clmlp_status clmlp_measure_products(clmlp_device *device, const clmlp_product_size *sizes, size_t count,
                                    clmlp_product_sink *sink, void *context, clmlp_error *error);

/* Z, Z_PICKED, OUTPUT, DELTA, GRADIENT, GRADIENT_PICKED or STEP alone, at one size. */
clmlp_status clmlp_measure_product(clmlp_device *device, clmlp_product_kind kind, clmlp_product_size size,
                                   clmlp_product *product, clmlp_error *error);

/* The same on a few sizes and where the device's own tiles are crossed, as far as the first that is wrong. *right:
 * none is; else `reason` [size] describes it. */
clmlp_status clmlp_check_products(clmlp_device *device, bool *right, char *reason, size_t size, clmlp_error *error);

/* One of the equations, with linear activations and random numbers, from M rows of s_in units to s_out; UPDATE is the
 * whole descent. `cpu` is the CPU path in double. */
clmlp_status clmlp_check_product(clmlp_device *device, clmlp_device *cpu, clmlp_equation which, size_t M,
                                 size_t s_in, size_t s_out, bool *right, clmlp_error *error);

#endif
