/* minimise.h - J of all training data at once made smaller, iteration by iteration: lbfgs and cg.
 *
 * Vectors stay on the device. Costs and dot products come to the host once for each point that is evaluated, and once
 * more for each direction. */
#ifndef CLMLP_TRAIN_MINIMISE_H
#define CLMLP_TRAIN_MINIMISE_H

#include "clmlp/train.h"
#include "train/minimise/lbfgs.h"
#include "train/minimise/line_search.h"
#include "train/step.h"

/* An iteration whose gradient's norm is at most this part of the larger of 1 and the norm of theta is the last. */
#define CLMLP_MINIMISER_TOLERANCE 1e-8

/* What is minimised, and how. All borrowed. */
typedef struct clmlp_minimise_setting {
    clmlp_minimiser minimiser;
    size_t pairs;              /* of lbfgs */
    clmlp_network *network;    /* its theta is where the minimisation begins and where each iteration ends */
    clmlp_batch_loader *loader; /* a batch has room for all m examples */
    const clmlp_descent *descent;
    double lambda;
    size_t m;
    const clmlp_cancel *cancel; /* ends the search of an iteration, which is then undone; NULL: none */
} clmlp_minimise_setting;

/* A point that was evaluated. */
typedef struct clmlp_point {
    clmlp_batch_score score;
    clmlp_trial trial;       /* J, and its slope along the direction */
    double gradient_square, theta_square; /* squares of norms */
} clmlp_point;

typedef struct clmlp_minimisation {
    clmlp_minimise_setting setting;
    clmlp_vector base, gradient, direction; /* where the iteration begins, its gradient, where it goes */
    clmlp_lbfgs lbfgs;
    clmlp_point here, last;  /* of base; of what was evaluated last, which the network holds */
    double first;                 /* step to begin the next search with */
    bool begun, has_direction;    /* base is evaluated; direction is the next one's */
    bool steepest;                /* the direction is -gradient */
    bool cut_short;               /* somebody wanted to stop: the iteration under way was undone */
    size_t iterations, evaluations;
    size_t settled;               /* evaluations that an iteration which is undone does not do again */
    clmlp_minimiser_end end;      /* CLMLP_END_NONE: it goes on */
} clmlp_minimisation;

/* The network gets room for gradients. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_minimise_begin(clmlp_minimisation **out, const clmlp_minimise_setting *setting, clmlp_error *error);
void clmlp_minimise_end(clmlp_minimisation *m); /* before the network is destroyed; NULL is fine */

/* One iteration, unless it has ended. *score: of the point that it begins with. A cost that is not finite there is no
 * error, and theta stays. Where `cancel` ends a search before it has found what it looks for, the iteration is undone
 * (cut_short): whoever goes on from there searches to the end, as a run does that was never stopped. */
clmlp_status clmlp_minimise_iterate(clmlp_minimisation *m, clmlp_batch_score *score, clmlp_error *error);

#endif
