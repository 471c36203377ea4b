/* output.h - a text file that is written whole or not at all.
 *
 * A place for a text that is made later: what could keep it from being written is found before hours of work depend on
 * it. See clmlp_model_place_open (model.h) for the same with a model.
 *
 * Threads: any; a place belongs to one thread at a time.
 */
#ifndef CLMLP_OUTPUT_H
#define CLMLP_OUTPUT_H

#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_text_place clmlp_text_place;

/* Make a temporary file beside `path`, with a lock on it. A link is followed, so that it stays. Errors: CLMLP_IO,
 * CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_text_place_open(clmlp_text_place **out, const char *path, clmlp_error *error);

/* Write a text into it, flush it and rename it to `path`, once. Errors: CLMLP_IO; the file that was there is then as it
 * was. A second call: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_text_place_save(clmlp_text_place *place, const char *text, clmlp_error *error);

/* Release it; where nothing was saved in it, the file of its path is as it was. NULL is fine. */
CLMLP_API void clmlp_text_place_close(clmlp_text_place *place);

#ifdef __cplusplus
}
#endif

#endif
