/* keep.h - what becomes of a trial that has ended: it is logged and told, and the model of the best one is kept. */
#ifndef CLMLP_CLI_SEARCH_KEEP_H
#define CLMLP_CLI_SEARCH_KEEP_H

#include "search/run.h"

/* Whether a trial would be the best so far of the last round: then its model is wanted. */
bool clmlp_cli_is_best_trial(const clmlp_cli_search_run *run, const clmlp_cli_trial *trial);

/* The trial with this index counts where it is the best so far.
 *   has_model  its model is at run->path, and is moved to --model or removed; of a trial of the log there is none
 * False: the search ends, with *status, after saying why. */
bool clmlp_cli_keep_best(clmlp_cli_search_run *run, size_t index, bool has_model, int *status);

/* The same for a trial that was run here and now, after it went into the log.
 *   complaint  why it could not be run at all; NULL: it could */
bool clmlp_cli_keep_trial(clmlp_cli_search_run *run, size_t index, const char *complaint, bool has_model, int *status);

/* A note on a trial. `more` ends it: where it is from. */
void clmlp_cli_tell_trial(const clmlp_cli_search_run *run, const clmlp_cli_trial *trial, const char *more);

/* True, with *status, after saying so: the first trial was misuse. What is wrong with the command line is wrong in
 * every trial. */
bool clmlp_cli_is_misuse(const clmlp_cli_search_run *run, int *status);

#endif
