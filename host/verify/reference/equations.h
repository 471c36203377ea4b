/* equations.h - the reference of every equation in double, and how far from it a correct result may be.
 *
 * What goes in has bounds, too: 0 (NULL) in lock-step, where the reference takes what the device had; in a free run
 * those of the equations before. A bound is the sum of
 *   what the device rounds, what the reference rounds, and what the inputs' bounds become,
 * the last not to first order but in full. docs/verification.md derives each.
 *
 * A bound is infinite where a sum on the way to the result may be beyond the largest number of the precision.
 */
#ifndef CLMLP_VERIFY_EQUATIONS_H
#define CLMLP_VERIFY_EQUATIONS_H

#include "backend/backend.h"
#include "base/error.h"
#include "clmlp/model.h"
#include "verify/reference/arithmetic.h"

/* A matrix, dense and row-major, and how far each element may be off; bound NULL: it is exact. */
typedef struct clmlp_pair {
    double *value, *bound;
} clmlp_pair;

/* Sizes of an equation between layers l and l+1. */
typedef struct clmlp_extent {
    size_t M, s_in, s_out;
    double divisor; /* of the gradient's sum: rows of the batch, of which M are at hand */
} clmlp_extent;

/* The CPU path's products, in double for values, and for the sums of absolute values in the precision checked. */
typedef struct clmlp_reference_products {
    clmlp_precision precision;
    clmlp_arithmetic arithmetic;
    double *layer;               /* [1 a], [M x (s + 1)] of the widest layer */
    void *left, *right, *sums;   /* absolute values of both factors, and their products' sums */
    /* with bounds added; NULL: only exact inputs are taken */
    double *layer_bound, *more_left, *more_right, *more_sums;
    double *row_factor, *column_factor; /* gamma_n by rows and columns of the result */
    double *row_spread, *column_spread; /* 1 / sqrt(n); of columns 0 where rows alone count */
    double least;                       /* what underflow may add to an element */
} clmlp_reference_products;

/* capacity: M at the most. carries: inputs may have bounds. */
clmlp_status clmlp_reference_products_create(clmlp_reference_products *products, size_t L, const size_t *s,
                                             size_t capacity, clmlp_precision precision, bool carries,
                                             clmlp_error *error);
void clmlp_reference_products_release(clmlp_reference_products *products);

/* z = [1 a] theta^T: a [M x s_in], theta [s_out x (s_in + 1)], z [M x s_out]. */
void clmlp_reference_z(clmlp_reference_products *products, clmlp_extent size, clmlp_pair a, clmlp_pair theta,
                       clmlp_pair z);

/* delta theta, without column 0: delta [M x s_out], back [M x s_in]. */
void clmlp_reference_back(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair theta,
                          clmlp_pair back);

/* (1/divisor) delta^T [1 a], without the decay: [s_out x (s_in + 1)]. */
void clmlp_reference_gradient(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair a,
                              clmlp_pair gradient);

/* a = g(z), count elements. a may be z. */
void clmlp_reference_activation(const clmlp_arithmetic *arithmetic, clmlp_activation g, size_t count, clmlp_pair z,
                                clmlp_pair a);

/* delta = back o g', count elements; delta may be back. g' comes from a or, with clmlp_activation_needs_z, from z; else
 * z.value may be NULL. p: a was scaled by 1/(1 - p) for dropout, and g' comes from (1 - p) a. */
void clmlp_reference_derivative(const clmlp_arithmetic *arithmetic, clmlp_activation g, size_t count, clmlp_pair z,
                                clmlp_pair a, double p, clmlp_pair back, clmlp_pair delta);

/* Rows of s units or deltas, [M x s]: 0 where dropped, else times 1/(1 - p). Nothing where p is 0. */
void clmlp_reference_drop(const clmlp_arithmetic *arithmetic, const clmlp_dropout *dropout, size_t M, size_t s,
                          clmlp_pair values);

typedef struct clmlp_cost {
    double value, bound;
} clmlp_cost;

/* h and delta(L) [M x K], and the cost over all rows, from z(L), y and the weights w [M] of the rows; NULL: all 1. */
void clmlp_reference_output(const clmlp_arithmetic *arithmetic, clmlp_output output, size_t M, size_t K, clmlp_pair z,
                            const double *y, const double *w, clmlp_pair h, clmlp_pair delta, clmlp_cost *cost);

