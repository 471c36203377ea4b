/* peak.c - measure a device's peak rates: multiply-adds and copies.
 *
 * kernels/probe/peak.cl is tried in the vector widths that devices like; the fastest counts.
 */
#include <stdio.h>

#include "backend/probe/opencl_probe.h"
#include "base/clock.h"
#include "base/memory.h"
#include "common/codes.h"

enum {
    SAMPLES = 7,                    /* the fastest counts: a peak is what nothing disturbed */
    SIDE_BY_SIDE = 32,              /* groups of the multiply-adds per compute unit */
    COPY_BYTES = 256 << 20,         /* beyond every cache */
    LEAST_COPY_BYTES = 1 << 20
};
static const double SAMPLE_SECONDS = 0.01;

/* A program of peak.cl, and what a launch of it needs. */
typedef struct peak {
    clmlp_opencl *opencl;
    cl_program program;
    cl_kernel kernel;
    cl_mem buffers[2];
    size_t global, group;
    cl_ulong rounds;     /* of the multiply-adds */
    double work;         /* operations, or bytes, of a launch */
} peak;

static void release(peak *p)
{
    for (int i = 0; i < 2; i++) {
        if (p->buffers[i] != NULL) (void)clReleaseMemObject(p->buffers[i]);
    }
    if (p->kernel != NULL) (void)clReleaseKernel(p->kernel);
    if (p->program != NULL) (void)clReleaseProgram(p->program);
}

static clmlp_status build(peak *p, int width, const char *kernel, clmlp_error *error)
{
    static const char *const files[] = {"probe/peak.cl"};
    char options[32];
    /* -w: wide vectors are tried where the device has none, which some compilers warn about on the user's terminal */
    (void)snprintf(options, sizeof options, " -w -D PEAK_WIDTH=%d", width);
    TRY(clmlp_opencl_build_files(p->opencl, files, sizeof files / sizeof *files, options, &p->program, error));
    TRY(clmlp_opencl_create_kernel(p->opencl, p->program, kernel, &p->kernel, error));
    p->group = clmlp_smaller(p->group, p->opencl->group);
    return CLMLP_OK;
}

static clmlp_status create(peak *p, size_t bytes, int count, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    for (int i = 0; i < count; i++) {
        p->buffers[i] = clmlp_opencl_new_buffer(p->opencl, CL_MEM_READ_WRITE, bytes, NULL, &code);
        TRY_CL(p->opencl, code, "making room to measure the peak", error);
    }
    return CLMLP_OK;
}

static clmlp_status set(peak *p, clmlp_interface_of *interface, const void *arguments, clmlp_error *error)
{
    const bool is_double = p->opencl->base.precision == CLMLP_F64;
    TRY_CL(p->opencl, clmlp_arguments_set(p->kernel, interface, arguments, 0, is_double, NULL), "measuring the peak",
           error);
    return CLMLP_OK;
}

/* Seconds of `launches` in a row. */
static clmlp_status time_launches(peak *p, size_t launches, double *seconds, clmlp_error *error)
{
    const cl_command_queue queue = p->opencl->queue;
    const double began = clmlp_seconds();
    for (size_t i = 0; i < launches; i++) {
        TRY_CL(p->opencl, clEnqueueNDRangeKernel(queue, p->kernel, 1, NULL, &p->global, &p->group, 0, NULL, NULL),
               "measuring the peak", error);
    }
    TRY_CL(p->opencl, clFinish(queue), "measuring the peak", error);
    *seconds = clmlp_seconds() - began;
    return CLMLP_OK;
}

/* The most work a second: launches enough for SAMPLE_SECONDS, the best of SAMPLES. */
static clmlp_status fastest(peak *p, double *rate, clmlp_error *error)
{
    double seconds = 0.0;
    size_t launches = 1;
    TRY(time_launches(p, 1, &seconds, error)); /* the first one may have to be compiled */
    for (;;) {
        TRY(time_launches(p, launches, &seconds, error));
        if (seconds >= SAMPLE_SECONDS || launches >= 4096) break;
        launches *= 2;
    }
    for (int i = 0; i < SAMPLES; i++) {
        TRY(time_launches(p, launches, &seconds, error));
        const double found = p->work * (double)launches / seconds;
        if (found > *rate) *rate = found;
    }
    return CLMLP_OK;
}

