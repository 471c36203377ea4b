/* structure.c - reading and writing structs that begin with their own size. */
#include "base/structure.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

static size_t size_of(const void *given)
{
    size_t size = 0;
    memcpy(&size, given, sizeof size);
    return size;
}

clmlp_status clmlp_structure_check(const void *given, const char *argument, clmlp_error *error)
{
    const size_t size = size_of(given);
    /* every such struct holds a size_t, so that its size is a multiple of what that is aligned to */
    const bool possible = size > sizeof size && size <= CLMLP_STRUCTURE_MOST && size % _Alignof(size_t) == 0;
    if (possible) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "argument '%s': its size is %zu, expected sizeof the struct (from its _default function, or "
                      "{.size = sizeof x})",
                      argument, size);
}

void clmlp_structure_init(void *given, size_t size, const void *defaults, size_t own)
{
    if (given == NULL || size < sizeof size) return;
    memset(given, 0, size);
    memcpy(given, defaults, clmlp_smaller(size, own));
    memcpy(given, &size, sizeof size);
}

clmlp_status clmlp_structure_take(void *to, size_t own, const void *given, const char *argument, clmlp_error *error)
{
    if (given == NULL) return CLMLP_OK;
    TRY(clmlp_structure_check(given, argument, error));
    const size_t size = size_of(given);
    const unsigned char *const bytes = given;
    for (size_t i = own; i < size; i++) {
        if (bytes[i] == 0) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "argument '%s': byte %zu is set, but this library knows %zu: the program was made for a "
                          "newer one",
                          argument, i, own);
    }
    memcpy(to, given, clmlp_smaller(size, own));
    memcpy(to, &own, sizeof own);
    return CLMLP_OK;
}

void clmlp_structure_give(void *given, const void *from, size_t own)
{
    if (given == NULL) return;
    const size_t size = size_of(given), known = clmlp_smaller(size, own);
    memcpy((unsigned char *)given + sizeof size, (const unsigned char *)from + sizeof size, known - sizeof size);
    memset((unsigned char *)given + known, 0, size - known);
}
