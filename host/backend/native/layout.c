/* layout.c - how the matrices of both families lie in memory. */
#include "backend/native/layout.h"

#include <string.h>

#include "base/memory.h"

size_t clmlp_native_tail(const clmlp_opencl *opencl)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    const size_t wide = native->rows + native->lanes, most = wide > native->columns ? wide : native->columns;
    return native->family->row_major ? 0 : native->rows * most + native->lanes;
}

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
    const size_t width = clmlp_native_of(opencl)->columns;
    return columns <= SIZE_MAX - width && clmlp_multiply(rows, width, panel_stride) &&
           keep_apart(opencl, *panel_stride, panel_stride) &&
           bytes_of(opencl, round_up(columns, width) / width, *panel_stride, bytes);
}

/* rows x columns in panels of MR rows, padded to whole panels of theta^T, from whose columns they come. */
static bool in_mr_panels(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *row, size_t *panel_stride,
                         size_t *bytes)
{
    const size_t tall = clmlp_native_of(opencl)->rows, width = clmlp_native_of(opencl)->columns;
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
    const size_t unit = line > clmlp_native_of(opencl)->lanes ? line : clmlp_native_of(opencl)->lanes;
    size_t elements = 0;
    if (!clmlp_add(columns, 2 * unit, &elements)) return false;
    *row = round_up(columns, unit);
    if (*row * element % 1024 == 0) *row += unit;
    return bytes_of(opencl, rows, *row, bytes);
}

/* Row-major without padding: read number by number. */
static bool in_dense_rows(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *row, size_t *bytes)
{
    *row = columns;
    return bytes_of(opencl, rows, columns, bytes);
}

bool clmlp_native_is_theta(clmlp_tensor_kind kind)
{
    return kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY;
}

static clmlp_status too_large(size_t rows, size_t columns, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is larger than memory can be", rows, columns);
}

/* The GPU family's layout. Its kernels count rows and columns with 31 bits, and vectors of 4 numbers with 32. */
static clmlp_status lay_out_rows(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 clmlp_native_layout *out, clmlp_error *error)
{
    const size_t most = INT32_MAX - 4096;
    bool fits = rows <= most && columns <= most;
    if (kind == CLMLP_TENSOR_ORDER) {
        out->row = 1;
        fits = clmlp_multiply(rows, sizeof(cl_uint), &out->bytes);
    } else if (kind == CLMLP_TENSOR_WEIGHT) {
        fits = fits && in_dense_rows(opencl, rows, columns, &out->row, &out->bytes);
    } else if (clmlp_native_is_theta(kind)) {
        fits = fits && in_rows(opencl, columns, rows, &out->row, &out->bytes);
    } else {
        const size_t width = columns + (clmlp_tensor_has_bias(kind) ? 1 : 0);
        fits = fits && in_rows(opencl, rows, width, &out->row, &out->bytes);
    }
    out->panel_stride = out->row;
    fits = fits && out->bytes / clmlp_precision_size(opencl->base.precision) / 4 <= UINT32_MAX;
    return fits ? CLMLP_OK : too_large(rows, columns, error);
}

/* The CPU family's layout. */
clmlp_status clmlp_native_lay_out(const clmlp_opencl *opencl, clmlp_tensor_kind kind, size_t rows, size_t columns,
                            clmlp_native_layout *out, clmlp_error *error)
{
    const size_t width = columns + (clmlp_tensor_has_bias(kind) ? 1 : 0);
    bool fits = width >= columns;
    memset(out, 0, sizeof *out);
    if (clmlp_native_of(opencl)->family->row_major) return lay_out_rows(opencl, kind, rows, columns, out, error);
    out->row = clmlp_native_of(opencl)->columns;
    if (kind == CLMLP_TENSOR_ORDER) {
        out->row = 1;
        fits = clmlp_multiply(rows, sizeof(cl_uint), &out->bytes);
    } else if (clmlp_native_is_theta(kind)) {
        fits = fits && in_nr_panels(opencl, columns, rows, &out->panel_stride, &out->bytes);
        if (kind == CLMLP_TENSOR_THETA) {
            fits = fits && in_nr_panels(opencl, rows, columns - 1, &out->copy_stride, &out->copy_bytes);
        }
    } else if (kind == CLMLP_TENSOR_MATRIX) {
        fits = fits && in_nr_panels(opencl, rows, width, &out->panel_stride, &out->bytes);
    } else if (kind == CLMLP_TENSOR_LAYER) {
        fits = fits && in_mr_panels(opencl, rows, width, &out->row, &out->panel_stride, &out->bytes);
    } else if (kind == CLMLP_TENSOR_WEIGHT) {
        fits = in_dense_rows(opencl, rows, width, &out->row, &out->bytes);
    } else {
        fits = fits && in_rows(opencl, rows, width, &out->row, &out->bytes);
    }
    return fits ? CLMLP_OK : too_large(rows, columns, error);
}

clmlp_status clmlp_native_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error)
{
    clmlp_native_layout l;
    TRY(clmlp_native_lay_out((const clmlp_opencl *)backend, kind, rows, columns, &l, error));
    return clmlp_add(l.bytes, l.copy_bytes, bytes) ? CLMLP_OK : too_large(rows, columns, error);
}

/* theta^T: its rows are s_in + 1, the bias last, and its columns s_out, cut into panels, or row by row. */
clmlp_opencl_span clmlp_native_span(const clmlp_opencl *opencl, const clmlp_tensor *tensor, bool bias)
{
    const size_t stride = ((const clmlp_opencl_tensor *)tensor)->panel_stride;
    const size_t rows = tensor->columns - (bias ? 0 : 1), columns = tensor->rows;
    const size_t width = clmlp_native_of(opencl)->columns;
    if (clmlp_native_of(opencl)->family->row_major) {
        return (clmlp_opencl_span){.panels = rows, .stride = stride, .extent = columns, .width = 1, .last = 1};
    }
    const size_t panels = (columns + width - 1) / width;
    return (clmlp_opencl_span){.panels = panels, .stride = stride, .extent = rows * width, .width = width,
                               .last = columns - (panels - 1) * width};
}
