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

/* Columns beside each other that are read alike. */
typedef enum clmlp_csv_run_kind { CLMLP_CSV_NUMBERS, CLMLP_CSV_TARGET, CLMLP_CSV_SKIPPED } clmlp_csv_run_kind;
typedef struct clmlp_csv_run {
    clmlp_csv_run_kind kind;
    size_t first, stop;
} clmlp_csv_run;

/* The place of a column that is no feature. */
#define CLMLP_CSV_NOWHERE SIZE_MAX

typedef struct clmlp_csv_layout {
    clmlp_csv_cell *cells; /* [columns] the first row */
    char *texts;
    size_t columns;
    size_t target;         /* column of the target or the one left out; columns: none */
    bool keeps_target;     /* the target column is read, not left out */
    bool has_header;
    size_t *place;         /* [columns] the feature that each column becomes */
    size_t features;
    bool in_order;         /* the features are in the order of the columns */
    bool may_be_index;     /* the first column may count the rows, and is then left out */
    clmlp_csv_run *runs;   /* [run_count] a row from its first column to its last */
    size_t run_count;
    bool may_be_header;    /* the first row is data, unless all other targets turn out to be numbers */
} clmlp_csv_layout;

/* Read the first row and decide. Release with clmlp_csv_layout_release, on failure too.
 * Errors: CLMLP_BAD_INPUT (empty file, no such target, mixed first row, unexpected width). */
clmlp_status clmlp_csv_first_row(clmlp_csv_layout *layout, clmlp_fields *fields, const clmlp_table_request *request,
                                 clmlp_error *error);
/* Which column becomes which feature, once the header is known; notes say what is left out. Errors: CLMLP_BAD_INPUT (a
 * column is missing, called as another, without a name; unexpected width). */
clmlp_status clmlp_csv_place_columns(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                     clmlp_notes *notes, clmlp_error *error);

/* *named = the names of the features [layout->features]; NULL: they have none. */
clmlp_status clmlp_csv_name_features(const clmlp_csv_layout *layout, const char *path,
                                     const clmlp_table_request *request, clmlp_columns **named, clmlp_error *error);

/* The first column, which may count the rows, does so: it is no feature. */
void clmlp_csv_drop_index(clmlp_csv_layout *layout);

/* No column is called `target`, or has that number. */
clmlp_status clmlp_csv_no_target(const clmlp_csv_layout *layout, const char *path, const char *target,
                                 clmlp_error *error);

void clmlp_csv_layout_release(clmlp_csv_layout *layout);

/* "column 'name'" or "column 3" for messages, j from 0. Returns out. */
enum { CLMLP_CSV_COLUMN_LENGTH = 224 };
char *clmlp_csv_column(char out[CLMLP_CSV_COLUMN_LENGTH], const clmlp_csv_layout *layout, size_t j);

/* Column `target` (from 1, as text) of `columns`; false: not such an index. NULL, "" and "last" are the
 * last. */
bool clmlp_target_index(const char *target, size_t columns, size_t *index);

#endif
