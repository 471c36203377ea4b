/* log.h - the file of a search: what was asked, and every trial that is done, a line of JSON each. A search that was
 * stopped goes on from it. */
#ifndef CLMLP_CLI_SEARCH_LOG_H
#define CLMLP_CLI_SEARCH_LOG_H

#include <stdio.h>

#include "search/trial.h"

/* Open `path` and read the trials that it has into those of `trials` [count] with the same number, round and epochs.
 * A new file begins with the description of the search, a text that must be the same in a file that there is. *known:
 * how many were read. Returns the exit status, after saying what is wrong with the file. A line at the end that is no
 * whole line is cut off. */
int clmlp_cli_log_open(FILE **log, const char *path, const char *search, clmlp_cli_trial *trials, size_t count,
                       size_t *known);

/* Append a trial; it is in the file when this returns. False: it could not be written. */
bool clmlp_cli_log_add(FILE *log, const clmlp_cli_trial *trial);

#endif
