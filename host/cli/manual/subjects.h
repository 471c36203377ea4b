/* subjects.h - what there are pages and completions about. */
#ifndef CLMLP_CLI_SUBJECTS_H
#define CLMLP_CLI_SUBJECTS_H

#include "options/options.h"

/* What there is a page about: a command, or a kind of clmlp bench. */
typedef struct clmlp_cli_subject {
    const char *command, *kind; /* "bench", "step"; kind NULL: all of the command */
    const char *help;           /* one line */
    int (*run)(int argc, char **argv);
} clmlp_cli_subject;

/* Subject i; NULL: there are no more. Kinds follow after the commands. */
const clmlp_cli_subject *clmlp_cli_subject_at(size_t i);

/* Whether it has kinds instead of options. */
bool clmlp_cli_has_kinds(const clmlp_cli_subject *subject);

/* Give its syntax to `use`. Not for one that has kinds. */
void clmlp_cli_with_syntax(const clmlp_cli_subject *subject, clmlp_cli_use_syntax *use, void *context);

/* The subjects that have an option of this name, "bench step and tune", into text [size]: the first three; "": none. */
void clmlp_cli_who_has_option(const char *option, char *text, size_t size);

/* Kinds of files that a value or an argument names. */
typedef enum clmlp_cli_place { CLMLP_CLI_NO_PLACE, CLMLP_CLI_FILE_PLACE, CLMLP_CLI_FOLDER_PLACE } clmlp_cli_place;
clmlp_cli_place clmlp_cli_option_place(const clmlp_cli_option *option);

#endif
