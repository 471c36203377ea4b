/* ensemble.h - clmlp train --ensemble: the networks of one model, trained one after the other. */
#ifndef CLMLP_CLI_ENSEMBLE_H
#define CLMLP_CLI_ENSEMBLE_H

#include <clmlp/clmlp.h>

#include "commands/train_options.h"

/* What all members have in common; all borrowed. */
typedef struct clmlp_cli_ensemble_plan {
    const clmlp_cli_train_options *options; /* of a single network, too */
    const clmlp_dataset *train, *test;      /* test NULL: none */
    bool has_validation;                    /* there are held-out examples beside those of folds */
    clmlp_device *device;
} clmlp_cli_ensemble_plan;

/* Train `model`, and add a member for each seed that follows. *result: the scores of the first one; steps, seconds and
 * samples a second are of all. best_epoch is 0 where members leave folds out: each has its own, which is said. */
clmlp_status clmlp_cli_train_ensemble(clmlp_model *model, const clmlp_cli_ensemble_plan *plan,
                                      clmlp_train_result *result, clmlp_error *error);

#endif
