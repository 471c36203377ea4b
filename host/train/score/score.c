/* score.c - a forward pass in batches that collects cost, hits and predictions. */
#include "train/score/score.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

size_t clmlp_score_rows(const clmlp_dataset *dataset)
{
    enum { NUMBERS = 4 << 20, FEWEST = 32 }; /* of a batch with its zeros */
    size_t rows = CLMLP_SCORE_ROWS;
    if (dataset->sparse != NULL && dataset->n > NUMBERS / CLMLP_SCORE_ROWS) {
        rows = NUMBERS / dataset->n > FEWEST ? NUMBERS / dataset->n : FEWEST;
    }
    return dataset->m < rows ? dataset->m : rows;
}

clmlp_right clmlp_right_of_output(clmlp_output output)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return CLMLP_RIGHT_SIDES;
    case CLMLP_OUTPUT_SOFTMAX: return CLMLP_RIGHT_LARGEST;
    case CLMLP_OUTPUT_LINEAR:
    case CLMLP_OUTPUT_COUNT: break;
    }
    return CLMLP_RIGHT_NEVER;
}

clmlp_right clmlp_right_for(const clmlp_model *model, const clmlp_dataset *dataset)
{
    return dataset->target_kind == CLMLP_TARGET_CLASSES ? CLMLP_RIGHT_LARGEST : clmlp_right_of_output(model->output);
}

double clmlp_theta_squares(const clmlp_model *model, const double *theta)
{
    double sum = 0.0;
    for (size_t l = 1; l < model->L; l++) {
        const size_t columns = model->s[l - 1] + 1;
        const double *values = theta + model->theta_at[l - 1];
        const size_t count = model->theta_at[l] - model->theta_at[l - 1];
        for (size_t i = 0; i < count; i++) {
            if (i % columns != 0) sum += values[i] * values[i];
        }
    }
    return sum;
}

clmlp_score clmlp_score_of(const clmlp_batch_score *batches, size_t count, size_t m, double lambda, double squares,
                           clmlp_right right)
{
    double cost = 0.0, rights = 0.0;
    for (size_t b = 0; b < count; b++) {
        cost += batches[b].cost;
        rights += batches[b].right;
    }
    return (clmlp_score){
        .cost = (cost + lambda / 2.0 * squares) / (double)m,
        .accuracy = right == CLMLP_RIGHT_NEVER ? (double)NAN : rights / (double)m,
    };
}

clmlp_score_limits clmlp_score_limits_of(const clmlp_dataset *dataset, size_t rows, size_t total)
{
    double weight = (double)rows;
    if (dataset->weights != NULL) weight = 0.0;
    for (size_t i = 0; i < dataset->m && dataset->weights != NULL; i++) weight += dataset->weights[i];
    return (clmlp_score_limits){.rows = rows, .total = total, .weight = weight};
}

size_t clmlp_batches(size_t m, size_t rows)
{
    return m / rows + (m % rows != 0 ? 1 : 0);
}

/* What each h is whatever the device rounds: quotients of a part by the whole, at most 2.5 ulp off (OpenCL 1.2, table
 * 7.1), which add up to 1 but for those and K - 1 roundings of the sum. A number that is not finite is for the caller
 * to judge. */
static clmlp_status check_shares(const clmlp_network *network, size_t M, const double *h, clmlp_error *error)
{
    const clmlp_backend *const backend = network->backend;
    const size_t K = network->s[network->L - 1];
    const double u = backend->precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24;
    const double most = 1.0 + 5.0 * u, apart = 2.0 * ((double)K + 5.0) * u;
    const bool sums = network->output == CLMLP_OUTPUT_SOFTMAX;
    const char *const name = backend->name != NULL ? backend->name : "the device";
    if (network->output == CLMLP_OUTPUT_LINEAR) return CLMLP_OK;
    for (size_t r = 0; r < M; r++) {
        double sum = 0.0;
        for (size_t k = 0; k < K; k++) {
            const double share = h[r * K + k];
            sum += share;
            if (!(share < 0.0) && !(share > most && isfinite(share))) continue;
            return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: output %zu of an example is %g (expected 0 to 1): "
                              "the device computes or transfers wrongly", name, backend->ops->engine, k + 1, share);
        }
        if (!sums || !isfinite(sum) || fabs(sum - 1.0) <= apart) continue;
        return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: the outputs of an example add up to %.10g (expected 1): "
                          "the device computes or transfers wrongly", name, backend->ops->engine, sum);
    }
    return CLMLP_OK;
}

