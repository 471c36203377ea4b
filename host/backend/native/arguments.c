/* arguments.c - the tables of what the host passes to the kernels of native. */
#include "backend/native/arguments.h"

CLMLP_NATIVE_INTERFACE_LIST(CLMLP_DEFINE_INTERFACE)
