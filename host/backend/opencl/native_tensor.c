#include <stdlib.h>
#include <string.h>

#include "backend/opencl/native.h"
#include "base/memory.h"

/* A tile may be read beyond the last row. */
static size_t tail(const clmlp_opencl *opencl)
{
    return 2 * opencl->native.panel;
}

/* How a matrix lies in memory; see kernels/native_cpu.cl and native_gpu.cl. A row-major matrix is one panel, as
 * wide as its padded rows, and its `panel` is what the GPU family's kernels take: the distance of rows. */
typedef struct layout {
    size_t row, panel, bytes;    /* numbers between rows and between panels; bytes in all */
    size_t copy_panel, copy_bytes;
} layout;

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* rows x columns in pieces `width` wide. */
static bool in_pieces(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t width, size_t *piece,
                      size_t *bytes)
{
    const size_t element = clmlp_precision_size(opencl->base.precision);
    size_t elements = 0;
    return clmlp_multiply(rows, width, piece) && clmlp_add(columns, width, &elements) &&
           clmlp_multiply(round_up(columns, width) / width, *piece, &elements) &&
           clmlp_add(elements, tail(opencl), &elements) && clmlp_multiply(elements, element, bytes);
}

/* A layer is one panel, as wide as it has to be, or several of PANEL columns. */
static size_t panel_width(const clmlp_opencl *opencl, size_t columns)
{
    const clmlp_native *native = &opencl->native;
    return columns >= native->panel ? native->panel : round_up(columns, native->panel_unit);
}

/* Row-major, in whole vectors and cache lines, and not a multiple of 1 KiB apart, which would put the rows
 * of a tile into the same lines of a cache. */
static bool in_rows(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *row, size_t *bytes)
{
    const size_t element = clmlp_precision_size(opencl->base.precision), line = 64 / element;
    const size_t unit = line > opencl->native.lanes ? line : opencl->native.lanes;
    size_t elements = 0;
    if (!clmlp_add(columns, 2 * unit, &elements)) return false;
    *row = round_up(columns, unit);
    if (*row * element % 1024 == 0) *row += unit;
    return clmlp_multiply(rows, *row, &elements) && clmlp_add(elements, tail(opencl), &elements) &&
           clmlp_multiply(elements, element, bytes);
}

static bool is_theta(clmlp_tensor_kind kind)
{
    return kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY;
}

static bool is_in_pieces(clmlp_tensor_kind kind)
{
    return kind == CLMLP_TENSOR_LAYER || kind == CLMLP_TENSOR_MATRIX;
}

static clmlp_status too_large(size_t rows, size_t columns, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is larger than memory can be", rows, columns);
}

/* The GPU family's layout. Its kernels count rows and columns with 31 bits. */
static clmlp_status lay_out_rows(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 layout *out, clmlp_error *error)
{
    const size_t most = INT32_MAX - 4096;
    bool fits = rows <= most && columns <= most;
    if (kind == CLMLP_TENSOR_ORDER) {
        out->row = 1;
        fits = clmlp_multiply(rows, sizeof(cl_uint), &out->bytes);
    } else if (is_theta(kind)) {
        fits = fits && in_rows(opencl, columns, rows, &out->row, &out->bytes);
    } else {
        const size_t width = columns + (clmlp_tensor_has_bias(kind) ? 1 : 0);
        fits = fits && in_rows(opencl, rows, width, &out->row, &out->bytes);
    }
    out->panel = out->row;
    return fits ? CLMLP_OK : too_large(rows, columns, error);
}

/* The CPU family's layout. */
static clmlp_status lay_out(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                            layout *out, clmlp_error *error)
{
    const size_t width = columns + (clmlp_tensor_has_bias(kind) ? 1 : 0), strip = opencl->native.columns;
    bool fits = width >= columns;
    memset(out, 0, sizeof *out);
    if (opencl->native.family->row_major) return lay_out_rows(opencl, kind, rows, columns, out, error);
    out->row = strip;
    if (kind == CLMLP_TENSOR_ORDER) {
        out->row = 1;
        fits = clmlp_multiply(rows, sizeof(cl_uint), &out->bytes);
    } else if (is_theta(kind)) {
        fits = fits && in_pieces(opencl, columns, rows, strip, &out->panel, &out->bytes);
        if (kind == CLMLP_TENSOR_THETA) {
            fits = fits && in_pieces(opencl, rows, columns - 1, strip, &out->copy_panel, &out->copy_bytes);
        }
    } else if (is_in_pieces(kind)) {
        if (kind == CLMLP_TENSOR_LAYER) out->row = panel_width(opencl, width);
        fits = fits && in_pieces(opencl, rows, width, out->row, &out->panel, &out->bytes);
    } else {
        out->panel = opencl->native.panel;
        fits = fits && in_rows(opencl, rows, width, &out->row, &out->bytes);
    }
    return fits ? CLMLP_OK : too_large(rows, columns, error);
}

