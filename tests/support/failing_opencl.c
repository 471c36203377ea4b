/* failing_opencl.c - an OpenCL whose calls fail on demand, and that sees memory freed under a transfer.
 *
 * A library for LD_PRELOAD. CLMLP_FAIL_CALL=NAME:N lets the N-th call of NAME fail, NAME:N+ that one and all later
 * ones; the first says so on stderr. CLMLP_FAIL_CALL=count says on stderr, at the end, how many calls there were of
 * each function. CLMLP_HANG_CALL=NAME:N lets that call never return.
 *
 * A transfer that does not block counts as on its way until the program has waited for the device, even where the
 * device was quicker. So memory that is freed before then is found every time, not by luck: the library says so and
 * aborts. */
#define _GNU_SOURCE /* RTLD_NEXT */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TRANSFERS = 64 };

/* Memory that the device may still touch. */
typedef struct transfer {
    uintptr_t begin, end;
    cl_event done;
} transfer;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static transfer transfers[MOST_TRANSFERS];
static atomic_size_t pending; /* of transfers */
static void (*real_free)(void *);
static char fail_name[64];
static unsigned long fail_at;
static bool fail_later;
/* How often each function was called, for CLMLP_FAIL_CALL=count. */
enum { MOST_FUNCTIONS = 64 };
static struct { const char *name; unsigned long calls; } counted[MOST_FUNCTIONS];
static bool counts;
static char hang_name[64];
static unsigned long hang_at;
static atomic_ulong calls, calls_of_hang;

/* The function behind ours: `pointer` is where its address goes. */
static void find(void *pointer, const char *name)
{
    void *const symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL) {
        (void)fprintf(stderr, "failing_opencl: there is no %s\n", name);
        abort();
    }
    memcpy(pointer, &symbol, sizeof symbol);
}

#define BEHIND(name)          \
    __typeof__(name) *behind; \
    find(&behind, #name)

__attribute__((constructor)) static void set_up(void)
{
    char later = '\0';
    const char *const text = getenv("CLMLP_FAIL_CALL");
    find(&real_free, "free");
    if (text != NULL && sscanf(text, "%63[^:]:%lu%c", fail_name, &fail_at, &later) < 2) fail_name[0] = '\0';
    fail_later = later == '+';
    counts = text != NULL && strcmp(text, "count") == 0;
    const char *const hang = getenv("CLMLP_HANG_CALL");
    if (hang != NULL && sscanf(hang, "%63[^:]:%lu", hang_name, &hang_at) < 2) hang_name[0] = '\0';
}

__attribute__((destructor)) static void tell_counts(void)
{
    for (size_t i = 0; counts && i < MOST_FUNCTIONS && counted[i].name != NULL; i++) {
        (void)fprintf(stderr, "failing_opencl: %lu of %s\n", counted[i].calls, counted[i].name);
    }
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
    (void)fprintf(stderr, "failing_opencl: call %lu of %s hangs\n", hang_at, name);
    for (;;) (void)sleep(1000); /* signals end it early */
}

/* Whether this call is to fail. */
static bool fails(const char *name)
{
    hang(name);
    count(name);
    if (strcmp(name, fail_name) != 0) return false;
    const unsigned long call = atomic_fetch_add(&calls, 1) + 1;
    if (call == fail_at) (void)fprintf(stderr, "failing_opencl: call %lu of %s fails\n", call, name);
    return call == fail_at || (fail_later && call > fail_at);
}

static bool is_done(cl_event event)
{
    cl_int state = CL_COMPLETE;
    BEHIND(clGetEventInfo);
    return behind(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL) != CL_SUCCESS ||
           state <= CL_COMPLETE;
}

/* --- memory that is freed --------------------------------------------------------------------------------------- */

void free(void *memory)
{
    static const char text[] = "failing_opencl: memory of a transfer that is not done was freed\n";
    if (real_free == NULL) return; /* before set_up */
    if (memory != NULL && atomic_load(&pending) > 0) {
        const uintptr_t begin = (uintptr_t)memory, end = begin + malloc_usable_size(memory);
        (void)pthread_mutex_lock(&lock);
        for (size_t i = 0; i < atomic_load(&pending); i++) {
            if (transfers[i].begin >= end || transfers[i].end <= begin) continue;
            if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
            abort();
        }
        (void)pthread_mutex_unlock(&lock);
    }
    real_free(memory);
}

/* --- transfers that do not block -------------------------------------------------------------------------------- */

/* After the program waited: forget what is done. Passes the code of the wait on. The lock is never held while OpenCL is
 * called: a driver's thread may be in free() with locks of its own. One thread of the program enqueues and waits. */
static cl_int waited(cl_int code)
{
    BEHIND(clReleaseEvent);
    transfer left[MOST_TRANSFERS], before[MOST_TRANSFERS];
    const size_t count = atomic_load(&pending);
    size_t kept = 0;
    memcpy(before, transfers, sizeof before);
    for (size_t i = 0; i < count; i++) {
        if (!is_done(before[i].done)) left[kept++] = before[i];
    }
    (void)pthread_mutex_lock(&lock);
    memcpy(transfers, left, kept * sizeof *left);
    atomic_store(&pending, kept);
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0, k = 0; i < count; i++) {
        if (k < kept && left[k].done == before[i].done) k++;
        else (void)behind(before[i].done);
    }
    return code;
}

