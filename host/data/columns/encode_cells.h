/* encode_cells.h - from the cells of a file to encoded columns: encoders are fitted or taken from a model, and what was
 * filled in or not known is told. */
#ifndef CLMLP_DATA_ENCODE_CELLS_H
#define CLMLP_DATA_ENCODE_CELLS_H

#include "data/columns/cells.h"
#include "data/columns/encoded.h"
#include "data/notes.h"

typedef struct clmlp_encode_request {
    const char *path;             /* for notes and messages */
    const clmlp_columns *columns; /* of a model, with encoders; NULL: training data, encoders are fitted */
    size_t max_categories;
    bool refuse_missing;          /* --missing error */
    bool refuse_unseen;           /* --unseen error */
    bool describes;               /* no notes; a column without any value is one that is always missing */
} clmlp_encode_request;

/* *columns and *encoded of cells [count], none of them LOST, called names [count]; with the model's columns they are in
 * its order and were read with its kinds (clmlp_cells_expect). Numbers and codes are taken out of the cells.
 * Errors: CLMLP_BAD_INPUT (as clmlp_encoder_fit; what is refused, with column, count and first row),
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encode_cells(clmlp_columns **columns, clmlp_encoded **encoded, clmlp_cells *cells,
                                const char *const *names, size_t count, const clmlp_encode_request *request,
                                clmlp_notes *notes, clmlp_error *error);

#endif
