/* pretend.c - an OpenCL whose devices have less than they have.
 *
 * A library for LD_PRELOAD. CLMLP_PRETEND="KEY=VALUE;KEY=VALUE..." changes what devices and kernels say of themselves,
 * and refuses what such a device would refuse. "N:KEY=VALUE" is for device N alone, from 0 in the order of the list.
 *
 *   type=gpu            the type of the device
 *   available=0         so compiler=0, linker=0, little=0, unified=0, unified=1, timeout=1 (NVIDIA's, with its
 *                       extension)
 *   platform=TEXT       the name of every platform
 *   version=TEXT        of the device; language=TEXT: of OpenCL C
 *   bits=N              of an address
 *   group=N             work-items of a group; items=N: along its first dimension; local=N: bytes of local memory;
 *                       units=N: compute units
 *   memory=N            bytes of the device; largest=N: of a buffer
 *   most=N              work-items of a group of any kernel; most.NAME=N: of one kernel
 *   shares.NAME=N       bytes of local memory of a kernel
 *   spill=TEXT          private memory of kernels with this in their build options; others have none
 *   private=N           bytes of private memory of all kernels
 *   fails=KEY           the question that KEY answers fails
 *   late.NAME=N         the first launch of this kernel takes N milliseconds more
 *   event=N             each command takes N nanoseconds by the driver's clock
 *   tell=1              say at the end how many launches there were, and pinned buffers, and the largest group
 */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "layer.h"

enum { MOST_DEVICES = 8, TEXT = 512 };

static cl_device_id devices[MOST_DEVICES];
static size_t device_count;
static bool watches;
static atomic_ulong launches, pinned, largest_group;

__attribute__((constructor)) static void set_up(void)
{
    watches = layer_set_up();
}

/* What a key is set to; false: to nothing. device NULL: any. */
static bool setting(cl_device_id device, const char *key, char value[TEXT])
{
    const char *at = getenv("CLMLP_PRETEND");
    while (at != NULL && *at != '\0') {
        const size_t length = strcspn(at, ";");
        const char *name = at;
        size_t number = 0, used = strspn(at, "0123456789");
        bool meant = true;
        if (used > 0 && at[used] == ':') {
            number = (size_t)strtoul(at, NULL, 10);
            name = at + used + 1;
            meant = device == NULL || (number < device_count && devices[number] == device);
        }
        const size_t left = length - (size_t)(name - at), key_length = strlen(key);
        if (meant && left > key_length && strncmp(name, key, key_length) == 0 && name[key_length] == '=') {
            (void)snprintf(value, TEXT, "%.*s", (int)(left - key_length - 1), name + key_length + 1);
            return true;
        }
        at += length + (at[length] == ';');
    }
    return false;
}

static bool number_of(cl_device_id device, const char *key, unsigned long *value)
{
    char text[TEXT];
    if (!setting(device, key, text)) return false;
    *value = strtoul(text, NULL, 10);
    return true;
}

static bool is_false(cl_device_id device, const char *key)
{
    unsigned long value = 1;
    return number_of(device, key, &value) && value == 0;
}

__attribute__((destructor)) static void tell(void)
{
    unsigned long value = 0;
    if (!watches || !number_of(NULL, "tell", &value)) return;
    layer_say("pretending_opencl: launches %lu\n", atomic_load(&launches));
    layer_say("pretending_opencl: largest group %lu\n", atomic_load(&largest_group));
    layer_say("pretending_opencl: pinned buffers %lu\n", atomic_load(&pinned));
}

/* --- answers ----------------------------------------------------------------------------------------------------- */

static cl_int give(const void *answer, size_t bytes, size_t size, void *value, size_t *needed)
{
    if (needed != NULL) *needed = bytes;
    if (value == NULL) return CL_SUCCESS;
    if (size < bytes) return CL_INVALID_VALUE;
    memcpy(value, answer, bytes);
    return CL_SUCCESS;
}

typedef enum form { FORM_BOOL, FORM_UINT, FORM_ULONG, FORM_SIZE, FORM_TEXT } form;

static cl_int give_as(form what, const char *text, size_t size, void *value, size_t *needed)
{
    const unsigned long number = strtoul(text, NULL, 10);
    const cl_uint narrow = (cl_uint)number;
    const cl_ulong wide = number;
    const size_t plain = number;
    if (what == FORM_TEXT) return give(text, strlen(text) + 1, size, value, needed);
    if (what == FORM_ULONG) return give(&wide, sizeof wide, size, value, needed);
    if (what == FORM_SIZE) return give(&plain, sizeof plain, size, value, needed);
    return give(&narrow, sizeof narrow, size, value, needed); /* cl_bool is cl_uint */
}