/* As the device has them. */
static clmlp_status read_outputs(clmlp_network *network, size_t M, double *h, void *staging, clmlp_error *error)
{
    const size_t count = M * network->s[network->L - 1];
    const bool wide = network->backend->precision == CLMLP_F64;
    const float *single = staging;
    TRY(network->backend->ops->tensor_read(network->backend, network->h, 0, M, wide ? (void *)h : staging, error));
    for (size_t i = 0; i < count && !wide; i++) h[i] = (double)single[i];
    return check_shares(network, M, h, error);
}

clmlp_status clmlp_read_predictions(clmlp_network *network, const clmlp_scaling *targets, size_t M, double *h,
                                    void *staging, clmlp_error *error)
{
    TRY(read_outputs(network, M, h, staging, error));
    clmlp_scaling_undo(targets, M, h);
    return CLMLP_OK;
}

/* Room for the predictions of a batch; empty where nobody wants them. */
typedef struct prediction_room {
    double *h;     /* [rows x K] */
    void *staging; /* the same in single precision */
    void *y;       /* targets, where the sink has ranges of costs */
} prediction_room;

/* first: of the batch's examples. range: NULL where nobody asks. */
static clmlp_status hand_over(clmlp_network *network, const clmlp_batch_loader *loader, size_t first, size_t M,
                              const prediction_room *room, const clmlp_sink *sink, clmlp_cost_range *range,
                              clmlp_error *error)
{
    TRY(read_outputs(network, M, room->h, room->staging, error));
    if (range != NULL) {
        clmlp_batch_loader_targets(loader, NULL, first, M, room->y);
        *range = clmlp_cost_range_of(network->output, network->backend->precision, M, loader->K, room->h, room->y);
    }
    clmlp_scaling_undo(loader->target_scaling, M, room->h);
    return sink->function(sink->context, M, room->h, error);
}

clmlp_status clmlp_score_part(clmlp_network *network, clmlp_batch_loader *loader, size_t rows, clmlp_right right,
                              size_t first_batch, size_t count, clmlp_error *error)
{
    clmlp_batch batch;
    if (count == 0) return CLMLP_OK;
    TRY(clmlp_batch_loader_begin(loader, rows, false, error));
    if (first_batch > 0) TRY(clmlp_batch_loader_seek(loader, first_batch * rows, error));
    for (size_t slot = 0; slot < count; slot++) {
        TRY(clmlp_batch_loader_next(loader, &batch, error));
        TRY(clmlp_forward(network, &batch, error));
        TRY(clmlp_output_score(network, &batch, right, slot, error));
        TRY(clmlp_batch_loader_done(loader, error));
        TRY(network->backend->ops->flush(network->backend, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_score_pass(clmlp_network *network, clmlp_batch_loader *loader, size_t rows, clmlp_right right,
                              size_t first, const clmlp_sink *sink, clmlp_error *error)
{
    clmlp_batch batch;
    prediction_room room = {NULL, NULL, NULL};
    clmlp_status status = CLMLP_OK;
    clmlp_cost_range *range = sink != NULL ? sink->ranges : NULL;
    const size_t count = sink != NULL ? rows * network->s[network->L - 1] : 0;
    size_t done = 0;

    TRY_CLEANUP(clmlp_allocate(&room.h, count, sizeof *room.h, "predictions of a batch", error));
    TRY_CLEANUP(clmlp_allocate(&room.staging, count, sizeof(float), "predictions of a batch", error));
    if (range != NULL) TRY_CLEANUP(clmlp_allocate(&room.y, count, sizeof(double), "targets of a batch", error));
    TRY_CLEANUP(clmlp_batch_loader_begin(loader, rows, false, error));
    for (size_t slot = first;; slot++) {
        TRY_CLEANUP(clmlp_batch_loader_next(loader, &batch, error));
        if (batch.M == 0) break;
        if (sink != NULL && clmlp_cancel_requested(sink->cancel)) {
            status = clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu examples", done, loader->m);
            goto cleanup;
        }
        TRY_CLEANUP(clmlp_forward(network, &batch, error));
        TRY_CLEANUP(clmlp_output_score(network, &batch, right, slot, error));
        if (sink != NULL) TRY_CLEANUP(hand_over(network, loader, done, batch.M, &room, sink, range, error));
        if (range != NULL) range++;
        done += batch.M;
        TRY_CLEANUP(clmlp_batch_loader_done(loader, error));
        TRY_CLEANUP(network->backend->ops->flush(network->backend, error));
    }
cleanup:
    free(room.h);
    free(room.staging);
    free(room.y);
    return status;
}
