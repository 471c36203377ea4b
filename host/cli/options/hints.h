/* hints.h - what to say about words of a command line that mean something elsewhere. */
#ifndef CLMLP_CLI_HINTS_H
#define CLMLP_CLI_HINTS_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/status.h>

/* Why `command` has no option `name`, which another command has; NULL: there is nothing to say. */
const char *clmlp_cli_why_not(const char *command, const char *name);

/* What to say of one argument more than `command` takes, to be put behind it; "": nothing. */
const char *clmlp_cli_extra_hint(const char *command);

/* Whether a file that is no model is one of ONNX, by its name: the message then says what makes a model of it. */
bool clmlp_cli_hint_at_import(const char *path, clmlp_error *error);

#endif
