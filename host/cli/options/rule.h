/* rule.h - options that say how theta is updated. */
#ifndef CLMLP_CLI_RULE_H
#define CLMLP_CLI_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/clmlp.h>

#include "options/option_types.h"

/* The numbers of the optimizers, each an option: X(field of the configs, option, the optimizers that have it). */
#define CLMLP_CLI_RULE_NUMBER_LIST(X)                                     \
    X(momentum, "momentum", "momentum or nesterov")                       \
    X(beta1, "beta1", "adam or adamw")                                    \
    X(beta2, "beta2", "rmsprop, adam or adamw")                           \
    X(epsilon, "epsilon", "rmsprop, adam or adamw")                       \
    X(weight_decay, "weight-decay", "adamw; --lambda is for all of them")

/* What the command line says beside the configs' numbers: which options were given, and factors of the rates. */
typedef struct clmlp_cli_rule_given {
    bool optimizer, rate, layer_rates, bias_rate;
#define CLMLP_CLI_RULE_GIVEN(field, option, optimizers) bool field;
    CLMLP_CLI_RULE_NUMBER_LIST(CLMLP_CLI_RULE_GIVEN)
#undef CLMLP_CLI_RULE_GIVEN
    clmlp_cli_method_choice method;
    clmlp_cli_rates rates;
} clmlp_cli_rule_given;

/* The rule of a clmlp_train_config or a clmlp_verify_config. */
typedef struct clmlp_cli_rule {
    clmlp_optimizer optimizer;
    double rate, bias_rate;
#define CLMLP_CLI_RULE_FIELD(field, option, optimizers) double field;
    CLMLP_CLI_RULE_NUMBER_LIST(CLMLP_CLI_RULE_FIELD)
#undef CLMLP_CLI_RULE_FIELD
    const double *layer_rates; /* NULL: all 1 */
    bool fan_in_rates;
} clmlp_cli_rule;

#define CLMLP_CLI_RULE_OF(from)                                                                                        \
    ((clmlp_cli_rule){.optimizer = (from)->optimizer, .rate = (from)->rate, .bias_rate = (from)->bias_rate,            \
                      .momentum = (from)->momentum, .beta1 = (from)->beta1, .beta2 = (from)->beta2,                    \
                      .epsilon = (from)->epsilon, .weight_decay = (from)->weight_decay,                                \
                      .layer_rates = (from)->layer_rates, .fan_in_rates = (from)->fan_in_rates})

/* The default rate of a linear output. The squared error has a curvature of 1 where cross-entropy has at most 1/4, so a
 * stable rate is a quarter as large (docs/mathematics.md). Rules that divide by the size of the gradient move each
 * number by about the rate, whatever the cost. */
#define CLMLP_CLI_LINEAR_RATE 0.1
#define CLMLP_CLI_ADAPTIVE_RATE 0.003
#define CLMLP_CLI_RATE_DEFAULT "0.5; 0.1 where the output is linear; 0.003 of rmsprop, adam and adamw"
#define CLMLP_CLI_RMSPROP_BETA2 0.99
#define CLMLP_CLI_ADAM_BETA2 0.999

