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

static clmlp_status launch(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                           clmlp_error *error)
{
    return clmlp_native_of(opencl)->family->launch(opencl, what, arguments, error);
}

/* What kernels take as the distance of panels, or of rows; 0 for a matrix that is not there. */
static size_t stride_of(const clmlp_tensor *tensor)
{
    return tensor != NULL ? native_of(tensor)->panel_stride : 0;
}

clmlp_status clmlp_native_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *theta = native_of(args->theta);
    clmlp_native_rows in;
    TRY(clmlp_native_source(opencl, args->a_in, args->a_rows, args->M, args->s_out, CLMLP_FOR_Z, &in, error));
    const clmlp_cpu_forward_dropout_arguments arguments = {
        .a = in.buffer, .a_row = in.row, .a_stride = in.panel_stride, .order = in.order, .first = in.first,
        .theta_t = theta->buffer, .theta_stride = theta->panel_stride, .M = args->M, .s_in = args->s_in,
        .s_out = args->s_out, .code = (cl_int)args->activation, .z = clmlp_opencl_buffer(args->z),
        .z_stride = stride_of(args->z), .a_out = clmlp_opencl_buffer(args->a_out), /* NULL: only z */
        .out_stride = stride_of(args->a_out), .indices = in.indices, .dropout = args->dropout};
    count_product(opencl, args->M, args->s_out, args->s_in + 1);
    const clmlp_native_launch what = {
        .kernel = NATIVE_forward, .activation = args->activation, .dropout = args->dropout.p > 0.0, .rows = args->M,
        .columns = args->s_out, .length = args->s_in};
    return launch(opencl, &what, &arguments, error);
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
    const clmlp_native_launch what = {
        .kernel = NATIVE_output, .rows = args->M, .columns = args->K, .length = args->s_in};
    size_t rows = 1;
    clmlp_native_rows in = {.buffer = NULL};
    const bool apart = args->theta != NULL && (args->K > clmlp_native_of(opencl)->family->widest_output ||
                                               clmlp_native_compressed_scratch(opencl, args->a_in, args->M, args->K,
                                                                               CLMLP_FOR_Z, &in));
    if (apart) TRY(output_product(backend, args, error));
    TRY(clmlp_native_of(opencl)->family->rows_a_score(opencl, &what, &rows, error));
    const size_t groups = (args->M + rows - 1) / rows;
    const bool product = args->theta != NULL && !apart;
    if (product) {
        TRY(clmlp_native_source(opencl, args->a_in, args->a_rows, args->M, args->K, CLMLP_FOR_Z, &in, error));
    }
    const clmlp_tensor *const theta = product ? args->theta : NULL;
    const clmlp_cpu_output_arguments arguments = {
        .a = in.buffer, .a_row = in.row, .a_stride = in.panel_stride, .order = in.order, .first = in.first,
        .theta_t = clmlp_opencl_buffer(theta), .theta_stride = stride_of(theta), .M = args->M, .s_in = args->s_in,
        .K = args->K, .output = (cl_int)args->output, .right = (cl_int)args->right, .z = clmlp_opencl_buffer(args->z),
        .z_stride = stride_of(args->z), .y = clmlp_opencl_buffer(args->y),
        .y_width = args->y != NULL ? native_of(args->y)->stride : 0,
        .y_order = clmlp_opencl_buffer(args->y_rows.order), .y_first = args->y_rows.first,
        .h = clmlp_opencl_buffer(args->h), .h_stride = stride_of(args->h), .delta = clmlp_opencl_buffer(args->delta),
        .delta_stride = stride_of(args->delta),
        .slot = args->y != NULL ? clmlp_opencl_score_offset(opencl, args->slot, groups) : 0,
        .scores = opencl->scores, .rights = opencl->rights, .w = clmlp_opencl_buffer(args->w)};
    if (product) count_product(opencl, args->M, args->K, args->s_in + 1);
    return launch(opencl, &what, &arguments, error);
}

clmlp_status clmlp_native_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *theta = native_of(args->theta);
    const bool copied = theta->copy != NULL; /* a family that keeps no copy of theta takes theta^T as it is */
    const clmlp_cpu_hidden_dropout_arguments arguments = {
        .delta_next = clmlp_opencl_buffer(args->delta_next), .next_stride = stride_of(args->delta_next),
        .theta = copied ? theta->copy : theta->buffer,
        .theta_stride = copied ? theta->copy_stride : theta->panel_stride,
        .M = args->M, .s_in = args->s_in, .s_out = args->s_out, .z = clmlp_opencl_buffer(args->z),
        .z_stride = stride_of(args->z), .a = clmlp_opencl_buffer(args->a), .a_stride = stride_of(args->a),
        .code = (cl_int)args->activation, .delta = clmlp_opencl_buffer(args->delta),
        .delta_stride = stride_of(args->delta), .dropout = args->dropout};
    count_product(opencl, args->M, args->s_in, args->s_out);
    const clmlp_native_launch what = {
        .kernel = NATIVE_hidden, .activation = args->activation, .dropout = args->dropout.p > 0.0, .rows = args->M,
        .columns = args->s_in, .length = args->s_out};
    return launch(opencl, &what, &arguments, error);
}

