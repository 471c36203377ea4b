/* equations.c - the five equations as CLBlast products and the plain elementwise kernels. */
#include "backend/clblast/clblast.h"
#include "backend/clblast/product.h"
#include "common/codes.h"

/* z = [1 a] theta^T */
static clmlp_status forward_product(clmlp_opencl *opencl, size_t M, size_t s_in, size_t s_out, const clmlp_tensor *a,
                                    const clmlp_tensor *theta, const clmlp_tensor *z, clmlp_error *error)
{
    return clmlp_gemm(opencl, M, s_out, s_in + 1, 1.0, clmlp_factor_of(a, 0, false), clmlp_factor_of(theta, 0, true),
                      clmlp_factor_of(z, ((const clmlp_opencl_tensor *)z)->first, false), error);
}

clmlp_status clmlp_clblast_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    /* without a z of its own, z is computed where a(l+1) goes, and g applied in place */
    const clmlp_tensor *product = args->z != NULL ? args->z : args->a_out;
    const clmlp_opencl_tensor *z = (const clmlp_opencl_tensor *)product;
    TRY(forward_product(opencl, args->M, args->s_in, args->s_out, args->a_in, args->theta, product, error));

    const clmlp_activate_dropout_arguments arguments = {
        .z = z->buffer, .z_first = z->first, .z_stride = z->stride, .M = args->M, .s = args->s_out,
        .code = (cl_int)args->activation, .a = clmlp_opencl_buffer(args->a_out), .dropout = args->dropout};
    const size_t count = args->M * args->s_out;
    return args->dropout.p > 0.0
               ? clmlp_opencl_launch_dropout(opencl, KERNEL_activate_dropout, count, opencl->group, &arguments, error)
               : clmlp_opencl_launch(opencl, KERNEL_activate, count, opencl->group, &arguments, error);
}

clmlp_status clmlp_clblast_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if (args->theta != NULL) {
        TRY(forward_product(opencl, args->M, args->s_in, args->K, args->a_in, args->theta, args->z, error));
    }
    const clmlp_output_rows_arguments rows = {
        .z = clmlp_opencl_buffer(args->z), .y = clmlp_opencl_buffer(args->y), .w = clmlp_opencl_buffer(args->w),
        .M = args->M, .K = args->K, .output = (cl_int)args->output, .right = (cl_int)args->right,
        .h = clmlp_opencl_buffer(args->h), .delta = clmlp_opencl_buffer(args->delta), .row_cost = opencl->row_cost,
        .row_right = opencl->row_right};
    TRY(clmlp_opencl_launch(opencl, KERNEL_output_rows, args->M, opencl->group, &rows, error));
    if (args->y == NULL) return CLMLP_OK;

    const clmlp_add_scores_arguments sums = {
        .row_cost = opencl->row_cost, .row_right = opencl->row_right, .M = args->M,
        .slot = clmlp_opencl_score_offset(opencl, args->slot, 1), .scores = opencl->scores, .rights = opencl->rights};
    return clmlp_opencl_launch(opencl, KERNEL_add_scores, SCORE_GROUP, SCORE_GROUP, &sums, error);
}

clmlp_status clmlp_clblast_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    /* theta without column 0 begins one element later, with the same distance of rows */
    TRY(clmlp_gemm(opencl, args->M, args->s_in, args->s_out, 1.0, clmlp_factor_of(args->delta_next, 0, false),
                   clmlp_factor_of(args->theta, 1, false), clmlp_factor_of(args->delta, 0, false), error));

    const clmlp_multiply_derivative_dropout_arguments arguments = {
        .delta = clmlp_opencl_buffer(args->delta), .z = clmlp_opencl_buffer(args->z),
        .a = clmlp_opencl_buffer(args->a), .M = args->M, .s = args->s_in, .code = (cl_int)args->activation,
        .dropout = args->dropout};
    const size_t count = args->M * args->s_in;
    return args->dropout.p > 0.0
               ? clmlp_opencl_launch_dropout(opencl, KERNEL_multiply_derivative_dropout, count, opencl->group,
                                             &arguments, error)
               : clmlp_opencl_launch(opencl, KERNEL_multiply_derivative, count, opencl->group, &arguments, error);
}

clmlp_status clmlp_clblast_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    TRY(clmlp_gemm(opencl, args->s_out, args->s_in + 1, args->M, 1.0 / args->divisor,
                   clmlp_factor_of(args->delta, 0, true), clmlp_factor_of(args->a, 0, false),
                   clmlp_factor_of(args->gradient, 0, false), error));
    if (args->decay == 0.0) return CLMLP_OK;

    const size_t stride = args->s_in + 1, count = args->s_out * stride;
    const clmlp_add_decay_arguments arguments = {
        .gradient = clmlp_opencl_buffer(args->gradient), .theta = clmlp_opencl_buffer(args->theta), .count = count,
        .stride = stride, .decay = args->decay};
    return clmlp_opencl_launch(opencl, KERNEL_add_decay, count, opencl->group, &arguments, error);
}

clmlp_status clmlp_clblast_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_optimizer optimizer = args->rule.optimizer;
    const size_t stride = args->s_in + 1, count = args->s_out * stride, group = opencl->group;
    const clmlp_descend_arguments arguments = {
        .theta = clmlp_opencl_buffer(args->theta), .gradient = clmlp_opencl_buffer(args->gradient), .count = count,
        .stride = stride, .decay = args->decay, .numbers = args->rule.numbers,
        .state_0 = clmlp_opencl_state(optimizer, args->state, 0),
        .state_1 = clmlp_opencl_state(optimizer, args->state, 1)};
    const clmlp_launch shape = {.global = {(count + group - 1) / group * group, 1}, .local = {group, 1}};
    return clmlp_opencl_rule_enqueue(opencl, optimizer, RULE_descend, &shape, &arguments, error);
}

/* theta is dense, row by row. */
clmlp_status clmlp_clblast_scale_slopes(clmlp_backend *backend, const clmlp_scale_slopes_args *args,
                                        clmlp_error *error)
{
    const clmlp_opencl_places theta = {.width = 1, .panel = args->s_in + 1, .row = 1};
    return clmlp_opencl_scale_slopes((clmlp_opencl *)backend, args, theta, 1, 0, error);
}

clmlp_status clmlp_clblast_fold_scale(clmlp_backend *backend, const clmlp_fold_scale_args *args, clmlp_error *error)
{
    const clmlp_opencl_places theta = {.width = 1, .panel = args->s_in + 1, .row = 1};
    return clmlp_opencl_fold_scale((clmlp_opencl *)backend, args, theta, 1, error);
}

clmlp_status clmlp_clblast_product(clmlp_backend *backend, size_t m, size_t n, size_t k, const clmlp_tensor *a,
                                   const clmlp_tensor *b, clmlp_tensor *c, clmlp_error *error)
{
    return clmlp_gemm((clmlp_opencl *)backend, m, n, k, 1.0, clmlp_factor_of(a, 0, false), clmlp_factor_of(b, 0, false),
                      clmlp_factor_of(c, 0, false), error);
}
