/* kernel.c - a kernel of a program, and whether the device runs it as it will be launched. */
#include "backend/opencl/opencl.h"
#include "base/memory.h"

/* What is known of a kernel once it is compiled. */
typedef struct needs {
    size_t most;     /* work-items that its groups may have */
    size_t fixed[3]; /* those that they have to have; 0: any */
    cl_ulong local;  /* bytes of local memory */
} needs;

/* rusticl of Mesa 22.3 says the width of a subgroup, also of kernels that must have larger groups, and runs those. */
static bool is_a_subgroup(const clmlp_opencl *opencl, cl_kernel kernel, size_t most)
{
    size_t width = 0;
    return clGetKernelWorkGroupInfo(kernel, opencl->device, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, sizeof width,
                                    &width, NULL) == CL_SUCCESS &&
           most == width && clmlp_opencl_is_rusticl(opencl->device);
}

static cl_int ask(const clmlp_opencl *opencl, cl_kernel kernel, needs *out)
{
    const cl_device_id device = opencl->device;
    cl_int code = clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_WORK_GROUP_SIZE, sizeof out->most, &out->most,
                                           NULL);
    if (code == CL_SUCCESS && is_a_subgroup(opencl, kernel, out->most)) {
        code = clmlp_opencl_group_limit(device, &out->most);
    }
    if (code == CL_SUCCESS) {
        code = clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_COMPILE_WORK_GROUP_SIZE, sizeof out->fixed,
                                        out->fixed, NULL);
    }
    if (code == CL_SUCCESS) {
        code = clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_LOCAL_MEM_SIZE, sizeof out->local, &out->local, NULL);
    }
    return code;
}

static clmlp_status check(clmlp_opencl *opencl, cl_kernel kernel, const char *name, clmlp_error *error)
{
    needs needed = {0};
    TRY_CL(opencl, ask(opencl, kernel, &needed), name, error);
    const size_t fixed = needed.fixed[0] * needed.fixed[1] * needed.fixed[2];
    if (fixed > needed.most) {
        return clmlp_fail(error, CLMLP_DEVICE, "%s: the kernel %s needs work-groups of %zu items, and the device "
                          "allows it %zu", opencl->name, name, fixed, needed.most);
    }
    if (needed.local > opencl->local_bytes) {
        return clmlp_fail(error, CLMLP_DEVICE, "%s: the kernel %s needs %llu bytes of local memory, and the device has "
                          "%llu", opencl->name, name, (unsigned long long)needed.local,
                          (unsigned long long)opencl->local_bytes);
    }
    if (fixed == 0 && needed.most < opencl->group_most) opencl->group_most = needed.most > 0 ? needed.most : 1;
    opencl->group = clmlp_smaller(opencl->group, opencl->group_most);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_create_kernel(clmlp_opencl *opencl, cl_program program, const char *name, cl_kernel *kernel,
                                        clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    *kernel = clCreateKernel(program, name, &code);
    code = clmlp_opencl_made(code, *kernel);
    TRY_CL(opencl, code, name, error);
    const clmlp_status status = check(opencl, *kernel, name, error);
    if (status == CLMLP_OK) return CLMLP_OK;
    (void)clReleaseKernel(*kernel);
    *kernel = NULL;
    return status;
}
