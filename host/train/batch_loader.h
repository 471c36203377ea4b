/* feed.h - the examples of a data set as batches on the device, for training and for scoring.
 *
 * Data that fits lives on the device: batches are gathered there by row number, or are the data itself
 * when a batch is all of it. Data that does not fit is streamed: while the device computes on one batch,
 * the next one is scaled on the host and uploaded into the other of two slots. Both give the same bits.
 */
#ifndef CLMLP_TRAIN_FEED_H
#define CLMLP_TRAIN_FEED_H

#include "data/scaling.h"
#include "propagate/network.h"

typedef struct clmlp_feed {
    clmlp_backend *backend;
    const clmlp_dataset *dataset;
    const clmlp_scaling *scaling;
    size_t m, n, K;
    size_t capacity;           /* rows of a batch at the most */
    bool with_targets, streamed;
    clmlp_tensor *x_all, *y_all, *order_tensor; /* resident data: [m x n], [m x K], [m x 1] */
    clmlp_tensor *x[2], *y[2];                  /* batches [capacity x ..]; the second for streaming */
    void *x_staging[2], *y_staging[2];          /* host side of streamed batches */
    uint32_t *order;           /* [m]; NULL where the order is never shuffled */
    /* the pass under way */
    bool in_order;
    size_t rows, next, slot;   /* batch size; first example of the next batch; its slot */
} clmlp_feed;

/* Put a data set in reach of the device.
 *   capacity      rows of a batch at the most, <= m
 *   shuffles      whether clmlp_feed_shuffle will be called
 *   with_targets  y too
 * Data, scaling and backend must outlive the feed. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_feed_create(clmlp_feed **out, clmlp_backend *backend, const clmlp_dataset *dataset,
                               const clmlp_scaling *scaling, size_t capacity, bool shuffles, bool with_targets,
                               clmlp_error *error);
void clmlp_feed_destroy(clmlp_feed *feed); /* NULL is fine */

/* Choose the order of the next pass; without it, examples come in their own order. Host only. */
void clmlp_feed_shuffle(clmlp_feed *feed, uint64_t seed, size_t epoch);

/* Begin a pass over all examples in batches of `rows` <= capacity. shuffled: in the order that
 * clmlp_feed_shuffle chose. */
clmlp_status clmlp_feed_begin(clmlp_feed *feed, size_t rows, bool shuffled, clmlp_error *error);

/* The pass over resident data once more, in the same order, without a wait. */
void clmlp_feed_rewind(clmlp_feed *feed);

/* Go on with the batch whose first example is `first`, a multiple of the pass's rows. */
clmlp_status clmlp_feed_seek(clmlp_feed *feed, size_t first, clmlp_error *error);

/* The next batch; M = 0 after the last. It is valid until clmlp_feed_done. */
clmlp_status clmlp_feed_next(clmlp_feed *feed, clmlp_batch *batch, clmlp_error *error);

/* How many batches as large as the one that clmlp_feed_next gave last lie one after the other on the device, that one
 * included; and move on by `count` of them. */
size_t clmlp_feed_ahead(const clmlp_feed *feed);
void clmlp_feed_skip(clmlp_feed *feed, size_t count);

/* All work on the batch has been enqueued. */
clmlp_status clmlp_feed_done(clmlp_feed *feed, clmlp_error *error);

/* Batch after batch and epoch after epoch, in the order in which training takes them. */
typedef struct clmlp_walk {
    clmlp_feed *feed;
    size_t rows;   /* of a batch */
    bool shuffles; /* a new order each epoch */
    uint64_t seed;
    size_t epoch;  /* under way; 0 before the first batch */
} clmlp_walk;

/* clmlp_feed_next; after the last batch, the first of the next epoch. */
clmlp_status clmlp_walk_next(clmlp_walk *walk, clmlp_batch *batch, clmlp_error *error);

#endif
