/* train_run.h - one run of clmlp train: what it owns, and its end. */
#ifndef CLMLP_CLI_TRAIN_RUN_H
#define CLMLP_CLI_TRAIN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/clmlp.h>

#include "commands/cross_validate.h"
#include "commands/train_board.h"
#include "commands/train_input.h"
#include "commands/train_options.h"
#include "commands/train_page.h"
#include "reports/ranks.h"
#include "reports/startup.h"

/* What a run owns. */
typedef struct clmlp_cli_train_run {
    clmlp_cli_train_input in;
    clmlp_model_place *place; /* of --model */
    clmlp_cli_board board;    /* of --tensorboard */
    clmlp_device *device;
    char rank_device[CLMLP_NAME_LENGTH]; /* what it was opened by, where ranks choose together */
    clmlp_cli_cross_validation folds;
    size_t member; /* of an ensemble, that was begun last; from 0 */
    clmlp_evaluation *evaluation, *validation_evaluation, *test_evaluation; /* of the trained model; NULL: none */
    clmlp_cli_train_page page; /* of --report */
    clmlp_cli_startup startup;
    clmlp_cli_shares_told shares;
    bool verbose;
    double first_step; /* when the first step was done; 0: not yet */
    double until_first; /* seconds of training until then, in which kernels are built; 0: not known */
} clmlp_cli_train_run;

/* Training has ended with `status`, of `error`: save what it left, unless it never began; say how it ended, and report.
 * Of rank 0 alone. Returns the exit status. */
int clmlp_cli_train_finish(const clmlp_cli_train_options *o, clmlp_cli_train_run *run, clmlp_train_result *result,
                           clmlp_status status, const clmlp_error *error);

#endif
