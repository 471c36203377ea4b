/* options.h - command lines, declared as tables: one row per option says its name, type, default and
 * help, and both the reading (by popt) and the text of --help follow from it.
 */
#ifndef CLMLP_CLI_OPTIONS_H
#define CLMLP_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "options/syntax.h"

struct cJSON;

enum { CLMLP_CLI_MAX_POSITIONALS = 2 };

/* The texts of a command line; option values point into it. */
typedef struct clmlp_cli_arguments {
    const char *positional[CLMLP_CLI_MAX_POSITIONALS];
    char **texts; /* [text_count] */
    size_t text_count;
    size_t option_count;  /* of the syntax */
    const char **values;  /* [option_count] the text of each option, the last one given; "" of flags; NULL: not given */
    char **defaults;      /* [option_count] what a given one would have been, as its type shows it; NULL: not known */
    struct cJSON *saved;  /* texts that options were taken from, see saved.h */
} clmlp_cli_arguments;

/* Read a command line (argv[0] is the command). `arguments` is overwritten and must be released with
 * clmlp_cli_arguments_free, whatever happened. Returns true to go on; else *status is what to exit with,
 * and help or an error has been printed. */
bool clmlp_cli_parse(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, int argc, char **argv,
                     int *status);
void clmlp_cli_arguments_free(clmlp_cli_arguments *arguments);

/* From now on clmlp_cli_parse reads nothing: it gives its syntax to `use`, and returns false. So a command that is
 * called with any words tells what it takes. */
void clmlp_cli_show_syntax(clmlp_cli_use_syntax *use, void *context);

/* The default of an option in words; "" where it has none. */
void clmlp_cli_default(const clmlp_cli_option *option, char *text, size_t size);

#endif
