/* staging.c - pinned memory of the host, from and to which transfers overlap with kernels.
 *
 * Drivers of GPUs copy from plain memory by the processor, through pinned memory of their own, and some wait for it. A
 * buffer that the driver makes in the host's memory, mapped once, is read by the device itself. A device that shares
 * the host's memory has no such copy: there plain memory is as good, and the staging does not count as device memory.
 */
#include "backend/opencl/opencl.h"

bool clmlp_opencl_shares_memory(const clmlp_opencl *opencl)
{
    cl_bool unified = CL_TRUE;
    const cl_int code = clGetDeviceInfo(opencl->device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified, NULL);
    return code != CL_SUCCESS || unified != CL_FALSE;
}

/* What stays NULL is had from plain memory. use: what the device does with it; how: what the host does. */
static void create(clmlp_opencl *opencl, size_t bytes, cl_mem_flags use, cl_map_flags how, const char *what,
                   clmlp_staging *out)
{
    cl_int code = CL_SUCCESS;
    if (bytes == 0 || bytes > opencl->base.largest_buffer || clmlp_opencl_shares_memory(opencl)) return;
    const cl_mem buffer = clmlp_opencl_new_buffer(opencl, use | CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &code);
    void *memory = NULL;
    if (code == CL_SUCCESS) {
        memory = clEnqueueMapBuffer(opencl->transfer, buffer, CL_TRUE, how, 0, bytes, 0, NULL, NULL, &code);
        code = clmlp_opencl_made(code, memory);
    }
    if (code == CL_SUCCESS) {
        *out = (clmlp_staging){.memory = memory, .owner = buffer};
        return;
    }
    if (buffer != NULL) (void)clReleaseMemObject(buffer);
    clmlp_opencl_remark(opencl, "%s plain memory: pinned memory could not be had: %s (%d)", what,
                        clmlp_opencl_code_text(code), (int)code);
}

void clmlp_opencl_staging_create(clmlp_backend *backend, size_t bytes, clmlp_staging *out)
{
    create((clmlp_opencl *)backend, bytes, CL_MEM_READ_ONLY, CL_MAP_WRITE, "batches are uploaded from", out);
}

/* Some drivers make memory that the device only reads slow for the host to read. */
void clmlp_opencl_staging_both_ways(clmlp_opencl *opencl, size_t bytes, clmlp_staging *out)
{
    create(opencl, bytes, CL_MEM_READ_WRITE, CL_MAP_READ | CL_MAP_WRITE, "matrices go to the host and back through",
           out);
}

void clmlp_opencl_staging_destroy(clmlp_backend *backend, clmlp_staging *staging)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    (void)clEnqueueUnmapMemObject(opencl->transfer, staging->owner, staging->memory, 0, NULL, NULL);
    (void)clReleaseMemObject(staging->owner); /* it stays until it is unmapped */
}
