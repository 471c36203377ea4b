/* progress_line.h - the line of progress that stands on a terminal, in as many columns as there are. */
#ifndef CLMLP_CLI_PROGRESS_LINE_H
#define CLMLP_CLI_PROGRESS_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/train.h>

#include "reports/sparkline.h"

enum { CLMLP_CLI_LINE_COLUMNS = 256, CLMLP_CLI_LINE_BYTES = CLMLP_CLI_SPARK_BYTES * CLMLP_CLI_LINE_COLUMNS + 17 };

/* What the line is about. */
typedef struct clmlp_cli_progress_state {
    size_t epochs;
    double epochs_done;              /* a fraction inside an epoch */
    bool ended;
    double seconds;                  /* left, or when ended, spent; NaN: not known */
    bool may_end_early;              /* so there is no more than that left */
    bool scheduled;                  /* the rate changes from step to step */
    bool folds;                      /* validation data are the fold that a member leaves out */
    const clmlp_epoch *last;         /* the last epoch that is done; its number is 0 where there is none */
    const clmlp_cli_sparkline *cost; /* NULL: the terminal has no blocks */
    bool colours;                    /* the terminal has some, and they are wanted */
} clmlp_cli_progress_state;

/* The line in exactly `columns` columns, with blanks behind it, into text [CLMLP_CLI_LINE_BYTES]. What does not fit is
 * left out, the least wanted first. columns: at most CLMLP_CLI_LINE_COLUMNS. */
void clmlp_cli_progress_line(const clmlp_cli_progress_state *state, size_t columns, char *text);

/* "1:05" or "2:03:04"; "-:--" for what is no time. Into text [size]. */
void clmlp_cli_format_time(double seconds, char *text, size_t size);

#endif
