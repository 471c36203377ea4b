/* equations.c - the five equations of the native engine, one kernel launch each. */
#include "backend/native/equations.h"

#include "backend/native/cpu/gather.h"
#include "backend/native/cpu/sparse.h"

static const clmlp_opencl_tensor *native_of(const clmlp_tensor *tensor)
{
    return (const clmlp_opencl_tensor *)tensor;
}

/* Operations of the product that the next launch computes, for the times of kernels. */
static void count_product(clmlp_opencl *opencl, size_t m, size_t n, size_t k)
{
    opencl->profile.flops = 2.0 * (double)m * (double)n * (double)k;
}

static clmlp_status launch(clmlp_opencl *opencl, const clmlp_native_launch *what, const clmlp_argument *arguments,
                           size_t count, clmlp_error *error)
{
    return clmlp_native_of(opencl)->family->launch(opencl, what, arguments, count, error);
}

/* How many of `count` arguments a kernel takes: the last one, indices, is only for the family that compresses. */
static size_t without_indices(const clmlp_opencl *opencl, size_t count)
{
    return clmlp_native_of(opencl)->family->row_major ? count - 1 : count;
}

clmlp_status clmlp_native_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *theta = native_of(args->theta);
    clmlp_native_rows in;
    TRY(clmlp_native_source(opencl, args->a_in, args->a_rows, args->M, args->s_out, CLMLP_FOR_Z, &in, error));
    const cl_mem out = clmlp_opencl_buffer(args->a_out); /* NULL: only z */
    const cl_mem z = clmlp_opencl_buffer(args->z);
    const cl_ulong M = args->M, s_in = args->s_in, s_out = args->s_out, theta_stride = theta->panel_stride;
    const cl_ulong out_stride = args->a_out != NULL ? native_of(args->a_out)->panel_stride : 0;
    const cl_ulong z_stride = args->z != NULL ? native_of(args->z)->panel_stride : 0;
    const cl_int code = (cl_int)args->activation;
    const clmlp_argument arguments[] = {
        ARGUMENT(in.buffer),    ARGUMENT(in.row),   ARGUMENT(in.panel_stride),
        ARGUMENT(in.order),     ARGUMENT(in.first), ARGUMENT(theta->buffer),
        ARGUMENT(theta_stride), ARGUMENT(M),        ARGUMENT(s_in),
        ARGUMENT(s_out),        ARGUMENT(code),     ARGUMENT(z),
        ARGUMENT(z_stride),     ARGUMENT(out),      ARGUMENT(out_stride),
        ARGUMENT(in.indices),
    };
    count_product(opencl, args->M, args->s_out, args->s_in + 1);
    const clmlp_native_launch what = {
        .kernel = NATIVE_forward, .rows = args->M, .columns = args->s_out, .length = args->s_in};
    return launch(opencl, &what, arguments, without_indices(opencl, sizeof arguments / sizeof *arguments), error);
}

/* z(L) alone, in a launch of its own. */
static clmlp_status output_product(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    const clmlp_forward_args product = {.M = args->M, .s_in = args->s_in, .s_out = args->K, .a_in = args->a_in,
                                        .a_rows = args->a_rows, .theta = args->theta, .z = args->z};
    return clmlp_native_forward(backend, &product, error);
}

