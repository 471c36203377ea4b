/* syntax.h - what a command line may say: one row per option. */
#ifndef CLMLP_CLI_SYNTAX_H
#define CLMLP_CLI_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#include "options/option_types.h"

typedef struct clmlp_cli_option {
    const char *name;           /* without the dashes; NULL: `help` heads a new group */
    const clmlp_cli_type *type; /* NULL: a flag, `value` is a bool that becomes true */
    void *value;                /* holds the default; receives what was given */
    const char *argument;       /* its placeholder in help; NULL for flags */
    const char *help;           /* meaning and unit */
    const char *fallback;       /* the default in words, where `value` does not say it */
    bool *given;                /* becomes true when the option occurs; NULL: nobody asks */
} clmlp_cli_option;

typedef struct clmlp_cli_syntax {
    const char *command;
    const char *positionals; /* their names, one blank between them: "MODEL DATA"; "" for none; a last one in brackets
                                may be left out and is then NULL: "[DATA]" */
    const char *description; /* what the command does, printed below the usage line */
    const clmlp_cli_option *options;
    size_t option_count;
} clmlp_cli_syntax;

/* What is done with a syntax, which is there while it runs. */
typedef void clmlp_cli_use_syntax(const clmlp_cli_syntax *syntax, void *context);

#endif
