/* weights.h - --class-weights: read for the classes of a data set, and told. */
#ifndef CLMLP_CLI_WEIGHTS_H
#define CLMLP_CLI_WEIGHTS_H

#include <clmlp/clmlp.h>

/* Weigh the examples of a data set by their classes and tell the weights in a note.
 *   text  "balanced", or NAME=W,...; a class that is not named has 1. NULL: nothing is done
 * Errors: CLMLP_BAD_INPUT (the targets are no classes, no such class, a class twice, no weight >= 0, all 0). */
clmlp_status clmlp_cli_weigh_classes(clmlp_dataset *dataset, const char *text, clmlp_error *error);

#endif
