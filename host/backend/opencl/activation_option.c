/* activation_option.c - how programs are built for the activations that a network needs. */
#include "backend/opencl/opencl.h"
#include "common/codes.h"

bool clmlp_opencl_wants_extra(clmlp_opencl *opencl, clmlp_activation activation)
{
    if ((unsigned)activation >= CODE_FIRST_EXTRA) opencl->extra_activations = true;
    return opencl->extra_activations;
}

const char *clmlp_opencl_activation_option(const clmlp_opencl *opencl)
{
    return opencl->extra_activations ? " -D EXTRA_ACTIVATIONS" : "";
}
