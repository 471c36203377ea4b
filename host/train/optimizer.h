/* optimizer.h - the numbers of an update rule, from step to step. The rules themselves are kernels/common/update.h. */
#ifndef CLMLP_TRAIN_OPTIMIZER_H
#define CLMLP_TRAIN_OPTIMIZER_H

#include "backend/backend.h"
#include "train/schedule.h"

/* What a rule is set to beside its name, X(field, what it is, default, whether `value` is allowed, what is expected,
 * whether `optimizer` uses it). Public configs have fields of the same names; replay bundles have them as
 * "clmlp.replay.FIELD". */
#define CLMLP_RULE_SETTING_LIST(X)                                       \
    X(rate, "the learning rate", 0.5, value > 0.0, "a number > 0", true) \
    X(momentum, "the momentum", 0.9, value >= 0.0 && value < 1.0, "a number >= 0 and < 1",               \
      optimizer == CLMLP_MOMENTUM)                                       \
    X(clip_norm, "the norm to clip gradients to", 0.0, value >= 0.0, "a number >= 0", false)

/* A rule as the user set it. */
typedef struct clmlp_rule_settings {
    clmlp_optimizer optimizer;
#define CLMLP_RULE_FIELD(field, what, initial, allowed, expected, used) double field;
    CLMLP_RULE_SETTING_LIST(CLMLP_RULE_FIELD)
#undef CLMLP_RULE_FIELD
    clmlp_schedule_settings schedule; /* of the rate */
} clmlp_rule_settings;

/* The initialiser of such settings from a public config, and that of a config's own fields. */
#define CLMLP_RULE_COPY(field, what, initial, allowed, expected, used) .field = config->field,
#define CLMLP_RULE_OF_CONFIG {.optimizer = config->optimizer, CLMLP_RULE_SETTING_LIST(CLMLP_RULE_COPY) \
                              .schedule = {.set = config->schedule}}
#define CLMLP_RULE_DEFAULT(field, what, initial, allowed, expected, used) .field = initial,
#define CLMLP_RULE_DEFAULTS CLMLP_RULE_SETTING_LIST(CLMLP_RULE_DEFAULT)

/* Out of range is CLMLP_BAD_ARGUMENT, with what was found and expected. */
clmlp_status clmlp_rule_check(const clmlp_rule_settings *settings, clmlp_error *error);

/* The same of the numbers that the rule uses, as the precision has them: 1e-50 is 0 in float. After
 * clmlp_rule_check. */
clmlp_status clmlp_rule_check_rounded(const clmlp_rule_settings *settings, clmlp_precision precision,
                                      clmlp_error *error);

/* The rule in step `step`, from 1 over the whole run. */
clmlp_update_rule clmlp_rule_of_step(const clmlp_rule_settings *settings, size_t step);

/* The numbers of `count` steps from `step` on: *numbers [count x UPDATE_NUMBERS], released with free(). */
clmlp_status clmlp_rule_of_steps(const clmlp_rule_settings *settings, size_t step, size_t count, double **numbers,
                                 clmlp_error *error);

#endif
