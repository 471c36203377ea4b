/* roff.h - text for man(1): words filled into short lines, with everything escaped that troff or man would take for
 * something else. */
#ifndef CLMLP_CLI_ROFF_H
#define CLMLP_CLI_ROFF_H

#include <stddef.h>

/* A macro on a line of its own: ".SH OPTIONS". What is before it ends. */
void clmlp_cli_roff_macro(const char *macro);

/* Append words; names of options are bold. */
void clmlp_cli_roff_words(const char *text);
/* The same, `length` bytes of them. */
void clmlp_cli_roff_part(const char *text, size_t length);

/* Append to the last word; font: 'R', 'B' or 'I'. */
void clmlp_cli_roff_join(char font, const char *text);
/* Begin a word in this font. */
void clmlp_cli_roff_word(char font, const char *text);

/* A whole line as it stands, for examples. */
void clmlp_cli_roff_line(const char *text, size_t length);

/* End the line. */
void clmlp_cli_roff_end(void);

#endif
