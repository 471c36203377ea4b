/* cpu_backend.h - the CPU path: plain loops over CBLAS, in float and in double. It is the reference
 * that every other backend is held to, so it is written to be read. */
#ifndef CLMLP_BACKEND_CPU_BACKEND_H
#define CLMLP_BACKEND_CPU_BACKEND_H

#include "backend/kind.h"

extern const clmlp_backend_kind clmlp_cpu_kind;

/* A matrix in the plain layout of clmlp_tensor_layout. */
typedef struct clmlp_cpu_tensor {
    clmlp_tensor base;
    size_t stride;     /* elements from one row to the next */
    size_t bias_units; /* 1 for LAYER, else 0: logical column j is column bias_units + j */
    size_t element;    /* bytes of one number */
    void *data;
    bool placed; /* data are the caller's */
} clmlp_cpu_tensor;

/* What is timed: each equation, and what else a step does. */
typedef enum clmlp_cpu_phase {
    CLMLP_CPU_GATHER,
    CLMLP_CPU_FORWARD,
    CLMLP_CPU_OUTPUT,
    CLMLP_CPU_HIDDEN,
    CLMLP_CPU_GRADIENT,
    CLMLP_CPU_UPDATE,
    CLMLP_CPU_OTHERS,
    CLMLP_CPU_PHASES
} clmlp_cpu_phase;

typedef struct clmlp_cpu_backend {
    clmlp_backend base;
    clmlp_batch_score *scores; /* [slots] */
    size_t slots;
    double sums[CLMLP_SUMS];   /* of dot */
    void *row;                 /* one row of outputs [row_size], where h is not wanted */
    size_t row_size;           /* bytes */
    bool profiles;             /* times are recorded */
    clmlp_kernel_time times[CLMLP_CPU_PHASES]; /* without their names */
} clmlp_cpu_backend;

/* Around an equation: the time; and what it took since then, with the operations of its products. Nothing unless times
 * are recorded. */
double clmlp_cpu_begin(const clmlp_backend *backend);
clmlp_status clmlp_cpu_end(clmlp_backend *backend, clmlp_cpu_phase phase, double began, double flops);
clmlp_status clmlp_cpu_profile(clmlp_backend *backend, bool on, clmlp_error *error);
clmlp_status clmlp_cpu_profile_take(clmlp_backend *backend, clmlp_kernel_time **times, size_t *count,
                                    clmlp_error *error);

/* A product is cut, along the longer side of its result, into parts that threads compute side by side, each with
 * BLAS on one thread. The parts follow from the shape alone, so the bits do not depend on the number of threads. */
enum {
    CLMLP_CPU_PART = 1 << 24,  /* multiply-adds of a part, about: a fraction of a millisecond; less is not cut */
    CLMLP_CPU_PART_ROWS = 96   /* rows or columns of a part are a multiple of this */
};
void clmlp_cpu_blas_begin(void);
void clmlp_cpu_blas_end(void);
/* Whether one thread multiplies only, because of a limit of memory; known once products are prepared. */
bool clmlp_cpu_blas_is_alone(void);
/* How many of the longer side's rows or columns make a part. */
size_t clmlp_cpu_blas_part(size_t longer, size_t shorter, size_t k);

/* The equations of cpu_equations.inc, once for each precision. */
#define CPU_EQUATIONS(suffix)                                                                                       \
    void clmlp_cpu_forward_##suffix(const clmlp_forward_args *args);                                                \
    void clmlp_cpu_output_##suffix(const clmlp_output_args *args, void *scratch, clmlp_batch_score *score);         \
    void clmlp_cpu_hidden_##suffix(const clmlp_hidden_args *args);                                                  \
    void clmlp_cpu_gradient_##suffix(const clmlp_gradient_args *args);                                              \
    void clmlp_cpu_update_##suffix(const clmlp_update_args *args);                                                  \
    void clmlp_cpu_scale_slopes_##suffix(const clmlp_scale_slopes_args *args);                                      \
    void clmlp_cpu_fold_scale_##suffix(const clmlp_fold_scale_args *args);                                          \
    double clmlp_cpu_dot_##suffix(const clmlp_dot_args *args);                                                      \
    void clmlp_cpu_combine_##suffix(const clmlp_combine_args *args, double a, double b);                            \
    void clmlp_cpu_product_##suffix(size_t m, size_t n, size_t k, const clmlp_tensor *a, const clmlp_tensor *b,     \
                                    clmlp_tensor *c);                                                               \
    void clmlp_cpu_bias_##suffix(clmlp_cpu_tensor *layer);
CPU_EQUATIONS(f32)
CPU_EQUATIONS(f64)
#undef CPU_EQUATIONS

#endif