clmlp_status clmlp_native_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error)
{
    layout l;
    TRY(lay_out((const clmlp_opencl *)backend, kind, rows, columns, &l, error));
    return clmlp_add(l.bytes, l.copy_bytes, bytes) ? CLMLP_OK : too_large(rows, columns, error);
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
    clmlp_native_gather_reset(opencl); /* a new buffer may have an old one's address */
    tensor->stride = l.row;
    tensor->panel = l.panel;
    tensor->copy_panel = l.copy_panel;
    tensor->element = kind == CLMLP_TENSOR_ORDER ? sizeof(cl_uint) : clmlp_precision_size(backend->precision);
    const bool in_panels = kind == CLMLP_TENSOR_LAYER && !opencl->native.family->row_major;
    const size_t bias_at = in_panels ? columns / l.row * l.panel + columns % l.row : columns;
    TRY_CLEANUP(create_zeroed(opencl, l.bytes, &tensor->buffer, error));
    if (l.copy_bytes > 0) TRY_CLEANUP(create_zeroed(opencl, l.copy_bytes, &tensor->copy, error));
    if (clmlp_tensor_has_bias(kind)) TRY_CLEANUP(clmlp_opencl_set_bias_units(opencl, tensor, rows, bias_at, error));
    *out = &tensor->base;
cleanup:
    if (status != CLMLP_OK) clmlp_opencl_tensor_destroy(backend, &tensor->base);
    return status;
}

/* Element (row, column) of a matrix in panels of `width`. */
static size_t at(size_t row, size_t column, size_t width, size_t panel)
{
    return column / width * panel + row * width + column % width;
}

enum { MOVED_TOGETHER = 16 }; /* columns of panels: as many rows of dense values are written side by side */

/* count numbers, `from_step` and `to_step` bytes apart. */
static void move_numbers(char *to, size_t to_step, const char *from, size_t from_step, size_t count, size_t element)
{
    if (element == sizeof(float)) {
        for (size_t i = 0; i < count; i++) memcpy(to + i * to_step, from + i * from_step, sizeof(float));
    } else {
        for (size_t i = 0; i < count; i++) memcpy(to + i * to_step, from + i * from_step, sizeof(double));
    }
}

/* theta [s_out x (s_in + 1)], the bias in column 0, as theta^T with the bias in its last row: between dense
 * values and panels, one way or the other. */
static void move_theta(const clmlp_opencl_tensor *tensor, size_t width, char *values, char *panels, bool to_panels)
{
    const size_t s_out = tensor->base.rows, columns = tensor->base.columns, element = tensor->element;
    const size_t dense_step = columns * element;
    for (size_t j = 0, count = 0; j < s_out; j += count) {
        count = s_out - j < MOVED_TOGETHER ? s_out - j : MOVED_TOGETHER;
        if (count > width - j % width) count = width - j % width;
        for (size_t c = 0; c < columns; c++) {
            const size_t row = c == 0 ? columns - 1 : c - 1;
            char *dense = values + (j * columns + c) * element;
            char *packed = panels + at(row, j, width, tensor->panel) * element;
            if (to_panels) {
                move_numbers(packed, element, dense, dense_step, count, element);
            } else {
                move_numbers(dense, dense_step, packed, element, count, element);
            }
        }
    }
}

/* theta without its bias, [s_out x s_in], in panels. */
static void pack_copy(const clmlp_opencl_tensor *tensor, size_t width, const char *values, char *panels)
{
    const size_t s_out = tensor->base.rows, columns = tensor->base.columns, element = tensor->element;
    for (size_t j = 0; j < s_out; j++) {
        for (size_t i = 0; i + 1 < columns; i++) {
            memcpy(panels + at(j, i, width, tensor->copy_panel) * element, values + (j * columns + i + 1) * element,
                   element);
        }
    }
}

static clmlp_status write_theta(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, const void *values,
                                clmlp_error *error)
{
    const size_t width = tensor->stride;
    char *staging = NULL, *dense = NULL;
    layout l;
    clmlp_status status = CLMLP_OK;
    TRY(lay_out(opencl, tensor->base.kind, tensor->base.rows, tensor->base.columns, &l, error));
    const size_t most = l.bytes > l.copy_bytes ? l.bytes : l.copy_bytes;
    TRY(clmlp_allocate(&staging, most, 1, "theta on its way to the device", error));
    memcpy(&dense, &values, sizeof dense); /* only read */
    move_theta(tensor, width, dense, staging, true);
    cl_int code = clEnqueueWriteBuffer(opencl->queue, tensor->buffer, CL_TRUE, 0, l.bytes, staging, 0, NULL, NULL);
    if (code == CL_SUCCESS && tensor->copy != NULL) {
        memset(staging, 0, most);
        pack_copy(tensor, opencl->native.columns, values, staging);
        code = clEnqueueWriteBuffer(opencl->queue, tensor->copy, CL_TRUE, 0, l.copy_bytes, staging, 0, NULL, NULL);
    }
    if (code != CL_SUCCESS) status = clmlp_opencl_fail(error, opencl, code, "writing theta to the device");
    free(staging);
    return status;
}

