/* error.h - filling a clmlp_error, and the two error idioms of the library.
 *
 * A function that owns nothing forwards failures with TRY. A function that owns something starts its
 * handles at NULL, jumps to one `cleanup:` label, and releases there whatever is not NULL.
 */
#ifndef CLMLP_BASE_ERROR_H
#define CLMLP_BASE_ERROR_H

#include <stddef.h>

#include "clmlp/status.h"

#if defined(__GNUC__)
#  define CLMLP_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#  define CLMLP_PRINTF(text, first)
#endif

/* Write the message (unless error is NULL) and return the status. */
clmlp_status clmlp_fail(clmlp_error *error, clmlp_status status, const char *format, ...) CLMLP_PRINTF(3, 4);

/* The same for a failed system call: adds what errno says. */
clmlp_status clmlp_fail_errno(clmlp_error *error, clmlp_status status, int number, const char *format, ...)
    CLMLP_PRINTF(4, 5);

#define TRY(call)                                    \
    do {                                             \
        const clmlp_status try_status = (call);      \
        if (try_status != CLMLP_OK) return try_status; \
    } while (0)

/* TRY for functions with a local `status` and a `cleanup:` label. */
#define TRY_CLEANUP(call)                      \
    do {                                       \
        status = (call);                       \
        if (status != CLMLP_OK) goto cleanup;  \
    } while (0)

#endif
