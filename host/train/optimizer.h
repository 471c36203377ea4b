/* optimizer.h - the numbers of an update rule, from step to step. The rules themselves are kernels/common/update.h. */
#ifndef CLMLP_TRAIN_OPTIMIZER_H
#define CLMLP_TRAIN_OPTIMIZER_H

#include "backend/backend.h"

/* A rule as the user set it. */
typedef struct clmlp_rule_settings {
    clmlp_optimizer optimizer;
    double rate; /* alpha */
} clmlp_rule_settings;

/* Out of range is CLMLP_BAD_ARGUMENT, with what was found and expected. */
clmlp_status clmlp_rule_check(const clmlp_rule_settings *settings, clmlp_error *error);

/* The rule in step `step`, from 1 over the whole run. */
clmlp_update_rule clmlp_rule_of_step(const clmlp_rule_settings *settings, size_t step);

/* The numbers of `count` steps from `step` on: *numbers [count x UPDATE_NUMBERS], released with free(). */
clmlp_status clmlp_rule_of_steps(const clmlp_rule_settings *settings, size_t step, size_t count, double **numbers,
                                 clmlp_error *error);

#endif
