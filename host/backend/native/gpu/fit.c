/* fit.c - whether the device runs the kernel of a tile, and whether it spills registers. */
#include "backend/native/gpu/fit.h"

#include <stdio.h>
#include <string.h>

bool clmlp_gpu_kernel_fits(const clmlp_opencl *opencl, cl_kernel kernel, size_t items, size_t local_bytes,
                           clmlp_gpu_misfit *misfit)
{
    size_t group = 0;
    cl_ulong local = 0;
    char problem[sizeof misfit->text];
    cl_int code = clGetKernelWorkGroupInfo(kernel, opencl->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof group, &group,
                                           NULL);
    if (code == CL_SUCCESS) {
        code = clGetKernelWorkGroupInfo(kernel, opencl->device, CL_KERNEL_LOCAL_MEM_SIZE, sizeof local, &local, NULL);
    }
    if (code == CL_SUCCESS && items <= group && local <= local_bytes) return true;
    if (code != CL_SUCCESS) {
        (void)snprintf(problem, sizeof problem, "asking what it needs failed: %s", clmlp_opencl_code_text(code));
    } else if (items > group) {
        (void)snprintf(problem, sizeof problem, "it needs work-groups of %zu items, and the device allows it %zu",
                       items, group);
    } else {
        (void)snprintf(problem, sizeof problem, "it needs %llu bytes of local memory, and the device has %zu",
                       (unsigned long long)local, local_bytes);
    }
    if (misfit->items == 0 || items < misfit->items) {
        misfit->items = items;
        memcpy(misfit->text, problem, sizeof problem);
    }
    return false;
}

cl_ulong clmlp_gpu_private_bytes(const clmlp_opencl *opencl, cl_kernel kernel)
{
    cl_device_type type = 0;
    cl_ulong bytes = 0;
    if (clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL) != CL_SUCCESS) return 0;
    if ((type & CL_DEVICE_TYPE_GPU) == 0) return 0;
    const cl_int code = clGetKernelWorkGroupInfo(kernel, opencl->device, CL_KERNEL_PRIVATE_MEM_SIZE, sizeof bytes,
                                                 &bytes, NULL);
    return code == CL_SUCCESS ? bytes : 0;
}

size_t clmlp_gpu_leanest(clmlp_native_kernel operation, const clmlp_gpu_limits *limits, const bool *excluded)
{
    size_t count = 0, fewest = 0;
    const clmlp_gpu_tiles *const candidates = clmlp_gpu_candidates(operation, &count);
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        if (excluded[i] || clmlp_gpu_tiles_problem(&candidates[i], operation, limits) != NULL) continue;
        const size_t registers = clmlp_gpu_registers(&candidates[i], limits->element);
        if (best < count && registers >= fewest) continue;
        best = i;
        fewest = registers;
    }
    return best;
}
