/* open_error.h - what is said of a file that cannot be opened. */
#ifndef CLMLP_BASE_OPEN_ERROR_H
#define CLMLP_BASE_OPEN_ERROR_H

#include "base/error.h"

/* CLMLP_IO: "PATH: cannot be opened: why", with the errno `number`. Where there is no such file and its folder has one
 * with almost this name, that is proposed. */
clmlp_status clmlp_fail_open(clmlp_error *error, int number, const char *path);

#endif
