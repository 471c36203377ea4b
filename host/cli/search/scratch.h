/* scratch.h - a folder of its own for the models of trials: searches that run at once share nothing. */
#ifndef CLMLP_CLI_SEARCH_SCRATCH_H
#define CLMLP_CLI_SEARCH_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Make a new folder in TMPDIR, else in /tmp. path [size] receives the name of a model in it, which is not there yet.
 * False: it cannot be made, and it was said why. */
bool clmlp_cli_scratch_make(char *path, size_t size);

/* Remove the folder of that name and all files in it. Fine on "". */
void clmlp_cli_scratch_remove(const char *path);

#endif
