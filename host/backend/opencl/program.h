/* program.h - source text to built program. */
#ifndef CLMLP_BACKEND_OPENCL_PROGRAM_H
#define CLMLP_BACKEND_OPENCL_PROGRAM_H

#include "backend/opencl/opencl.h"

/* Build a program for the device: from the program cache where that is in use (program_cache.h) and has
 * it, else from source, after which the cache has it. What the cache does shows only in the times and
 * counts of opencl->base.startup.
 *   source, options  any OpenCL C, and what clBuildProgram takes
 *   out              released with clReleaseProgram
 * Errors: CLMLP_DEVICE with device, options and build log. */
clmlp_status clmlp_opencl_build_program(clmlp_opencl *opencl, const char *source, const char *options, cl_program *out,
                                        clmlp_error *error);

/* The same without looking into the cache or adding to it: for programs that are tried once, as candidates
 * of a search. */
clmlp_status clmlp_opencl_build_once(clmlp_opencl *opencl, const char *source, const char *options, cl_program *out,
                                     clmlp_error *error);

#endif
