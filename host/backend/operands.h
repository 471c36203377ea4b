/* operands.h - what the entries of backend.h take: matrices, and for each equation a struct with its shapes and
 * formula. */
#ifndef CLMLP_BACKEND_OPERANDS_H
#define CLMLP_BACKEND_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "common/codes.h"

/* What a matrix is for, so that a backend can choose its layout. Rows and columns are always the
 * logical ones, as the equations see them. */
typedef enum clmlp_tensor_kind {
    CLMLP_TENSOR_LAYER,  /* a(l): [M x s_l]; the backend adds the bias unit, always 1 */
    CLMLP_TENSOR_INPUT,  /* x: [m x s_1], the same; rows are picked by number */
    CLMLP_TENSOR_MATRIX, /* z(l), delta(l), h: [M x s_l] */
    CLMLP_TENSOR_TARGET, /* y: [m x K], rows are picked by number */
    CLMLP_TENSOR_WEIGHT, /* w of the examples: [m x 1], the same */
    CLMLP_TENSOR_THETA,  /* theta(l): [s_{l+1} x (s_l + 1)], column 0 for the bias */
    CLMLP_TENSOR_THETA_ONE_WAY, /* the same where no delta passes back through it: theta(1), and gradients */
    CLMLP_TENSOR_ORDER   /* row numbers: [m x 1] of uint32_t */
} clmlp_tensor_kind;

/* What every backend's matrix begins with; the rest is the backend's own. */
typedef struct clmlp_tensor {
    clmlp_tensor_kind kind;
    size_t rows, columns;
    size_t bytes; /* on the device */
} clmlp_tensor;

/* Which rows of a matrix an equation works on: row r of the equation is row order[first + r] of the
 * matrix; order NULL: row first + r. Only a backend with `gathers` is given anything but {NULL, 0}. */
typedef struct clmlp_rows {
    const clmlp_tensor *order; /* ORDER */
    size_t first;
} clmlp_rows;

/* Which units of a hidden layer are dropped in one step (inverted dropout: Srivastava et al., "Dropout: a simple way to
 * prevent neural networks from overfitting", 2014; scaled in training, as PyTorch's). Unit j of row r is kept where
 * clmlp_random_kept says so, the same on every backend. p 0: there is no dropout, and all else is unused. */
typedef struct clmlp_dropout {
    double p; /* 0 <= p < 1 */
    uint64_t seed;
    uint32_t step, layer; /* the step of training, from 1; l of a(l) */
    uint32_t first;       /* rows of the batch in front of these, that are other processes' */
} clmlp_dropout;

/* Dropout as it is asked for, in step `step` of training, from 1: p [count] of each hidden layer, or one p of all;
 * count 0: none. */
typedef struct clmlp_dropouts {
    const double *p;
    size_t count;
    uint64_t seed;
    size_t step;
    size_t first; /* rows in front of these */
} clmlp_dropouts;

/* That of a(l), l >= 2. */
clmlp_dropout clmlp_dropout_of(const clmlp_dropouts *dropouts, size_t l);

/* A hidden layer: z(l+1) = [1 a(l)] theta(l)^T and a(l+1) = g(z(l+1)), for M rows. With dropout a(l+1) is 0
 * where a unit is dropped, else g(z(l+1)) times 1/(1 - p). */
typedef struct clmlp_forward_args {
    size_t M, s_in, s_out;
    const clmlp_tensor *a_in;  /* LAYER or INPUT [M x s_in] */
    clmlp_rows a_rows;         /* of a_in */
    const clmlp_tensor *theta; /* THETA [s_out x (s_in + 1)] */
    clmlp_tensor *z;           /* MATRIX [M x s_out]; NULL: not wanted */
    clmlp_tensor *a_out;       /* LAYER [M x s_out] */
    clmlp_activation activation;
    clmlp_dropout dropout;     /* of a(l+1) */
} clmlp_forward_args;

