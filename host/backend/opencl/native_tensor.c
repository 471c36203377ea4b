#include <stdlib.h>
#include <string.h>

#include "backend/opencl/native.h"
#include "base/memory.h"

/* Numbers between two rows: whole tiles and whole cache lines, and not a multiple of 1 KiB, which would put
 * the rows of a tile into the same lines of a cache. */
static bool stride_of(const clmlp_opencl *opencl, size_t columns, size_t *stride)
{
    const size_t element = clmlp_precision_size(opencl->base.precision);
    const size_t line = 64 / element, tile = opencl->native.columns;
    const size_t unit = tile > line ? tile : line;
    size_t wanted = 0;
    if (!clmlp_add(columns, 2 * unit, &wanted)) return false;
    *stride = (columns + unit - 1) / unit * unit;
    if (*stride * element % 1024 == 0) *stride += unit;
    return true;
}

/* A tile may be read beyond the last row. */
static size_t tail(const clmlp_opencl *opencl)
{
    return opencl->native.rows + opencl->native.columns;
}

typedef struct layout {
    size_t stride, bytes, copy_stride, copy_bytes;
} layout;

static bool matrix_bytes(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t element, size_t *stride,
                         size_t *bytes)
{
    size_t elements = 0;
    return stride_of(opencl, columns, stride) && clmlp_multiply(rows, *stride, &elements) &&
           clmlp_add(elements, tail(opencl), &elements) && clmlp_multiply(elements, element, bytes);
}

static bool is_theta(clmlp_tensor_kind kind)
{
    return kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY;
}

static clmlp_status lay_out(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                            layout *out, clmlp_error *error)
{
    const size_t element = clmlp_precision_size(opencl->base.precision);
    bool fits = true;
    memset(out, 0, sizeof *out);
    if (kind == CLMLP_TENSOR_ORDER) {
        out->stride = 1;
        fits = clmlp_multiply(rows, sizeof(cl_uint), &out->bytes);
    } else if (is_theta(kind)) {
        fits = matrix_bytes(opencl, columns, rows, element, &out->stride, &out->bytes);
        if (fits && kind == CLMLP_TENSOR_THETA) {
            fits = matrix_bytes(opencl, rows, columns - 1, element, &out->copy_stride, &out->copy_bytes);
        }
    } else {
        const size_t bias = kind == CLMLP_TENSOR_LAYER ? 1 : 0;
        fits = matrix_bytes(opencl, rows, columns + bias, element, &out->stride, &out->bytes);
    }
    if (fits) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is larger than memory can be", rows, columns);
}

clmlp_status clmlp_native_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error)
{
    layout l;
    TRY(lay_out((const clmlp_opencl *)backend, kind, rows, columns, &l, error));
    if (!clmlp_add(l.bytes, l.copy_bytes, bytes)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is larger than memory can be", rows,
                          columns);
    }
    return CLMLP_OK;
}

/* Padding has to be 0 where it is multiplied with. */
static clmlp_status create_zeroed(clmlp_opencl *opencl, size_t bytes, cl_mem *out, clmlp_error *error)
{
    const cl_uint zero = 0;
    TRY(clmlp_opencl_create_buffer(opencl, bytes, out, error));
    TRY_CL(opencl, clEnqueueFillBuffer(opencl->queue, *out, &zero, sizeof zero, 0, bytes, 0, NULL, NULL),
           "clearing a matrix", error);
    return CLMLP_OK;
}

clmlp_status clmlp_native_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                        clmlp_tensor **out, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *tensor = NULL;
    clmlp_status status = CLMLP_OK;
    layout l;
    TRY(lay_out(opencl, kind, rows, columns, &l, error));
    TRY(clmlp_allocate(&tensor, 1, sizeof *tensor, "a matrix", error));
    tensor->stride = l.stride;
    tensor->copy_stride = l.copy_stride;
    tensor->element = kind == CLMLP_TENSOR_ORDER ? sizeof(cl_uint) : clmlp_precision_size(backend->precision);
    TRY_CLEANUP(create_zeroed(opencl, l.bytes, &tensor->buffer, error));
    if (l.copy_bytes > 0) TRY_CLEANUP(create_zeroed(opencl, l.copy_bytes, &tensor->copy, error));
    if (kind == CLMLP_TENSOR_LAYER) TRY_CLEANUP(clmlp_opencl_set_bias_units(opencl, tensor, rows, columns, error));
    *out = &tensor->base;
