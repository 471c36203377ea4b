/* pretend.c - an OpenCL library that computes nothing: calls succeed, buffers read as 0, programs are told of.
 *
 * Programs that use it are linked without libOpenCL: a call that is missing here is an error of the linker.
 */
#include "pretend.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pretend_facts.h"

/* --- programs and kernels --------------------------------------------------------------------------------------- */

void (*pretend_made)(const pretend_kernel *kernel);

struct _cl_program {
    char *text, *options;
    size_t uses;
};

struct _cl_kernel {
    char *name;
    size_t uses;
};

static char *copy(const char *text, size_t length)
{
    char *const made = malloc(length + 1);
    if (made == NULL) abort();
    memcpy(made, text, length);
    made[length] = '\0';
    return made;
}

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts, const size_t *lengths,
                                     cl_int *code)
{
    (void)context;
    if (count != 1) abort(); /* the host passes one text */
    struct _cl_program *const program = calloc(1, sizeof *program);
    if (program == NULL) abort();
    program->text = copy(texts[0], lengths != NULL && lengths[0] > 0 ? lengths[0] : strlen(texts[0]));
    if (code != NULL) *code = CL_SUCCESS;
    return program;
}

cl_program clCreateProgramWithBinary(cl_context context, cl_uint count, const cl_device_id *list, const size_t *lengths,
                                     const unsigned char **binaries, cl_int *status, cl_int *code)
{
    (void)context, (void)count, (void)list, (void)lengths, (void)binaries, (void)status;
    if (code != NULL) *code = CL_INVALID_BINARY;
    return NULL;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *list, const char *options,
                      void(CL_CALLBACK *notify)(cl_program, void *), void *data)
{
    (void)count, (void)list, (void)notify, (void)data;
    free(program->options);
    program->options = copy(options, strlen(options));
    return CL_SUCCESS;
}

cl_int clGetProgramInfo(cl_program program, cl_program_info what, size_t room, void *to, size_t *needed)
{
    (void)program, (void)what, (void)room, (void)to, (void)needed;
    return CL_INVALID_VALUE;
}

cl_int clGetProgramBuildInfo(cl_program program, cl_device_id device, cl_program_build_info what, size_t room, void *to,
                             size_t *needed)
{
    (void)program, (void)device, (void)what;
    return say("", room, to, needed);
}

cl_int clReleaseProgram(cl_program program)
{
    free(program->text);
    free(program->options);
    free(program);
    return CL_SUCCESS;
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code)
{
    struct _cl_kernel *const kernel = calloc(1, sizeof *kernel);
    if (kernel == NULL) abort();
    kernel->name = copy(name, strlen(name));
    kernel->uses = 1;
    if (pretend_made != NULL) pretend_made(&(pretend_kernel){program->text, program->options, name});
    if (code != NULL) *code = CL_SUCCESS;
    return kernel;
}

cl_int clRetainKernel(cl_kernel kernel)
{
    kernel->uses++;
    return CL_SUCCESS;
}

cl_int clReleaseKernel(cl_kernel kernel)
{
    if (--kernel->uses > 0) return CL_SUCCESS;
    free(kernel->name);
    free(kernel);
    return CL_SUCCESS;
}

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    (void)kernel, (void)index, (void)size, (void)value;
    return CL_SUCCESS;
}

