/* optimizer.c - the numbers of an update rule, from step to step. */
#include "train/optimizer.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rounded.h"

clmlp_status clmlp_rule_check(const clmlp_rule_settings *settings, clmlp_error *error)
{
    if ((unsigned)settings->optimizer >= CLMLP_OPTIMIZER_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there is no optimizer number %d", (int)settings->optimizer);
    }
#define CHECK(field, what, initial, allowed, expected, used)                                                    \
    do {                                                                                                        \
        const double value = settings->field;                                                                   \
        if (!(allowed) || !isfinite(value)) {                                                                   \
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, what " is %g (expected " expected ")", value);         \
        }                                                                                                       \
    } while (0);
    CLMLP_RULE_SETTING_LIST(CHECK)
#undef CHECK
    return clmlp_schedule_check(&settings->schedule, settings->rate, error);
}

clmlp_status clmlp_rule_check_rounded(const clmlp_rule_settings *settings, clmlp_precision precision,
                                      clmlp_error *error)
{
    const clmlp_optimizer optimizer = settings->optimizer;
    if (precision != CLMLP_F32) return CLMLP_OK;
    if (settings->clip_norm > 0.0 && !((float)settings->clip_norm > 0.0f && isfinite((float)settings->clip_norm))) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the norm to clip gradients to (--clip-norm) is %.15g, which f32 "
                          "rounds to %g (expected a number > 0 there, too; f64 can have it)", settings->clip_norm,
                          (double)(float)settings->clip_norm);
    }
#define CHECK(field, what, initial, allowed, expected, used)                                                    \
    do {                                                                                                        \
        const double value = (double)(float)settings->field;                                                    \
        if ((used) && !isfinite(value)) {                                                                       \
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, what " (--" #field ") is %.15g, which f32 rounds to "  \
                              "%g (expected at most %.15g; f64 can have it)", settings->field, value,           \
                              clmlp_largest_number(precision));                                                 \
        }                                                                                                       \
        if ((used) && !(allowed)) {                                                                             \
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, what " (--" #field ") is %.15g, which f32 rounds to "  \
                              "%g (expected " expected " there, too; f64 can have it)", settings->field,        \
                              value);                                                                           \
        }                                                                                                       \
    } while (0);
    CLMLP_RULE_SETTING_LIST(CHECK)
#undef CHECK
    return CLMLP_OK;
}

clmlp_update_rule clmlp_rule_of_step(const clmlp_rule_settings *settings, size_t step)
{
    clmlp_update_rule rule = {.optimizer = settings->optimizer};
    rule.numbers[UPDATE_RATE] = clmlp_schedule_rate_of_step(&settings->schedule, settings->rate, step - 1);
    rule.numbers[UPDATE_MOMENTUM] = settings->momentum;
    return rule;
}

clmlp_status clmlp_rule_of_steps(const clmlp_rule_settings *settings, size_t step, size_t count, double **numbers,
                                 clmlp_error *error)
{
    TRY(clmlp_allocate(numbers, count, UPDATE_NUMBERS * sizeof **numbers, "the numbers of many steps", error));
    for (size_t t = 0; t < count; t++) {
        const clmlp_update_rule rule = clmlp_rule_of_step(settings, step + t);
        memcpy(*numbers + t * UPDATE_NUMBERS, rule.numbers, sizeof rule.numbers);
    }
    return CLMLP_OK;
}
