/* train_options.h - the command line of clmlp train. */
#ifndef CLMLP_CLI_TRAIN_OPTIONS_H
#define CLMLP_CLI_TRAIN_OPTIONS_H

#include <clmlp/clmlp.h>

#include "commands/checkpoint_options.h"
#include "commands/self_check.h"
#include "options/network.h"
#include "options/options.h"
#include "options/preset.h"
#include "options/schedule.h"
#include "options/shared.h"
#include "options/shares.h"

/* What makes the members of an ensemble differ. */
typedef enum clmlp_cli_members_by {
    CLMLP_CLI_BY_SEEDS, /* seeds alone */
    CLMLP_CLI_BY_FOLDS  /* each also leaves one of N parts of the data out, and keeps its best epoch by it */
} clmlp_cli_members_by;

extern const clmlp_cli_type clmlp_cli_members_by_type;

typedef struct clmlp_cli_train_options {
    clmlp_cli_network_options network;
    const char *data, *test, *test_labels, *validation_labels, *model, *tensorboard, *report, *devices;
    clmlp_cli_part validation;
    size_t folds; /* of cross-validation; 0: none */
    size_t members; /* of the ensemble; 1: it is none */
    clmlp_cli_members_by members_by;
    clmlp_cli_preset preset;
    clmlp_cli_preset_case preset_case;
    char preset_text[2][512]; /* its settings that the command line does not give itself: for classes, for numbers */
    bool has_batch, has_epochs, has_folds, no_shuffle, find_rate, has_range, has_tolerance, has_min_epochs;
    bool has_pairs, has_members_by;
    clmlp_cli_range range; /* of find_rate */
    clmlp_train_config config;
    clmlp_cli_rule_given rule;
    clmlp_cli_regularisation_given regularisation;
    clmlp_cli_schedule_given schedule;
    clmlp_cli_self_check check;
    clmlp_device_options device;
    clmlp_cli_shares shares;
    clmlp_cli_output_options out;
    clmlp_cli_checkpoints checkpoints;
} clmlp_cli_train_options;

clmlp_cli_train_options clmlp_cli_train_options_default(void);

/* The table of options as it fills *o, with the defaults that *o has. It is there while `use` runs. */
void clmlp_cli_train_syntax(clmlp_cli_train_options *o, clmlp_cli_use_syntax *use, void *context);

/* Defaults, then what the command line says. false: it ends here, with *status, after saying why. `arguments` is
 * released by the caller in either case. */
bool clmlp_cli_train_options_take(clmlp_cli_train_options *o, clmlp_cli_arguments *arguments, int argc, char **argv,
                                  int *status);

/* All files that are read, NULL where there is none; the last one is the model that training starts from. */
enum { CLMLP_CLI_TRAIN_INPUTS = 7 };
void clmlp_cli_train_inputs(const clmlp_cli_train_options *o, const char *inputs[CLMLP_CLI_TRAIN_INPUTS]);

/* Whether --early-stopping, --keep-best and --monitor have something to go by. `known`: what the preset sets by the
 * data is known, else it may be that members leave folds out. */
bool clmlp_cli_train_options_check_best(const clmlp_cli_train_options *o, bool known, int *status);

#endif
