/* equations.c - the five equations as CLBlast products and the plain elementwise kernels. */
#include <clblast_c.h>

#include "backend/clblast/clblast.h"
#include "backend/clblast/process.h"
#include "common/codes.h"

/* A factor of a product: row-major, `stride` elements between rows, from element `first` on. */
typedef struct factor {
    cl_mem buffer;
    size_t first, stride;
    bool transposed;
} factor;

static factor factor_of(const clmlp_tensor *tensor, size_t first, bool transposed)
{
    const clmlp_opencl_tensor *matrix = (const clmlp_opencl_tensor *)tensor;
    return (factor){matrix->buffer, first, matrix->stride, transposed};
}

static CLBlastTranspose transpose_of(const factor *f)
{
    return f->transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
}

/* C [m x n] = scale A B, A [m x k] and B [k x n] after transposition. CLBlast does best in column-major
 * order, where the same memory reads C^T = B^T A^T: hence the exchange. */
static clmlp_status multiply(clmlp_opencl *opencl, size_t m, size_t n, size_t k, double scale, factor a, factor b,
                             factor c, clmlp_error *error)
{
    static const char *const names[] = {"clblast_gemm_nn", "clblast_gemm_nt", "clblast_gemm_tn", "clblast_gemm_tt"};
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
    return clmlp_opencl_record(opencl, names[2 * a.transposed + b.transposed], error);
}

/* z = [1 a] theta^T */
static clmlp_status forward_product(clmlp_opencl *opencl, size_t M, size_t s_in, size_t s_out, const clmlp_tensor *a,
                                    const clmlp_tensor *theta, const clmlp_tensor *z, clmlp_error *error)
{
    return multiply(opencl, M, s_out, s_in + 1, 1.0, factor_of(a, 0, false), factor_of(theta, 0, true),
                    factor_of(z, ((const clmlp_opencl_tensor *)z)->first, false), error);
}

clmlp_status clmlp_clblast_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    /* without a z of its own, z is computed where a(l+1) goes, and g applied in place */
    const clmlp_tensor *product = args->z != NULL ? args->z : args->a_out;
    const clmlp_opencl_tensor *z = (const clmlp_opencl_tensor *)product;
    TRY(forward_product(opencl, args->M, args->s_in, args->s_out, args->a_in, args->theta, product, error));

    const cl_mem a = clmlp_opencl_buffer(args->a_out);
    const cl_ulong z_first = z->first, z_stride = z->stride, M = args->M, s = args->s_out;
    const cl_int code = (cl_int)args->activation;
    const clmlp_argument arguments[] = {ARGUMENT(z->buffer), ARGUMENT(z_first), ARGUMENT(z_stride), ARGUMENT(M),
                                        ARGUMENT(s),         ARGUMENT(code),    ARGUMENT(a)};
    return clmlp_opencl_launch(opencl, KERNEL_activate, args->M * args->s_out, opencl->group, arguments, 7, error);
}

clmlp_status clmlp_clblast_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if (args->theta != NULL) {
        TRY(forward_product(opencl, args->M, args->s_in, args->K, args->a_in, args->theta, args->z, error));
    }
    const cl_mem z = clmlp_opencl_buffer(args->z), y = clmlp_opencl_buffer(args->y);
    const cl_mem h = clmlp_opencl_buffer(args->h), delta = clmlp_opencl_buffer(args->delta);
    const cl_ulong M = args->M, K = args->K;
    const cl_int output = (cl_int)args->output, right = (cl_int)args->right;
    const clmlp_argument rows[] = {
        ARGUMENT(z), ARGUMENT(y),     ARGUMENT(M),                ARGUMENT(K),                 ARGUMENT(output), ARGUMENT(right),
        ARGUMENT(h), ARGUMENT(delta), ARGUMENT(opencl->row_cost), ARGUMENT(opencl->row_right),
    };
    TRY(clmlp_opencl_launch(opencl, KERNEL_output_rows, args->M, opencl->group, rows, 10, error));
    if (args->y == NULL) return CLMLP_OK;

    const cl_ulong slot = clmlp_opencl_score_offset(opencl, args->slot, 1);
    const clmlp_argument sums[] = {ARGUMENT(opencl->row_cost), ARGUMENT(opencl->row_right), ARGUMENT(M),
                                   ARGUMENT(slot),             ARGUMENT(opencl->scores),    ARGUMENT(opencl->rights)};
    return clmlp_opencl_launch(opencl, KERNEL_add_scores, SCORE_GROUP, SCORE_GROUP, sums, 6, error);
}

