/* missing.h - texts that stand for a value that nobody knows. */
#ifndef CLMLP_DATA_MISSING_H
#define CLMLP_DATA_MISSING_H

#include <stdbool.h>
#include <stddef.h>

/* How many values are missing, and where the first one is. */
typedef struct clmlp_missing {
    size_t count;
    size_t line, column;
} clmlp_missing;

/* `count` more, the first of them there. */
void clmlp_missing_add(clmlp_missing *missing, size_t count, size_t line, size_t column);

/* Nothing, NA, N/A, NaN, nan, null, NULL, None or ?. */
bool clmlp_is_missing(const char *text, size_t length);

#endif