/* The gradient into `gradient`, or, without one, straight into theta and its state. */
static clmlp_status descend(clmlp_opencl *opencl, const clmlp_gradient_args *args, const clmlp_tensor *gradient,
                            const clmlp_update_args *update, clmlp_error *error)
{
    const clmlp_opencl_tensor *theta = native_of(args->theta);
    const clmlp_optimizer optimizer = update->rule.optimizer;
    clmlp_native_rows in;
    TRY(clmlp_native_source(opencl, args->a, args->a_rows, args->M, args->s_out, CLMLP_FOR_GRADIENT, &in, error));
    const clmlp_cpu_descend_arguments arguments = {
        .a = in.buffer, .a_row = in.row, .a_stride = in.panel_stride, .order = in.order, .first = in.first,
        .delta = clmlp_opencl_buffer(args->delta), .delta_stride = stride_of(args->delta), .M = args->M,
        .s_in = args->s_in, .s_out = args->s_out, .scale = 1.0 / args->divisor, .decay = args->decay,
        .numbers = update->rule.numbers, .theta_t = theta->buffer, .gradient = clmlp_opencl_buffer(gradient),
        .theta_stride = theta->panel_stride, .theta = theta->copy, .copy_stride = theta->copy_stride,
        .indices = in.indices, .columns = in.columns, .columns_stride = in.columns_stride,
        .state_0 = clmlp_opencl_state(optimizer, update->state, 0),
        .state_1 = clmlp_opencl_state(optimizer, update->state, 1)};
    count_product(opencl, args->s_out, args->s_in + 1, args->M);
    const clmlp_native_launch what = {.kernel = NATIVE_descend, .optimizer = optimizer, .rows = args->s_in + 1,
                                      .columns = args->s_out, .length = args->M};
    return launch(opencl, &what, &arguments, error);
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
    const clmlp_optimizer optimizer = args->rule.optimizer;
    const clmlp_cpu_update_arguments arguments = {
        .theta_t = theta->buffer, .gradient = clmlp_opencl_buffer(args->gradient), .theta_stride = theta->panel_stride,
        .s_in = args->s_in, .s_out = args->s_out, .decay = args->decay, .numbers = args->rule.numbers,
        .theta = theta->copy, .copy_stride = theta->copy_stride,
        .state_0 = clmlp_opencl_state(optimizer, args->state, 0),
        .state_1 = clmlp_opencl_state(optimizer, args->state, 1)};
    const clmlp_native_launch what = {.kernel = NATIVE_update, .optimizer = optimizer, .rows = args->s_in + 1,
                                      .columns = args->s_out, .length = 1};
    return launch(opencl, &what, &arguments, error);
}

/* theta^T: panels of NR columns, or row-major; the bias is its last row. */
static clmlp_opencl_places places_of(const clmlp_opencl *opencl, const clmlp_tensor *theta, size_t s_out)
{
    const clmlp_native *const native = clmlp_native_of(opencl);
    const size_t stride = stride_of(theta);
    if (native->family->row_major) return (clmlp_opencl_places){.width = s_out, .panel = 0, .row = stride};
    return (clmlp_opencl_places){.width = native->columns, .panel = stride, .row = native->columns};
}

static size_t scale_row_of(const clmlp_opencl *opencl, const clmlp_tensor *scale)
{
    return places_of(opencl, scale, 1).row;
}

clmlp_status clmlp_native_scale_slopes(clmlp_backend *backend, const clmlp_scale_slopes_args *args,
                                       clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    return clmlp_opencl_scale_slopes(opencl, args, places_of(opencl, args->theta, args->s_out),
                                     scale_row_of(opencl, args->scale), args->s_in, error);
}

clmlp_status clmlp_native_fold_scale(clmlp_backend *backend, const clmlp_fold_scale_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    return clmlp_opencl_fold_scale(opencl, args, places_of(opencl, args->theta, args->s_out),
                                   scale_row_of(opencl, args->scale), error);
}
