/* train_board.h - train --tensorboard: the numbers of each epoch into event files. */
#ifndef CLMLP_CLI_TRAIN_BOARD_H
#define CLMLP_CLI_TRAIN_BOARD_H

#include <clmlp/tensorboard.h>
#include <clmlp/train.h>

#include "reports/progress.h"

/* What is called after each epoch: progress, and the board where there is one. */
typedef struct clmlp_cli_board {
    clmlp_cli_progress *progress;
    clmlp_tensorboard *board; /* NULL: none, or it could not be written, which was said */
    const char *monitor;      /* the metric of --monitor; NULL: cost */
    size_t last;              /* epoch that was told last */
} clmlp_cli_board;

/* Before training: folder NULL: no board. Errors: as clmlp_tensorboard_open. */
clmlp_status clmlp_cli_board_begin(clmlp_cli_board *board, const char *folder, clmlp_error *error);
/* The callback of clmlp_train_config; the context is the board. */
void clmlp_cli_board_epoch(const clmlp_epoch *epoch, void *board);
void clmlp_cli_board_end(clmlp_cli_board *board);

#endif
