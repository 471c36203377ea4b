/* arguments.h - what the host passes to the kernels of probes: struct and table of each, as opencl/arguments.h says. */
#ifndef CLMLP_BACKEND_PROBE_ARGUMENTS_H
#define CLMLP_BACKEND_PROBE_ARGUMENTS_H

#include "backend/opencl/arguments.h"
#include "probe/arguments.h"

/* Every kernel of kernels/probe. */
#define CLMLP_PROBE_INTERFACE_LIST(X)                                                      \
    X(peak_multiply_add, PEAK_MULTIPLY_ADD_ARGUMENTS, peak_multiply_add)                   \
    X(peak_copy, PEAK_COPY_ARGUMENTS, peak_copy)                                           \
    X(qualify_scalar, QUALIFY_FUNCTION_ARGUMENTS, qualify_scalar)                          \
    X(qualify_vector, QUALIFY_FUNCTION_ARGUMENTS, qualify_scalar)                          \
    X(qualify_barriers_local, QUALIFY_BARRIERS_LOCAL_ARGUMENTS, qualify_barriers_local)    \
    X(qualify_barriers_global, QUALIFY_BARRIERS_GLOBAL_ARGUMENTS, qualify_barriers_global) \
    X(qualify_chain, QUALIFY_CHAIN_ARGUMENTS, qualify_chain)
CLMLP_PROBE_INTERFACE_LIST(CLMLP_DECLARE_INTERFACE)

#endif
