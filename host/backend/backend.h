/* backend.h - the boundary between the network and the arithmetic: the article's five equations as a
 * table. propagate/ is written against it alone; operands.h says what its entries take.
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

#include "backend/operands.h"
#include "base/error.h"
#include "base/parallel.h"
#include "clmlp/device.h"

typedef struct clmlp_backend clmlp_backend;

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

/* Which of several kernels for an equation: that of a layer with dropout, or that of an UPDATE which takes a gradient
 * that was stored, as when it was clipped. */
typedef enum clmlp_kernel_form { CLMLP_USUAL_KERNEL, CLMLP_DROPOUT_KERNEL, CLMLP_STORED_KERNEL } clmlp_kernel_form;

/* What output_delta found in one slot. */
typedef struct clmlp_batch_score {
    double cost;  /* weighted sum over the rows; not divided by M, without the lambda term */
    double right; /* rows predicted right */
} clmlp_batch_score;

/* Memory of the host, from which matrices are uploaded. */
typedef struct clmlp_staging {
    void *memory;
    void *owner; /* of the backend's own; NULL: plain memory */
} clmlp_staging;

/* How a matrix that is lent to the host looks to it. */
typedef enum clmlp_view {
    CLMLP_VIEW_DENSE,     /* row-major without padding, the bias in column 0; where the layout is another one, wait and
                           * end move the numbers, in the caller's thread */
    CLMLP_VIEW_AS_IT_LIES /* as the device has it, padding included: nothing is moved for it */
} clmlp_view;

/* A matrix that is lent to the host. Element (j, i) is values[j / width * panel + i' * row + j % width], where i' is i,
 * or, with bias_last, i - 1 and columns - 1 for the bias. The rest is padding, which is 0 and has to stay 0. Loans
 * in which all but `values` is equal have the same order: they can be added number by number. */
typedef struct clmlp_loan {
    void *values; /* [count] of the backend's precision */
    size_t count;
    size_t width, panel, row;
    bool bias_last;
} clmlp_loan;

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
    /* (optional, both or none) memory of the host that uploads are read from best; out->memory NULL, as it was: plain
     * memory is as good, or there is no other. It is destroyed when no upload reads it. */
    void (*staging_create)(clmlp_backend *backend, size_t bytes, clmlp_staging *out);
    void (*staging_destroy)(clmlp_backend *backend, clmlp_staging *staging);

    /* (optional) A THETA_ONE_WAY matrix lies in `memory` from now on: tensor->bytes of it, zero, at a multiple of
     * 64 KiB, which outlive the matrix: to destroy it then waits for the device. Waits, too; contents are undefined
     * again, and the matrix is not lent. False: it stays where it was. */
    bool (*tensor_place)(clmlp_backend *backend, clmlp_tensor *tensor, void *memory);

    /* --- lending: a THETA or THETA_ONE_WAY matrix in the host's hands, beside the computation -----------
     * begin returns at once; the loan begins, on the device, when the work that was enqueued before is done. From then
     * to end no entry may be given the matrix; whatever else is enqueued runs on. wait returns when out->values is
     * there, and keeps no processor busy meanwhile; it may be called again, for the same view. The host may change
     * `values` in place, from any thread, until end; then they are the backend's. With `changed` the matrix has the new
     * values for all that is enqueued from then on, else it is as it was, and the host must not have changed any. end
     * returns at once; without a loan it does nothing, and it ends one that nobody waited for, too.
     * `values` are the matrix's own memory, or it mapped, where the host shares that and the view allows it; else a
     * copy in memory that stays until the matrix is destroyed. To destroy a matrix ends its loan. After an error there
     * is no loan. Errors: CLMLP_BAD_ARGUMENT (lent already; wait without a loan), CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
    clmlp_status (*borrow_begin)(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error);
    clmlp_status (*borrow_wait)(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_view view, clmlp_loan *out,
                                clmlp_error *error);
    clmlp_status (*borrow_end)(clmlp_backend *backend, clmlp_tensor *tensor, bool changed, clmlp_error *error);

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
    const char *(*steps_kernel)(const clmlp_backend *backend); /* its name, for messages */

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

    /* What computes an equation, for messages: names as in kernels/, or of a library's function. The usual
     * UPDATE is the step as training takes it: descend, where there is one. */
    const char *(*kernel_name)(const clmlp_backend *backend, clmlp_equation equation, clmlp_kernel_form form);

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
    unsigned address_bits;    /* of the device */
    uint64_t memory_used, memory_peak;
    bool on_host;             /* the device's memory is the host's */
    bool synchronous;         /* entries return when their work is done */
    bool has_no_times;        /* what the driver says of times cannot be, as profile_take has noticed */
    bool truncates;           /* it does not round to nearest (OpenCL's embedded profile) */
    clmlp_on_build on_build;  /* see clmlp_device_options */
    clmlp_startup startup;    /* the backend fills context, build, programs, from_cache */
    const char *name;         /* of the device, for messages */
    char tiles[CLMLP_TILES_LENGTH]; /* how products are cut up; "": there is no choice */
    bool tuned;                     /* as it was stored, see registry.h */
    char remarks[1024];             /* lines for clmlp_device_remarks */
    char choice[CLMLP_CHOICE_LENGTH]; /* why `auto` took the engine; "": it did not */
};

