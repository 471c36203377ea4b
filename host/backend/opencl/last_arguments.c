/* last_arguments.c - which arguments each kernel was given last, and the buffers that may be among them. */
#include <string.h>

#include "backend/opencl/opencl.h"

/* The kernel is kept in use, so that no other gets its address. */
clmlp_last_arguments *clmlp_opencl_last_arguments(clmlp_opencl *opencl, cl_kernel kernel)
{
    clmlp_remembered_kernel *oldest = opencl->remembered, *found = NULL;
    for (size_t i = 0; i < CLMLP_REMEMBERED && found == NULL; i++) {
        clmlp_remembered_kernel *const r = &opencl->remembered[i];
        if (r->kernel == kernel) found = r;
        else if (r->used < oldest->used) oldest = r;
    }
    if (found == NULL) {
        if (clRetainKernel(kernel) != CL_SUCCESS) return NULL;
        if (oldest->kernel != NULL) (void)clReleaseKernel(oldest->kernel);
        found = oldest;
        found->kernel = kernel;
        found->last.known = false;
    }
    if (found->buffers != opencl->buffers_made) found->last.known = false; /* one of them may be where another was */
    found->buffers = opencl->buffers_made;
    found->used = ++opencl->launches;
    return &found->last;
}

void clmlp_opencl_forget_arguments(clmlp_opencl *opencl)
{
    for (size_t i = 0; i < CLMLP_REMEMBERED; i++) {
        if (opencl->remembered[i].kernel != NULL) (void)clReleaseKernel(opencl->remembered[i].kernel);
    }
    memset(opencl->remembered, 0, sizeof opencl->remembered);
}

cl_mem clmlp_opencl_new_buffer(clmlp_opencl *opencl, cl_mem_flags flags, size_t bytes, void *memory, cl_int *code)
{
    const cl_mem buffer = clCreateBuffer(opencl->context, flags, bytes, memory, code);
    opencl->buffers_made++;
    *code = clmlp_opencl_made(*code, buffer);
    return buffer;
}
