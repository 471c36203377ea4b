/* rule.c - options that say how theta is updated: which optimizer has which, defaults, in words. */
#include "options/rule.h"

#include <stdio.h>
#include <string.h>

#include "message.h"

/* A set of CLMLP_CLI_RULE_NUMBER_LIST. */
enum {
#define NUMBER_INDEX(field, option, optimizers) INDEX_##field,
    CLMLP_CLI_RULE_NUMBER_LIST(NUMBER_INDEX)
#undef NUMBER_INDEX
    NUMBERS
};
#define HAS(field) (1u << INDEX_##field)
_Static_assert((int)NUMBERS == (int)CLMLP_CLI_RULE_NUMBERS, "room for all numbers");

static unsigned numbers_of(clmlp_optimizer optimizer)
{
    switch (optimizer) {
    case CLMLP_MOMENTUM:
    case CLMLP_NESTEROV: return HAS(momentum);
    case CLMLP_RMSPROP: return HAS(beta2) | HAS(epsilon);
    case CLMLP_ADAM: return HAS(beta1) | HAS(beta2) | HAS(epsilon);
    case CLMLP_ADAMW: return HAS(beta1) | HAS(beta2) | HAS(epsilon) | HAS(weight_decay);
    case CLMLP_SGD:
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    return 0;
}

static const struct {
    const char *option, *optimizers;
} numbers[NUMBERS] = {
#define NUMBER_ROW(field, option, optimizers) {option, optimizers},
    CLMLP_CLI_RULE_NUMBER_LIST(NUMBER_ROW)
#undef NUMBER_ROW
};

bool clmlp_cli_rule_has(clmlp_optimizer optimizer, size_t number)
{
    return number < NUMBERS && (numbers_of(optimizer) >> number & 1u) != 0;
}

bool clmlp_cli_has_momentum(clmlp_optimizer optimizer)
{
    return clmlp_cli_rule_has(optimizer, INDEX_momentum);
}

size_t clmlp_cli_rule_numbers(const clmlp_cli_rule *rule, clmlp_cli_rule_number *list)
{
    const double values[NUMBERS] = {
#define NUMBER_VALUE(field, option, optimizers) rule->field,
        CLMLP_CLI_RULE_NUMBER_LIST(NUMBER_VALUE)
#undef NUMBER_VALUE
    };
    static const char *const fields[NUMBERS] = {
#define NUMBER_FIELD(field, option, optimizers) #field,
        CLMLP_CLI_RULE_NUMBER_LIST(NUMBER_FIELD)
#undef NUMBER_FIELD
    };
    size_t count = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!clmlp_cli_rule_has(rule->optimizer, i)) continue;
        list[count++] = (clmlp_cli_rule_number){fields[i], numbers[i].option, values[i]};
    }
    return count;
}

/* More of a text, cut when too long. */
#define APPEND(...)                                                                        \
    do {                                                                                   \
        if (used < size) used += (size_t)snprintf(text + used, size - used, __VA_ARGS__);  \
    } while (0)

void clmlp_cli_rule_text(const clmlp_cli_rule *rule, size_t L, char *text, size_t size)
{
    clmlp_cli_rule_number list[CLMLP_CLI_RULE_NUMBERS];
    const size_t count = clmlp_cli_rule_numbers(rule, list);
    size_t used = 0;
    APPEND("%s", clmlp_optimizer_name(rule->optimizer));
    if (count == 1) APPEND(" %g", list[0].value);
    for (size_t i = 0; i < count && count > 1; i++) {
        APPEND("%s%s %g%s", i == 0 ? " (" : ", ", list[i].option, list[i].value, i + 1 == count ? ")" : "");
    }
    if (rule->fan_in_rates) APPEND(", layer rates by fan-in");
    for (size_t l = 1; l < L && rule->layer_rates != NULL; l++) {
        APPEND("%s%g", l == 1 ? ", layer rates " : ",", rule->layer_rates[l - 1]);
    }
    if (rule->bias_rate > 0.0 && rule->bias_rate != 1.0) APPEND(", bias rate %g", rule->bias_rate);
}

bool clmlp_cli_check_rule(const char *command, clmlp_optimizer optimizer, const clmlp_cli_rule_given *given,
                          int *status)
{
    const bool is_given[NUMBERS] = {
#define NUMBER_GIVEN(field, option, optimizers) given->field,
        CLMLP_CLI_RULE_NUMBER_LIST(NUMBER_GIVEN)
#undef NUMBER_GIVEN
    };
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!is_given[i] || clmlp_cli_rule_has(optimizer, i)) continue;
        *status = clmlp_cli_usage_error(command, "--%s: has no meaning with --optimizer %s (expected --optimizer %s)",
                                        numbers[i].option, clmlp_optimizer_name(optimizer), numbers[i].optimizers);
        return false;
    }
    return true;
}

const char *clmlp_cli_given_rule_option(const clmlp_cli_rule_given *given)
{
    if (given->rate) return "rate";
#define NUMBER_GIVEN(field, option, optimizers) \
    if (given->field) return option;
    CLMLP_CLI_RULE_NUMBER_LIST(NUMBER_GIVEN)
#undef NUMBER_GIVEN
    if (given->layer_rates) return "layer-rates";
    return given->bias_rate ? "bias-rate" : NULL;
}

static double default_rate(clmlp_optimizer optimizer, const clmlp_model *model, double rate)
{
    switch (optimizer) {
    case CLMLP_RMSPROP:
    case CLMLP_ADAM:
    case CLMLP_ADAMW: return CLMLP_CLI_ADAPTIVE_RATE;
    case CLMLP_SGD:
    case CLMLP_MOMENTUM:
    case CLMLP_NESTEROV:
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    return clmlp_model_output(model) == CLMLP_OUTPUT_LINEAR ? CLMLP_CLI_LINEAR_RATE : rate;
}

bool clmlp_cli_take_rule(const char *command, clmlp_cli_rule_places places, const clmlp_cli_rule_given *given,
                         const clmlp_model *model, int *status)
{
    const size_t layers = clmlp_model_layers(model) - 1, count = given->rates.count;
    const clmlp_optimizer optimizer = places.optimizer;
    if (!given->rate) *places.rate = default_rate(optimizer, model, *places.rate);
    if (!given->beta2) *places.beta2 = optimizer == CLMLP_RMSPROP ? CLMLP_CLI_RMSPROP_BETA2 : CLMLP_CLI_ADAM_BETA2;
    if (!given->layer_rates) return true;
    *places.fan_in_rates = count == 0;
    *places.layer_rates = count > 0 ? given->rates.of : NULL;
    if (count == 0 || count == layers) return true;
    *status = clmlp_cli_usage_error(command, "--layer-rates: %zu factor%s, and the network has %zu theta (expected one "
                                    "for each)", count, count == 1 ? "" : "s", layers);
    return false;
}
