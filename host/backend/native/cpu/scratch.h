/* scratch.h - scratch for rows of input data, prepared for the products of the CPU family. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_SCRATCH_H
#define CLMLP_BACKEND_NATIVE_CPU_SCRATCH_H

#include "backend/native/state.h"
#include "base/switch.h"

/* What rows of input data are read for. */
typedef enum clmlp_native_use { CLMLP_FOR_Z, CLMLP_FOR_GRADIENT } clmlp_native_use;

/* Rows of a layer as the kernels take them. */
typedef struct clmlp_native_rows {
    cl_mem buffer, order; /* order NULL: rows as they lie */
    cl_mem indices;       /* the nonzero indices; NULL: not compressed */
    /* panel_stride: numbers from one panel to the next; 0: row-major. row: numbers from one row to the next.
     * Compressed: the strides of values and of indices */
    cl_ulong row, panel_stride, first;
    cl_mem columns; /* for the gradient: the same in panels of MR columns; NULL: not there */
    cl_ulong columns_stride;
} clmlp_native_rows;

bool clmlp_native_is_cached(const clmlp_opencl_cache_key *cache_key, const clmlp_opencl_cache_key *wanted);
/* Forget what was prepared: whatever may change the data or the order calls this. */
void clmlp_native_gather_reset(clmlp_opencl *opencl);

/* Grow scratch to at least `bytes`, within the memory limit. That loses what was there and clears the cache key. False:
 * there is not enough memory. */
bool clmlp_native_scratch_reserve(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch, size_t bytes,
                                  clmlp_opencl_cache_key *cache_key);
void clmlp_native_scratch_release(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch);

/* What a variable of the environment wants: 1 always, -1 never, 0 it is not set. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_native_wanted(clmlp_switch variable, int *wanted, clmlp_error *error);

#endif