/* Through a mapping: on a device that shares the host's memory nothing is copied but once. */
static clmlp_status read_theta(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, void *values,
                               clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    layout l;
    TRY(lay_out(opencl, tensor->base.kind, tensor->base.rows, tensor->base.columns, &l, error));
    void *panels = clEnqueueMapBuffer(opencl->queue, tensor->buffer, CL_TRUE, CL_MAP_READ, 0, l.bytes, 0, NULL, NULL,
                                      &code);
    TRY_CL(opencl, code, "reading theta from the device", error);
    move_theta(tensor, tensor->stride, values, panels, false);
    TRY_CL(opencl, clEnqueueUnmapMemObject(opencl->queue, tensor->buffer, panels, 0, NULL, NULL),
           "reading theta from the device", error);
    return CLMLP_OK;
}

/* Rows of a matrix in panels: a rectangle a panel. */
static clmlp_status move_panels(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t first, size_t rows,
                                const void *from, void *to, clmlp_error *error)
{
    const size_t width = tensor->stride, columns = tensor->base.columns, element = tensor->element;
    const size_t host_pitch = columns * element, pitch = width * element;
    for (size_t c = 0; c < columns && rows > 0; c += width) {
        const size_t part = columns - c < width ? columns - c : width;
        const size_t origin[3] = {0, c / width * (tensor->panel / width) + first, 0};
        const size_t host_origin[3] = {c * element, 0, 0}, size[3] = {part * element, rows, 1};
        const cl_int code =
            to == NULL ? clEnqueueWriteBufferRect(opencl->queue, tensor->buffer, CL_TRUE, origin, host_origin, size,
                                                  pitch, 0, host_pitch, 0, from, 0, NULL, NULL)
                       : clEnqueueReadBufferRect(opencl->queue, tensor->buffer, CL_TRUE, origin, host_origin, size,
                                                 pitch, 0, host_pitch, 0, to, 0, NULL, NULL);
        TRY_CL(opencl, code, "moving a matrix", error);
    }
    return CLMLP_OK;
}

/* The same, read through one mapping: a strip is too little for a command of its own. */
static clmlp_status read_strips(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t first, size_t rows,
                                char *to, clmlp_error *error)
{
    const size_t width = tensor->stride, columns = tensor->base.columns, element = tensor->element;
    const size_t panels = (columns + width - 1) / width;
    cl_int code = CL_SUCCESS;
    const char *from = clEnqueueMapBuffer(opencl->queue, tensor->buffer, CL_TRUE, CL_MAP_READ, 0,
                                          panels * tensor->panel * element, 0, NULL, NULL, &code);
    TRY_CL(opencl, code, "reading a matrix from the device", error);
    for (size_t p = 0; p < panels; p++) {
        const size_t part = columns - p * width < width ? columns - p * width : width;
        const char *strip = from + (p * tensor->panel + first * width) * element;
        for (size_t r = 0; r < rows; r++) {
            memcpy(to + (r * columns + p * width) * element, strip + r * width * element, part * element);
        }
    }
    void *mapped = NULL;
    memcpy(&mapped, &from, sizeof mapped);
    TRY_CL(opencl, clEnqueueUnmapMemObject(opencl->queue, tensor->buffer, mapped, 0, NULL, NULL),
           "reading a matrix from the device", error);
    return CLMLP_OK;
}

clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *native = (clmlp_opencl_tensor *)tensor;
    clmlp_native_gather_reset(opencl);
    if (is_theta(tensor->kind)) return write_theta(opencl, native, values, error);
    if (is_in_pieces(tensor->kind)) return move_panels(opencl, native, first, rows, values, NULL, error);
    clmlp_native_sample(opencl, native, first == 0, rows, values);
    return clmlp_opencl_tensor_write(backend, tensor, first, rows, values, error);
}

clmlp_status clmlp_native_tensor_upload(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                        clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_native_gather_reset(opencl);
    clmlp_native_sample(opencl, (clmlp_opencl_tensor *)tensor, false, rows, values);
    return clmlp_opencl_tensor_upload(backend, tensor, rows, values, error);
}

clmlp_status clmlp_native_tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                      void *values, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *native = (const clmlp_opencl_tensor *)tensor;
    if (is_theta(tensor->kind)) return read_theta(opencl, native, values, error);
    if (is_in_pieces(tensor->kind)) {
        return tensor->columns > native->stride ? read_strips(opencl, native, first, rows, values, error)
                                                : move_panels(opencl, native, first, rows, NULL, values, error);
    }
    return clmlp_opencl_tensor_read(backend, tensor, first, rows, values, error);
}
