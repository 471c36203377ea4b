/* opencl.c - an OpenCL whose calls fail on demand.
 *
 * A library for LD_PRELOAD. CLMLP_FAIL_CALL=NAME:N lets the N-th call of NAME fail, NAME:N+ that one and all later
 * ones; the first says so on stderr. CLMLP_FAIL_CALL=count says on stderr, at the end, how many calls there were of
 * each function. With CLMLP_FAIL_SILENTLY what makes an object or maps a buffer returns NULL and CL_SUCCESS.
 * CLMLP_HANG_CALL=NAME:N lets that call never return. CLMLP_SPOIL_CALL=NAME:N:BIT flips a bit of what the N-th call
 * that reads or maps has read, counted from the first one, modulo their number; -1 makes all of them 1. With
 * CLMLP_PROFILE=START:END all commands ran from and to these times.
 *
 * At the end it says which objects clmlp and libclmlp have made and not released, and which buffers are still mapped.
 * An object that is released once too often ends the program. */
#define _GNU_SOURCE /* the functions */
#include "opencl.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char fail_name[64];
static unsigned long fail_at;
static bool fail_later;
cl_int failing_code = CL_OUT_OF_RESOURCES;
/* How often each function was called, for CLMLP_FAIL_CALL=count. */
enum { MOST_FUNCTIONS = 64 };
static struct { const char *name; unsigned long calls; } counted[MOST_FUNCTIONS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool counts, watches;
static char hang_name[64];
static unsigned long hang_at;
static char spoil_name[64];
static unsigned long spoil_at, spoil_bit;
static atomic_ulong calls, calls_of_hang, calls_of_spoil;

const char LEFT_EVENT[] = "an event", LEFT_MAP[] = "a mapped buffer";
static const char LEFT_CONTEXT[] = "a context", LEFT_QUEUE[] = "a queue", LEFT_BUFFER[] = "a buffer",
                  LEFT_KERNEL[] = "a kernel", LEFT_PROGRAM[] = "a program";

__attribute__((constructor)) static void set_up(void)
{
    char later = '\0';
    const char *const text = getenv("CLMLP_FAIL_CALL");
    watches = layer_set_up();
    if (text != NULL && sscanf(text, "%63[^:]:%lu%c", fail_name, &fail_at, &later) < 2) fail_name[0] = '\0';
    fail_later = later == '+';
    if (getenv("CLMLP_FAIL_SILENTLY") != NULL) failing_code = CL_SUCCESS;
    counts = text != NULL && strcmp(text, "count") == 0;
    const char *const hang = getenv("CLMLP_HANG_CALL");
    const char *const spoil = getenv("CLMLP_SPOIL_CALL");
    if (spoil != NULL && sscanf(spoil, "%63[^:]:%lu:%lu", spoil_name, &spoil_at, &spoil_bit) < 3) spoil_name[0] = '\0';
    if (hang != NULL && sscanf(hang, "%63[^:]:%lu", hang_name, &hang_at) < 2) hang_name[0] = '\0';
}

__attribute__((destructor)) static void tell(void)
{
    for (size_t i = 0; counts && i < MOST_FUNCTIONS && counted[i].name != NULL; i++) {
        layer_say("failing_opencl: %lu of %s\n", counted[i].calls, counted[i].name);
    }
    if (watches) left_tell("failing_opencl", NULL);
}

static void count(const char *name)
{
    size_t i = 0;
    if (!counts) return;
    (void)pthread_mutex_lock(&lock);
    while (i < MOST_FUNCTIONS && counted[i].name != NULL && strcmp(counted[i].name, name) != 0) i++;
    if (i == MOST_FUNCTIONS) abort();
    counted[i].name = name;
    counted[i].calls++;
    (void)pthread_mutex_unlock(&lock);
}

static void hang(const char *name)
{
    if (strcmp(name, hang_name) != 0 || atomic_fetch_add(&calls_of_hang, 1) + 1 != hang_at) return;
    layer_say("failing_opencl: call %lu of %s hangs\n", hang_at, name);
    for (;;) (void)sleep(1000); /* signals end it early */
}

cl_int spoiled(const char *name, cl_int code, void *memory, size_t bytes)
{
    if (code != CL_SUCCESS || memory == NULL || bytes == 0 || strcmp(name, spoil_name) != 0) return code;
    if (atomic_fetch_add(&calls_of_spoil, 1) + 1 != spoil_at) return code;
    if (spoil_bit == ULONG_MAX) {
        layer_say("failing_opencl: call %lu of %s: what it reads is flipped\n", spoil_at, name);
        memset(memory, 0xff, bytes);
        return code;
    }
    const size_t bit = spoil_bit % (8 * bytes);
    layer_say("failing_opencl: call %lu of %s: bit %lu is flipped\n", spoil_at, name, (unsigned long)bit);
    ((unsigned char *)memory)[bit / 8] ^= (unsigned char)(1U << bit % 8);
    return code;
}

bool fails(const char *name)
{
    hang(name);
    count(name);
    if (strcmp(name, fail_name) != 0) return false;
    const unsigned long call = atomic_fetch_add(&calls, 1) + 1;
    if (call == fail_at) layer_say("failing_opencl: call %lu of %s fails\n", call, name);
    return call == fail_at || (fail_later && call > fail_at);
}

cl_int note_event(cl_int code, const cl_event *event, const void *maker)
{
    if (code == CL_SUCCESS && event != NULL) left_add(*event, LEFT_EVENT, maker);
    return code;
}

void note_released(const void *object, const char *kind)
{
    if (object == NULL || left_drop(object, kind) != NULL) return;
    layer_say("failing_opencl: %s is released once too often\n", kind);
    abort();
}

/* --- functions ---------------------------------------------------------------------------------------------------- */

/* A function that returns a code: its parameters, and its arguments for the one behind. */
#define CODED(name, parameters, arguments) \
    cl_int name parameters                 \
    {                                      \
        BEHIND(name);                      \
        FAIL(name);                        \
        return behind arguments;           \
    }

/* A function that makes an object of that kind. */
#define MADE(type, name, kind, parameters, arguments) \
    type name parameters                              \
    {                                                 \
        BEHIND(name);                                 \
        FAIL_NULL(name)                               \
        type const made = behind arguments;           \
        left_add(made, kind, CALLER);                 \
        return made;                                  \
    }

/* A function that gives one back. */
#define RELEASED(name, kind, type)   \
    cl_int name(type object)         \
    {                                \
        BEHIND(name);                \
        note_released(object, kind); \
        FAIL(name);                  \
        return behind(object);       \
    }

CODED(clGetPlatformIDs, (cl_uint most, cl_platform_id *platforms, cl_uint *count), (most, platforms, count))
CODED(clGetPlatformInfo, (cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *needed),
      (platform, what, size, value, needed))
CODED(clGetDeviceIDs, (cl_platform_id platform, cl_device_type type, cl_uint most, cl_device_id *devices,
                       cl_uint *count), (platform, type, most, devices, count))
CODED(clGetDeviceInfo, (cl_device_id device, cl_device_info what, size_t size, void *value, size_t *needed),
      (device, what, size, value, needed))
CODED(clBuildProgram, (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
                       void(CL_CALLBACK *done)(cl_program, void *), void *argument),
      (program, count, devices, options, done, argument))
CODED(clGetProgramInfo, (cl_program program, cl_program_info what, size_t size, void *value, size_t *needed),
      (program, what, size, value, needed))
CODED(clGetProgramBuildInfo, (cl_program program, cl_device_id device, cl_program_build_info what, size_t size,
                              void *value, size_t *needed), (program, device, what, size, value, needed))
CODED(clGetKernelWorkGroupInfo, (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,
                                 void *value, size_t *needed), (kernel, device, what, size, value, needed))
CODED(clGetMemObjectInfo, (cl_mem memory, cl_mem_info what, size_t size, void *value, size_t *needed),
      (memory, what, size, value, needed))
CODED(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value), (kernel, index, size, value))
CODED(clFlush, (cl_command_queue queue), (queue))

