/* state.h - what the files of the engine `native` share: its kernels, its families, and what it keeps on a device.
 *
 * The engine has two families of kernels, one for CPUs and one for GPUs; layout and kernels are described in
 * kernels/native_cpu/layers.cl and kernels/native_gpu/layers.cl. The files form layers, each including only from those
 * above it:
 *
 *   arguments.h                        what the host passes to kernels
 *   state.h                            this
 *   layout.h                           how matrices lie in memory
 *   cpu/tiles.h, gpu/tiles.h           tiles: which are possible, which are worth trying; know no OpenCL
 *   gpu/fit.h                          what of a tile only its compiler knows
 *   gpu/options.h                      what kind of GPU a device is, and what its compiler is told
 *   gpu/kernels.h                      kernels of the GPU family, built on demand
 *   cpu/scratch.h                      scratch for rows of input data
 *   cpu/sparse.h, cpu/gather.h         such rows, compressed, or picked and copied
 *   cpu/columns.h                      columns of a layer for the gradient
 *   cpu/program.h                      programs of the CPU family
 *   tensor.h                           matrices in the layout
 *   equations.h                        the five equations, a launch each
 *   steps.h                            what launches of several steps have in common
 *   cpu/fused_steps.h                  several steps in one launch
 *   cpu/family.h, gpu/family.h         tiles, programs and launches of a family
 *   gpu/fused_steps.h                  several steps in one launch, on GPUs
 *   engine.h                           the choice of the family, and the table
 */
#ifndef CLMLP_BACKEND_NATIVE_STATE_H
#define CLMLP_BACKEND_NATIVE_STATE_H

#include "backend/native/arguments.h"
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

/* Those that come with dropout, too, first in the list. */
enum { NATIVE_WITH_DROPOUT = NATIVE_hidden + 1 };

/* Those of the CPU family with the update rule in them: X(name). */
#define CLMLP_CPU_RULE_KERNEL_LIST(X) \
    X(cpu_descend)                    \
    X(cpu_update)                     \
    X(cpu_steps)                      \
    X(cpu_steps_sparse)

/* And with dropout, in a program of their own. */
#define CLMLP_CPU_DROPOUT_KERNEL_LIST(X) \
    X(cpu_steps_dropout)                 \
    X(cpu_steps_sparse_dropout)

/* Their numbers among the kernels of a rule. */
typedef enum clmlp_cpu_rule_kernel {
    RULE_BEFORE_CPU = RULE_OF_ENGINE - 1,
#define RULE_ENUM(name) RULE_##name,
    CLMLP_CPU_RULE_KERNEL_LIST(RULE_ENUM)
    CLMLP_CPU_DROPOUT_KERNEL_LIST(RULE_ENUM)
#undef RULE_ENUM
    RULE_AFTER_CPU
} clmlp_cpu_rule_kernel;

/* A launch: a kernel for a result [rows x columns] of sums over length. Its arguments are the struct of the CPU
 * family's kernel. optimizer: of which rule, for the kernels that have one. With dropout, a kernel that has none is
 * CLMLP_BAD_ARGUMENT. */
typedef struct clmlp_native_launch {
    clmlp_native_kernel kernel;
    clmlp_optimizer optimizer;
    clmlp_activation activation; /* of forward and hidden, as the arguments have it */
    bool dropout; /* of forward and hidden: the kernel that drops units */
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
    /* Choose tiles, into the state of the engine and base.tiles; then build. */
    clmlp_status (*plan)(clmlp_opencl *opencl, clmlp_error *error);
    clmlp_status (*build)(clmlp_opencl *opencl, clmlp_error *error);
    void (*release)(clmlp_opencl *opencl); /* after plan alone, too */
    /* The kernels of an update rule, once. */
    clmlp_status (*prepare_rule)(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error);
    /* The kernels that know all activations, once. */
    clmlp_status (*prepare_extra)(clmlp_opencl *opencl, clmlp_error *error);
    clmlp_status (*launch)(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                           clmlp_error *error);
    /* Rows of which a launch of the output layer leaves a sum of costs, each: at least the device's score_rows. */
    clmlp_status (*rows_a_score)(clmlp_opencl *opencl, const clmlp_native_launch *what, size_t *rows,
                                 clmlp_error *error);
    /* The tile that launch takes for a product; see clmlp_probe_ops. */
    void (*tile)(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *tile);
} clmlp_native_family;

/* Device memory that grows as it is needed. */
typedef struct clmlp_opencl_scratch {
    cl_mem buffer;
    size_t bytes;
} clmlp_opencl_scratch;

/* Which rows of input data were prepared for the products. from NULL: none. */
typedef struct clmlp_opencl_cache_key {
    cl_mem from, order;
    size_t first, rows;
} clmlp_opencl_cache_key;

typedef struct clmlp_native {
    const clmlp_native_family *family;
    const char *tiles_variable; /* of the environment, that counts for this family; NULL: none */
    bool extra; /* the kernels know all activations */
    struct clmlp_gpu *gpu; /* GPU family only, */
    struct clmlp_gpu_fused *gpu_fused; /* and this; the rest, but lanes, CPU family only */
    cl_program program;
    cl_kernel kernels[8]; /* NULL for those of an update rule */
    cl_program dropout_program; /* forward and hidden that drop units; NULL: not built yet */
    cl_kernel dropout_kernels[2];
    size_t rows, columns; /* of a tile: MR, NR */
    size_t block;         /* tiles of a block of rows */
    size_t lanes;         /* VW */
    cl_uint units;          /* compute units of the device */
    cl_mem team;            /* what the work-groups of fused steps synchronise with; NULL: the family has none */
    int steps_wanted;       /* of CLMLP_NATIVE_STEPS: 1 always, -1 never, 0 it says nothing */
    /* rows that were copied from input data; see native/cpu/gather.c */
    cl_kernel gather;     /* NULL: the family picks rows in its products */
    clmlp_opencl_scratch gathered;
    clmlp_opencl_cache_key gathered_rows;
    /* columns of those rows and of a layer, for the gradient; see native/cpu/columns.c */
    cl_kernel copy_columns; /* NULL: the family takes no copies */
    clmlp_opencl_scratch gathered_columns, layer_columns;
    bool columns_gathered; /* those of gathered_rows are there */
    /* input data without its zeros, for z and for the gradient; see native/cpu/sparse.c */
    struct clmlp_native_compressed {
        cl_kernel compress; /* NULL: the family cannot */
        clmlp_opencl_scratch values, indices;
        clmlp_opencl_cache_key cache_key;
    } compressed[2];
    int sparse_wanted; /* of CLMLP_NATIVE_SPARSE, as above */
    clmlp_opencl_scratch partial; /* sums of the parts of a step's gradients; see native/cpu/fused_steps.c */
} clmlp_native;

/* The state of a device whose engine is this one. */
static inline clmlp_native *clmlp_native_of(const clmlp_opencl *opencl)
{
    return opencl->state;
}

#endif
