/* limits.c - what a device lets a probe have: work-items of a group, and buffers. */
#include "backend/probe/opencl_probe.h"

size_t clmlp_probe_group_limit(const clmlp_probe *probe, cl_kernel kernel)
{
    size_t limit = 0;
    const cl_int code = clGetKernelWorkGroupInfo(kernel, probe->opencl->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof limit,
                                                 &limit, NULL);
    return code == CL_SUCCESS && limit > 0 ? limit : 1;
}

clmlp_status clmlp_probe_renew(const clmlp_probe *probe, size_t bytes, cl_mem *buffer, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    if (*buffer != NULL) (void)clReleaseMemObject(*buffer);
    *buffer = clmlp_opencl_new_buffer(probe->opencl, CL_MEM_READ_WRITE, bytes > 0 ? bytes : 1, NULL, &code);
    if (code != CL_SUCCESS) *buffer = NULL;
    TRY_CL(probe->opencl, code, "making room for a probe", error);
    return CLMLP_OK;
}
