/* text.h - texts that came from outside, made fit for a terminal and for spreadsheets.
 *
 * Names of classes, columns and tensors, metadata, file names and what drivers say are given as they stand: they may
 * hold characters that a terminal obeys. Whoever prints them calls clmlp_make_printable first. The messages of the
 * library (clmlp_error, notes) have been through it.
 *
 * Threads: any.
 */
#ifndef CLMLP_TEXT_H
#define CLMLP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Length of the valid UTF-8 character at `text`: shortest forms only, no surrogates. 0: there is none. */
CLMLP_API size_t clmlp_character_length(const char *text);

/* Whether a terminal obeys the character of `length` bytes at `text` instead of showing it: a control character (below
 * 0x20, 0x7F, U+0080 to U+009F), a line or paragraph separator (U+2028, U+2029), or a mark that reorders the text
 * around it (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069). length 0: a byte that is no UTF-8. */
CLMLP_API bool clmlp_character_steers(const char *text, size_t length);

/* Each character that steers becomes a question mark; all others stay, also those of other character sets.
 *   lines  line feeds stay */
CLMLP_API void clmlp_make_printable(char *text, bool lines);

/* Whether a spreadsheet takes a field of a CSV file for a formula: it begins with = + - @, also in their full width and
 * behind blanks and marks that nobody sees, and is no number; or with a tab or a carriage return. */
CLMLP_API bool clmlp_is_formula(const char *text);

/* What a mistyped word may stand for: the first of names [count] that is `word` but for the case of letters, marks on
 * them (ü and u), blanks, _ and -; else the one that two insertions, deletions, replacements or swaps of neighbours
 * make of it, one where it is short. NULL: there is none; word and names may be NULL, too. Bytes that are no UTF-8 are
 * taken for Latin-1. It is for proposals: nothing is to be corrected with it in silence. */
CLMLP_API const char *clmlp_nearest(const char *word, const char *const *names, size_t count);

#ifdef __cplusplus
}
#endif

#endif
