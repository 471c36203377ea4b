/* native.h - the engine `native`: clmlp's own kernels, fused and without repacking. Layout and kernels are
 * described in kernels/native_cpu/layers.cl and kernels/native_gpu/layers.cl: a family of kernels for CPUs, one for GPUs. The
 * type of the device chooses; `family` of the options, or else CLMLP_NATIVE_FAMILY=cpu|gpu in the environment,
 * overrides it, for tests and experiments, and CLMLP_NATIVE_TILES=TILES takes tiles, written as `clmlp tune` lists
 * them, for all products; it does not count where `family` asks for the other family. With the GPU family, ones behind a comma are for the output layer, and a number N is
 * candidate N of its table.
 *
 *   family.c           choice of the family; the CPU family: tile sizes, program
 *   tensor.c           matrices in the native layout
 *   equations.c        the five equations, a launch each
 *   cpu/tiles.h        tiles of the CPU family
 *   cpu/gather.c       rows of input data, prepared for the products: copied into panels,
 *   cpu/sparse.c       or compressed to their nonzeros
 *   cpu/fused_steps.c  several training steps in one launch
 *   gpu/family.h       the GPU family
 */
#ifndef CLMLP_BACKEND_NATIVE_H
#define CLMLP_BACKEND_NATIVE_H

#include "backend/opencl/opencl.h"
#include "backend/probe/probe.h"

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

/* A launch: a kernel for a result [rows x columns] of sums over length. optimizer: of which rule, for the kernels that
 * have one. */
typedef struct clmlp_native_launch {
    clmlp_native_kernel kernel;
    clmlp_optimizer optimizer;
    size_t rows, columns, length;
} clmlp_native_launch;

/* What differs between the families. */
typedef struct clmlp_native_family {
    const char *name;
    bool row_major;       /* matrices: row-major, and theta stored once; else in panels */
    size_t widest_output; /* outputs up to which product and cost of the output layer share a launch */
    /* Tiles that are worth trying on a device of which only device and precision are known; the first is what
     * build takes by itself. *list released with free(). */
    clmlp_status (*candidates)(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error);
    clmlp_status (*build)(clmlp_opencl *opencl, clmlp_error *error);
    void (*release)(clmlp_opencl *opencl);
    /* The kernels of an update rule, once. */
    clmlp_status (*prepare_rule)(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error);
    clmlp_status (*launch)(clmlp_opencl *opencl, const clmlp_native_launch *what, const clmlp_argument *arguments,
                           size_t count, clmlp_error *error);
    /* The tile that launch takes for a product; see clmlp_probe_ops. */
    void (*tile)(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *tile);
} clmlp_native_family;

typedef struct clmlp_gpu clmlp_gpu;

/* From how many rows on they are copied before the products, not picked in them: rows in any order, and rows as they
 * lie. */
enum { CLMLP_NATIVE_GATHER_ROWS = 64, CLMLP_NATIVE_MANY_ROWS = 1024 };

/* What rows of input data are read for. */
typedef enum clmlp_native_use { CLMLP_FOR_Z, CLMLP_FOR_GRADIENT } clmlp_native_use;

/* Rows of a layer as the kernels take them. */
typedef struct clmlp_native_rows {
    cl_mem buffer, order; /* order NULL: rows as they lie */
    cl_mem indices;       /* the nonzero indices; NULL: not compressed */
    /* panel_stride: numbers from one panel to the next; 0: row-major. row: numbers from one row to the next.
     * Compressed: the strides of values and of indices */
    cl_ulong row, panel_stride, first;
} clmlp_native_rows;

/* M rows of a, for a product with theta [s_out x (s_in + 1)] or its gradient: compressed, or copied first, where that
 * is faster. Whatever may change the data or the order calls clmlp_native_gather_reset, which forgets those copies. */
clmlp_status clmlp_native_source(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M, size_t s_out,
                                 clmlp_native_use use, clmlp_native_rows *out, clmlp_error *error);
void clmlp_native_gather_reset(clmlp_opencl *opencl);
void clmlp_native_gather_release(clmlp_opencl *opencl);

/* Its parts. Scratch for M rows, copied or compressed; false, and buffer NULL: they are better read another way. */
bool clmlp_native_gather_scratch(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                 clmlp_native_use use, clmlp_native_rows *out);
bool clmlp_native_compressed_scratch(clmlp_opencl *opencl, const clmlp_tensor *a, size_t M, size_t s_out,
                                     clmlp_native_use use, clmlp_native_rows *out);
/* What share of a the product works on: all of it, unless it is compressed. */
double clmlp_native_share(const clmlp_opencl *opencl, const clmlp_tensor *a, size_t s_out, clmlp_native_use use);
/* Compress M rows into that scratch, unless they are there. */
clmlp_status clmlp_native_compress(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                   clmlp_native_use use, const clmlp_native_rows *to, clmlp_error *error);
bool clmlp_native_is_cached(const clmlp_opencl_cache_key *cache_key, const clmlp_opencl_cache_key *wanted);

/* Grow scratch to at least `bytes`, within the memory limit. That loses what was there and clears the cache key. False:
 * there is not enough memory. */
bool clmlp_native_scratch_reserve(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch, size_t bytes,
                                  clmlp_opencl_cache_key *cache_key);
void clmlp_native_scratch_release(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch);

/* Sample data, [rows x s_1], that is written to x; the samples say whether compressing pays. anew: forget the samples
 * of what was there before. CLMLP_NATIVE_SPARSE=always|never in the environment overrides them. */
void clmlp_native_sample(const clmlp_opencl *opencl, clmlp_opencl_tensor *x, bool anew, size_t rows, const void *values);
clmlp_status clmlp_native_sparse_create(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_native_sparse_release(clmlp_opencl *opencl);

/* What a variable of the environment wants: 1 always, -1 never, 0 it is not set. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_native_wanted(const char *variable, int *wanted, clmlp_error *error);

const char *clmlp_native_kernel_name(const clmlp_backend *backend, clmlp_equation equation);

/* The entry `steps`, CPU family. It fuses steps where that is faster; CLMLP_NATIVE_STEPS=always|never in the
 * environment overrides this. create makes its buffer, before the first call. */
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
/* The same as if the caller had asked for no family: the one that CLMLP_NATIVE_TILES is for. */
const char *clmlp_native_usual_family(const clmlp_opencl *opencl);

/* Numbers behind the last panel up to which a tile may be read. */
size_t clmlp_native_tail(const clmlp_opencl *opencl);
/* rows x columns in panels of MR rows: numbers from one panel to the next, and bytes in all. False: more than memory
 * can be. */
bool clmlp_native_mr_panels(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *panel_stride,
                            size_t *bytes);

/* Entries of the table. */
clmlp_status clmlp_native_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error);
clmlp_status clmlp_native_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                        clmlp_tensor **out, clmlp_error *error);
clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error);
clmlp_status clmlp_native_tensor_upload(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                        clmlp_error *error);
clmlp_status clmlp_native_tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                      void *values, clmlp_error *error);
clmlp_status clmlp_native_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error);
clmlp_status clmlp_native_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error);
clmlp_status clmlp_native_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error);
clmlp_status clmlp_native_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error);
clmlp_status clmlp_native_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error);
clmlp_status clmlp_native_prepare_rule(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error);
clmlp_status clmlp_native_descend(clmlp_backend *backend, const clmlp_gradient_args *args,
                                  const clmlp_update_args *update, clmlp_error *error);

#endif
