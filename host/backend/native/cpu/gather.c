/* gather.c - input rows copied into panels once, for all products that read them.
 *
 * The copy is kept as long as the same rows are asked for. It is in panels, as a layer is; sparse.c compresses data
 * that is mostly 0 instead. For rows in random order a copy pays from a few dozen rows on. For rows as they lie it
 * pays only in the gradient: when it adds up many rows, or when the batch is the whole data set and the copy serves
 * all steps.
 */
#include "backend/native/cpu/gather.h"

#include "backend/native/cpu/columns.h"
#include "backend/native/cpu/sparse.h"
#include "backend/native/layout.h"

void clmlp_native_gather_release(clmlp_opencl *opencl)
{
    clmlp_native *native = clmlp_native_of(opencl);
    clmlp_native_scratch_release(opencl, &native->gathered);
    if (native->gather != NULL) (void)clReleaseKernel(native->gather);
    native->gather = NULL;
}

/* From how many rows on they are copied before the products, not picked in them: rows in any order, and rows as they
 * lie. */
enum { GATHER_ROWS = 64, MANY_ROWS = 1024 };

/* From how many rows on the gradient is faster with a copy of their columns: of a layer, which lies in a cache, and of
 * rows that are gathered from anywhere. */
enum { LAYER_COLUMNS_ROWS = 128, GATHER_COLUMNS_ROWS = 256 };

/* Whether products read M rows faster when these are copied first. */
static bool is_worth_while(const clmlp_opencl_tensor *all, clmlp_rows rows, size_t M, clmlp_native_use use)
{
    const bool all_there_are = M == all->base.rows && all->uploaded == NULL;
    if (all->base.kind != CLMLP_TENSOR_INPUT || M < GATHER_ROWS) return false;
    if (rows.order != NULL) return true;
    return use == CLMLP_FOR_GRADIENT && (all_there_are || M > MANY_ROWS);
}

bool clmlp_native_gather_scratch(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                 clmlp_native_use use, clmlp_native_rows *out)
{
    clmlp_native *native = clmlp_native_of(opencl);
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    const clmlp_opencl_cache_key wanted = {all->buffer, clmlp_opencl_buffer(rows.order), rows.first, M};
    size_t panel_stride = 0, bytes = 0;
    *out = (clmlp_native_rows){.buffer = NULL};
    if (native->gather == NULL) return false;
    if (!is_worth_while(all, rows, M, use) && !clmlp_native_is_cached(&native->gathered_rows, &wanted)) return false;
    if (!clmlp_native_mr_panels(opencl, M, all->stride, &panel_stride, &bytes) ||
        !clmlp_native_scratch_reserve(opencl, &native->gathered, bytes, &native->gathered_rows)) {
        return false;
    }
    *out = (clmlp_native_rows){.buffer = native->gathered.buffer, .panel_stride = panel_stride};
    return true;
}

/* Copy the rows, unless they are there, and their columns, where there is room for them. */
static clmlp_status gather(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                           const clmlp_native_rows *to, clmlp_error *error)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    const cl_mem order = clmlp_opencl_buffer(rows.order);
    const clmlp_opencl_cache_key wanted = {all->buffer, order, rows.first, M};
    const bool there = clmlp_native_is_cached(&native->gathered_rows, &wanted);
    if (there && (to->columns == NULL || native->columns_gathered)) return CLMLP_OK;
    const size_t panels = (M + native->rows - 1) / native->rows;
    const clmlp_launch launch = {.kernel = native->gather, .interface = clmlp_interface_cpu_gather,
                                 .global = {panels, 1}, .local = {1, 1}};
    const clmlp_cpu_gather_arguments arguments = {
        .from = all->buffer, .width = all->stride, .order = order, .first = rows.first, .M = M, .batch = to->buffer,
        .batch_stride = to->panel_stride, .s_in = a->columns, .columns = to->columns,
        .columns_stride = to->columns_stride};
    TRY(clmlp_opencl_enqueue(opencl, &launch, &arguments, error));
    native->gathered_rows = wanted;
    native->columns_gathered = to->columns != NULL;
    return CLMLP_OK;
}

/* Rows as they lie. A layer's columns are copied for the gradient. */
static clmlp_status as_they_lie(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M, size_t s_out,
                                clmlp_native_use use, clmlp_native_rows *out, clmlp_error *error)
{
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    *out = (clmlp_native_rows){.buffer = all->buffer, .order = clmlp_opencl_buffer(rows.order), .row = all->stride,
                               .panel_stride = all->panel_stride, .first = rows.first};
    if (use == CLMLP_FOR_Z || all->panel_stride == 0 || M < LAYER_COLUMNS_ROWS) return CLMLP_OK;
    clmlp_native_columns_scratch(opencl, &clmlp_native_of(opencl)->layer_columns, M, a->columns, s_out, out);
    return out->columns != NULL ? clmlp_native_layer_columns(opencl, M, a->columns, out, error) : CLMLP_OK;
}

clmlp_status clmlp_native_source(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M, size_t s_out,
                                 clmlp_native_use use, clmlp_native_rows *out, clmlp_error *error)
{
    if (clmlp_native_compressed_scratch(opencl, a, M, s_out, use, out)) {
        return clmlp_native_compress(opencl, a, rows, M, use, out, error);
    }
    if (!clmlp_native_gather_scratch(opencl, a, rows, M, use, out)) {
        return as_they_lie(opencl, a, rows, M, s_out, use, out, error);
    }
    if (M >= GATHER_COLUMNS_ROWS) {
        clmlp_native_columns_scratch(opencl, &clmlp_native_of(opencl)->gathered_columns, M, a->columns, s_out, out);
    }
    return gather(opencl, a, rows, M, out, error);
}
