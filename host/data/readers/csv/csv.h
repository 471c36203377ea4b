/* csv.h - inside the reader of text files: the first row, which decides what the columns are, and what the two ways to
 * read the rest share: numbers at once (csv.c), or cells of any kind (csv_cells.c). */
#ifndef CLMLP_DATA_CSV_H
#define CLMLP_DATA_CSV_H

#include "data/readers/csv/fields.h"
#include "data/readers/table.h"

/* A field of the first row. */
typedef struct clmlp_csv_cell {
    size_t offset; /* in `texts`, NUL-terminated there */
    clmlp_field field; /* `text` is set by clmlp_csv_first_row */
} clmlp_csv_cell;

/* Columns beside each other that are read alike. */
typedef enum clmlp_csv_run_kind {
    CLMLP_CSV_NUMBERS,
    CLMLP_CSV_TARGET,
    CLMLP_CSV_WEIGHT,
    CLMLP_CSV_SKIPPED,
    CLMLP_CSV_KEPT /* kept as texts, whatever they are besides */
} clmlp_csv_run_kind;
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
    size_t target;         /* column of the only target or the one left out; columns: none, or several */
    size_t target_count;   /* several targets: how many; else 0 */
    size_t absent_targets; /* entries of a list of targets that are left out where they are, and are not there */
    size_t *slots;         /* [columns] several targets: which one a column is, or CLMLP_CSV_NOWHERE; else NULL */
    size_t kept_count;     /* columns whose texts are kept */
    size_t *kept;          /* [columns] which of them a column is, or CLMLP_CSV_NOWHERE; NULL: there are none */
    bool keeps_target;     /* the target column is read, not left out */
    size_t weight;         /* column of the weights; columns: none, or it is left out */
    bool has_header;
    bool guessed_header;   /* texts were taken for a header; nobody said so */
    size_t *place;         /* [columns] the feature that each column becomes */
    size_t features;
    bool in_order;         /* the features are in the order of the columns */
    bool may_be_index;     /* the first column may count the rows, and is then left out */
    clmlp_csv_run *runs;   /* [run_count] a row from its first column to its last */
    size_t run_count;
    bool may_be_header;    /* a labels file: the first row is data, unless there is one row too many */
} clmlp_csv_layout;

/* Whether column j is a target, read or left out. */
static inline bool clmlp_csv_is_target(const clmlp_csv_layout *layout, size_t j)
{
    return j == layout->target || (layout->slots != NULL && layout->slots[j] != CLMLP_CSV_NOWHERE);
}

/* Whether the texts of column j are kept. */
static inline bool clmlp_csv_is_kept(const clmlp_csv_layout *layout, size_t j)
{
    return layout->kept != NULL && layout->kept[j] != CLMLP_CSV_NOWHERE;
}

/* Read the first row and decide. Release with clmlp_csv_layout_release, on failure too.
 * Errors: CLMLP_BAD_INPUT (empty file, no such target, mixed first row, unexpected width). */
clmlp_status clmlp_csv_first_row(clmlp_csv_layout *layout, clmlp_fields *fields, const clmlp_table_request *request,
                                 clmlp_error *error);

/* Whether the first row is data for a model that knows its columns by number: each cell may stand in its column, and
 * one at least shows it, a number or a text that the column has. Nothing is said about a model of numbers alone.
 * Errors: CLMLP_BAD_INPUT (it may be either: asks). */
clmlp_status clmlp_csv_is_row_of_model(const clmlp_csv_layout *layout, const clmlp_fields *fields,
                                       const clmlp_table_request *request, bool *is_data, clmlp_error *error);

/* For a file with more columns than such a model takes, where no option chooses: "; the training left out column 1: say
 * --ignore 1", if exactly `surplus` columns are no features of the model by their numbers; else nothing. */
clmlp_status clmlp_csv_propose_ignore(clmlp_text *text, const clmlp_csv_layout *layout,
                                      const clmlp_table_request *request, size_t surplus, clmlp_error *error);

/* Which column becomes which feature, once the header is known; notes say what is left out. Errors: CLMLP_BAD_INPUT (a
 * column is missing, called as another, without a name; unexpected width). */
clmlp_status clmlp_csv_place_columns(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                     clmlp_notes *notes, clmlp_error *error);

/* The runs of a row, once every column has its place; layout->runs has [columns]. */
void clmlp_csv_make_runs(clmlp_csv_layout *layout);

/* "FILE:LINE:COLUMN: column 3 WHAT", of the first row. */
clmlp_status clmlp_csv_fail_in(const clmlp_csv_layout *layout, const char *path, size_t j, const char *what,
                               clmlp_error *error);

/* *named = the names of the features [layout->features]; NULL: they have none. */
clmlp_status clmlp_csv_name_features(const clmlp_csv_layout *layout, const char *path,
                                     const clmlp_table_request *request, clmlp_columns **named, clmlp_error *error);

