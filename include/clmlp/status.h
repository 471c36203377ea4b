/* status.h - how every function of the library reports failure.
 *
 * A function that can fail returns a clmlp_status and takes, as its last argument, a clmlp_error to
 * fill (NULL is allowed: the status alone then says what happened). On CLMLP_OK the error is left as
 * it was. The library never prints and never exits.
 *
 * An argument that is NULL where the header does not allow it, or a code outside its list, gives CLMLP_BAD_ARGUMENT
 * with a message that names the argument. A getter, which has no error to fill, gives the neutral value that its
 * header names: 0, false, NaN, "", NULL or the _COUNT of a list. A code outside its list has the name "?".
 *
 * Threads: any. A clmlp_error belongs to the call that fills it.
 */
#ifndef CLMLP_STATUS_H
#define CLMLP_STATUS_H

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The closed list of outcomes: X(name, text). */
#define CLMLP_STATUS_LIST(X)                                               \
    X(OK, "success")                                                       \
    X(BAD_ARGUMENT, "an argument is out of its range")                     \
    X(BAD_INPUT, "a file or a value in it is not as it should be")         \
    X(IO, "a file could not be read or written")                           \
    X(OUT_OF_MEMORY, "not enough memory on the host or the device")        \
    X(NO_DEVICE, "no such compute device")                                 \
    X(DEVICE, "the compute device or its driver reported an error")        \
    X(DIVERGED, "training diverged: the cost is no longer finite")         \
    X(MISMATCH, "the compute device computed something else than it should") \
    X(INTERRUPTED, "stopped on request before the end")                    \
    X(RANKS, "another process of the training failed or is gone")

typedef enum clmlp_status {
#define CLMLP_STATUS_ENUM(name, text) CLMLP_##name,
    CLMLP_STATUS_LIST(CLMLP_STATUS_ENUM)
#undef CLMLP_STATUS_ENUM
    CLMLP_STATUS_COUNT
} clmlp_status;

enum { CLMLP_ERROR_LENGTH = 8192 };

/* What went wrong, for a person: "FILE:LINE:COLUMN: what is wrong (what was found, what was
 * expected)", always NUL-terminated; a message that does not fit ends in "...". Build logs of
 * kernels are part of it, hence the size. Nothing in it steers a terminal (text.h); line feeds are in it only for
 * CLMLP_DEVICE and CLMLP_NO_DEVICE. */
typedef struct clmlp_error {
    clmlp_status status;
    char message[CLMLP_ERROR_LENGTH];
} clmlp_error;

/* One line of text for a status; never NULL, also for values outside the list. */
CLMLP_API const char *clmlp_status_text(clmlp_status status);

#ifdef __cplusplus
}
#endif

#endif
