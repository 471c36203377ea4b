/* product.c - a product by CLBlast, divided where one launch would take too long. */
#include "backend/clblast/product.h"

#include <clblast_c.h>
#include <math.h>

#include "backend/clblast/process.h"
#include "backend/opencl/pace.h"
#include "base/memory.h"

typedef clmlp_factor factor;

factor clmlp_factor_of(const clmlp_tensor *tensor, size_t first, bool transposed)
{
    const clmlp_opencl_tensor *matrix = (const clmlp_opencl_tensor *)tensor;
    return (factor){matrix->buffer, first, matrix->stride, transposed};
}

static CLBlastTranspose transpose_of(const factor *f)
{
    return f->transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
}

static const char *name_of(const factor *a, const factor *b)
{
    static const char *const names[] = {"clblast_gemm_nn", "clblast_gemm_nt", "clblast_gemm_tn", "clblast_gemm_tt"};
    return names[2 * a->transposed + b->transposed];
}

/* In one product. CLBlast does best in column-major order, where the same memory reads C^T = B^T A^T: hence the
 * exchange. */
static clmlp_status multiply(clmlp_opencl *opencl, size_t m, size_t n, size_t k, double scale, factor a, factor b,
                             factor c, clmlp_error *error)
{
    CLBlastStatusCode code = CLBlastSuccess;
    opencl->profile.flops = 2.0 * (double)m * (double)n * (double)k;
    clmlp_clblast_enter();
    if (opencl->base.precision == CLMLP_F64) {
        code = CLBlastDgemm(CLBlastLayoutColMajor, transpose_of(&b), transpose_of(&a), n, m, k, scale, b.buffer,
                            b.first, b.stride, a.buffer, a.first, a.stride, 0.0, c.buffer, c.first, c.stride,
                            &opencl->queue, clmlp_opencl_event(opencl));
    } else {
        code = CLBlastSgemm(CLBlastLayoutColMajor, transpose_of(&b), transpose_of(&a), n, m, k, (float)scale, b.buffer,
                            b.first, b.stride, a.buffer, a.first, a.stride, 0.0f, c.buffer, c.first, c.stride,
                            &opencl->queue, clmlp_opencl_event(opencl));
    }
    clmlp_clblast_leave();
    TRY(clmlp_clblast_check(opencl, (int)code, "CLBlast's GEMM", error));
    return clmlp_opencl_record(opencl, name_of(&a, &b), error);
}

/* Whether CLBlast takes its kernel for large products for one of `side`, which is odd: it has copies made, of whole
 * tiles, where the kernel for small ones needs none. */
static clmlp_status is_large(clmlp_opencl *opencl, size_t side, bool *large, clmlp_error *error)
{
    size_t bytes = 0;
    CLBlastStatusCode code = CLBlastSuccess;
    const CLBlastLayout layout = CLBlastLayoutColMajor;
    const CLBlastTranspose as_is = CLBlastTransposeNo;
    const size_t n = side;
    clmlp_clblast_enter();
    if (opencl->base.precision == CLMLP_F64) {
        code = CLBlastDGemmTempBufferSize(layout, as_is, as_is, n, n, n, 0, n, 0, n, 0, n, &opencl->queue, &bytes);
    } else {
        code = CLBlastSGemmTempBufferSize(layout, as_is, as_is, n, n, n, 0, n, 0, n, 0, n, &opencl->queue, &bytes);
    }
    clmlp_clblast_leave();
    TRY(clmlp_clblast_check(opencl, (int)code, "asking CLBlast for its kernel", error));
    *large = bytes > 0;
    return CLMLP_OK;
}

/* m n k below which all products have the kernel for small ones, and from which on all have the other. */
static clmlp_status find_kernels(clmlp_opencl *opencl, double *below, double *from, clmlp_error *error)
{
    clmlp_opencl_paces *const paces = &opencl->paces;
    size_t small = 0, large = 8192; /* side (2 i + 1) of the largest small and the smallest large one */
    while (paces->large_side == 0 && large - small > 1) {
        const size_t middle = (small + large) / 2;
        bool is = false;
        TRY(is_large(opencl, 2 * middle + 1, &is, error));
        if (is) large = middle;
        else small = middle;
    }
    if (paces->large_side == 0) paces->large_side = 2 * large + 1;
    const double side = (double)paces->large_side;
    *below = (side - 2.0) * (side - 2.0) * (side - 2.0);
    *from = side * side * side;
    return CLMLP_OK;
}

/* The fewest rows of C that have the same kernel as all of them. */
static clmlp_status least_rows(clmlp_opencl *opencl, size_t m, size_t n, size_t k, size_t *rows, clmlp_error *error)
{
    double below = 0.0, from = 0.0;
    const double all = (double)m * (double)n * (double)k;
    TRY(find_kernels(opencl, &below, &from, error));
    *rows = 1;
    if (all < below) return CLMLP_OK;
    *rows = all < from ? m : clmlp_smaller(m, (size_t)ceil(from / ((double)n * (double)k)));
    return CLMLP_OK;
}

clmlp_status clmlp_gemm(clmlp_opencl *opencl, size_t m, size_t n, size_t k, double scale, factor a, factor b, factor c,
                        clmlp_error *error)
{
    const char *const name = name_of(&a, &b);
    const double row = 2.0 * (double)n * (double)k;
    size_t least = 0;
    if (opencl->paces.most <= 0.0) return multiply(opencl, m, n, k, scale, a, b, c, error);
    TRY(least_rows(opencl, m, n, k, &least, error));
    for (size_t left = m; left > 0;) {
        clmlp_opencl_turn turn;
        TRY(clmlp_opencl_pace_begin(opencl, name, row * (double)left, &turn, error));
        const double allowed = floor(turn.work / row);
        size_t rows = allowed >= (double)left ? left : clmlp_larger((size_t)allowed, least);
        if (rows > left || left - rows < least) rows = left;
        TRY(multiply(opencl, rows, n, k, scale, a, b, c, error));
        TRY(clmlp_opencl_pace_end(opencl, name, &turn, row * (double)rows, row * (double)left, error));
        a.first += a.transposed ? rows : rows * a.stride;
        c.first += rows * c.stride;
        left -= rows;
    }
    return CLMLP_OK;
}
