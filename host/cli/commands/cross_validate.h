/* cross_validate.h - clmlp train --cross-validate: how well training does on examples that it has not seen. */
#ifndef CLMLP_CLI_CROSS_VALIDATE_H
#define CLMLP_CLI_CROSS_VALIDATE_H

#include "commands/fold.h"
#include "reports/cross_validation.h"

/* Train on all folds but one and measure on that one, for each of cv->folds, which was set; the rest of *cv is filled
 * and released with clmlp_cli_cross_validation_free, on failure, too. Every training begins with the same seed. With
 * several ranks, of plan->ranks, all of them train folds, with the results of one; only rank 0 tells of them and fills
 * *cv. Collective. Returns the exit status, the same on all ranks unless one is lost, after saying what went wrong. */
int clmlp_cli_cross_validate(clmlp_cli_cross_validation *cv, const clmlp_cli_fold_plan *plan);

#endif
