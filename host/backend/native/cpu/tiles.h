/* tiles.h - tile sizes of the CPU family: which are possible, which to try; no OpenCL.
 *
 * The one place that knows them.
 */
#ifndef CLMLP_BACKEND_NATIVE_CPU_TILES_H
#define CLMLP_BACKEND_NATIVE_CPU_TILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A tile in registers, and how many of them make a block; see kernels/native_cpu/layers.cl. Written as
 * ROWSxVECTORSxLANES/BLOCK: 12x2x16/8. */
typedef struct clmlp_cpu_tiles {
    unsigned rows;    /* MR */
    unsigned vectors; /* NV */
    unsigned lanes;   /* VW */
    unsigned block;   /* tiles below each other that are walked before the next column of tiles */
} clmlp_cpu_tiles;

bool clmlp_cpu_tiles_parse(const char *text, clmlp_cpu_tiles *tiles);
void clmlp_cpu_tiles_format(const clmlp_cpu_tiles *tiles, char *text, size_t size);

/* Why these tiles are impossible; NULL: they are not. Tiles for wider vectors than the device's are slow, not wrong. */
const char *clmlp_cpu_tiles_problem(const clmlp_cpu_tiles *tiles);

/* Tiles worth trying with so many lanes and registers, of numbers of so many bytes, at least one; the first is what is
 * taken untried. *list [*count] is released with free(). */
clmlp_status clmlp_cpu_candidates(unsigned lanes, unsigned registers, unsigned bytes, clmlp_cpu_tiles **list,
                                  size_t *count, clmlp_error *error);

#endif