/* When a row counts as predicted right. */
typedef enum clmlp_right {
    CLMLP_RIGHT_LARGEST, /* the largest output is the one of the largest target (the first, among equals) */
    CLMLP_RIGHT_SIDES,   /* every output is on its target's side of 1/2 */
    CLMLP_RIGHT_NEVER    /* real targets: there is no such thing */
} clmlp_right;

/* The output layer: z(L) = [1 a(L-1)] theta(L-1)^T, h = output(z(L)), delta(L) = w (h - y), row by row, and the sums
 * over the M rows of w times their costs, and of the rows that are predicted right, whatever they weigh. The cost is
 * computed from z, never from log(h). The sums become entry `slot` of the scores and are read, once for many slots,
 * with scores_read. */
typedef struct clmlp_output_args {
    size_t M, s_in, K;
    const clmlp_tensor *a_in;  /* LAYER or INPUT [M x s_in] */
    clmlp_rows a_rows;         /* of a_in */
    const clmlp_tensor *theta; /* THETA [K x (s_in + 1)]; NULL: z is given */
    clmlp_output output;
    clmlp_right right;
    clmlp_tensor *z;       /* MATRIX [M x K] */
    const clmlp_tensor *y; /* TARGET [M x K]; NULL: only h is wanted */
    const clmlp_tensor *w; /* WEIGHT [M x 1]; NULL: all 1. Only with y */
    clmlp_rows y_rows;     /* of y and w */
    clmlp_tensor *h;       /* MATRIX [M x K]; NULL: not wanted */
    clmlp_tensor *delta;   /* MATRIX [M x K]; NULL: not wanted */
    size_t slot;           /* below the count given to scores_reserve; unused without y */
} clmlp_output_args;

/* delta(l) = (delta(l+1) theta(l) without column 0) o g'(z(l)), g' computed from a(l), or from z(l) where a(l) does
 * not tell it. With dropout delta(l) is 0 where a unit was dropped, else that times 1/(1 - p), and g' comes from
 * (1 - p) a(l). */
typedef struct clmlp_hidden_args {
    size_t M, s_in, s_out;          /* s_in = s_l, s_out = s_{l+1} */
    const clmlp_tensor *delta_next; /* MATRIX [M x s_out] */
    const clmlp_tensor *theta;      /* THETA [s_out x (s_in + 1)] */
    const clmlp_tensor *z;          /* MATRIX [M x s_in]; NULL unless clmlp_activation_needs_z, or verification */
    const clmlp_tensor *a;          /* LAYER [M x s_in] */
    clmlp_tensor *delta;            /* MATRIX [M x s_in] */
    clmlp_activation activation;
    clmlp_dropout dropout;          /* of a(l), as in its forward pass */
} clmlp_hidden_args;

/* gradient = (1/divisor) delta^T [1 a] + decay theta on columns >= 1, summed over M rows.
 * divisor is M where the batch is all that is summed, whatever its examples weigh. decay = lambda / m; 0 where the
 * lambda term is to be added once, later, by `update`. */
typedef struct clmlp_gradient_args {
    size_t M, s_in, s_out;
    double divisor;
    const clmlp_tensor *delta; /* MATRIX [M x s_out] */
    const clmlp_tensor *a;     /* LAYER or INPUT [M x s_in] */
    clmlp_rows a_rows;         /* of a */
    const clmlp_tensor *theta; /* THETA [s_out x (s_in + 1)] */
    double decay;
    clmlp_tensor *gradient;    /* THETA [s_out x (s_in + 1)] */
} clmlp_gradient_args;

/* An update rule in one step, of one theta(l): its numbers, indexed by UPDATE_RATE and on (kernels/common/codes.h). */
typedef struct clmlp_update_rule {
    clmlp_optimizer optimizer;
    double numbers[UPDATE_NUMBERS];
} clmlp_update_rule;

/* theta and state := rule(theta, state, gradient + decay theta on columns >= 1). */
typedef struct clmlp_update_args {
    size_t s_in, s_out;
    clmlp_update_rule rule;
    double decay;                 /* lambda / m where the gradient has no lambda term yet, else 0 */
    const clmlp_tensor *gradient; /* THETA [s_out x (s_in + 1)] */
    clmlp_tensor *theta;
    clmlp_tensor *const *state;   /* [clmlp_optimizer_states]: THETA_ONE_WAY, as theta */
} clmlp_update_args;

