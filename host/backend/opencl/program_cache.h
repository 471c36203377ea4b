/* program_cache.h - built programs, kept on disk from one run to the next (base/user_cache.h).
 *
 * The key of a program is all that its binary depends on: source, options, device, driver and platform
 * with their versions, variables that drivers read, and the version of clmlp. A binary that the driver does not
 * take is as good as none.
 */
#ifndef CLMLP_BACKEND_OPENCL_PROGRAM_CACHE_H
#define CLMLP_BACKEND_OPENCL_PROGRAM_CACHE_H

#include "backend/opencl/opencl.h"
#include "base/text.h"

/* Whether programs for the device are kept. CLMLP_PROGRAM_CACHE=always or =never says so; else (auto) it
 * depends on the platform. Errors: CLMLP_BAD_ARGUMENT (it says something else). */
clmlp_status clmlp_program_cache_wanted(cl_device_id device, bool *wanted, clmlp_error *error);

/* Append the lines that tell the device, its driver and platform, their versions and that of clmlp. False:
 * something of it is not known. */
bool clmlp_device_key(cl_device_id device, clmlp_text *key);

/* The key, released with free(); NULL: the device cannot be told from others. */
char *clmlp_program_cache_key(const clmlp_opencl *opencl, const char *source, const char *options);

/* The program, built from what is kept under the key; NULL: there is nothing that works. */
cl_program clmlp_program_cache_load(const clmlp_opencl *opencl, const char *options, const char *key);

/* Keep the binary of a program that was built for the device; where that is not possible, do nothing. */
void clmlp_program_cache_store(cl_program program, const char *key);

#endif
