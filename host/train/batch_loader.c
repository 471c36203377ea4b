/* batch_loader.c - batches on the device: resident data by row number, or streamed uploads. */
#include "train/batch_loader.h"

#include <stdlib.h>

#include "base/memory.h"
#include "data/order.h"
#include "data/weights.h"

enum { UPLOAD_BYTES = 4 << 20 }; /* host memory for scaled rows on their way to the device */
static const size_t SPARSE_BYTES = (size_t)256 << 20; /* up to here sparse data lies on the device with its zeros */

static clmlp_status bytes_of(const clmlp_batch_loader *loader, clmlp_tensor_kind kind, size_t rows, size_t columns,
                             bool *possible, size_t *total, clmlp_error *error)
{
    size_t bytes = 0;
    TRY(loader->backend->ops->tensor_bytes(loader->backend, kind, rows, columns, &bytes, error));
    *possible = *possible && bytes <= loader->backend->largest_buffer && clmlp_add(*total, bytes, total);
    return CLMLP_OK;
}

/* Whether everything fits on the device beside what is there already. */
static clmlp_status fits(const clmlp_batch_loader *loader, bool gathers, bool shuffles, bool *out, clmlp_error *error)
{
    size_t total = 0;
    bool possible = true;
    TRY(bytes_of(loader, CLMLP_TENSOR_INPUT, loader->m, loader->n, &possible, &total, error));
    if (loader->with_targets)
        TRY(bytes_of(loader, CLMLP_TENSOR_TARGET, loader->m, loader->K, &possible, &total, error));
    if (loader->with_weights) TRY(bytes_of(loader, CLMLP_TENSOR_WEIGHT, loader->m, 1, &possible, &total, error));
    if (shuffles) TRY(bytes_of(loader, CLMLP_TENSOR_ORDER, loader->m, 1, &possible, &total, error));
    if (gathers) {
        TRY(bytes_of(loader, CLMLP_TENSOR_INPUT, loader->capacity, loader->n, &possible, &total, error));
        if (loader->with_targets) {
            TRY(bytes_of(loader, CLMLP_TENSOR_TARGET, loader->capacity, loader->K, &possible, &total, error));
        }
        if (loader->with_weights) {
            TRY(bytes_of(loader, CLMLP_TENSOR_WEIGHT, loader->capacity, 1, &possible, &total, error));
        }
    }
    const clmlp_backend *backend = loader->backend;
    *out = possible && backend->memory_used <= backend->memory_limit &&
           total <= backend->memory_limit - backend->memory_used;
    return CLMLP_OK;
}

/* Whether sparse data would fill the host's memory with zeros if all of it lay on a device that shares that memory. */
static bool is_wasteful(const clmlp_batch_loader *loader)
{
    const size_t element = clmlp_precision_size(loader->backend->precision);
    if (loader->dataset->sparse == NULL || !loader->backend->on_host) return false;
    return loader->m > SPARSE_BYTES / element / loader->n;
}

static clmlp_status create_batch(clmlp_batch_loader *loader, size_t slot, clmlp_error *error)
{
    TRY(clmlp_tensor_create(loader->backend, CLMLP_TENSOR_INPUT, loader->capacity, loader->n, "a batch",
                            &loader->x[slot], error));
    if (!loader->with_targets) return CLMLP_OK;
    TRY(clmlp_tensor_create(loader->backend, CLMLP_TENSOR_TARGET, loader->capacity, loader->K, "targets of a batch",
                            &loader->y[slot], error));
    if (!loader->with_weights) return CLMLP_OK;
    return clmlp_tensor_create(loader->backend, CLMLP_TENSOR_WEIGHT, loader->capacity, 1, "weights of a batch",
                               &loader->w[slot], error);
}

static clmlp_status create_streamed(clmlp_batch_loader *loader, clmlp_error *error)
{
    const size_t element = clmlp_precision_size(loader->backend->precision);
    for (size_t slot = 0; slot < 2; slot++) {
        size_t x_count = 0, y_count = 0;
        TRY(create_batch(loader, slot, error));
        if (!clmlp_multiply(loader->capacity, loader->n, &x_count) ||
            !clmlp_multiply(loader->capacity, loader->K, &y_count)) {
            return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a batch of %zu examples is too large", loader->capacity);
        }
        TRY(clmlp_staging_create(loader->backend, x_count, element, "a batch", &loader->x_staging[slot], error));
        if (loader->with_targets) {
            TRY(clmlp_staging_create(loader->backend, y_count, element, "targets of a batch", &loader->y_staging[slot],
                                     error));
        }
        if (loader->with_weights) {
            TRY(clmlp_staging_create(loader->backend, loader->capacity, element, "weights of a batch",
                                     &loader->w_staging[slot], error));
        }
    }
    return CLMLP_OK;
}

