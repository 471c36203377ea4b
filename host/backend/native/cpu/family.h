/* family.h - the CPU family of the engine `native`: kernels/native_cpu.cl, in tiles of one size. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_FAMILY_H
#define CLMLP_BACKEND_NATIVE_CPU_FAMILY_H

#include "backend/native/state.h"

extern const clmlp_native_family clmlp_native_cpu;

#endif
