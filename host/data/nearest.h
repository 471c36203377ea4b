/* nearest.h - the name of a column that a mistyped one may stand for. */
#ifndef CLMLP_DATA_NEAREST_H
#define CLMLP_DATA_NEAREST_H

#include <stddef.h>

#include "data/quote.h"

/* The first of names [count] that is `word` but for letter case, blanks, _ and -; else the one that two insertions,
 * deletions, replacements or swaps of neighbours make of it, one where it is short. NULL: there is none. */
const char *clmlp_nearest_name(const char *word, const char *const *names, size_t count);

/* "; did you mean 'name'?" or "" into out; where `word` itself is among the names, that it was left out.
 * Returns out. */
enum { CLMLP_NEAREST_LENGTH = CLMLP_QUOTE_LENGTH + 24 };
char *clmlp_did_you_mean(char out[CLMLP_NEAREST_LENGTH], const char *word, const char *const *names, size_t count);

#endif
