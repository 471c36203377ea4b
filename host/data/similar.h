/* similar.h - names that differ only in case or in space around them. */
#ifndef CLMLP_DATA_SIMILAR_H
#define CLMLP_DATA_SIMILAR_H

#include <stddef.h>

#include "base/error.h"

/* *count: how many of names [name_count] are like another one; first and second are two of them, where there are any.
 * Only ASCII letters have a case here. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_find_similar(char *const *names, size_t name_count, size_t *count, size_t *first, size_t *second,
                                clmlp_error *error);

#endif
