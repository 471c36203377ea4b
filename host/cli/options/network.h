/* network.h - the network and the data that a command works on: a new network for the data, or a model file with data
 * that suits it. */
#ifndef CLMLP_CLI_NETWORK_H
#define CLMLP_CLI_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <clmlp/clmlp.h>

#include "options/options.h"
#include "options/shared.h"
#include "options/task.h"

typedef struct clmlp_cli_network_options {
    clmlp_load_options load;
    clmlp_cli_layers hidden;
    clmlp_activation activation;
    clmlp_output output;
    clmlp_initialisation initialisation;
    clmlp_scale scale, target_scale;
    const char *model; /* file to start from; NULL: random theta */
    clmlp_cli_text_given text;
    const char *class_names; /* of that file; NULL: what it says */
    const char *class_weights; /* as given; NULL: all 1 */
    double held_out; /* the fraction of the data that is held out; 0: none */
    clmlp_cli_task task;
    bool has_task, has_labels, has_target, has_missing_targets, has_features, has_ignore, has_hidden, has_activation;
    bool has_output, has_scale, has_target_scale, has_missing, has_missing_texts, has_unseen, has_categorical;
    bool has_max_categories, has_svmlight_features, has_initialisation;
} clmlp_cli_network_options;

/* 25 hidden units, sigmoid twice, scaling auto, random theta. */
clmlp_cli_network_options clmlp_cli_network_options_default(void);

/* Rows of an option table. */
#define CLMLP_CLI_DATA_ROWS(n)                                                                                         \
    {"labels", &clmlp_cli_text, &(n).load.labels_path, "FILE",                                                         \
     "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA",            \
     &(n).has_labels},                                                                                                 \
    {"target", &clmlp_cli_text, &(n).load.target, "COL",                                                               \
     "target column of DATA: its name or number from 1; or several, as for --features", "last", &(n).has_target},      \
    {"task", &clmlp_cli_task_name, &(n).task, "NAME",                                                                  \
     "what the target is: classify, regress (a number; --output is linear then), or auto, by its values: fractions "   \
     "are numbers, texts and few repeated integers classes", NULL, &(n).has_task},                                     \
    CLMLP_CLI_TEXT_ROWS((n).load, (n).text),                                                                           \
    {"weights", &clmlp_cli_text, &(n).load.weights, "COL",                                                             \
     "column of DATA with the weight of each example in training, its name or number: w in J = (1/m) sum w cost + "    \
     "..., >= 0, scaled to a mean of 1; scores count all examples alike", "none", NULL},                               \
    {"class-weights", &clmlp_cli_text, &(n).class_weights, "WEIGHTS",                                                  \
     "weights of classes in training: balanced (m / (K m_k) for a class of m_k examples), or NAME=W,...; multiplied "  \
     "with --weights", "all 1", NULL},                                                                                 \
    {"svmlight-features", &clmlp_cli_count, &(n).load.svmlight_features, "N",                                          \
     "features of svmlight text, where later data has larger indices", "up to the largest index",                      \
     &(n).has_svmlight_features},                                                                                      \
    CLMLP_CLI_MISSING_TARGETS_ROW((n).load, &(n).has_missing_targets),                                                 \
    CLMLP_CLI_COLUMN_ROWS((n).load, &(n).has_features, &(n).has_ignore),                                               \
    CLMLP_CLI_CATEGORY_ROWS((n).load, &(n).has_categorical, &(n).has_max_categories),                                  \
    CLMLP_CLI_VALUE_ROWS((n).load, &(n).has_missing, &(n).has_missing_texts, &(n).has_unseen),                         \
    {"scale", &clmlp_cli_scale, &(n).scale, "NAME",                                                                    \
     "scaling of features, kept in the model: auto (8-bit pixels as pixel, sparse data as none, anything else as "     \
     "standard), none, minmax, standard, pixel (/255), robust (median and interquartile range) or robust-clip (then "  \
     "within -3 and 3)", NULL, &(n).has_scale},                                                                        \
    {"target-scale", &clmlp_cli_target_scale, &(n).target_scale, "NAME",                                               \
     "scaling of targets that are numbers, kept in the model: standard, none, or auto: standard where the output "     \
     "is linear; predictions are in the target's own units", NULL, &(n).has_target_scale}

#define CLMLP_CLI_NETWORK_ROWS(n)                                                                                      \
    {"hidden", &clmlp_cli_hidden, &(n).hidden, "N[,N...]",                                                             \
     "units of the hidden layers; '' for no hidden layer", NULL, &(n).has_hidden},                                     \
    {"activation", &clmlp_cli_train_activation, &(n).activation, "NAME",                                               \
     "activation of the hidden layers: sigmoid, tanh, relu, linear, swish, selu, mish, leaky-relu, elu, gelu, "        \
     "gelu-tanh or softplus", NULL, &(n).has_activation},                                                              \
    {"initialisation", &clmlp_cli_initialisation, &(n).initialisation, "NAME",                                         \
     "how random theta begins: glorot-uniform or glorot-normal, he-uniform or he-normal, lecun-uniform or "            \
     "lecun-normal, epsilon (all in (-0.12, 0.12)) or ntk (the last theta is 0)", NULL, &(n).has_initialisation},      \
    {"output", &clmlp_cli_output, &(n).output, "NAME",                                                                 \
     "output layer and cost: sigmoid (one-vs-all cross-entropy), softmax (cross-entropy) or linear (squared "          \
     "error, real targets)", NULL, &(n).has_output},                                                                   \
    CLMLP_CLI_CLASS_NAMES_ROW((n).class_names, NULL)

/* *model = the network for training data: that output, random theta from the seed, scaling fitted to the data; or
 * n->model, as its file has it. */
clmlp_status clmlp_cli_make_model(const clmlp_cli_network_options *n, clmlp_output output, uint64_t seed,
                                  const clmlp_dataset *data, clmlp_model **model, clmlp_error *error);

/* Read the data at `path` and make or read the model. `option` is the one that n->model came from ("--init"), for
 * messages. held_out receives the part of the data that was held out, before scaling was fitted to the rest; it may be
 * NULL where nothing is. False: *status is set and it has been said why; what was made is the caller's in either
 * case. */
bool clmlp_cli_take_network(const char *command, const char *option, const char *path,
                            const clmlp_cli_network_options *n, uint64_t seed, clmlp_dataset **dataset,
                            clmlp_dataset **held_out, clmlp_model **model, int *status);

#endif
