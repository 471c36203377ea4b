/* file.h - files that are never left half written: written beside their name, flushed, renamed.
 *
 * The temporary is called .clmlp-part- and 20 letters, whatever the file is called, so that a name of any length has
 * one. Half of the letters are computed from the other half: no other file has such a name. A lock is held on it. One
 * without a lock was left by a run that was killed: when it is a day old, the next file that is opened in its folder
 * removes it. */
#ifndef CLMLP_BASE_FILE_H
#define CLMLP_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef struct clmlp_output_file {
    FILE *stream;    /* write here; errors are noticed at commit */
    char *path;      /* final name */
    char *temporary; /* name until then; NULL: written directly */
    bool disposable; /* it can be made again: nothing of it is kept where it cannot be renamed; false when opened */
} clmlp_output_file;

/* Create the temporary, in the folder of `path`. The target of a symbolic link is written, though it does not exist
 * yet. A name that exists and is not a regular file (a device, a pipe) is written to directly, and so are /dev/stdout
 * and its like. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_output_open(clmlp_output_file *file, const char *path, clmlp_error *error);

/* Have the disk keep `bytes` for it, where it can; what is not used is given back at commit. Errors: CLMLP_IO where
 * there is no such room. */
clmlp_status clmlp_output_reserve(clmlp_output_file *file, uint64_t bytes, clmlp_error *error);

/* Flush to disk and rename. On failure the old file is as it was. The temporary is gone then, unless all of it was
 * written and only the renaming failed: it is kept as clmlp-kept- and 10 letters, and the error says so. Not
 * what is disposable. */
clmlp_status clmlp_output_commit(clmlp_output_file *file, clmlp_error *error);

/* Give up: remove the temporary. Fine on a zeroed or committed file. */
void clmlp_output_discard(clmlp_output_file *file);

#endif