struct clmlp_device {
    clmlp_backend *backend;
    clmlp_device_info info;
    bool profiles; /* opened to record kernel times */
    char note[8 * CLMLP_NAME_LENGTH];
};

/* Memory of the host for what is uploaded: count elements of that size. `what` is for the message. Errors:
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_staging_create(clmlp_backend *backend, size_t count, size_t size, const char *what,
                                  clmlp_staging *out, clmlp_error *error);
void clmlp_staging_destroy(clmlp_backend *backend, clmlp_staging *staging); /* what was never created, too */

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

/* What scores of batches can be at most. */
typedef struct clmlp_score_limits {
    size_t rows, total; /* examples of a batch, and of all that are read */
    double weight;      /* what the examples of a batch may weigh together */
} clmlp_score_limits;

/* scores_read, and no score that cannot be: rights are whole numbers from 0 to the examples, costs at least 0 but for
 * rounding. A cost may be infinite or NaN. Errors: CLMLP_DEVICE. */
clmlp_status clmlp_scores_take(clmlp_backend *backend, const clmlp_score_limits *limits, size_t first, size_t count,
                               clmlp_batch_score *scores, clmlp_error *error);

/* sums_read of those; sum i is one of squares, and at least 0 or NaN, where bit i of `squares` is set. Errors:
 * CLMLP_DEVICE. */
clmlp_status clmlp_sums_take(clmlp_backend *backend, size_t first, size_t count, unsigned squares, double *sums,
                             clmlp_error *error);

/* The plain layout: row-major, no padding, a bias unit in front of each row of a LAYER or INPUT. *stride is the
 * distance of two rows in elements. Errors: CLMLP_OUT_OF_MEMORY when the sizes overflow. */
clmlp_status clmlp_tensor_layout(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 size_t *stride, size_t *bytes, clmlp_error *error);

/* The products of the equations on the CPU path, on memory of the caller's, dense and row-major, of that precision:
 * what a reference needs, without matrices to copy to and from. layer is [1 a], [M x (s_in + 1)], with the bias unit as
 * column 0.
 *   forward_product   z = [1 a] theta^T: layer, theta [s_out x (s_in + 1)], z [M x s_out]
 *   delta_product     delta theta without column 0: delta [M x s_out], theta, back [M x s_in]
 *   gradient_product  (1/divisor) delta^T [1 a]: delta, layer, gradient [s_out x (s_in + 1)]
 * The first two have no use for the divisor. */
typedef struct clmlp_cpu_product_size {
    size_t M, s_in, s_out;
    double divisor;
    /* The part that is computed: columns of z and of back, rows of the gradient. Factors are whole; the result is where
     * the part begins. */
    size_t first, count;
} clmlp_cpu_product_size;

/* Before the first of them: whether the BLAS has the memory it needs. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_cpu_products_prepare(clmlp_error *error);
typedef void clmlp_cpu_product(clmlp_precision precision, const clmlp_cpu_product_size *size, const void *left,
                               const void *right, void *result);
clmlp_cpu_product clmlp_cpu_forward_product, clmlp_cpu_delta_product, clmlp_cpu_gradient_product;

/* Do parts 0 .. parts - 1, one at a time, on as many threads as the CPU path multiplies on; `work`: multiply-adds of
 * them all. Products within a part are its own thread's. piece: which thread. */
void clmlp_cpu_in_parts(size_t parts, double work, clmlp_work_piece *part, void *context);

#endif
