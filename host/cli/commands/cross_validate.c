/* cross_validate.c - clmlp train --cross-validate: how well training does on examples that it has not seen. */
#include "commands/cross_validate.h"

#include "commands/folds_on_ranks.h"
#include "message.h"

int clmlp_cli_cross_validate(clmlp_cli_cross_validation *cv, const clmlp_cli_fold_plan *plan)
{
    const size_t folds = cv->folds;
    static clmlp_cli_fold_result result;
    if (clmlp_ranks_count(plan->ranks) > 1) return clmlp_cli_folds_on_ranks(cv, plan);
    int code = clmlp_cli_cross_validation_begin(cv);
    for (size_t fold = 0; code == CLMLP_CLI_DONE && fold < folds; fold++) {
        clmlp_cli_fold_run(&result, plan, folds, fold, plan->config->cancel, false);
        if (result.error.status == CLMLP_OK) {
            clmlp_cli_cross_validation_add(cv, fold, result.has, result.values);
            clmlp_cli_fold_tell(&result, folds, fold);
        } else {
            code = clmlp_cli_fold_fail(&result, plan, folds, fold);
        }
    }
    return code;
}
