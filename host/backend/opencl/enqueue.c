/* enqueue.c - any kernel: its arguments set, enqueued, recorded. */
#include "backend/opencl/opencl.h"

clmlp_status clmlp_opencl_enqueue(clmlp_opencl *opencl, const clmlp_launch *launch, const void *arguments,
                                  clmlp_error *error)
{
    const char *const name = launch->interface().name;
    if (launch->global[0] == 0 || launch->global[1] == 0) return CLMLP_OK;
    TRY_CL(opencl, clmlp_arguments_set(launch->kernel, launch->interface, arguments, launch->states,
                                       opencl->base.precision == CLMLP_F64), name, error);
    TRY_CL(opencl, clEnqueueNDRangeKernel(opencl->queue, launch->kernel, 2, NULL, launch->global, launch->local, 0,
                                          NULL, clmlp_opencl_event(opencl)),
           name, error);
    return clmlp_opencl_record(opencl, name, error);
}
