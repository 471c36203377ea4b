/* table.h - what a reader makes of one file: numeric columns and, if asked, one column of targets. */
#ifndef CLMLP_DATA_TABLE_H
#define CLMLP_DATA_TABLE_H

#include "data/classes.h"
#include "data/dataset.h"
#include "data/notes.h"
#include "data/readers/input.h"

/* What to look for; the fields have the meaning of clmlp_load_options. */
typedef struct clmlp_table_request {
    clmlp_target_kind target_kind; /* of one column; NONE: there is no target column */
    bool leaves_out;      /* NONE: a file one column wider than expected_features has one, to be left out */
    const char *target;
    clmlp_header header;
    size_t expected_features;
    bool labels_file;     /* nothing but targets: one column is target_kind, more become numbers in x */
    size_t expected_rows; /* labels_file: rows of the data */
} clmlp_table_request;

/* Zero-initialise; release with clmlp_table_release. */
typedef struct clmlp_table {
    size_t m, n; /* rows, numeric columns other than the target */
    clmlp_storage storage;
    bool pixels;
    void *x;               /* [m x n] in `storage` */
    bool has_target;       /* one of the two below is filled */
    clmlp_classes classes; /* CLASSES */
    double *y;             /* [m], VALUES */
    char *target;          /* name or 1-based index of that column */
    char **names;          /* [columns] header of a text file, one block; NULL: none */
    size_t names_line;     /* where the header is */
    size_t columns;
    clmlp_notes notes;     /* for the data set */
} clmlp_table;

/* Read a whole file of one kind, open at its start. Errors: CLMLP_BAD_INPUT, CLMLP_IO,
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_csv_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error);
clmlp_status clmlp_idx_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error);
clmlp_status clmlp_npy_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error);

void clmlp_table_release(clmlp_table *table);

#endif
