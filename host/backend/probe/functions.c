/* functions.c - probes of device facts and single functions, for qualify.
 *
 * The kernels are in kernels/probe/qualify.cl.
 */
#include "backend/probe/opencl_probe.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/opencl/engine.h"
#include "base/memory.h"

static const unsigned widths[CLMLP_PROBE_FORMS] = {4, 8, 16};

static void device_text(const clmlp_opencl *opencl, cl_device_info what, char *text, size_t size)
{
    if (clGetDeviceInfo(opencl->device, what, size, text, NULL) != CL_SUCCESS) text[0] = '\0';
    text[size - 1] = '\0';
}

static clmlp_status facts(clmlp_backend *backend, clmlp_probe_facts *out, clmlp_error *error)
{
    const clmlp_opencl *opencl = (const clmlp_opencl *)backend;
    const bool is_double = backend->precision == CLMLP_F64;
    cl_platform_id platform = NULL;
    cl_device_fp_config config = 0;
    cl_uint units = 1;
    /* the engine's tiles may be for other vectors than the device's */
    *out = (clmlp_probe_facts){.lanes = opencl->vector_lanes != 0 ? opencl->vector_lanes : clmlp_opencl_lanes(opencl)};
    device_text(opencl, CL_DEVICE_VERSION, out->version, sizeof out->version);
    device_text(opencl, CL_DEVICE_OPENCL_C_VERSION, out->language, sizeof out->language);
    device_text(opencl, CL_DEVICE_PROFILE, out->profile, sizeof out->profile);
    (void)snprintf(out->build_options, sizeof out->build_options, "%s", opencl->built);
    if (clGetDeviceInfo(opencl->device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) != CL_SUCCESS ||
        clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof out->platform_version, out->platform_version, NULL) !=
            CL_SUCCESS) {
        out->platform_version[0] = '\0';
    }
    TRY_CL(opencl,
           clGetDeviceInfo(opencl->device, is_double ? CL_DEVICE_DOUBLE_FP_CONFIG : CL_DEVICE_SINGLE_FP_CONFIG,
                           sizeof config, &config, NULL),
           "asking for the floating-point configuration", error);
    out->round_to_nearest = (config & CL_FP_ROUND_TO_NEAREST) != 0;
    out->inf_nan = (config & CL_FP_INF_NAN) != 0;
    out->denormals = (config & CL_FP_DENORM) != 0;
    (void)clGetDeviceInfo(opencl->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    out->units = units > 0 ? units : 1;
    return CLMLP_OK;
}

static void close_probe(clmlp_probe *probe)
{
    if (probe == NULL) return;
    (void)clFinish(probe->opencl->queue);
    const cl_kernel single[] = {probe->scalar, probe->barriers_local, probe->barriers_global, probe->chain};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        if (single[i] != NULL) (void)clReleaseKernel(single[i]);
    }
    for (int i = 0; i < CLMLP_PROBE_FORMS; i++) {
        if (probe->vector[i] != NULL) (void)clReleaseKernel(probe->vector[i]);
        if (probe->programs[i] != NULL) (void)clReleaseProgram(probe->programs[i]);
    }
    for (int i = 0; i <= CLMLP_PROBE_ARGUMENTS; i++) {
        if (probe->numbers[i] != NULL) (void)clReleaseMemObject(probe->numbers[i]);
    }
    if (probe->bytes != NULL) (void)clReleaseMemObject(probe->bytes);
    free(probe);
}

static clmlp_status create_kernel(clmlp_probe *probe, int form, const char *name, cl_kernel *kernel,
                                  clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    *kernel = clCreateKernel(probe->programs[form], name, &code);
    code = clmlp_opencl_made(code, *kernel);
    TRY_CL(probe->opencl, code, name, error);
    return CLMLP_OK;
}

/* The program with vectors of widths[form] numbers, and its kernel, where they are not there yet. */
static clmlp_status need(clmlp_probe *probe, int form, clmlp_error *error)
{
    static const char *const files[] = {"probe/qualify.cl"};
    char options[32];
    if (probe->vector[form] != NULL) return CLMLP_OK;
    (void)snprintf(options, sizeof options, " -D VW=%u", widths[form]);
    TRY(clmlp_opencl_build_files(probe->opencl, files, sizeof files / sizeof *files, options, &probe->programs[form],
                                 error));
    return create_kernel(probe, form, "qualify_vector", &probe->vector[form], error);
}

