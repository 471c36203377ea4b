/* recorded_steps.c - does it pay to record the launches of a step (cl_khr_command_buffer)?
 *
 *   cc -O2 -o /tmp/recorded_steps bench/recorded_steps.c -lOpenCL && /tmp/recorded_steps
 *
 * A step here is LAUNCHES launches of small kernels, each with a kernel object of its own. Rounds of STEPS steps take
 * turns: enqueued one by one with two arguments set each, as in clmlp; and replayed. It prints the ratio of the two for
 * the time until the last step is enqueued, until it is done, and for the processors' time: quartiles over the rounds.
 * Before that it says whether a replay takes the arguments that were recorded. */
#define _POSIX_C_SOURCE 199309L
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAUNCHES = 8, STEPS = 400, ROUNDS = 101, ITEMS = 64 };

static const char *const text =
    "kernel void axpb(global float *to, global const float *from, float a, float b, ulong n) {"
    " const ulong i = get_global_id(0); if (i < n) to[i] = a * from[i] + b; }";

static void check(cl_int code, const char *what)
{
    if (code == CL_SUCCESS) return;
    (void)fprintf(stderr, "recorded_steps: %s: code %d\n", what, (int)code);
    exit(1);
}
#define TRY(call) check((call), #call)

static clCreateCommandBufferKHR_fn create_recording;
static clCommandNDRangeKernelKHR_fn record_launch;
static clFinalizeCommandBufferKHR_fn end_recording;
static clEnqueueCommandBufferKHR_fn replay;

typedef struct bench {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    cl_mem buffers[2]; /* launch i reads buffer i % 2 and writes the other */
    cl_kernel kernels[LAUNCHES];
    cl_command_buffer_khr recording;
} bench;

/* Put the address of a function of the extension into `pointer`. */
static void find(cl_platform_id platform, const char *name, void *pointer)
{
    void *const found = clGetExtensionFunctionAddressForPlatform(platform, name);
    check(found != NULL ? CL_SUCCESS : CL_INVALID_OPERATION, name);
    memcpy(pointer, &found, sizeof found);
}

static void set_numbers(cl_kernel kernel, float a, float b)
{
    TRY(clSetKernelArg(kernel, 2, sizeof a, &a));
    TRY(clSetKernelArg(kernel, 3, sizeof b, &b));
}

static void create(bench *s)
{
    static const cl_command_buffer_properties_khr again[] = {CL_COMMAND_BUFFER_FLAGS_KHR,
                                                             CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR, 0};
    const size_t items = ITEMS;
    const cl_ulong count = ITEMS;
    cl_platform_id platform = NULL;
    char version[256] = "", name[256] = "";
    cl_int code = CL_SUCCESS;
    TRY(clGetPlatformIDs(1, &platform, NULL));
    TRY(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &s->device, NULL));
    TRY(clGetDeviceInfo(s->device, CL_DEVICE_NAME, sizeof name, name, NULL));
    TRY(clGetDeviceInfo(s->device, CL_DRIVER_VERSION, sizeof version, version, NULL));
    (void)printf("%s, driver %s\n", name, version);
    find(platform, "clCreateCommandBufferKHR", (void *)&create_recording);
    find(platform, "clCommandNDRangeKernelKHR", (void *)&record_launch);
    find(platform, "clFinalizeCommandBufferKHR", (void *)&end_recording);
    find(platform, "clEnqueueCommandBufferKHR", (void *)&replay);
    s->context = clCreateContext(NULL, 1, &s->device, NULL, NULL, &code);
    check(code, "clCreateContext");
    s->queue = clCreateCommandQueue(s->context, s->device, 0, &code);
    check(code, "clCreateCommandQueue");
    const cl_program program = clCreateProgramWithSource(s->context, 1, (const char **)&text, NULL, &code);
    check(code, "clCreateProgramWithSource");
    TRY(clBuildProgram(program, 1, &s->device, "", NULL, NULL));
    for (int i = 0; i < 2; i++) {
        s->buffers[i] = clCreateBuffer(s->context, CL_MEM_READ_WRITE, ITEMS * sizeof(float), NULL, &code);
        check(code, "clCreateBuffer");
    }
    s->recording = create_recording(1, &s->queue, again, &code);
    check(code, "clCreateCommandBufferKHR");
    for (int i = 0; i < LAUNCHES; i++) {
        s->kernels[i] = clCreateKernel(program, "axpb", &code);
        check(code, "clCreateKernel");
        TRY(clSetKernelArg(s->kernels[i], 0, sizeof(cl_mem), &s->buffers[(i + 1) % 2]));
        TRY(clSetKernelArg(s->kernels[i], 1, sizeof(cl_mem), &s->buffers[i % 2]));
        set_numbers(s->kernels[i], 0.5F, 1.0F);
        TRY(clSetKernelArg(s->kernels[i], 4, sizeof count, &count));
        TRY(record_launch(s->recording, NULL, NULL, s->kernels[i], 1, NULL, &items, &items, 0, NULL, NULL, NULL));
    }
    TRY(end_recording(s->recording));
}

