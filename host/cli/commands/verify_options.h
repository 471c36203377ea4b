/* verify_options.h - the command line of clmlp verify. */
#ifndef CLMLP_CLI_VERIFY_OPTIONS_H
#define CLMLP_CLI_VERIFY_OPTIONS_H

#include <clmlp/clmlp.h>

#include "options/network.h"
#include "options/options.h"
#include "options/schedule.h"
#include "options/shared.h"

/* What can be asked for, one at a time. */
typedef enum verify_mode { LOCK_STEP, FREE_RUN, AGAINST, DETERMINISM, VOTE, REPLAY, MODES } verify_mode;

typedef struct verify_options {
    clmlp_cli_network_options network;
    clmlp_verify_config config;
    clmlp_cli_rule_given rule;
    clmlp_cli_regularisation_given regularisation;
    clmlp_cli_schedule_given schedule;
    clmlp_device_options device;
    const char *data, *against, *replay, *devices;
    size_t runs;
    verify_mode mode;
    bool vote, no_shuffle, json, quiet;
    bool has_model, has_steps, has_batch, has_lambda, has_seed, has_dump, has_bundle, has_runs, has_schedule_steps;
    bool has_input_scale, has_pairs;
} verify_options;

verify_options clmlp_cli_verify_defaults(void);

/* Both: false and an exit status where something is wrong, which is told. */
bool clmlp_cli_verify_parse(verify_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status);
/* Which comparison is asked for, and what it leaves without meaning. */
bool clmlp_cli_verify_check(verify_options *o, int *status);

#endif
