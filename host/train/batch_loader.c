#include "train/batch_loader.h"

#include <stdlib.h>

#include "base/memory.h"
#include "data/order.h"

enum { UPLOAD_BYTES = 4 << 20 }; /* host room for scaled rows on their way to the device */

static clmlp_status bytes_of(const clmlp_feed *feed, clmlp_tensor_kind kind, size_t rows, size_t columns,
                             bool *possible, size_t *total, clmlp_error *error)
{
    size_t bytes = 0;
    TRY(feed->backend->ops->tensor_bytes(feed->backend, kind, rows, columns, &bytes, error));
    *possible = *possible && bytes <= feed->backend->largest_buffer && clmlp_add(*total, bytes, total);
    return CLMLP_OK;
}

/* Whether everything fits on the device beside what is there already. */
static clmlp_status fits(const clmlp_feed *feed, bool gathers, bool shuffles, bool *out, clmlp_error *error)
{
    size_t total = 0;
    bool possible = true;
    TRY(bytes_of(feed, CLMLP_TENSOR_INPUT, feed->m, feed->n, &possible, &total, error));
    if (feed->with_targets) TRY(bytes_of(feed, CLMLP_TENSOR_TARGET, feed->m, feed->K, &possible, &total, error));
    if (shuffles) TRY(bytes_of(feed, CLMLP_TENSOR_ORDER, feed->m, 1, &possible, &total, error));
    if (gathers) {
        TRY(bytes_of(feed, CLMLP_TENSOR_INPUT, feed->capacity, feed->n, &possible, &total, error));
        if (feed->with_targets) {
            TRY(bytes_of(feed, CLMLP_TENSOR_TARGET, feed->capacity, feed->K, &possible, &total, error));
        }
    }
    const clmlp_backend *backend = feed->backend;
    *out = possible && backend->memory_used <= backend->memory_limit &&
           total <= backend->memory_limit - backend->memory_used;
    return CLMLP_OK;
}

static clmlp_status create_batch(clmlp_feed *feed, size_t slot, clmlp_error *error)
{
    TRY(clmlp_tensor_create(feed->backend, CLMLP_TENSOR_INPUT, feed->capacity, feed->n, "a batch", &feed->x[slot],
                            error));
    if (!feed->with_targets) return CLMLP_OK;
    return clmlp_tensor_create(feed->backend, CLMLP_TENSOR_TARGET, feed->capacity, feed->K, "targets of a batch",
                               &feed->y[slot], error);
}

static clmlp_status create_streamed(clmlp_feed *feed, clmlp_error *error)
{
    const size_t element = clmlp_precision_size(feed->backend->precision);
    for (size_t slot = 0; slot < 2; slot++) {
        size_t x_count = 0, y_count = 0;
        TRY(create_batch(feed, slot, error));
        if (!clmlp_multiply(feed->capacity, feed->n, &x_count) || !clmlp_multiply(feed->capacity, feed->K, &y_count)) {
            return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a batch of %zu examples is too large", feed->capacity);
        }
        TRY(clmlp_allocate(&feed->x_staging[slot], x_count, element, "a batch", error));
        if (feed->with_targets) {
            TRY(clmlp_allocate(&feed->y_staging[slot], y_count, element, "targets of a batch", error));
        }
    }
    return CLMLP_OK;
}

/* Scale and upload everything, a block of rows at a time: the host never holds it all twice. */
static clmlp_status upload_all(clmlp_feed *feed, clmlp_error *error)
{
    const clmlp_backend_ops *ops = feed->backend->ops;
    const clmlp_precision precision = feed->backend->precision;
    const size_t element = clmlp_precision_size(precision);
    const size_t columns = feed->n > feed->K ? feed->n : feed->K;
    size_t block = UPLOAD_BYTES / element / columns;
    void *values = NULL;
    clmlp_status status = CLMLP_OK;

    if (block == 0) block = 1;
    if (block > feed->m) block = feed->m;
    TRY(clmlp_allocate(&values, block * columns, element, "rows on their way to the device", error));
    for (size_t first = 0; first < feed->m; first += block) {
        const size_t rows = feed->m - first < block ? feed->m - first : block;
        clmlp_scaling_apply(feed->scaling, feed->dataset, NULL, first, rows, precision, values);
        TRY_CLEANUP(ops->tensor_write(feed->backend, feed->x_all, first, rows, values, error));
        if (!feed->with_targets) continue;
        clmlp_dataset_targets(feed->dataset, NULL, first, rows, precision, values);
        TRY_CLEANUP(ops->tensor_write(feed->backend, feed->y_all, first, rows, values, error));
    }
cleanup:
    free(values);
    return status;
}

