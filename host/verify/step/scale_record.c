/* scale_record.c - what a recorded step has of a learnable scale of the inputs: made, released. */
#include <stdlib.h>

#include "base/memory.h"
#include "verify/step/step.h"

static clmlp_status create(double **values, size_t count, clmlp_error *error)
{
    return clmlp_allocate(values, count, sizeof **values, "a step with a scale of the inputs", error);
}

clmlp_status clmlp_scale_record_create(clmlp_step_record *step, clmlp_error *error)
{
    const size_t columns = step->s[0] + 1, count = step->s[1] * columns; /* theta(1) has as many */
    if (!(step->descent.input_scale_rate > 0.0) || step->scale != NULL) return CLMLP_OK;
    TRY(clmlp_allocate(&step->scale, 1, sizeof *step->scale, "a step", error));
    clmlp_scale_record *const scale = step->scale;
    TRY(create(&scale->raw, count, error));
    TRY(create(&scale->raw_gradient, count, error));
    TRY(create(&scale->raw_after, count, error));
    TRY(create(&scale->scale, columns, error));
    TRY(create(&scale->slopes, columns, error));
    TRY(create(&scale->scale_after, columns, error));
    for (size_t k = 0; k < step->states; k++) {
        TRY(create(&scale->state[k], columns, error));
        TRY(create(&scale->state_after[k], columns, error));
    }
    return CLMLP_OK;
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
    free(scale->scale_after);
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) {
        free(scale->state[k]);
        free(scale->state_after[k]);
    }
    free(scale);
    step->scale = NULL;
}
