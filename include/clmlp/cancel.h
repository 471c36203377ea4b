/* cancel.h - the one way to stop what takes long: training, verifying, qualifying, tuning, measuring.
 *
 *     clmlp_cancel *stop = NULL;
 *     clmlp_cancel_create(&stop, NULL);
 *     config.cancel = stop;
 *     ... clmlp_train(..., &config, ...) on this thread; clmlp_cancel_request(stop) on any other
 *     clmlp_cancel_destroy(stop);
 *
 * Who is asked to stop ends at the next place where it can: between two steps, parts or blocks of repetitions. It
 * returns CLMLP_INTERRUPTED, and its header says what is kept.
 *
 * Threads: clmlp_cancel_request and clmlp_cancel_requested may be called from every thread at any time, from a callback
 * and from a signal handler (a lock-free atomic is all there is inside). Destroy it when nobody looks at it any more.
 */
#ifndef CLMLP_CANCEL_H
#define CLMLP_CANCEL_H

#include <stdbool.h>

#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_cancel clmlp_cancel;

/* Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_cancel_create(clmlp_cancel **out, clmlp_error *error);
CLMLP_API void clmlp_cancel_destroy(clmlp_cancel *cancel); /* NULL is fine */

/* Ask everything that was given `cancel` to stop. It stays requested: one object, one request. NULL: nothing
 * happens. */
CLMLP_API void clmlp_cancel_request(clmlp_cancel *cancel);

/* Whether that was done. Of NULL: false. */
CLMLP_API bool clmlp_cancel_requested(const clmlp_cancel *cancel);

#ifdef __cplusplus
}
#endif

#endif
