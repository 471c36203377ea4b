/* history.h - the record of a training run: one JSON object a line per epoch, written as it happens. */
#ifndef CLMLP_TRAIN_HISTORY_H
#define CLMLP_TRAIN_HISTORY_H

#include <stdbool.h>

#include "base/sha256.h"
#include "clmlp/train.h"

/* A log is no file that is written as a whole: it grows by whole lines, and keeps them whatever comes after. */
typedef struct clmlp_history {
    bool open;
    bool regular;      /* else a device or a pipe: it cannot be cut */
    int descriptor;
    char *path;        /* owned */
    uint64_t bytes;    /* of whole lines */
    clmlp_sha256 hash; /* of these bytes */
} clmlp_history;

/* How far a history went when a checkpoint was written. */
typedef struct clmlp_history_mark {
    bool any; /* there was one */
    uint64_t bytes;
    char hash[CLMLP_SHA256_HEX];
} clmlp_history_mark;

/* Begin a file; what was in it is gone. It is locked until it is closed: what another run is writing is left alone.
 * Errors: CLMLP_BAD_INPUT (another run has it), CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_history_open(clmlp_history *history, const char *path, clmlp_error *error);

/* Go on with a file behind `mark`, after `epochs` epochs. Lines of later epochs are cut off; a file that has anything
 * else is left alone: CLMLP_BAD_INPUT. One that is not there begins here. `checkpoint` is named in messages. */
clmlp_status clmlp_history_continue(clmlp_history *history, const char *path, const clmlp_history_mark *mark,
                                    size_t epochs, const char *checkpoint, clmlp_error *error);

/* Append a line in one go. Keys: epoch, cost, accuracy, rate (of the last step), seconds; with data held out
 * validation_cost and validation_accuracy (of the validation data, else of the test data), and the objects validation
 * and test, {cost, accuracy} each, of those there are; in validation also `metric`, what is monitored beside them
 * (NULL: nothing). Numbers that are not finite, and accuracies that do not exist, are null. Errors:
 * CLMLP_OUT_OF_MEMORY, CLMLP_IO: the line is not there, not even in part. */
clmlp_status clmlp_history_write(clmlp_history *history, const clmlp_epoch *epoch, const char *metric,
                                 clmlp_error *error);

/* Where it is now; its lines are on the disk. */
clmlp_status clmlp_history_get_mark(clmlp_history *history, clmlp_history_mark *mark, clmlp_error *error);

void clmlp_history_close(clmlp_history *history); /* one that is not open is fine */

#endif
