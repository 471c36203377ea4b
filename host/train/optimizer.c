/* optimizer.c - the numbers of an update rule, from step to step. */
#include "train/optimizer.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rounded.h"

/* What a beta2 or an epsilon of 0 stands for. */
static const double ADAM_BETA2 = 0.999, RMSPROP_BETA2 = 0.99, EPSILON = 1e-8;

static clmlp_status check_layer_rates(const clmlp_rule_settings *settings, size_t L, clmlp_error *error)
{
    if (settings->layer_rates == NULL) return CLMLP_OK;
    if (settings->fan_in_rates) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "layer rates were given, and those by fan-in, too (expected one "
                          "of the two)");
    }
    for (size_t l = 1; l < L; l++) {
        const double factor = settings->layer_rates[l - 1];
        if (factor > 0.0 && isfinite(factor)) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the factor of the rate of theta(%zu) is %g (expected a number > "
                          "0)", l, factor);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_rule_check(const clmlp_rule_settings *settings, size_t L, clmlp_error *error)
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
    TRY(check_layer_rates(settings, L, error));
    return clmlp_schedule_check(&settings->schedule, settings->rate, error);
}

static double epsilon_of(const clmlp_rule_settings *settings)
{
    return settings->epsilon > 0.0 ? settings->epsilon : EPSILON;
}

static double beta2_of(const clmlp_rule_settings *settings)
{
    if (settings->beta2 > 0.0) return settings->beta2;
    return settings->optimizer == CLMLP_RMSPROP ? RMSPROP_BETA2 : ADAM_BETA2;
}

static double bias_rate_of(const clmlp_rule_settings *settings)
{
    return settings->bias_rate > 0.0 ? settings->bias_rate : 1.0;
}

double clmlp_rule_layer_rate(const clmlp_rule_settings *settings, const size_t *s, size_t l)
{
    if (settings->fan_in_rates) return 1.0 / sqrt((double)s[l - 1]);
    return settings->layer_rates != NULL ? settings->layer_rates[l - 1] : 1.0;
}

/* What the layers have in common in a step: the rate, and corrections for a state that began with 0. */
typedef struct common {
    double rate, first, second; /* alpha by the schedule, 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
} common;

static common common_of(const clmlp_rule_settings *settings, size_t step)
{
    const double rate = clmlp_schedule_rate_of_step(&settings->schedule, settings->rate, step - 1);
    const double t = (double)step;
    if (!CLMLP_RULE_HAS_BETA1(settings->optimizer)) return (common){rate, 1.0, 1.0};
    return (common){rate, 1.0 / (1.0 - pow(settings->beta1, t)), 1.0 / sqrt(1.0 - pow(beta2_of(settings), t))};
}

static void numbers_of(const clmlp_rule_settings *settings, const common *step, double factor,
                       double numbers[UPDATE_NUMBERS])
{
    const double rate = step->rate * factor;
    memset(numbers, 0, UPDATE_NUMBERS * sizeof *numbers);
    numbers[UPDATE_RATE] = rate * step->first;
    numbers[UPDATE_BIAS_RATE] = rate * bias_rate_of(settings) * step->first;
    numbers[UPDATE_MOMENTUM] = settings->momentum;
    numbers[UPDATE_BETA1] = settings->beta1;
    numbers[UPDATE_NEW1] = 1.0 - settings->beta1;
    numbers[UPDATE_BETA2] = beta2_of(settings);
    numbers[UPDATE_NEW2] = 1.0 - beta2_of(settings);
    numbers[UPDATE_EPSILON] = epsilon_of(settings);
    numbers[UPDATE_CORRECTION] = step->second;
    numbers[UPDATE_KEPT] = 1.0 - rate * settings->weight_decay;
}

static bool is_usable(double rate, clmlp_precision precision)
{
    const double value = precision == CLMLP_F32 ? (double)(float)rate : rate;
    return value > 0.0 && isfinite(value);
}

/* What comes of several settings: the rates of each layer, and what adamw leaves of theta. */
static clmlp_status check_layers(const clmlp_rule_settings *settings, size_t L, const size_t *s,
                                 clmlp_precision precision, clmlp_error *error)
{
    common first = common_of(settings, 1);
    first.rate = settings->rate; /* the highest that there will be */
    for (size_t l = 1; l < L; l++) {
        double numbers[UPDATE_NUMBERS];
        numbers_of(settings, &first, clmlp_rule_layer_rate(settings, s, l), numbers);
        const double rates[] = {numbers[UPDATE_RATE], numbers[UPDATE_BIAS_RATE]};
        for (int i = 0; i < 2; i++) {
            if (is_usable(rates[i], precision)) continue;
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the first step's rate of the %s of theta(%zu) is %g "
                              "(expected a number > 0 that %s has)", i == 0 ? "weights" : "bias", l, rates[i],
                              clmlp_precision_name(precision));
        }
        if (settings->optimizer == CLMLP_ADAMW && !(numbers[UPDATE_KEPT] >= 0.0)) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the weight decay (--weight-decay) is %g: a step would leave "
                              "%g of theta(%zu) (expected decay times rate to be at most 1)", settings->weight_decay,
                              numbers[UPDATE_KEPT], l);
        }
    }
    return CLMLP_OK;
}

