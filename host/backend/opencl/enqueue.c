/* enqueue.c - any kernel: its arguments set, enqueued, recorded. */
#include <string.h>

#include "backend/opencl/opencl.h"

/* What a kernel was given last. It is kept in use, so that no other kernel gets its address. NULL: not known, and there
 * is no place to keep it. */
static clmlp_last_arguments *last_of(clmlp_opencl *opencl, cl_kernel kernel)
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

clmlp_status clmlp_opencl_enqueue(clmlp_opencl *opencl, const clmlp_launch *launch, const void *arguments,
                                  clmlp_error *error)
{
    const char *const name = launch->interface().name;
    if (launch->global[0] == 0 || launch->global[1] == 0) return CLMLP_OK;
    TRY_CL(opencl, clmlp_arguments_set(launch->kernel, launch->interface, arguments, launch->states,
                                       opencl->base.precision == CLMLP_F64, last_of(opencl, launch->kernel)),
           name, error);
    TRY_CL(opencl, clEnqueueNDRangeKernel(opencl->queue, launch->kernel, 2, NULL, launch->global, launch->local, 0,
                                          NULL, clmlp_opencl_event(opencl)),
           name, error);
    return clmlp_opencl_record(opencl, name, error);
}
