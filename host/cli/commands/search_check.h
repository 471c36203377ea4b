/* search_check.h - whether a search can be made, asked before its first trial. */
#ifndef CLMLP_CLI_SEARCH_CHECK_H
#define CLMLP_CLI_SEARCH_CHECK_H

#include "commands/search_options.h"

/* Of the command line, once its space is made: names, files, and that costs are compared only where they are the same
 * function; sets same_cost of the plan. False: *status is set and it has been said why. */
bool clmlp_cli_search_check(clmlp_cli_search_command *run, int *status);

/* Of the data, once the settings are drawn: that all trials have the metric that they are judged by. It reads the data
 * and makes the model of the first trial, and of the first of each other output layer, and keeps none. */
bool clmlp_cli_search_check_metric(const clmlp_cli_search_command *run, int *status);

#endif
