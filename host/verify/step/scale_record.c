/* scale_record.c - what a recorded step has of a learnable scale of the inputs: made, released. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/step/step.h"

clmlp_status clmlp_verify_scale_check(const clmlp_verify_config *config, clmlp_error *error)
{
    if (config->input_scale_rate >= 0.0 && isfinite(config->input_scale_rate)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the factor of the rate of the inputs' scale is %g (expected a number "
                      ">= 0)", config->input_scale_rate);
}

static clmlp_status create(double **values, size_t count, clmlp_error *error)
{
    return clmlp_allocate(values, count, sizeof **values, "a step with a scale of the inputs", error);
}

static clmlp_status create_all(clmlp_step_record *step, clmlp_error *error)
{
    clmlp_scale_record *const scale = step->scale;
    const size_t columns = step->s[0] + 1, count = step->s[1] * columns; /* theta(1) has as many */
    TRY(create(&scale->raw, count, error));
    TRY(create(&scale->raw_after, count, error));
    TRY(create(&scale->scale, columns, error));
    TRY(create(&scale->scale_after, columns, error));
    if (step->clipped == NULL || step->gradient[0] != NULL) {
        TRY(create(&scale->raw_gradient, count, error));
        TRY(create(&scale->slopes, columns, error));
    }
    for (size_t k = 0; k < step->states; k++) {
        TRY(create(&scale->state[k], columns, error));
        TRY(create(&scale->state_after[k], columns, error));
    }
    return step->clipped != NULL ? create(&scale->clipped, columns, error) : CLMLP_OK;
}

clmlp_status clmlp_scale_record_create(clmlp_step_record *step, clmlp_error *error)
{
    const size_t columns = step->s[0] + 1;
    clmlp_scale_record_destroy(step);
    if (!(step->descent.input_scale_rate > 0.0)) return CLMLP_OK;
    TRY(clmlp_allocate(&step->scale, 1, sizeof *step->scale, "a step", error));
    TRY(create_all(step, error));
    memcpy(step->scale->raw, step->theta[0], step->s[1] * columns * sizeof *step->scale->raw);
    for (size_t i = 0; i < columns; i++) step->scale->scale[i] = 1.0;
    return CLMLP_OK;
}

clmlp_status clmlp_scale_record_fetch(clmlp_step_record *step, const clmlp_network *network, bool after, void *staging,
                                      clmlp_error *error)
{
    const clmlp_input_scale *const from = network->scale;
    clmlp_scale_record *const to = step->scale;
    clmlp_backend *const backend = network->backend;
    const size_t rows = step->s[1];
    TRY(clmlp_read_matrix(backend, from->raw, rows, after ? to->raw_after : to->raw, staging, error));
    TRY(clmlp_read_matrix(backend, from->scale, 1, after ? to->scale_after : to->scale, staging, error));
    for (size_t k = 0; k < step->states; k++) {
        double *const state = after ? to->state_after[k] : to->state[k];
        TRY(clmlp_read_matrix(backend, from->state[k], 1, state, staging, error));
    }
    if (!after) return CLMLP_OK;
    double *const gradient = step->clipped != NULL ? step->clipped[0] : to->raw_gradient;
    TRY(clmlp_read_matrix(backend, network->gradient[0], rows, gradient, staging, error));
    return clmlp_read_matrix(backend, from->scale_gradient, 1, step->clipped != NULL ? to->clipped : to->slopes,
                             staging, error);
}

void clmlp_scale_record_destroy(clmlp_step_record *step)
{
    clmlp_scale_record *const scale = step->scale;
    if (scale == NULL) return;
    free(scale->raw);
    free(scale->raw_gradient);
    free(scale->raw_after);
    free(scale->scale);
    free(scale->slopes);
    free(scale->clipped);
    free(scale->scale_after);
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) {
        free(scale->state[k]);
        free(scale->state_after[k]);
    }
    free(scale);
    step->scale = NULL;
}
