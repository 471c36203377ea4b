/* run.h - a search under way. */
#ifndef CLMLP_CLI_SEARCH_RUN_H
#define CLMLP_CLI_SEARCH_RUN_H

#include <stdio.h>

#include <clmlp/ranks.h>

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
    clmlp_ranks *ranks;           /* NULL: this process is alone */
    const char *rank_device;      /* of several ranks: --device of the trials of this one; NULL: as --device says */
    size_t wanted;                /* settings to try; as many as there are, once they are drawn */
    bool halves;                  /* successive halving */
    size_t keep_one_in, most_epochs; /* of it: epochs of the last round */

    clmlp_cli_trial *trials;      /* [count]: those of the first round, then of the second, ... */
    size_t count, rounds;
    clmlp_cli_round plans[CLMLP_CLI_MAX_ROUNDS + 1]; /* [rounds] */
    struct clmlp_cli_search_ranks *shared; /* the work of several ranks, see on_ranks.h; NULL: this process is alone */
    FILE *log;
    char path[4096];              /* of the model of the trial under way; "": none that is to be removed */
    size_t best;                  /* index of the best trial of the last round; count: none yet */
    bool best_is_kept;            /* the file `model` is its model */
} clmlp_cli_search_run;

#endif
