/* costs.h - what the steps of an epoch cost. epoch.c goes by it, and finish.c. */
#ifndef CLMLP_TRAIN_COSTS_H
#define CLMLP_TRAIN_COSTS_H

#include "train/run.h"

/* Whether the costs of the steps so far, which are on the host, are all finite; then theta at the start of the epoch
 * may be a good one, which the model keeps. Errors: CLMLP_DIVERGED. */
clmlp_status clmlp_run_check_costs(clmlp_run *run, clmlp_error *error);

/* J and accuracy of the epoch, as they were met. */
clmlp_score clmlp_run_score_met(const clmlp_run *run);

/* lambda term of J, of theta whose squares are given. */
double clmlp_run_decay_term(const clmlp_run *run, double squares);

/* What the model holds after a divergence: "best theta", "last good theta" or "theta that it began with". */
const char *clmlp_run_held(const clmlp_run *run);

/* The cost of a step, from 1, is not finite: the model holds the best or the last good theta. `shown`: what came of
 * showing the step to the inspector, with `why`. Returns CLMLP_DIVERGED. */
clmlp_status clmlp_run_diverged(clmlp_run *run, size_t epoch, size_t step, clmlp_status shown, const clmlp_error *why,
                                clmlp_error *error);

/* So many a second; 0 where no time went by. */
static inline double clmlp_rate_of(double count, double seconds)
{
    return seconds > 0.0 ? count / seconds : 0.0;
}

#endif
