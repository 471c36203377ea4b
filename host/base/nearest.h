/* nearest.h - how far a mistyped word is from another. */
#ifndef CLMLP_BASE_NEAREST_H
#define CLMLP_BASE_NEAREST_H

#include <stddef.h>

/* How many insertions, deletions, replacements and swaps of neighbours make `other` of `word`, both as clmlp_nearest
 * (clmlp/text.h) compares them; SIZE_MAX: more than it calls near. */
size_t clmlp_word_distance(const char *word, const char *other);

#endif
