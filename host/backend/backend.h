/* backend.h - the boundary between the network and the arithmetic: the article's five equations, and
 * the matrices they work on. propagate/ is written against this table alone.
 *
 * A backend is free inside an entry: it may keep its matrices in any layout, call a BLAS, or fuse
 * everything into one kernel. What an entry computes is fixed by its formula. All entries are
 * asynchronous unless they say otherwise, and take effect in the order of the calls.
 *
 * Shapes are checked by propagate/ when a network is made; entries do not check them again.
 */
#ifndef CLMLP_BACKEND_BACKEND_H
#define CLMLP_BACKEND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "clmlp/device.h"
#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "common/codes.h"

typedef struct clmlp_backend clmlp_backend;

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
} clmlp_dropout;

/* Dropout as it is asked for, in step `step` of training, from 1: p [count] of each hidden layer, or one p of all;
 * count 0: none. */
typedef struct clmlp_dropouts {
    const double *p;
    size_t count;
    uint64_t seed;
    size_t step;
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

/* A network, as far as the choice of an engine depends on it. */
typedef struct clmlp_network_size {
    size_t L;
    const size_t *s; /* [L] */
    size_t M;        /* examples of a training step */
} clmlp_network_size;

/* The entries below that compute, X(name, text). */
#define CLMLP_EQUATION_LIST(X)        \
    X(FORWARD, "forward")             \
    X(OUTPUT_DELTA, "output_delta")   \
    X(HIDDEN_DELTA, "hidden_delta")   \
    X(GRADIENT, "gradient")           \
    X(UPDATE, "update")               \
    X(CLIP, "clip")                   \
    X(DOT, "dot")                     \
    X(COMBINE, "combine")

typedef enum clmlp_equation {
#define CLMLP_EQUATION_ENUM(name, text) CLMLP_EQUATION_##name,
    CLMLP_EQUATION_LIST(CLMLP_EQUATION_ENUM)
#undef CLMLP_EQUATION_ENUM
    CLMLP_EQUATION_COUNT
} clmlp_equation;

const char *clmlp_equation_name(clmlp_equation equation);

/* What output_delta found in one slot. */
typedef struct clmlp_batch_score {
    double cost;  /* weighted sum over the rows; not divided by M, without the lambda term */
    double right; /* rows predicted right */
} clmlp_batch_score;

typedef struct clmlp_backend_ops {
    const char *engine; /* name for people: "cblas", "clblast", "native" */
    bool gathers;       /* the equations take rows by number: gather is never called */

    /* (optional) This table stands for a choice that is still open, and has no matrices or equations yet: choose,
     * build, and put the table of what was chosen into `ops`. size NULL: no network is known. Called through
     * clmlp_backend_choose. */
    clmlp_status (*choose)(clmlp_backend *backend, const clmlp_network_size *size, clmlp_error *error);
    /* (optional) Make kernels that know a hidden activation, before the first network with it; what forward and
     * hidden_delta do not know gives NaN. While the choice is open, remember it. */
    clmlp_status (*prepare_activation)(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error);

    /* --- matrices --------------------------------------------------------------------------------
     * create is called through clmlp_tensor_create, which keeps the account of memory. Contents are
     * undefined until written, except for bias units. */
    clmlp_status (*tensor_bytes)(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 size_t *bytes, clmlp_error *error);
    clmlp_status (*tensor_create)(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                  clmlp_tensor **out, clmlp_error *error);
    void (*tensor_destroy)(clmlp_backend *backend, clmlp_tensor *tensor);

    /* Dense rows [rows x columns] of the backend's precision (uint32_t for ORDER), to or from rows
     * first .. first + rows - 1. Both wait until `values` is theirs again. */
    clmlp_status (*tensor_write)(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                 const void *values, clmlp_error *error);
    clmlp_status (*tensor_read)(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                void *values, clmlp_error *error);

    /* to := from, all of it, on the device, in the order of all else; both of one kind and shape. */
    clmlp_status (*tensor_copy)(clmlp_backend *backend, const clmlp_tensor *from, clmlp_tensor *to,
                                clmlp_error *error);

    /* --- streaming: rows 0 .. rows - 1 uploaded beside the computation -----------------------------
     * upload returns at once; it waits, on the device, for the work that was enqueued before the last
     * tensor_used of this matrix, and later work waits for it. `values` must stay as they are until
     * upload_wait. */
    clmlp_status (*tensor_upload)(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                  clmlp_error *error);
    clmlp_status (*tensor_upload_wait)(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error);
    clmlp_status (*tensor_used)(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error);

    /* batch row r := all row order[first + r], for r < M; INPUT, TARGET or WEIGHT, columns as in both. order NULL:
     * row first + r. NULL where `gathers`. */
    clmlp_status (*gather)(clmlp_backend *backend, const clmlp_tensor *all, const clmlp_tensor *order, size_t first,
                           size_t M, size_t columns, clmlp_tensor *batch, clmlp_error *error);

    /* --- the five equations ------------------------------------------------------------------------ */
    clmlp_status (*forward)(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error);
    clmlp_status (*output_delta)(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error);
    clmlp_status (*hidden_delta)(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error);
    clmlp_status (*gradient)(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error);
    clmlp_status (*update)(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error);
    clmlp_status (*scale_slopes)(clmlp_backend *backend, const clmlp_scale_slopes_args *args, clmlp_error *error);
    clmlp_status (*fold_scale)(clmlp_backend *backend, const clmlp_fold_scale_args *args, clmlp_error *error);
    /* (optional) gradient and update in one, without storing the gradient: neither args nor update has one, and the
     * decay is that of args. */
    clmlp_status (*descend)(clmlp_backend *backend, const clmlp_gradient_args *args, const clmlp_update_args *update,
                            clmlp_error *error);
    /* (optional) Make the kernels of an update rule, before the first update, descend or steps with it. */
    clmlp_status (*prepare_rule)(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error);

    /* --- matrices that lie as theta does ------------------------------------------------------------ */
    clmlp_status (*dot)(clmlp_backend *backend, const clmlp_dot_args *args, clmlp_error *error);
    /* Wait, and copy sums first .. first + count - 1. */
    clmlp_status (*sums_read)(clmlp_backend *backend, size_t first, size_t count, double *sums, clmlp_error *error);
    /* sums[slot] = min(1, limit / (norm + CLMLP_CLIP_MARGIN)), where it was norm^2; NaN where that is not finite. */
    clmlp_status (*clip_factor)(clmlp_backend *backend, size_t slot, double limit, clmlp_error *error);
    clmlp_status (*combine)(clmlp_backend *backend, const clmlp_combine_args *args, clmlp_error *error);

    /* (optional) Fused steps: several in one call, where that is faster than one by one; the bits are the same. *taken
     * says how many it did; 0: none, because single steps are faster. */
    clmlp_status (*steps)(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken, clmlp_error *error);
    const char *steps_kernel; /* its name, for messages */

    /* --- scores and waiting ------------------------------------------------------------------------
     * reserve makes room for `slots` results of batches of up to `rows` rows, `total` rows in all (growing,
     * never shrinking); slots are filled one after the other, each pass beginning anywhere that the last
     * one filled. read waits for everything enqueued so far and copies slots first .. first + count - 1. */
    clmlp_status (*scores_reserve)(clmlp_backend *backend, size_t slots, size_t rows, size_t total,
                                   clmlp_error *error);
    clmlp_status (*scores_read)(clmlp_backend *backend, size_t first, size_t count, clmlp_batch_score *scores,
                                clmlp_error *error);
    /* Have the device begin with what is enqueued. Called after every step; it may wait for work of hundreds
     * of steps ago, to bound how much is under way, but never for all of it. */
    clmlp_status (*flush)(clmlp_backend *backend, clmlp_error *error);

    void (*destroy)(clmlp_backend *backend);

    /* What computes an equation, for messages: names as in kernels/, or of a library's function. UPDATE is the
     * step as training takes it: descend, where there is one. */
    const char *(*kernel_name)(const clmlp_backend *backend, clmlp_equation equation);

    /* --- measuring; each NULL where a backend cannot ------------------------------------------------ */
    /* Wait, then begin or end to record the time of every kernel. */
    clmlp_status (*profile)(clmlp_backend *backend, bool on, clmlp_error *error);
    /* Wait, hand over what was recorded (released with free()), and begin anew. */
    clmlp_status (*profile_take)(clmlp_backend *backend, clmlp_kernel_time **times, size_t *count,
                                 clmlp_error *error);
    /* c = a b by the BLAS of the engine, named `blas`; MATRIX [m x k], [k x n], [m x n]. */
    const char *blas;
    clmlp_status (*product)(clmlp_backend *backend, size_t m, size_t n, size_t k, const clmlp_tensor *a,
                            const clmlp_tensor *b, clmlp_tensor *c, clmlp_error *error);
    /* Operations a second in registers, bytes a second of a copy (read and written). */
    clmlp_status (*peak)(clmlp_backend *backend, double *flops, double *bytes, clmlp_error *error);
    /* What qualification needs beside the equations; see probe.h. */
    const struct clmlp_probe_ops *probes;
} clmlp_backend_ops;

/* How an engine may cut its products up, in a word. */
typedef struct clmlp_tiles {
    char text[CLMLP_TILES_LENGTH];
} clmlp_tiles;

/* What every backend begins with. */
struct clmlp_backend {
    const clmlp_backend_ops *ops;
    clmlp_precision precision;
    uint64_t memory_limit;    /* bytes that all matrices together may take */
    uint64_t largest_buffer;  /* bytes that one may take */
    uint64_t memory_used, memory_peak;
    bool on_host;             /* the device's memory is the host's */
    clmlp_startup startup;    /* the backend fills context, build, programs, from_cache */
    const char *name;         /* of the device, for messages */
    char tiles[CLMLP_TILES_LENGTH]; /* how products are cut up; "": there is no choice */
    bool tuned;                     /* as it was stored, see registry.h */
};

struct clmlp_device {
    clmlp_backend *backend;
    clmlp_device_info info;
    bool profiles; /* opened to record kernel times */
    char note[CLMLP_NAME_LENGTH + 64];
};

/* Whether matrices of a kind have a bias unit. */
bool clmlp_tensor_has_bias(clmlp_tensor_kind kind);

/* How many matrices an update rule keeps beside each theta(l); 0 outside the list. */
size_t clmlp_optimizer_states(clmlp_optimizer optimizer);

/* Bytes of one number. */
size_t clmlp_precision_size(clmlp_precision precision);

/* Have a backend that can compute in several ways choose one for such a network; nothing where that is done. size NULL:
 * no network is known. Errors: CLMLP_BAD_ARGUMENT, CLMLP_DEVICE (what does not build), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_backend_choose(clmlp_backend *backend, const clmlp_network_size *size, clmlp_error *error);

/* The same for networks with a hidden activation, which all kernels know then. */
clmlp_status clmlp_backend_prepare(clmlp_backend *backend, const clmlp_network_size *size, clmlp_activation activation,
                                   clmlp_error *error);

/* Create a matrix within the backend's memory limit, after clmlp_backend_choose. Errors: CLMLP_OUT_OF_MEMORY (what was
 * needed, what there is), CLMLP_DEVICE. `what` names it in the message. */
clmlp_status clmlp_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 const char *what, clmlp_tensor **out, clmlp_error *error);
void clmlp_tensor_destroy(clmlp_backend *backend, clmlp_tensor *tensor); /* NULL is fine */

/* The plain layout: row-major, no padding, a bias unit in front of each row of a LAYER or INPUT. *stride is the
 * distance of two rows in elements. Errors: CLMLP_OUT_OF_MEMORY when the sizes overflow. */
clmlp_status clmlp_tensor_layout(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 size_t *stride, size_t *bytes, clmlp_error *error);

/* The products of the equations on the CPU path, on memory of the caller's, dense and row-major, of that precision:
 * what a reference needs, without matrices to copy to and from. layer is [1 a], [M x (s_in + 1)], with the bias unit as
 * column 0.
 *   forward_product   z = [1 a] theta^T: layer, theta [s_out x (s_in + 1)], z [M x s_out]
 *   delta_product     delta theta without column 0: delta [M x s_out], theta, back [M x s_in]
 *   gradient_product  (1/M) delta^T [1 a]: delta, layer, gradient [s_out x (s_in + 1)] */
typedef void clmlp_cpu_product(clmlp_precision precision, size_t M, size_t s_in, size_t s_out, const void *left,
                               const void *right, void *result);
clmlp_cpu_product clmlp_cpu_forward_product, clmlp_cpu_delta_product, clmlp_cpu_gradient_product;

#endif