/* A kernel that a compiler has not seen needs nothing. */
cl_int clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t room,
                                void *to, size_t *needed)
{
    (void)kernel, (void)device;
    switch (what) {
    case CL_KERNEL_WORK_GROUP_SIZE: ANSWER(size_t, pretend_now->group);
    case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE: ANSWER(size_t, pretend_now->wave);
    case CL_KERNEL_LOCAL_MEM_SIZE: case CL_KERNEL_PRIVATE_MEM_SIZE: ANSWER(cl_ulong, 0);
    case CL_KERNEL_COMPILE_WORK_GROUP_SIZE: {
        const size_t any[3] = {0, 0, 0};
        return answer(any, sizeof any, room, to, needed);
    }
    default: return CL_INVALID_VALUE;
    }
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

struct _cl_mem {
    size_t size;
};

static cl_mem made_buffer(size_t size, cl_int *code)
{
    struct _cl_mem *const buffer = calloc(1, sizeof *buffer);
    if (buffer == NULL) abort();
    buffer->size = size;
    if (code != NULL) *code = CL_SUCCESS;
    return buffer;
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code)
{
    (void)context, (void)flags, (void)host;
    return made_buffer(size, code);
}

cl_mem clCreateSubBuffer(cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *what, cl_int *code)
{
    (void)buffer, (void)flags, (void)type;
    return made_buffer(((const cl_buffer_region *)what)->size, code);
}

cl_int clGetMemObjectInfo(cl_mem buffer, cl_mem_info what, size_t room, void *to, size_t *needed)
{
    if (what == CL_MEM_SIZE) ANSWER(size_t, buffer->size);
    return CL_INVALID_VALUE;
}

cl_int clReleaseMemObject(cl_mem buffer)
{
    free(buffer);
    return CL_SUCCESS;
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

static cl_int done(cl_event *event)
{
    if (event != NULL) *event = pretend_anything;
    return CL_SUCCESS;
}

#define WAITS cl_uint waits, const cl_event *list, cl_event *event
#define QUIET (void)queue, (void)waits, (void)list

cl_context clCreateContext(const cl_context_properties *properties, cl_uint count, const cl_device_id *list,
                           void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *data,
                           cl_int *code)
{
    (void)properties, (void)count, (void)list, (void)notify, (void)data;
    if (code != NULL) *code = CL_SUCCESS;
    return pretend_anything;
}

cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device, cl_command_queue_properties properties,
                                      cl_int *code)
{
    (void)context, (void)device, (void)properties;
    if (code != NULL) *code = CL_SUCCESS;
    return pretend_anything;
}

cl_int clReleaseContext(cl_context context) { (void)context; return CL_SUCCESS; }
cl_int clReleaseCommandQueue(cl_command_queue queue) { (void)queue; return CL_SUCCESS; }
cl_int clReleaseEvent(cl_event event) { (void)event; return CL_SUCCESS; }
cl_int clFlush(cl_command_queue queue) { (void)queue; return CL_SUCCESS; }
cl_int clFinish(cl_command_queue queue) { (void)queue; return CL_SUCCESS; }
cl_int clWaitForEvents(cl_uint count, const cl_event *list) { (void)count, (void)list; return CL_SUCCESS; }

cl_int clGetEventInfo(cl_event event, cl_event_info what, size_t room, void *to, size_t *needed)
{
    (void)event, (void)what;
    ANSWER(cl_int, CL_COMPLETE);
}

cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info what, size_t room, void *to, size_t *needed)
{
    static cl_ulong clock = 0; /* each answer is a millisecond later */
    (void)event, (void)what;
    clock += 1000000;
    ANSWER(cl_ulong, clock);
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                              const size_t *global, const size_t *local, WAITS)
{
    QUIET, (void)kernel, (void)dimensions, (void)offset, (void)global, (void)local;
    return done(event);
}

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                           void *to, WAITS)
{
    QUIET, (void)buffer, (void)blocking, (void)offset;
    memset(to, 0, size);
    return done(event);
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                            const void *from, WAITS)
{
    QUIET, (void)buffer, (void)blocking, (void)offset, (void)size, (void)from;
    return done(event);
}

#define RECTANGLE \
    const size_t *buffer_origin, const size_t *host_origin, const size_t *region, size_t buffer_row, \
        size_t buffer_slice, size_t host_row, size_t host_slice
#define QUIET_RECTANGLE (void)buffer_origin, (void)host_slice, (void)buffer_row, (void)buffer_slice

cl_int clEnqueueReadBufferRect(cl_command_queue queue, cl_mem buffer, cl_bool blocking, RECTANGLE, void *to, WAITS)
{
    QUIET, QUIET_RECTANGLE, (void)buffer, (void)blocking;
    for (size_t row = 0; row < region[1]; row++) {
        memset((char *)to + host_origin[0] + (host_origin[1] + row) * host_row, 0, region[0]);
    }
    return done(event);
}

cl_int clEnqueueWriteBufferRect(cl_command_queue queue, cl_mem buffer, cl_bool blocking, RECTANGLE, const void *from,
                                WAITS)
{
    QUIET, QUIET_RECTANGLE, (void)buffer, (void)blocking, (void)host_origin, (void)region, (void)host_row, (void)from;
    return done(event);
}

cl_int clEnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
                           size_t size, WAITS)
{
    QUIET, (void)from, (void)to, (void)from_offset, (void)to_offset, (void)size;
    return done(event);
}

cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size,
                           size_t offset, size_t size, WAITS)
{
    QUIET, (void)buffer, (void)pattern, (void)pattern_size, (void)offset, (void)size;
    return done(event);
}

void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, cl_map_flags flags, size_t offset,
                         size_t size, WAITS, cl_int *code)
{
    QUIET, (void)buffer, (void)blocking, (void)flags, (void)offset;
    void *const memory = calloc(size + 1, 1);
    if (memory == NULL) abort();
    if (code != NULL) *code = done(event);
    return memory;
}

cl_int clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem buffer, void *memory, WAITS)
{
    QUIET, (void)buffer;
    free(memory);
    return done(event);
}

cl_int clEnqueueMarkerWithWaitList(cl_command_queue queue, WAITS) { QUIET; return done(event); }
cl_int clEnqueueBarrierWithWaitList(cl_command_queue queue, WAITS) { QUIET; return done(event); }
