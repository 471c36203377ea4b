/* pretend_device.c - what the device that pretends says of itself. */
#include "pretend_facts.h"

#include <string.h>

#define COMMON                                                                                             \
    "cl_khr_global_int32_base_atomics cl_khr_local_int32_base_atomics cl_khr_byte_addressable_store"       \
    " cl_khr_icd"
static const vendor
    NVIDIA = {"NVIDIA Corporation", "NVIDIA CUDA", "OpenCL 3.0 CUDA", "550.54.15",
              COMMON " cl_khr_fp64 cl_nv_compiler_options cl_nv_device_attribute_query cl_nv_pragma_unroll"
                     " cl_nv_copy_opts", 0x10de},
    AMD = {"Advanced Micro Devices, Inc.", "AMD Accelerated Parallel Processing", "OpenCL 2.0", "3602.0 (HSA1.1,LC)",
           COMMON " cl_khr_fp64 cl_amd_device_attribute_query cl_amd_media_ops", 0x1002},
    INTEL = {"Intel(R) Corporation", "Intel(R) OpenCL Graphics", "OpenCL 3.0 NEO", "23.35.27191.42",
             COMMON " cl_khr_subgroups cl_intel_subgroups cl_intel_required_subgroup_size"
                    " cl_intel_device_attribute_query", 0x8086};

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

const facts *pretend_now = devices;
void *const pretend_anything = &pretend_now;

bool pretend_to_be(const char *key)
{
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        if (strcmp(key, devices[i].key) != 0) continue;
        pretend_now = &devices[i];
        return true;
    }
    return false;
}

bool pretend_has_fp64(void)
{
    return pretend_now->fp64;
}

cl_int clGetPlatformIDs(cl_uint count, cl_platform_id *list, cl_uint *found)
{
    if (found != NULL) *found = 1;
    if (list != NULL && count > 0) *list = pretend_anything;
    return CL_SUCCESS;
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t room, void *to, size_t *needed)
{
    (void)platform;
    switch (what) {
    case CL_PLATFORM_NAME: return say(pretend_now->maker->platform, room, to, needed);
    case CL_PLATFORM_VENDOR: return say(pretend_now->maker->vendor, room, to, needed);
    case CL_PLATFORM_VERSION: return say(pretend_now->maker->version, room, to, needed);
    case CL_PLATFORM_PROFILE: return say("FULL_PROFILE", room, to, needed);
    case CL_PLATFORM_EXTENSIONS: return say(pretend_now->maker->extensions, room, to, needed);
    default: return CL_INVALID_VALUE;
    }
}

cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint count, cl_device_id *list, cl_uint *found)
{
    (void)platform;
    (void)type;
    if (found != NULL) *found = 1;
    if (list != NULL && count > 0) *list = pretend_anything;
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
    if (pretend_now->maker == &NVIDIA) {
        switch (what) {
        case NV_MAJOR: ANSWER(cl_uint, pretend_now->major);
        case NV_MINOR: ANSWER(cl_uint, pretend_now->minor);
        case NV_REGISTERS: ANSWER(cl_uint, 65536);
        case NV_WARP: ANSWER(cl_uint, pretend_now->wave);
        case NV_TIMEOUT: ANSWER(cl_bool, CL_FALSE);
        default: return CL_INVALID_VALUE;
        }
    }
    if (pretend_now->maker == &AMD) {
        switch (what) {
        case AMD_SIMDS: ANSWER(cl_uint, pretend_now->major == 9 ? 4 : 2);
        case AMD_WAVE: ANSWER(cl_uint, pretend_now->wave);
        case AMD_LOCAL: ANSWER(cl_uint, (cl_uint)pretend_now->local);
        case AMD_MAJOR: ANSWER(cl_uint, pretend_now->major);
        case AMD_MINOR: ANSWER(cl_uint, pretend_now->minor);
        default: return CL_INVALID_VALUE;
        }
    }
    if (what == INTEL_VERSION) ANSWER(cl_uint, pretend_now->major << 22 | pretend_now->minor << 14);
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
    case CL_DEVICE_NAME: return say(pretend_now->name, room, to, needed);
    case CL_DEVICE_VENDOR: return say(pretend_now->maker->vendor, room, to, needed);
    case CL_DEVICE_VENDOR_ID: ANSWER(cl_uint, pretend_now->maker->id);
    case CL_DEVICE_VERSION: return say(pretend_now->maker->version, room, to, needed);
    case CL_DRIVER_VERSION: return say(pretend_now->maker->driver, room, to, needed);
    case CL_DEVICE_OPENCL_C_VERSION: return say("OpenCL C 1.2", room, to, needed);
    case CL_DEVICE_PROFILE: return say("FULL_PROFILE", room, to, needed);
    case CL_DEVICE_EXTENSIONS: return say(pretend_now->maker->extensions, room, to, needed);
    case CL_DEVICE_PLATFORM: ANSWER(cl_platform_id, pretend_anything);
    case CL_DEVICE_AVAILABLE: case CL_DEVICE_COMPILER_AVAILABLE: case CL_DEVICE_LINKER_AVAILABLE:
    case CL_DEVICE_ENDIAN_LITTLE: ANSWER(cl_bool, CL_TRUE);
    case CL_DEVICE_HOST_UNIFIED_MEMORY: ANSWER(cl_bool, CL_FALSE);
    case CL_DEVICE_ADDRESS_BITS: ANSWER(cl_uint, 64);
    case CL_DEVICE_MEM_BASE_ADDR_ALIGN: ANSWER(cl_uint, 4096);
    case CL_DEVICE_MAX_COMPUTE_UNITS: ANSWER(cl_uint, pretend_now->units);
    case CL_DEVICE_MAX_CLOCK_FREQUENCY: ANSWER(cl_uint, 1500);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE: ANSWER(size_t, pretend_now->group);
    case CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS: ANSWER(cl_uint, 3);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES: {
        const size_t sizes[3] = {pretend_now->group, pretend_now->group, 64};
        return answer(sizes, sizeof sizes, room, to, needed);
    }
    case CL_DEVICE_LOCAL_MEM_TYPE: ANSWER(cl_device_local_mem_type, CL_LOCAL);
    case CL_DEVICE_LOCAL_MEM_SIZE: ANSWER(cl_ulong, pretend_now->local);
    case CL_DEVICE_GLOBAL_MEM_SIZE: ANSWER(cl_ulong, 16 * gigabyte);
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE: ANSWER(cl_ulong, 4 * gigabyte);
    case CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE: ANSWER(cl_uint, 128);
    case CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE: ANSWER(cl_ulong, 65536);
    case CL_DEVICE_MAX_PARAMETER_SIZE: ANSWER(size_t, 4096);
    case CL_DEVICE_PROFILING_TIMER_RESOLUTION: ANSWER(size_t, 1000);
    case CL_DEVICE_EXECUTION_CAPABILITIES: ANSWER(cl_device_exec_capabilities, CL_EXEC_KERNEL);
    case CL_DEVICE_QUEUE_PROPERTIES: ANSWER(cl_command_queue_properties, CL_QUEUE_PROFILING_ENABLE);
    case CL_DEVICE_SINGLE_FP_CONFIG: ANSWER(cl_device_fp_config, all);
    case CL_DEVICE_DOUBLE_FP_CONFIG: ANSWER(cl_device_fp_config, pretend_now->fp64 ? all : 0);
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT: case CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE: case CL_DEVICE_PREFERRED_VECTOR_WIDTH_DOUBLE: ANSWER(cl_uint, 1);
    default: return of_vendor(what, room, to, needed);
    }
}
