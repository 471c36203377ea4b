/* leaky.c - a program by the name of clmlp that leaves one object of each kind, for the layers to find. It says on
 * standard output which it left. With the word "twice" it releases an OpenCL object once too often. */
#define _POSIX_C_SOURCE 200809L /* getline */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile in_use; /* until the end: this is no leak, nor what it points to */
static void *volatile lost;

static void leave_system(void)
{
    void **const kept = malloc(2 * sizeof *kept);
    char *line = NULL;
    size_t size = 0;
    FILE *const file = fopen("/proc/self/status", "r"), *const left = fopen("/dev/null", "r");
    if (kept == NULL || file == NULL || left == NULL) exit(1);
    kept[0] = malloc(10);
    kept[1] = kept;
    in_use = kept;
    lost = malloc(20);
    lost = realloc(lost, 30000);
    lost = NULL;
    free(malloc(3));
    if (getline(&line, &size, file) < 0) exit(1); /* memory that the C library took for us */
    line = NULL;
    (void)fclose(file);
    (void)close(open("/dev/null", O_RDONLY));
    if (open("/dev/null", O_RDONLY) < 0 || opendir("/") == NULL) exit(1);
    (void)closedir(opendir("/"));
    (void)puts("memory\nmemory\na descriptor\na stream\nan open folder");
}

static void leave_opencl(bool twice)
{
    const size_t one = 1;
    const char *text = "kernel void k(global int *x) { x[0] = 1; }";
    cl_platform_id platform;
    cl_device_id device;
    cl_event event;
    if (clGetPlatformIDs(1, &platform, NULL) != 0) exit(1);
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL) != 0) exit(1);
    const cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    const cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
    const cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 64, NULL, NULL);
    const cl_program program = clCreateProgramWithSource(context, 1, &text, NULL, NULL);
    if (clBuildProgram(program, 1, &device, "", NULL, NULL) != 0) exit(1);
    const cl_kernel kernel = clCreateKernel(program, "k", NULL);
    if (kernel == NULL || clSetKernelArg(kernel, 0, sizeof buffer, &buffer) != 0) exit(1);
    if (clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, NULL, &event) != 0) exit(1);
    if (clEnqueueMapBuffer(queue, buffer, CL_TRUE, CL_MAP_READ, 0, 64, 0, NULL, NULL, NULL) == NULL) exit(1);
    (void)clReleaseKernel(clCreateKernel(program, "k", NULL));
    if (twice) {
        (void)clReleaseEvent(event);
        (void)clReleaseEvent(event);
    }
    (void)puts("a context\na queue\na buffer\na program\na kernel\nan event\na mapped buffer");
}

int main(int argc, char **argv)
{
    leave_system();
    leave_opencl(argc > 1 && strcmp(argv[1], "twice") == 0);
    return 0;
}
