/* written.h - whether an output may take the place of the file that has its name. */
#ifndef CLMLP_CLI_WRITTEN_H
#define CLMLP_CLI_WRITTEN_H

#include <stdbool.h>
#include <stddef.h>

/* What an output is. */
typedef enum clmlp_cli_output_kind {
    CLMLP_CLI_MODEL_OUTPUT,  /* a model, checkpoint or bundle */
    CLMLP_CLI_BUNDLE_OUTPUT,
    CLMLP_CLI_HISTORY_OUTPUT, /* lines of epochs */
    CLMLP_CLI_PAGE_OUTPUT,    /* a report */
    CLMLP_CLI_ONNX_OUTPUT,
    CLMLP_CLI_C_OUTPUT,
    CLMLP_CLI_SCRIPT_OUTPUT
} clmlp_cli_output_kind;

/* An earlier output of the same kind is written over; any other file that is not empty is somebody's, and refused.
 * hint: what else can be done, "another name, or --overwrite". path NULL: nothing to check. False: *status is set. */
bool clmlp_cli_check_replaced(const char *command, const char *option, const char *path, clmlp_cli_output_kind kind,
                              const char *hint, int *status);

/* The same for predictions.
 *   begins   the line of names that will be written; NULL: an array, which has no names
 *   targets  0, or how many columns at the end of that line are called as targets. A file of targets may begin so, too,
 *            and is known by its numbers, which have fewer digits than predictions. */
bool clmlp_cli_check_predictions(const char *command, const char *option, const char *path, const char *begins,
                                 size_t targets, int *status);

/* "-" is the standard input where data is read; as an output it would be a guess, and is refused. False: *status is
 * set. */
bool clmlp_cli_check_dash(const char *command, const char *option, const char *path, int *status);

#endif
