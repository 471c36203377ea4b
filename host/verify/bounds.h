/* bounds.h - whether a device's products are right: z, delta and gradient on a few awkward sizes, each element
 * against the CPU path in double and its own derived bound.
 *
 * A sum of n products in any order, with or without fused multiply-add, is off by at most
 *     gamma_n sum |a||b|,  gamma_n = n u / (1 - n u)
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1), u the unit roundoff: 2^-24 or
 * 2^-53. n counts the products and the roundings that follow: the factor 1/M, lambda, the step. sum |a||b| is the same equation of the CPU path
 * on the absolute values. What underflow adds is below n times the smallest normal number.
 */
#ifndef CLMLP_VERIFY_BOUNDS_H
#define CLMLP_VERIFY_BOUNDS_H

#include "backend/backend.h"

/* Compute the equations on the device and compare. *right: all elements are within their bounds; else `reason`
 * [size] says where the first one is that is not. A device that reports an error gives that error. */
clmlp_status clmlp_check_products(clmlp_device *device, bool *right, char *reason, size_t size, clmlp_error *error);

/* One of the equations, with linear activations and random numbers, from M rows of s_in units to s_out; UPDATE is the
 * whole descent. `cpu` is the CPU path in double. */
clmlp_status clmlp_check_product(clmlp_device *device, clmlp_device *cpu, clmlp_equation which, size_t M,
                                 size_t s_in, size_t s_out, bool *right, clmlp_error *error);

#endif
