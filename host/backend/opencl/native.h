/* native.h - the engine `native`: clmlp's own kernels, fused and without repacking. Layout and kernels are
 * described in kernels/native_cpu.cl and kernels/native_gpu.cl: a family of kernels for CPUs, one for GPUs. The
 * type of the device chooses; `family` of the options, or else CLMLP_NATIVE_FAMILY=cpu|gpu in the environment,
 * overrides it, for tests and experiments, and CLMLP_NATIVE_TILES=TILES takes tiles, written as `clmlp tune` lists them, for all products;
 * with the GPU family, ones behind a comma are for the output layer, and a number N is candidate N of its table.
 *
 *   native_backend.c    choice of the family; the CPU family: tile sizes, program
 *   native_cpu_tiles.h  tiles of the CPU family
 *   native_gpu.h        the GPU family
 *   native_gather.c     rows of input data, picked before the products
 *   native_tensor.c     matrices in the native layout
 *   native_equations.c  the five equations, a launch each
 *   native_steps.c      many steps in one launch
 */
#ifndef CLMLP_BACKEND_NATIVE_H
#define CLMLP_BACKEND_NATIVE_H

#include "backend/opencl/opencl.h"

/* Every kernel of the engine: X(name). */
#define CLMLP_NATIVE_KERNEL_LIST(X) \
    X(forward)                      \
    X(hidden)                       \
    X(descend)                      \
    X(update)                       \
    X(output)

typedef enum clmlp_native_kernel {
#define NATIVE_ENUM(name) NATIVE_##name,
    CLMLP_NATIVE_KERNEL_LIST(NATIVE_ENUM)
#undef NATIVE_ENUM
    NATIVE_COUNT
} clmlp_native_kernel;

/* What differs between the families. */
typedef struct clmlp_native_family {
    const char *name;
    bool row_major;       /* matrices: row-major, and theta kept once; else in panels */
    size_t widest_output; /* outputs up to which product and cost of the output layer share a launch */
    /* Tiles that are worth trying on a device of which only device and precision are known; the first is what
     * build takes by itself. *list released with free(). */
    clmlp_status (*candidates)(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error);
    clmlp_status (*build)(clmlp_opencl *opencl, clmlp_error *error);
    void (*release)(clmlp_opencl *opencl);
    /* Enqueue a kernel for a result [rows x columns] of sums over length. */
    clmlp_status (*launch)(clmlp_opencl *opencl, clmlp_native_kernel kernel, size_t rows, size_t columns,
                           size_t length, const clmlp_argument *arguments, size_t count, clmlp_error *error);
} clmlp_native_family;

typedef struct clmlp_gpu clmlp_gpu;

enum { CLMLP_NATIVE_GATHER_ROWS = 64 }; /* from how many on rows are picked before the products, not in them */

/* Rows of a layer as the kernels take them. */
typedef struct clmlp_native_rows {
    cl_mem buffer, order; /* order NULL: rows as they lie */
    cl_ulong row, panel, first;
} clmlp_native_rows;

/* M rows of a: picked and copied first where that is faster. Forgotten with clmlp_native_gather_reset, which
 * whatever may change the data or the order has to call. */
clmlp_status clmlp_native_source(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                 clmlp_native_rows *out, clmlp_error *error);
/* Room for M picked rows of a, whose contents are the caller's from now on; false, and buffer NULL: they are better read
 * where they are. */
bool clmlp_native_gather_room(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                              clmlp_native_rows *out);
void clmlp_native_gather_reset(clmlp_opencl *opencl);
void clmlp_native_gather_release(clmlp_opencl *opencl);

const char *clmlp_native_kernel_name(const clmlp_backend *backend, clmlp_equation equation);

/* The entry `steps`, CPU family; CLMLP_NATIVE_STEPS=always|never in the environment overrides its judgement of when it
 * is faster. create makes kernel and buffer, before the first call. */
clmlp_status clmlp_native_steps(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken,
                                clmlp_error *error);
clmlp_status clmlp_native_steps_create(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_native_steps_release(clmlp_opencl *opencl);

/* Choose a family, and tiles, for the device and build the programs. */
clmlp_status clmlp_native_build(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_native_release(clmlp_opencl *opencl);

/* The same without building anything, for a device of which only device and precision are known. The name is
 * NULL where CLMLP_NATIVE_FAMILY makes no sense. */
clmlp_status clmlp_native_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count,
                                     clmlp_error *error);
/* Lanes that the device computes with: 4, 8 or 16. */
cl_uint clmlp_native_lanes(const clmlp_opencl *opencl);
const char *clmlp_native_family_name(const clmlp_opencl *opencl);

/* Entries of the table. */
clmlp_status clmlp_native_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error);
clmlp_status clmlp_native_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                        clmlp_tensor **out, clmlp_error *error);
clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error);
clmlp_status clmlp_native_tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                      void *values, clmlp_error *error);
clmlp_status clmlp_native_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error);
clmlp_status clmlp_native_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error);
clmlp_status clmlp_native_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error);
clmlp_status clmlp_native_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error);
clmlp_status clmlp_native_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error);
clmlp_status clmlp_native_descend(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_tensor *theta,
                                  double rate, clmlp_error *error);

#endif
