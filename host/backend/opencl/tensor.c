/* tensor.c - matrices in the plain row-major layout: create, write, read, upload. */
#include <stdlib.h>

#include "backend/opencl/borrow.h"
#include "backend/opencl/opencl.h"
#include "base/memory.h"

cl_mem clmlp_opencl_buffer(const clmlp_tensor *tensor)
{
    return tensor != NULL ? ((const clmlp_opencl_tensor *)tensor)->buffer : NULL;
}

cl_mem clmlp_opencl_state(clmlp_optimizer optimizer, clmlp_tensor *const *state, size_t k)
{
    return state != NULL && k < clmlp_optimizer_states(optimizer) ? clmlp_opencl_buffer(state[k]) : NULL;
}

clmlp_status clmlp_opencl_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error)
{
    size_t stride = 0;
    return clmlp_tensor_layout(backend, kind, rows, columns, &stride, bytes, error);
}

clmlp_status clmlp_opencl_set_bias_units(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t rows,
                                         size_t column, clmlp_error *error)
{
    const clmlp_set_bias_unit_arguments arguments = {
        .layer = tensor->buffer, .stride = tensor->stride, .rows = rows, .column = column};
    return clmlp_opencl_launch(opencl, KERNEL_set_bias_unit, rows, opencl->group, &arguments, error);
}

clmlp_status clmlp_opencl_create_buffer(clmlp_opencl *opencl, size_t bytes, cl_mem *out, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    if (bytes > opencl->reach) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: a buffer of %zu bytes is beyond its addresses of %u bits",
                          opencl->name, bytes, opencl->base.address_bits);
    }
    if (opencl->guards.on) return clmlp_opencl_guarded_buffer(opencl, bytes, out, error);
    *out = clmlp_opencl_new_buffer(opencl, CL_MEM_READ_WRITE, bytes > 0 ? bytes : 1, NULL, &code);
    if (code == CL_SUCCESS) return CLMLP_OK;
    char needed[32], used[32], limit[32];
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: %s more could not be had beside the %s in use, of %s: %s",
                      opencl->name, clmlp_format_bytes(needed, bytes),
                      clmlp_format_bytes(used, opencl->base.memory_used),
                      clmlp_format_bytes(limit, opencl->base.memory_limit), clmlp_opencl_code_text(code));
}

clmlp_status clmlp_opencl_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                        clmlp_tensor **out, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *tensor = NULL;
    size_t bytes = 0, stride = 0;
    clmlp_status status = CLMLP_OK;

    TRY(clmlp_tensor_layout(backend, kind, rows, columns, &stride, &bytes, error));
    TRY(clmlp_allocate(&tensor, 1, sizeof *tensor, "a matrix", error));
    tensor->stride = stride;
    tensor->first = stride - columns;
    tensor->element = kind == CLMLP_TENSOR_ORDER ? sizeof(cl_uint) : clmlp_precision_size(backend->precision);
    TRY_CLEANUP(clmlp_opencl_create_buffer(opencl, bytes, &tensor->buffer, error));
    if (clmlp_tensor_has_bias(kind)) TRY_CLEANUP(clmlp_opencl_set_bias_units(opencl, tensor, rows, 0, error));
    *out = &tensor->base;
cleanup:
    if (status != CLMLP_OK) clmlp_opencl_tensor_destroy(backend, &tensor->base);
    return status;
}

static void release_event(cl_event *event)
{
    if (*event != NULL) (void)clReleaseEvent(*event);
    *event = NULL;
}

void clmlp_opencl_tensor_destroy(clmlp_backend *backend, clmlp_tensor *base)
{
    clmlp_opencl_tensor *tensor = (clmlp_opencl_tensor *)base;
    clmlp_opencl_borrow_forget((clmlp_opencl *)backend, tensor);
    if (tensor->placed) { /* its memory is others' again */
        (void)clFinish(((clmlp_opencl *)backend)->queue);
        (void)clFinish(((clmlp_opencl *)backend)->transfer);
    }
    release_event(&tensor->uploaded);
    release_event(&tensor->used);
    if (tensor->copy != NULL) (void)clReleaseMemObject(tensor->copy);
    if (tensor->buffer != NULL) (void)clReleaseMemObject(tensor->buffer);
    free(tensor);
}

/* Where logical rows lie: in a LAYER, each after its bias unit. */
typedef struct region {
    size_t buffer_origin[3], host_origin[3], size[3];
    size_t buffer_pitch, host_pitch;
} region;

static region rows_of(const clmlp_opencl_tensor *tensor, size_t first, size_t rows)
{
    const size_t row_bytes = tensor->base.columns * tensor->element;
    return (region){
        .buffer_origin = {tensor->first * tensor->element, first, 0},
        .size = {row_bytes, rows, 1},
        .buffer_pitch = tensor->stride * tensor->element,
        .host_pitch = row_bytes,
    };
}

