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

/* How a matrix lies in memory; see kernels/native_cpu/layers.cl and native_gpu.cl. */
typedef struct layout {
    size_t row, bytes; /* numbers of a row, or of a strip's, with padding; bytes in all */
    size_t piece;      /* what kernels take: numbers between strips or blocks, 0: row-major; GPU family: of a row */
    size_t copy_piece, copy_bytes;
} layout;

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Bytes of so many pieces. */
static bool bytes_of(const clmlp_opencl *opencl, size_t pieces, size_t piece, size_t *bytes)
{
    const size_t element = clmlp_precision_size(opencl->base.precision);
    size_t elements = 0;
    return clmlp_multiply(pieces, piece, &elements) && clmlp_add(elements, clmlp_native_tail(opencl), &elements) &&
           clmlp_multiply(elements, element, bytes);
}

/* The distance of pieces that are `piece` long. A tile reads a little of every strip (of every block, for the gradient),
 * and where they are whole pages apart those parts compete for a few lines of each cache: then 1 KiB more. */
static bool keep_apart(const clmlp_opencl *opencl, size_t piece, size_t *distance)
{
    const size_t element = clmlp_precision_size(opencl->base.precision), page = 4096 / element;
    const bool compete = piece % page == 0 && piece >= 4 * page;
    return clmlp_add(piece, compete ? page / 4 : 0, distance);
}

/* rows x columns in strips. */
static bool in_strips(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *strip, size_t *bytes)
{
    const size_t width = opencl->native.columns;
    return columns <= SIZE_MAX - width && clmlp_multiply(rows, width, strip) && keep_apart(opencl, *strip, strip) &&
           bytes_of(opencl, round_up(columns, width) / width, *strip, bytes);
}

/* rows x columns in blocks of rows, as wide as the strips of theta^T that they come from. */
static bool in_blocks(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *row, size_t *block, size_t *bytes)
{
    const size_t tall = opencl->native.rows, width = opencl->native.columns;
    if (columns > SIZE_MAX - width || rows > SIZE_MAX - tall) return false;
    *row = round_up(columns, width);
    return clmlp_multiply(*row, tall, block) && keep_apart(opencl, *block, block) &&
           bytes_of(opencl, round_up(rows, tall) / tall, *block, bytes);
}