void clmlp_batch_loader_targets(const clmlp_batch_loader *loader, const uint32_t *order, size_t first, size_t rows,
                                void *out)
{
    const clmlp_precision precision = loader->backend->precision;
    clmlp_scaling_apply_targets(loader->target_scaling, loader->dataset, order, first, rows, precision, out);
    clmlp_smoothing_apply(&loader->smoothing, rows * loader->K, precision, out);
}

/* Scale and upload everything, a block of rows at a time: the host never holds it all twice. */
static clmlp_status upload_all(clmlp_batch_loader *loader, clmlp_error *error)
{
    const clmlp_backend_ops *ops = loader->backend->ops;
    const clmlp_precision precision = loader->backend->precision;
    const size_t element = clmlp_precision_size(precision);
    const size_t columns = loader->n > loader->K ? loader->n : loader->K;
    size_t block = UPLOAD_BYTES / element / columns;
    void *values = NULL;
    clmlp_status status = CLMLP_OK;

    if (block == 0) block = 1;
    if (block > loader->m) block = loader->m;
    TRY(clmlp_allocate(&values, block * columns, element, "rows on their way to the device", error));
    for (size_t first = 0; first < loader->m; first += block) {
        const size_t rows = loader->m - first < block ? loader->m - first : block;
        clmlp_scaling_apply(loader->scaling, loader->dataset, NULL, first, rows, precision, values);
        TRY_CLEANUP(clmlp_scaling_check(loader->scaling, loader->dataset, NULL, first, rows, precision, values, error));
        TRY_CLEANUP(ops->tensor_write(loader->backend, loader->x_all, first, rows, values, error));
        if (!loader->with_targets) continue;
        clmlp_batch_loader_targets(loader, NULL, first, rows, values);
        TRY_CLEANUP(clmlp_scaling_check_targets(loader->target_scaling, loader->dataset, NULL, first, rows, precision,
                                                values, error));
        TRY_CLEANUP(ops->tensor_write(loader->backend, loader->y_all, first, rows, values, error));
        if (!loader->with_weights) continue;
        clmlp_dataset_take_weights(loader->dataset, NULL, first, rows, precision, values);
        TRY_CLEANUP(ops->tensor_write(loader->backend, loader->w_all, first, rows, values, error));
    }
cleanup:
    free(values);
    return status;
}

static clmlp_status create_resident(clmlp_batch_loader *loader, bool gathers, bool shuffles, clmlp_error *error)
{
    TRY(clmlp_tensor_create(loader->backend, CLMLP_TENSOR_INPUT, loader->m, loader->n, "the examples", &loader->x_all,
                            error));
    if (loader->with_targets) {
        TRY(clmlp_tensor_create(loader->backend, CLMLP_TENSOR_TARGET, loader->m, loader->K, "the targets",
                                &loader->y_all, error));
    }
    if (loader->with_weights) {
        TRY(clmlp_tensor_create(loader->backend, CLMLP_TENSOR_WEIGHT, loader->m, 1, "the weights", &loader->w_all,
                                error));
    }
    if (shuffles) {
        TRY(clmlp_tensor_create(loader->backend, CLMLP_TENSOR_ORDER, loader->m, 1, "the order of the examples",
                                &loader->order_tensor, error));
    }
    if (gathers) TRY(create_batch(loader, 0, error));
    return upload_all(loader, error);
}

clmlp_status clmlp_batch_loader_create(clmlp_batch_loader **out, clmlp_backend *backend, const clmlp_dataset *dataset,
                                       const clmlp_model *model, size_t capacity, bool shuffles, clmlp_batch_use use,
                                       double smoothing, clmlp_error *error)
{
    clmlp_batch_loader *loader = NULL;
    clmlp_status status = CLMLP_OK;
    bool resident = false;

    TRY(clmlp_allocate(&loader, 1, sizeof *loader, "a batch loader", error));
    loader->backend = backend;
    loader->dataset = dataset;
    loader->scaling = &model->scaling;
    loader->target_scaling = &model->target_scaling;
    loader->smoothing = clmlp_smoothing_for(model, smoothing);
    loader->m = dataset->m;
    loader->n = dataset->n;
    loader->with_targets = use != CLMLP_TO_PREDICT;
    loader->with_weights = use == CLMLP_TO_TRAIN && dataset->weights != NULL;
    loader->K = loader->with_targets ? dataset->K : 0;
    loader->capacity = capacity;
    const bool batches = shuffles || capacity < loader->m;
    if (shuffles) TRY_CLEANUP(clmlp_allocate(&loader->order, loader->m, sizeof *loader->order, "an order", error));
    const bool gathers = batches && !backend->ops->gathers;
    TRY_CLEANUP(fits(loader, gathers, shuffles, &resident, error));
    /* a single batch cannot be streamed: making it says what is missing */
    loader->streamed = batches && (!resident || is_wasteful(loader));
    TRY_CLEANUP(loader->streamed ? create_streamed(loader, error) : create_resident(loader, gathers, shuffles, error));
    *out = loader;
cleanup:
    if (status != CLMLP_OK) clmlp_batch_loader_destroy(loader);
    return status;
}

