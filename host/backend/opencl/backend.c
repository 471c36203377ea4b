/* backend.c - the OpenCL backend's table: create, destroy, flush, finish. */
#include <stdio.h>
#include <stdlib.h>

#include "backend/clblast/process.h"
#include "backend/native/native.h"
#include "backend/opencl/tuning.h"
#include "backend/opencl/opencl.h"
#include "base/clock.h"
#include "base/memory.h"
#include "common/codes.h"

enum { PACE = 256 }; /* flushes between two marks */

/* The host may be thousands of steps ahead of the device, and every command in between costs memory of
 * the driver's. So it leaves a mark every PACE flushes and, there, waits for the one before: the device
 * always has up to 2 PACE steps to do and never runs dry. */
static clmlp_status flush(clmlp_backend *backend, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    cl_event mark = NULL;
    TRY_CL(opencl, clFlush(opencl->queue), "sending work to the device", error);
    if (++opencl->flushes % PACE != 0) return CLMLP_OK;
    TRY_CL(opencl, clEnqueueMarkerWithWaitList(opencl->queue, 0, NULL, &mark), "marking a step", error);
    const cl_event last = opencl->mark;
    opencl->mark = mark;
    if (last == NULL) return CLMLP_OK;
    const cl_int code = clWaitForEvents(1, &last);
    (void)clReleaseEvent(last);
    TRY_CL(opencl, code, "waiting for a step", error);
    return CLMLP_OK;
}

static void destroy(clmlp_backend *backend)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if (opencl->queue != NULL) (void)clFinish(opencl->queue);
    if (opencl->transfer != NULL) (void)clFinish(opencl->transfer);
    if (opencl->mark != NULL) (void)clReleaseEvent(opencl->mark);
    clmlp_opencl_profile_release(opencl);
    clmlp_opencl_scores_release(opencl);
    clmlp_native_release(opencl);
    clmlp_opencl_rule_release(opencl);
    clmlp_opencl_guard(backend, false);
    for (int k = 0; k < KERNEL_COUNT; k++) {
        if (opencl->kernels[k] != NULL) (void)clReleaseKernel(opencl->kernels[k]);
    }
    if (opencl->program != NULL) (void)clReleaseProgram(opencl->program);
    if (opencl->transfer != NULL) (void)clReleaseCommandQueue(opencl->transfer);
    if (opencl->queue != NULL) (void)clReleaseCommandQueue(opencl->queue);
    if (opencl->context != NULL) clmlp_clblast_release(opencl);
    if (opencl->context != NULL) (void)clReleaseContext(opencl->context);
    free(opencl);
}

static const char *kernel_name(const clmlp_backend *backend, clmlp_equation equation)
{
    static const char *const names[CLMLP_EQUATION_COUNT] = {
        "clblast_gemm_nt, activate", "clblast_gemm_nt, output_rows, add_scores", "clblast_gemm_nn, multiply_derivative",
        "clblast_gemm_tn, add_decay", "descend"};
    (void)backend;
    return names[equation];
}

static const clmlp_backend_ops clblast_ops = {
    .engine = "clblast",
    .tensor_bytes = clmlp_opencl_tensor_bytes,
    .tensor_create = clmlp_opencl_tensor_create,
    .tensor_destroy = clmlp_opencl_tensor_destroy,
    .tensor_write = clmlp_opencl_tensor_write,
    .tensor_read = clmlp_opencl_tensor_read,
    .tensor_upload = clmlp_opencl_tensor_upload,
    .tensor_upload_wait = clmlp_opencl_tensor_upload_wait,
    .tensor_used = clmlp_opencl_tensor_used,
    .gather = clmlp_opencl_gather,
    .forward = clmlp_opencl_forward,
    .output_delta = clmlp_opencl_output_delta,
    .hidden_delta = clmlp_opencl_hidden_delta,
    .gradient = clmlp_opencl_gradient,
    .update = clmlp_opencl_update,
    .prepare_rule = clmlp_opencl_prepare_rule,
    .scores_reserve = clmlp_opencl_scores_reserve,
    .scores_read = clmlp_opencl_scores_read,
    .flush = flush,
    .destroy = destroy,
    .kernel_name = kernel_name,
    .profile = clmlp_opencl_profile_switch,
    .profile_take = clmlp_opencl_profile_take,
    .blas = "CLBlast",
    .product = clmlp_opencl_product,
    .peak = clmlp_opencl_peak,
    .probes = &clmlp_opencl_probes,
};