/* The learnable scale of the inputs: the network computes with W = theta diag(s), and theta and s are what moves.
 * s is a matrix [1 x (s_in + 1)]; s_0, of the bias, is 1 and has no slope. */
typedef struct clmlp_scale_slopes_args {
    size_t s_in, s_out;
    const clmlp_tensor *theta;    /* THETA_ONE_WAY [s_out x (s_in + 1)] */
    const clmlp_tensor *scale;    /* THETA_ONE_WAY [1 x (s_in + 1)] */
    clmlp_tensor *gradient;       /* as theta: dJ/dW; becomes dJ/dtheta = dJ/dW diag(s) */
    clmlp_tensor *scale_gradient; /* as scale: dJ/ds_i = sum_j dJ/dW_ji theta_ji for i >= 1, 0 for i = 0 */
} clmlp_scale_slopes_args;

/* W = theta diag(s). */
typedef struct clmlp_fold_scale_args {
    size_t s_in, s_out;
    const clmlp_tensor *theta, *scale; /* as above */
    clmlp_tensor *folded;              /* W: THETA_ONE_WAY, as theta */
} clmlp_fold_scale_args;

/* Sums that a device keeps: dot products, and factors made of them. */
enum { CLMLP_SUMS = 256 };

/* sums[slot] = sum over all layers of x_l . y_l, with twice the precision, in a fixed order. */
typedef struct clmlp_dot_args {
    size_t layers;                    /* matrices: L - 1, or more where more count */
    clmlp_tensor *const *x, *const *y; /* [layers]: THETA or THETA_ONE_WAY, of the same shapes */
    bool bias;                        /* column 0 counts */
    size_t slot;                      /* < CLMLP_SUMS */
} clmlp_dot_args;

/* A number that may be made of a sum on the device: constant sums[slot]; slot NO_SUM: constant. */
typedef struct clmlp_scalar {
    double constant;
    size_t slot;
} clmlp_scalar;

/* result = a x + b y of one layer. */
typedef struct clmlp_combine_args {
    clmlp_scalar a, b;
    const clmlp_tensor *x, *y; /* THETA or THETA_ONE_WAY; NULL: without it */
    clmlp_tensor *result;      /* of the same shape; may be x or y */
} clmlp_combine_args;

/* What is added to the norm of the gradients before the limit is divided by it, as PyTorch's clip_grad_norm_ does. */
#define CLMLP_CLIP_MARGIN 1e-6

/* `count` steps of gradient descent, each on M rows: step t on rows rows.first + t M and on, its cost into slot + t. */
typedef struct clmlp_steps_args {
    size_t L, M, count;
    double divisor;               /* of the data term of each step */
    const size_t *s;              /* [L] */
    clmlp_activation activation;
    clmlp_output output;
    clmlp_right right;
    clmlp_tensor *const *theta;   /* [L - 1]: theta(l), written to */
    clmlp_tensor *const *a;       /* [L]: a(l) for 2 <= l < L */
    clmlp_tensor *const *z;       /* [L]: z(L), and z(l) where it is kept; else NULL */
    clmlp_tensor *const *delta;   /* [L]: delta(l) for 2 <= l <= L */
    const clmlp_tensor *x, *y;    /* INPUT, TARGET */
    const clmlp_tensor *w;        /* WEIGHT; NULL: all 1 */
    clmlp_rows rows;              /* of all three, for the first step */
    clmlp_optimizer optimizer;
    const double *numbers;        /* [count x (L - 1) x UPDATE_NUMBERS]: the rule's, step after step */
    clmlp_tensor *const *const *state; /* [L - 1][clmlp_optimizer_states] */
    double decay;
    size_t slot;
    clmlp_dropouts dropout;       /* in the first step */
} clmlp_steps_args;

#endif