void clmlp_batch_loader_destroy(clmlp_batch_loader *loader)
{
    if (loader == NULL) return;
    for (size_t slot = 0; slot < 2; slot++) {
        /* an upload may still read from the staging */
        if (loader->x[slot] != NULL)
            (void)loader->backend->ops->tensor_upload_wait(loader->backend, loader->x[slot], NULL);
        if (loader->y[slot] != NULL)
            (void)loader->backend->ops->tensor_upload_wait(loader->backend, loader->y[slot], NULL);
        if (loader->w[slot] != NULL)
            (void)loader->backend->ops->tensor_upload_wait(loader->backend, loader->w[slot], NULL);
        clmlp_tensor_destroy(loader->backend, loader->x[slot]);
        clmlp_tensor_destroy(loader->backend, loader->y[slot]);
        clmlp_tensor_destroy(loader->backend, loader->w[slot]);
        clmlp_staging_destroy(loader->backend, &loader->x_staging[slot]);
        clmlp_staging_destroy(loader->backend, &loader->y_staging[slot]);
        clmlp_staging_destroy(loader->backend, &loader->w_staging[slot]);
    }
    clmlp_tensor_destroy(loader->backend, loader->order_tensor);
    clmlp_tensor_destroy(loader->backend, loader->w_all);
    clmlp_tensor_destroy(loader->backend, loader->y_all);
    clmlp_tensor_destroy(loader->backend, loader->x_all);
    free(loader->order);
    free(loader);
}

void clmlp_batch_loader_shuffle(clmlp_batch_loader *loader, uint64_t seed, size_t epoch)
{
    clmlp_order_shuffle(loader->order, loader->m, seed, (uint32_t)epoch);
}

static size_t batch_rows(const clmlp_batch_loader *loader)
{
    const size_t left = loader->m - loader->next;
    return left < loader->rows ? left : loader->rows;
}

/* Scale this process's rows of the batch at `next` on the host and start their upload into `slot`. */
static clmlp_status start_upload(clmlp_batch_loader *loader, clmlp_error *error)
{
    clmlp_backend *backend = loader->backend;
    const uint32_t *order = loader->in_order ? NULL : loader->order;
    const size_t slot = loader->slot;
    size_t rows, first;
    clmlp_share_rows(&loader->share, batch_rows(loader), &first, &rows);
    if (rows == 0) return CLMLP_OK;
    first += loader->next;

    TRY(backend->ops->tensor_upload_wait(backend, loader->x[slot], error));
    clmlp_scaling_apply(loader->scaling, loader->dataset, order, first, rows, backend->precision,
                        loader->x_staging[slot].memory);
    TRY(clmlp_scaling_check(loader->scaling, loader->dataset, order, first, rows, backend->precision,
                            loader->x_staging[slot].memory, error));
    TRY(backend->ops->tensor_upload(backend, loader->x[slot], rows, loader->x_staging[slot].memory, error));
    if (!loader->with_targets) return CLMLP_OK;
    TRY(backend->ops->tensor_upload_wait(backend, loader->y[slot], error));
    clmlp_batch_loader_targets(loader, order, first, rows, loader->y_staging[slot].memory);
    TRY(clmlp_scaling_check_targets(loader->target_scaling, loader->dataset, order, first, rows,
                                    backend->precision, loader->y_staging[slot].memory, error));
    TRY(backend->ops->tensor_upload(backend, loader->y[slot], rows, loader->y_staging[slot].memory, error));
    if (!loader->with_weights) return CLMLP_OK;
    TRY(backend->ops->tensor_upload_wait(backend, loader->w[slot], error));
    clmlp_dataset_take_weights(loader->dataset, order, first, rows, backend->precision,
                               loader->w_staging[slot].memory);
    return backend->ops->tensor_upload(backend, loader->w[slot], rows, loader->w_staging[slot].memory, error);
}

clmlp_status clmlp_batch_loader_begin(clmlp_batch_loader *loader, size_t rows, bool shuffled, clmlp_error *error)
{
    const clmlp_share all = {.count = 0};
    return clmlp_batch_loader_begin_shared(loader, rows, shuffled, &all, error);
}

