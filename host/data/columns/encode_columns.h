/* encode_columns.h - encoders of all columns of a table: fitted to it, and what they meet in it told. */
#ifndef CLMLP_DATA_ENCODE_COLUMNS_H
#define CLMLP_DATA_ENCODE_COLUMNS_H

#include "data/columns/columns.h"
#include "data/notes.h"

typedef struct clmlp_encode_wish {
    const char *path; /* of the file, for messages */
    size_t max_categories;
    bool describes;   /* a column without any value is one that is always missing, not an error */
} clmlp_encode_wish;

/* *out = encoders fitted to raw [count].
 * Errors: as clmlp_encoder_fit, with the path in front. */
clmlp_status clmlp_encode_fit(clmlp_columns **out, const clmlp_raw_column *raw, size_t count,
                              const clmlp_encode_wish *wish, clmlp_error *error);

/* What the notes are about. */
typedef struct clmlp_encode_story {
    const char *path;
    bool held_out;          /* the values are those of a part that was held out */
    const uint32_t *source; /* [m] the row of the file that each one was, from 0; NULL: itself */
    bool new_data;          /* not what the encoders were fitted to */
    bool only_new;          /* tell only what the encoders had not met */
    bool refuse_missing, refuse_unseen;
} clmlp_encode_story;

/* Notes of what `columns`, which have encoders, meet in raw [columns->count]: missing values, and texts they do not
 * know. Errors: CLMLP_BAD_INPUT (what is refused, with column, count and first row), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encode_tell(const clmlp_encode_story *story, const clmlp_columns *columns,
                               const clmlp_raw_column *raw, clmlp_notes *notes, clmlp_error *error);

#endif
