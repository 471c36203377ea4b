/* terminal.h - texts of files and command lines, printed so that they cannot steer a terminal. */
#ifndef CLMLP_CLI_TERMINAL_H
#define CLMLP_CLI_TERMINAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#if defined(__GNUC__)
#  define CLMLP_CLI_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#  define CLMLP_CLI_PRINTF(text, first)
#endif

/* Length of the valid UTF-8 character at `text`; 0: there is none. Shortest forms only, no surrogates. */
size_t clmlp_cli_character_length(const char *text);

/* Whether a character of `length` bytes is a control character: below 0x20, 0x7F, and U+0080 to U+009F, which are C2 80
 * to C2 9F in UTF-8. length 0: a byte that is no UTF-8. */
bool clmlp_cli_is_control(const char *text, size_t length);

/* Each control character becomes a question mark; others stay, also those of other character sets. */
void clmlp_cli_clean(char *text);

/* As printf has it, but for control characters, which become question marks. Line ends stay. */
void clmlp_cli_print(FILE *stream, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);
void clmlp_cli_vprint(FILE *stream, const char *format, va_list arguments) CLMLP_CLI_PRINTF(2, 0);

/* Whether a long text was cut off for lack of memory. */
bool clmlp_cli_text_was_lost(void);

#endif
