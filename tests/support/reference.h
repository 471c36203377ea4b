/* reference.h - the five equations as naive loops in long double, and for every element the largest
 * error that a correct computation in the given precision can have.
 *
 * For c = sum of n products in precision u, in any order, with or without fma: |c' - c| <= gamma_n sum
 * |a||b|, gamma_n = n u / (1 - n u) (Higham, Accuracy and Stability of Numerical Algorithms, ch. 3).
 * Elementary functions: the OpenCL 1.2 specification, table 7.1: exp 3 ulp, log 3 ulp, log1p 2 ulp, tanh
 * 5 ulp, single-precision divide 2.5 ulp; 1 ulp is at most 2 u relative. Second-order terms are covered
 * by SLACK; results below the normal range by one smallest normal number.
 */
#ifndef TEST_REFERENCE_H
#define TEST_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/backend.h"

/* A matrix in double, dense [rows x columns]; the values are exact in the precision under test. */
typedef struct matrix {
    size_t rows, columns;
    double *values;
} matrix;

matrix matrix_create(size_t rows, size_t columns);
void matrix_free(matrix *m);
/* Uniform in (-scale, scale), rounded to the precision. */
void matrix_randomize(matrix *m, unsigned long long seed, unsigned stream, double scale, clmlp_precision precision);

/* A result, and how far from it a correct one may be. */
typedef struct expected {
    matrix value, bound;
} expected;

expected expected_create(size_t rows, size_t columns);
void expected_free(expected *e);

double unit_roundoff(clmlp_precision precision);

/* Each fills `out` (of the right shape) from the exact inputs. theta is [s_out x (s_in + 1)]. */
void reference_z(expected *out, const matrix *a, const matrix *theta, clmlp_precision precision);
void reference_activation(expected *out, const matrix *z, clmlp_activation g, clmlp_precision precision);
/* w [M x 1]; NULL: all 1. */
void reference_output(expected *h, expected *delta, expected *cost, const matrix *z, const matrix *y,
                      const matrix *w, clmlp_output output, clmlp_precision precision);
/* z NULL: g' is to come from a. */
void reference_hidden(expected *out, const matrix *delta_next, const matrix *theta, const matrix *z, const matrix *a,
                      clmlp_activation g, clmlp_precision precision);
void reference_gradient(expected *out, const matrix *delta, const matrix *a, const matrix *theta, double decay,
                        clmlp_precision precision);
void reference_update(expected *out, const matrix *theta, const matrix *gradient, double rate,
                      clmlp_precision precision);

/* The largest error as a fraction of its bound; infinite where a value is not finite. *worst is the element. */
double worst_fraction(const expected *e, const double *found, size_t *worst);

/* Gradient descent with a rate, as an update takes it. */
#define SGD_RULE(rate_) \
    {.optimizer = CLMLP_SGD, .numbers = {[UPDATE_RATE] = (rate_), [UPDATE_BIAS_RATE] = (rate_)}}

#endif