clmlp_status clmlp_batch_loader_begin_shared(clmlp_batch_loader *loader, size_t rows, bool shuffled,
                                             const clmlp_share *share, clmlp_error *error)
{
    loader->rows = rows;
    loader->in_order = !shuffled;
    loader->next = 0;
    loader->share = *share;
    if (loader->streamed) return start_upload(loader, error);
    /* a loader whose batches may be the whole data set has no buffers for parts of it */
    const bool parts = shuffled || rows < loader->m || share->count > 1;
    if (parts && loader->x[0] == NULL && !loader->backend->ops->gathers) TRY(create_batch(loader, 0, error));
    if (!shuffled) return CLMLP_OK;
    return loader->backend->ops->tensor_write(loader->backend, loader->order_tensor, 0, loader->m, loader->order,
                                              error);
}

clmlp_status clmlp_batch_loader_seek(clmlp_batch_loader *loader, size_t first, clmlp_error *error)
{
    loader->next = first;
    return loader->streamed ? start_upload(loader, error) : CLMLP_OK;
}

void clmlp_batch_loader_rewind(clmlp_batch_loader *loader)
{
    loader->next = 0;
}

clmlp_status clmlp_batch_loader_next(clmlp_batch_loader *loader, clmlp_batch *batch, clmlp_error *error)
{
    clmlp_backend *backend = loader->backend;
    const size_t all = batch_rows(loader);
    size_t first, rows;
    clmlp_share_rows(&loader->share, all, &first, &rows);
    *batch = (clmlp_batch){.M = rows, .divisor = (double)all, .before = first};
    first += loader->next;
    loader->next += all;
    if (rows == 0) return CLMLP_OK;
    if (loader->streamed) {
        batch->x = loader->x[loader->slot];
        batch->y = loader->y[loader->slot];
        batch->w = loader->w[loader->slot];
        return CLMLP_OK;
    }
    if (rows == loader->m && loader->in_order) {
        batch->x = loader->x_all;
        batch->y = loader->y_all;
        batch->w = loader->w_all;
        return CLMLP_OK;
    }
    const clmlp_tensor *order = loader->in_order ? NULL : loader->order_tensor;
    if (backend->ops->gathers) {
        batch->x = loader->x_all;
        batch->y = loader->y_all;
        batch->w = loader->w_all;
        batch->rows = (clmlp_rows){order, first};
        return CLMLP_OK;
    }
    batch->x = loader->x[0];
    batch->y = loader->y[0];
    batch->w = loader->w[0];
    TRY(backend->ops->gather(backend, loader->x_all, order, first, rows, loader->n, loader->x[0], error));
    if (!loader->with_targets) return CLMLP_OK;
    TRY(backend->ops->gather(backend, loader->y_all, order, first, rows, loader->K, loader->y[0], error));
    if (!loader->with_weights) return CLMLP_OK;
    return backend->ops->gather(backend, loader->w_all, order, first, rows, 1, loader->w[0], error);
}

size_t clmlp_batch_loader_ahead(const clmlp_batch_loader *loader)
{
    const bool apart = loader->streamed || !loader->backend->ops->gathers || loader->share.count > 1;
    return apart ? 1 : 1 + (loader->m - loader->next) / loader->rows;
}

void clmlp_batch_loader_skip(clmlp_batch_loader *loader, size_t count)
{
    loader->next += count * loader->rows;
}

clmlp_status clmlp_batch_loader_done(clmlp_batch_loader *loader, clmlp_error *error)
{
    clmlp_backend *backend = loader->backend;
    if (!loader->streamed) return CLMLP_OK;
    TRY(backend->ops->tensor_used(backend, loader->x[loader->slot], error));
    if (loader->with_targets) TRY(backend->ops->tensor_used(backend, loader->y[loader->slot], error));
    if (loader->with_weights) TRY(backend->ops->tensor_used(backend, loader->w[loader->slot], error));
    loader->slot = 1 - loader->slot;
    return start_upload(loader, error);
}

clmlp_status clmlp_batch_stream_next(clmlp_batch_stream *stream, clmlp_batch *batch, clmlp_error *error)
{
    if (stream->epoch > 0) {
        TRY(clmlp_batch_loader_next(stream->loader, batch, error));
        if (batch->divisor > 0.0) return CLMLP_OK;
    }
    const clmlp_share all = {.count = 0};
    stream->epoch++;
    if (stream->shuffles) clmlp_batch_loader_shuffle(stream->loader, stream->seed, stream->epoch);
    TRY(clmlp_batch_loader_begin_shared(stream->loader, stream->rows, stream->shuffles,
                                        stream->share != NULL ? stream->share : &all, error));
    return clmlp_batch_loader_next(stream->loader, batch, error);
}
