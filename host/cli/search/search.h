/* search.h - the trials of a search, round after round. */
#ifndef CLMLP_CLI_SEARCH_SEARCH_H
#define CLMLP_CLI_SEARCH_SEARCH_H

#include "search/run.h"

/* Draw the settings and make room for all rounds. False, with *status: not enough memory, which was said. */
bool clmlp_cli_search_begin(clmlp_cli_search_run *run, int *status);

/* Try them all, but for those that the log has. With several ranks all of them try, and only rank 0 knows of log, best
 * trial and model; all return the same. Collective. Returns the exit status, after saying what went wrong:
 * CLMLP_CLI_INTERRUPTED where the plan's cancel was requested. */
int clmlp_cli_search_all(clmlp_cli_search_run *run);

/* All that must be the same for a search to go on: options and the bytes of the files; of a random search not the
 * number of trials. Released with free(); NULL: it has been said
 * why not. */
char *clmlp_cli_search_describe(const clmlp_cli_search_run *run);

/* Close the log and release the trials. False: the log could not be written. */
bool clmlp_cli_search_end(clmlp_cli_search_run *run);

#endif
