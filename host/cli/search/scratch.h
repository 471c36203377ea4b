/* scratch.h - a folder of its own for the models of trials: searches that run at once share nothing. */
#ifndef CLMLP_CLI_SEARCH_SCRATCH_H
#define CLMLP_CLI_SEARCH_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Make a new folder in TMPDIR, else in /tmp, and remove those there that killed searches left. path [size] receives
 * the name of a model in it, which is not there yet. False: it cannot be made, and it was said why. */
bool clmlp_cli_scratch_make(char *path, size_t size);

/* Give the folder a name that no search removes. path: that of the model from now on. */
void clmlp_cli_scratch_keep(char *path);

/* Remove the folder of that name and all files in it. Fine on "". */
void clmlp_cli_scratch_remove(const char *path);

#endif
