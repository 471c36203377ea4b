/* usable.c - why a device cannot be used, or should not be taken unasked, by what it says of itself. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/opencl/opencl.h"
#include "common/codes.h"

/* OpenCL's own numbers: 1.2 has all that the host calls. */
enum { MAJOR = 1, MINOR = 2 };
enum { LEAST_BITS = 16 };

static bool say(char problem[CLMLP_NAME_LENGTH], const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool say(char problem[CLMLP_NAME_LENGTH], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem, CLMLP_NAME_LENGTH, format, arguments);
    va_end(arguments);
    return true;
}

/* Whether a question has a problem for an answer. An answer that cannot be had is one. */
static bool lacks(cl_device_id device, cl_device_info what, cl_bool wanted, const char *question, const char *answer,
                  char problem[CLMLP_NAME_LENGTH])
{
    cl_bool found = CL_FALSE;
    const cl_int code = clGetDeviceInfo(device, what, sizeof found, &found, NULL);
    if (code != CL_SUCCESS) {
        return say(problem, "asking whether it %s failed: %s (%d)", question, clmlp_opencl_code_text(code), (int)code);
    }
    return (found != CL_FALSE) != (wanted != CL_FALSE) && say(problem, "%s", answer);
}

/* "OpenCL 1.1 ..." behind `prefix`, as the specification writes it. */
static bool is_too_old(cl_device_id device, cl_device_info what, const char *prefix, char problem[CLMLP_NAME_LENGTH])
{
    char text[CLMLP_NAME_LENGTH] = "";
    unsigned major = 0, minor = 0;
    const size_t length = strlen(prefix);
    const cl_int code = clGetDeviceInfo(device, what, sizeof text, text, NULL);
    text[sizeof text - 1] = '\0';
    if (code != CL_SUCCESS) {
        return say(problem, "asking for its version of %s failed: %s (%d)", prefix, clmlp_opencl_code_text(code),
                   (int)code);
    }
    const bool known = strncmp(text, prefix, length) == 0 && sscanf(text + length, " %u.%u", &major, &minor) == 2;
    if (!known) return say(problem, "its version of %s cannot be read: '%.60s'", prefix, text);
    return (major < MAJOR || (major == MAJOR && minor < MINOR)) &&
           say(problem, "%s %d.%d is needed, and it has %u.%u", prefix, (int)MAJOR, (int)MINOR, major, minor);
}

static bool is_host_little(void)
{
    const cl_uint one = 1;
    unsigned char first = 0;
    memcpy(&first, &one, sizeof first);
    return first == 1;
}

/* The sums of costs have groups of one size on every device. */
static bool has_small_groups(cl_device_id device, char problem[CLMLP_NAME_LENGTH])
{
    size_t group = 0;
    const cl_int code = clmlp_opencl_group_limit(device, &group);
    if (code != CL_SUCCESS) {
        return say(problem, "asking for its largest work-group failed: %s (%d)", clmlp_opencl_code_text(code),
                   (int)code);
    }
    return group < SCORE_GROUP && say(problem, "the kernel add_scores needs work-groups of %d items, and it allows %zu",
                                      SCORE_GROUP, group);
}

/* PoCL would end the process. */
static bool lacks_program(cl_device_id device, char problem[CLMLP_NAME_LENGTH])
{
    return clmlp_opencl_lacks_linker(device) &&
           say(problem, "PoCL links kernels with the program 'ld', and it is in no folder of PATH (Debian's package: "
                        "binutils)");
}

bool clmlp_opencl_is_rusticl(cl_device_id device)
{
    cl_platform_id platform = NULL;
    char name[64] = "";
    return clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) == CL_SUCCESS &&
           clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, NULL) == CL_SUCCESS &&
           strcmp(name, "rusticl") == 0;
}

bool clmlp_opencl_renders(cl_device_id device)
{
    cl_device_type type = 0;
    return clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL) == CL_SUCCESS &&
           (type & CL_DEVICE_TYPE_CPU) != 0 && clmlp_opencl_is_rusticl(device);
}

void clmlp_opencl_find_drawback(cl_device_id device, char drawback[CLMLP_NAME_LENGTH])
{
    drawback[0] = '\0';
    (void)(clmlp_opencl_renders(device) &&
           say(drawback, "Mesa's software renderer computes it on the CPU, where the CPU path is faster"));
}

cl_int clmlp_opencl_group_limit(cl_device_id device, size_t *limit)
{
    enum { DIMENSIONS = 16 };
    size_t group = 0, items[DIMENSIONS] = {0};
    cl_int code = clGetDeviceInfo(device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    if (code == CL_SUCCESS) code = clGetDeviceInfo(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof items, items, NULL);
    *limit = group < items[0] ? group : items[0];
    return code;
}

uint64_t clmlp_opencl_reach(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

/* Kernels compute places in size_t, which is as wide as an address. */
static bool has_narrow_addresses(cl_device_id device, char problem[CLMLP_NAME_LENGTH])
{
    cl_uint bits = 0;
    const cl_int code = clGetDeviceInfo(device, CL_DEVICE_ADDRESS_BITS, sizeof bits, &bits, NULL);
    if (code != CL_SUCCESS) {
        return say(problem, "asking for the size of its addresses failed: %s (%d)", clmlp_opencl_code_text(code),
                   (int)code);
    }
    return bits < LEAST_BITS && say(problem, "its addresses have %u bits, and %d are needed", bits, (int)LEAST_BITS);
}

void clmlp_opencl_find_problem(cl_device_id device, char problem[CLMLP_NAME_LENGTH])
{
    const bool little = is_host_little();
    problem[0] = '\0';
    (void)(lacks(device, CL_DEVICE_AVAILABLE, CL_TRUE, "is available", "its driver says that it is not available",
                 problem) ||
           is_too_old(device, CL_DEVICE_VERSION, "OpenCL", problem) ||
           is_too_old(device, CL_DEVICE_OPENCL_C_VERSION, "OpenCL C", problem) ||
           lacks(device, CL_DEVICE_COMPILER_AVAILABLE, CL_TRUE, "has a compiler",
                 "its driver has no compiler for kernels", problem) ||
           lacks(device, CL_DEVICE_LINKER_AVAILABLE, CL_TRUE, "has a linker",
                 "its driver has no linker for kernels", problem) ||
           lacks(device, CL_DEVICE_ENDIAN_LITTLE, little, "is little-endian",
                 little ? "it is big-endian, and this host is not" : "it is little-endian, and this host is not",
                 problem) ||
           has_narrow_addresses(device, problem) || has_small_groups(device, problem) ||
           lacks_program(device, problem));
}
