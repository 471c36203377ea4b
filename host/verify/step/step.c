/* step.c - training steps recorded on the host: run, read back. */
#include "verify/step/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "train/minimise/minimise.h"
#include "train/score/score.h"

/* --- a step on the host ---------------------------------------------------------------------------------------- */

static clmlp_status create_list(double ***list, size_t count, clmlp_error *error)
{
    return clmlp_allocate(list, count, sizeof **list, "a step", error);
}

static clmlp_status create_matrix(double **values, size_t rows, size_t columns, clmlp_error *error)
{
    size_t count = 0;
    if (!clmlp_multiply(rows, columns, &count)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is too large", rows, columns);
    }
    return clmlp_allocate(values, count, sizeof **values, "a step", error);
}

static clmlp_status create_layers(clmlp_step_record *step, bool all, clmlp_error *error)
{
    const size_t L = step->L, rows = step->capacity, *s = step->s;
    const bool with_z = all || clmlp_activation_needs_z(step->activation);
    TRY(create_list(&step->z, L, error));
    TRY(create_list(&step->a, L, error));
    TRY(create_list(&step->delta, L, error));
    for (size_t l = 2; l <= L; l++) {
        if (with_z || l == L) TRY(create_matrix(&step->z[l - 1], rows, s[l - 1], error));
        if (all || l < L) TRY(create_matrix(&step->a[l - 1], rows, s[l - 1], error));
        TRY(create_matrix(&step->delta[l - 1], rows, s[l - 1], error));
    }
    return CLMLP_OK;
}

