/* pretend.c - an OpenCL library that computes nothing: calls succeed, buffers read as 0, programs are kept as they are.
 *
 * Programs that use it are linked without libOpenCL: a call that is missing here is an error of the linker.
 */
#include "pretend.h"

#include <CL/cl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct vendor {
    const char *vendor, *platform, *version, *driver, *extensions;
    cl_uint id;
} vendor;

#define COMMON "cl_khr_global_int32_base_atomics cl_khr_local_int32_base_atomics cl_khr_icd cl_khr_byte_addressable_store"
static const vendor
    NVIDIA = {"NVIDIA Corporation", "NVIDIA CUDA", "OpenCL 3.0 CUDA", "550.54.15",
              COMMON " cl_khr_fp64 cl_nv_compiler_options cl_nv_device_attribute_query cl_nv_pragma_unroll"
                     " cl_nv_copy_opts", 0x10de},
    AMD = {"Advanced Micro Devices, Inc.", "AMD Accelerated Parallel Processing", "OpenCL 2.0", "3602.0 (HSA1.1,LC)",
           COMMON " cl_khr_fp64 cl_amd_device_attribute_query cl_amd_media_ops", 0x1002},
    INTEL = {"Intel(R) Corporation", "Intel(R) OpenCL Graphics", "OpenCL 3.0 NEO", "23.35.27191.42",
             COMMON " cl_khr_subgroups cl_intel_subgroups cl_intel_required_subgroup_size"
                    " cl_intel_device_attribute_query", 0x8086};

typedef struct facts {
    const char *key, *name;
    const vendor *maker;
    size_t group;
    cl_ulong local;
    cl_uint units, wave, major, minor;
    bool fp64;
} facts;

static const facts devices[] = {
#define ROW(key, name, maker, group, local, units, wave, major, minor, fp64) \
    {key, name, &(maker), group, local, units, wave, major, minor, fp64},
    PRETEND_DEVICE_LIST(ROW)
#undef ROW
};
const char *const pretend_keys[] = {
#define KEY(key, ...) key,
    PRETEND_DEVICE_LIST(KEY)
#undef KEY
    NULL};

static const facts *now = devices;

bool pretend_to_be(const char *key)
{
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        if (strcmp(key, devices[i].key) != 0) continue;
        now = &devices[i];
        return true;
    }
    return false;
}

bool pretend_has_fp64(void)
{
    return now->fp64;
}

/* --- questions -------------------------------------------------------------------------------------------------- */

static cl_int answer(const void *value, size_t size, size_t room, void *to, size_t *needed)
{
    if (needed != NULL) *needed = size;
    if (to == NULL) return CL_SUCCESS;
    if (room < size) return CL_INVALID_VALUE;
    memcpy(to, value, size);
    return CL_SUCCESS;
}

static cl_int say(const char *text, size_t room, void *to, size_t *needed)
{
    return answer(text, strlen(text) + 1, room, to, needed);
}

#define ANSWER(type, ...) \
    do { \
        const type value = __VA_ARGS__; \
        return answer(&value, sizeof value, room, to, needed); \
    } while (0)

static void *const anything = &now; /* a handle that nobody looks into */

cl_int clGetPlatformIDs(cl_uint count, cl_platform_id *list, cl_uint *found)
{
    if (found != NULL) *found = 1;
    if (list != NULL && count > 0) *list = anything;
    return CL_SUCCESS;
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t room, void *to, size_t *needed)
{
    (void)platform;
    switch (what) {
    case CL_PLATFORM_NAME: return say(now->maker->platform, room, to, needed);
    case CL_PLATFORM_VENDOR: return say(now->maker->vendor, room, to, needed);
    case CL_PLATFORM_VERSION: return say(now->maker->version, room, to, needed);
    case CL_PLATFORM_PROFILE: return say("FULL_PROFILE", room, to, needed);
    case CL_PLATFORM_EXTENSIONS: return say(now->maker->extensions, room, to, needed);
    default: return CL_INVALID_VALUE;
    }
}

cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint count, cl_device_id *list, cl_uint *found)
{
    (void)platform;
    (void)type;
    if (found != NULL) *found = 1;
    if (list != NULL && count > 0) *list = anything;
    return CL_SUCCESS;
}

/* Questions that only one vendor's driver answers. */
enum {
    NV_MAJOR = 0x4000, NV_MINOR = 0x4001, NV_REGISTERS = 0x4002, NV_WARP = 0x4003, NV_TIMEOUT = 0x4005,
    AMD_SIMDS = 0x4040, AMD_WAVE = 0x4043, AMD_LOCAL = 0x4047, AMD_MAJOR = 0x404A, AMD_MINOR = 0x404B,
    INTEL_VERSION = 0x4250,
};

static cl_int of_vendor(cl_device_info what, size_t room, void *to, size_t *needed)
{
    if (now->maker == &NVIDIA) {
        switch (what) {
        case NV_MAJOR: ANSWER(cl_uint, now->major);
        case NV_MINOR: ANSWER(cl_uint, now->minor);
        case NV_REGISTERS: ANSWER(cl_uint, 65536);
        case NV_WARP: ANSWER(cl_uint, now->wave);
        case NV_TIMEOUT: ANSWER(cl_bool, CL_FALSE);
        default: return CL_INVALID_VALUE;
        }
    }
    if (now->maker == &AMD) {
        switch (what) {
        case AMD_SIMDS: ANSWER(cl_uint, now->major == 9 ? 4 : 2);
        case AMD_WAVE: ANSWER(cl_uint, now->wave);
        case AMD_LOCAL: ANSWER(cl_uint, (cl_uint)now->local);
        case AMD_MAJOR: ANSWER(cl_uint, now->major);
        case AMD_MINOR: ANSWER(cl_uint, now->minor);
        default: return CL_INVALID_VALUE;
        }
    }
    if (what == INTEL_VERSION) ANSWER(cl_uint, now->major << 22 | now->minor << 14);
    return CL_INVALID_VALUE;
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t room, void *to, size_t *needed)
{
    const cl_device_fp_config all = CL_FP_DENORM | CL_FP_INF_NAN | CL_FP_ROUND_TO_NEAREST | CL_FP_ROUND_TO_ZERO |
                                    CL_FP_ROUND_TO_INF | CL_FP_FMA;
    const cl_ulong gigabyte = 1UL << 30;
    (void)device;
    switch (what) {
    case CL_DEVICE_TYPE: ANSWER(cl_device_type, CL_DEVICE_TYPE_GPU);
    case CL_DEVICE_NAME: return say(now->name, room, to, needed);
    case CL_DEVICE_VENDOR: return say(now->maker->vendor, room, to, needed);
    case CL_DEVICE_VENDOR_ID: ANSWER(cl_uint, now->maker->id);
    case CL_DEVICE_VERSION: return say(now->maker->version, room, to, needed);
    case CL_DRIVER_VERSION: return say(now->maker->driver, room, to, needed);
    case CL_DEVICE_OPENCL_C_VERSION: return say("OpenCL C 1.2", room, to, needed);
    case CL_DEVICE_PROFILE: return say("FULL_PROFILE", room, to, needed);
    case CL_DEVICE_EXTENSIONS: return say(now->maker->extensions, room, to, needed);
    case CL_DEVICE_PLATFORM: ANSWER(cl_platform_id, anything);
    case CL_DEVICE_AVAILABLE: case CL_DEVICE_COMPILER_AVAILABLE: case CL_DEVICE_LINKER_AVAILABLE:
    case CL_DEVICE_ENDIAN_LITTLE: ANSWER(cl_bool, CL_TRUE);
    case CL_DEVICE_HOST_UNIFIED_MEMORY: ANSWER(cl_bool, CL_FALSE);
    case CL_DEVICE_ADDRESS_BITS: ANSWER(cl_uint, 64);
    case CL_DEVICE_MEM_BASE_ADDR_ALIGN: ANSWER(cl_uint, 4096);
    case CL_DEVICE_MAX_COMPUTE_UNITS: ANSWER(cl_uint, now->units);
    case CL_DEVICE_MAX_CLOCK_FREQUENCY: ANSWER(cl_uint, 1500);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE: ANSWER(size_t, now->group);
    case CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS: ANSWER(cl_uint, 3);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES: {
        const size_t sizes[3] = {now->group, now->group, 64};
        return answer(sizes, sizeof sizes, room, to, needed);
    }
    case CL_DEVICE_LOCAL_MEM_TYPE: ANSWER(cl_device_local_mem_type, CL_LOCAL);
    case CL_DEVICE_LOCAL_MEM_SIZE: ANSWER(cl_ulong, now->local);
    case CL_DEVICE_GLOBAL_MEM_SIZE: ANSWER(cl_ulong, 16 * gigabyte);
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE: ANSWER(cl_ulong, 4 * gigabyte);
    case CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE: ANSWER(cl_uint, 128);
    case CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE: ANSWER(cl_ulong, 65536);
    case CL_DEVICE_MAX_PARAMETER_SIZE: ANSWER(size_t, 4096);
    case CL_DEVICE_PROFILING_TIMER_RESOLUTION: ANSWER(size_t, 1000);
    case CL_DEVICE_EXECUTION_CAPABILITIES: ANSWER(cl_device_exec_capabilities, CL_EXEC_KERNEL);
    case CL_DEVICE_QUEUE_PROPERTIES: ANSWER(cl_command_queue_properties, CL_QUEUE_PROFILING_ENABLE);
    case CL_DEVICE_SINGLE_FP_CONFIG: ANSWER(cl_device_fp_config, all);
    case CL_DEVICE_DOUBLE_FP_CONFIG: ANSWER(cl_device_fp_config, now->fp64 ? all : 0);
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT: case CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE: case CL_DEVICE_PREFERRED_VECTOR_WIDTH_DOUBLE: ANSWER(cl_uint, 1);
    default: return of_vendor(what, room, to, needed);
    }
}

