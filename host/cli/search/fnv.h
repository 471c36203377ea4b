/* fnv.h - FNV-1a of 64 bits (Fowler, Noll and Vo): a number for bytes, which finds changes that nobody made on
 * purpose. */
#ifndef CLMLP_CLI_SEARCH_FNV_H
#define CLMLP_CLI_SEARCH_FNV_H

#include <stddef.h>
#include <stdint.h>

#define CLMLP_CLI_FNV_START UINT64_C(14695981039346656037)

/* The number of what came before and of `bytes` [count]. */
static inline uint64_t clmlp_cli_fnv(uint64_t before, const void *bytes, size_t count)
{
    const unsigned char *const byte = bytes;
    for (size_t i = 0; i < count; i++) before = (before ^ byte[i]) * UINT64_C(1099511628211);
    return before;
}

#endif