static clmlp_status create_resident(clmlp_feed *feed, bool gathers, bool shuffles, clmlp_error *error)
{
    TRY(clmlp_tensor_create(feed->backend, CLMLP_TENSOR_INPUT, feed->m, feed->n, "the examples", &feed->x_all, error));
    if (feed->with_targets) {
        TRY(clmlp_tensor_create(feed->backend, CLMLP_TENSOR_TARGET, feed->m, feed->K, "the targets", &feed->y_all,
                                error));
    }
    if (shuffles) {
        TRY(clmlp_tensor_create(feed->backend, CLMLP_TENSOR_ORDER, feed->m, 1, "the order of the examples",
                                &feed->order_tensor, error));
    }
    if (gathers) TRY(create_batch(feed, 0, error));
    return upload_all(feed, error);
}

clmlp_status clmlp_feed_create(clmlp_feed **out, clmlp_backend *backend, const clmlp_dataset *dataset,
                               const clmlp_scaling *scaling, size_t capacity, bool shuffles, bool with_targets,
                               clmlp_error *error)
{
    clmlp_feed *feed = NULL;
    clmlp_status status = CLMLP_OK;
    bool resident = false;

    TRY(clmlp_allocate(&feed, 1, sizeof *feed, "a feed", error));
    feed->backend = backend;
    feed->dataset = dataset;
    feed->scaling = scaling;
    feed->m = dataset->m;
    feed->n = dataset->n;
    feed->K = with_targets ? dataset->K : 0;
    feed->capacity = capacity;
    feed->with_targets = with_targets;
    const bool batches = shuffles || capacity < feed->m;
    if (shuffles) TRY_CLEANUP(clmlp_allocate(&feed->order, feed->m, sizeof *feed->order, "an order", error));
    const bool gathers = batches && !backend->ops->gathers;
    TRY_CLEANUP(fits(feed, gathers, shuffles, &resident, error));
    /* a single batch cannot be streamed: making it says what is missing */
    feed->streamed = !resident && batches;
    TRY_CLEANUP(feed->streamed ? create_streamed(feed, error) : create_resident(feed, gathers, shuffles, error));
    *out = feed;
cleanup:
    if (status != CLMLP_OK) clmlp_feed_destroy(feed);
    return status;
}

void clmlp_feed_destroy(clmlp_feed *feed)
{
    if (feed == NULL) return;
    for (size_t slot = 0; slot < 2; slot++) {
        /* an upload may still read from the staging */
        if (feed->x[slot] != NULL) (void)feed->backend->ops->tensor_upload_wait(feed->backend, feed->x[slot], NULL);
        if (feed->y[slot] != NULL) (void)feed->backend->ops->tensor_upload_wait(feed->backend, feed->y[slot], NULL);
        clmlp_tensor_destroy(feed->backend, feed->x[slot]);
        clmlp_tensor_destroy(feed->backend, feed->y[slot]);
        free(feed->x_staging[slot]);
        free(feed->y_staging[slot]);
    }
    clmlp_tensor_destroy(feed->backend, feed->order_tensor);
    clmlp_tensor_destroy(feed->backend, feed->y_all);
    clmlp_tensor_destroy(feed->backend, feed->x_all);
    free(feed->order);
    free(feed);
}

void clmlp_feed_shuffle(clmlp_feed *feed, uint64_t seed, size_t epoch)
{
    clmlp_order_shuffle(feed->order, feed->m, seed, (uint32_t)epoch);
}

static size_t batch_rows(const clmlp_feed *feed)
{
    const size_t left = feed->m - feed->next;
    return left < feed->rows ? left : feed->rows;
}

