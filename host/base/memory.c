/* memory.c - allocation with overflow checks and an error that says what for. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clmlp/memory.h"

void clmlp_free(void *array)
{
    free(array);
}

bool clmlp_multiply(size_t a, size_t b, size_t *product)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

bool clmlp_add(size_t a, size_t b, size_t *sum)
{
    if (a > SIZE_MAX - b) return false;
    *sum = a + b;
    return true;
}

static clmlp_status no_memory(clmlp_error *error, const char *what, size_t count, size_t size)
{
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for %s: %zu elements of %zu bytes", what, count,
                      size);
}

clmlp_status clmlp_allocate(void *out, size_t count, size_t size, const char *what, clmlp_error *error)
{
    size_t bytes = 0;
    if (!clmlp_multiply(count, size, &bytes)) return no_memory(error, what, count, size);
    void *block = calloc(bytes > 0 ? bytes : 1, 1);
    if (block == NULL) return no_memory(error, what, count, size);
    memcpy(out, &block, sizeof block);
    return CLMLP_OK;
}

clmlp_status clmlp_grow(void *array, size_t *capacity, size_t wanted, size_t size, const char *what,
                        clmlp_error *error)
{
    if (wanted <= *capacity) return CLMLP_OK;
    size_t grown = *capacity + *capacity / 2;
    if (grown < wanted) grown = wanted;
    if (grown < 64) grown = 64;
    size_t bytes = 0;
    if (!clmlp_multiply(grown, size, &bytes)) return no_memory(error, what, grown, size);
    void *block = NULL;
    memcpy(&block, array, sizeof block);
    block = realloc(block, bytes);
    if (block == NULL) return no_memory(error, what, grown, size);
    memcpy(array, &block, sizeof block);
    *capacity = grown;
    return CLMLP_OK;
}

clmlp_status clmlp_duplicate(char **out, const char *text, clmlp_error *error)
{
    const size_t size = strlen(text) + 1;
    TRY(clmlp_allocate(out, size, 1, "a text", error));
    memcpy(*out, text, size);
    return CLMLP_OK;
}

clmlp_status clmlp_duplicate_list(char ***out, const char *const *texts, size_t count, clmlp_error *error)
{
    if (texts == NULL || count == 0) {
        *out = NULL;
        return CLMLP_OK;
    }
    size_t pointers = 0;
    if (!clmlp_multiply(count, sizeof(char *), &pointers)) return no_memory(error, "a list", count, sizeof(char *));
    size_t bytes = pointers;
    for (size_t i = 0; i < count; i++) {
        if (!clmlp_add(bytes, strlen(texts[i]) + 1, &bytes)) return no_memory(error, "a list", count, sizeof(char *));
    }
    char **list = NULL;
    TRY(clmlp_allocate(&list, bytes, 1, "a list of names", error));
    char *next = (char *)(list + count);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(texts[i]) + 1;
        memcpy(next, texts[i], size);
        list[i] = next;
        next += size;
    }
    *out = list;
    return CLMLP_OK;
}

uint64_t clmlp_physical_memory(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_MAX;
}

char *clmlp_format_bytes(char text[32], unsigned long long bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024.0 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024.0;
        unit++;
    }
    (void)snprintf(text, 32, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}
