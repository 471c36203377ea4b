/* search_options.h - the command line of clmlp search: its own options, and those of clmlp train. */
#ifndef CLMLP_CLI_SEARCH_OPTIONS_H
#define CLMLP_CLI_SEARCH_OPTIONS_H

#include "commands/train_options.h"
#include "search/search.h"

typedef struct clmlp_cli_search_options {
    const char *data, *model, *log, *metric, *strategy, *devices;
    size_t trials, keep_one_in;
    bool has_keep;
    clmlp_cli_output_options out;
} clmlp_cli_search_options;

/* An option of clmlp train as it was given here: a text, or a flag. */
typedef struct clmlp_cli_given_option {
    clmlp_cli_option row; /* its row there */
    const char *text;
    bool given;
    char fallback[128];
    clmlp_cli_type type; /* a text, beside ranges and lists one of these words */
    char words[256];
} clmlp_cli_given_option;

typedef struct clmlp_cli_search_command {
    clmlp_cli_search_options o;
    clmlp_cli_given_option *taken; /* [taken_count]: what clmlp train takes, too; released with free() */
    size_t taken_count;
    char rank_device[CLMLP_NAME_LENGTH]; /* of several ranks: what this one computes on, as for --device */
    clmlp_cli_search_run search;
} clmlp_cli_search_command;

/* Read the command line, over the defaults in run->o. False: it ends here, with *status, after saying why. `arguments`
 * is released by the caller in either case. */
bool clmlp_cli_search_options_take(clmlp_cli_search_command *run, clmlp_cli_arguments *arguments, int argc, char **argv,
                                   int *status);

/* The option of clmlp train with that name; NULL: it was not given. */
const clmlp_cli_given_option *clmlp_cli_search_option(const clmlp_cli_search_command *run, const char *name);

/* Make the space of run->search of what was given of these options; the seed stays aside. False: it ends here, as
 * above. */
bool clmlp_cli_search_space(clmlp_cli_search_command *run, int *status);

#endif
