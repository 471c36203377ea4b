/* structure.h - public structs that begin with their own size, between programs and libraries of different age.
 *
 * `size` is sizeof the struct as the caller compiled it. A caller that is older than the library has a shorter struct,
 * a newer one a longer struct. The library works on a copy of its own length and never touches a byte beyond `size`.
 */
#ifndef CLMLP_BASE_STRUCTURE_H
#define CLMLP_BASE_STRUCTURE_H

#include <stddef.h>

#include "base/error.h"

/* A larger size is taken for garbage: nobody has set it. */
enum { CLMLP_STRUCTURE_MOST = 1 << 16 };

/* Whether the size of a struct of the caller's can be one. Errors: CLMLP_BAD_ARGUMENT, with the argument's name. */
clmlp_status clmlp_structure_check(const void *given, const char *argument, clmlp_error *error);

/* Fill the caller's struct with defaults [own]; what it has beyond them becomes 0. */
void clmlp_structure_init(void *given, size_t size, const void *defaults, size_t own);

/* Read the caller's struct over `to` [own], which holds the defaults. given NULL: nothing to read. What a newer
 * caller has beyond `own` must be 0: else it asks for what this library does not know. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_structure_take(void *to, size_t own, const void *given, const char *argument, clmlp_error *error);

/* Write `from` [own] into the caller's struct, whose size stays; what it has beyond becomes 0. given NULL: nothing. */
void clmlp_structure_give(void *given, const void *from, size_t own);

#endif