/* The first column, which may count the rows, does so: it is no feature. */
void clmlp_csv_drop_index(clmlp_csv_layout *layout);

/* No column is called `target`, or has that number. */
clmlp_status clmlp_csv_no_target(const clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                 const char *target, clmlp_error *error);

/* --- targets, csv_targets.c: lists are those of clmlp_choose_in_order --- */

bool clmlp_csv_has_target(const clmlp_csv_layout *layout);
/* The columns targets [count] are the targets, in that order; count 0: there are none. */
clmlp_status clmlp_csv_set_targets(clmlp_csv_layout *layout, const size_t *targets, size_t count, clmlp_error *error);
/* Those of the list are, by name where the header is known. strict: each entry has to be there. */
clmlp_status clmlp_csv_list_targets(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                    const char *list, bool strict, clmlp_error *error);
/* Columns [*count] of request->model_target, as far as they are there; released with free(). */
clmlp_status clmlp_csv_find_learned(const clmlp_csv_layout *layout, const char *path,
                                    const clmlp_table_request *request, size_t **columns, size_t *count,
                                    clmlp_error *error);
/* *named: the list has a text of the first row, which is a header then. */
clmlp_status clmlp_csv_names_target(const clmlp_csv_layout *layout, const clmlp_fields *fields,
                                    const clmlp_table_request *request, const char *list, bool *named,
                                    clmlp_error *error);
/* Several targets in the order of the model's outputs, if they are called so; else a note. */
clmlp_status clmlp_csv_match_targets(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                     clmlp_notes *notes, clmlp_error *error);

/* Which columns request->keep means; names [columns] are the texts of the first row. */
clmlp_status clmlp_csv_find_kept(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                 const char *const *names, clmlp_error *error);

void clmlp_csv_layout_release(clmlp_csv_layout *layout);

/* "column 'name'" or "column 3" for messages, j from 0. Returns out. */
enum { CLMLP_CSV_COLUMN_LENGTH = 224 };
char *clmlp_csv_column(char out[CLMLP_CSV_COLUMN_LENGTH], const clmlp_csv_layout *layout, size_t j);
/* The column as an option takes it: 'name', or the number where a name would not do. Returns out. */
char *clmlp_csv_option(char out[CLMLP_CSV_COLUMN_LENGTH], const clmlp_csv_layout *layout, size_t j);

/* Column `target` (from 1, as text) of `columns`; false: not such an index. NULL, "" and "last" are the
 * last. */
bool clmlp_target_index(const char *target, size_t columns, size_t *index);

/* The first cell of a column of texts that is no number and no date. */
typedef struct clmlp_csv_text {
    size_t line, column; /* line 0: there is none */
    char *text;          /* owned */
    bool lost;           /* numbers or dates stood above it, so the column has to be read again */
    bool asked;          /* the column is categorical because someone said so */
} clmlp_csv_text;

typedef struct clmlp_csv_reader {
    clmlp_fields fields;
    clmlp_csv_layout layout;
    clmlp_table *table;
    const clmlp_table_request *request;
    double *x; /* of the table; [x_capacity] */
    size_t x_capacity, y_capacity, w_capacity;
    size_t n;
    double *row; /* [n] features in the order of the columns; NULL: that is their order */
    size_t first_line, last_line; /* of the rows behind the first */
    bool wants_cells;             /* a feature is no number: to be read again as cells */
    size_t text_count;
    clmlp_csv_text *texts;        /* [text_count] by column; NULL: not known yet */
    bool marks_numbers;           /* a number may mean "no value" */
    clmlp_error *error;
} clmlp_csv_reader;

/* Rows behind those that are there, until there are `most` of them, or no more. */
typedef clmlp_status clmlp_csv_rows(clmlp_csv_reader *reader, size_t most);

/* The rows behind the head, which is read: all of them, or divided among the ranks where they are to be. */
clmlp_status clmlp_csv_read_rest(clmlp_csv_reader *reader, clmlp_csv_rows *rows);

/* Read all of an open file, from its start, as cells: the table gets them in place of numbers. */
clmlp_status clmlp_csv_read_cells(clmlp_csv_reader *reader, clmlp_input *input);

/* A cell straight from the buffer: a number in a column of numbers, or a text that the column had before. `ends` is to
 * follow it; *after: what is behind that; NULL: it is another cell, and nothing was taken. */
clmlp_status clmlp_csv_take_plain(clmlp_csv_reader *reader, clmlp_cells *cells, char ends, char **after);

/* A cell that may be the first of reader->texts; lost: it is. Then, of all columns that became texts because of one,
 * a note, or an error where they are too many. */
clmlp_status clmlp_csv_remember_text(clmlp_csv_reader *reader, const clmlp_field *field, size_t column, bool lost);
clmlp_status clmlp_csv_tell_texts(const clmlp_csv_reader *reader);

