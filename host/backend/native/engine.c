/* engine.c - the engine `native`: the choice of the family, and the table. */
#include "backend/native/engine.h"

#include <stdlib.h>
#include <string.h>

#include "backend/native/cpu/family.h"
#include "backend/native/cpu/fused_steps.h"
#include "backend/native/equations.h"
#include "backend/native/gpu/family.h"
#include "backend/native/gpu/fused_steps.h"
#include "backend/native/layout.h"
#include "backend/native/tensor.h"
#include "backend/probe/opencl_probe.h"
#include "base/memory.h"
#include "base/switch.h"

static bool is_gpu(const clmlp_backend *backend)
{
    return clmlp_native_of((const clmlp_opencl *)backend)->family == &clmlp_native_gpu;
}

static const char *kernel_name(const clmlp_backend *backend, clmlp_equation equation, clmlp_kernel_form form)
{
    static const char *const names[2][CLMLP_EQUATION_COUNT] = {
        {"cpu_forward", "cpu_output", "cpu_hidden", "cpu_descend", "cpu_descend",
         "dot_parts, add_parts, clip_factor, combine", "dot_parts, add_parts", "combine"},
        {"gpu_forward", "gpu_output", "gpu_hidden", "gpu_descend", "gpu_descend",
         "dot_parts, add_parts, clip_factor, combine", "dot_parts, add_parts", "combine"}};
    static const char *const dropout[2][CLMLP_EQUATION_COUNT] = {
        {[CLMLP_EQUATION_FORWARD] = "cpu_forward_dropout", [CLMLP_EQUATION_HIDDEN_DELTA] = "cpu_hidden_dropout"},
        {[CLMLP_EQUATION_FORWARD] = "gpu_forward_dropout", [CLMLP_EQUATION_HIDDEN_DELTA] = "gpu_hidden_dropout"}};
    static const char *const update[2] = {"cpu_update", "gpu_update"};
    const bool gpu = is_gpu(backend);
    if (form == CLMLP_DROPOUT_KERNEL && dropout[gpu][equation] != NULL) return dropout[gpu][equation];
    if (form == CLMLP_STORED_KERNEL && equation == CLMLP_EQUATION_UPDATE) return update[gpu];
    return names[gpu][equation];
}

static clmlp_status prepare_rule(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if ((unsigned)optimizer >= CLMLP_OPTIMIZER_COUNT) return clmlp_opencl_rule_missing(opencl, optimizer, error);
    return clmlp_native_of(opencl)->family->prepare_rule(opencl, optimizer, error);
}

static clmlp_status prepare_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if (!clmlp_opencl_wants_extra(opencl, activation)) return CLMLP_OK;
    return clmlp_native_of(opencl)->family->prepare_extra(opencl, error);
}

static clmlp_status steps(clmlp_backend *backend, const clmlp_steps_args *args, size_t *taken, clmlp_error *error)
{
    return is_gpu(backend) ? clmlp_gpu_steps(backend, args, taken, error)
                           : clmlp_native_steps(backend, args, taken, error);
}

static const char *steps_kernel(const clmlp_backend *backend)
{
    return is_gpu(backend) ? "gpu_steps" : "cpu_steps";
}

static const clmlp_backend_ops ops = {
    CLMLP_OPENCL_RUNTIME_OPS,
    .engine = "native",
    .gathers = true,
    .tensor_bytes = clmlp_native_tensor_bytes,
    .tensor_create = clmlp_native_tensor_create,
    .tensor_destroy = clmlp_opencl_tensor_destroy,
    .tensor_write = clmlp_native_tensor_write,
    .tensor_read = clmlp_native_tensor_read,
    .tensor_upload = clmlp_native_tensor_upload,
    .borrow_wait = clmlp_native_borrow_wait,
    .borrow_end = clmlp_native_borrow_end,
    .forward = clmlp_native_forward,
    .output_delta = clmlp_native_output_delta,
    .hidden_delta = clmlp_native_hidden_delta,
    .gradient = clmlp_native_gradient,
    .update = clmlp_native_update,
    .scale_slopes = clmlp_native_scale_slopes,
    .fold_scale = clmlp_native_fold_scale,
    .descend = clmlp_native_descend,
    .prepare_activation = prepare_activation,
    .prepare_rule = prepare_rule,
    .steps = steps,
    .steps_kernel = steps_kernel,
    .kernel_name = kernel_name,
    .peak = clmlp_opencl_peak,
    .probes = &clmlp_opencl_probes,
};

