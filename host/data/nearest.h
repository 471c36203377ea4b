/* nearest.h - the name of a column that a mistyped one may stand for. */
#ifndef CLMLP_DATA_NEAREST_H
#define CLMLP_DATA_NEAREST_H

#include <stddef.h>

#include "data/quote.h"

/* "; did you mean 'name'?" or "" into out, by clmlp_nearest; where `word` itself is among the names, that it was left
 * out. Returns out. */
enum { CLMLP_NEAREST_LENGTH = CLMLP_QUOTE_LENGTH + 24 };
char *clmlp_did_you_mean(char out[CLMLP_NEAREST_LENGTH], const char *word, const char *const *names, size_t count);

#endif
