/* ensemble.h - training of clmlp train: one network, or the members of an ensemble one after another. */
#ifndef CLMLP_CLI_ENSEMBLE_H
#define CLMLP_CLI_ENSEMBLE_H

#include <clmlp/clmlp.h>

#include "commands/train_options.h"

/* What is trained, on what. */
typedef struct clmlp_cli_ensemble {
    clmlp_model **model; /* the first member, not trained yet; it becomes the ensemble */
    clmlp_device *device;
    const clmlp_dataset *train, *test; /* test NULL: none */
} clmlp_cli_ensemble;

/* Whether the members that a checkpoint has are what was asked for; false: *status is set. The options of the data are
 * known. */
bool clmlp_cli_ensemble_check(const clmlp_cli_train_options *o, int *status);

/* From the first member, or from where a checkpoint is. *result: of the first member, but with the steps and seconds of
 * all; best_epoch is 0 where members leave folds out: each has its own, which is said. *member: the last one that was
 * begun, from 0. Errors: as clmlp_train; what is trained to its end by then is in the model. */
clmlp_status clmlp_cli_ensemble_train(const clmlp_cli_train_options *o, const clmlp_cli_ensemble *ensemble,
                                      clmlp_train_result *result, size_t *member, clmlp_error *error);

#endif