/* Fewer rounds, where a launch takes longer than it may. */
static clmlp_status keep_short(peak *p, const clmlp_peak_multiply_add_arguments *arguments, clmlp_error *error)
{
    clmlp_peak_multiply_add_arguments fewer = *arguments;
    const double most = p->opencl->paces.most;
    while (most > 0.0 && p->rounds > 1) {
        double seconds = 0.0;
        TRY(time_launches(p, 1, &seconds, error)); /* the first one may have to be compiled */
        TRY(time_launches(p, 1, &seconds, error));
        if (seconds < most / 2.0) return CLMLP_OK;
        p->rounds /= 2;
        p->work /= 2.0;
        fewer.rounds = p->rounds;
        TRY(set(p, clmlp_interface_peak_multiply_add, &fewer, error));
    }
    return CLMLP_OK;
}

/* Multiply-adds with vectors of `width`, in groups of `group`. */
static clmlp_status multiply_add(clmlp_opencl *opencl, int width, size_t group, double *rate, clmlp_error *error)
{
    peak p = {.opencl = opencl, .group = group, .rounds = 256};
    cl_uint units = 1;
    clmlp_status status = CLMLP_OK;

    (void)clGetDeviceInfo(opencl->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    TRY_CLEANUP(build(&p, width, "peak_multiply_add", error));
    p.global = p.group * SIDE_BY_SIDE * (units > 0 ? units : 1);
    p.work = 2.0 * width * PEAK_CHAINS * PEAK_UNROLL * (double)p.rounds * (double)p.global;
    TRY_CLEANUP(create(&p, p.global * clmlp_precision_size(opencl->base.precision), 1, error));
    const clmlp_peak_multiply_add_arguments arguments = {.sums = p.buffers[0], .rounds = p.rounds, .r = 0.5};
    TRY_CLEANUP(set(&p, clmlp_interface_peak_multiply_add, &arguments, error));
    TRY_CLEANUP(keep_short(&p, &arguments, error));
    TRY_CLEANUP(fastest(&p, rate, error));
cleanup:
    release(&p);
    return status;
}

static clmlp_status copy(clmlp_opencl *opencl, double *rate, clmlp_error *error)
{
    peak p = {.opencl = opencl, .group = opencl->group};
    size_t bytes = COPY_BYTES;
    const uint64_t room = opencl->base.memory_limit - opencl->base.memory_used;
    clmlp_status status = CLMLP_OK;
    const cl_uchar zero = 0;

    while (bytes > LEAST_COPY_BYTES && (bytes > opencl->base.largest_buffer || bytes > room / 4)) bytes /= 2;
    TRY_CLEANUP(build(&p, 1, "peak_copy", error));
    p.global = bytes / 16 / p.group * p.group;
    p.work = 32.0 * (double)p.global;
    TRY_CLEANUP(create(&p, bytes, 2, error));
    const clmlp_peak_copy_arguments arguments = {.from = p.buffers[0], .to = p.buffers[1]};
    TRY_CLEANUP(set(&p, clmlp_interface_peak_copy, &arguments, error));
    for (int i = 0; i < 2; i++) {
        const cl_int code = clEnqueueFillBuffer(opencl->queue, p.buffers[i], &zero, sizeof zero, 0, bytes, 0, NULL,
                                                NULL);
        if (code != CL_SUCCESS) {
            status = clmlp_opencl_fail(error, opencl, code, "measuring the peak");
            goto cleanup;
        }
    }
    TRY_CLEANUP(fastest(&p, rate, error));
cleanup:
    release(&p);
    return status;
}

clmlp_status clmlp_opencl_peak(clmlp_backend *backend, double *flops, double *bytes, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    static const int widths[] = {4, 8, 16};
    *flops = *bytes = 0.0;
    /* GPUs: numbers, side by side in a group; CPUs: vectors, a work-item a group. Mesa takes vectors apart, and
     * compiles these for minutes */
    const bool has_vectors = !clmlp_opencl_renders(opencl->device);
    TRY(multiply_add(opencl, 1, opencl->group, flops, error));
    for (size_t i = 0; i < sizeof widths / sizeof *widths && has_vectors; i++) {
        TRY(multiply_add(opencl, widths[i], 1, flops, error));
    }
    return copy(opencl, bytes, error);
}
