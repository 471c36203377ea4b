/* record.c - a training step on the host: room for all that it computes. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/step/step.h"

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

/* The matrices, too, unless they are borrowed. */
static void release_list(double **list, size_t count, bool borrowed)
{
    if (borrowed) free(list);
    else destroy_list(list, count);
}

static void destroy_states(clmlp_step_record *step)
{
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) {
        release_list(step->state[k], step->L - 1, step->borrows_state);
        release_list(step->state_after[k], step->L - 1, step->borrows_state_after);
        step->state[k] = step->state_after[k] = NULL;
    }
    step->states = 0;
    step->borrows_state = step->borrows_state_after = false;
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
    release_list(step->theta, step->L - 1, step->borrows_theta);
    destroy_list(step->gradient, step->L - 1);
    destroy_list(step->clipped, step->L - 1);
    release_list(step->after, step->L - 1, step->borrows_after);
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

static void borrow_list(double **list, size_t count, bool borrowed, const double *block, const size_t *theta_at)
{
    for (size_t i = 0; i < count; i++) {
        const double *const matrix = block + theta_at[i];
        if (!borrowed) free(list[i]);
        memcpy(&list[i], &matrix, sizeof list[i]); /* only read */
    }
}

/* theta and its states, before the step or after it; theta_at as of a model. */
static void borrow(const clmlp_step_record *step, double **thetas, bool *borrows_theta, double ***states,
                   bool *borrows_state, const size_t *theta_at, const double *theta, const double *state)
{
    const size_t count = step->L - 1;
    borrow_list(thetas, count, *borrows_theta, theta, theta_at);
    *borrows_theta = true;
    for (size_t k = 0; k < step->states; k++) {
        borrow_list(states[k], count, *borrows_state, state + k * theta_at[count], theta_at);
    }
    *borrows_state = step->states > 0;
}

void clmlp_step_record_borrow(clmlp_step_record *step, const size_t *theta_at, const double *theta,
                              const double *state)
{
    borrow(step, step->theta, &step->borrows_theta, step->state, &step->borrows_state, theta_at, theta, state);
}

void clmlp_step_record_borrow_after(clmlp_step_record *step, const size_t *theta_at, const double *theta,
                                    const double *state)
{
    borrow(step, step->after, &step->borrows_after, step->state_after, &step->borrows_state_after, theta_at, theta,
           state);
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