/* The last launch is recorded as x / 2 + 1, and its kernel then set to 3 x. */
static void look_at_arguments(const bench *s)
{
    const float start = 1.0F;
    float x = 0.0F, found = 0.0F;
    for (int i = 0; i < 2; i++) {
        TRY(clEnqueueFillBuffer(s->queue, s->buffers[i], &start, sizeof start, 0, ITEMS * sizeof start, 0, NULL, NULL));
    }
    set_numbers(s->kernels[LAUNCHES - 1], 3.0F, 0.0F);
    TRY(replay(0, NULL, s->recording, 0, NULL, NULL));
    TRY(clEnqueueReadBuffer(s->queue, s->buffers[(LAUNCHES - 1) % 2], CL_TRUE, 0, sizeof x, &x, 0, NULL, NULL));
    TRY(clEnqueueReadBuffer(s->queue, s->buffers[LAUNCHES % 2], CL_TRUE, 0, sizeof found, &found, 0, NULL, NULL));
    set_numbers(s->kernels[LAUNCHES - 1], 0.5F, 1.0F);
    (void)printf("a replay takes arguments %s\n", found == 0.5F * x + 1.0F ? "as they were recorded"
                 : found == 3.0F * x ? "that were set after the recording" : "of unknown origin");
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) exit(1);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Times of STEPS steps: until all are enqueued, until all are done, of all processors. */
static void measure(const bench *s, int replayed, double times[3])
{
    const size_t items = ITEMS;
    TRY(clFinish(s->queue));
    const double began = seconds(CLOCK_MONOTONIC), worked = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int step = 0; step < STEPS; step++) {
        if (replayed) TRY(replay(0, NULL, s->recording, 0, NULL, NULL));
        for (int i = 0; i < LAUNCHES && !replayed; i++) {
            set_numbers(s->kernels[i], 0.5F, 1.0F);
            TRY(clEnqueueNDRangeKernel(s->queue, s->kernels[i], 1, NULL, &items, &items, 0, NULL, NULL));
        }
        TRY(clFlush(s->queue));
    }
    times[0] = seconds(CLOCK_MONOTONIC) - began;
    TRY(clFinish(s->queue));
    times[1] = seconds(CLOCK_MONOTONIC) - began;
    times[2] = seconds(CLOCK_PROCESS_CPUTIME_ID) - worked;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static const char *const names[3] = {"until enqueued", "until done", "of all processors"};
    static double ratios[3][ROUNDS];
    bench s;
    create(&s);
    look_at_arguments(&s);
    for (int round = -1; round < ROUNDS; round++) { /* the first one warms up */
        double times[2][3];
        for (int way = 0; way < 2; way++) measure(&s, way ^ (round & 1), times[way ^ (round & 1)]);
        for (int k = 0; k < 3 && round >= 0; k++) ratios[k][round] = times[1][k] / times[0][k];
    }
    for (int k = 0; k < 3; k++) {
        qsort(ratios[k], ROUNDS, sizeof(double), by_size);
        (void)printf("replayed / one by one, time %s: %.2f (quartiles %.2f, %.2f)\n", names[k], ratios[k][ROUNDS / 2],
                     ratios[k][ROUNDS / 4], ratios[k][3 * ROUNDS / 4]);
    }
    return 0;
}
