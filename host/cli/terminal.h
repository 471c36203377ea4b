/* terminal.h - texts of files and command lines, printed so that they cannot steer a terminal. */
#ifndef CLMLP_CLI_TERMINAL_H
#define CLMLP_CLI_TERMINAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#if defined(__GNUC__)
#  define CLMLP_CLI_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#  define CLMLP_CLI_PRINTF(text, first)
#endif

/* As printf has it, but for characters that steer a terminal (clmlp/text.h), which become question marks. So do line
 * ends that are not those of the format. All that the program says goes through these. */
void clmlp_cli_out(const char *format, ...) CLMLP_CLI_PRINTF(1, 2); /* to standard output */
void clmlp_cli_print(FILE *stream, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);
void clmlp_cli_vprint(FILE *stream, const char *format, va_list arguments) CLMLP_CLI_PRINTF(2, 0);

/* A text of several lines that is the program's own, or a build log. */
void clmlp_cli_print_lines(FILE *stream, const char *text);

/* Whether a long text was cut off for lack of memory. */
bool clmlp_cli_text_was_lost(void);

#endif