cleanup:
    if (status != CLMLP_OK) clmlp_opencl_tensor_destroy(backend, &tensor->base);
    return status;
}

/* to[c][r] = from[r][c] for rows x columns elements of 4 or 8 bytes. */
static void transpose(size_t rows, size_t columns, size_t element, const char *from, size_t from_stride, char *to,
                      size_t to_stride)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            memcpy(to + (c * to_stride + r) * element, from + (r * from_stride + c) * element, element);
        }
    }
}

/* theta [s_out x (s_in + 1)], the bias in column 0, to theta^T with the bias in its last row. */
static clmlp_status write_theta(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, const char *values,
                                clmlp_error *error)
{
    const size_t s_out = tensor->base.rows, width = tensor->base.columns, element = tensor->element;
    const size_t bytes = width * tensor->stride * element, copy_bytes = s_out * tensor->copy_stride * element;
    char *staging = NULL;
    clmlp_status status = CLMLP_OK;
    cl_int code = CL_SUCCESS;
    TRY(clmlp_allocate(&staging, bytes > copy_bytes ? bytes : copy_bytes, 1, "theta on its way to the device", error));
    transpose(s_out, width - 1, element, values + element, width, staging, tensor->stride);
    for (size_t j = 0; j < s_out; j++) {
        memcpy(staging + ((width - 1) * tensor->stride + j) * element, values + j * width * element, element);
    }
    code = clEnqueueWriteBuffer(opencl->queue, tensor->buffer, CL_TRUE, 0, bytes, staging, 0, NULL, NULL);
    if (code == CL_SUCCESS && tensor->copy != NULL) {
        memset(staging, 0, copy_bytes);
        for (size_t j = 0; j < s_out; j++) {
            memcpy(staging + j * tensor->copy_stride * element, values + (j * width + 1) * element,
                   (width - 1) * element);
        }
        code = clEnqueueWriteBuffer(opencl->queue, tensor->copy, CL_TRUE, 0, copy_bytes, staging, 0, NULL, NULL);
    }
    if (code != CL_SUCCESS) status = clmlp_opencl_fail(error, opencl, code, "writing theta to the device");
    free(staging);
    return status;
}

static clmlp_status read_theta(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, char *values,
                               clmlp_error *error)
{
    const size_t s_out = tensor->base.rows, width = tensor->base.columns, element = tensor->element;
    const size_t bytes = width * tensor->stride * element;
    char *staging = NULL;
    TRY(clmlp_allocate(&staging, bytes, 1, "theta on its way from the device", error));
    const cl_int code =
        clEnqueueReadBuffer(opencl->queue, tensor->buffer, CL_TRUE, 0, bytes, staging, 0, NULL, NULL);
    transpose(width - 1, s_out, element, staging, tensor->stride, values + element, width);
    for (size_t j = 0; j < s_out; j++) {
        memcpy(values + j * width * element, staging + ((width - 1) * tensor->stride + j) * element, element);
    }
    free(staging);
    if (code != CL_SUCCESS) return clmlp_opencl_fail(error, opencl, code, "reading theta from the device");
    return CLMLP_OK;
}

clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error)
{
    if (!is_theta(tensor->kind)) return clmlp_opencl_tensor_write(backend, tensor, first, rows, values, error);
    return write_theta((clmlp_opencl *)backend, (clmlp_opencl_tensor *)tensor, values, error);
}

clmlp_status clmlp_native_tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                      void *values, clmlp_error *error)
{
    if (!is_theta(tensor->kind)) return clmlp_opencl_tensor_read(backend, tensor, first, rows, values, error);
    return read_theta((clmlp_opencl *)backend, (const clmlp_opencl_tensor *)tensor, values, error);
}
