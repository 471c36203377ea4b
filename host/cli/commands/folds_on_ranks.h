/* folds_on_ranks.h - the folds of a cross-validation, trained by several ranks: the first that is free takes the next.
 */
#ifndef CLMLP_CLI_FOLDS_ON_RANKS_H
#define CLMLP_CLI_FOLDS_ON_RANKS_H

#include "commands/fold.h"
#include "reports/cross_validation.h"

/* As clmlp_cli_cross_validate, with several ranks. What is told comes in the order of the folds; of several that fail
 * it is the first, as in one process. */
int clmlp_cli_folds_on_ranks(clmlp_cli_cross_validation *cv, const clmlp_cli_fold_plan *plan);

#endif
