/* optimizer.h - the numbers of an update rule, from step to step. The rules themselves are kernels/common/update.h. */
#ifndef CLMLP_TRAIN_OPTIMIZER_H
#define CLMLP_TRAIN_OPTIMIZER_H

#include "backend/backend.h"
#include "train/schedule.h"

/* What of the settings below a rule uses. */
#define CLMLP_RULE_HAS_MOMENTUM(optimizer) ((optimizer) == CLMLP_MOMENTUM || (optimizer) == CLMLP_NESTEROV)
#define CLMLP_RULE_HAS_BETA1(optimizer) ((optimizer) == CLMLP_ADAM || (optimizer) == CLMLP_ADAMW)
#define CLMLP_RULE_HAS_BETA2(optimizer) (CLMLP_RULE_HAS_BETA1(optimizer) || (optimizer) == CLMLP_RMSPROP)

/* What a rule is set to beside its name, X(field, what it is, default, whether `value` is allowed, what is expected,
 * whether `optimizer` needs it). Public configs have fields of the same names; replay bundles have them as
 * "clmlp.replay.FIELD". A beta2, epsilon or bias_rate of 0 stands for the optimizer's own,
 * a clip_norm of 0 for none. */
#define CLMLP_RULE_SETTING_LIST(X)                                                                                     \
    X(rate, "the learning rate", 0.5, value > 0.0, "a number > 0", true)                                               \
    X(momentum, "the momentum", 0.9, value >= 0.0 && value < 1.0, "a number >= 0 and < 1",                             \
      CLMLP_RULE_HAS_MOMENTUM(optimizer))                                                                              \
    X(beta1, "beta1", 0.9, value >= 0.0 && value < 1.0, "a number >= 0 and < 1", CLMLP_RULE_HAS_BETA1(optimizer))      \
    X(beta2, "beta2", 0.0, value >= 0.0 && value < 1.0, "a number >= 0 and < 1", CLMLP_RULE_HAS_BETA2(optimizer))      \
    X(epsilon, "epsilon", 1e-8, value >= 0.0, "a number >= 0", CLMLP_RULE_HAS_BETA2(optimizer))                        \
    X(weight_decay, "the weight decay", 0.01, value >= 0.0, "a number >= 0", (optimizer) == CLMLP_ADAMW)               \
    X(bias_rate, "the factor of the bias's rate", 1.0, value >= 0.0, "a number >= 0", false)                     \
    X(clip_norm, "the norm to clip gradients to", 0.0, value >= 0.0, "a number >= 0", false)

/* A rule as the user set it. */
typedef struct clmlp_rule_settings {
    clmlp_optimizer optimizer;
#define CLMLP_RULE_FIELD(field, what, initial, allowed, expected, used) double field;
    CLMLP_RULE_SETTING_LIST(CLMLP_RULE_FIELD)
#undef CLMLP_RULE_FIELD
    const double *layer_rates; /* [L - 1]: factor of the rate of each theta(l); NULL: all 1. Borrowed */
    bool fan_in_rates;         /* the factor of theta(l) is 1 / sqrt(s_l); layer_rates is NULL */
    clmlp_schedule_settings schedule; /* of the rate */
} clmlp_rule_settings;

/* The initialiser of such settings from a public config, and that of a config's own fields. */
#define CLMLP_RULE_COPY(field, what, initial, allowed, expected, used) .field = config->field,
#define CLMLP_RULE_OF_CONFIG                                                                                           \
    {.optimizer = config->optimizer, CLMLP_RULE_SETTING_LIST(CLMLP_RULE_COPY)                                          \
     .layer_rates = config->layer_rates, .fan_in_rates = config->fan_in_rates,                                         \
     .schedule = {.set = config->schedule}}
#define CLMLP_RULE_DEFAULT(field, what, initial, allowed, expected, used) .field = (initial),
#define CLMLP_RULE_DEFAULTS CLMLP_RULE_SETTING_LIST(CLMLP_RULE_DEFAULT)

/* Out of range is CLMLP_BAD_ARGUMENT, with what was found and expected. L: of the network. */
clmlp_status clmlp_rule_check(const clmlp_rule_settings *settings, size_t L, clmlp_error *error);

/* The same of the numbers that the rule uses in a network of s [L] units, as the precision has them: 1e-50 is 0 in
 * float. After clmlp_rule_check. */
clmlp_status clmlp_rule_check_rounded(const clmlp_rule_settings *settings, size_t L, const size_t *s,
                                      clmlp_precision precision, clmlp_error *error);

/* Whether the rates of the scale of the inputs, of which `factor` is that to the rate, are numbers of the precision. 0:
 * there is no such scale. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_rule_check_input_scale(const clmlp_rule_settings *settings, double factor, clmlp_precision precision,
                                          clmlp_error *error);

/* The factor of the rate of theta(l), in a network of s [L] units. */
double clmlp_rule_layer_rate(const clmlp_rule_settings *settings, const size_t *s, size_t l);

/* The rule of theta(l) in step `step`, from 1 over the whole run. */
clmlp_update_rule clmlp_rule_of_step(const clmlp_rule_settings *settings, const size_t *s, size_t l, size_t step);

/* That of a scale of the inputs: `factor` times the rate, without layer rates and decay. */
clmlp_update_rule clmlp_rule_of_input_scale(const clmlp_rule_settings *settings, double factor, size_t step);

/* The numbers of `count` steps from `step` on: *numbers [count x (L - 1) x UPDATE_NUMBERS], released with free(). */
clmlp_status clmlp_rule_of_steps(const clmlp_rule_settings *settings, size_t L, const size_t *s, size_t step,
                                 size_t count, double **numbers, clmlp_error *error);

#endif
