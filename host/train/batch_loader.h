/* batch_loader.h - a data set as batches on the device, for training and for scoring.
 *
 * Data that fits lives on the device: batches are gathered there by row number, or are the data itself
 * when a batch is all of it. Data that does not fit is streamed: while the device computes on one batch,
 * the next one is scaled on the host and uploaded into the other of two slots. So is sparse data that is much larger
 * with its zeros, where the device shares the host's memory. Both give the same bits.
 */
#ifndef CLMLP_TRAIN_BATCH_LOADER_H
#define CLMLP_TRAIN_BATCH_LOADER_H

#include "model/model.h"
#include "propagate/network.h"
#include "train/ranks/share.h"
#include "train/smoothing.h"

/* What batches are for. */
typedef enum clmlp_batch_use {
    CLMLP_TO_PREDICT, /* x */
    CLMLP_TO_TRAIN,   /* x, y, and w where the data set has weights */
    CLMLP_TO_SCORE    /* x and y: examples count alike */
} clmlp_batch_use;

typedef struct clmlp_batch_loader {
    clmlp_backend *backend;
    const clmlp_dataset *dataset;
    const clmlp_scaling *scaling, *target_scaling; /* the model's */
    clmlp_smoothing smoothing; /* of the targets */
    size_t m, n, K;
    size_t capacity;           /* rows of a batch at the most */
    bool with_targets, with_weights, streamed;
    clmlp_tensor *x_all, *y_all, *w_all, *order_tensor; /* resident data: [m x n], [m x K], [m x 1], [m x 1] */
    clmlp_tensor *x[2], *y[2], *w[2];                   /* batches [capacity x ..]; the second for streaming */
    clmlp_staging x_staging[2], y_staging[2], w_staging[2]; /* host side of streamed batches */
    uint32_t *order;           /* [m]; NULL where the order is never shuffled */
    /* the pass under way */
    bool in_order;
    size_t rows, next, slot;   /* batch size; first example of the next batch; its slot */
    clmlp_share share;         /* of each batch, that this process takes */
} clmlp_batch_loader;

/* Make a data set available to the device, scaled as the model says.
 *   capacity      rows of a batch at the most, <= m
 *   shuffles      whether clmlp_batch_loader_shuffle will be called
 *   use           what goes with x
 *   smoothing     of the targets, 0 <= E < 1; 0: none
 * Data, model and backend must outlive the loader. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_batch_loader_create(clmlp_batch_loader **out, clmlp_backend *backend, const clmlp_dataset *dataset,
                                       const clmlp_model *model, size_t capacity, bool shuffles, clmlp_batch_use use,
                                       double smoothing, clmlp_error *error);
void clmlp_batch_loader_destroy(clmlp_batch_loader *loader); /* NULL is fine */

/* The targets of rows first .. first + rows - 1, by order unless that is NULL, as the device is given them: scaled,
 * smoothed, in the backend's precision. out [rows x K]. Host only. */
void clmlp_batch_loader_targets(const clmlp_batch_loader *loader, const uint32_t *order, size_t first, size_t rows,
                                void *out);

/* Choose the order of the next pass; without it, examples come in their own order. Host only. */
void clmlp_batch_loader_shuffle(clmlp_batch_loader *loader, uint64_t seed, size_t epoch);

/* Begin a pass over all examples in batches of `rows` <= capacity. shuffled: in the order that
 * clmlp_batch_loader_shuffle chose. All rows of each batch are taken. */
clmlp_status clmlp_batch_loader_begin(clmlp_batch_loader *loader, size_t rows, bool shuffled, clmlp_error *error);

/* The same, of which this process takes its share of each batch: share.until is borrowed while the pass goes on. */
clmlp_status clmlp_batch_loader_begin_shared(clmlp_batch_loader *loader, size_t rows, bool shuffled,
                                             const clmlp_share *share, clmlp_error *error);

/* The pass over resident data once more, in the same order, without a wait. */
void clmlp_batch_loader_rewind(clmlp_batch_loader *loader);

/* Go on with the batch whose first example is `first`, a multiple of the pass's rows. */
clmlp_status clmlp_batch_loader_seek(clmlp_batch_loader *loader, size_t first, clmlp_error *error);

/* The next batch: its divisor counts all of its rows, M those of this process. Both are 0 after the last; of a share M
 * alone may be. It is valid until clmlp_batch_loader_done. */
clmlp_status clmlp_batch_loader_next(clmlp_batch_loader *loader, clmlp_batch *batch, clmlp_error *error);

/* ahead: how many batches of the size that clmlp_batch_loader_next gave last lie side by side on the device, that one
 * included. skip: move on by `count` of them. */
size_t clmlp_batch_loader_ahead(const clmlp_batch_loader *loader);
void clmlp_batch_loader_skip(clmlp_batch_loader *loader, size_t count);

/* All work on the batch has been enqueued. */
clmlp_status clmlp_batch_loader_done(clmlp_batch_loader *loader, clmlp_error *error);

/* An endless stream of batches, epoch after epoch, in the order of training. */
typedef struct clmlp_batch_stream {
    clmlp_batch_loader *loader;
    size_t rows;   /* of a batch */
    bool shuffles; /* a new order each epoch */
    uint64_t seed;
    size_t epoch;  /* under way; 0 before the first batch */
    const clmlp_share *share; /* of each batch, that this process takes; NULL: all of it */
} clmlp_batch_stream;

/* clmlp_batch_loader_next; after the last batch, the first of the next epoch. */
clmlp_status clmlp_batch_stream_next(clmlp_batch_stream *stream, clmlp_batch *batch, clmlp_error *error);

#endif
