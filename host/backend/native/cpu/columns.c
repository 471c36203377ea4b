/* columns.c - columns of rows in panels, copied so that the gradient's tiles read them from front to back.
 *
 * In panels of MR rows, MR columns of one row lie in one cache line or two, and those of MR rows near each other; then
 * comes the next panel, pages away. A tile of the gradient goes through all panels, and all tiles beside it do so
 * again. The kernels are cpu_columns, for layers, and cpu_gather, for input data.
 */
#include "backend/native/cpu/columns.h"

#include "backend/native/layout.h"
#include "base/memory.h"
#include "common/codes.h"

/* A copy pays where at least so many panels of theta^T are multiplied with it. */
enum { LEAST_PANELS = 4 };

void clmlp_native_columns_release(clmlp_opencl *opencl)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    clmlp_native_scratch_release(opencl, &native->gathered_columns);
    clmlp_native_scratch_release(opencl, &native->layer_columns);
    if (native->copy_columns != NULL) (void)clReleaseKernel(native->copy_columns);
    native->copy_columns = NULL;
}

static size_t panels_of(const clmlp_opencl *opencl, size_t s_in)
{
    return s_in / clmlp_native_of(opencl)->rows + 1;
}

void clmlp_native_columns_scratch(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch, size_t M, size_t s_in,
                                  size_t s_out, clmlp_native_rows *rows)
{
    const clmlp_native *const native = clmlp_native_of(opencl);
    const size_t too_long = native->rows + native->lanes; /* what a kernel may write behind a panel */
    size_t stride = 0, bytes = 0;
    rows->columns = NULL;
    rows->columns_stride = 0;
    if (native->copy_columns == NULL || s_out <= (LEAST_PANELS - 1) * native->columns) return;
    if (DESCEND_PARTS(M, (s_in + 1) * s_out) > 1) return; /* a gradient in parts reads the layer */
    if (!clmlp_multiply(M, native->rows, &stride) || !clmlp_add(stride, too_long, &stride) ||
        !clmlp_multiply(stride, panels_of(opencl, s_in), &bytes) ||
        !clmlp_multiply(bytes, clmlp_precision_size(opencl->base.precision), &bytes) ||
        !clmlp_native_scratch_reserve(opencl, scratch, bytes, &clmlp_native_of(opencl)->gathered_rows)) {
        return;
    }
    rows->columns = scratch->buffer;
    rows->columns_stride = stride;
}

clmlp_status clmlp_native_layer_columns(clmlp_opencl *opencl, size_t M, size_t s_in, const clmlp_native_rows *rows,
                                        clmlp_error *error)
{
    const clmlp_launch launch = {.kernel = clmlp_native_of(opencl)->copy_columns,
                                 .interface = clmlp_interface_cpu_columns,
                                 .global = {panels_of(opencl, s_in), 1}, .local = {1, 1}};
    const clmlp_cpu_columns_arguments arguments = {
        .a = rows->buffer, .a_stride = rows->panel_stride, .M = M, .columns = rows->columns,
        .columns_stride = rows->columns_stride};
    return clmlp_opencl_enqueue(opencl, &launch, &arguments, error);
}