clmlp_status clmlp_native_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const size_t groups = (args->M + opencl->score_rows - 1) / opencl->score_rows;
    clmlp_native_rows in = {.buffer = NULL};
    const bool apart = args->theta != NULL && (args->K > clmlp_native_of(opencl)->family->widest_output ||
                                               clmlp_native_compressed_scratch(opencl, args->a_in, args->M, args->K,
                                                                               CLMLP_FOR_Z, &in));
    if (apart) TRY(output_product(backend, args, error));
    const bool product = args->theta != NULL && !apart;
    if (product) {
        TRY(clmlp_native_source(opencl, args->a_in, args->a_rows, args->M, args->K, CLMLP_FOR_Z, &in, error));
    }
    const cl_mem theta = product ? clmlp_opencl_buffer(args->theta) : NULL, z = clmlp_opencl_buffer(args->z);
    const cl_mem y = clmlp_opencl_buffer(args->y), h = clmlp_opencl_buffer(args->h);
    const cl_mem delta = clmlp_opencl_buffer(args->delta);
    const cl_mem y_order = clmlp_opencl_buffer(args->y_rows.order);
    const cl_ulong theta_stride = theta != NULL ? native_of(args->theta)->panel_stride : 0;
    const cl_ulong y_width = y != NULL ? native_of(args->y)->stride : 0;
    const cl_ulong y_first = args->y_rows.first, M = args->M, s_in = args->s_in;
    const cl_ulong K = args->K, z_stride = native_of(args->z)->panel_stride;
    const cl_ulong h_stride = h != NULL ? native_of(args->h)->panel_stride : 0;
    const cl_ulong delta_stride = delta != NULL ? native_of(args->delta)->panel_stride : 0;
    const cl_ulong slot = args->y != NULL ? clmlp_opencl_score_offset(opencl, args->slot, groups) : 0;
    const cl_int output = (cl_int)args->output, right = (cl_int)args->right;
    const clmlp_argument arguments[] = {
        ARGUMENT(in.buffer),   ARGUMENT(in.row),      ARGUMENT(in.panel_stride), ARGUMENT(in.order), ARGUMENT(in.first),
        ARGUMENT(theta),       ARGUMENT(theta_stride), ARGUMENT(M),       ARGUMENT(s_in),    ARGUMENT(K),
        ARGUMENT(output),      ARGUMENT(right),       ARGUMENT(z),       ARGUMENT(z_stride), ARGUMENT(y),
        ARGUMENT(y_width),     ARGUMENT(y_order),     ARGUMENT(y_first), ARGUMENT(h),       ARGUMENT(h_stride),
        ARGUMENT(delta),       ARGUMENT(delta_stride), ARGUMENT(slot),    ARGUMENT(opencl->scores),
        ARGUMENT(opencl->rights),
    };
    if (product) count_product(opencl, args->M, args->K, args->s_in + 1);
    const clmlp_native_launch what = {
        .kernel = NATIVE_output, .rows = args->M, .columns = args->K, .length = args->s_in};
    return launch(opencl, &what, arguments, sizeof arguments / sizeof *arguments, error);
}

clmlp_status clmlp_native_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *next = native_of(args->delta_next), *theta = native_of(args->theta);
    const clmlp_opencl_tensor *a = native_of(args->a), *delta = native_of(args->delta);
    /* a family that keeps no copy of theta takes theta^T as it is */
    const cl_mem back = theta->copy != NULL ? theta->copy : theta->buffer;
    const cl_ulong theta_stride = theta->copy != NULL ? theta->copy_stride : theta->panel_stride;
    const cl_ulong next_stride = next->panel_stride, M = args->M, s_in = args->s_in;
    const cl_ulong s_out = args->s_out, a_stride = a->panel_stride, delta_stride = delta->panel_stride;
    const cl_int code = (cl_int)args->activation;
    const clmlp_argument arguments[] = {
        ARGUMENT(next->buffer), ARGUMENT(next_stride),    ARGUMENT(back),      ARGUMENT(theta_stride), ARGUMENT(M),
        ARGUMENT(s_in),         ARGUMENT(s_out),         ARGUMENT(a->buffer), ARGUMENT(a_stride),
        ARGUMENT(code),         ARGUMENT(delta->buffer), ARGUMENT(delta_stride),
    };
    count_product(opencl, args->M, args->s_in, args->s_out);
    const clmlp_native_launch what = {
        .kernel = NATIVE_hidden, .rows = args->M, .columns = args->s_in, .length = args->s_out};
    return launch(opencl, &what, arguments, sizeof arguments / sizeof *arguments, error);
}

