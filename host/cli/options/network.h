/* network.h - the network and the data that a command works on: a new network for the data, or a model file with data
 * that suits it. */
#ifndef CLMLP_CLI_NETWORK_H
#define CLMLP_CLI_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <clmlp/clmlp.h>

#include "options/options.h"
#include "options/shared.h"

typedef struct clmlp_cli_network_options {
    clmlp_load_options load;
    clmlp_cli_layers hidden;
    clmlp_activation activation;
    clmlp_output output;
    clmlp_scale scale;
    const char *model; /* file to start from; NULL: random theta */
    bool has_labels, has_target, has_header, has_features, has_ignore, has_hidden, has_activation, has_output;
    bool has_scale;
} clmlp_cli_network_options;

/* 25 hidden units, sigmoid twice, scaling auto, random theta. */
clmlp_cli_network_options clmlp_cli_network_options_default(void);

/* Rows of an option table. */
#define CLMLP_CLI_DATA_ROWS(n)                                                                                         \
    {"labels", &clmlp_cli_text, &(n).load.labels_path, "FILE",                                                         \
     "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA",            \
     &(n).has_labels},                                                                                                 \
    {"target", &clmlp_cli_text, &(n).load.target, "COL",                                                               \
     "target column of DATA: its name or number from 1", "last", &(n).has_target},                                     \
    {"header", &clmlp_cli_header, &(n).load.header, "WHEN",                                                            \
     "whether text files begin with column names: auto, yes or no", NULL, &(n).has_header},                            \
    CLMLP_CLI_COLUMN_ROWS((n).load, &(n).has_features, &(n).has_ignore),                                               \
    {"scale", &clmlp_cli_scale, &(n).scale, "NAME",                                                                    \
     "scaling of features, kept in the model: auto (8-bit pixels as pixel, anything else as standard), none, "         \
     "minmax, standard or pixel (/255)", NULL, &(n).has_scale}

#define CLMLP_CLI_NETWORK_ROWS(n)                                                                                      \
    {"hidden", &clmlp_cli_hidden, &(n).hidden, "N[,N...]",                                                             \
     "units of the hidden layers; '' for no hidden layer", NULL, &(n).has_hidden},                                     \
    {"activation", &clmlp_cli_train_activation, &(n).activation, "NAME",                                               \
     "activation of the hidden layers: sigmoid, tanh, relu, linear or swish", NULL, &(n).has_activation},            \
    {"output", &clmlp_cli_output, &(n).output, "NAME",                                                                 \
     "output layer and cost: sigmoid (one-vs-all cross-entropy), softmax (cross-entropy) or linear (squared "          \
     "error, real targets)", NULL, &(n).has_output}

/* Read the data at `path` and make or read the model. `option` is the one that n->model came from ("--init"), for
 * messages. False: *status is set and it has been said why; what was made is the caller's in either case. */
bool clmlp_cli_take_network(const char *command, const char *option, const char *path,
                            const clmlp_cli_network_options *n, uint64_t seed, clmlp_dataset **dataset,
                            clmlp_model **model, int *status);

#endif
