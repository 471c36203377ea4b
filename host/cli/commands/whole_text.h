/* whole_text.h - all of a file as a text. */
#ifndef CLMLP_CLI_WHOLE_TEXT_H
#define CLMLP_CLI_WHOLE_TEXT_H

/* Released with free(). NULL: it cannot be read, is longer than 256 MiB or has a NUL byte, which was said, and *status
 * is the exit status. */
char *clmlp_cli_whole_text(const char *path, int *status);

#endif