/* CPUs have caches and vectors; everything else is taken to be built like a GPU, also a CPU whose vectors are made of
 * work-items: rusticl takes each vector of a kernel apart, and compiles the CPU family's kernels for minutes. */
static clmlp_status find_family(const clmlp_opencl *opencl, const char *asked, const clmlp_native_family **family,
                                clmlp_error *error)
{
    const char *name = asked;
    cl_device_type type = 0;
    if (asked == NULL) TRY(clmlp_switch_word(CLMLP_SWITCH_NATIVE_FAMILY, &name, error));
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL),
           "asking for the type of the device", error);
    const bool cpu = (type & CL_DEVICE_TYPE_CPU) != 0 && !clmlp_opencl_renders(opencl->device);
    *family = cpu ? &clmlp_native_cpu : &clmlp_native_gpu;
    if (name == NULL) return CLMLP_OK;
    *family = strcmp(name, clmlp_native_cpu.name) == 0 ? &clmlp_native_cpu : &clmlp_native_gpu;
    /* its compiler works on them for minutes, or, in Mesa 22.3, ends the process */
    if (asked != NULL && *family == &clmlp_native_cpu && clmlp_opencl_is_rusticl(opencl->device)) {
        return clmlp_fail(error, CLMLP_DEVICE, "kernels for CPUs are not built for Mesa's rusticl, whose compiler does "
                          "not get through them; CLMLP_NATIVE_FAMILY=cpu builds them all the same");
    }
    if (strcmp(name, (*family)->name) == 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "family: found '%s', expected %s or %s", name, clmlp_native_cpu.name,
                      clmlp_native_gpu.name);
}

static clmlp_status choose_family(const clmlp_opencl *opencl, const clmlp_native_family **family, clmlp_error *error)
{
    return find_family(opencl, opencl->family, family, error);
}

static void release(clmlp_opencl *opencl)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    if (native != NULL && native->family != NULL) {
        clmlp_gpu_steps_release(opencl);
        native->family->release(opencl);
    }
    free(native);
    opencl->state = NULL;
}

/* The family, and its tiles. */
static clmlp_status begin(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = NULL;
    TRY(clmlp_allocate(&native, 1, sizeof *native, "the kernels of a device", error));
    opencl->state = native;
    opencl->base.tuned = false;
    TRY(choose_family(opencl, &native->family, error));
    /* what the environment says is meant for the family that nobody asked for */
    const clmlp_native_family *usual = NULL;
    if (find_family(opencl, NULL, &usual, NULL) == CLMLP_OK && usual == native->family) {
        native->tiles_variable = "CLMLP_NATIVE_TILES";
    }
    return native->family->plan(opencl, error);
}

static clmlp_status plan(clmlp_opencl *opencl, clmlp_error *error)
{
    const clmlp_status status = begin(opencl, error);
    release(opencl);
    return status;
}

static clmlp_status create(clmlp_opencl *opencl, clmlp_error *error)
{
    TRY(begin(opencl, error));
    opencl->keeps_none = opencl->asked != NULL; /* tiles that somebody asks for are tried, as a rule, not stayed with */
    TRY(clmlp_native_of(opencl)->family->build(opencl, error));
    return is_gpu(&opencl->base) ? clmlp_gpu_steps_create(opencl, error) : CLMLP_OK;
}

static clmlp_status candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error)
{
    const clmlp_native_family *family = NULL;
    TRY(choose_family(opencl, &family, error));
    return family->candidates(opencl, list, count, error);
}

static const char *family_name(const clmlp_opencl *opencl)
{
    const clmlp_native_family *family = NULL;
    return choose_family(opencl, &family, NULL) == CLMLP_OK ? family->name : NULL;
}

static void tile(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *out)
{
    clmlp_native_of(opencl)->family->tile(opencl, equation, rows, columns, length, out);
}

const clmlp_opencl_engine clmlp_native_engine = {
    .engine = CLMLP_ENGINE_NATIVE,
    .ops = &ops,
    .plan = plan,
    .create = create,
    .release = release,
    .candidates = candidates,
    .tile = tile,
    .span = clmlp_native_span,
    .family = family_name,
};