/* Of training data: a note, or an entry for the description, where the fractions of a column may be thousands. Goes
 * back to the start of the file where it has to. */
clmlp_status clmlp_csv_tell_thousands(const clmlp_csv_reader *reader, clmlp_input *input);

/* From the start to the first row, and what the columns are. */
clmlp_status clmlp_csv_start(clmlp_csv_reader *reader, clmlp_input *input);

/* The kept columns of the table get their names; then, if column j is one, a field of row table->m is kept. */
clmlp_status clmlp_csv_begin_kept(clmlp_csv_reader *reader);
clmlp_status clmlp_csv_keep(clmlp_csv_reader *reader, const clmlp_field *field, size_t j);

/* Names, sources and target of the columns, once all rows are there. */
clmlp_status clmlp_csv_finish(clmlp_csv_reader *reader);

/* Releases all but the table. */
void clmlp_csv_release(clmlp_csv_reader *reader);

/* Forget what was read and go back to the start of the file. */
clmlp_status clmlp_csv_restart(clmlp_csv_reader *reader, clmlp_input *input);

/* The target (or left-out) field of row table->m. */
clmlp_status clmlp_csv_take_target(clmlp_csv_reader *reader, const clmlp_field *field, size_t column);

/* The same of several targets: a number, or a boolean, which is 0 or 1. */
clmlp_status clmlp_csv_take_one_of_several(clmlp_csv_reader *reader, const clmlp_field *field, size_t column);
/* Booleans are told, or refused beside other numbers. */
clmlp_status clmlp_csv_finish_targets(const clmlp_csv_reader *reader);
/* Names and number of the targets, for the table. */
clmlp_status clmlp_csv_name_targets(const clmlp_csv_reader *reader);

/* Which column holds the weights of the request, by name before number: layout->weight. It is no feature. by_name: so
 * are the features found. Errors: CLMLP_BAD_INPUT (no such column, two of that name, the target). */
clmlp_status clmlp_csv_find_weights(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                    bool by_name, clmlp_error *error);
/* The weight of row table->m. */
clmlp_status clmlp_csv_take_weight(clmlp_csv_reader *reader, const clmlp_field *field);

/* Errors: why a field is not a finite number (parsed: it is one, but not finite); a row that ends with field `last`,
 * the `found`-th; the first field of a row behind its last column. */
clmlp_status clmlp_csv_not_a_number(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column,
                                    bool parsed);
clmlp_status clmlp_csv_wrong_count(const clmlp_csv_reader *reader, const clmlp_field *last, size_t found);
clmlp_status clmlp_csv_too_long(clmlp_csv_reader *reader);
clmlp_status clmlp_csv_no_rows(const clmlp_csv_reader *reader);

/* A number that is no missing value. Errors: CLMLP_BAD_INPUT (it is a number that means "no value", spelled otherwise:
 * asks). */
clmlp_status clmlp_csv_check_spelling(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column,
                                      double value);
/* The same of a cell that is taken as a text: a class, or one of the texts of a column. */
clmlp_status clmlp_csv_check_text(const clmlp_csv_reader *reader, const clmlp_field *field, size_t column);

/* Said of a file whose first row makes no sense: "", or that this looks like a comment. */
const char *clmlp_csv_comment_hint(const clmlp_field *first);

/* Said where an empty cell is no missing value: "" or "; the list of --missing-values does not have ...". */
const char *clmlp_csv_empty_hint(const clmlp_csv_reader *reader, size_t length);

/* What a field that is no number looks like. All but PLAIN are asked about, not taken for texts. */
typedef enum clmlp_csv_form {
    CLMLP_CSV_PLAIN,  /* a text, or a number */
    CLMLP_CSV_MARKS,  /* digits and decimal marks: 1,5 or 1.234,56 or 1.2.3 */
    CLMLP_CSV_GROUPS, /* a number with its thousands apart: 59,222 or 1.234.567 */
    CLMLP_CSV_BLANKS, /* blanks before thousands: 1 000 or 1 234,5 */
    CLMLP_CSV_UNIT,   /* a number with percent or a currency: 20% or $1,100 */
    CLMLP_CSV_DATE,   /* a date that is not ISO's: 31.12.2012 or 01 Jan 2012 */
    CLMLP_CSV_MOMENT, /* a day of ISO's with more than a plain time: 2024-01-02 20:00:00.250 or ...T20:00:00+01:00 */
    CLMLP_CSV_TIME,   /* a time without a day: 10:30 */
    CLMLP_CSV_MONTH   /* a month without a day: 2023-01 */
} clmlp_csv_form;
clmlp_csv_form clmlp_csv_form_of(const clmlp_csv_reader *reader, const clmlp_field *field);

#endif
