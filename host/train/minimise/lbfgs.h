/* lbfgs.h - directions by the limited-memory BFGS method: J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed.,
 * 2006, algorithms 7.4 and 7.5. All vectors, and the numbers of the two loops, stay on the device. */
#ifndef CLMLP_TRAIN_LBFGS_H
#define CLMLP_TRAIN_LBFGS_H

#include "train/minimise/vectors.h"

/* Sums from here on are the loops'; those before it are free. */
enum { CLMLP_LBFGS_FIRST_SUM = 16 };

/* Pairs by default, and at most. */
enum { CLMLP_LBFGS_PAIRS = 10, CLMLP_LBFGS_MOST_PAIRS = 100 };
_Static_assert(CLMLP_LBFGS_FIRST_SUM + 2 * CLMLP_LBFGS_MOST_PAIRS <= CLMLP_SUMS, "a sum for each pair in each loop");

typedef struct clmlp_lbfgs {
    size_t pairs;       /* that there is room for */
    clmlp_vector *s, *y; /* [pairs]: changes of theta and of the gradient; the pair of iteration k is k % pairs */
    double *rho;        /* [pairs]: 1 / y . s */
    double gamma;       /* s . y / y . y of the last pair */
    size_t next, count; /* pairs so far, and those that are remembered */
} clmlp_lbfgs;

clmlp_status clmlp_lbfgs_create(clmlp_lbfgs *lbfgs, const clmlp_network *network, size_t pairs, clmlp_error *error);
void clmlp_lbfgs_release(clmlp_lbfgs *lbfgs, const clmlp_network *network);

/* Where in s, y and rho the pair is that came `age` pairs, less than count, before the last one. */
size_t clmlp_lbfgs_place(const clmlp_lbfgs *lbfgs, size_t age);

/* direction := -H gradient; without pairs -gradient. Enqueues only. */
clmlp_status clmlp_lbfgs_direction(const clmlp_lbfgs *lbfgs, const clmlp_vector_space *space, clmlp_vector gradient,
                                   clmlp_vector direction, clmlp_error *error);

/* Remember a step: theta moved by step direction, and the gradient from `before` to `after`. A pair without positive
 * curvature, within rounding u, is left out. Waits. */
clmlp_status clmlp_lbfgs_learn(clmlp_lbfgs *lbfgs, const clmlp_vector_space *space, double step, clmlp_vector direction,
                               clmlp_vector before, clmlp_vector after, double u, clmlp_error *error);

#endif
