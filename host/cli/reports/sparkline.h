/* sparkline.h - numbers so far as a line of blocks, in UTF-8. */
#ifndef CLMLP_CLI_SPARKLINE_H
#define CLMLP_CLI_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

enum { CLMLP_CLI_SPARK_BINS = 64, CLMLP_CLI_SPARK_BYTES = 3 /* of a block */ };

/* All zero at first. Each bin has the mean of `each` numbers, the last one of those that there are. */
typedef struct clmlp_cli_sparkline {
    double sum[CLMLP_CLI_SPARK_BINS];
    size_t bins, each, last; /* last: numbers in the last bin */
} clmlp_cli_sparkline;

/* One more; what is not finite is left out. Any number of them goes in: when the bins are full, they are merged. */
void clmlp_cli_sparkline_add(clmlp_cli_sparkline *line, double value);

/* All of them in at most `columns` blocks, the lowest for the least and the highest for the largest mean, by their
 * logarithms where all are > 0, into text [CLMLP_CLI_SPARK_BYTES * columns + 1]. Returns the number of blocks. */
size_t clmlp_cli_sparkline_text(const clmlp_cli_sparkline *line, size_t columns, char *text);

/* Whether the character set of the user's locale is UTF-8. */
bool clmlp_cli_has_utf8(void);

#endif
