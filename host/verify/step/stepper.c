/* stepper.c - training steps on a backend: sent, run, read back into records. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/rounded.h"
#include "train/score/score.h"
#include "verify/step/stepping.h"

/* Numbers of the largest matrix that a step moves. */
static clmlp_status largest_matrix(const clmlp_model *model, size_t capacity, size_t *largest, clmlp_error *error)
{
    size_t theta = 0, layer = 0;
    *largest = 0;
    for (size_t l = 1; l <= model->L; l++) {
        const size_t rows = l < model->L ? model->s[l] : 0;
        if (!clmlp_multiply(capacity, model->s[l - 1], &layer) || !clmlp_multiply(rows, model->s[l - 1] + 1, &theta)) {
            return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a batch of %zu rows is too large", capacity);
        }
        const size_t larger = layer > theta ? layer : theta;
        if (larger > *largest) *largest = larger;
    }
    return CLMLP_OK;
}

/* Results full of NaN (all bits of a number 1), so that what a kernel does not write is noticed: memory that was used
 * before may hold the right numbers, from the same step of an earlier run. */
static clmlp_status forget_results(clmlp_stepper *stepper, size_t largest, clmlp_error *error)
{
    const clmlp_network *network = stepper->network;
    clmlp_backend *backend = network->backend;
    const size_t rows = network->capacity;
    memset(stepper->staging, 0xff, largest * clmlp_precision_size(backend->precision));
    for (size_t l = 2; l <= network->L; l++) {
        clmlp_tensor *const results[] = {network->z[l - 1], l < network->L ? network->a[l - 1] : network->h,
                                         network->delta[l - 1]};
        for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
            TRY(backend->ops->tensor_write(backend, results[i], 0, rows, stepper->staging, error));
        }
    }
    for (size_t l = 1; l < network->L; l++) {
        TRY(backend->ops->tensor_write(backend, network->gradient[l - 1], 0, network->s[l], stepper->staging, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_stepper_create(clmlp_stepper **out, clmlp_backend *backend, const clmlp_model *model,
                                  size_t capacity, clmlp_error *error)
{
    clmlp_stepper *stepper = NULL;
    clmlp_status status = CLMLP_OK;
    size_t largest = 0;
    TRY(clmlp_allocate(&stepper, 1, sizeof *stepper, "a step", error));
    stepper->model = model;
    TRY_CLEANUP(clmlp_network_create(&stepper->network, backend, model, capacity, CLMLP_FOR_VERIFICATION, error));
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_INPUT, capacity, model->s[0], "a batch", &stepper->x, error));
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_TARGET, capacity, model->s[model->L - 1],
                                    "targets of a batch", &stepper->y, error));
    TRY_CLEANUP(largest_matrix(model, capacity, &largest, error));
    TRY_CLEANUP(clmlp_allocate(&stepper->staging, largest, clmlp_precision_size(backend->precision), "a step", error));
    TRY_CLEANUP(forget_results(stepper, largest, error));
    TRY_CLEANUP(backend->ops->scores_reserve(backend, 1, capacity, capacity, error));
    *out = stepper;
cleanup:
    if (status != CLMLP_OK) clmlp_stepper_destroy(stepper);
    return status;
}

void clmlp_stepper_destroy(clmlp_stepper *stepper)
{
    if (stepper == NULL) return;
    if (stepper->network != NULL) {
        clmlp_tensor_destroy(stepper->network->backend, stepper->x);
        clmlp_tensor_destroy(stepper->network->backend, stepper->y);
        clmlp_tensor_destroy(stepper->network->backend, stepper->w);
    }
    clmlp_network_destroy(stepper->network);
    free(stepper->staging);
    free(stepper);
}

static clmlp_status fetch_gradients(clmlp_stepper *stepper, double *const *to, size_t l, clmlp_error *error)
{
    return clmlp_stepper_fetch(stepper, stepper->network->gradient[l - 1], stepper->network->s[l], to[l - 1], error);
}

