/* export_script.h - the part of clmlp export that writes trainings as scripts. */
#ifndef CLMLP_CLI_EXPORT_SCRIPT_H
#define CLMLP_CLI_EXPORT_SCRIPT_H

#include <clmlp/clmlp.h>

#include "options/option_types.h"
#include "options/rule.h"

typedef struct clmlp_cli_export_script {
    const char *path, *data;
    bool wanted, has_batch, has_epochs, has_seed, no_shuffle, has_lambda;
    clmlp_cli_rule_given rule;
    clmlp_script_options options;
} clmlp_cli_export_script;

#define CLMLP_CLI_EXPORT_SCRIPT_ROWS(s)                                                                                \
    {"script", &clmlp_cli_script, &(s).options.kind, "NAME",                                                           \
     "write a script of pytorch, sklearn or octave that trains on from MODEL, on --data, with the same steps and "     \
     "costs as clmlp train DATA --init MODEL", "none", &(s).wanted},                                                   \
    {"out", &clmlp_cli_text, &(s).path, "FILE", "where the script goes; the data goes beside it, as FILE.csv", "none", \
     NULL},                                                                                                            \
    {"data", &clmlp_cli_text, &(s).data, "DATA", "data with targets for --script", "none", NULL},                      \
    {"optimizer", &clmlp_cli_method, &(s).rule.method, "NAME",                                                         \
     "how theta is updated in the script: sgd, momentum, nesterov, rmsprop, adam or adamw", NULL,                      \
     &(s).rule.optimizer},                                                                                             \
    {"rate", &clmlp_cli_positive, &(s).options.rate, "RATE", "learning rate in the script, > 0",                       \
     CLMLP_CLI_RATE_DEFAULT, &(s).rule.rate},                                                                          \
    {"momentum", &clmlp_cli_below_one, &(s).options.momentum, "MU", "as in clmlp train", NULL, &(s).rule.momentum},    \
    {"beta1", &clmlp_cli_below_one, &(s).options.beta1, "BETA", "as in clmlp train", NULL, &(s).rule.beta1},           \
    {"beta2", &clmlp_cli_inside_one, &(s).options.beta2, "BETA", "as in clmlp train", "0.999; of rmsprop 0.99",        \
     &(s).rule.beta2},                                                                                                 \
    {"epsilon", &clmlp_cli_positive, &(s).options.epsilon, "EPS", "as in clmlp train", NULL, &(s).rule.epsilon},       \
    {"weight-decay", &clmlp_cli_non_negative, &(s).options.weight_decay, "D", "as in clmlp train", NULL,               \
     &(s).rule.weight_decay},                                                                                          \
    {"lambda", &clmlp_cli_non_negative, &(s).options.lambda, "LAMBDA", "L2 strength in the script, >= 0",              \
     "that of MODEL", &(s).has_lambda},                                                                                \
    {"epochs", &clmlp_cli_count, &(s).options.epochs, "N", "passes over the data in the script", NULL,                 \
     &(s).has_epochs},                                                                                                 \
    {"batch", &clmlp_cli_batch, &(s).options.batch, "N", "examples per step in the script, or full for all", NULL,     \
     &(s).has_batch},                                                                                                  \
    {"seed", &clmlp_cli_seed, &(s).options.seed, "N", "order of examples in the script", NULL, &(s).has_seed},         \
    {"no-shuffle", NULL, &(s).no_shuffle, NULL, "keep the order of the data in the script", NULL, NULL}

/* Nothing wanted; numbers of a training are those of clmlp train. */
clmlp_cli_export_script clmlp_cli_export_script_default(void);

/* False, with a usage error: options that do not go together, a file that cannot be written. */
bool clmlp_cli_export_script_check(const char *command, clmlp_cli_export_script *s, int *status);
bool clmlp_cli_export_script_check_output(const char *command, const clmlp_cli_export_script *s, const char *model,
                                          bool json, int *status);

/* False: FILE.csv, where the data go, is there and no script beside it says that it is of an earlier export. */
bool clmlp_cli_export_script_check_data(const char *command, const clmlp_cli_export_script *s, int *status);

/* Read the data, write, report. Returns the exit status. */
int clmlp_cli_export_script_run(clmlp_cli_export_script *s, const clmlp_load_options *load,
                                const clmlp_model *model, const char *path, bool json);

#endif
