/* cross_validate.h - clmlp train --cross-validate: how well training does on examples that it has not seen. */
#ifndef CLMLP_CLI_CROSS_VALIDATE_H
#define CLMLP_CLI_CROSS_VALIDATE_H

#include <clmlp/clmlp.h>

#include "options/network.h"
#include "reports/cross_validation.h"

/* What every fold has in common; all borrowed. */
typedef struct clmlp_cli_fold_plan {
    const clmlp_cli_network_options *network;
    clmlp_output output; /* which all examples together have shown */
    const clmlp_dataset *data;
    /* Reads data that are in no fold, for the model of one: they choose its epoch. *out NULL: the last one is taken. */
    clmlp_status (*load_validation)(const void *context, const clmlp_model *model, clmlp_dataset **out,
                                    clmlp_error *error);
    const void *context;
    clmlp_device *device;
    const clmlp_train_config *config; /* its history, validation data, callbacks and inspector are left aside */
} clmlp_cli_fold_plan;

/* Train on all folds but one and measure on that one, for each of cv->folds, which was set; the rest of *cv is filled
 * and released with clmlp_cli_cross_validation_free, on failure, too. Every training begins with the same seed.
 * Returns the exit status, after saying what went wrong. */
int clmlp_cli_cross_validate(clmlp_cli_cross_validation *cv, const clmlp_cli_fold_plan *plan);

#endif