/* Dense matrices go in one piece, which drivers do best. */
static cl_int write_rows(cl_command_queue queue, clmlp_opencl_tensor *tensor, size_t first, size_t rows,
                         const void *values, cl_bool blocking, cl_uint wait_count, const cl_event *wait,
                         cl_event *done)
{
    if (tensor->stride == tensor->base.columns) {
        const size_t row_bytes = tensor->stride * tensor->element;
        return clEnqueueWriteBuffer(queue, tensor->buffer, blocking, first * row_bytes, rows * row_bytes, values,
                                    wait_count, wait, done);
    }
    const region part = rows_of(tensor, first, rows);
    return clEnqueueWriteBufferRect(queue, tensor->buffer, blocking, part.buffer_origin, part.host_origin, part.size,
                                    part.buffer_pitch, 0, part.host_pitch, 0, values, wait_count, wait, done);
}

clmlp_status clmlp_opencl_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if (rows == 0) return CLMLP_OK;
    TRY_CL(opencl,
           write_rows(opencl->queue, (clmlp_opencl_tensor *)tensor, first, rows, values, CL_TRUE, 0, NULL, NULL),
           "writing a matrix to the device", error);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_tensor_read(clmlp_backend *backend, const clmlp_tensor *base, size_t first, size_t rows,
                                      void *values, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *tensor = (const clmlp_opencl_tensor *)base;
    const region part = rows_of(tensor, first, rows);
    if (rows == 0) return CLMLP_OK;
    TRY_CL(opencl,
           clEnqueueReadBufferRect(opencl->queue, tensor->buffer, CL_TRUE, part.buffer_origin, part.host_origin,
                                   part.size, part.buffer_pitch, 0, part.host_pitch, 0, values, 0, NULL, NULL),
           "reading a matrix from the device", error);
    return CLMLP_OK;
}

/* Layouts may pad: the whole of a buffer, whatever is in it. */
static clmlp_status copy_buffer(clmlp_opencl *opencl, cl_mem from, cl_mem to, clmlp_error *error)
{
    size_t bytes = 0;
    if (from == NULL) return CLMLP_OK;
    TRY_CL(opencl, clGetMemObjectInfo(from, CL_MEM_SIZE, sizeof bytes, &bytes, NULL), "asking for the size of a matrix",
           error);
    TRY_CL(opencl,
           clEnqueueCopyBuffer(opencl->queue, from, to, 0, 0, bytes, 0, NULL, clmlp_opencl_event(opencl)),
           "copying a matrix", error);
    return clmlp_opencl_record(opencl, "copy", error);
}

clmlp_status clmlp_opencl_tensor_copy(clmlp_backend *backend, const clmlp_tensor *from, clmlp_tensor *to,
                                      clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *const source = (const clmlp_opencl_tensor *)from;
    clmlp_opencl_tensor *const target = (clmlp_opencl_tensor *)to;
    TRY(copy_buffer(opencl, source->buffer, target->buffer, error));
    return copy_buffer(opencl, source->copy, target->copy, error);
}

clmlp_status clmlp_opencl_tensor_used(clmlp_backend *backend, clmlp_tensor *base, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *tensor = (clmlp_opencl_tensor *)base;
    release_event(&tensor->used);
    TRY_CL(opencl, clEnqueueMarkerWithWaitList(opencl->queue, 0, NULL, &tensor->used), "marking a batch as used",
           error);
    /* another queue will wait for it, so it has to be on its way */
    TRY_CL(opencl, clFlush(opencl->queue), "marking a batch as used", error);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_tensor_upload(clmlp_backend *backend, clmlp_tensor *base, size_t rows, const void *values,
                                        clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *tensor = (clmlp_opencl_tensor *)base;
    /* a new matrix is still to be cleared, in the other queue */
    if (tensor->used == NULL) TRY(clmlp_opencl_tensor_used(backend, base, error));
    release_event(&tensor->uploaded);
    TRY_CL(opencl,
           write_rows(opencl->transfer, tensor, 0, rows, values, CL_FALSE, 1, &tensor->used, &tensor->uploaded),
           "uploading a batch", error);
    TRY_CL(opencl, clFlush(opencl->transfer), "uploading a batch", error);
    TRY_CL(opencl, clEnqueueBarrierWithWaitList(opencl->queue, 1, &tensor->uploaded, NULL), "uploading a batch", error);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_tensor_upload_wait(clmlp_backend *backend, clmlp_tensor *base, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *tensor = (clmlp_opencl_tensor *)base;
    if (tensor->uploaded == NULL) return CLMLP_OK;
    const cl_int code = clWaitForEvents(1, &tensor->uploaded);
    if (code == CL_SUCCESS) return CLMLP_OK;
    (void)clFinish(opencl->transfer); /* the caller will free what the upload reads */
    return clmlp_opencl_fail(error, opencl, code, "waiting for an upload");
}

clmlp_status clmlp_opencl_gather(clmlp_backend *backend, const clmlp_tensor *all, const clmlp_tensor *order,
                                 size_t first, size_t M, size_t columns, clmlp_tensor *batch, clmlp_error *error)
{
    (void)columns;
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const size_t stride = ((const clmlp_opencl_tensor *)all)->stride;
    const clmlp_gather_rows_arguments arguments = {
        .from = clmlp_opencl_buffer(all), .order = clmlp_opencl_buffer(order), .first = first, .M = M, .stride = stride,
        .batch = clmlp_opencl_buffer(batch)};
    return clmlp_opencl_launch(opencl, KERNEL_gather_rows, M * stride, opencl->group, &arguments, error);
}
