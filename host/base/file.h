/* file.h - files that are never left half written: written beside their name, flushed, renamed. */
#ifndef CLMLP_BASE_FILE_H
#define CLMLP_BASE_FILE_H

#include <stdio.h>

#include "base/error.h"

typedef struct clmlp_output_file {
    FILE *stream;    /* write here; errors are noticed at commit */
    char *path;      /* final name */
    char *temporary; /* name until then */
} clmlp_output_file;

/* Create the temporary, in the folder of `path`. A name that exists and is not a regular file (a
 * device, a pipe) is written to directly. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_output_open(clmlp_output_file *file, const char *path, clmlp_error *error);

/* Flush to disk and rename. On failure the temporary is gone and the old file as it was. */
clmlp_status clmlp_output_commit(clmlp_output_file *file, clmlp_error *error);

/* Give up: remove the temporary. Fine on a zeroed or committed file. */
void clmlp_output_discard(clmlp_output_file *file);

#endif
