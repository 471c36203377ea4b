/* sparse.c - input rows compressed to their nonzeros, where a sample says it pays.
 *
 * The sample is taken when data is written: the share of nonzero indices that a product would be left with. The
 * kernels are in kernels/native_cpu/sparse.cl.
 */
#include "backend/native/cpu/sparse.h"

#include "backend/native/layout.h"
#include "common/codes.h"

/* Compressing an index costs about as much as two tiles side by side spend on it. A batch should not take much more
 * memory than it has to. */
static const double WORTH = 2.5;
enum { FIRST_PANELS = 16, MORE_PANELS = 2, MOST_BYTES = 64 << 20 };

/* Whether one of `count` numbers, `step` apart, is not 0. */
static bool any_of(const void *values, size_t at, size_t step, size_t count, clmlp_precision precision)
{
    bool found = false;
    if (precision == CLMLP_F64) {
        for (size_t i = 0; i < count; i++) found |= ((const double *)values)[at + i * step] != 0.0;
    } else {
        for (size_t i = 0; i < count; i++) found |= ((const float *)values)[at + i * step] != 0.0f;
    }
    return found;
}

/* The shares of indices that are nonzero in a panel of `tall` rows and all columns, for z and for the gradient. */
static void sample_panel(const void *values, size_t row, size_t columns, size_t tall, clmlp_precision precision,
                         double filled[2])
{
    const size_t wide = (columns + tall - 1) / tall;
    size_t left[2] = {0, 0};
    for (size_t c = 0; c < columns; c++) {
        left[CLMLP_FOR_Z] += any_of(values, row * columns + c, columns, tall, precision);
    }
    for (size_t r = row; r < row + tall; r++) {
        for (size_t c = 0; c < columns; c += tall) {
            const size_t count = columns - c < tall ? columns - c : tall;
            left[CLMLP_FOR_GRADIENT] += any_of(values, r * columns + c, 1, count, precision);
        }
    }
    filled[CLMLP_FOR_Z] = (double)left[CLMLP_FOR_Z] / (double)columns;
    filled[CLMLP_FOR_GRADIENT] = (double)left[CLMLP_FOR_GRADIENT] / (double)(wide * tall);
}

void clmlp_native_sample(const clmlp_opencl *opencl, clmlp_opencl_tensor *x, bool anew, size_t rows, const void *values)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    const size_t tall = rows < native->rows ? rows : native->rows;
    if (native->compressed[0].compress == NULL || x->base.kind != CLMLP_TENSOR_INPUT || rows == 0) return;
    if (anew) x->looked_at = 0;
    const size_t all = rows / tall, most = x->looked_at == 0 ? FIRST_PANELS : MORE_PANELS;
    const size_t panels = all < most ? all : most;
    for (size_t b = 0; b < panels; b++) {
        double filled[2];
        sample_panel(values, b * all / panels * tall, x->base.columns, tall, opencl->base.precision, filled);
        x->looked_at++;
        for (size_t use = 0; use < 2; use++) {
            if (x->looked_at == 1) x->filled[use] = 0.0;
            x->filled[use] += (filled[use] - x->filled[use]) / (double)x->looked_at;
        }
    }
}

static bool is_worth_while(const clmlp_opencl *opencl, const clmlp_opencl_tensor *x, size_t s_out,
                           clmlp_native_use use)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    if (native->compressed[use].compress == NULL || x->base.kind != CLMLP_TENSOR_INPUT) return false;
    if (native->sparse_wanted != 0) return native->sparse_wanted > 0;
    const double nr_panels = (double)((s_out + native->columns - 1) / native->columns);
    return x->looked_at > 0 && (1.0 - x->filled[use]) * nr_panels >= WORTH;
}

double clmlp_native_share(const clmlp_opencl *opencl, const clmlp_tensor *a, size_t s_out, clmlp_native_use use)
{
    const clmlp_opencl_tensor *x = (const clmlp_opencl_tensor *)a;
    return is_worth_while(opencl, x, s_out, use) && x->looked_at > 0 ? x->filled[use] : 1.0;
}

/* Panels of rows or columns, and indices of each. */
static void count_panels(const clmlp_opencl *opencl, size_t width, size_t M, clmlp_native_use use, size_t *panels,
                         size_t *length)
{
    const size_t of = use == CLMLP_FOR_Z ? M : width + 1;
    *panels = (of + clmlp_native_of(opencl)->rows - 1) / clmlp_native_of(opencl)->rows;
    *length = use == CLMLP_FOR_Z ? width : M;
}

