/* tensor.c - matrices in the native layout: panels on CPUs, padded rows on GPUs. */
#include "backend/native/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "backend/native/cpu/scratch.h"
#include "backend/native/cpu/sparse.h"
#include "backend/native/layout.h"
#include "backend/opencl/borrow.h"
#include "base/memory.h"
#include "base/parallel.h"

/* Padding has to be 0 where it is multiplied with. */
static clmlp_status create_zeroed(clmlp_opencl *opencl, size_t bytes, cl_mem *out, clmlp_error *error)
{
    const cl_uint zero = 0;
    TRY(clmlp_opencl_create_buffer(opencl, bytes, out, error));
    TRY_CL(opencl, clEnqueueFillBuffer(opencl->queue, *out, &zero, sizeof zero, 0, bytes, 0, NULL, NULL),
           "clearing a matrix", error);
    return CLMLP_OK;
}

static bool is_in_mr_panels(const clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor)
{
    return tensor->base.kind == CLMLP_TENSOR_LAYER && !clmlp_native_of(opencl)->family->row_major;
}

/* A matrix in the host's address space. On a device that shares the host's memory nothing is copied. */
static clmlp_status map(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t bytes, cl_map_flags how,
                        char **out, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    *out = clEnqueueMapBuffer(opencl->queue, tensor->buffer, CL_TRUE, how, 0, bytes, 0, NULL, NULL, &code);
    code = clmlp_opencl_made(code, *out);
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
    const size_t element = tensor->element, tall = clmlp_native_of(opencl)->rows;
    char *mapped = NULL;
    TRY(map(opencl, tensor, (rows + tall - 1) / tall * tensor->panel_stride * element, CL_MAP_READ | CL_MAP_WRITE,
            &mapped, error));
    for (size_t r = 0; r < rows; r++) {
        char *unit =
            mapped + clmlp_native_in_mr_panel(clmlp_native_of(opencl), r, column, tensor->panel_stride) * element;
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
    clmlp_native_layout l;
    TRY(clmlp_native_lay_out(opencl, kind, rows, columns, &l, error));
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

enum {
    MOVED_TOGETHER = 16,  /* rows and columns of a block that is moved while it is in the nearest cache */
    LEAST_PIECE = 1 << 17 /* numbers that are worth a thread */
};

/* count numbers, `from_step` and `to_step` bytes apart. */
static void move_numbers(char *to, size_t to_step, const char *from, size_t from_step, size_t count, size_t element)
{
    if (element == sizeof(float)) {
        for (size_t i = 0; i < count; i++) memcpy(to + i * to_step, from + i * from_step, sizeof(float));
    } else {
        for (size_t i = 0; i < count; i++) memcpy(to + i * to_step, from + i * from_step, sizeof(double));
    }
}

/* Theta [s_out x (s_in + 1)], dense, the bias in column 0, and in panels of theta^T, the bias in its last row. */
typedef struct theta_move {
    const clmlp_opencl_tensor *tensor;
    size_t width; /* of a panel */
    char *values, *panels;
    bool to_panels;
} theta_move;

/* Panels first .. end - 1. */
static void move_panels(size_t piece, size_t first, size_t end, void *context)
{
    const theta_move *const m = context;
    const clmlp_opencl_tensor *const tensor = m->tensor;
    const size_t width = m->width, columns = tensor->base.columns, element = tensor->element;
    const size_t dense_step = columns * element, packed_step = width * element;
    const size_t last = clmlp_smaller(end * width, tensor->base.rows);
    char *const values = m->values, *const panels = m->panels;
    const bool to_panels = m->to_panels;
    (void)piece;
    for (size_t j = first * width, count = 0; j < last; j += count) {
        count = clmlp_smaller(clmlp_smaller(MOVED_TOGETHER, last - j), width - j % width);
        for (size_t c = 0, wide = 1; c < columns; c += wide, wide = MOVED_TOGETHER) { /* the bias by itself */
            const size_t row = c == 0 ? columns - 1 : c - 1;
            char *const dense = values + (j * columns + c) * element;
            char *const packed = panels + clmlp_native_in_nr_panel(row, j, width, tensor->panel_stride) * element;
            wide = clmlp_smaller(wide, columns - c);
            /* numbers that lie side by side are written, not read */
            for (size_t k = 0; k < wide && to_panels; k++) {
                move_numbers(packed + k * packed_step, element, dense + k * element, dense_step, count, element);
            }
            for (size_t k = 0; k < count && !to_panels; k++) {
                move_numbers(dense + k * dense_step, element, packed + k * element, packed_step, wide, element);
            }
        }
    }
}

static void move_theta(const clmlp_opencl_tensor *tensor, size_t width, char *values, char *panels, bool to_panels)
{
    theta_move m = {tensor, width, values, panels, to_panels};
    const size_t count = (tensor->base.rows + width - 1) / width;
    (void)clmlp_parallel(count, LEAST_PIECE / (width * tensor->base.columns) + 1, move_panels, &m);
}

/* theta without its bias, [s_out x s_in], in panels of NR columns. */
static void pack_copy(const clmlp_opencl_tensor *tensor, size_t width, const char *values, char *panels)
{
    const size_t s_out = tensor->base.rows, columns = tensor->base.columns, element = tensor->element;
    for (size_t j = 0; j < s_out; j++) {
        for (size_t i = 0; i + 1 < columns; i++) {
            memcpy(panels + clmlp_native_in_nr_panel(j, i, width, tensor->copy_stride) * element,
                   values + (j * columns + i + 1) * element, element);
        }
    }
}

static clmlp_status write_theta(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, const void *values,
                                clmlp_error *error)
{
    const size_t width = tensor->stride;
    char *staging = NULL, *dense = NULL;
    clmlp_native_layout l;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_native_lay_out(opencl, tensor->base.kind, tensor->base.rows, tensor->base.columns, &l, error));
    const size_t most = l.bytes > l.copy_bytes ? l.bytes : l.copy_bytes;
    TRY(clmlp_allocate(&staging, most, 1, "theta on its way to the device", error));
    memcpy(&dense, &values, sizeof dense); /* only read */
    move_theta(tensor, width, dense, staging, true);
    cl_int code = clEnqueueWriteBuffer(opencl->queue, tensor->buffer, CL_TRUE, 0, l.bytes, staging, 0, NULL, NULL);
    if (code == CL_SUCCESS && tensor->copy != NULL) {
        memset(staging, 0, most);
        pack_copy(tensor, clmlp_native_of(opencl)->columns, values, staging);
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
    clmlp_native_layout l;
    TRY(clmlp_native_lay_out(opencl, tensor->base.kind, tensor->base.rows, tensor->base.columns, &l, error));
    TRY(map(opencl, tensor, l.bytes, CL_MAP_READ, &panels, error));
    move_theta(tensor, tensor->stride, values, panels, false);
    return unmap(opencl, tensor, panels, error);
}

/* Rows of a matrix in panels of either kind, to the device from `from`, or from it to `to`. */
static clmlp_status move_rows(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t first, size_t rows,
                              const char *from, char *to, clmlp_error *error)
{
    const bool mr_panels = is_in_mr_panels(opencl, tensor);
    const clmlp_native *native = clmlp_native_of(opencl);
    const size_t columns = tensor->base.columns, element = tensor->element, wide = native->columns;
    const size_t width = mr_panels ? native->lanes : wide;
    char *mapped = NULL;
    clmlp_native_layout l;
    TRY(clmlp_native_lay_out(opencl, tensor->base.kind, tensor->base.rows, columns, &l, error));
    TRY(map(opencl, tensor, l.bytes, to == NULL ? CL_MAP_READ | CL_MAP_WRITE : CL_MAP_READ, &mapped, error));
    for (size_t c = 0; c < columns; c += width) {
        const size_t part = (columns - c < width ? columns - c : width) * element;
        for (size_t r = 0; r < rows; r++) {
            char *here =
                mapped + element * (mr_panels ? clmlp_native_in_mr_panel(native, first + r, c, tensor->panel_stride)
                                              : clmlp_native_in_nr_panel(first + r, c, wide, tensor->panel_stride));
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
    return !clmlp_native_of(opencl)->family->row_major && (kind == CLMLP_TENSOR_LAYER || kind == CLMLP_TENSOR_MATRIX);
}

clmlp_status clmlp_native_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *native = (clmlp_opencl_tensor *)tensor;
    clmlp_native_gather_reset(opencl);
    if (clmlp_native_is_theta(tensor->kind)) return write_theta(opencl, native, values, error);
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
    if (clmlp_native_is_theta(tensor->kind)) return read_theta(opencl, native, values, error);
    if (is_in_panels(opencl, tensor->kind)) return move_rows(opencl, native, first, rows, NULL, values, error);
    return clmlp_opencl_tensor_read(backend, tensor, first, rows, values, error);
}

/* --- lending ---------------------------------------------------------------------------------------------------- */

/* Room for the matrix without padding, for the dense view and for what a copy of theta is made of. */
static clmlp_status make_dense(const clmlp_opencl_tensor *tensor, clmlp_error *error)
{
    clmlp_opencl_loan *const loan = tensor->loan;
    size_t count = 0;
    if (loan->dense != NULL) return CLMLP_OK;
    if (!clmlp_multiply(tensor->base.rows, tensor->base.columns, &count)) count = SIZE_MAX; /* which cannot be had */
    return clmlp_allocate(&loan->dense, count, tensor->element, "a matrix for the host", error);
}

clmlp_status clmlp_native_borrow_wait(clmlp_backend *backend, clmlp_tensor *base, clmlp_view view, clmlp_loan *out,
                                      clmlp_error *error)
{
    clmlp_opencl_tensor *const tensor = (clmlp_opencl_tensor *)base;
    TRY(clmlp_opencl_borrow_wait(backend, base, view, out, error));
    clmlp_opencl_loan *const loan = tensor->loan;
    if (view == CLMLP_VIEW_DENSE || tensor->copy != NULL) {
        const clmlp_status status = make_dense(tensor, error);
        if (status != CLMLP_OK) (void)clmlp_opencl_borrow_end(backend, base, false, NULL);
        if (status != CLMLP_OK) return status;
    }
    if (view == CLMLP_VIEW_AS_IT_LIES) {
        *out = (clmlp_loan){.values = loan->memory, .count = loan->bytes / tensor->element, .width = tensor->stride,
                            .panel = tensor->panel_stride, .row = tensor->stride, .bias_last = true};
        return CLMLP_OK;
    }
    if (!loan->is_dense) move_theta(tensor, tensor->stride, loan->dense, loan->memory, false);
    loan->is_dense = true;
    out->values = loan->dense;
    return CLMLP_OK;
}

/* What was changed in the view that the host had becomes the matrix, and the copy of theta with it. */
clmlp_status clmlp_native_borrow_end(clmlp_backend *backend, clmlp_tensor *base, bool changed, clmlp_error *error)
{
    const clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *const tensor = (clmlp_opencl_tensor *)base;
    clmlp_opencl_loan *const loan = tensor->loan;
    if (changed && loan != NULL && loan->lent && loan->waited) {
        if (loan->is_dense) move_theta(tensor, tensor->stride, loan->dense, loan->memory, true);
        else if (loan->copy != NULL) move_theta(tensor, tensor->stride, loan->dense, loan->memory, false);
        if (loan->copy != NULL) {
            pack_copy(tensor, clmlp_native_of(opencl)->columns, loan->dense, loan->copy);
        }
    }
    return clmlp_opencl_borrow_end(backend, base, changed, error);
}
