/* notes.h - what a reader has to tell about a file that it could read: plain sentences, kept with the data set. */
#ifndef CLMLP_DATA_NOTES_H
#define CLMLP_DATA_NOTES_H

#include <stddef.h>

#include "base/error.h"

/* Zero-initialise; release with clmlp_notes_release. */
typedef struct clmlp_notes {
    char **texts; /* [count] */
    size_t count, capacity;
} clmlp_notes;

/* One more sentence, without a newline. It names the file first, as messages of errors do. */
clmlp_status clmlp_notes_add(clmlp_notes *notes, clmlp_error *error, const char *format, ...) CLMLP_PRINTF(3, 4);

/* All of `from` behind those of `to`; `from` is then empty. */
clmlp_status clmlp_notes_move(clmlp_notes *to, clmlp_notes *from, clmlp_error *error);

void clmlp_notes_release(clmlp_notes *notes);

#endif
