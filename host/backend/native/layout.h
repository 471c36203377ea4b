/* layout.h - how the matrices of both families lie in memory; see layers.cl in kernels/native_cpu and native_gpu. */
#ifndef CLMLP_BACKEND_NATIVE_LAYOUT_H
#define CLMLP_BACKEND_NATIVE_LAYOUT_H

#include "backend/native/state.h"

typedef struct clmlp_native_layout {
    size_t row, bytes;   /* numbers of a row, or of a panel's row, with padding; bytes in all */
    size_t panel_stride; /* what kernels take: numbers from one panel to the next, 0: row-major; GPU family: of a row */
    size_t copy_stride, copy_bytes; /* the same of theta without its bias */
} clmlp_native_layout;

/* Errors: CLMLP_OUT_OF_MEMORY, where it is larger than memory can be. */
clmlp_status clmlp_native_lay_out(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                  clmlp_native_layout *out, clmlp_error *error);
/* The entry of the table. */
clmlp_status clmlp_native_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error);

bool clmlp_native_is_theta(clmlp_tensor_kind kind);

/* Where a matrix that lies as theta does has its numbers; see clmlp_opencl_engine. */
clmlp_opencl_span clmlp_native_span(const clmlp_opencl *opencl, const clmlp_tensor *tensor, bool bias);

/* Numbers behind the last panel up to which a tile may be read. */
size_t clmlp_native_tail(const clmlp_opencl *opencl);
/* rows x columns in panels of MR rows: numbers from one panel to the next, and bytes in all. False: more than memory
 * can be. */
bool clmlp_native_mr_panels(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *panel_stride,
                            size_t *bytes);

/* Element (row, column) of a matrix in panels of `width` columns. */
static inline size_t clmlp_native_in_nr_panel(size_t row, size_t column, size_t width, size_t panel_stride)
{
    return column / width * panel_stride + row * width + column % width;
}

/* The same in panels of MR rows, in slices of VW columns. */
static inline size_t clmlp_native_in_mr_panel(const clmlp_native *native, size_t row, size_t column,
                                              size_t panel_stride)
{
    const size_t tall = native->rows, wide = native->lanes;
    return row / tall * panel_stride + column / wide * tall * wide + row % tall * wide + column % wide;
}

#endif
