/* search.h - what a search found: a table of its trials, or JSON. */
#ifndef CLMLP_CLI_REPORTS_SEARCH_H
#define CLMLP_CLI_REPORTS_SEARCH_H

#include "search/trial.h"

typedef struct clmlp_cli_search_report {
    const clmlp_cli_search_plan *plan;
    const char *strategy;
    clmlp_cli_trial *trials; /* [count]; put into order, the best first */
    size_t count;
    size_t best;             /* number of the best trial whose model is kept; 0: none */
    const char *model_path;  /* NULL: there is none */
} clmlp_cli_search_report;

/* Returns the exit status: `status`, or what printing came to. */
int clmlp_cli_report_search(clmlp_cli_search_report *report, int status);
int clmlp_cli_report_search_json(clmlp_cli_search_report *report, int status);

#endif
