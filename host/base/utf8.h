/* utf8.h - safetensors headers are UTF-8; names in data files may be anything. */
#ifndef CLMLP_BASE_UTF8_H
#define CLMLP_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Length of the longest valid beginning of text [length] (Unicode 15, table 3-7: no overlong forms, no
 * surrogates, nothing above U+10FFFF); `length` when all of it is valid. */
size_t clmlp_utf8_valid_length(const char *text, size_t length);

/* *out = text with each byte as the code point of its value (ISO 8859-1 to UTF-8): how names that are not
 * UTF-8 are kept without loss. Released with free(). */
clmlp_status clmlp_utf8_from_bytes(char **out, const char *text, clmlp_error *error);

/* The way back, in place; false when a code point is above U+00FF. */
bool clmlp_utf8_to_bytes(char *text);

#endif
