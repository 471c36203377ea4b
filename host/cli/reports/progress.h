/* progress.h - how far training is, on standard error: one line redrawn in place on a terminal, about
 * twenty plain lines elsewhere, nothing when quiet.
 */
#ifndef CLMLP_CLI_PROGRESS_H
#define CLMLP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <clmlp/train.h>

typedef struct clmlp_cli_progress {
    bool quiet, terminal;
    bool drawn;               /* a line stands on the terminal and is not ended yet */
    size_t epochs, next_line; /* the next epoch to print a plain line for */
    clmlp_epoch last;         /* epoch 0: none yet */
    struct timespec begun, last_draw;
} clmlp_cli_progress;

void clmlp_cli_progress_begin(clmlp_cli_progress *progress, size_t epochs, bool quiet);

/* The two callbacks of clmlp_train_config; the context is the progress. */
void clmlp_cli_progress_epoch(const clmlp_epoch *epoch, void *progress);
void clmlp_cli_progress_inside(size_t epoch, double fraction, void *progress);

/* Before anything else is written: end the line that stands on the terminal. */
void clmlp_cli_progress_break(clmlp_cli_progress *progress);

/* Leave the terminal with the last state on a line of its own. */
void clmlp_cli_progress_end(clmlp_cli_progress *progress);

#endif