/* Keep a transfer in mind; `event` is the program's, or NULL. */
static void keep(cl_event done, const void *memory, size_t bytes, cl_event *event)
{
    BEHIND(clRetainEvent);
    if (event != NULL) {
        (void)behind(done);
        *event = done;
    }
    (void)pthread_mutex_lock(&lock);
    if (atomic_load(&pending) == MOST_TRANSFERS) abort();
    transfers[atomic_load(&pending)] = (transfer){(uintptr_t)memory, (uintptr_t)memory + bytes, done};
    (void)atomic_fetch_add(&pending, 1);
    (void)pthread_mutex_unlock(&lock);
}

/* A transfer of the four kinds: `call` is the function behind, with event_ as its event. */
#define TRANSFER(call, bytes)                                        \
    do {                                                             \
        cl_event done_ = NULL, *const event_ = blocking ? event : &done_; \
        const cl_int code_ = (call);                                 \
        if (blocking) return waited(code_);                          \
        if (code_ == CL_SUCCESS) keep(done_, memory, (bytes), event); \
        return code_;                                                \
    } while (0)

/* --- what is wrapped -------------------------------------------------------------------------------------------- */

#define FAIL(name) \
    if (fails(#name)) return CL_OUT_OF_RESOURCES
#define FAIL_NULL(name)              \
    if (fails(#name)) {              \
        if (code != NULL) *code = CL_OUT_OF_RESOURCES; \
        return NULL;                 \
    }

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                           void *memory, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueReadBuffer);
    FAIL(clEnqueueReadBuffer);
    TRANSFER(behind(queue, buffer, blocking, offset, size, memory, count, waits, event_), size);
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                            const void *memory, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueWriteBuffer);
    FAIL(clEnqueueWriteBuffer);
    TRANSFER(behind(queue, buffer, blocking, offset, size, memory, count, waits, event_), size);
}

/* The bytes of a rectangle in host memory, from its first to its last: rows that are dense, as clmlp has them. */
cl_int clEnqueueReadBufferRect(cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *at,
                               const size_t *host_at, const size_t *size, size_t row, size_t slice, size_t host_row,
                               size_t host_slice, void *memory, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueReadBufferRect);
    FAIL(clEnqueueReadBufferRect);
    TRANSFER(behind(queue, buffer, blocking, at, host_at, size, row, slice, host_row, host_slice, memory, count,
                    waits, event_), size[0] * size[1]);
}

cl_int clEnqueueWriteBufferRect(cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *at,
                                const size_t *host_at, const size_t *size, size_t row, size_t slice, size_t host_row,
                                size_t host_slice, const void *memory, cl_uint count, const cl_event *waits,
                                cl_event *event)
{
    BEHIND(clEnqueueWriteBufferRect);
    FAIL(clEnqueueWriteBufferRect);
    TRANSFER(behind(queue, buffer, blocking, at, host_at, size, row, slice, host_row, host_slice, memory, count,
                    waits, event_), size[0] * size[1]);
}

void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, cl_map_flags flags, size_t offset,
                         size_t size, cl_uint count, const cl_event *waits, cl_event *event, cl_int *code)
{
    BEHIND(clEnqueueMapBuffer);
    FAIL_NULL(clEnqueueMapBuffer);
    void *const mapped = behind(queue, buffer, blocking, flags, offset, size, count, waits, event, code);
    if (blocking) (void)waited(CL_SUCCESS);
    return mapped;
}