static clmlp_status create_parameters(clmlp_step_record *step, bool all, clmlp_error *error)
{
    TRY(create_list(&step->theta, step->L - 1, error));
    TRY(create_list(&step->gradient, step->L - 1, error));
    TRY(create_list(&step->after, step->L - 1, error));
    for (size_t l = 1; l < step->L; l++) {
        const size_t rows = step->s[l], columns = step->s[l - 1] + 1;
        TRY(create_matrix(&step->theta[l - 1], rows, columns, error));
        if (all) TRY(create_matrix(&step->gradient[l - 1], rows, columns, error));
        TRY(create_matrix(&step->after[l - 1], rows, columns, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_step_record_create(clmlp_step_record **out, const clmlp_model *model, size_t capacity,
                                      clmlp_precision precision, bool all, clmlp_error *error)
{
    clmlp_step_record *step = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&step, 1, sizeof *step, "a step", error));
    step->L = model->L;
    step->s = model->s;
    step->capacity = capacity;
    step->activation = model->activation;
    step->output = model->output;
    step->precision = precision;
    TRY_CLEANUP(create_matrix(&step->x, capacity, model->s[0], error));
    TRY_CLEANUP(create_matrix(&step->y, capacity, model->s[model->L - 1], error));
    TRY_CLEANUP(create_layers(step, all, error));
    TRY_CLEANUP(create_parameters(step, all, error));
    *out = step;
cleanup:
    if (status != CLMLP_OK) clmlp_step_record_destroy(step);
    return status;
}

static void destroy_list(double **list, size_t count)
{
    for (size_t i = 0; list != NULL && i < count; i++) free(list[i]);
    free(list);
}

static void destroy_states(clmlp_step_record *step)
{
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) {
        destroy_list(step->state[k], step->L - 1);
        destroy_list(step->state_after[k], step->L - 1);
        step->state[k] = step->state_after[k] = NULL;
    }
    step->states = 0;
}

void clmlp_step_record_destroy(clmlp_step_record *step)
{
    if (step == NULL) return;
    free(step->layer_rates);
    free(step->x);
    free(step->y);
    free(step->w);
    free(step->dropout);
    destroy_list(step->z, step->L);
    destroy_list(step->a, step->L);
    destroy_list(step->delta, step->L);
    destroy_list(step->theta, step->L - 1);
    destroy_list(step->gradient, step->L - 1);
    destroy_list(step->clipped, step->L - 1);
    destroy_list(step->after, step->L - 1);
    destroy_list(step->direction, step->L - 1);
    destroy_states(step);
    clmlp_scale_record_destroy(step);
    free(step);
}

/* Those that the descent borrowed. */
static clmlp_status copy_layer_rates(clmlp_step_record *step, clmlp_error *error)
{
    const double *const from = step->descent.rule.layer_rates;
    if (from == NULL || from == step->layer_rates) return CLMLP_OK;
    if (step->layer_rates == NULL) {
        TRY(clmlp_allocate(&step->layer_rates, step->L - 1, sizeof *step->layer_rates, "a step", error));
    }
    memcpy(step->layer_rates, from, (step->L - 1) * sizeof *from);
    step->descent.rule.layer_rates = step->layer_rates;
    return CLMLP_OK;
}

static clmlp_status create_clipped(clmlp_step_record *step, clmlp_error *error)
{
    TRY(create_list(&step->clipped, step->L - 1, error));
    for (size_t l = 1; l < step->L; l++) {
        TRY(create_matrix(&step->clipped[l - 1], step->s[l], step->s[l - 1] + 1, error));
    }
    return CLMLP_OK;
}

static void destroy_clipped(clmlp_step_record *step)
{
    destroy_list(step->clipped, step->L - 1);
    step->clipped = NULL;
}

clmlp_status clmlp_step_record_set_descent(clmlp_step_record *step, const clmlp_descent *descent, clmlp_error *error)
{
    const size_t states = clmlp_optimizer_states(descent->rule.optimizer);
    if (states != step->states) destroy_states(step);
    const bool clips = descent->rule.clip_norm > 0.0;
    if (!clips) destroy_clipped(step);
    if (clips && step->clipped == NULL) TRY(create_clipped(step, error));
    step->descent = *descent;
    TRY(copy_layer_rates(step, error));
    for (; step->states < states; step->states++) {
        const size_t k = step->states;
        TRY(create_list(&step->state[k], step->L - 1, error));
        TRY(create_list(&step->state_after[k], step->L - 1, error));
        for (size_t l = 1; l < step->L; l++) {
            TRY(create_matrix(&step->state[k][l - 1], step->s[l], step->s[l - 1] + 1, error));
            TRY(create_matrix(&step->state_after[k][l - 1], step->s[l], step->s[l - 1] + 1, error));
        }
    }
    return clmlp_scale_record_create(step, error);
}

clmlp_status clmlp_step_record_direct(clmlp_step_record *step, clmlp_error *error)
{
    if (step->direction != NULL) return CLMLP_OK;
    TRY(create_list(&step->direction, step->L - 1, error));
    for (size_t l = 1; l < step->L; l++) {
        TRY(create_matrix(&step->direction[l - 1], step->s[l], step->s[l - 1] + 1, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_step_record_weigh(clmlp_step_record *step, clmlp_error *error)
{
    if (step->w != NULL) return CLMLP_OK;
    TRY(create_matrix(&step->w, step->capacity, 1, error));
    for (size_t r = 0; r < step->capacity; r++) step->w[r] = 1.0;
    return CLMLP_OK;
}

static void swap(double **a, double **b)
{
    double *const was = *a;
    *a = *b;
    *b = was;
}

void clmlp_step_record_hand_on(clmlp_step_record *step)
{
    for (size_t l = 1; l < step->L; l++) {
        swap(&step->theta[l - 1], &step->after[l - 1]);
        for (size_t k = 0; k < step->states; k++) swap(&step->state[k][l - 1], &step->state_after[k][l - 1]);
    }
}

/* --- steps on a backend ------------------------------------------------------------------------------------------ */

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

static clmlp_status fetch(clmlp_stepper *stepper, const clmlp_tensor *tensor, size_t rows, double *values,
                          clmlp_error *error)
{
    if (tensor == NULL || values == NULL) return CLMLP_OK;
    return clmlp_read_matrix(stepper->network->backend, tensor, rows, values, stepper->staging, error);
}

static clmlp_status fetch_gradients(clmlp_stepper *stepper, double *const *to, size_t l, clmlp_error *error)
{
    return fetch(stepper, stepper->network->gradient[l - 1], stepper->network->s[l], to[l - 1], error);
}

/* dJ/dtheta(1), which the step turns into that of raw; where it clips, both gradients of the scale before that, too. */
static clmlp_status fetch_scale_gradients(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error)
{
    clmlp_network *network = stepper->network;
    TRY(fetch_gradients(stepper, step->gradient, 1, error));
    if (step->clipped == NULL) return CLMLP_OK;
    TRY(clmlp_scale_gradients(network, error));
    TRY(fetch(stepper, network->gradient[0], step->s[1], step->scale->raw_gradient, error));
    return fetch(stepper, network->scale->scale_gradient, 1, step->scale->slopes, error);
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
    for (size_t l = 2; l <= L; l++) {
        TRY(fetch(stepper, network->z[l - 1], M, step->z[l - 1], error));
        TRY(fetch(stepper, l < L ? network->a[l - 1] : network->h, M, step->a[l - 1], error));
        TRY(fetch(stepper, network->delta[l - 1], M, step->delta[l - 1], error));
    }
    for (size_t l = 1; l < L; l++) {
        if (l > 1 || network->scale == NULL) {
            TRY(fetch_gradients(stepper, step->clipped != NULL ? step->clipped : step->gradient, l, error));
        }
        for (size_t k = 0; k < step->states; k++) {
            TRY(fetch(stepper, network->state[l - 1][k], step->s[l], step->state_after[k][l - 1], error));
        }
        TRY(fetch(stepper, network->theta[l - 1], step->s[l], step->after[l - 1], error));
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
    TRY(clmlp_network_set_clipping(stepper->network, step->descent.rule.clip_norm > 0.0, error));
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
    TRY(compute(stepper, batch, step, error));
    return fetch_all(stepper, step, error);
}

/* The step holds what the device has. */
static void round_to(clmlp_precision precision, double *values, size_t count)
{
    for (size_t i = 0; i < count && precision == CLMLP_F32; i++) values[i] = (double)(float)values[i];
}

static clmlp_status send(clmlp_stepper *stepper, clmlp_tensor *tensor, size_t rows, double *values, clmlp_error *error)
{
    clmlp_backend *backend = stepper->network->backend;
    TRY(clmlp_write_matrix(backend, tensor, rows, values, stepper->staging, error));
    round_to(backend->precision, values, rows * tensor->columns);
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

clmlp_status clmlp_stepper_run(clmlp_stepper *stepper, clmlp_step_record *step, bool put_theta, clmlp_error *error)
{
    clmlp_batch batch;
    TRY(clmlp_stepper_put(stepper, step, &batch, error));
    TRY(set_rule(stepper, step, error));
    for (size_t l = 1; l < step->L && put_theta; l++) {
        TRY(send(stepper, stepper->network->theta[l - 1], step->s[l], step->theta[l - 1], error));
        for (size_t k = 0; k < step->states; k++) {
            TRY(send(stepper, stepper->network->state[l - 1][k], step->s[l], step->state[k][l - 1], error));
        }
    }
    if (step->scale != NULL && put_theta) TRY(send_scale(stepper, step, error));
    return clmlp_stepper_run_batch(stepper, &batch, step, error);
}

bool clmlp_verdict_stands(clmlp_status status, size_t steps)
{
    return status == CLMLP_OK || (status == CLMLP_INTERRUPTED && steps > 0);
}

clmlp_rule_settings clmlp_verify_rule(const clmlp_verify_config *config)
{
    clmlp_rule_settings rule = CLMLP_RULE_OF_CONFIG;
    rule.schedule.steps = config->schedule_steps != 0 ? config->schedule_steps : config->steps;
    return rule;
}

clmlp_status clmlp_verify_rule_check(const clmlp_verify_config *config, const clmlp_model *model,
                                     clmlp_precision precision, clmlp_error *error)
{
    const clmlp_rule_settings rule = clmlp_verify_rule(config);
    TRY(clmlp_rule_check(&rule, model->L, error));
    TRY(clmlp_rule_check_rounded(&rule, model->L, model->s, precision, error));
    TRY(clmlp_rule_check_input_scale(&rule, config->input_scale_rate, precision, error));
    if (rule.schedule.steps >= config->steps) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu steps to compare, of a run of %zu (--schedule-steps; expected at "
                      "least as many)", config->steps, rule.schedule.steps);
}

clmlp_status clmlp_verify_minimiser_check(const clmlp_verify_config *config, size_t m, clmlp_error *error)
{
    const clmlp_minimiser_companions beside = CLMLP_COMPANIONS_OF_CONFIG;
    TRY(clmlp_minimiser_check(config->minimiser, &beside, m, error));
    if (config->minimiser == CLMLP_NO_MINIMISER || !(config->input_scale_rate > 0.0)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a scale of the inputs (--input-scale-rate) and %s do not go together",
                      clmlp_minimiser_name(config->minimiser));
}
