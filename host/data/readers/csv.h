/* csv.h - between the first row of a text file, which decides what the columns are, and the rest. */
#ifndef CLMLP_DATA_CSV_H
#define CLMLP_DATA_CSV_H

#include "data/readers/fields.h"
#include "data/table.h"

/* A field of the first row. */
typedef struct clmlp_csv_cell {
    size_t offset; /* in `texts`, NUL-terminated there */
    clmlp_field field; /* `text` is set by clmlp_csv_first_row */
} clmlp_csv_cell;

typedef struct clmlp_csv_layout {
    clmlp_csv_cell *cells; /* [columns] the first row */
    char *texts;
    size_t columns;
    size_t target;         /* column of the target or the one left out; columns: none */
    bool keeps_target;     /* the target column is read, not left out */
    bool has_header;
    bool may_be_header;    /* a labels file: the first row is data, unless there is one row too many */
} clmlp_csv_layout;

/* Read the first row and decide. Release with clmlp_csv_layout_release, on failure too.
 * Errors: CLMLP_BAD_INPUT (empty file, no such target, mixed first row, unexpected width). */
clmlp_status clmlp_csv_first_row(clmlp_csv_layout *layout, clmlp_fields *fields, const clmlp_table_request *request,
                                 clmlp_error *error);
void clmlp_csv_layout_release(clmlp_csv_layout *layout);

/* "column 'name'" or "column 3" for messages, j from 0. Returns out. */
enum { CLMLP_CSV_COLUMN_LENGTH = 224 };
char *clmlp_csv_column(char out[CLMLP_CSV_COLUMN_LENGTH], const clmlp_csv_layout *layout, size_t j);

/* Column `target` (from 1, as text) of `columns`; false: not such an index. NULL, "" and "last" are the
 * last. */
bool clmlp_target_index(const char *target, size_t columns, size_t *index);

#endif
