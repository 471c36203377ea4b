/* argument.h - how public functions refuse an argument that is missing or out of range.
 *
 * Every public function checks what it is given before it does anything. One that returns a status uses REQUIRE and
 * REQUIRE_CODE; a getter returns the neutral value that its header names. Both macros need a local `error`.
 */
#ifndef CLMLP_BASE_ARGUMENT_H
#define CLMLP_BASE_ARGUMENT_H

#include "base/error.h"

/* CLMLP_BAD_ARGUMENT, "argument 'model': expected model != NULL". */
clmlp_status clmlp_refuse(clmlp_error *error, const char *argument, const char *expected);

/* CLMLP_BAD_ARGUMENT, "argument 'engine': found 9, expected 0 to 2". */
clmlp_status clmlp_refuse_code(clmlp_error *error, const char *argument, unsigned found, unsigned count);

/* The condition is part of the message: write it for the caller to read. */
#define REQUIRE(condition, argument)                                              \
    do {                                                                          \
        if (!(condition)) return clmlp_refuse(error, (argument), #condition);     \
    } while (0)

/* A value of an enumeration whose entries count from 0. An enumeration may be signed: -1 is refused, too. */
#define REQUIRE_CODE(value, count, argument)                                                                       \
    do {                                                                                                           \
        if ((unsigned)(value) >= (unsigned)(count)) {                                                              \
            return clmlp_refuse_code(error, (argument), (unsigned)(value), (unsigned)(count));                     \
        }                                                                                                          \
    } while (0)

#endif
