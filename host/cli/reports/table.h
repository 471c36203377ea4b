/* table.h - texts in aligned columns. */
#ifndef CLMLP_CLI_TABLE_H
#define CLMLP_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "message.h"

/* Zero-initialise but for `columns`; cells are added row by row. */
typedef struct clmlp_cli_table {
    size_t columns;
    const char *align; /* one letter a column, 'l' or 'r'; the last is repeated; NULL: all left */
    char **cells;      /* [count] */
    size_t count, capacity;
    bool failed; /* out of memory: prints as nothing */
} clmlp_cli_table;

/* The next cell. Control characters become '?', so that no text from a file can steer a terminal. */
void clmlp_cli_table_add(clmlp_cli_table *table, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);

/* Print with two blanks (`gap`) between the columns, and release the cells. */
void clmlp_cli_table_print(clmlp_cli_table *table, size_t gap, FILE *stream);

/* Columns that a UTF-8 text takes, one a character. */
size_t clmlp_cli_text_width(const char *text);

/* Cut a UTF-8 text in place to `width` characters, the last of them '~' when something is cut. */
void clmlp_cli_text_cut(char *text, size_t width);

#endif