/* How theta is updated; `config` is a clmlp_train_config or a clmlp_verify_config. */
#define CLMLP_CLI_RULE_ROWS(config, given)                                                                             \
    {"optimizer", &clmlp_cli_method, &(given).method, "NAME",                                                          \
     "how theta is updated: sgd (plain gradient descent), momentum, nesterov, rmsprop, adam or adamw; or "             \
     "lbfgs or cg (full batches with a line search; an epoch, of verify a step, is an iteration)", NULL,               \
     &(given).optimizer},                                                                                              \
    {"rate", &clmlp_cli_positive, &(config).rate, "ALPHA", "learning rate, > 0", CLMLP_CLI_RATE_DEFAULT,               \
     &(given).rate},                                                                                                   \
    {"momentum", &clmlp_cli_below_one, &(config).momentum, "MU",                                                       \
     "mu in v := mu v + gradient, for --optimizer momentum and nesterov: >= 0 and < 1", NULL, &(given).momentum},      \
    {"beta1", &clmlp_cli_below_one, &(config).beta1, "BETA",                                                           \
     "share of the mean gradient that a step keeps, for adam and adamw: >= 0 and < 1", NULL, &(given).beta1},          \
    {"beta2", &clmlp_cli_inside_one, &(config).beta2, "BETA",                                                          \
     "share of the mean squared gradient that a step keeps, for rmsprop, adam and adamw: > 0 and < 1",                 \
     "0.999; of rmsprop 0.99", &(given).beta2},                                                                        \
    {"epsilon", &clmlp_cli_positive, &(config).epsilon, "EPS",                                                         \
     "added to the root of the mean squared gradient, for rmsprop, adam and adamw: > 0", NULL, &(given).epsilon},      \
    {"weight-decay", &clmlp_cli_non_negative, &(config).weight_decay, "D",                                             \
     "rate times D is what a step of adamw takes of each weight beside the gradient, >= 0; biases keep theirs", NULL,  \
     &(given).weight_decay},                                                                                           \
    {"layer-rates", &clmlp_cli_layer_rates, &(given).rates, "F,...|fan-in",                                            \
     "factors of the rate, one for each theta(l), > 0; fan-in: 1 / sqrt(inputs of the layer)", "1 each",               \
     &(given).layer_rates},                                                                                            \
    {"bias-rate", &clmlp_cli_positive, &(config).bias_rate, "F",                                                       \
     "factor of the rate of the biases, on top of their layer's, > 0", NULL, &(given).bias_rate},                      \
    {"clip-norm", &clmlp_cli_non_negative, &(config).clip_norm, "C",                                                   \
     "multiply all gradients by C / (norm + 1e-6) where their common norm is larger than C; 0: never", NULL, NULL}

/* A number of a rule: its name in JSON, its option, its value. */
typedef struct clmlp_cli_rule_number {
    const char *name, *option;
    double value;
} clmlp_cli_rule_number;

/* Those that the rule's optimizer has, into list [CLMLP_CLI_RULE_NUMBERS]; returns how many. */
enum { CLMLP_CLI_RULE_NUMBERS = 5 };
size_t clmlp_cli_rule_numbers(const clmlp_cli_rule *rule, clmlp_cli_rule_number *list);

/* Whether the optimizer has number i of the list above; the number --momentum. */
bool clmlp_cli_rule_has(clmlp_optimizer optimizer, size_t i);
bool clmlp_cli_has_momentum(clmlp_optimizer optimizer);

/* "sgd", "momentum 0.9", "adam (beta1 0.9, beta2 0.999, epsilon 1e-08)", with factors of rates behind, into text
 * [size]. */
void clmlp_cli_rule_text(const clmlp_cli_rule *rule, size_t L, char *text, size_t size);

/* False, with a usage error: an option was given that the optimizer has no use for. */
bool clmlp_cli_check_rule(const char *command, clmlp_optimizer optimizer, const clmlp_cli_rule_given *given,
                          int *status);

/* The first of the options that only steps of an optimizer have, beside its name, that was given; NULL: none. */
const char *clmlp_cli_given_rule_option(const clmlp_cli_rule_given *given);

/* What depends on the model, in a config: the default rate, the default beta2, factors of the rates. layer_rates point
 * into `given`. False, with a usage error: there are more or fewer of them than layers. */
typedef struct clmlp_cli_rule_places {
    clmlp_optimizer optimizer;
    double *rate, *beta2;
    const double **layer_rates;
    bool *fan_in_rates;
} clmlp_cli_rule_places;
#define CLMLP_CLI_RULE_PLACES(config) \
    (clmlp_cli_rule_places){(config).optimizer, &(config).rate, &(config).beta2, &(config).layer_rates, \
                            &(config).fan_in_rates}
bool clmlp_cli_take_rule(const char *command, clmlp_cli_rule_places places, const clmlp_cli_rule_given *given,
                         const clmlp_model *model, int *status);

#endif
