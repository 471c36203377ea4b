/* stress.c - probes of barriers, chains of launches and copies, for qualify.
 *
 * The kernels are in kernels/probe/qualify.cl.
 */
#include "backend/probe/opencl_probe.h"
#include "base/memory.h"

size_t clmlp_stress_largest_group(const clmlp_probe *probe)
{
    size_t item_limits[3] = {1, 1, 1};
    cl_ulong local = 0;
    size_t limit = clmlp_smaller(clmlp_probe_group_limit(probe, probe->barriers_local),
                           clmlp_probe_group_limit(probe, probe->barriers_global));
    if (clGetDeviceInfo(probe->opencl->device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof item_limits, item_limits, NULL) ==
        CL_SUCCESS) {
        limit = clmlp_smaller(limit, item_limits[0]);
    }
    if (clGetDeviceInfo(probe->opencl->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, NULL) == CL_SUCCESS) {
        limit = clmlp_smaller(limit, (size_t)local / sizeof(cl_uint));
    }
    return limit;
}

clmlp_status clmlp_stress_barriers(clmlp_probe *probe, bool global, size_t group, size_t groups, uint32_t rounds,
                                   uint32_t *results, clmlp_error *error)
{
    clmlp_opencl *opencl = probe->opencl;
    const size_t items = group * groups, bytes = items * sizeof(cl_uint);
    cl_mem boxes = NULL, out = NULL;
    const clmlp_launch launch = {
        .kernel = global ? probe->barriers_global : probe->barriers_local,
        .interface = global ? clmlp_interface_qualify_barriers_global : clmlp_interface_qualify_barriers_local,
        .global = {items, 1}, .local = {group, 1}, .division = CLMLP_UNDIVIDED};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_probe_renew(probe, bytes, &out, error));
    if (global) TRY_CLEANUP(clmlp_probe_renew(probe, bytes, &boxes, error));
    const clmlp_qualify_barriers_global_arguments with_boxes = {.boxes = boxes, .rounds = rounds, .results = out};
    const clmlp_qualify_barriers_local_arguments with_box = {
        .box = group * sizeof(cl_uint), .rounds = rounds, .results = out};
    TRY_CLEANUP(clmlp_opencl_enqueue(opencl, &launch, global ? (const void *)&with_boxes : &with_box, error));
    const cl_int code = clEnqueueReadBuffer(opencl->queue, out, CL_TRUE, 0, bytes, results, 0, NULL, NULL);
    if (code != CL_SUCCESS) status = clmlp_opencl_fail(error, opencl, code, "reading what barriers made");
cleanup:
    if (boxes != NULL) (void)clReleaseMemObject(boxes);
    if (out != NULL) (void)clReleaseMemObject(out);
    return status;
}

clmlp_status clmlp_stress_chain(clmlp_probe *probe, uint32_t *values, size_t count, uint32_t launches,
                                clmlp_error *error)
{
    clmlp_opencl *opencl = probe->opencl;
    const size_t bytes = count * sizeof(cl_uint);
    const size_t group = clmlp_smaller(opencl->group, clmlp_probe_group_limit(probe, probe->chain));
    const clmlp_launch launch = {.kernel = probe->chain, .interface = clmlp_interface_qualify_chain,
                                 .global = {(count + group - 1) / group * group, 1}, .local = {group, 1}};
    cl_mem buffers[2] = {NULL, NULL};
    clmlp_status status = CLMLP_OK;
    cl_int code = CL_SUCCESS;
    for (int i = 0; i < 2; i++) TRY_CLEANUP(clmlp_probe_renew(probe, bytes, &buffers[i], error));
    code = clEnqueueWriteBuffer(opencl->queue, buffers[0], CL_TRUE, 0, bytes, values, 0, NULL, NULL);
    for (cl_uint step = 0; step < launches && code == CL_SUCCESS; step++) {
        const clmlp_qualify_chain_arguments arguments = {
            .from = buffers[step % 2], .to = buffers[(step + 1) % 2], .count = (cl_uint)count, .turn = step};
        TRY_CLEANUP(clmlp_opencl_enqueue(opencl, &launch, &arguments, error));
        if (step % 64 == 63) code = clFlush(opencl->queue);
    }
    if (code == CL_SUCCESS) {
        code = clEnqueueReadBuffer(opencl->queue, buffers[launches % 2], CL_TRUE, 0, bytes, values, 0, NULL, NULL);
    }
    if (code != CL_SUCCESS) status = clmlp_opencl_fail(error, opencl, code, "a chain of launches");
cleanup:
    for (int i = 0; i < 2; i++) {
        if (buffers[i] != NULL) (void)clReleaseMemObject(buffers[i]);
    }
    return status;
}

clmlp_status clmlp_stress_buffer(clmlp_probe *probe, size_t bytes, clmlp_error *error)
{
    return clmlp_probe_renew(probe, bytes, &probe->bytes, error);
}

/* Rows of `bytes`, dense in host, `pitch` apart in the buffer from byte `at` on. */
static cl_int copy_rows(clmlp_probe *probe, const clmlp_probe_copy *c, size_t at)
{
    const size_t buffer_origin[3] = {at % c->pitch, at / c->pitch, 0}, host_origin[3] = {0, 0, 0};
    const size_t size[3] = {c->bytes, c->rows, 1};
    const cl_command_queue queue = probe->opencl->queue;
    return c->kind == CLMLP_COPY_WRITE_ROWS
               ? clEnqueueWriteBufferRect(queue, probe->bytes, CL_FALSE, buffer_origin, host_origin, size, c->pitch, 0,
                                          c->bytes, 0, c->host, 0, NULL, NULL)
               : clEnqueueReadBufferRect(queue, probe->bytes, CL_TRUE, buffer_origin, host_origin, size, c->pitch, 0,
                                         c->bytes, 0, c->host, 0, NULL, NULL);
}

clmlp_status clmlp_stress_copy(clmlp_probe *probe, const clmlp_probe_copy *c, clmlp_error *error)
{
    const cl_command_queue queue = probe->opencl->queue;
    cl_int code = CL_INVALID_VALUE;
    switch (c->kind) {
    case CLMLP_COPY_WRITE:
        code = clEnqueueWriteBuffer(queue, probe->bytes, CL_FALSE, c->to, c->bytes, c->host, 0, NULL, NULL);
        break;
    case CLMLP_COPY_READ:
        code = clEnqueueReadBuffer(queue, probe->bytes, CL_TRUE, c->from, c->bytes, c->host, 0, NULL, NULL);
        break;
    case CLMLP_COPY_WITHIN:
        code = clEnqueueCopyBuffer(queue, probe->bytes, probe->bytes, c->from, c->to, c->bytes, 0, NULL, NULL);
        break;
    case CLMLP_COPY_FILL:
        code = clEnqueueFillBuffer(queue, probe->bytes, &c->value, 1, c->to, c->bytes, 0, NULL, NULL);
        break;
    case CLMLP_COPY_WRITE_ROWS: code = copy_rows(probe, c, c->to); break;
    case CLMLP_COPY_READ_ROWS: code = copy_rows(probe, c, c->from); break;
    case CLMLP_COPY_COUNT: break;
    }
    if (code == CL_SUCCESS) return CLMLP_OK;
    (void)clFinish(queue); /* writes before this one may still read what the caller will free */
    return clmlp_opencl_fail(error, probe->opencl, code, "copying bytes");
}
