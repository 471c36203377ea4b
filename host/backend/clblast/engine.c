/* engine.c - the engine `clblast`: its table, creation and release. */
#include "backend/clblast/clblast.h"
#include "backend/clblast/process.h"
#include "backend/probe/opencl_probe.h"

static const char *kernel_name(const clmlp_backend *backend, clmlp_equation equation, clmlp_kernel_form form)
{
    static const char *const names[CLMLP_EQUATION_COUNT] = {
        "clblast_gemm_nt, activate", "clblast_gemm_nt, output_rows, add_scores", "clblast_gemm_nn, multiply_derivative",
        "clblast_gemm_tn, add_decay", "descend", "dot_parts, add_parts, clip_factor, combine",
        "dot_parts, add_parts", "combine"};
    (void)backend;
    if (form == CLMLP_DROPOUT_KERNEL && equation == CLMLP_EQUATION_FORWARD) return "clblast_gemm_nt, activate_dropout";
    if (form == CLMLP_DROPOUT_KERNEL && equation == CLMLP_EQUATION_HIDDEN_DELTA) {
        return "clblast_gemm_nn, multiply_derivative_dropout";
    }
    return names[equation];
}

static const clmlp_backend_ops ops = {
    CLMLP_OPENCL_RUNTIME_OPS,
    .engine = "clblast",
    .tensor_bytes = clmlp_opencl_tensor_bytes,
    .tensor_create = clmlp_opencl_tensor_create,
    .tensor_destroy = clmlp_opencl_tensor_destroy,
    .tensor_write = clmlp_opencl_tensor_write,
    .tensor_read = clmlp_opencl_tensor_read,
    .tensor_upload = clmlp_opencl_tensor_upload,
    .borrow_wait = clmlp_opencl_borrow_wait,
    .borrow_end = clmlp_opencl_borrow_end,
    .gather = clmlp_opencl_gather,
    .forward = clmlp_clblast_forward,
    .output_delta = clmlp_clblast_output_delta,
    .hidden_delta = clmlp_clblast_hidden_delta,
    .gradient = clmlp_clblast_gradient,
    .update = clmlp_clblast_update,
    .prepare_activation = clmlp_opencl_prepare_activation,
    .scale_slopes = clmlp_clblast_scale_slopes,
    .fold_scale = clmlp_clblast_fold_scale,
    .prepare_rule = clmlp_opencl_prepare_rule,
    .kernel_name = kernel_name,
    .blas = "CLBlast",
    .product = clmlp_clblast_product,
    .peak = clmlp_opencl_peak,
    .probes = &clmlp_opencl_probes,
};

/* Row-major, without padding. */
static clmlp_opencl_span span(const clmlp_opencl *opencl, const clmlp_tensor *tensor, bool bias)
{
    (void)opencl;
    const size_t begin = bias ? 0 : 1;
    return (clmlp_opencl_span){.panels = tensor->rows, .stride = tensor->columns, .begin = begin,
                               .extent = tensor->columns - begin, .width = 1, .last = 1};
}

static const char *family(const clmlp_opencl *opencl)
{
    (void)opencl;
    return "clblast";
}

const clmlp_opencl_engine clmlp_clblast_engine = {
    .engine = CLMLP_ENGINE_CLBLAST,
    .ops = &ops,
    .plan = clmlp_clblast_plan,
    .create = clmlp_clblast_apply,
    .release = clmlp_clblast_release,
    .candidates = clmlp_clblast_candidates,
    .tile = clmlp_clblast_tile,
    .span = span,
    .family = family,
};
