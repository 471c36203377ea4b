/* on_ranks.h - the trials of a search, tried by several ranks: the first that is free takes the next. */
#ifndef CLMLP_CLI_SEARCH_ON_RANKS_H
#define CLMLP_CLI_SEARCH_ON_RANKS_H

#include "search/run.h"

/* Begin; sets run->shared. run->path is the model of a trial in a folder of this rank.
 *   description  of the search, which has to be the same everywhere; NULL: this rank cannot go on, which it has said
 * Collective. False, on all ranks, with *status, after saying why. */
bool clmlp_cli_on_ranks_begin(clmlp_cli_search_run *run, const char *description, int *status);

/* Rank 0: try those of the trials [count], from `first` on, that are not done. False: the search ends, with *status,
 * after saying why. */
bool clmlp_cli_try_on_ranks(clmlp_cli_search_run *run, size_t first, size_t count, int *status);

/* Rank 0: try one that was tried before, for its model, which is then at run->path. Returns NULL, or why that could not
 * be done. */
const char *clmlp_cli_try_again_on_ranks(clmlp_cli_search_run *run, clmlp_cli_trial *again);

/* Rank 0: end the search, with `status`, on all ranks. Others: try what rank 0 hands out until then. Returns what to
 * exit with, the same everywhere unless a rank is lost. Releases run->shared. */
int clmlp_cli_on_ranks_end(clmlp_cli_search_run *run, int status);

#endif