cl_int clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem buffer, void *mapped, cl_uint count,
                               const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueUnmapMemObject);
    FAIL(clEnqueueUnmapMemObject);
    return behind(queue, buffer, mapped, count, waits, event);
}

cl_int clEnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_at, size_t to_at, size_t size,
                           cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueCopyBuffer);
    FAIL(clEnqueueCopyBuffer);
    return behind(queue, from, to, from_at, to_at, size, count, waits, event);
}

cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern, size_t length, size_t offset,
                           size_t size, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueFillBuffer);
    FAIL(clEnqueueFillBuffer);
    return behind(queue, buffer, pattern, length, offset, size, count, waits, event);
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                              const size_t *global, const size_t *local, cl_uint count, const cl_event *waits,
                              cl_event *event)
{
    BEHIND(clEnqueueNDRangeKernel);
    FAIL(clEnqueueNDRangeKernel);
    return behind(queue, kernel, dimensions, offset, global, local, count, waits, event);
}

cl_int clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueMarkerWithWaitList);
    FAIL(clEnqueueMarkerWithWaitList);
    return behind(queue, count, waits, event);
}

cl_int clEnqueueBarrierWithWaitList(cl_command_queue queue, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueBarrierWithWaitList);
    FAIL(clEnqueueBarrierWithWaitList);
    return behind(queue, count, waits, event);
}

cl_int clFlush(cl_command_queue queue)
{
    BEHIND(clFlush);
    FAIL(clFlush);
    return behind(queue);
}

cl_int clFinish(cl_command_queue queue)
{
    BEHIND(clFinish);
    FAIL(clFinish);
    return waited(behind(queue));
}

cl_int clWaitForEvents(cl_uint count, const cl_event *waits)
{
    BEHIND(clWaitForEvents);
    FAIL(clWaitForEvents);
    return waited(behind(count, waits));
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *memory, cl_int *code)
{
    BEHIND(clCreateBuffer);
    FAIL_NULL(clCreateBuffer);
    return behind(context, flags, size, memory, code);
}

cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device, cl_command_queue_properties properties,
                                      cl_int *code)
{
    BEHIND(clCreateCommandQueue);
    FAIL_NULL(clCreateCommandQueue);
    return behind(context, device, properties, code);
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code)
{
    BEHIND(clCreateKernel);
    FAIL_NULL(clCreateKernel);
    return behind(program, name, code);
}

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    BEHIND(clSetKernelArg);
    FAIL(clSetKernelArg);
    return behind(kernel, index, size, value);
}

cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info what, size_t size, void *value, size_t *needed)
{
    BEHIND(clGetEventProfilingInfo);
    FAIL(clGetEventProfilingInfo);
    return behind(event, what, size, value, needed);
}

/* --- platforms, devices, programs -------------------------------------------------------------------------------- */

/* A function that returns a code: its parameters, and its arguments for the one behind. */
#define CODED(name, parameters, arguments) \
    cl_int name parameters                 \
    {                                      \
        BEHIND(name);                      \
        FAIL(name);                        \
        return behind arguments;           \
    }

/* A function that returns an object. */
#define MADE(type, name, parameters, arguments) \
    type name parameters                        \
    {                                           \
        BEHIND(name);                           \
        FAIL_NULL(name)                         \
        return behind arguments;                \
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
CODED(clReleaseCommandQueue, (cl_command_queue queue), (queue))
CODED(clReleaseContext, (cl_context context), (context))
CODED(clReleaseEvent, (cl_event event), (event))
CODED(clReleaseKernel, (cl_kernel kernel), (kernel))
CODED(clReleaseMemObject, (cl_mem memory), (memory))
CODED(clReleaseProgram, (cl_program program), (program))
MADE(cl_context, clCreateContext, (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
                                   void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *),
                                   void *argument, cl_int *code), (properties, count, devices, notify, argument, code))
MADE(cl_program, clCreateProgramWithSource, (cl_context context, cl_uint count, const char **texts,
                                             const size_t *lengths, cl_int *code),
     (context, count, texts, lengths, code))
MADE(cl_program, clCreateProgramWithBinary, (cl_context context, cl_uint count, const cl_device_id *devices,
                                             const size_t *lengths, const unsigned char **binaries, cl_int *each,
                                             cl_int *code), (context, count, devices, lengths, binaries, each, code))
MADE(cl_mem, clCreateSubBuffer, (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *region,
                                 cl_int *code), (buffer, flags, type, region, code))