clmlp_status clmlp_clblast_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    /* theta without column 0 begins one element later, with the same distance of rows */
    TRY(multiply(opencl, args->M, args->s_in, args->s_out, 1.0, factor_of(args->delta_next, 0, false),
                 factor_of(args->theta, 1, false), factor_of(args->delta, 0, false), error));

    const cl_mem delta = clmlp_opencl_buffer(args->delta), a = clmlp_opencl_buffer(args->a);
    const cl_ulong M = args->M, s = args->s_in;
    const cl_int code = (cl_int)args->activation;
    const clmlp_argument arguments[] = {ARGUMENT(delta), ARGUMENT(a), ARGUMENT(M), ARGUMENT(s), ARGUMENT(code)};
    return clmlp_opencl_launch(opencl, KERNEL_multiply_derivative, args->M * args->s_in, opencl->group, arguments, 5,
                               error);
}

clmlp_status clmlp_clblast_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    TRY(multiply(opencl, args->s_out, args->s_in + 1, args->M, 1.0 / args->divisor, factor_of(args->delta, 0, true),
                 factor_of(args->a, 0, false), factor_of(args->gradient, 0, false), error));
    if (args->decay == 0.0) return CLMLP_OK;

    float rounded = 0.0f;
    const cl_mem gradient = clmlp_opencl_buffer(args->gradient), theta = clmlp_opencl_buffer(args->theta);
    const cl_ulong stride = args->s_in + 1, count = args->s_out * stride;
    const clmlp_argument arguments[] = {ARGUMENT(gradient), ARGUMENT(theta), ARGUMENT(count), ARGUMENT(stride),
                                        clmlp_opencl_real(opencl, &args->decay, &rounded)};
    return clmlp_opencl_launch(opencl, KERNEL_add_decay, (size_t)count, opencl->group, arguments, 5, error);
}

clmlp_status clmlp_clblast_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    float decay = 0.0f, numbers[UPDATE_NUMBERS];
    cl_mem state[UPDATE_STATES_MAX];
    const cl_mem gradient = clmlp_opencl_buffer(args->gradient), theta = clmlp_opencl_buffer(args->theta);
    const cl_ulong stride = args->s_in + 1, count = args->s_out * stride;
    enum { FIXED = 6 };
    clmlp_argument arguments[FIXED + UPDATE_STATES_MAX] = {
        ARGUMENT(theta), ARGUMENT(gradient), ARGUMENT(count), ARGUMENT(stride),
        clmlp_opencl_real(opencl, &args->decay, &decay), clmlp_opencl_numbers(opencl, &args->rule, numbers)};
    const size_t states = clmlp_opencl_state(args->rule.optimizer, args->state, state, arguments + FIXED);
    const size_t group = opencl->group;
    const size_t global[2] = {((size_t)count + group - 1) / group * group, 1}, local[2] = {group, 1};
    return clmlp_opencl_rule_enqueue(opencl, args->rule.optimizer, RULE_descend, global, local, arguments,
                                     FIXED + states, error);
}

clmlp_status clmlp_clblast_product(clmlp_backend *backend, size_t m, size_t n, size_t k, const clmlp_tensor *a,
                                   const clmlp_tensor *b, clmlp_tensor *c, clmlp_error *error)
{
    return multiply((clmlp_opencl *)backend, m, n, k, 1.0, factor_of(a, 0, false), factor_of(b, 0, false),
                    factor_of(c, 0, false), error);
}
