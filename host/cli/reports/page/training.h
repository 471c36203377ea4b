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
} clmlp_cli_training_page;

void clmlp_cli_page_training(clmlp_cli_page *page, const clmlp_cli_training_page *training);

/* The command once more as a shell takes it, and a table of all options of a command with what they are. */
void clmlp_cli_page_options(clmlp_cli_page *page, const clmlp_cli_syntax *syntax, const clmlp_cli_arguments *arguments,
                            int argc, char *const *argv);

#endif
