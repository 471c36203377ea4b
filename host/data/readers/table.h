/* table.h - what a reader makes of one file: numeric columns and, if asked, targets: one column, or several. */
#ifndef CLMLP_DATA_TABLE_H
#define CLMLP_DATA_TABLE_H

#include "data/columns/cells.h"
#include "data/classes.h"
#include "data/dataset.h"
#include "data/kept.h"
#include "data/columns/missing.h"
#include "data/notes.h"
#include "data/readers/input.h"

/* What to look for; the fields have the meaning of clmlp_load_options. */
typedef struct clmlp_table_request {
    clmlp_target_kind target_kind; /* of one column; NONE: there is no target column */
    bool guesses_kind;    /* CLASSES: they may be numbers, nobody said it */
    bool leaves_out;      /* NONE: where there is a target column all the same, it is left out */
    const char *target;
    clmlp_header header;
    clmlp_delimiter delimiter;
    clmlp_decimal decimal;
    const char *const *class_names; /* [class_count] that may occur; NULL: any */
    size_t class_count;
    size_t expected_features;      /* number of columns, if they are given */
    const clmlp_columns *columns;
    const char *features, *ignore, *model_target, *categorical, *keep, *weights;
    bool skip_weights, target_is_name;
    size_t max_categories;
    clmlp_missing_values missing_values;
    clmlp_index_base index_base;   /* of sparse text; AUTO: not known */
    bool base_of_model;            /* the model says it */
    size_t svmlight_features;      /* how many there are, if that was said; 0: as many as are met */
    bool asks_target;              /* it is not known which column the target is */
    bool one_label, several_labels; /* what an example of the model has; neither: not known */
    bool labels_file;     /* nothing but targets: one column is target_kind, more are numbers */
    clmlp_marks marks;    /* of text files */
    size_t expected_rows; /* labels_file: rows of the data */
    const clmlp_survey *survey; /* the file is read to be described; NULL: else */
    const char *const *output_names; /* [output_count] of the model; NULL: not known */
    size_t output_count;             /* of a model whose outputs are no classes; 0: not known */
    uint64_t max_input;              /* clmlp_load_options */
    size_t max_columns;              /* of the file; it is never 0 */
    struct clmlp_division *division; /* several ranks read the file; NULL: one process does */
} clmlp_table_request;

/* What one of several target columns holds. */
typedef struct clmlp_target_column {
    size_t booleans, line, column; /* true, yes, false, no: how many, and where the first is */
    bool has_number;               /* one that is neither 0 nor 1 ... */
    double number;                 /* ... the first of them */
} clmlp_target_column;

/* Zero-initialise; release with clmlp_table_release. */
typedef struct clmlp_table {
    size_t m, n; /* rows, numeric columns other than the target */
    clmlp_storage storage;
    bool pixels;
    void *x;               /* [m x n] in `storage` */
    clmlp_sparse *sparse;  /* the same in place of x, where most is 0 */
    clmlp_index_base index_base; /* how the file counts these; AUTO: it does not */
    uint32_t *label_counts; /* [m] of sparse rows: how many of `classes` each has */
    bool several;           /* several labels each, or none, are possible */
    bool has_target;       /* one of the two below is filled */
    clmlp_classes classes; /* CLASSES */
    double *y;             /* [m x target_count], VALUES; several targets are that always. NaN: missing */
    size_t target_count;   /* columns of targets, where there are any */
    char **output_names;   /* [target_count] their names, one block; NULL: they have none */
    clmlp_target_column *target_columns; /* [target_count], while several are read from text; else NULL */
    size_t rows_missing, last_missing, first_missing; /* of several: rows without some target, the last such row, and
                                                         which target the first of them misses */
    double *weights;       /* [m] of the rows, as they stand in the file; NULL: there are none */
    char *weight_column;   /* "column 'w'", for messages */
    clmlp_cells *cells;    /* [n] columns that are no plain numbers, in place of x; NULL: x */
    char **cell_names;     /* [n] their names, one block */
    bool numbered;         /* which are the columns' numbers in the file */
    char *target;          /* name or 1-based index of that column, or a list of them */
    char **names;          /* [columns] header of a text file, one block; NULL: none */
    size_t names_line;     /* where the header is */
    size_t columns;
    clmlp_columns *named;  /* [n] of the features; NULL: they have no names */
    size_t *source;        /* [n] column of the file that a feature was; NULL in a labels file */
    size_t first_line;     /* of row 0, where each row is one line of a text file; 0: else */
    clmlp_kept kept;       /* texts for the data set */
    clmlp_notes notes;     /* for the data set */
    char *form;            /* what the file is, for people; NULL: not known */
    clmlp_thousands *thousands; /* [thousands_count] where the file is read to be described; else notes say it */
    size_t thousands_count, thousands_capacity;
    size_t odd_line, odd_column; /* where the first text stands that is not UTF-8; 0: none */
} clmlp_table;

/* Data that a model is to be made for: nothing is known of its columns. */
static inline bool clmlp_for_training(const clmlp_table_request *request)
{
    return request->columns == NULL && request->expected_features == 0 && !request->labels_file;
}

/* Read a whole file of one kind, open at its start. Errors: CLMLP_BAD_INPUT, CLMLP_IO,
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_csv_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error);
clmlp_status clmlp_idx_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error);
clmlp_status clmlp_svmlight_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                                 clmlp_error *error);
clmlp_status clmlp_npy_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error);

/* A note for each feature that looks like an identifier: its values are integers, no two of them equal. */
clmlp_status clmlp_note_identifiers(clmlp_table *table, const char *path, clmlp_error *error);

/* Texts that mean "no value" were given: training data keeps them for the model, a note tells where other data has
 * others than its model. */
clmlp_status clmlp_keep_marks(clmlp_dataset *dataset, const clmlp_table_request *request, clmlp_error *error);

/* Options with their defaults, checked. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_load_options_take(clmlp_load_options *options, const clmlp_load_options *given, clmlp_error *error);

/* What the options ask of the file with the data. */
clmlp_table_request clmlp_load_request(const clmlp_load_options *options);

/* Whether it is known which column the targets are, of data that have columns. Errors: CLMLP_BAD_INPUT, which asks. */
clmlp_status clmlp_check_target_known(const char *path, const clmlp_table_request *request, clmlp_error *error);

/* A table that was read, called `path` in messages, becomes the data set: targets, then features. What is taken over is
 * NULL in the table afterwards. */
clmlp_status clmlp_dataset_take_table(clmlp_dataset *dataset, clmlp_table *table, const char *path,
                                      const clmlp_load_options *options, const clmlp_table_request *request,
                                      clmlp_error *error);

/* Feature j of row i; NaN where the column is no number. */
double clmlp_table_feature(const clmlp_table *table, size_t i, size_t j);

void clmlp_table_release(clmlp_table *table);

#endif