/* dJ/dtheta(1), which the step turns into that of raw; where it clips, both gradients of the scale before that, too. */
static clmlp_status fetch_scale_gradients(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error)
{
    clmlp_network *network = stepper->network;
    TRY(fetch_gradients(stepper, step->gradient, 1, error));
    if (step->clipped == NULL) return CLMLP_OK;
    TRY(clmlp_scale_gradients(network, error));
    TRY(clmlp_stepper_fetch(stepper, network->gradient[0], step->s[1], step->scale->raw_gradient, error));
    return clmlp_stepper_fetch(stepper, network->scale->scale_gradient, 1, step->scale->slopes, error);
}

/* Forward, backward, descent. The clock stands still while gradients are computed that only the host wants. Where they
 * are to be clipped, they are read before that. */
static clmlp_status compute(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                            clmlp_error *error)
{
    clmlp_network *network = stepper->network;
    clmlp_backend *backend = network->backend;
    clmlp_batch_score score = {0.0, 0.0};
    double began = clmlp_seconds();
    /* A count that cannot be is no error here: it is compared, and found. What training counts as right is counted, so
     * that the same code of the kernels runs. */
    step->descent.right = clmlp_right_of_output(network->output);
    TRY(clmlp_step_propagate(network, batch, &step->descent, step->number, 0, error));
    stepper->seconds = 0.0;
    if ((network->descends_in_one || step->clipped != NULL || network->scale != NULL) && step->gradient[0] != NULL) {
        TRY(backend->ops->scores_read(backend, 0, 1, &score, error));
        stepper->seconds = clmlp_seconds() - began;
        TRY(clmlp_gradients(network, batch, step->descent.decay, error));
        TRY(backend->ops->scores_read(backend, 0, 1, &score, error));
        if (network->scale != NULL) TRY(fetch_scale_gradients(stepper, step, error));
        for (size_t l = network->scale != NULL ? 2 : 1; l < step->L && step->clipped != NULL; l++) {
            TRY(fetch_gradients(stepper, step->gradient, l, error));
        }
        began = clmlp_seconds();
    }
    TRY(clmlp_step_descend(network, batch, &step->descent, step->number, error));
    TRY(backend->ops->scores_read(backend, 0, 1, &score, error));
    stepper->seconds += clmlp_seconds() - began;
    step->cost = score.cost;
    step->right = score.right;
    step->counts_right = true;
    return CLMLP_OK;
}

static clmlp_status fetch_all(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error)
{
    const clmlp_network *network = stepper->network;
    const size_t L = step->L, M = step->M;
    double *const *const gradients = step->clipped != NULL ? step->clipped : clmlp_step_gradients(step);
    for (size_t l = 2; l <= L && M > 0; l++) {
        TRY(clmlp_stepper_fetch(stepper, network->z[l - 1], M, step->z[l - 1], error));
        TRY(clmlp_stepper_fetch(stepper, l < L ? network->a[l - 1] : network->h, M, step->a[l - 1], error));
        TRY(clmlp_stepper_fetch(stepper, network->delta[l - 1], M, step->delta[l - 1], error));
    }
    for (size_t l = 1; l < L; l++) {
        if (l > 1 || network->scale == NULL) {
            TRY(fetch_gradients(stepper, gradients, l, error));
        }
        for (size_t k = 0; k < step->states; k++) {
            TRY(clmlp_stepper_fetch(stepper, network->state[l - 1][k], step->s[l], step->state_after[k][l - 1], error));
        }
        TRY(clmlp_stepper_fetch(stepper, network->theta[l - 1], step->s[l], step->after[l - 1], error));
    }
    if (network->scale == NULL) return CLMLP_OK;
    return clmlp_scale_record_fetch(step, network, true, stepper->staging, error);
}

clmlp_status clmlp_stepper_read(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error)
{
    clmlp_backend *const backend = stepper->network->backend;
    clmlp_batch_score score = {0.0, 0.0};
    TRY(backend->ops->scores_read(backend, 0, 1, &score, error));
    step->cost = score.cost;
    return fetch_all(stepper, step, error);
}