bool clmlp_native_compressed_scratch(clmlp_opencl *opencl, const clmlp_tensor *a, size_t M, size_t s_out,
                                     clmlp_native_use use, clmlp_native_rows *out)
{
    const clmlp_opencl_tensor *x = (const clmlp_opencl_tensor *)a;
    struct clmlp_native_compressed *to = &clmlp_native_of(opencl)->compressed[use];
    size_t panels = 0, length = 0;
    *out = (clmlp_native_rows){.buffer = NULL};
    if (!is_worth_while(opencl, x, s_out, use)) return false;
    count_panels(opencl, x->base.columns, M, use, &panels, &length);
    const clmlp_native *native = clmlp_native_of(opencl);
    const size_t values = native->rows * (length + 1) + native->lanes, indices = length + 2;
    if (panels > MOST_BYTES / x->element / values) return false;
    const size_t bytes = (panels * values + clmlp_native_tail(opencl)) * x->element;
    if (!clmlp_native_scratch_reserve(opencl, &to->values, bytes, &to->cache_key) ||
        !clmlp_native_scratch_reserve(opencl, &to->indices, panels * indices * sizeof(cl_uint), &to->cache_key)) {
        return false;
    }
    *out = (clmlp_native_rows){
        .buffer = to->values.buffer, .indices = to->indices.buffer, .row = indices, .panel_stride = values};
    return true;
}

clmlp_status clmlp_native_compress(clmlp_opencl *opencl, const clmlp_tensor *a, clmlp_rows rows, size_t M,
                                   clmlp_native_use use, const clmlp_native_rows *to, clmlp_error *error)
{
    const clmlp_opencl_tensor *x = (const clmlp_opencl_tensor *)a;
    struct clmlp_native_compressed *compressed = &clmlp_native_of(opencl)->compressed[use];
    const cl_mem order = clmlp_opencl_buffer(rows.order);
    const clmlp_opencl_cache_key wanted = {x->buffer, order, rows.first, M};
    size_t panels = 0, length = 0;
    if (clmlp_native_is_cached(&compressed->cache_key, &wanted)) return CLMLP_OK;
    count_panels(opencl, a->columns, M, use, &panels, &length);
    const bool z = use == CLMLP_FOR_Z;
    const clmlp_launch launch = {.kernel = compressed->compress,
                                 .interface = z ? clmlp_interface_cpu_compress_rows
                                                : clmlp_interface_cpu_compress_columns,
                                 .global = {z ? panels : (panels + COMPRESS_PANELS - 1) / COMPRESS_PANELS, 1},
                                 .local = {1, 1}};
    const clmlp_cpu_compress_rows_arguments arguments = {
        .x = x->buffer, .x_row = x->stride, .order = order, .first = rows.first, .M = M, .width = a->columns,
        .values = to->buffer, .values_stride = to->panel_stride, .indices = to->indices, .indices_stride = to->row};
    TRY(clmlp_opencl_enqueue(opencl, &launch, &arguments, error));
    compressed->cache_key = wanted;
    return CLMLP_OK;
}

clmlp_status clmlp_native_sparse_create(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    TRY(clmlp_native_wanted(CLMLP_SWITCH_NATIVE_SPARSE, &native->sparse_wanted, error));
    TRY(clmlp_opencl_create_kernel(opencl, native->program, "cpu_compress_rows",
                                   &native->compressed[CLMLP_FOR_Z].compress, error));
    TRY(clmlp_opencl_create_kernel(opencl, native->program, "cpu_compress_columns",
                                   &native->compressed[CLMLP_FOR_GRADIENT].compress, error));
    return CLMLP_OK;
}

void clmlp_native_sparse_release(clmlp_opencl *opencl)
{
    for (size_t use = 0; use < 2; use++) {
        struct clmlp_native_compressed *compressed = &clmlp_native_of(opencl)->compressed[use];
        if (compressed->compress != NULL) (void)clReleaseKernel(compressed->compress);
        compressed->compress = NULL;
        clmlp_native_scratch_release(opencl, &compressed->values);
        clmlp_native_scratch_release(opencl, &compressed->indices);
    }
}