bool clmlp_native_blocks(const clmlp_opencl *opencl, size_t rows, size_t columns, size_t *block, size_t *bytes)
{
    size_t row = 0;
    return in_blocks(opencl, rows, columns, &row, block, bytes);
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
    out->piece = out->row;
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
        fits = fits && in_strips(opencl, columns, rows, &out->piece, &out->bytes);
        if (kind == CLMLP_TENSOR_THETA) {
            fits = fits && in_strips(opencl, rows, columns - 1, &out->copy_piece, &out->copy_bytes);
        }
    } else if (kind == CLMLP_TENSOR_MATRIX) {
        fits = fits && in_strips(opencl, rows, width, &out->piece, &out->bytes);
    } else if (kind == CLMLP_TENSOR_LAYER) {
        fits = fits && in_blocks(opencl, rows, width, &out->row, &out->piece, &out->bytes);
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

/* Element (row, column) of a matrix in strips of `width` columns. */
static size_t in_strip(size_t row, size_t column, size_t width, size_t strip)
{
    return column / width * strip + row * width + column % width;
}

/* The same in blocks of MR rows, in pieces of VW columns. */
static size_t in_block(const clmlp_native *native, size_t row, size_t column, size_t block)
{
    const size_t tall = native->rows, wide = native->lanes;
    return row / tall * block + column / wide * tall * wide + row % tall * wide + column % wide;
}

static bool is_in_blocks(const clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor)
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

/* The bias units of a layer in blocks, which is zeroed. */
static clmlp_status set_bias_units(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t rows, size_t column,
                                   clmlp_error *error)
{
    const size_t element = tensor->element, tall = opencl->native.rows;
    char *mapped = NULL;
    TRY(map(opencl, tensor, (rows + tall - 1) / tall * tensor->piece * element, CL_MAP_READ | CL_MAP_WRITE, &mapped,
            error));
    for (size_t r = 0; r < rows; r++) {
        char *unit = mapped + in_block(&opencl->native, r, column, tensor->piece) * element;
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
    tensor->piece = l.piece;
    tensor->copy_piece = l.copy_piece;
    tensor->element = kind == CLMLP_TENSOR_ORDER ? sizeof(cl_uint) : clmlp_precision_size(backend->precision);
    tensor->base.kind = kind;
    TRY_CLEANUP(create_zeroed(opencl, l.bytes, &tensor->buffer, error));
    if (l.copy_bytes > 0) TRY_CLEANUP(create_zeroed(opencl, l.copy_bytes, &tensor->copy, error));
    if (is_in_blocks(opencl, tensor)) {
        TRY_CLEANUP(set_bias_units(opencl, tensor, rows, columns, error));
    } else if (clmlp_tensor_has_bias(kind)) {
        TRY_CLEANUP(clmlp_opencl_set_bias_units(opencl, tensor, rows, columns, error));
    }
    *out = &tensor->base;
cleanup:
    if (status != CLMLP_OK) clmlp_opencl_tensor_destroy(backend, &tensor->base);
    return status;
}

enum { MOVED_TOGETHER = 16 }; /* columns of strips: as many rows of dense values are written side by side */

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
 * values and strips, one way or the other. */
static void move_theta(const clmlp_opencl_tensor *tensor, size_t width, char *values, char *strips, bool to_strips)
{
    const size_t s_out = tensor->base.rows, columns = tensor->base.columns, element = tensor->element;
    const size_t dense_step = columns * element;
    for (size_t j = 0, count = 0; j < s_out; j += count) {
        count = s_out - j < MOVED_TOGETHER ? s_out - j : MOVED_TOGETHER;
        if (count > width - j % width) count = width - j % width;
        for (size_t c = 0; c < columns; c++) {
            const size_t row = c == 0 ? columns - 1 : c - 1;
            char *dense = values + (j * columns + c) * element;
            char *packed = strips + in_strip(row, j, width, tensor->piece) * element;
            if (to_strips) {
                move_numbers(packed, element, dense, dense_step, count, element);
            } else {
                move_numbers(dense, dense_step, packed, element, count, element);
            }
        }
    }
}

/* theta without its bias, [s_out x s_in], in strips. */
static void pack_copy(const clmlp_opencl_tensor *tensor, size_t width, const char *values, char *strips)
{
    const size_t s_out = tensor->base.rows, columns = tensor->base.columns, element = tensor->element;
    for (size_t j = 0; j < s_out; j++) {
        for (size_t i = 0; i + 1 < columns; i++) {
            memcpy(strips + in_strip(j, i, width, tensor->copy_piece) * element, values + (j * columns + i + 1) * element,
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

static clmlp_status read_theta(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, void *values,
                               clmlp_error *error)
{
    char *strips = NULL;
    layout l;
    TRY(lay_out(opencl, tensor->base.kind, tensor->base.rows, tensor->base.columns, &l, error));
    TRY(map(opencl, tensor, l.bytes, CL_MAP_READ, &strips, error));
    move_theta(tensor, tensor->stride, values, strips, false);
    return unmap(opencl, tensor, strips, error);
}

/* Rows of a layer or of a matrix in strips, to the device from `from`, or from it to `to`. */
static clmlp_status move_rows(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t first, size_t rows,
                              const char *from, char *to, clmlp_error *error)
{
    const bool blocks = is_in_blocks(opencl, tensor);
    const size_t columns = tensor->base.columns, element = tensor->element, strip = opencl->native.columns;
    const size_t width = blocks ? opencl->native.lanes : strip;
    char *mapped = NULL;
    layout l;
    TRY(lay_out(opencl, tensor->base.kind, tensor->base.rows, columns, &l, error));
    TRY(map(opencl, tensor, l.bytes, to == NULL ? CL_MAP_READ | CL_MAP_WRITE : CL_MAP_READ, &mapped, error));
    for (size_t c = 0; c < columns; c += width) {
        const size_t part = (columns - c < width ? columns - c : width) * element;
        for (size_t r = 0; r < rows; r++) {
            char *here = mapped + element * (blocks ? in_block(&opencl->native, first + r, c, tensor->piece)
                                                    : in_strip(first + r, c, strip, tensor->piece));
            const size_t dense = (r * columns + c) * element;
            if (to != NULL) memcpy(to + dense, here, part);
            else memcpy(here, from + dense, part);
        }
    }
    return unmap(opencl, tensor, mapped, error);
}

/* Into strips or blocks. */
static bool is_cut(const clmlp_opencl *opencl, clmlp_tensor_kind kind)
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
    if (is_cut(opencl, tensor->kind)) return move_rows(opencl, native, first, rows, values, NULL, error);
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
    if (is_cut(opencl, tensor->kind)) return move_rows(opencl, native, first, rows, NULL, values, error);
    return clmlp_opencl_tensor_read(backend, tensor, first, rows, values, error);
}
