/* memory.h - allocation with overflow-checked sizes. Everything is released with free(). */
#ifndef CLMLP_BASE_MEMORY_H
#define CLMLP_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* a * b, or a + b; false when it does not fit a size_t. */
bool clmlp_multiply(size_t a, size_t b, size_t *product);
bool clmlp_add(size_t a, size_t b, size_t *sum);

static inline size_t clmlp_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t clmlp_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* *out = zeroed array of count elements of `size` bytes; never NULL on success, also for count 0.
 * `what` names it in the message. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_allocate(void *out, size_t count, size_t size, const char *what, clmlp_error *error);

/* Let *array (of *capacity elements of `size` bytes) hold at least `wanted`, growing geometrically. */
clmlp_status clmlp_grow(void *array, size_t *capacity, size_t wanted, size_t size, const char *what,
                        clmlp_error *error);

/* *out = copy of text. */
clmlp_status clmlp_duplicate(char **out, const char *text, clmlp_error *error);

/* *out = copies of count texts, in one block that a single free() releases. NULL or count 0: NULL. */
clmlp_status clmlp_duplicate_list(char ***out, const char *const *texts, size_t count, clmlp_error *error);

/* Bytes of the machine's memory; UINT64_MAX: it cannot be told. */
uint64_t clmlp_physical_memory(void);

/* "1.5 MiB" and the like, into text [32]; returns text. */
char *clmlp_format_bytes(char text[32], unsigned long long bytes);

#endif
