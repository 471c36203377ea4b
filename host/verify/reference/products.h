/* products.h - a product of the reference under way: its values in double, and its sums of absolute values. */
#ifndef CLMLP_VERIFY_PRODUCTS_H
#define CLMLP_VERIFY_PRODUCTS_H

#include "verify/reference/equations.h"

/* Which of its units are computed together: columns of z and of delta theta, rows of the gradient. */
typedef struct clmlp_units {
    size_t first, count;
} clmlp_units;

typedef struct clmlp_product {
    clmlp_reference_products *products;
    clmlp_cpu_product *multiply;
    clmlp_extent size;
    clmlp_pair left, right, result;                 /* as multiply takes them */
    size_t left_count, right_count, rows, columns;  /* numbers of the factors; shape of the result */
    size_t units, unit_stride; /* and how far apart they are in the result */
    size_t width;          /* numbers of theta, or of the gradient, that a unit has */
    bool right_has_units;  /* the right factor is theta, row by row */
    size_t terms;  /* of a sum */
    double scale;  /* 1/divisor in the gradient, else 1: what sums are multiplied with */
    double extra;  /* roundings besides those of the sum */
    bool carries;  /* inputs have bounds */
    double least;  /* what underflow may add; known when it was prepared, or computed */
} clmlp_product;

/* Units of a part, but for the last: a cache has room for their numbers, and there are a few parts even of a small
 * product. They follow from the shape alone. */
size_t clmlp_product_part(const clmlp_product *product);
clmlp_units clmlp_product_units(const clmlp_product *product, size_t part);

/* All units, part by part on several threads: values into the result, sums into products->sums, and with bounds
 * products->more_sums. */
void clmlp_product_compute(clmlp_product *product);

/* Or part by part, of exact inputs: factors without signs, once; then values and sums of some units, into places of the
 * caller's, as they are in the result. Sums are in the precision that is checked. */
void clmlp_product_prepare(clmlp_product *product);
void clmlp_product_multiply(const clmlp_product *product, clmlp_units units, double *values, void *sums);

/* Bytes of a sum. */
size_t clmlp_product_sum_size(const clmlp_product *product);

/* The gradient (1/divisor) delta^T [1 a] of exact inputs, prepared; it is [s_out x (s_in + 1)], and its units are rows.
 * Valid until the next product of `products`. */
clmlp_product clmlp_reference_gradient_rows(clmlp_reference_products *products, clmlp_extent size, double *delta,
                                            double *a);
/* Bounds of rows first .. first + count - 1, from their sums [count x columns]. */
void clmlp_reference_bound_rows(const clmlp_product *product, size_t first, size_t count, const void *sums,
                                double *bound);

#endif
