/* tensor.c - matrices in the native layout: panels on CPUs, padded rows on GPUs. */
#include <stdlib.h>
#include <string.h>

#include "backend/native/native.h"
#include "base/memory.h"

size_t clmlp_native_tail(const clmlp_opencl *opencl)
{
    const clmlp_native *native = &opencl->native;
    const size_t wide = native->rows + native->lanes, most = wide > native->columns ? wide : native->columns;
    return native->family->row_major ? 0 : native->rows * most + native->lanes;
}

/* How a matrix lies in memory; see layers.cl in kernels/native_cpu and native_gpu. */
typedef struct layout {
    size_t row, bytes;   /* numbers of a row, or of a panel's row, with padding; bytes in all */
    size_t panel_stride; /* what kernels take: numbers from one panel to the next, 0: row-major; GPU family: of a row */
    size_t copy_stride, copy_bytes; /* the same of theta without its bias */
} layout;

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Bytes of so many panels, with the tail behind them. */
static bool bytes_of(const clmlp_opencl *opencl, size_t panels, size_t panel_stride, size_t *bytes)
{
    const size_t element = clmlp_precision_size(opencl->base.precision);
    size_t elements = 0;
    return clmlp_multiply(panels, panel_stride, &elements) &&
           clmlp_add(elements, clmlp_native_tail(opencl), &elements) && clmlp_multiply(elements, element, bytes);
}

/* The stride of panels that are `length` numbers long. A tile reads a little of every panel. Where panels are whole
 * pages apart, those parts compete for a few lines of each cache; then the stride is 1 KiB more. */
static bool keep_apart(const clmlp_opencl *opencl, size_t length, size_t *stride)
{
    const size_t element = clmlp_precision_size(opencl->base.precision), page = 4096 / element;
    const bool compete = length % page == 0 && length >= 4 * page;
    return clmlp_add(length, compete ? page / 4 : 0, stride);
}

/* rows x columns in panels of NR columns. */
static bool in_nr_panels(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *panel_stride, size_t *bytes)
{
    const size_t width = opencl->native.columns;
    return columns <= SIZE_MAX - width && clmlp_multiply(rows, width, panel_stride) &&
           keep_apart(opencl, *panel_stride, panel_stride) &&
           bytes_of(opencl, round_up(columns, width) / width, *panel_stride, bytes);
}

/* rows x columns in panels of MR rows, padded to whole panels of theta^T, from whose columns they come. */
static bool in_mr_panels(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *row, size_t *panel_stride,
                         size_t *bytes)
{
    const size_t tall = opencl->native.rows, width = opencl->native.columns;
    if (columns > SIZE_MAX - width || rows > SIZE_MAX - tall) return false;
    *row = round_up(columns, width);
    return clmlp_multiply(*row, tall, panel_stride) && keep_apart(opencl, *panel_stride, panel_stride) &&
           bytes_of(opencl, round_up(rows, tall) / tall, *panel_stride, bytes);
}

bool clmlp_native_mr_panels(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *panel_stride,
                            size_t *bytes)
{
    size_t row = 0;
    return in_mr_panels(opencl, rows, columns, &row, panel_stride, bytes);
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
    return bytes_of(opencl, rows, *row, bytes);
}

static bool is_theta(clmlp_tensor_kind kind)
{
    return kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY;
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
    out->panel_stride = out->row;
    return fits ? CLMLP_OK : too_large(rows, columns, error);
}