static const struct { cl_device_info what; const char *key; form form; } answers[] = {
    {CL_DEVICE_AVAILABLE, "available", FORM_BOOL},
    {CL_DEVICE_COMPILER_AVAILABLE, "compiler", FORM_BOOL},
    {CL_DEVICE_LINKER_AVAILABLE, "linker", FORM_BOOL},
    {CL_DEVICE_ENDIAN_LITTLE, "little", FORM_BOOL},
    {CL_DEVICE_HOST_UNIFIED_MEMORY, "unified", FORM_BOOL},
    {CL_DEVICE_KERNEL_EXEC_TIMEOUT_NV, "timeout", FORM_BOOL},
    {CL_DEVICE_VERSION, "version", FORM_TEXT},
    {CL_DEVICE_OPENCL_C_VERSION, "language", FORM_TEXT},
    {CL_DEVICE_ADDRESS_BITS, "bits", FORM_UINT},
    {CL_DEVICE_MAX_WORK_GROUP_SIZE, "group", FORM_SIZE},
    {CL_DEVICE_LOCAL_MEM_SIZE, "local", FORM_ULONG},
    {CL_DEVICE_MAX_COMPUTE_UNITS, "units", FORM_UINT},
    {CL_DEVICE_GLOBAL_MEM_SIZE, "memory", FORM_ULONG},
    {CL_DEVICE_MAX_MEM_ALLOC_SIZE, "largest", FORM_ULONG},
};

cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint most, cl_device_id *list, cl_uint *count)
{
    cl_uint found = 0;
    BEHIND(clGetDeviceIDs);
    const cl_int code = behind(platform, type, most, list, &found);
    if (count != NULL) *count = found;
    for (cl_uint i = 0; code == CL_SUCCESS && list != NULL && i < found && i < most; i++) {
        size_t at = 0;
        while (at < device_count && devices[at] != list[i]) at++;
        if (at == device_count && at < MOST_DEVICES) devices[device_count++] = list[i];
    }
    return code;
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *needed)
{
    char text[TEXT];
    BEHIND(clGetPlatformInfo);
    if (what == CL_PLATFORM_NAME && setting(NULL, "platform", text)) {
        return give(text, strlen(text) + 1, size, value, needed);
    }
    return behind(platform, what, size, value, needed);
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value, size_t *needed)
{
    char text[TEXT], failing[TEXT];
    unsigned long number = 0;
    BEHIND(clGetDeviceInfo);
    const bool some_fail = setting(device, "fails", failing);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (what != answers[i].what) continue;
        if (some_fail && strcmp(failing, answers[i].key) == 0) return CL_OUT_OF_HOST_MEMORY;
        if (setting(device, answers[i].key, text)) return give_as(answers[i].form, text, size, value, needed);
    }
    if (what == CL_DEVICE_TYPE && setting(device, "type", text)) {
        const cl_device_type type = strcmp(text, "gpu") == 0 ? CL_DEVICE_TYPE_GPU : CL_DEVICE_TYPE_CPU;
        return give(&type, sizeof type, size, value, needed);
    }
    if (what == CL_DEVICE_EXTENSIONS && number_of(device, "timeout", &number)) {
        return give_as(FORM_TEXT, "cl_khr_fp64 cl_nv_device_attribute_query", size, value, needed);
    }
    const cl_int code = behind(device, what, size, value, needed);
    if (what == CL_DEVICE_MAX_WORK_ITEM_SIZES && code == CL_SUCCESS && value != NULL &&
        number_of(device, "items", &number)) {
        ((size_t *)value)[0] = number;
    }
    return code;
}

/* --- kernels ----------------------------------------------------------------------------------------------------- */

static void name_of(cl_kernel kernel, char name[TEXT])
{
    if (clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, TEXT, name, NULL) != CL_SUCCESS) name[0] = '\0';
}

/* Work-items that a group of this kernel may have, at the most. */
static unsigned long most_of(cl_kernel kernel, cl_device_id device)
{
    char name[TEXT], key[TEXT + 8];
    unsigned long most = UINT32_MAX, number = 0;
    name_of(kernel, name);
    (void)snprintf(key, sizeof key, "most.%s", name);
    if (number_of(device, "most", &number)) most = number;
    if (number_of(device, key, &number)) most = number;
    if (number_of(device, "group", &number) && number < most) most = number;
    return most;
}

static bool spills(cl_kernel kernel, cl_device_id device, const char *part)
{
    cl_program program = NULL;
    char options[4 * TEXT] = "";
    return clGetKernelInfo(kernel, CL_KERNEL_PROGRAM, sizeof program, &program, NULL) == CL_SUCCESS &&
           clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_OPTIONS, sizeof options, options, NULL) ==
               CL_SUCCESS &&
           strstr(options, part) != NULL;
}

