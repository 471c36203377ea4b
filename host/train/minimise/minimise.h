/* minimise.h - J of all training data at once made smaller, iteration by iteration: lbfgs and cg.
 *
 * Vectors stay on the device. Costs and dot products come to the host once for each point that is evaluated, and once
 * more for each direction. */
#ifndef CLMLP_TRAIN_MINIMISE_H
#define CLMLP_TRAIN_MINIMISE_H

#include "clmlp/train.h"
#include "train/dropout.h"
#include "train/minimise/lbfgs.h"
#include "train/minimise/line_search.h"
#include "train/ranks/sharing.h"
#include "train/step.h"

/* An iteration whose gradient's norm is at most this part of the larger of 1 and the norm of theta is the last. */
#define CLMLP_MINIMISER_TOLERANCE 1e-8

/* What is minimised, and how. All borrowed. */
typedef struct clmlp_minimise_setting {
    clmlp_minimiser minimiser;
    size_t pairs;              /* of lbfgs */
    clmlp_network *network;    /* its theta is where the minimisation begins and where each iteration ends */
    clmlp_batch_loader *loader; /* a batch has room for all m examples */
    const clmlp_batch *batch;  /* all examples, in place of the loader; NULL: that has them */
    const clmlp_descent *descent;
    double lambda;
    size_t m;
    const clmlp_cancel *cancel; /* ends the search of an iteration, which is then undone; NULL: none */
    const clmlp_vector_watch *watch; /* of whoever looks at each operation; NULL: nobody */
    clmlp_sharing *sharing;    /* of several ranks, with the loader; NULL: there is one process */
} clmlp_minimise_setting;

/* What else a configuration asks for. */
typedef struct clmlp_minimiser_companions {
    size_t batch, lbfgs_pairs;
    clmlp_optimizer optimizer;
    const clmlp_rate_schedule *schedule;
    const double *layer_rates;
    bool fan_in_rates;
    double bias_rate, clip_norm;
    size_t dropout_count;
} clmlp_minimiser_companions;
#define CLMLP_COMPANIONS_OF_CONFIG                                                                                    \
    {.batch = config->batch, .lbfgs_pairs = config->lbfgs_pairs, .optimizer = config->optimizer,                      \
     .schedule = &config->schedule, .layer_rates = config->layer_rates, .fan_in_rates = config->fan_in_rates,         \
     .bias_rate = config->bias_rate, .clip_norm = config->clip_norm,                                                  \
     .dropout_count = clmlp_dropouts_for(config->dropout, config->dropout_count, config->seed).count}

/* Whether m examples can be minimised with them. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_minimiser_check(clmlp_minimiser minimiser, const clmlp_minimiser_companions *beside, size_t m,
                                   clmlp_error *error);

/* A point that was evaluated. */
typedef struct clmlp_point {
    clmlp_batch_score score;
    clmlp_trial trial;       /* J, and its slope along the direction */
    double gradient_square, theta_square; /* squares of norms */
} clmlp_point;

typedef struct clmlp_minimisation {
    clmlp_minimise_setting setting;
    clmlp_vector_space space;
    clmlp_vector base, gradient, direction; /* where the iteration begins, its gradient, where it goes */
    clmlp_lbfgs lbfgs;
    clmlp_point here, last;  /* of base; of what was evaluated last, which the network holds */
    double first;                 /* step to begin the next search with; 0: nothing is known of it */
    bool begun, has_direction;    /* base is evaluated; direction is the next one's */
    bool afresh;                  /* the direction is -gradient, and no step before says how far to go */
    bool cut_short;               /* somebody wanted to stop: the iteration under way was undone */
    size_t iterations, evaluations;
    size_t settled;               /* evaluations that an iteration which is undone does not do again */
    clmlp_minimiser_end end;      /* CLMLP_END_NONE: it goes on */
} clmlp_minimisation;

/* The network gets room for gradients. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_minimise_begin(clmlp_minimisation **out, const clmlp_minimise_setting *setting, clmlp_error *error);
void clmlp_minimise_end(clmlp_minimisation *m); /* before the network is destroyed; NULL is fine */

/* A move once more: evaluate the network's theta; then theta := theta + length direction, evaluated, too; and what is
 * learned from it, up to the next direction. direction [L - 1]: as matrices of the host, [s_{l+1} x (s_l + 1)]. */
clmlp_status clmlp_minimise_retrace(clmlp_minimisation *m, double *const *direction, double length,
                                    clmlp_error *error);

/* One iteration, unless it has ended. Errors: CLMLP_DIVERGED where the first one finds no lower point though J is not
 * flat, CLMLP_DEVICE. *score: of the point that it begins with. A cost that is not finite there is no
 * error, and theta stays. Where `cancel` ends a search before it has found what it looks for, the iteration is undone
 * (cut_short): whoever goes on from there searches to the end, as a run does that was never stopped. */
clmlp_status clmlp_minimise_iterate(clmlp_minimisation *m, clmlp_batch_score *score, clmlp_error *error);

#endif
