/* train_page.h - the page of train --report: its place, opened before training, and what it will say. */
#ifndef CLMLP_CLI_TRAIN_PAGE_H
#define CLMLP_CLI_TRAIN_PAGE_H

#include "commands/train_input.h"
#include "commands/train_options.h"
#include "reports/page/epochs.h"
#include "reports/report.h"

typedef struct clmlp_cli_train_page {
    clmlp_text_place *place; /* NULL: no page is asked for */
    clmlp_cli_page options;
    clmlp_cli_epochs epochs;
    const char *path; /* of the page; borrowed from the options */
} clmlp_cli_train_page;

/* While the options are as they were given. Nothing without --report. */
void clmlp_cli_train_page_note(clmlp_cli_train_page *page, clmlp_cli_train_options *o,
                               const clmlp_cli_arguments *arguments, int argc, char **argv);
/* The place of --report. Returns the exit status. */
int clmlp_cli_train_page_open(clmlp_cli_train_page *page, const clmlp_cli_train_options *o);

/* All is known that training begins with: which epoch is timed, and the epochs before a checkpoint, of their
 * history. */
void clmlp_cli_train_page_begin(clmlp_cli_train_page *page, clmlp_cli_train_options *o);

/* Write it, after training and its report. `device` predicts once more. Returns the exit status: `code`, or another one
 * if it was 0 and the page could not be written. */
int clmlp_cli_train_page_write(clmlp_cli_train_page *page, const clmlp_cli_train_input *in, clmlp_device *device,
                               const clmlp_cli_train_report *report, int code);
void clmlp_cli_train_page_free(clmlp_cli_train_page *page);

#endif