cl_int clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,
                                void *value, size_t *needed)
{
    char text[TEXT], name[TEXT], key[TEXT + 8];
    BEHIND(clGetKernelWorkGroupInfo);
    name_of(kernel, name);
    if (what == CL_KERNEL_WORK_GROUP_SIZE && most_of(kernel, device) < UINT32_MAX) {
        const size_t most = most_of(kernel, device);
        return give(&most, sizeof most, size, value, needed);
    }
    (void)snprintf(key, sizeof key, "shares.%s", name);
    if (what == CL_KERNEL_LOCAL_MEM_SIZE && setting(device, key, text)) {
        return give_as(FORM_ULONG, text, size, value, needed);
    }
    if (what == CL_KERNEL_PRIVATE_MEM_SIZE) {
        if (setting(device, "private", text)) return give_as(FORM_ULONG, text, size, value, needed);
        if (setting(device, "spill", text)) {
            return give_as(FORM_ULONG, spills(kernel, device, text) ? "384" : "0", size, value, needed);
        }
    }
    return behind(kernel, device, what, size, value, needed);
}

static void be_late(cl_kernel kernel, cl_device_id device)
{
    static atomic_bool was_late;
    char name[TEXT], key[TEXT + 8];
    unsigned long milliseconds = 0;
    name_of(kernel, name);
    (void)snprintf(key, sizeof key, "late.%s", name);
    if (!number_of(device, key, &milliseconds) || atomic_exchange(&was_late, true)) return;
    const struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

static cl_device_id device_of(cl_command_queue queue)
{
    cl_device_id device = NULL;
    (void)clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof device, &device, NULL);
    return device;
}

/* Beyond this many work-items or numbers an address of the device is too short. 0: never. */
static unsigned long long reach_of(cl_device_id device)
{
    unsigned long bits = 0;
    return number_of(device, "bits", &bits) && bits < 64 ? 1ULL << bits : 0;
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                              const size_t *global, const size_t *local, cl_uint count, const cl_event *waits,
                              cl_event *event)
{
    unsigned long items = 1, limit = 0;
    BEHIND(clEnqueueNDRangeKernel);
    const cl_device_id device = device_of(queue);
    const unsigned long long reach = reach_of(device);
    for (cl_uint d = 0; d < dimensions; d++) {
        if (local != NULL) items *= local[d];
        if (reach != 0 && (offset != NULL ? offset[d] : 0) + global[d] >= reach) return CL_INVALID_GLOBAL_WORK_SIZE;
    }
    if (items > most_of(kernel, device)) return CL_INVALID_WORK_GROUP_SIZE;
    if (local != NULL && number_of(device, "items", &limit) && local[0] > limit) return CL_INVALID_WORK_ITEM_SIZE;
    be_late(kernel, device);
    (void)atomic_fetch_add(&launches, 1);
    if (items > atomic_load(&largest_group)) atomic_store(&largest_group, items);
    return behind(queue, kernel, dimensions, offset, global, local, count, waits, event);
}

/* From whenever it started. */
cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info what, size_t size, void *value, size_t *needed)
{
    unsigned long nanoseconds = 0;
    BEHIND(clGetEventProfilingInfo);
    const bool pretends = what == CL_PROFILING_COMMAND_END && number_of(NULL, "event", &nanoseconds);
    const cl_int code = behind(event, pretends ? CL_PROFILING_COMMAND_START : what, size, value, needed);
    if (pretends && code == CL_SUCCESS && value != NULL) *(cl_ulong *)value += nanoseconds;
    return code;
}

/* --- what such a device refuses ---------------------------------------------------------------------------------- */

cl_context clCreateContext(const cl_context_properties *properties, cl_uint count, const cl_device_id *list,
                           void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *argument,
                           cl_int *code)
{
    BEHIND(clCreateContext);
    for (cl_uint i = 0; i < count; i++) {
        if (!is_false(list[i], "available")) continue;
        if (code != NULL) *code = CL_DEVICE_NOT_AVAILABLE;
        return NULL;
    }
    return behind(properties, count, list, notify, argument, code);
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *list, const char *options,
                      void(CL_CALLBACK *done)(cl_program, void *), void *argument)
{
    BEHIND(clBuildProgram);
    for (cl_uint i = 0; i < count; i++) {
        if (is_false(list[i], "compiler") || is_false(list[i], "linker")) return CL_COMPILER_NOT_AVAILABLE;
    }
    return behind(program, count, list, options, done, argument);
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *memory, cl_int *code)
{
    BEHIND(clCreateBuffer);
    cl_device_id device = NULL;
    (void)clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof device, &device, NULL);
    if (reach_of(device) != 0 && size >= reach_of(device)) {
        if (code != NULL) *code = CL_INVALID_BUFFER_SIZE;
        return NULL;
    }
    if ((flags & CL_MEM_ALLOC_HOST_PTR) != 0) (void)atomic_fetch_add(&pinned, 1);
    return behind(context, flags, size, memory, code);
}
