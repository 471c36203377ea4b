/* cells.h - the cells of one column as they are read, and what kind of column they make.
 *
 *   numeric      every cell is a finite number
 *   date         every cell is a date
 *   boolean      every cell is one of true, false, yes, no
 *   categorical  anything else: all texts as they stand, "007" is not "7"
 *
 * of the cells that are not missing. Numbers and dates keep no texts. So a column that was one and stops being one is
 * lost: it has to be read again, as texts. */
#ifndef CLMLP_DATA_CELLS_H
#define CLMLP_DATA_CELLS_H

#include "data/columns/dictionary.h"
#include "data/columns/encoder.h"

typedef enum clmlp_cells_state {
    CLMLP_CELLS_OPEN,    /* no cell had a value yet */
    CLMLP_CELLS_NUMBERS, /* numbers */
    CLMLP_CELLS_DATES,   /* numbers */
    CLMLP_CELLS_TEXTS,   /* codes */
    CLMLP_CELLS_LOST     /* what comes is counted, no more */
} clmlp_cells_state;

/* Zero-initialise, or clmlp_cells_expect; release with clmlp_cells_release. */
typedef struct clmlp_cells {
    clmlp_cells_state state;
    bool expects;           /* `kind` is given, not found */
    clmlp_column_kind kind;
    size_t m, missing;
    bool times;             /* DATES */
    double *numbers;        /* [m]; NaN: missing */
    size_t number_capacity;
    void *codes;            /* [m] of code_size; 0: missing */
    size_t code_size, code_capacity;
    clmlp_dictionary dictionary;
    const char **texts;     /* [dictionary.count], made by clmlp_cells_finish */
} clmlp_cells;

/* The kind is known: from a model, or from the caller. */
void clmlp_cells_expect(clmlp_cells *cells, clmlp_column_kind kind);

/* The cell of the next row. *fits: false where it is none of the kind that is expected; it was not taken then.
 * Errors: CLMLP_OUT_OF_MEMORY, CLMLP_BAD_INPUT (as clmlp_dictionary_code). */
clmlp_status clmlp_cells_add(clmlp_cells *cells, const char *text, size_t length, bool missing, bool *fits,
                             clmlp_error *error);

/* The cell of the next row, faster: a finite number in a column of NUMBERS, or one that is there already in a column of
 * TEXTS; *known: false where it is not, it was not taken then. The caller knows that the number is no missing value.
 * Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_cells_add_number(clmlp_cells *cells, double value, clmlp_error *error);
clmlp_status clmlp_cells_add_known(clmlp_cells *cells, const char *text, size_t length, bool *known,
                                   clmlp_error *error);

/* The column of a part of the rows: what comes is read as behind rows that made the state of `before`, or a later
 * `state`. */
void clmlp_cells_begin_part(clmlp_cells *part, const clmlp_cells *before, clmlp_cells_state state);

/* The rows of a part behind those that are there, as if they had been added one by one: the part began with the state
 * that they have, or with OPEN and came to that state. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_cells_append(clmlp_cells *cells, const clmlp_cells *part, clmlp_error *error);

/* Row i becomes row `to` <= i; then the first m rows are what is left. Not of a column that is LOST. */
void clmlp_cells_move(clmlp_cells *cells, size_t to, size_t i);
void clmlp_cells_cut(clmlp_cells *cells, size_t m);

/* What the cells are; *raw borrows from them. Not of a column that is LOST. A column without any value is numeric. */
clmlp_status clmlp_cells_finish(clmlp_cells *cells, const char *name, clmlp_raw_column *raw, clmlp_error *error);

void clmlp_cells_release(clmlp_cells *cells);

#endif
