/* arguments.c - the tables of what the host passes to the kernels of probes. */
#include "backend/probe/arguments.h"

CLMLP_PROBE_INTERFACE_LIST(CLMLP_DEFINE_INTERFACE)
