/* fold.h - one fold of clmlp train --cross-validate. */
#ifndef CLMLP_CLI_FOLD_H
#define CLMLP_CLI_FOLD_H

#include <clmlp/clmlp.h>
#include <clmlp/ranks.h>

#include "options/network.h"

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
    clmlp_ranks *ranks; /* which share the folds out, each with its device and all examples; NULL: this process alone */
} clmlp_cli_fold_plan;

/* What a fold gave; no pointers, so that it can be sent. */
typedef struct clmlp_cli_fold_result {
    clmlp_error error;    /* its status CLMLP_OK: what follows is known */
    size_t examples;      /* held out */
    bool has[CLMLP_METRIC_COUNT];
    double values[CLMLP_METRIC_COUNT]; /* NaN: undefined */
    char notes[4096];     /* what its data had to tell, a line each, if these were collected */
} clmlp_cli_fold_result;

/* Train on all folds but one, number `fold` from 0, and measure on that one.
 *   cancel   stops it; NULL: none
 *   collect  notes are not told, but put into the result */
void clmlp_cli_fold_run(clmlp_cli_fold_result *result, const clmlp_cli_fold_plan *plan, size_t folds, size_t fold,
                        const clmlp_cancel *cancel, bool collect);

/* Tell the notes that were collected, then the first metrics. */
void clmlp_cli_fold_tell(const clmlp_cli_fold_result *result, size_t folds, size_t fold);

/* Say why a fold failed. Returns the exit status. */
int clmlp_cli_fold_fail(const clmlp_cli_fold_result *result, const clmlp_cli_fold_plan *plan, size_t folds,
                        size_t fold);

#endif
