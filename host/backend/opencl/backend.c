/* backend.c - the runtime on one device: context and queues, and how far the host may be ahead. */
#include <stdio.h>
#include <stdlib.h>

#include "backend/opencl/engine.h"
#include "backend/opencl/opencl.h"
#include "base/clock.h"
#include "base/memory.h"
#include "common/codes.h"

enum { PACE = 256 }; /* flushes between two marks */

/* The host may be thousands of steps ahead of the device, and every command in between costs memory of
 * the driver's. So it leaves a mark every PACE flushes and, there, waits for the one before: the device
 * always has up to 2 PACE steps to do and never runs dry. */
clmlp_status clmlp_opencl_flush(clmlp_backend *backend, clmlp_error *error)
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

void clmlp_opencl_destroy(clmlp_backend *backend)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    if (opencl->queue != NULL) (void)clFinish(opencl->queue);
    if (opencl->transfer != NULL) (void)clFinish(opencl->transfer);
    if (opencl->mark != NULL) (void)clReleaseEvent(opencl->mark);
    clmlp_opencl_profile_release(opencl);
    clmlp_opencl_scores_release(opencl);
    clmlp_opencl_sums_release(opencl);
    if (opencl->engine != NULL) opencl->engine->release(opencl);
    clmlp_opencl_guard(backend, false);
    clmlp_opencl_input_scale_release(opencl);
    clmlp_opencl_unbuild(opencl);
    if (opencl->transfer != NULL) (void)clReleaseCommandQueue(opencl->transfer);
    if (opencl->queue != NULL) (void)clReleaseCommandQueue(opencl->queue);
    if (opencl->context != NULL) (void)clReleaseContext(opencl->context);
    free(opencl);
}

/* Work-items of an elementwise group: enough to fill a GPU's warps, within what the device allows. */
static clmlp_status choose_group(clmlp_opencl *opencl, clmlp_error *error)
{
    size_t largest = 0;
    TRY_CL(opencl, clmlp_opencl_group_limit(opencl->device, &largest), "asking for the largest work-group", error);
    opencl->group_most = largest;
    opencl->group = largest < ELEMENT_GROUP ? largest : ELEMENT_GROUP;
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof opencl->local_bytes,
                                   &opencl->local_bytes, NULL), "asking for the size of local memory", error);
    return CLMLP_OK;
}

static clmlp_status open_queues(clmlp_opencl *opencl, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    opencl->context = clCreateContext(NULL, 1, &opencl->device, NULL, NULL, &code);
    code = clmlp_opencl_made(code, opencl->context);
    TRY_CL(opencl, code, "creating a context", error);
    opencl->queue = clCreateCommandQueue(opencl->context, opencl->device, 0, &code);
    code = clmlp_opencl_made(code, opencl->queue);
    TRY_CL(opencl, code, "creating a command queue", error);
    opencl->transfer = clCreateCommandQueue(opencl->context, opencl->device, 0, &code);
    code = clmlp_opencl_made(code, opencl->transfer);
    TRY_CL(opencl, code, "creating a command queue", error);
    return CLMLP_OK;
}

cl_uint clmlp_opencl_lanes(const clmlp_opencl *opencl)
{
    const cl_device_info what = opencl->base.precision == CLMLP_F64 ? CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE
                                                                    : CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
    cl_uint width = 0;
    if (clGetDeviceInfo(opencl->device, what, sizeof width, &width, NULL) != CL_SUCCESS) width = 4;
    return width >= 16 ? 16 : width >= 8 ? 8 : 4;
}

clmlp_status clmlp_opencl_create(clmlp_opencl **out, const clmlp_device_info *info, clmlp_precision precision,
                                 clmlp_error *error)
{
    clmlp_opencl *opencl = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&opencl, 1, sizeof *opencl, "an OpenCL device", error));
    opencl->base.precision = precision;
    (void)snprintf(opencl->name, sizeof opencl->name, "%s", info->name);
    const double began = clmlp_seconds();
    TRY_CLEANUP(clmlp_opencl_find(info->spec, &opencl->device, error));
    opencl->base.address_bits = info->address_bits;
    opencl->reach = clmlp_opencl_reach(info->address_bits);
    TRY_CLEANUP(choose_group(opencl, error));
    TRY_CLEANUP(open_queues(opencl, error));
    opencl->base.startup.context = clmlp_seconds() - began;
    *out = opencl;
cleanup:
    if (status != CLMLP_OK) clmlp_opencl_destroy(&opencl->base);
    return status;
}