/* The gradient into `gradient`, or, without one, straight into theta and its state. */
static clmlp_status descend(clmlp_opencl *opencl, const clmlp_gradient_args *args, const clmlp_tensor *gradient,
                            const clmlp_update_args *update, clmlp_error *error)
{
    const clmlp_opencl_tensor *delta = native_of(args->delta), *theta = native_of(args->theta);
    clmlp_native_rows in;
    TRY(clmlp_native_source(opencl, args->a, args->a_rows, args->M, args->s_out, CLMLP_FOR_GRADIENT, &in, error));
    const cl_mem into = clmlp_opencl_buffer(gradient);
    const cl_ulong delta_stride = delta->panel_stride, M = args->M, s_in = args->s_in, s_out = args->s_out;
    const cl_ulong theta_stride = theta->panel_stride, copy_stride = theta->copy_stride;
    const double scale = 1.0 / args->divisor;
    float scale_f = 0.0f, decay_f = 0.0f, numbers_f[UPDATE_NUMBERS];
    cl_mem state[UPDATE_STATES_MAX];
    enum { FIXED = 19 };
    clmlp_argument arguments[FIXED + UPDATE_STATES_MAX] = {
        ARGUMENT(in.buffer),
        ARGUMENT(in.row),
        ARGUMENT(in.panel_stride),
        ARGUMENT(in.order),
        ARGUMENT(in.first),
        ARGUMENT(delta->buffer),
        ARGUMENT(delta_stride),
        ARGUMENT(M),
        ARGUMENT(s_in),
        ARGUMENT(s_out),
        clmlp_opencl_real(opencl, &scale, &scale_f),
        clmlp_opencl_real(opencl, &args->decay, &decay_f),
        clmlp_opencl_numbers(opencl, &update->rule, numbers_f),
        ARGUMENT(theta->buffer),
        ARGUMENT(into),
        ARGUMENT(theta_stride),
        ARGUMENT(theta->copy),
        ARGUMENT(copy_stride),
        ARGUMENT(in.indices),
    };
    const size_t fixed = without_indices(opencl, FIXED);
    const size_t states = clmlp_opencl_state(update->rule.optimizer, update->state, state, arguments + fixed);
    count_product(opencl, args->s_out, args->s_in + 1, args->M);
    const clmlp_native_launch what = {.kernel = NATIVE_descend, .optimizer = update->rule.optimizer,
                                      .rows = args->s_in + 1, .columns = args->s_out, .length = args->M};
    return launch(opencl, &what, arguments, fixed + states, error);
}

clmlp_status clmlp_native_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error)
{
    /* stored, the gradient is the same whatever the rule: sgd's kernel is always there */
    const clmlp_update_args none = {.rule.optimizer = CLMLP_SGD};
    return descend((clmlp_opencl *)backend, args, args->gradient, &none, error);
}

clmlp_status clmlp_native_descend(clmlp_backend *backend, const clmlp_gradient_args *args,
                                  const clmlp_update_args *update, clmlp_error *error)
{
    return descend((clmlp_opencl *)backend, args, NULL, update, error);
}

clmlp_status clmlp_native_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *theta = native_of(args->theta);
    const cl_mem gradient = clmlp_opencl_buffer(args->gradient);
    const cl_ulong theta_stride = theta->panel_stride, s_in = args->s_in, s_out = args->s_out;
    const cl_ulong copy_stride = theta->copy_stride;
    float decay_f = 0.0f, numbers_f[UPDATE_NUMBERS];
    cl_mem state[UPDATE_STATES_MAX];
    enum { FIXED = 9 };
    clmlp_argument arguments[FIXED + UPDATE_STATES_MAX] = {
        ARGUMENT(theta->buffer),
        ARGUMENT(gradient),
        ARGUMENT(theta_stride),
        ARGUMENT(s_in),
        ARGUMENT(s_out),
        clmlp_opencl_real(opencl, &args->decay, &decay_f),
        clmlp_opencl_numbers(opencl, &args->rule, numbers_f),
        ARGUMENT(theta->copy),
        ARGUMENT(copy_stride),
    };
    const size_t states = clmlp_opencl_state(args->rule.optimizer, args->state, state, arguments + FIXED);
    const clmlp_native_launch what = {.kernel = NATIVE_update, .optimizer = args->rule.optimizer,
                                      .rows = args->s_in + 1, .columns = args->s_out, .length = 1};
    return launch(opencl, &what, arguments, FIXED + states, error);
}
