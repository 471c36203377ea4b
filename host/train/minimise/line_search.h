/* line_search.h - how far to go along a direction: a step t > 0 that lowers phi(t) = J(theta + t direction).
 *
 * Both searches end with the lowest point that they met where they do not find what they look for. */
#ifndef CLMLP_TRAIN_LINE_SEARCH_H
#define CLMLP_TRAIN_LINE_SEARCH_H

#include "base/error.h"
#include "clmlp/cancel.h"

/* phi(t), and its slope phi'(t). */
typedef struct clmlp_trial {
    double step, cost, slope;
} clmlp_trial;

/* What is searched along: `at` computes a trial of the step. `cancel` ends a search after it; NULL: none. */
typedef struct clmlp_line {
    clmlp_status (*at)(void *context, double step, clmlp_trial *trial, clmlp_error *error);
    void *context;
    const clmlp_cancel *cancel;
} clmlp_line;

/* Where a search ended. step 0: no point that was met is lower than the start. */
typedef struct clmlp_found {
    clmlp_trial trial;
    clmlp_trial nearest; /* of the points that were looked at, the one nearest to the start */
    bool fulfilled;      /* the conditions, and not only lower */
} clmlp_found;

/* The strong Wolfe conditions with c1 = 1e-4 and c2 = 0.5 (0.9, as is usual, takes fewer points in an iteration, and
 * more iterations): J. Nocedal and S. J. Wright, Numerical Optimization, 2nd
 * ed., 2006, algorithms 3.5 and 3.6, cubic interpolation (3.59).
 *   start  phi(0), its slope < 0
 *   first  the step to begin with */
clmlp_status clmlp_search_wolfe(const clmlp_line *line, const clmlp_trial *start, double first, clmlp_found *found,
                                clmlp_error *error);

/* The Wolfe-Powell conditions with rho = 0.05 and sigma = 0.1, by quadratic and cubic interpolation and extrapolation
 * within limits, as C. E. Rasmussen describes them for his minimize (2001, in the notes of GPML; Ng's course has it as
 * fmincg). He goes at most 3 times as far in one go, this search 10 times. */
clmlp_status clmlp_search_rasmussen(const clmlp_line *line, const clmlp_trial *start, double first, clmlp_found *found,
                                    clmlp_error *error);

#endif
