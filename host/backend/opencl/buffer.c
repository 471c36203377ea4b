/* buffer.c - buffers, counted as they are made. */
#include "backend/opencl/opencl.h"

cl_mem clmlp_opencl_new_buffer(clmlp_opencl *opencl, cl_mem_flags flags, size_t bytes, void *memory, cl_int *code)
{
    const cl_mem buffer = clCreateBuffer(opencl->context, flags, bytes, memory, code);
    opencl->buffers_made++;
    *code = clmlp_opencl_made(*code, buffer);
    return buffer;
}
