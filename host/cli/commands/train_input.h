/* train_input.h - what clmlp train works on, read and checked before a device is opened. */
#ifndef CLMLP_CLI_TRAIN_INPUT_H
#define CLMLP_CLI_TRAIN_INPUT_H

#include <clmlp/clmlp.h>

#include "commands/train_options.h"

typedef struct clmlp_cli_train_input {
    clmlp_dataset *train, *validation, *test; /* validation, test NULL: none */
    clmlp_model *model;
} clmlp_cli_train_input;

/* Read all of it into *in, which is zero before, and put what depends on it into *o: what a preset sets by the data,
 * the numbers of the rule, the batch. False: *status is set and it has been said why. What was read is the caller's in
 * either case. */
bool clmlp_cli_train_input_take(clmlp_cli_train_input *in, clmlp_cli_train_options *o, int *status);
void clmlp_cli_train_input_free(clmlp_cli_train_input *in);

/* The settings that a preset made, for the output of this model. */
const char *clmlp_cli_train_preset_text(const clmlp_cli_train_options *o, const clmlp_model *model);

/* Data that `model` is scored by, encoded as it was. path NULL: there is none. */
clmlp_status clmlp_cli_load_held_out(const clmlp_cli_train_options *o, const clmlp_dataset *train,
                                     const clmlp_model *model, const char *path, const char *labels,
                                     clmlp_dataset **out, clmlp_error *error);

/* What the training is to compute (clmlp_training_operations), by which auto chooses; 0: not known. */
double clmlp_cli_train_operations(const clmlp_cli_train_input *in, const clmlp_train_config *config);

#endif
