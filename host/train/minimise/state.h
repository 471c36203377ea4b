/* state.h - what the next iteration of a minimiser goes by, on the host: for checkpoints. */
#ifndef CLMLP_TRAIN_MINIMISE_STATE_H
#define CLMLP_TRAIN_MINIMISE_STATE_H

#include "train/minimise/minimise.h"

/* What there is, and how far it is. All 0: nothing is known yet. */
typedef struct clmlp_minimise_counts {
    size_t iterations, evaluations;
    size_t end;       /* clmlp_minimiser_end */
    size_t begun;     /* 1: theta is evaluated */
    size_t direction; /* 1: the next one follows from the iterations so far, and of cg is known */
    size_t pairs;     /* of lbfgs, that are remembered */
} clmlp_minimise_counts;

/* Of NULL: all 0. */
clmlp_minimise_counts clmlp_minimise_get_counts(const clmlp_minimisation *m);

/* Whether a minimiser like this one, or none (NULL), can have them. */
bool clmlp_minimise_can_have(const clmlp_minimisation *m, const clmlp_minimise_counts *counts);

/* Sizes: of `numbers`, and the rows of `vectors`, each as long and laid out as the model's theta. */
size_t clmlp_minimise_numbers(const clmlp_minimise_counts *counts);
size_t clmlp_minimise_vectors(const clmlp_minimise_counts *counts);

/* numbers: cost, correct rows, J, slope along the direction, squares of the norms of gradient and theta, first step,
 * gamma of lbfgs; then rho of each pair. vectors: gradient, the direction where it is known, then s and y of each pair.
 * Pairs come oldest first. Waits. Errors: CLMLP_DEVICE. */
clmlp_status clmlp_minimise_get(const clmlp_minimisation *m, const clmlp_model *model, double *numbers, double *vectors,
                                clmlp_error *error);

/* The opposite, between iterations; the network has the theta of then. Errors: CLMLP_DEVICE. */
clmlp_status clmlp_minimise_put(clmlp_minimisation *m, const clmlp_model *model, const clmlp_minimise_counts *counts,
                                const double *numbers, const double *vectors, clmlp_error *error);

#endif
