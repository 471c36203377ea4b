/* program.h - the programs of the CPU family: its kernels for the tiles that were chosen. */
#ifndef CLMLP_BACKEND_NATIVE_CPU_PROGRAM_H
#define CLMLP_BACKEND_NATIVE_CPU_PROGRAM_H

#include "backend/native/state.h"

/* Build a file of kernels/native_cpu with an update rule in it; dropout: with the kernels that drop units. */
clmlp_status clmlp_native_cpu_program(clmlp_opencl *opencl, const char *file, clmlp_optimizer optimizer, bool dropout,
                                      cl_program *program, clmlp_error *error);

#endif
