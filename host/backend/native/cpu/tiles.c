/* tiles.c - tile sizes of the CPU family: parse, check, list the candidates. */
#include "backend/native/cpu/tiles.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { MOST_BLOCK = 1 << 16, MOST_REGISTERS = 32 };

/* "%n" tells whether all of the text was read. */
bool clmlp_cpu_tiles_parse(const char *text, clmlp_cpu_tiles *tiles)
{
    int end = 0;
    char again[64];
    if (sscanf(text, "%5ux%5ux%5u/%6u%n", &tiles->rows, &tiles->vectors, &tiles->lanes, &tiles->block, &end) != 4 ||
        text[end] != '\0') {
        return false;
    }
    clmlp_cpu_tiles_format(tiles, again, sizeof again); /* neither signs nor zeros in front */
    for (size_t i = 0; i <= (size_t)end; i++) {
        if (again[i] != text[i]) return false;
    }
    return true;
}

void clmlp_cpu_tiles_format(const clmlp_cpu_tiles *tiles, char *text, size_t size)
{
    (void)snprintf(text, size, "%ux%ux%u/%u", tiles->rows, tiles->vectors, tiles->lanes, tiles->block);
}

/* Accumulators, a row of vectors and a broadcast. */
static size_t registers_of(const clmlp_cpu_tiles *t)
{
    return (size_t)t->rows * t->vectors + t->vectors + 1;
}

const char *clmlp_cpu_tiles_problem(const clmlp_cpu_tiles *t)
{
    if (t->rows == 0 || t->vectors == 0 || t->block == 0 || t->block > MOST_BLOCK) return "a size is 0 or too large";
    if (t->lanes != 4 && t->lanes != 8 && t->lanes != 16) return "vectors of 4, 8 or 16 lanes only";
    if (registers_of(t) > MOST_REGISTERS) return "more vector registers than any CPU has";
    return NULL;
}

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Rows and vectors of a tile, for devices with 16 vector registers and for those with 32. */
typedef struct shape {
    unsigned rows, vectors;
} shape;
static const shape few[] = {{6, 2}, {4, 3}, {4, 2}, {8, 1}, {12, 1}};
static const shape many[] = {{12, 2}, {8, 3}, {6, 4}, {8, 2}, {6, 2}};
/* A block of 8 tiles of 6 rows of 784 floats is 150 KB, a part of a level 2 cache. */
static const unsigned blocks[] = {8, 32};

/* What is taken untried, for each width of vectors; bench/default_tiles.py measures what would be better. */
static const struct row {
    unsigned bytes; /* of a number */
    clmlp_cpu_tiles tiles;
} defaults[] = {
    {4, {6, 2, 4, 8}},   /* SSE, NEON */
    {4, {6, 2, 8, 8}},   /* AVX, AVX2 */
    {4, {12, 2, 16, 8}}, /* AVX-512 */
    {8, {6, 2, 4, 8}},   /* AVX, AVX2; two lanes count as four */
    {8, {12, 2, 8, 8}},  /* AVX-512 */
};

static bool is_default(const clmlp_cpu_tiles *tiles, unsigned bytes)
{
    for (size_t i = 0; i < LENGTH(defaults); i++) {
        const clmlp_cpu_tiles *const d = &defaults[i].tiles;
        if (defaults[i].bytes == bytes && d->rows == tiles->rows && d->vectors == tiles->vectors &&
            d->lanes == tiles->lanes && d->block == tiles->block) {
            return true;
        }
    }
    return false;
}

clmlp_status clmlp_cpu_candidates(unsigned lanes, unsigned registers, unsigned bytes, clmlp_cpu_tiles **list,
                                  size_t *count, clmlp_error *error)
{
    const bool rich = registers >= 32;
    const shape *shapes = rich ? many : few;
    const size_t shape_count = rich ? LENGTH(many) : LENGTH(few);
    *count = 0;
    TRY(clmlp_allocate(list, shape_count * LENGTH(blocks) + 1, sizeof **list, "the candidates", error));
    for (size_t i = 0; i < LENGTH(defaults); i++) {
        const clmlp_cpu_tiles tiles = defaults[i].tiles;
        if (defaults[i].bytes != bytes || tiles.lanes != lanes || registers_of(&tiles) > registers) continue;
        (*list)[(*count)++] = tiles;
    }
    for (size_t i = 0; i < shape_count; i++) {
        for (size_t b = 0; b < LENGTH(blocks); b++) {
            const clmlp_cpu_tiles tiles = {shapes[i].rows, shapes[i].vectors, lanes, blocks[b]};
            if (registers_of(&tiles) <= registers && !is_default(&tiles, bytes)) (*list)[(*count)++] = tiles;
        }
    }
    if (*count > 0) return CLMLP_OK;
    free(*list);
    *list = NULL;
    return clmlp_fail(error, CLMLP_DEVICE, "there are no tiles for vectors of %u and %u registers", lanes, registers);
}