/* --- programs and kernels --------------------------------------------------------------------------------------- */

void (*pretend_made)(const pretend_kernel *kernel);

struct _cl_program {
    char *text, *options;
    size_t uses;
};

struct _cl_kernel {
    char *name;
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
    if (pretend_made != NULL) pretend_made(&(pretend_kernel){program->text, program->options, name});
    if (code != NULL) *code = CL_SUCCESS;
    return kernel;
}

cl_int clReleaseKernel(cl_kernel kernel)
{
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
    case CL_KERNEL_WORK_GROUP_SIZE: ANSWER(size_t, now->group);
    case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE: ANSWER(size_t, now->wave);
    case CL_KERNEL_LOCAL_MEM_SIZE: case CL_KERNEL_PRIVATE_MEM_SIZE: ANSWER(cl_ulong, 0);
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
    if (event != NULL) *event = anything;
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
    return anything;
}

cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device, cl_command_queue_properties properties,
                                      cl_int *code)
{
    (void)context, (void)device, (void)properties;
    if (code != NULL) *code = CL_SUCCESS;
    return anything;
}

cl_int clReleaseContext(cl_context context) { (void)context; return CL_SUCCESS; }
cl_int clReleaseCommandQueue(cl_command_queue queue) { (void)queue; return CL_SUCCESS; }
cl_int clReleaseEvent(cl_event event) { (void)event; return CL_SUCCESS; }
cl_int clFlush(cl_command_queue queue) { (void)queue; return CL_SUCCESS; }
cl_int clFinish(cl_command_queue queue) { (void)queue; return CL_SUCCESS; }
cl_int clWaitForEvents(cl_uint count, const cl_event *list) { (void)count, (void)list; return CL_SUCCESS; }

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
