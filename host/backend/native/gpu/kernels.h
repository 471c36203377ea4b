/* kernels.h - the kernels of the GPU family: what each is built for, built on demand, with the tiles that fit. */
#ifndef CLMLP_BACKEND_NATIVE_GPU_KERNELS_H
#define CLMLP_BACKEND_NATIVE_GPU_KERNELS_H

#include "backend/native/gpu/tiles.h"

/* Of products in parts: forward, hidden, descend. */
enum { IN_PARTS = NATIVE_descend + 1 };

/* What a kernel is built for: an update rule; an activation, with or without dropout; or, of the output layer, nothing.
 * Each operation counts its own. An unknown activation gives NaN, and counts as one more. A product in parts has two
 * kernels: one of its own, and one for each of these. */
enum {
    OF_DROPOUT = CLMLP_ACTIVATION_COUNT + 1,
    OF_PARTS = 2 * OF_DROPOUT,
    OF_SUM,
    FLAVOURS = OF_SUM + OF_PARTS
};

_Static_assert((int)OF_PARTS >= (int)CLMLP_OPTIMIZER_COUNT, "room for each update rule");

/* An operation's kernel with one of its candidates for tiles. */
typedef struct clmlp_gpu_variant {
    cl_program program;
    cl_kernel kernel;
    bool judged; /* it fits the device and spills nothing that others do not */
} clmlp_gpu_variant;

/* An operation with all its candidates; the update, which has none, counts as one. */
typedef struct clmlp_gpu_operation {
    size_t count;
    clmlp_gpu_variant *variants[FLAVOURS]; /* [count] each, all in the block of the first */
    bool *excluded;    /* [count] that are not to be taken */
} clmlp_gpu_operation;

typedef struct clmlp_gpu {
    clmlp_gpu_limits limits;
    clmlp_gpu_operation of[NATIVE_COUNT];
    size_t parts_wanted; /* of every product, as CLMLP_NATIVE_PARTS says; 0: by size */
    clmlp_opencl_scratch partial; /* sums of the parts of a product */
} clmlp_gpu;

static inline bool has_activation(clmlp_native_kernel operation)
{
    return operation == NATIVE_forward || operation == NATIVE_hidden;
}

static inline bool has_rule(clmlp_native_kernel operation)
{
    return operation == NATIVE_descend || operation == NATIVE_update;
}

clmlp_interface_of *clmlp_gpu_interface_of(clmlp_native_kernel operation, size_t flavour);

void clmlp_gpu_format_tiles(const clmlp_gpu_tiles *tiles, char text[CLMLP_TILES_LENGTH]);

/* How a program is built for tiles: -D VW=4 -D TILE_M=16 and so on. */
enum { CLMLP_GPU_TILE_OPTIONS = 160 };
void clmlp_gpu_tile_options(const clmlp_opencl *opencl, const clmlp_gpu_tiles *tiles,
                            char options[CLMLP_GPU_TILE_OPTIONS]);

/* tiles NULL: a kernel without. */
clmlp_status clmlp_gpu_build_variant(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour,
                                     const clmlp_gpu_tiles *tiles, clmlp_gpu_variant *out, clmlp_error *error);
void clmlp_gpu_release_variant(clmlp_gpu_variant *variant);

/* A kernel for the size, with the best tiles that the driver takes. *chosen: which. */
clmlp_status clmlp_gpu_kernel_for(clmlp_opencl *opencl, clmlp_native_kernel operation, size_t flavour,
                                  const clmlp_gpu_size *size, size_t *chosen, clmlp_error *error);

#endif
