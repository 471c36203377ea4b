/* inject_parts.h - what inject.c, inject_spoil.c and inject_bound.c share. */
#ifndef TEST_INJECT_PARTS_H
#define TEST_INJECT_PARTS_H

#include "inject_spec.h"

typedef struct injector {
    clmlp_backend base; /* first: the table of the wrapper */
    clmlp_backend_ops ops;
    clmlp_backend *inner;
    fault_spec fault;
    /* calls of each equation so far: since the last output layer, or since the first one of the run */
    size_t forwards, hiddens, gradients, updates, steps;
    size_t L;           /* known from the first output layer on */
    size_t slot;        /* of the score of this step */
    double cost, cost_before; /* of step cost_step, and of the one before */
    size_t cost_step;
    double *kept;       /* what goes in late: the input of the step before */
    size_t kept_count;
    double cost_value, cost_bound;
    bool hit;
    double excess;      /* see inject.h */
    char note[160];
} injector;

/* One call of an equation: its arguments, copied so that they may be changed, and where in them is what. */
typedef struct site {
    injector *in;
    clmlp_equation equation;
    bool fused;                /* gradient and update in one */
    union {
        clmlp_forward_args forward;
        clmlp_output_args output;
        clmlp_hidden_args hidden;
        clmlp_gradient_args gradient;
    } args;
    clmlp_update_args update;  /* of the update, also where it is one call with the gradient */
    size_t M;                  /* rows of what is summed over or computed */
    size_t rows;               /* of the target */
    clmlp_tensor *target;      /* that the fault is about */
    const clmlp_tensor **theta, **late; /* inputs in args: theta; what an equation may have too late */
    size_t late_rows;
} site;

/* The call itself, on the backend that is right. */
clmlp_status site_run(site *s, clmlp_error *error);

/* The call with the fault. */
clmlp_status site_spoil(site *s, clmlp_error *error);

/* Dense rows of a matrix as doubles: *values released with free(). */
clmlp_status inject_get(injector *in, const clmlp_tensor *tensor, size_t rows, double **values, clmlp_error *error);
clmlp_status inject_put(injector *in, clmlp_tensor *tensor, size_t rows, const double *values, clmlp_error *error);

/* What the target should hold, and how far off it may be, each [s->rows x columns], by the naive loops of reference.h
 * from what the device has now; released with free(). Before the call; behind it for activations and h - y, which are
 * functions of the z that it leaves. */
clmlp_status site_bound(site *s, double **value, double **bound, clmlp_error *error);

/* The same of the cost. z and y are as the call left them. */
clmlp_status site_cost_bound(site *s, double *value, double *bound, clmlp_error *error);

/* |found - value| / bound, infinite for what is not finite. */
double inject_excess_of(double found, double value, double bound);

/* v with the lowest mantissa bit flipped that takes it beyond value +- bound; *bit: which. False: there is none. */
bool inject_flip(double v, double value, double bound, clmlp_precision precision, double *flipped, int *bit);

#endif
