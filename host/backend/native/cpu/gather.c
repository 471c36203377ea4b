/* Rows of an input layer, prepared once for the products that read them, and kept as long as the same rows are asked
 * for. They are copied into blocks, as a layer is, and where the data is mostly 0 compressed instead, see
 * native_sparse.c. Random rows cost a product more than copying them does, from a few dozen on; rows as they lie only where
 * many are added up, in the gradient, and then for all steps where the batch is all there are. */
#include "backend/native/native.h"

bool clmlp_native_is_kept(const clmlp_opencl_kept *kept, const clmlp_opencl_kept *wanted)
{
    return kept->from == wanted->from && kept->order == wanted->order && kept->first == wanted->first &&
           kept->rows == wanted->rows;
}

void clmlp_native_gather_reset(clmlp_opencl *opencl)
{
    opencl->native.gathered_rows.from = NULL;
    for (size_t use = 0; use < 2; use++) opencl->native.compressed[use].kept.from = NULL;
}

void clmlp_native_release_room(clmlp_opencl *opencl, clmlp_opencl_room *room)
{
    if (room->buffer != NULL) (void)clReleaseMemObject(room->buffer);
    opencl->base.memory_used -= room->bytes;
    *room = (clmlp_opencl_room){NULL, 0};
}

void clmlp_native_gather_release(clmlp_opencl *opencl)
{
    clmlp_native *native = &opencl->native;
    clmlp_native_release_room(opencl, &native->gathered);
    if (native->gather != NULL) (void)clReleaseKernel(native->gather);
    native->gather = NULL;
}

bool clmlp_native_make_room(clmlp_opencl *opencl, clmlp_opencl_room *room, size_t bytes, clmlp_opencl_kept *kept)
{
    clmlp_backend *base = &opencl->base;
    cl_mem grown = NULL;
    if (bytes <= room->bytes) return true;
    const uint64_t used = base->memory_used - room->bytes;
    if (bytes > base->largest_buffer || used > base->memory_limit || bytes > base->memory_limit - used) return false;
    if (clmlp_opencl_create_buffer(opencl, bytes, &grown, NULL) != CLMLP_OK) return false;
    clmlp_native_release_room(opencl, room);
    *room = (clmlp_opencl_room){grown, bytes};
    base->memory_used = used + bytes;
    if (base->memory_used > base->memory_peak) base->memory_peak = base->memory_used;
    kept->from = NULL;
    return true;
}

/* Whether M rows are read faster when they are copied first. */
static bool is_worth_while(const clmlp_opencl_tensor *all, clmlp_rows rows, size_t M, clmlp_native_use use)
{
    const bool all_there_are = M == all->base.rows && all->uploaded == NULL;
    if (all->base.kind != CLMLP_TENSOR_INPUT || M < CLMLP_NATIVE_GATHER_ROWS) return false;
    if (rows.order != NULL) return true;
    return use == CLMLP_FOR_GRADIENT && (all_there_are || M > CLMLP_NATIVE_MANY_ROWS);
}

bool clmlp_native_gather_room(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                              clmlp_native_use use, clmlp_native_rows *out)
{
    clmlp_native *native = &opencl->native;
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    const clmlp_opencl_kept wanted = {all->buffer, clmlp_opencl_buffer(rows.order), rows.first, M};
    size_t block = 0, bytes = 0;
    *out = (clmlp_native_rows){.buffer = NULL};
    if (native->gather == NULL) return false;
    if (!is_worth_while(all, rows, M, use) && !clmlp_native_is_kept(&native->gathered_rows, &wanted)) return false;
    if (!clmlp_native_blocks(opencl, M, all->stride, &block, &bytes) ||
        !clmlp_native_make_room(opencl, &native->gathered, bytes, &native->gathered_rows)) {
        return false;
    }
    *out = (clmlp_native_rows){.buffer = native->gathered.buffer, .piece = block};
    return true;
}

/* Copy the rows, unless they are there. */
static clmlp_status gather(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                           const clmlp_native_rows *to, clmlp_error *error)
{
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    const cl_mem order = clmlp_opencl_buffer(rows.order);
    const clmlp_opencl_kept wanted = {all->buffer, order, rows.first, M};
    if (clmlp_native_is_kept(&opencl->native.gathered_rows, &wanted)) return CLMLP_OK;
    const cl_ulong width = all->stride, first = rows.first, count = M;
    const size_t blocks = (M + opencl->native.rows - 1) / opencl->native.rows;
    const size_t global[2] = {blocks, 1}, local[2] = {1, 1};
    const clmlp_argument arguments[] = {ARGUMENT(all->buffer), ARGUMENT(width),      ARGUMENT(order),    ARGUMENT(first),
                                        ARGUMENT(count),       ARGUMENT(to->buffer), ARGUMENT(to->piece)};
    TRY(clmlp_opencl_enqueue(opencl, opencl->native.gather, "cpu_gather", global, local, arguments,
                             sizeof arguments / sizeof *arguments, error));
    opencl->native.gathered_rows = wanted;
    return CLMLP_OK;
}

clmlp_status clmlp_native_source(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M, size_t s_out,
                                 clmlp_native_use use, clmlp_native_rows *out, clmlp_error *error)
{
    const clmlp_opencl_tensor *all = (const clmlp_opencl_tensor *)a;
    if (clmlp_native_compressed_room(opencl, a, M, s_out, use, out)) {
        return clmlp_native_compress(opencl, a, rows, M, use, out, error);
    }
    if (clmlp_native_gather_room(opencl, a, rows, M, use, out)) return gather(opencl, a, rows, M, out, error);
    *out = (clmlp_native_rows){.buffer = all->buffer, .order = clmlp_opencl_buffer(rows.order), .row = all->stride,
                               .piece = all->piece, .first = rows.first};
    return CLMLP_OK;
}
