/* score.c - a forward pass in batches that collects cost, hits and predictions. */
#include "train/score.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

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

size_t clmlp_batches(size_t m, size_t rows)
{
    return m / rows + (m % rows != 0 ? 1 : 0);
}

clmlp_status clmlp_read_predictions(clmlp_network *network, size_t M, double *h, void *staging, clmlp_error *error)
{
    const size_t count = M * network->s[network->L - 1];
    if (network->backend->precision == CLMLP_F64) {
        return network->backend->ops->tensor_read(network->backend, network->h, 0, M, h, error);
    }
    const float *single = staging;
    TRY(network->backend->ops->tensor_read(network->backend, network->h, 0, M, staging, error));
    for (size_t i = 0; i < count; i++) h[i] = (double)single[i];
    return CLMLP_OK;
}

clmlp_status clmlp_score_pass(clmlp_network *network, clmlp_batch_loader *loader, size_t rows, clmlp_right right,
                              size_t first, double *h, clmlp_error *error)
{
    clmlp_batch batch;
    void *staging = NULL;
    clmlp_status status = CLMLP_OK;
    const size_t K = network->s[network->L - 1];

    TRY(clmlp_allocate(&staging, h != NULL ? rows * K : 1, sizeof(float), "predictions of a batch", error));
    TRY_CLEANUP(clmlp_batch_loader_begin(loader, rows, false, error));
    for (size_t slot = first;; slot++) {
        TRY_CLEANUP(clmlp_batch_loader_next(loader, &batch, error));
        if (batch.M == 0) break;
        TRY_CLEANUP(clmlp_forward(network, &batch, error));
        TRY_CLEANUP(clmlp_output_score(network, &batch, right, slot, error));
        if (h != NULL) {
            TRY_CLEANUP(clmlp_read_predictions(network, batch.M, h, staging, error));
            h += batch.M * K;
        }
        TRY_CLEANUP(clmlp_batch_loader_done(loader, error));
        TRY_CLEANUP(network->backend->ops->flush(network->backend, error));
    }
cleanup:
    free(staging);
    return status;
}