/* Scale the batch at `next` on the host and start its upload into `slot`. */
static clmlp_status start_upload(clmlp_feed *feed, clmlp_error *error)
{
    clmlp_backend *backend = feed->backend;
    const uint32_t *order = feed->in_order ? NULL : feed->order;
    const size_t rows = batch_rows(feed), slot = feed->slot;
    if (rows == 0) return CLMLP_OK;

    TRY(backend->ops->tensor_upload_wait(backend, feed->x[slot], error));
    clmlp_scaling_apply(feed->scaling, feed->dataset, order, feed->next, rows, backend->precision,
                        feed->x_staging[slot]);
    TRY(backend->ops->tensor_upload(backend, feed->x[slot], rows, feed->x_staging[slot], error));
    if (!feed->with_targets) return CLMLP_OK;
    TRY(backend->ops->tensor_upload_wait(backend, feed->y[slot], error));
    clmlp_dataset_targets(feed->dataset, order, feed->next, rows, backend->precision, feed->y_staging[slot]);
    return backend->ops->tensor_upload(backend, feed->y[slot], rows, feed->y_staging[slot], error);
}

clmlp_status clmlp_feed_begin(clmlp_feed *feed, size_t rows, bool shuffled, clmlp_error *error)
{
    feed->rows = rows;
    feed->in_order = !shuffled;
    feed->next = 0;
    if (feed->streamed) return start_upload(feed, error);
    /* a feed whose batches may be everything was made without room for parts of it */
    const bool parts = shuffled || rows < feed->m;
    if (parts && feed->x[0] == NULL && !feed->backend->ops->gathers) TRY(create_batch(feed, 0, error));
    if (!shuffled) return CLMLP_OK;
    return feed->backend->ops->tensor_write(feed->backend, feed->order_tensor, 0, feed->m, feed->order, error);
}

clmlp_status clmlp_feed_seek(clmlp_feed *feed, size_t first, clmlp_error *error)
{
    feed->next = first;
    return feed->streamed ? start_upload(feed, error) : CLMLP_OK;
}

void clmlp_feed_rewind(clmlp_feed *feed)
{
    feed->next = 0;
}

clmlp_status clmlp_feed_next(clmlp_feed *feed, clmlp_batch *batch, clmlp_error *error)
{
    clmlp_backend *backend = feed->backend;
    const size_t rows = batch_rows(feed), first = feed->next;
    *batch = (clmlp_batch){.M = rows};
    if (rows == 0) return CLMLP_OK;
    feed->next += rows;
    if (feed->streamed) {
        batch->x = feed->x[feed->slot];
        batch->y = feed->y[feed->slot];
        return CLMLP_OK;
    }
    if (rows == feed->m && feed->in_order) {
        batch->x = feed->x_all;
        batch->y = feed->y_all;
        return CLMLP_OK;
    }
    const clmlp_tensor *order = feed->in_order ? NULL : feed->order_tensor;
    if (backend->ops->gathers) {
        batch->x = feed->x_all;
        batch->y = feed->y_all;
        batch->rows = (clmlp_rows){order, first};
        return CLMLP_OK;
    }
    batch->x = feed->x[0];
    batch->y = feed->y[0];
    TRY(backend->ops->gather(backend, feed->x_all, order, first, rows, feed->n, feed->x[0], error));
    if (!feed->with_targets) return CLMLP_OK;
    return backend->ops->gather(backend, feed->y_all, order, first, rows, feed->K, feed->y[0], error);
}

size_t clmlp_feed_ahead(const clmlp_feed *feed)
{
    return feed->streamed || !feed->backend->ops->gathers ? 1 : 1 + (feed->m - feed->next) / feed->rows;
}

void clmlp_feed_skip(clmlp_feed *feed, size_t count)
{
    feed->next += count * feed->rows;
}

clmlp_status clmlp_feed_done(clmlp_feed *feed, clmlp_error *error)
{
    clmlp_backend *backend = feed->backend;
    if (!feed->streamed) return CLMLP_OK;
    TRY(backend->ops->tensor_used(backend, feed->x[feed->slot], error));
    if (feed->with_targets) TRY(backend->ops->tensor_used(backend, feed->y[feed->slot], error));
    feed->slot = 1 - feed->slot;
    return start_upload(feed, error);
}

clmlp_status clmlp_walk_next(clmlp_walk *walk, clmlp_batch *batch, clmlp_error *error)
{
    if (walk->epoch > 0) {
        TRY(clmlp_feed_next(walk->feed, batch, error));
        if (batch->M > 0) return CLMLP_OK;
    }
    walk->epoch++;
    if (walk->shuffles) clmlp_feed_shuffle(walk->feed, walk->seed, walk->epoch);
    TRY(clmlp_feed_begin(walk->feed, walk->rows, walk->shuffles, error));
    return clmlp_feed_next(walk->feed, batch, error);
}
