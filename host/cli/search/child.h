/* child.h - a command of this program, run as a process of its own: a device that fails takes nothing else down. */
#ifndef CLMLP_CLI_SEARCH_CHILD_H
#define CLMLP_CLI_SEARCH_CHILD_H

#include <stddef.h>

#include <clmlp/cancel.h>

/* What a process printed and how it ended. */
typedef struct clmlp_cli_child {
    char *output, *errors; /* standard output and error, ended by 0; released with clmlp_cli_child_free */
    int status;            /* its exit status; 128 + the signal that ended it */
} clmlp_cli_child;

/* What this process was started as, for systems that do not tell: its argv[0]. */
void clmlp_cli_child_program(const char *name);

/* Run `clmlp WORDS...` and wait for it.
 *   words   [count]
 *   cancel  requested: the process is asked to end, too; NULL: none
 * Returns NULL, or why it could not be run. Release *child in either case. */
const char *clmlp_cli_child_run(clmlp_cli_child *child, char *const *words, size_t count, const clmlp_cancel *cancel);
void clmlp_cli_child_free(clmlp_cli_child *child);

#endif