/* The CPU family's layout. */
static clmlp_status lay_out(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                            layout *out, clmlp_error *error)
{
    const size_t width = columns + (clmlp_tensor_has_bias(kind) ? 1 : 0);
    bool fits = width >= columns;
    memset(out, 0, sizeof *out);
    if (opencl->native.family->row_major) return lay_out_rows(opencl, kind, rows, columns, out, error);
    out->row = opencl->native.columns;
    if (kind == CLMLP_TENSOR_ORDER) {
        out->row = 1;
        fits = clmlp_multiply(rows, sizeof(cl_uint), &out->bytes);
    } else if (is_theta(kind)) {
        fits = fits && in_nr_panels(opencl, columns, rows, &out->panel_stride, &out->bytes);
        if (kind == CLMLP_TENSOR_THETA) {
            fits = fits && in_nr_panels(opencl, rows, columns - 1, &out->copy_stride, &out->copy_bytes);
        }
    } else if (kind == CLMLP_TENSOR_MATRIX) {
        fits = fits && in_nr_panels(opencl, rows, width, &out->panel_stride, &out->bytes);
    } else if (kind == CLMLP_TENSOR_LAYER) {
        fits = fits && in_mr_panels(opencl, rows, width, &out->row, &out->panel_stride, &out->bytes);
    } else {
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

/* Element (row, column) of a matrix in panels of `width` columns. */
static size_t in_nr_panel(size_t row, size_t column, size_t width, size_t panel_stride)
{
    return column / width * panel_stride + row * width + column % width;
}

/* The same in panels of MR rows, in slices of VW columns. */
static size_t in_mr_panel(const clmlp_native *native, size_t row, size_t column, size_t panel_stride)
{
    const size_t tall = native->rows, wide = native->lanes;
    return row / tall * panel_stride + column / wide * tall * wide + row % tall * wide + column % wide;
}

static bool is_in_mr_panels(const clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor)
{
    return tensor->base.kind == CLMLP_TENSOR_LAYER && !opencl->native.family->row_major;
}

/* A matrix in the host's address space. On a device that shares the host's memory nothing is copied. */
static clmlp_status map(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t bytes, cl_map_flags how,
                        char **out, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    *out = clEnqueueMapBuffer(opencl->queue, tensor->buffer, CL_TRUE, how, 0, bytes, 0, NULL, NULL, &code);
    TRY_CL(opencl, code, "mapping a matrix", error);
    return CLMLP_OK;
}

static clmlp_status unmap(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, char *mapped, clmlp_error *error)
{
    TRY_CL(opencl, clEnqueueUnmapMemObject(opencl->queue, tensor->buffer, mapped, 0, NULL, NULL), "unmapping a matrix",
           error);
    return CLMLP_OK;
}

/* Set the bias units of a zeroed layer in panels of MR rows. */
static clmlp_status set_bias_units(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t rows, size_t column,
                                   clmlp_error *error)
{
    const size_t element = tensor->element, tall = opencl->native.rows;
    char *mapped = NULL;
    TRY(map(opencl, tensor, (rows + tall - 1) / tall * tensor->panel_stride * element, CL_MAP_READ | CL_MAP_WRITE,
            &mapped, error));
    for (size_t r = 0; r < rows; r++) {
        char *unit = mapped + in_mr_panel(&opencl->native, r, column, tensor->panel_stride) * element;
        memcpy(unit, element == sizeof(double) ? (const void *)&(double){1.0} : (const void *)&(float){1.0f}, element);
    }
    return unmap(opencl, tensor, mapped, error);
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
    tensor->panel_stride = l.panel_stride;
    tensor->copy_stride = l.copy_stride;
    tensor->element = kind == CLMLP_TENSOR_ORDER ? sizeof(cl_uint) : clmlp_precision_size(backend->precision);
    tensor->base.kind = kind;
    TRY_CLEANUP(create_zeroed(opencl, l.bytes, &tensor->buffer, error));
    if (l.copy_bytes > 0) TRY_CLEANUP(create_zeroed(opencl, l.copy_bytes, &tensor->copy, error));
    if (is_in_mr_panels(opencl, tensor)) {
        TRY_CLEANUP(set_bias_units(opencl, tensor, rows, columns, error));
    } else if (clmlp_tensor_has_bias(kind)) {
        TRY_CLEANUP(clmlp_opencl_set_bias_units(opencl, tensor, rows, columns, error));
    }
    *out = &tensor->base;
cleanup:
    if (status != CLMLP_OK) clmlp_opencl_tensor_destroy(backend, &tensor->base);
    return status;
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

/* Move theta [s_out x (s_in + 1)] between dense values, the bias in column 0, and panels of theta^T, the bias in its
 * last row. */
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
            char *packed = panels + in_nr_panel(row, j, width, tensor->panel_stride) * element;
            if (to_panels) {
                move_numbers(packed, element, dense, dense_step, count, element);
            } else {
                move_numbers(dense, dense_step, packed, element, count, element);
            }
        }
    }
}