/* A subnormal one may count as 0, which a state of 0 must not be divided by. */
static clmlp_status check_epsilon(const clmlp_rule_settings *settings, clmlp_precision precision, clmlp_error *error)
{
    const double epsilon = epsilon_of(settings), least = precision == CLMLP_F32 ? (double)FLT_MIN : DBL_MIN;
    if (!CLMLP_RULE_HAS_BETA2(settings->optimizer) || epsilon >= least) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "epsilon (--epsilon) is %g (expected at least %g, the smallest normal "
                      "number of %s)", epsilon, least, clmlp_precision_name(precision));
}

static clmlp_status check_clip_norm(const clmlp_rule_settings *settings, clmlp_precision precision, clmlp_error *error)
{
    const float rounded = (float)settings->clip_norm;
    const bool rounds = precision == CLMLP_F32 && settings->clip_norm > 0.0;
    if (!rounds || (rounded > 0.0f && isfinite(rounded))) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the norm to clip gradients to (--clip-norm) is %.15g, which f32 "
                      "rounds to %g (expected a number > 0 there, too; f64 can have it)", settings->clip_norm,
                      (double)rounded);
}

clmlp_status clmlp_rule_check_rounded(const clmlp_rule_settings *settings, size_t L, const size_t *s,
                                      clmlp_precision precision, clmlp_error *error)
{
    const clmlp_optimizer optimizer = settings->optimizer;
    TRY(check_epsilon(settings, precision, error));
    TRY(check_clip_norm(settings, precision, error));
    if (precision != CLMLP_F32) return check_layers(settings, L, s, precision, error);
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
    return check_layers(settings, L, s, precision, error);
}

clmlp_status clmlp_rule_check_input_scale(const clmlp_rule_settings *settings, double factor, clmlp_precision precision,
                                          clmlp_error *error)
{
    common first = common_of(settings, 1);
    double numbers[UPDATE_NUMBERS];
    if (!(factor > 0.0)) return CLMLP_OK;
    first.rate = settings->rate; /* the highest that there will be */
    numbers_of(settings, &first, factor, numbers);
    const double rates[] = {numbers[UPDATE_RATE], numbers[UPDATE_BIAS_RATE]};
    for (int i = 0; i < 2; i++) {
        if (is_usable(rates[i], precision)) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the first step's rate of the scale of the %s is %g: rate times "
                          "--input-scale-rate%s (expected a number > 0 that %s has)", i == 0 ? "inputs" : "bias",
                          rates[i], i == 0 ? "" : " times --bias-rate", clmlp_precision_name(precision));
    }
    return CLMLP_OK;
}

clmlp_update_rule clmlp_rule_of_step(const clmlp_rule_settings *settings, const size_t *s, size_t l, size_t step)
{
    clmlp_update_rule rule = {.optimizer = settings->optimizer};
    const common now = common_of(settings, step);
    numbers_of(settings, &now, clmlp_rule_layer_rate(settings, s, l), rule.numbers);
    return rule;
}

clmlp_update_rule clmlp_rule_of_input_scale(const clmlp_rule_settings *settings, double factor, size_t step)
{
    clmlp_update_rule rule = {.optimizer = settings->optimizer};
    const common now = common_of(settings, step);
    numbers_of(settings, &now, factor, rule.numbers);
    rule.numbers[UPDATE_KEPT] = 1.0;
    return rule;
}

clmlp_status clmlp_rule_of_steps(const clmlp_rule_settings *settings, size_t L, const size_t *s, size_t step,
                                 size_t count, double **numbers, clmlp_error *error)
{
    size_t rows = 0;
    if (!clmlp_multiply(count, L - 1, &rows)) rows = SIZE_MAX; /* which no memory has room for */
    TRY(clmlp_allocate(numbers, rows, UPDATE_NUMBERS * sizeof **numbers, "the numbers of many steps", error));
    double *of = *numbers;
    for (size_t t = 0; t < count; t++) {
        const common now = common_of(settings, step + t);
        for (size_t l = 1; l < L; l++, of += UPDATE_NUMBERS) {
            numbers_of(settings, &now, clmlp_rule_layer_rate(settings, s, l), of);
        }
    }
    return CLMLP_OK;
}
