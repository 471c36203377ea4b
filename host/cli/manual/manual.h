/* manual.h - pages for man(1) and completions for shells, made from the tables of options, so that they say what the
 * program takes. The build calls this (cmake/manual.cmake), and so may anybody:
 *
 *     clmlp help --man                   the names of all pages, a line each
 *     clmlp help --man clmlp-train       one page
 *     clmlp help --completion bash       what bash is to source; also zsh
 */
#ifndef CLMLP_CLI_MANUAL_H
#define CLMLP_CLI_MANUAL_H

#include "manual/subjects.h"

/* Write to standard output. */
void clmlp_cli_man_page(const clmlp_cli_subject *subject); /* NULL: clmlp(1) */
void clmlp_cli_bash_completion(void);
void clmlp_cli_zsh_completion(void);

/* The command line `clmlp help --man ...` or `--completion ...`; argv[0] is "help". Returns the exit status. */
int clmlp_cli_manual(int argc, char **argv);

#endif