/* The network's update rule is the step's. */
static clmlp_status set_rule(clmlp_stepper *stepper, const clmlp_step_record *step, clmlp_error *error)
{
    const clmlp_optimizer optimizer = step->descent.rule.optimizer;
    if (step->states != clmlp_optimizer_states(optimizer)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a step without room for the state of %s",
                          clmlp_optimizer_name(optimizer));
    }
    const bool stored = step->descent.rule.clip_norm > 0.0 || stepper->sharing != NULL;
    TRY(clmlp_network_set_clipping(stepper->network, stored, error));
    if (stepper->network->optimizer != optimizer) {
        TRY(clmlp_network_set_optimizer(stepper->network, optimizer, error));
    }
    if (step->scale == NULL || stepper->network->scale != NULL) return CLMLP_OK;
    return clmlp_network_learn_input_scale(stepper->network, error);
}

clmlp_status clmlp_stepper_run_batch(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                                     clmlp_error *error)
{
    step->M = batch->M;
    TRY(set_rule(stepper, step, error));
    if (step->scale != NULL) {
        TRY(clmlp_scale_record_fetch(step, stepper->network, false, stepper->staging, error));
    }
    TRY((stepper->sharing != NULL ? clmlp_stepper_compute_shared : compute)(stepper, batch, step, error));
    return fetch_all(stepper, step, error);
}

static clmlp_status send(clmlp_stepper *stepper, clmlp_tensor *tensor, size_t rows, double *values, clmlp_error *error)
{
    clmlp_backend *backend = stepper->network->backend;
    TRY(clmlp_write_matrix(backend, tensor, rows, values, stepper->staging, error));
    /* the step holds what the device has */
    if (backend->precision == CLMLP_F32) clmlp_round_as_float(values, rows * tensor->columns);
    return CLMLP_OK;
}

static clmlp_status send_weights(clmlp_stepper *stepper, const clmlp_step_record *step, clmlp_error *error)
{
    if (stepper->w == NULL) {
        TRY(clmlp_tensor_create(stepper->network->backend, CLMLP_TENSOR_WEIGHT, stepper->network->capacity, 1,
                                "weights of a batch", &stepper->w, error));
    }
    return send(stepper, stepper->w, step->M, step->w, error);
}

/* raw, s and its state as the step has them. */
static clmlp_status send_scale(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error)
{
    const clmlp_input_scale *to = stepper->network->scale;
    clmlp_scale_record *from = step->scale;
    TRY(send(stepper, to->raw, step->s[1], from->raw, error));
    TRY(send(stepper, to->scale, 1, from->scale, error));
    for (size_t k = 0; k < step->states; k++) TRY(send(stepper, to->state[k], 1, from->state[k], error));
    return CLMLP_OK;
}

clmlp_status clmlp_stepper_put(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_batch *batch, clmlp_error *error)
{
    *batch = (clmlp_batch){.M = step->M, .divisor = (double)step->M, .x = stepper->x, .y = stepper->y};
    TRY(send(stepper, stepper->x, step->M, step->x, error));
    TRY(send(stepper, stepper->y, step->M, step->y, error));
    if (step->w != NULL) TRY(send_weights(stepper, step, error));
    batch->w = step->w != NULL ? stepper->w : NULL;
    return CLMLP_OK;
}

clmlp_status clmlp_stepper_put_parameters(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error)
{
    TRY(set_rule(stepper, step, error));
    for (size_t l = 1; l < step->L; l++) {
        TRY(send(stepper, stepper->network->theta[l - 1], step->s[l], step->theta[l - 1], error));
        for (size_t k = 0; k < step->states; k++) {
            TRY(send(stepper, stepper->network->state[l - 1][k], step->s[l], step->state[k][l - 1], error));
        }
    }
    return step->scale != NULL ? send_scale(stepper, step, error) : CLMLP_OK;
}

clmlp_status clmlp_stepper_run(clmlp_stepper *stepper, clmlp_step_record *step, bool put_theta, clmlp_error *error)
{
    clmlp_batch batch;
    TRY(clmlp_stepper_put(stepper, step, &batch, error));
    if (put_theta) TRY(clmlp_stepper_put_parameters(stepper, step, error));
    return clmlp_stepper_run_batch(stepper, &batch, step, error);
}