/* How many of M rows are predicted right: those that surely are, and half of those whose h [K] lets either be. bound:
 * that half. */
void clmlp_reference_right(clmlp_right right, size_t M, size_t K, clmlp_pair h, const double *y, clmlp_cost *count);

/* gradient += decay theta on columns >= 1. */
void clmlp_reference_decay(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns, double decay,
                           clmlp_pair theta, clmlp_pair gradient);

/* What the bound of such a gradient, the last product with inputs that have bounds, grows by where parts of its sum
 * were added up apart, the decay to one of them: that sum may have been larger than the whole. */
void clmlp_reference_decayed_part(const clmlp_reference_products *products, size_t rows, size_t columns, double decay,
                                  clmlp_pair theta, clmlp_pair gradient);

/* The gradients of all layers together, of which clipping needs the norm. */
typedef struct clmlp_reference_norm {
    size_t layers;
    double count;          /* numbers */
    double squares, bounds; /* sums of their squares, and of those of their bounds */
} clmlp_reference_norm;

/* One more layer. */
void clmlp_reference_add_layer(clmlp_reference_norm *norm, size_t count, clmlp_pair gradient);

/* What gradients are multiplied with, and how far off it may be. */
typedef struct clmlp_reference_factor {
    double value, bound;
} clmlp_reference_factor;
clmlp_reference_factor clmlp_reference_clip_factor(const clmlp_arithmetic *arithmetic, const clmlp_reference_norm *norm,
                                                   double limit);

/* clipped = factor gradient. clipped may be gradient. */
void clmlp_reference_clip(const clmlp_arithmetic *arithmetic, size_t count, clmlp_reference_factor factor,
                          clmlp_pair gradient, clmlp_pair clipped);

/* Of a scale of the inputs: slopes_i = sum_j gradient_ji raw_ji, slopes [1 x columns], 0 for the bias, i = 0; and
 * result_ji = values_ji scale_i, scale [1 x columns]. */
void clmlp_reference_slopes(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns, clmlp_pair gradient,
                            clmlp_pair raw, clmlp_pair slopes);
void clmlp_reference_scaled(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns, clmlp_pair values,
                            clmlp_pair scale, clmlp_pair result);

/* x . y of vectors that consist of all layers. */
typedef struct clmlp_reference_dot {
    size_t layers;
    double count;     /* products */
    double sum, lost; /* of them; what rounding took */
    double size;      /* of their absolute values */
} clmlp_reference_dot;

/* One more layer, x and y [rows x columns]; bias: column 0 counts. */
void clmlp_reference_add_product(clmlp_reference_dot *dot, size_t rows, size_t columns, bool bias, const double *x,
                                 const double *y);
clmlp_cost clmlp_reference_dot_of(const clmlp_arithmetic *arithmetic, const clmlp_reference_dot *dot);

/* A number that a vector is multiplied with: constant, or constant times a sum that the device has; NULL: none. */
clmlp_reference_factor clmlp_reference_scalar(const clmlp_arithmetic *arithmetic, double constant, const double *sum);

/* result = a x + b y, count elements; x or y NULL: without it. */
void clmlp_reference_combine(const clmlp_arithmetic *arithmetic, size_t count, clmlp_reference_factor a,
                             const double *x, clmlp_reference_factor b, const double *y, clmlp_pair result);

/* The state of an update rule after a step, from that before and the gradient, count elements of each of
 * [clmlp_optimizer_states]. after may be before. */
void clmlp_reference_state(const clmlp_arithmetic *arithmetic, size_t count, const clmlp_update_rule *rule,
                           clmlp_pair gradient, const clmlp_pair *before, clmlp_pair *after);

/* theta after a step, from theta before, the gradient and the state after the step, each [rows x columns]. after may be
 * gradient or theta. */
void clmlp_reference_update(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns,
                            const clmlp_update_rule *rule, clmlp_pair theta, clmlp_pair gradient,
                            const clmlp_pair *state, clmlp_pair after);

#endif
