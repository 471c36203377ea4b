/* gemm_clblast.c - CLBlast as it comes, on the OpenCL device PLACE = "platform.device". */
#include <CL/cl.h>
#include <clblast_c.h>
#include <stdio.h>

#include "driver.h"
#include "gemm.h"

static cl_context context;
static cl_command_queue queue;
static cl_mem a, b, c;

static void must(int status, const char *what)
{
    if (status != CL_SUCCESS) driver_give_up("%s failed with %d", what, status);
}

static cl_device_id find_device(const char *place)
{
    unsigned platform = 0, device = 0;
    cl_platform_id platforms[16];
    cl_device_id devices[16];
    cl_uint count = 0;
    if (sscanf(place, "%u.%u", &platform, &device) != 2) driver_give_up("'%s' is not PLATFORM.DEVICE", place);
    must(clGetPlatformIDs(16, platforms, &count), "clGetPlatformIDs");
    if (platform >= count || platform >= 16) driver_give_up("there is no OpenCL platform %u", platform);
    must(clGetDeviceIDs(platforms[platform], CL_DEVICE_TYPE_ALL, 16, devices, &count), "clGetDeviceIDs");
    if (device >= count || device >= 16) driver_give_up("there is no OpenCL device %u.%u", platform, device);
    return devices[device];
}

static cl_mem buffer(size_t count, const float *values)
{
    int status;
    const cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, count * sizeof *values, NULL, &status);
    must(status, "clCreateBuffer");
    if (values != NULL) {
        must(clEnqueueWriteBuffer(queue, memory, CL_TRUE, 0, count * sizeof *values, values, 0, NULL, NULL),
             "clEnqueueWriteBuffer");
    }
    return memory;
}

void gemm_begin(const gemm_problem *problem, const char *place)
{
    int status;
    const cl_device_id device = find_device(place);
    context = clCreateContext(NULL, 1, &device, NULL, NULL, &status);
    must(status, "clCreateContext");
    queue = clCreateCommandQueue(context, device, 0, &status);
    must(status, "clCreateCommandQueue");
    a = buffer(problem->M * problem->K, problem->a);
    b = buffer(problem->K * problem->N, problem->b);
    c = buffer(problem->M * problem->N, NULL);
}

void gemm_run(const gemm_problem *problem, size_t calls)
{
    for (size_t i = 0; i < calls; i++) {
        must((int)CLBlastSgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo,
                               problem->transposed ? CLBlastTransposeYes : CLBlastTransposeNo, problem->M, problem->N,
                               problem->K, 1.0f, a, 0, problem->K, b, 0, problem->transposed ? problem->K : problem->N,
                               0.0f, c, 0, problem->N, &queue, NULL),
             "CLBlastSgemm");
    }
    must(clFinish(queue), "clFinish");
}

void gemm_end(const gemm_problem *problem, float *values)
{
    must(clEnqueueReadBuffer(queue, c, CL_TRUE, 0, problem->M * problem->N * sizeof *values, values, 0, NULL, NULL),
         "clEnqueueReadBuffer");
    (void)clReleaseMemObject(a);
    (void)clReleaseMemObject(b);
    (void)clReleaseMemObject(c);
    (void)CLBlastClearCache();
    (void)clReleaseCommandQueue(queue);
    (void)clReleaseContext(context);
}

const char *gemm_library(void)
{
    return "CLBlast";
}
