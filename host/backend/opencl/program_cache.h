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

typedef enum clmlp_program_keeping {
    CLMLP_KEEPS_NOTHING,
    CLMLP_KEEPS_A_MARK, /* that it was built: the driver keeps it */
    CLMLP_KEEPS_THE_PROGRAM,
} clmlp_program_keeping;

/* What is kept of a program for the device. CLMLP_PROGRAM_CACHE=always or =never says so; else (auto) it depends on the
 * platform. Errors: CLMLP_BAD_ARGUMENT (it says something else). */
clmlp_status clmlp_program_keeping_of(cl_device_id device, clmlp_program_keeping *keeping, clmlp_error *error);

/* Whether a program was built before by this user, and that it was now. */
bool clmlp_program_is_marked(const char *key);
void clmlp_program_mark(const char *key);

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
