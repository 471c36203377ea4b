/* training.h - the page of a training. */
#ifndef CLMLP_CLI_PAGE_TRAINING_H
#define CLMLP_CLI_PAGE_TRAINING_H

#include "options/options.h"
#include "reports/page/epochs.h"
#include "reports/page/judged.h"
#include "reports/report.h"

typedef struct clmlp_cli_training_page {
    const clmlp_cli_train_report *report;
    const clmlp_cli_epochs *epochs;
    const char *options;          /* markup: what clmlp_cli_page_options put; NULL: none */
    const clmlp_cli_judged *judged; /* NULL: none */
    const char *why;              /* why there is none; a text; NULL: nothing to say */
    const clmlp_kernel_time *times; /* [time_count] of the epoch that was timed, longest first */
    size_t time_count;
    const char *times_why;        /* why there are none; a text; NULL: nothing to say */
} clmlp_cli_training_page;

void clmlp_cli_page_training(clmlp_cli_page *page, const clmlp_cli_training_page *training);

/* Metrics of the folds, where there were some. */
void clmlp_cli_page_folds(clmlp_cli_page *page, const clmlp_cli_cross_validation *cv);

/* The section about the times, where there is something to say. */
void clmlp_cli_page_times(clmlp_cli_page *page, const clmlp_cli_training_page *training);

/* The command once more as a shell takes it, and a table of all options of a command with what they are. */
void clmlp_cli_page_options(clmlp_cli_page *page, const clmlp_cli_syntax *syntax, const clmlp_cli_arguments *arguments,
                            int argc, char *const *argv);

#endif
