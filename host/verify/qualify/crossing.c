/* crossing.c - sizes at which products cross the boundaries of the device's tiles. */
#include "verify/qualify/crossing.h"

#include "backend/probe/probe.h"
#include "base/memory.h"

/* Tiles of a GPU depend on the size, so that it takes a few rounds; rows beyond MOST_ROWS are too many for a check. */
enum { ROUNDS = 16, MOST_ROWS = 4096 };

static const clmlp_equation products[] = {CLMLP_EQUATION_FORWARD, CLMLP_EQUATION_OUTPUT_DELTA,
                                          CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_EQUATION_GRADIENT};
enum { PRODUCTS = sizeof products / sizeof *products };

/* Towards one more than a tile, by doubling: a device with a choice takes smaller tiles for smaller sizes. */
static size_t grown(size_t size, size_t tile)
{
    if (size > tile) return size;
    return 2 * size < tile + 1 ? 2 * size : tile + 1;
}

/* The equation whose result is [rows x columns], of sums over length. */
static clmlp_product_size size_of(clmlp_equation equation, size_t rows, size_t columns, size_t length)
{
    switch (equation) {
    case CLMLP_EQUATION_HIDDEN_DELTA: return (clmlp_product_size){rows, columns, length};
    case CLMLP_EQUATION_GRADIENT: return (clmlp_product_size){length, rows, columns}; /* and a row for the bias */
    default: return (clmlp_product_size){rows, length, columns};
    }
}

/* One more than a tile in each direction. *block: rows that are one more than a block of tiles; 0: it has none. */
static clmlp_product_size cross(clmlp_backend *backend, clmlp_equation equation, clmlp_product_size *block)
{
    clmlp_probe_tile tile = {0, 0, 0, 1};
    size_t rows = 1, columns = 1, length = 1;
    for (int i = 0; i < ROUNDS; i++) {
        backend->ops->probes->tile(backend, equation, rows, columns, length, &tile);
        if (rows > tile.rows && columns > tile.columns && length > tile.length) break;
        rows = grown(rows, tile.rows);
        columns = grown(columns, tile.columns);
        length = grown(length, tile.length);
    }
    const bool has_block = tile.block > 1 && tile.block < MOST_ROWS / tile.rows;
    *block = size_of(equation, has_block ? tile.rows * tile.block + 1 : 0, columns, 2);
    if (!has_block) block->M = 0;
    return size_of(equation, rows, columns, length);
}

static bool is_small(clmlp_product_size size, size_t most)
{
    return size.M <= most / size.s_in / size.s_out;
}

static void add(clmlp_product_size *sizes, size_t *count, clmlp_product_size size, size_t most)
{
    if (!is_small(size, most)) return;
    for (size_t i = 0; i < *count; i++) {
        if (sizes[i].M == size.M && sizes[i].s_in == size.s_in && sizes[i].s_out == size.s_out) return;
    }
    sizes[(*count)++] = size;
}

size_t clmlp_crossing_sizes(clmlp_backend *backend, size_t most, clmlp_product_size out[CLMLP_CROSSINGS])
{
    size_t count = 0;
    if (backend->ops->probes == NULL) return 0;
    for (size_t i = 0; i < PRODUCTS; i++) {
        clmlp_product_size block;
        add(out, &count, cross(backend, products[i], &block), most);
        /* the output layer's rows are walked as the others' */
        if (block.M > 0 && products[i] != CLMLP_EQUATION_OUTPUT_DELTA) add(out, &count, block, most);
    }
    return count;
}

clmlp_product_size clmlp_crossing_of_all(clmlp_backend *backend, size_t most)
{
    clmlp_product_size all = {1, 1, 1};
    for (size_t i = 0; i < PRODUCTS && backend->ops->probes != NULL; i++) {
        clmlp_product_size block;
        const clmlp_product_size size = cross(backend, products[i], &block);
        all = (clmlp_product_size){clmlp_larger(all.M, size.M), clmlp_larger(all.s_in, size.s_in),
                                   clmlp_larger(all.s_out, size.s_out)};
    }
    return is_small(all, most) ? all : (clmlp_product_size){1, 1, 1};
}
