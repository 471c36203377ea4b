/* search.h - the trials of a search, round after round. */
#ifndef CLMLP_CLI_SEARCH_SEARCH_H
#define CLMLP_CLI_SEARCH_SEARCH_H

#include <stdio.h>

#include "search/trial.h"

/* A round of successive halving; random search has one. */
typedef struct clmlp_cli_round {
    size_t count, epochs; /* settings, and the epochs of each; epochs 0: as the settings say */
} clmlp_cli_round;

enum { CLMLP_CLI_MAX_ROUNDS = 64 }; /* more than halvings of a size_t, and the last */

/* A search under way. What is above the line was asked for; texts are borrowed. */
typedef struct clmlp_cli_search_run {
    clmlp_cli_search_plan plan;
    const char *model, *log_path; /* log_path NULL: none */
    const char *devices_asked;    /* as --devices says; NULL: nothing */
    char **devices;               /* [device_count], taken in turn; none: as --device says */
    size_t device_count;
    size_t wanted;                /* settings to try; as many as there are, once they are drawn */
    bool halves;                  /* successive halving */
    size_t keep_one_in, most_epochs; /* of it: epochs of the last round */

    clmlp_cli_trial *trials;      /* [count]: those of the first round, then of the second, ... */
    size_t count, rounds;
    clmlp_cli_round plans[CLMLP_CLI_MAX_ROUNDS + 1]; /* [rounds] */
    FILE *log;
    char path[4096];              /* of the model of the trial under way; "": none that is to be removed */
    size_t best;                  /* index of the best trial of the last round; count: none yet */
    bool best_is_kept;            /* the file `model` is its model */
} clmlp_cli_search_run;

/* Draw the settings and make room for all rounds. False, with *status: not enough memory, which was said. */
bool clmlp_cli_search_begin(clmlp_cli_search_run *run, int *status);

/* Try them all, but for those that the log has. Returns the exit status, after saying what went wrong:
 * CLMLP_CLI_INTERRUPTED where the plan's cancel was requested. */
int clmlp_cli_search_all(clmlp_cli_search_run *run);

/* All that must be the same for a search to go on: options and the bytes of the files; of a random search not the
 * number of trials. Released with free(); NULL: it has been said
 * why not. */
char *clmlp_cli_search_describe(const clmlp_cli_search_run *run);

/* Close the log and release the trials. False: the log could not be written. */
bool clmlp_cli_search_end(clmlp_cli_search_run *run);

#endif
