/* epochs.h - what is known of each epoch of a training, for its curves. */
#ifndef CLMLP_CLI_EPOCHS_H
#define CLMLP_CLI_EPOCHS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <clmlp/train.h>

#include "reports/page/page.h"

/* Columns of numbers; NaN: there is none. */
typedef enum clmlp_cli_epoch_column {
    CLMLP_CLI_EPOCH,
    CLMLP_CLI_COST,
    CLMLP_CLI_ACCURACY,
    CLMLP_CLI_VALIDATION_COST,
    CLMLP_CLI_VALIDATION_ACCURACY,
    CLMLP_CLI_TEST_COST,
    CLMLP_CLI_TEST_ACCURACY,
    CLMLP_CLI_MONITORED,
    CLMLP_CLI_RATE,
    CLMLP_CLI_SECONDS,
    CLMLP_CLI_EPOCH_COLUMNS
} clmlp_cli_epoch_column;

/* Zero-initialise; released with clmlp_cli_epochs_free. */
typedef struct clmlp_cli_epochs {
    double *columns[CLMLP_CLI_EPOCH_COLUMNS]; /* [count] each */
    size_t count, room;
    size_t begun;       /* members of an ensemble so far; the columns are of the first */
    size_t best_epoch;  /* whose theta was kept; 0: the last one's */
    char monitor[64];   /* what it was chosen by, and what MONITORED is; "": nothing */
    bool drops, smooths; /* training costs were met with dropout, with smoothed targets */
    bool lost;          /* memory was not enough */
} clmlp_cli_epochs;

/* An epoch that has just been trained. */
void clmlp_cli_epochs_add(clmlp_cli_epochs *epochs, const clmlp_epoch *epoch);
/* A line of a history; false: it is none. */
bool clmlp_cli_epochs_add_line(clmlp_cli_epochs *epochs, const cJSON *line);
/* All lines of a history up to that of epoch `most`. *is_cut: the last one was cut off by a crash, and is left out.
 * Returns the number of the last line, from 1; 0: it is no history. */
size_t clmlp_cli_epochs_read(clmlp_cli_epochs *epochs, char *text, size_t most, bool *is_cut);
/* The epoch with the smallest validation cost; 0: there is none. */
size_t clmlp_cli_epochs_best(const clmlp_cli_epochs *epochs);
void clmlp_cli_epochs_free(clmlp_cli_epochs *epochs);

/* The section with the curves, and the numbers as a table. */
void clmlp_cli_page_curves(clmlp_cli_page *page, const clmlp_cli_epochs *epochs);

#endif