/* theta without its bias, [s_out x s_in], in panels of NR columns. */
static void pack_copy(const clmlp_opencl_tensor *tensor, size_t width, const char *values, char *panels)
{
    const size_t s_out = tensor->base.rows, columns = tensor->base.columns, element = tensor->element;
    for (size_t j = 0; j < s_out; j++) {
        for (size_t i = 0; i + 1 < columns; i++) {
            memcpy(panels + in_nr_panel(j, i, width, tensor->copy_stride) * element,
                   values + (j * columns + i + 1) * element, element);
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

static clmlp_status read_theta(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, void *values,
                               clmlp_error *error)
{
    char *panels = NULL;
    layout l;
    TRY(lay_out(opencl, tensor->base.kind, tensor->base.rows, tensor->base.columns, &l, error));
    TRY(map(opencl, tensor, l.bytes, CL_MAP_READ, &panels, error));
    move_theta(tensor, tensor->stride, values, panels, false);
    return unmap(opencl, tensor, panels, error);
}

/* Rows of a matrix in panels of either kind, to the device from `from`, or from it to `to`. */
static clmlp_status move_rows(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t first, size_t rows,
                              const char *from, char *to, clmlp_error *error)
{
    const bool mr_panels = is_in_mr_panels(opencl, tensor);
    const size_t columns = tensor->base.columns, element = tensor->element, wide = opencl->native.columns;
    const size_t width = mr_panels ? opencl->native.lanes : wide;
    char *mapped = NULL;
    layout l;
    TRY(lay_out(opencl, tensor->base.kind, tensor->base.rows, columns, &l, error));
    TRY(map(opencl, tensor, l.bytes, to == NULL ? CL_MAP_READ | CL_MAP_WRITE : CL_MAP_READ, &mapped, error));
    for (size_t c = 0; c < columns; c += width) {
        const size_t part = (columns - c < width ? columns - c : width) * element;
        for (size_t r = 0; r < rows; r++) {
            char *here =
                mapped + element * (mr_panels ? in_mr_panel(&opencl->native, first + r, c, tensor->panel_stride)
                                              : in_nr_panel(first + r, c, wide, tensor->panel_stride));
            const size_t dense = (r * columns + c) * element;
            if (to != NULL) memcpy(to + dense, here, part);
            else memcpy(here, from + dense, part);
        }
    }
    return unmap(opencl, tensor, mapped, error);
}

/* Whether it is in panels. */
static bool is_in_panels(const clmlp_opencl *opencl, clmlp_tensor_kind kind)
{
    return !opencl->native.family->row_major && (kind == CLMLP_TENSOR_LAYER || kind == CLMLP_TENSOR_MATRIX);
}

clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *native = (clmlp_opencl_tensor *)tensor;
    clmlp_native_gather_reset(opencl);
    if (is_theta(tensor->kind)) return write_theta(opencl, native, values, error);
    if (is_in_panels(opencl, tensor->kind)) return move_rows(opencl, native, first, rows, values, NULL, error);
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
    if (is_in_panels(opencl, tensor->kind)) return move_rows(opencl, native, first, rows, NULL, values, error);
    return clmlp_opencl_tensor_read(backend, tensor, first, rows, values, error);
}
