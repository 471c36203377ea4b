/* encoded_rows.h - some rows of encoded data as encoded data of their own. */
#ifndef CLMLP_DATA_ENCODED_ROWS_H
#define CLMLP_DATA_ENCODED_ROWS_H

#include "data/columns/encoded.h"
#include "data/notes.h"

/* Which rows, and what they become. */
typedef struct clmlp_encoded_rows {
    const clmlp_encoded *from;
    const clmlp_columns *columns; /* the encoders of `from` */
    const uint32_t *rows;         /* [m], ascending */
    size_t m;
    const clmlp_columns *fitted;  /* encoders that were fitted to other rows; NULL: fit to these, if from->fitted */
    const char *path;             /* for notes and messages */
} clmlp_encoded_rows;

/* *encoded = those rows, and *columns = their encoders. Notes say what `fitted` did not meet in its rows.
 * Errors: CLMLP_BAD_INPUT (as clmlp_encode_fit; with --unseen error, texts that only these rows have),
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encoded_take_rows(clmlp_encoded **encoded, clmlp_columns **columns, const clmlp_encoded_rows *which,
                                     clmlp_notes *notes, clmlp_error *error);

#endif
