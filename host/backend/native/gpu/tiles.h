/* tiles.h - the one home of tile sizes of the GPU family: what they are, which are possible on a device, which are
 * worth trying, and which are taken. Knows no OpenCL but for the list of kernels. */
#ifndef CLMLP_BACKEND_NATIVE_GPU_TILES_H
#define CLMLP_BACKEND_NATIVE_GPU_TILES_H

#include "backend/native/state.h"

/* -D TILE_M and so on; see kernels/native_gpu/layers.cl. */
typedef struct clmlp_gpu_tiles {
    unsigned tile_m, tile_n, tile_k; /* a work-group's part */
    unsigned work_m, work_n;         /* a work-item's */
    unsigned split;                  /* slices of every tile_k */
    unsigned pad;
} clmlp_gpu_tiles;

/* What a device allows. */
typedef struct clmlp_gpu_limits {
    size_t group;        /* work-items of a work-group */
    size_t local_bytes;  /* local memory of a work-group */
    size_t element;      /* bytes of one number */
    size_t units;        /* compute units */
} clmlp_gpu_limits;

/* A result [rows x columns] of sums over length. */
typedef struct clmlp_gpu_size {
    size_t rows, columns, length;
} clmlp_gpu_size;

size_t clmlp_gpu_items(const clmlp_gpu_tiles *tiles);
size_t clmlp_gpu_local_bytes(const clmlp_gpu_tiles *tiles, clmlp_native_kernel operation, size_t element);
/* 32-bit registers that a work-item needs, about. */
size_t clmlp_gpu_registers(const clmlp_gpu_tiles *tiles, size_t element);

/* Why an operation cannot have these tiles on such a device; NULL: it can. */
const char *clmlp_gpu_tiles_problem(const clmlp_gpu_tiles *tiles, clmlp_native_kernel operation,
                                    const clmlp_gpu_limits *limits);

/* Tiles worth trying for an operation, by falling size; count of them. The update has none. */
const clmlp_gpu_tiles *clmlp_gpu_candidates(clmlp_native_kernel operation, size_t *count);

/* Time that a device is estimated to need, in cycles; only good for comparing. */
double clmlp_gpu_estimate(const clmlp_gpu_tiles *tiles, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits);

/* The possible candidate with the lowest estimate, without those that `excluded` [their count; NULL: none] says; their
 * count where there is none. */
size_t clmlp_gpu_choose(clmlp_native_kernel operation, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits,
                        const bool *excluded);

#endif
