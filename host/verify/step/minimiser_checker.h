/* minimiser_checker.h - check what lbfgs and cg compute: each operation on vectors, and each point that is evaluated.
 *
 * The line search decides by the numbers that it meets, so that two correct runs may part at any of its points. So the
 * device's own run is looked at, in lock-step: each operation is done by the device, and again in double from what the
 * device had.
 *   dot        from both vectors
 *   theta, direction, vector   a x + b y from x, y and the sums that a and b are made of; vector: what the minimiser
 *              keeps beside, as the pairs of lbfgs
 *   z, a, cost, delta, gradient   at every point, as step_checker.h has it
 */
#ifndef CLMLP_VERIFY_MINIMISER_CHECKER_H
#define CLMLP_VERIFY_MINIMISER_CHECKER_H

#include "train/minimise/minimise.h"
#include "verify/step/step_checker.h"

typedef struct clmlp_minimiser_checker clmlp_minimiser_checker;

/* What is checked, and who is told. All borrowed.
 *   step  x, y and w are the host's, of all examples; its descent is set. It receives what a point has. Its `after`
 *         goes */
typedef struct clmlp_watched_minimiser {
    clmlp_network *network;
    clmlp_step_record *step;
    clmlp_step_checker *checker;
    clmlp_step_checker_sink *sink;
    void *context;
} clmlp_watched_minimiser;

/* Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_minimiser_checker_create(clmlp_minimiser_checker **out, const clmlp_watched_minimiser *check,
                                            clmlp_error *error);
void clmlp_minimiser_checker_destroy(clmlp_minimiser_checker *checker); /* NULL is fine */

/* For clmlp_minimise_setting.watch. Owned by the checker. */
const clmlp_vector_watch *clmlp_minimiser_checker_watch(const clmlp_minimiser_checker *checker);

/* Before each iteration: its number, from 1; the minimisation that is watched. `on` false: nothing is looked at. */
void clmlp_minimiser_checker_begin(clmlp_minimiser_checker *checker, const clmlp_minimisation *minimisation,
                                   size_t number, bool on);

/* How theta moved last: theta + step direction, each laid out as in a step record; NULL: it did not yet. */
typedef struct clmlp_minimiser_move {
    double **theta, **direction; /* [L - 1]: before it */
    double step;
} clmlp_minimiser_move;
const clmlp_minimiser_move *clmlp_minimiser_checker_move(const clmlp_minimiser_checker *checker);


/* theta before it, direction and length into the step record, for a bundle. Errors: CLMLP_BAD_ARGUMENT (theta did not
 * move), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_minimiser_checker_take_move(clmlp_minimiser_checker *checker, clmlp_error *error);

#endif