static clmlp_status open_probe(clmlp_backend *backend, clmlp_probe **out, clmlp_error *error)
{
    clmlp_probe *probe = NULL;
    clmlp_status status = CLMLP_OK;
    *out = NULL;
    TRY(clmlp_allocate(&probe, 1, sizeof *probe, "a probe", error));
    probe->opencl = (clmlp_opencl *)backend;
    TRY_CLEANUP(need(probe, 0, error));
    TRY_CLEANUP(create_kernel(probe, 0, "qualify_scalar", &probe->scalar, error));
    TRY_CLEANUP(create_kernel(probe, 0, "qualify_barriers_local", &probe->barriers_local, error));
    TRY_CLEANUP(create_kernel(probe, 0, "qualify_barriers_global", &probe->barriers_global, error));
    TRY_CLEANUP(create_kernel(probe, 0, "qualify_chain", &probe->chain, error));
    *out = probe;
cleanup:
    if (status != CLMLP_OK) close_probe(probe);
    return status;
}

static clmlp_status reserve_scratch(clmlp_probe *probe, size_t bytes, clmlp_error *error)
{
    if (bytes <= probe->numbers_bytes) return CLMLP_OK;
    probe->numbers_bytes = 0;
    for (int i = 0; i <= CLMLP_PROBE_ARGUMENTS; i++) {
        TRY(clmlp_probe_renew(probe, bytes, &probe->numbers[i], error));
    }
    probe->numbers_bytes = bytes;
    return CLMLP_OK;
}

static clmlp_status evaluate(clmlp_probe *probe, clmlp_probe_function function, unsigned lanes, size_t count,
                             const void *const arguments[CLMLP_PROBE_ARGUMENTS], void *results, clmlp_error *error)
{
    clmlp_opencl *opencl = probe->opencl;
    const size_t bytes = count * clmlp_precision_size(opencl->base.precision);
    int form = 0;
    while (lanes > 1 && form + 1 < CLMLP_PROBE_FORMS && widths[form] != lanes) form++;
    TRY(need(probe, form, error));
    TRY(reserve_scratch(probe, bytes, error));
    for (int i = 0; i < CLMLP_PROBE_ARGUMENTS; i++) {
        const void *from = arguments[i] != NULL ? arguments[i] : arguments[0]; /* read by the kernel all the same */
        TRY_CL(opencl,
               clEnqueueWriteBuffer(opencl->queue, probe->numbers[i], CL_TRUE, 0, bytes, from, 0, NULL, NULL),
               "writing arguments", error);
    }
    const cl_kernel kernel = lanes == 1 ? probe->scalar : probe->vector[form];
    const size_t limit = clmlp_probe_group_limit(probe, kernel), items = count / lanes;
    /* wide vectors as the CPU family has them, a work-item a group */
    const size_t group = lanes > 4 ? 1 : limit < opencl->group ? limit : opencl->group;
    const clmlp_launch launch = {.kernel = kernel,
                                 .interface = lanes == 1 ? clmlp_interface_qualify_scalar
                                                         : clmlp_interface_qualify_vector,
                                 .global = {(items + group - 1) / group * group, 1}, .local = {group, 1}};
    const cl_mem *n = probe->numbers;
    const clmlp_qualify_scalar_arguments list = {
        .code = (cl_int)function, .x = n[0], .y = n[1], .w = n[2], .count = count, .results = n[3]};
    TRY(clmlp_opencl_enqueue(opencl, &launch, &list, error));
    TRY_CL(opencl, clEnqueueReadBuffer(opencl->queue, n[3], CL_TRUE, 0, bytes, results, 0, NULL, NULL),
           "reading results", error);
    return CLMLP_OK;
}

static void finish_each(clmlp_backend *backend, bool on)
{
    ((clmlp_opencl *)backend)->finish_each = on;
}

static size_t set_group(clmlp_backend *backend, size_t items)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const size_t before = opencl->group;
    opencl->group = clmlp_smaller(items, opencl->group_most);
    return before;
}

static void tile(clmlp_backend *backend, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *out)
{
    const clmlp_opencl *opencl = (const clmlp_opencl *)backend;
    opencl->engine->tile(opencl, equation, rows, columns, length, out);
}

const clmlp_probe_ops clmlp_opencl_probes = {
    .facts = facts,
    .open = open_probe,
    .close = close_probe,
    .function = evaluate,
    .largest_group = clmlp_stress_largest_group,
    .barriers = clmlp_stress_barriers,
    .chain = clmlp_stress_chain,
    .buffer = clmlp_stress_buffer,
    .copy = clmlp_stress_copy,
    .tile = tile,
    .finish_each = finish_each,
    .group = set_group,
    .guard = clmlp_opencl_guard,
    .guards_broken = clmlp_opencl_guards_broken,
};
