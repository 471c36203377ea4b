/* fields.h - delimited text (CSV, TSV) as fields, each with its line and column.
 *
 * RFC 4180 with what is met in practice: comma, tab or semicolon; LF, CRLF or CR; blanks round fields;
 * blank lines; a byte order mark; a last line without its end.
 */
#ifndef CLMLP_DATA_FIELDS_H
#define CLMLP_DATA_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "clmlp/dataset.h"
#include "data/columns/missing.h"
#include "data/readers/input.h"

typedef struct clmlp_fields {
    clmlp_input *input; /* borrowed; input->next is where the next field starts */
    char delimiter;
    clmlp_decimal decimal;
    size_t line;        /* of input->next, from 1 */
    const char *mark;   /* a place in the buffer, in the same line, at or before input->next ... */
    size_t before_mark; /* ... and the number of characters that precede it in the line */
    char *unquoted;     /* owned: the last quoted field without its quotes */
    size_t unquoted_capacity;
    uint64_t stop;      /* no row is found that begins at this byte of the file or behind it; 0: all are */
    size_t odd_line, odd_column; /* the first field that is not UTF-8; 0: none so far */
    clmlp_marks marks; /* texts that mean "no value"; set by the reader */
} clmlp_fields;

typedef struct clmlp_field {
    const char *text; /* not terminated; valid until the next call */
    size_t length;
    bool quoted;
    bool ends_row;
    size_t line, column; /* where it starts, from 1; characters, not bytes */
} clmlp_field;

/* Start on an open input: find the delimiter. Release with clmlp_fields_close, which leaves the input.
 * Errors: CLMLP_BAD_INPUT (not text, and as clmlp_find_delimiter). */
clmlp_status clmlp_fields_open(clmlp_fields *fields, clmlp_input *input, clmlp_delimiter delimiter,
                               clmlp_decimal decimal, clmlp_error *error);
void clmlp_fields_close(clmlp_fields *fields);

/* At the start of a line: skip blank ones; *found tells whether a row follows. */
clmlp_status clmlp_fields_find_row(clmlp_fields *fields, bool *found, clmlp_error *error);

/* The next field of the row. Errors: CLMLP_BAD_INPUT (quotes that do not match, NUL bytes). */
clmlp_status clmlp_fields_next(clmlp_fields *fields, clmlp_field *field, clmlp_error *error);

/* For readers that consume input->next themselves: a line end was passed, the next line starts here. */
static inline void clmlp_fields_new_line(clmlp_fields *fields, char *start)
{
    fields->input->next = start;
    fields->line++;
    fields->mark = start;
    fields->before_mark = 0;
}

/* The whole field as a number with the file's decimal mark, as clmlp_parse_double reads it. */
bool clmlp_fields_number(const clmlp_fields *fields, const clmlp_field *field, double *value);

/* The delimiter of the text that begins at input->next: the given one, else the only one there, else the only one that
 * all of the first rows have equally often. Errors: CLMLP_BAD_INPUT (two could be; numbers with spaces between them; a
 * comma that is also the decimal mark). */
clmlp_status clmlp_find_delimiter(char *delimiter, const clmlp_input *input, clmlp_delimiter given,
                                  clmlp_decimal decimal, clmlp_error *error);

#endif