MADE(cl_context, clCreateContext, LEFT_CONTEXT,
     (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
      void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *argument, cl_int *code),
     (properties, count, devices, notify, argument, code))
MADE(cl_command_queue, clCreateCommandQueue, LEFT_QUEUE,
     (cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *code),
     (context, device, properties, code))
MADE(cl_mem, clCreateBuffer, LEFT_BUFFER,
     (cl_context context, cl_mem_flags flags, size_t size, void *memory, cl_int *code),
     (context, flags, size, memory, code))
MADE(cl_mem, clCreateSubBuffer, LEFT_BUFFER,
     (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *region, cl_int *code),
     (buffer, flags, type, region, code))
MADE(cl_program, clCreateProgramWithSource, LEFT_PROGRAM,
     (cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *code),
     (context, count, texts, lengths, code))
MADE(cl_program, clCreateProgramWithBinary, LEFT_PROGRAM,
     (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,
      const unsigned char **binaries, cl_int *each, cl_int *code),
     (context, count, devices, lengths, binaries, each, code))
MADE(cl_kernel, clCreateKernel, LEFT_KERNEL, (cl_program program, const char *name, cl_int *code),
     (program, name, code))

/* Times that cannot be: start and end of all commands, as CLMLP_PROFILE=START:END has them. */
cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info what, size_t size, void *value, size_t *needed)
{
    unsigned long start = 0, end = 0;
    const char *const text = getenv("CLMLP_PROFILE");
    BEHIND(clGetEventProfilingInfo);
    FAIL(clGetEventProfilingInfo);
    const cl_int code = behind(event, what, size, value, needed);
    if (text == NULL || sscanf(text, "%lu:%lu", &start, &end) != 2) return code;
    if (code == CL_SUCCESS && value != NULL && size == sizeof(cl_ulong)) {
        const cl_ulong time = what == CL_PROFILING_COMMAND_END ? end : start;
        memcpy(value, &time, sizeof time);
    }
    return code;
}

/* Whoever retains has one more to release. */
cl_int clRetainKernel(cl_kernel kernel)
{
    BEHIND(clRetainKernel);
    FAIL(clRetainKernel);
    const cl_int code = behind(kernel);
    if (code == CL_SUCCESS) left_add(kernel, LEFT_KERNEL, CALLER);
    return code;
}

RELEASED(clReleaseContext, LEFT_CONTEXT, cl_context)
RELEASED(clReleaseCommandQueue, LEFT_QUEUE, cl_command_queue)
RELEASED(clReleaseMemObject, LEFT_BUFFER, cl_mem)
RELEASED(clReleaseProgram, LEFT_PROGRAM, cl_program)
RELEASED(clReleaseKernel, LEFT_KERNEL, cl_kernel)
RELEASED(clReleaseEvent, LEFT_EVENT, cl_event)
