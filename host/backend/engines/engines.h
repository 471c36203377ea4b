/* engines.h - OpenCL devices as backends: the runtime with one of the engines, and the choice between them. */
#ifndef CLMLP_BACKEND_ENGINES_H
#define CLMLP_BACKEND_ENGINES_H

#include "backend/kind.h"

extern const clmlp_backend_kind clmlp_opencl_kind;

#endif
