/* tensorboard.h - curves for TensorBoard: a folder of event files, one for each run that writes there.
 *
 * Threads: one at a time for each clmlp_tensorboard.
 */
#ifndef CLMLP_TENSORBOARD_H
#define CLMLP_TENSORBOARD_H

#include <stddef.h>
#include <stdint.h>

#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_tensorboard clmlp_tensorboard;

/* Begin a new event file, events.out.tfevents.SECONDS.HOST.PID, in a folder, which is made if it is not there. Files
 * that are there stay. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_tensorboard_open(clmlp_tensorboard **out, const char *folder, clmlp_error *error);

/* This run goes on at `step`, 0 or more: what older files of the folder have from there on is void. Errors: as for
 * clmlp_tensorboard_add. */
CLMLP_API clmlp_status clmlp_tensorboard_restart(clmlp_tensorboard *board, int64_t step, clmlp_error *error);

/* Numbers of one step, 0 or more, each under a tag such as "cost/train": one record, in the file when this returns.
 *   tags, values  [count]; NaN and infinity are told as they are. Values are rounded to float
 * Errors: CLMLP_IO; CLMLP_OUT_OF_MEMORY; CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_tensorboard_add(clmlp_tensorboard *board, int64_t step, const char *const *tags,
                                             const double *values, size_t count, clmlp_error *error);

/* NULL is fine. */
CLMLP_API void clmlp_tensorboard_close(clmlp_tensorboard *board);

#ifdef __cplusplus
}
#endif

#endif
