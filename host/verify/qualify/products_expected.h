/* products_expected.h - what the products of one check are to be: products.c has the device compute them, this says
 * what is right and how far a device may be from it. */
#ifndef CLMLP_VERIFY_PRODUCTS_EXPECTED_H
#define CLMLP_VERIFY_PRODUCTS_EXPECTED_H

#include "backend/backend.h"
#include "verify/qualify/product.h"

/* Lambda / m and the rate: no rounding in either precision. */
#define BOUNDS_DECAY 0.25
#define BOUNDS_RATE  0.5

/* What goes in: a [M x s_in], theta [s_out x (s_in + 1)], delta [M x s_out], and as a, but input data: x, which is
 * sparse, and rows that are picked from it one by one. */
enum { IN_A, IN_THETA, IN_DELTA, IN_X, IN_PICKED, IN_COUNT };

typedef struct clmlp_check {
    clmlp_product_size size;
    clmlp_backend *backend;
    clmlp_product_sink *sink;
    void *context;
    bool go_on;
    int layer; /* IN_A, X or PICKED: what the products take as a, */
    clmlp_rows picks; /* and which rows of it */
    double *values[IN_COUNT];
    size_t rows[IN_COUNT], columns[IN_COUNT];
    clmlp_tensor *in[IN_COUNT];
    clmlp_tensor *z, *a_out, *back, *gradient, *order; /* order NULL: the backend picks no rows */
    double *found, *expected, *magnitude; /* host scratch for any result with its guard rows */
} clmlp_check;

/* Fill expected, and magnitude, the same without signs. step: theta after the step, else the gradient. */
void clmlp_expect_z(clmlp_check *c);
void clmlp_expect_delta(clmlp_check *c);
void clmlp_expect_gradient(clmlp_check *c, bool step);
void clmlp_expect_bare(clmlp_check *c);

/* found [rows x columns] against expected; n roundings. The worst element into p. */
void clmlp_bounds_compare(clmlp_check *c, clmlp_product *p, size_t rows, size_t columns, size_t n);

#endif
