/* Rows of an input layer, picked once for the two products that read them: random rows cost a product more
 * than copying them does, from a few dozen on. The copy is kept as long as the same rows are asked for. */
#include "backend/opencl/native.h"

static void forget(clmlp_native *native)
{
    native->gathered_from = NULL;
}

void clmlp_native_gather_reset(clmlp_opencl *opencl)
{
    forget(&opencl->native);
}

void clmlp_native_gather_release(clmlp_opencl *opencl)
{
    clmlp_native *native = &opencl->native;
    if (native->gathered != NULL) (void)clReleaseMemObject(native->gathered);
    if (native->gather != NULL) (void)clReleaseKernel(native->gather);
    opencl->base.memory_used -= native->gathered_bytes;
    native->gathered = NULL;
    native->gather = NULL;
    native->gathered_bytes = 0;
    forget(native);
}

/* Room for `bytes`; false, and nothing is changed, where the memory limit has no place for it. */
static bool make_room(clmlp_opencl *opencl, size_t bytes)
{
    clmlp_native *native = &opencl->native;
    clmlp_backend *base = &opencl->base;
    cl_mem grown = NULL;
    if (bytes <= native->gathered_bytes) return true;
    const uint64_t used = base->memory_used - native->gathered_bytes;
    if (bytes > base->largest_buffer || used > base->memory_limit || bytes > base->memory_limit - used) return false;
    if (clmlp_opencl_create_buffer(opencl, bytes, &grown, NULL) != CLMLP_OK) return false;
    if (native->gathered != NULL) (void)clReleaseMemObject(native->gathered);
    native->gathered = grown;
    native->gathered_bytes = bytes;
    base->memory_used = used + bytes;
    if (base->memory_used > base->memory_peak) base->memory_peak = base->memory_used;
    forget(native);
    return true;
}

/* Picked rows lie in panels, as a layer does, which is easier to read along columns than the data's long rows. */
static clmlp_native_rows picked_layout(const clmlp_native *native, const clmlp_opencl_tensor *all, size_t M)
{
    const bool narrow = all->stride <= native->panel;
    return (clmlp_native_rows){.buffer = native->gathered, .row = narrow ? all->stride : native->panel,
                               .panel = M * native->panel};
}

/* A tile may be read beyond the last row. */
static size_t picked_bytes(const clmlp_opencl *opencl, const clmlp_opencl_tensor *all, size_t M)
{
    const size_t panel = opencl->native.panel, width = all->stride;
    const size_t columns = width <= panel ? width : (width + panel - 1) / panel * panel;
    return (M * columns + 2 * panel) * all->element;
}

bool clmlp_native_gather_room(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                              clmlp_native_rows *out)
{
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    *out = (clmlp_native_rows){.buffer = NULL};
    if (rows.order == NULL || opencl->native.gather == NULL || M < CLMLP_NATIVE_GATHER_ROWS) return false;
    if (!make_room(opencl, picked_bytes(opencl, all, M))) return false;
    forget(&opencl->native);
    *out = picked_layout(&opencl->native, all, M);
    return true;
}

clmlp_status clmlp_native_source(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                 clmlp_native_rows *out, clmlp_error *error)
{
    clmlp_native *native = &opencl->native;
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    out->buffer = all->buffer;
    out->order = clmlp_opencl_buffer(rows.order);
    out->row = all->stride;
    out->panel = all->panel;
    out->first = rows.first;
    if (out->order == NULL || native->gather == NULL || M < CLMLP_NATIVE_GATHER_ROWS) return CLMLP_OK;
    if (!make_room(opencl, picked_bytes(opencl, all, M))) return CLMLP_OK;

    const clmlp_native_rows picked = picked_layout(native, all, M);
    if (native->gathered_from != out->buffer || native->gathered_order != out->order ||
        native->gathered_first != rows.first || native->gathered_rows != M) {
        const cl_ulong width = all->stride;
        const size_t global[2] = {M, 1}, local[2] = {1, 1};
        const clmlp_argument arguments[] = {ARGUMENT(out->buffer),    ARGUMENT(width),      ARGUMENT(out->order),
                                            ARGUMENT(out->first),     ARGUMENT(picked.buffer), ARGUMENT(picked.row),
                                            ARGUMENT(picked.panel)};
        TRY(clmlp_opencl_enqueue(opencl, native->gather, "cpu_gather", global, local, arguments,
                                 sizeof arguments / sizeof *arguments, error));
        native->gathered_from = out->buffer;
        native->gathered_order = out->order;
        native->gathered_first = rows.first;
        native->gathered_rows = M;
    }
    *out = picked;
    return CLMLP_OK;
}
