/* profile.c - kernel times from OpenCL events, summed by kernel name.
 *
 * Events are collected in blocks, so that the driver never holds more than one block of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/opencl.h"
#include "base/clock.h"
#include "base/memory.h"

cl_event *clmlp_opencl_event(clmlp_opencl *opencl)
{
    clmlp_opencl_profile *profile = &opencl->profile;
    if (!profile->on) return NULL;
    profile->events[profile->pending] = NULL;
    return &profile->events[profile->pending];
}

static clmlp_status elapsed(clmlp_opencl *opencl, cl_event event, double *milliseconds, clmlp_error *error)
{
    cl_ulong start = 0, end = 0;
    TRY_CL(opencl, clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL),
           "reading the time of a kernel", error);
    TRY_CL(opencl, clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL),
           "reading the time of a kernel", error);
    /* the clocks of device and host may differ by a little, and not by half */
    const double most = 2.0 * (clmlp_seconds() - opencl->profile.since) + 0.1;
    *milliseconds = end >= start ? 1e-6 * (double)(end - start) : 0.0;
    opencl->profile.spent += *milliseconds;
    if (start != 0 && end >= start && opencl->profile.spent <= 1e3 * most) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_DEVICE, "%s: the driver says that a kernel ran from %" PRIu64 " to %" PRIu64 " ns, "
                      "which cannot be: it has no times of kernels", opencl->name, (uint64_t)start, (uint64_t)end);
}

/* No device starts a kernel and ends it in less: that is two dozen cycles. */
static const double LEAST_MILLISECONDS = 1e-5;

/* What the driver says of all kernels together. */
static void check_sum(clmlp_opencl *opencl)
{
    clmlp_opencl_profile *const profile = &opencl->profile;
    double milliseconds = 0.0, calls = 0.0;
    for (size_t i = 0; i < profile->count; i++) {
        milliseconds += profile->times[i].milliseconds;
        calls += (double)profile->times[i].calls;
    }
    if (profile->failed.status != CLMLP_OK || !(milliseconds < LEAST_MILLISECONDS * calls)) return;
    (void)clmlp_fail(&profile->failed, CLMLP_DEVICE, "%s: the driver says that %.0f kernels took %.2g ns each, which "
                     "cannot be: it has no times of kernels", opencl->name, calls, 1e6 * milliseconds / calls);
}

static void release_pending(clmlp_opencl_profile *profile)
{
    for (size_t i = 0; i < profile->pending; i++) (void)clReleaseEvent(profile->events[i]);
    profile->pending = 0;
}

/* The queue is in order: when the last event is complete, all are. What a driver tells of times is nothing that the
 * work depends on: whoever asks for them learns what is wrong with them. */
static clmlp_status collect(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_opencl_profile *profile = &opencl->profile;
    clmlp_status status = CLMLP_OK;
    if (profile->pending == 0) return CLMLP_OK;
    const cl_int code = clWaitForEvents(1, &profile->events[profile->pending - 1]);
    if (code != CL_SUCCESS) status = clmlp_opencl_fail(error, opencl, code, "waiting for a kernel");
    for (size_t i = 0; i < profile->pending && status == CLMLP_OK && profile->failed.status == CLMLP_OK; i++) {
        double milliseconds = 0.0;
        (void)elapsed(opencl, profile->events[i], &milliseconds, &profile->failed);
        profile->times[profile->entries[i]].milliseconds += milliseconds;
    }
    release_pending(profile);
    return status;
}

/* The entry of a name, made when it is new. */
static clmlp_status entry_of(clmlp_opencl_profile *profile, const char *name, size_t *entry, clmlp_error *error)
{
    for (*entry = 0; *entry < profile->count; (*entry)++) {
        if (strcmp(profile->times[*entry].name, name) == 0) return CLMLP_OK;
    }
    TRY(clmlp_grow(&profile->times, &profile->capacity, profile->count + 1, sizeof *profile->times,
                   "the times of kernels", error));
    clmlp_kernel_time *time = &profile->times[profile->count++];
    *time = (clmlp_kernel_time){.calls = 0};
    (void)snprintf(time->name, sizeof time->name, "%s", name);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_record(clmlp_opencl *opencl, const char *name, clmlp_error *error)
{
    clmlp_opencl_profile *profile = &opencl->profile;
    const double flops = profile->flops;
    size_t entry = 0;
    profile->flops = 0.0;
    if (opencl->finish_each) TRY_CL(opencl, clFinish(opencl->queue), name, error);
    if (!profile->on || profile->events[profile->pending] == NULL) return CLMLP_OK;
    const clmlp_status status = entry_of(profile, name, &entry, error);
    if (status != CLMLP_OK) {
        (void)clReleaseEvent(profile->events[profile->pending]);
        return status;
    }
    profile->times[entry].calls++;
    profile->times[entry].flops += flops;
    profile->entries[profile->pending++] = entry;
    return profile->pending == CLMLP_OPENCL_PENDING ? collect(opencl, error) : CLMLP_OK;
}

/* Whether a queue records is decided when it is made, so there is another queue afterwards. */
clmlp_status clmlp_opencl_profile_switch(clmlp_backend *backend, bool on, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    cl_int code = CL_SUCCESS;
    if (opencl->profile.on == on) return CLMLP_OK;
    TRY(collect(opencl, error));
    TRY_CL(opencl, clFinish(opencl->queue), "waiting for the device", error);
    const cl_command_queue queue = clCreateCommandQueue(opencl->context, opencl->device,
                                                        on ? CL_QUEUE_PROFILING_ENABLE : 0, &code);
    code = clmlp_opencl_made(code, queue);
    TRY_CL(opencl, code, "creating a command queue", error);
    (void)clReleaseCommandQueue(opencl->queue);
    opencl->queue = queue;
    opencl->profile.on = on;
    opencl->profile.since = clmlp_seconds();
    opencl->profile.spent = 0.0;
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_profile_take(clmlp_backend *backend, clmlp_kernel_time **times, size_t *count,
                                       clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    TRY(collect(opencl, error));
    check_sum(opencl);
    const clmlp_error failed = opencl->profile.failed;
    opencl->profile.failed = (clmlp_error){.status = CLMLP_OK};
    if (failed.status != CLMLP_OK) {
        backend->has_no_times = true;
        clmlp_opencl_profile_release(opencl);
        return clmlp_fail(error, failed.status, "%s", failed.message);
    }
    *times = opencl->profile.times;
    *count = opencl->profile.count;
    opencl->profile.times = NULL;
    opencl->profile.count = opencl->profile.capacity = 0;
    return CLMLP_OK;
}

void clmlp_opencl_profile_release(clmlp_opencl *opencl)
{
    release_pending(&opencl->profile);
    free(opencl->profile.times);
    opencl->profile.times = NULL;
    opencl->profile.count = opencl->profile.capacity = 0;
}
