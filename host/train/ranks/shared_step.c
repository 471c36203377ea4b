/* shared_step.c - a training step of several ranks. */
#include <math.h>

#include "base/clock.h"
#include "train/ranks/sharing.h"

/* The lambda term is added once, to rank 0's gradient: clipping and the scale of the inputs want it there. */
static double decay_of(const clmlp_sharing *s, const clmlp_descent *descent)
{
    return s->rank == 0 ? descent->decay : 0.0;
}

/* delta(l) and dJ/dtheta(l - 1), from the last layer to the first, each gradient on its way as soon as it is there. */
static clmlp_status compute(clmlp_sharing *s, clmlp_network *network, const clmlp_batch *batch,
                            const clmlp_descent *descent, size_t step, clmlp_error *error)
{
    const clmlp_batch trained = clmlp_step_batch(batch, descent, step);
    const bool empty = batch->M == 0;
    if (!empty) TRY(clmlp_forward(network, &trained, error));
    for (size_t l = network->L; l >= 2; l--) {
        if (!empty) {
            TRY(clmlp_backward_layer(network, &trained, l, descent->right, 0, error));
            TRY(clmlp_gradient_layer(network, &trained, l - 1, decay_of(s, descent), error));
        }
        TRY(clmlp_gradient_sums_fetch(&s->sums, network, empty, error));
    }
    return network->backend->ops->flush(network->backend, error);
}

/* Cost, hits and times of this rank's part; the gradients are on the host. */
static clmlp_status record_own(clmlp_sharing *s, clmlp_network *network, const clmlp_batch *batch, double seconds,
                               clmlp_error *error)
{
    const clmlp_score_limits limits = {.rows = batch->M, .total = batch->M, .weight = s->limits.weight};
    clmlp_batch_score own = {.cost = 0.0, .right = 0.0};
    if (s->takes_any) TRY(network->backend->ops->scores_read(network->backend, 0, 1, &own, error));
    else if (batch->M > 0) TRY(clmlp_scores_take(network->backend, &limits, 0, 1, &own, error));
    if (batch->M == 0) own = (clmlp_batch_score){.cost = 0.0, .right = 0.0};
    for (size_t i = 0; i < CLMLP_RECORD_RANKS + 2 * s->count; i++) s->record[i] = 0.0;
    s->record[CLMLP_RECORD_COST] = own.cost;
    s->record[CLMLP_RECORD_RIGHT] = own.right;
    s->record[CLMLP_RECORD_STOP] = clmlp_cancel_requested(s->cancel) ? 1.0 : 0.0;
    s->record[CLMLP_RECORD_RANKS + 2 * s->rank] = seconds;
    s->record[CLMLP_RECORD_RANKS + 2 * s->rank + 1] = (double)batch->M;
    return CLMLP_OK;
}

static void take_record(clmlp_sharing *s, clmlp_batch_score *score)
{
    *score = (clmlp_batch_score){.cost = s->record[CLMLP_RECORD_COST], .right = s->record[CLMLP_RECORD_RIGHT]};
    s->stops = s->record[CLMLP_RECORD_STOP] > 0.0;
    for (size_t r = 0; r < s->count; r++) {
        s->seconds[r] += s->record[CLMLP_RECORD_RANKS + 2 * r];
        s->computed[r] += s->record[CLMLP_RECORD_RANKS + 2 * r];
        s->rows[r] += s->record[CLMLP_RECORD_RANKS + 2 * r + 1];
    }
}

/* Up to where the sums of all layers have begun, and the record's. */
static clmlp_status begin(clmlp_sharing *s, clmlp_network *network, const clmlp_batch *batch,
                          const clmlp_descent *descent, size_t step, size_t *ticket, clmlp_error *error)
{
    const double began = clmlp_seconds();
    TRY(compute(s, network, batch, descent, step, error));
    TRY(clmlp_gradient_sums_begin(&s->sums, network, batch->M == 0, error));
    TRY(record_own(s, network, batch, clmlp_seconds() - began, error));
    return clmlp_exchange_begin(s->ranks, CLMLP_F64, s->record, CLMLP_RECORD_RANKS + 2 * s->count, ticket, error);
}

static clmlp_status finish(clmlp_sharing *s, size_t ticket, clmlp_batch_score *score, clmlp_error *error)
{
    TRY(clmlp_exchange_wait(s->ranks, ticket, error));
    take_record(s, score);
    return CLMLP_OK;
}

clmlp_status clmlp_shared_gradients(clmlp_sharing *s, clmlp_network *network, const clmlp_batch *batch,
                                    const clmlp_descent *descent, size_t step, clmlp_batch_score *score,
                                    clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    size_t ticket = 0;
    TRY_CLEANUP(begin(s, network, batch, descent, step, &ticket, error));
    for (size_t l = network->L - 1; l >= 1; l--) {
        TRY_CLEANUP(clmlp_gradient_sums_end(&s->sums, network, l, error));
    }
    TRY_CLEANUP(finish(s, ticket, score, error));
cleanup:
    if (status != CLMLP_OK) clmlp_gradient_sums_give_up(&s->sums, network);
    return status;
}

/* Each layer moves as soon as its sum is there. */
static clmlp_status descend_by_layer(clmlp_sharing *s, clmlp_network *network, const clmlp_batch *batch,
                                     const clmlp_descent *descent, size_t step, clmlp_batch_score *score,
                                     clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    size_t ticket = 0;
    TRY_CLEANUP(begin(s, network, batch, descent, step, &ticket, error));
    for (size_t l = network->L - 1; l >= 1; l--) {
        TRY_CLEANUP(clmlp_gradient_sums_end(&s->sums, network, l, error));
        TRY_CLEANUP(clmlp_update_layer(network, l, &network->rules[l - 1], 0.0, error));
    }
    TRY_CLEANUP(finish(s, ticket, score, error));
cleanup:
    if (status != CLMLP_OK) clmlp_gradient_sums_give_up(&s->sums, network);
    return status;
}

clmlp_status clmlp_shared_descend(clmlp_network *network, const clmlp_descent *descent, size_t step,
                                  clmlp_error *error)
{
    const double limit = descent->rule.clip_norm;
    clmlp_step_rules(network, descent, step);
    if (limit > 0.0) TRY(clmlp_clip_gradients(network, limit, error));
    return clmlp_update(network, network->rules, 0.0, error);
}

clmlp_status clmlp_shared_step(clmlp_sharing *s, clmlp_network *network, const clmlp_batch *batch,
                               const clmlp_descent *descent, size_t step, clmlp_batch_score *score,
                               clmlp_error *error)
{
    if (network->scale == NULL && !(descent->rule.clip_norm > 0.0)) {
        clmlp_step_rules(network, descent, step);
        return descend_by_layer(s, network, batch, descent, step, score, error);
    }
    TRY(clmlp_shared_gradients(s, network, batch, descent, step, score, error));
    if (network->scale != NULL) TRY(clmlp_scale_gradients(network, error));
    return clmlp_shared_descend(network, descent, step, error);
}
