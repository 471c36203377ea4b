/* error.c - names of OpenCL's codes, the failure of a call, and remarks. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/opencl/opencl.h"

#define CODE_LIST(X)                                                                                             \
    X(CL_DEVICE_NOT_FOUND) X(CL_DEVICE_NOT_AVAILABLE) X(CL_COMPILER_NOT_AVAILABLE)                               \
    X(CL_MEM_OBJECT_ALLOCATION_FAILURE) X(CL_OUT_OF_RESOURCES) X(CL_OUT_OF_HOST_MEMORY)                          \
    X(CL_PROFILING_INFO_NOT_AVAILABLE) X(CL_MEM_COPY_OVERLAP) X(CL_BUILD_PROGRAM_FAILURE) X(CL_MAP_FAILURE)      \
    X(CL_MISALIGNED_SUB_BUFFER_OFFSET) X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST) X(CL_INVALID_VALUE)       \
    X(CL_INVALID_DEVICE_TYPE) X(CL_INVALID_PLATFORM) X(CL_INVALID_DEVICE) X(CL_INVALID_CONTEXT)                  \
    X(CL_INVALID_QUEUE_PROPERTIES) X(CL_INVALID_COMMAND_QUEUE) X(CL_INVALID_MEM_OBJECT) X(CL_INVALID_BINARY)     \
    X(CL_INVALID_BUILD_OPTIONS) X(CL_INVALID_PROGRAM) X(CL_INVALID_PROGRAM_EXECUTABLE) X(CL_INVALID_KERNEL_NAME) \
    X(CL_INVALID_KERNEL) X(CL_INVALID_ARG_INDEX) X(CL_INVALID_ARG_VALUE) X(CL_INVALID_ARG_SIZE)                  \
    X(CL_INVALID_KERNEL_ARGS) X(CL_INVALID_WORK_DIMENSION) X(CL_INVALID_WORK_GROUP_SIZE)                         \
    X(CL_INVALID_WORK_ITEM_SIZE) X(CL_INVALID_GLOBAL_OFFSET) X(CL_INVALID_EVENT_WAIT_LIST) X(CL_INVALID_EVENT)   \
    X(CL_INVALID_OPERATION) X(CL_INVALID_BUFFER_SIZE) X(CL_INVALID_GLOBAL_WORK_SIZE)

const char *clmlp_opencl_code_text(cl_int code)
{
    switch (code) {
    case CLMLP_OPENCL_NOTHING_MADE: return "the call succeeded, but made nothing";
#define CODE_CASE(name) case name: return #name;
        CODE_LIST(CODE_CASE)
#undef CODE_CASE
    default: return "unknown code";
    }
}

cl_int clmlp_opencl_made(cl_int code, const void *made)
{
    return code == CL_SUCCESS && made == NULL ? CLMLP_OPENCL_NOTHING_MADE : code;
}

clmlp_status clmlp_opencl_fail(clmlp_error *error, const clmlp_opencl *opencl, cl_int code, const char *what)
{
    const bool memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY ||
                        code == CL_INVALID_BUFFER_SIZE;
    return clmlp_fail(error, memory ? CLMLP_OUT_OF_MEMORY : CLMLP_DEVICE, "%s: %s failed: %s (%d)",
                      opencl != NULL ? opencl->name : "OpenCL", what, clmlp_opencl_code_text(code), (int)code);
}

/* What does not fit is left out, whole lines. */
void clmlp_opencl_remark(clmlp_opencl *opencl, const char *format, ...)
{
    char *const remarks = opencl->base.remarks;
    const size_t used = strlen(remarks), room = sizeof opencl->base.remarks - used;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(remarks + used, room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length + 1 >= room) remarks[used] = '\0';
    else memcpy(remarks + used + length, "\n", 2);
}
