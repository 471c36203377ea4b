/* qualify_line.h - how far the qualification of a device is, as one line that is redrawn in place on a terminal. */
#ifndef CLMLP_CLI_QUALIFY_LINE_H
#define CLMLP_CLI_QUALIFY_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/qualify.h>

enum { CLMLP_CLI_QUALIFY_COLUMNS = 79 };

typedef struct clmlp_cli_qualify_line {
    bool terminal, drawn;   /* drawn: a line stands there and is not ended */
    double began, about;    /* seconds: of clmlp_cli_seconds, and that a device may take; about 0: it is not known */
} clmlp_cli_qualify_line;

/* "products (4 of 10), 0:12 of about 1:00", with blanks up to CLMLP_CLI_QUALIFY_COLUMNS. about 0: without that. */
void clmlp_cli_qualify_text(clmlp_qualify_group group, double seconds, double about,
                            char text[CLMLP_CLI_QUALIFY_COLUMNS + 1]);

/* Draw it where standard error is a terminal; nothing elsewhere and when quiet. */
void clmlp_cli_qualify_draw(clmlp_cli_qualify_line *line, clmlp_qualify_group group);
/* Leave an empty line, before anything else is written. */
void clmlp_cli_qualify_clear(clmlp_cli_qualify_line *line);

#endif