static const clmlp_backend_ops native_ops = {
    .engine = "native",
    .gathers = true,
    .tensor_bytes = clmlp_native_tensor_bytes,
    .tensor_create = clmlp_native_tensor_create,
    .tensor_destroy = clmlp_opencl_tensor_destroy,
    .tensor_write = clmlp_native_tensor_write,
    .tensor_read = clmlp_native_tensor_read,
    .tensor_upload = clmlp_native_tensor_upload,
    .tensor_upload_wait = clmlp_opencl_tensor_upload_wait,
    .tensor_used = clmlp_opencl_tensor_used,
    .forward = clmlp_native_forward,
    .output_delta = clmlp_native_output_delta,
    .hidden_delta = clmlp_native_hidden_delta,
    .gradient = clmlp_native_gradient,
    .update = clmlp_native_update,
    .descend = clmlp_native_descend,
    .prepare_rule = clmlp_native_prepare_rule,
    .steps = clmlp_native_steps,
    .steps_kernel = "cpu_steps",
    .scores_reserve = clmlp_opencl_scores_reserve,
    .scores_read = clmlp_opencl_scores_read,
    .flush = flush,
    .destroy = destroy,
    .kernel_name = clmlp_native_kernel_name,
    .profile = clmlp_opencl_profile_switch,
    .profile_take = clmlp_opencl_profile_take,
    .peak = clmlp_opencl_peak,
    .probes = &clmlp_opencl_probes,
};

/* Work-items of an elementwise group: enough to fill a GPU's warps, within what the device allows. */
static clmlp_status choose_group(clmlp_opencl *opencl, clmlp_error *error)
{
    size_t largest = 0;
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof largest, &largest, NULL),
           "asking for the largest work-group", error);
    if (largest < SCORE_GROUP) {
        return clmlp_fail(error, CLMLP_DEVICE, "%s: work-groups of %zu items at the most (found), %d are needed",
                          opencl->name, largest, SCORE_GROUP);
    }
    opencl->group = largest < ELEMENT_GROUP ? largest : ELEMENT_GROUP;
    return CLMLP_OK;
}

static clmlp_status open_queues(clmlp_opencl *opencl, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    opencl->context = clCreateContext(NULL, 1, &opencl->device, NULL, NULL, &code);
    TRY_CL(opencl, code, "creating a context", error);
    opencl->queue = clCreateCommandQueue(opencl->context, opencl->device, 0, &code);
    TRY_CL(opencl, code, "creating a command queue", error);
    opencl->transfer = clCreateCommandQueue(opencl->context, opencl->device, 0, &code);
    TRY_CL(opencl, code, "creating a command queue", error);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_backend_create(clmlp_backend **out, const clmlp_device_info *info,
                                         const clmlp_device_options *options, clmlp_error *error)
{
    clmlp_opencl *opencl = NULL;
    clmlp_status status = CLMLP_OK;

    TRY(clmlp_allocate(&opencl, 1, sizeof *opencl, "an OpenCL device", error));
    opencl->base.ops = &clblast_ops;
    opencl->base.precision = options->precision;
    opencl->asked = options->tiles;
    opencl->trial = options->tiles != NULL;
    opencl->family = options->family;
    (void)snprintf(opencl->name, sizeof opencl->name, "%s", info->name);
    const double began = clmlp_seconds();
    TRY_CLEANUP(clmlp_opencl_find(info->spec, &opencl->device, error));
    TRY_CLEANUP(choose_group(opencl, error));
    TRY_CLEANUP(open_queues(opencl, error));
    opencl->base.startup.context = clmlp_seconds() - began;
    TRY_CLEANUP(clmlp_opencl_build(opencl, error));
    if (clmlp_tuning_engine(opencl, options) == CLMLP_ENGINE_CLBLAST) {
        TRY_CLEANUP(clmlp_clblast_set_up(opencl, error));
    } else {
        opencl->base.ops = &native_ops;
        TRY_CLEANUP(clmlp_native_build(opencl, error));
    }
    opencl->asked = opencl->family = NULL; /* the caller's */
    *out = &opencl->base;
cleanup:
    if (status != CLMLP_OK) destroy(&opencl->base);
    return status;
}
