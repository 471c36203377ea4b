/* progress.h - how far training is, on standard error: one line redrawn in place on a terminal, about
 * twenty plain lines elsewhere, nothing when quiet.
 */
#ifndef CLMLP_CLI_PROGRESS_H
#define CLMLP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/train.h>

#include "reports/pace.h"
#include "reports/sparkline.h"

typedef struct clmlp_cli_progress {
    bool quiet, terminal;
    bool blocks;              /* the terminal has those of a sparkline */
    bool colours;             /* and colours, which nobody forbids */
    bool scheduled;           /* the rate changes from step to step */
    bool may_end_early;       /* before its last epoch */
    bool drawn;               /* a line stands on the terminal and is not ended yet */
    size_t epochs, next_line; /* the next epoch to print a plain line for */
    bool folds;               /* validation data are the fold that a member leaves out */
    size_t members_after;     /* of an ensemble, that are trained after the one under way */
    clmlp_epoch last;         /* epoch 0: none yet */
    double origin;            /* when training began, as the first epoch has it; 0: none yet */
    double begun, last_draw;  /* seconds of clmlp_cli_seconds */
    clmlp_cli_pace pace;
    clmlp_cli_sparkline cost; /* of the epochs so far */
} clmlp_cli_progress;

void clmlp_cli_progress_begin(clmlp_cli_progress *progress, const clmlp_train_config *config, bool quiet);

/* The two callbacks of clmlp_train_config; the context is the progress. */
void clmlp_cli_progress_epoch(const clmlp_epoch *epoch, void *progress);
void clmlp_cli_progress_inside(size_t epoch, double fraction, void *progress);

/* Before anything else is written: end the line that stands on the terminal. */
void clmlp_cli_progress_break(clmlp_cli_progress *progress);

/* Leave the terminal with the last state on a line of its own. */
void clmlp_cli_progress_end(clmlp_cli_progress *progress);

#endif
