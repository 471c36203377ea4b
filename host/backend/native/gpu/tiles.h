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
} clmlp_gpu_tiles;

/* Kinds of GPUs, each with what a unit has, on which work-groups run. X(name, text, multiply-adds a cycle, 32-bit
 * registers and bytes of local memory of a unit, registers that a work-item can have, OpenCL's compute units to a unit)
 *   hopper   NVIDIA, compute capability 9 and later
 *   volta    NVIDIA with 64 lanes a multiprocessor: compute capability 6.0, 7 and 8.0
 *   nvidia   other NVIDIA
 *   cdna     AMD gfx9: a compute unit
 *   rdna     AMD gfx10 and later: a pair of compute units, which the driver counts as one
 *   xe       Intel: 16 vector engines, each of which the driver counts
 *   unknown  everything else */
#define CLMLP_GPU_KIND_LIST(X)                                 \
    X(UNKNOWN, "unknown", 128, 64 * 1024, 64 * 1024, 224, 1)   \
    X(HOPPER, "hopper", 128, 64 * 1024, 227 * 1024, 224, 1)    \
    X(VOLTA, "volta", 64, 64 * 1024, 96 * 1024, 224, 1)        \
    X(NVIDIA, "nvidia", 128, 64 * 1024, 99 * 1024, 224, 1)     \
    X(CDNA, "cdna", 64, 128 * 1024, 64 * 1024, 256, 1)         \
    X(RDNA, "rdna", 128, 128 * 1024, 128 * 1024, 224, 1)       \
    X(XE, "xe", 128, 128 * 1024, 64 * 1024, 112, 16)

typedef enum clmlp_gpu_kind {
#define GPU_KIND_ENUM(NAME, text, rate, registers, local, most, units) CLMLP_GPU_##NAME,
    CLMLP_GPU_KIND_LIST(GPU_KIND_ENUM)
#undef GPU_KIND_ENUM
    CLMLP_GPU_KINDS
} clmlp_gpu_kind;

/* By what the driver says: vendor and name of the device; compute capability, 10 times major and minor, 0 unknown. */
clmlp_gpu_kind clmlp_gpu_kind_of(const char *vendor, const char *name, unsigned capability);
const char *clmlp_gpu_kind_name(clmlp_gpu_kind kind);

/* What a device allows. */
typedef struct clmlp_gpu_limits {
    size_t group;        /* work-items of a work-group */
    size_t local_bytes;  /* local memory of a work-group */
    size_t element;      /* bytes of one number */
    size_t units;        /* compute units, as OpenCL counts them */
    clmlp_gpu_kind kind;
} clmlp_gpu_limits;

/* A result [rows x columns] of sums over length. */
typedef struct clmlp_gpu_size {
    size_t rows, columns, length;
} clmlp_gpu_size;

size_t clmlp_gpu_items(const clmlp_gpu_tiles *tiles);
/* Whether it is one block high, and takes its factors from memory: kernels/native_gpu/direct.h. Of the output layer. */
bool clmlp_gpu_is_direct(const clmlp_gpu_tiles *tiles);
size_t clmlp_gpu_local_bytes(const clmlp_gpu_tiles *tiles, clmlp_native_kernel operation, size_t element);
/* Bytes of local memory that a work-group is given. */
size_t clmlp_gpu_local_limit(const clmlp_gpu_limits *limits);
/* 32-bit registers that a work-item needs, about. */
size_t clmlp_gpu_registers(const clmlp_gpu_tiles *tiles, size_t element);
/* The most that a work-item may have so that two work-groups of a large block share a unit; 0: as many as it likes. */
size_t clmlp_gpu_register_limit(const clmlp_gpu_tiles *tiles, const clmlp_gpu_limits *limits);

/* Why an operation cannot have these tiles on such a device; NULL: it can. */
const char *clmlp_gpu_tiles_problem(const clmlp_gpu_tiles *tiles, clmlp_native_kernel operation,
                                    const clmlp_gpu_limits *limits);

/* Tiles worth trying for an operation, by falling size; count of them. The update has none. */
const clmlp_gpu_tiles *clmlp_gpu_candidates(clmlp_native_kernel operation, size_t *count);

/* Work-groups that a unit has at once, at least 1, and units of the device. */
size_t clmlp_gpu_resident(const clmlp_gpu_tiles *tiles, const clmlp_gpu_limits *limits);
size_t clmlp_gpu_units(const clmlp_gpu_limits *limits);

/* Time that a device is estimated to need for a product in so many parts, in cycles; only good for comparing. */
double clmlp_gpu_estimate(const clmlp_gpu_tiles *tiles, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits,
                          size_t parts);

/* The same of the output layer, whose launch goes on with the sums: slices, rows and columns. */
double clmlp_gpu_estimate_output(const clmlp_gpu_tiles *tiles, const clmlp_gpu_size *size,
                                 const clmlp_gpu_limits *limits);

enum { CLMLP_GPU_PARTS = 64 }; /* the most parts of a product */

/* How many parts of its sum a product is best cut into: 1 to CLMLP_GPU_PARTS, as the estimate has it. */
size_t clmlp_gpu_parts(const clmlp_gpu_tiles *tiles, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits);

/* The fewest rows of a possible candidate for the output layer, without those that `excluded` says, as below; 0: there
 * is none. */
size_t clmlp_gpu_fewest_rows(const clmlp_gpu_limits *limits, const bool *excluded);

/* The possible candidate with the lowest estimate, in as many parts as are best, without those that `excluded` [their
 * count; NULL: none] says; their count where there is none. */
size_t clmlp_gpu_choose(clmlp_native_kernel operation, const clmlp_gpu_size *size, const clmlp_gpu_limits *limits,
                        const bool *excluded);

#endif
