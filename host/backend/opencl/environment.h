/* environment.h - variables that change what a driver makes of a program. */
#ifndef CLMLP_BACKEND_OPENCL_ENVIRONMENT_H
#define CLMLP_BACKEND_OPENCL_ENVIRONMENT_H

#include <stdbool.h>

#include "base/text.h"

/* Append a line for each variable of a driver or its compiler that is set, in the order of their names. False: there
 * is no memory for it. */
bool clmlp_opencl_environment(clmlp_text *key);

#endif
