/* steps.c - recorded steps for the verification tests. */
#include "steps.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *scratch_file(const char *name)
{
    const size_t size = strlen(TEST_SCRATCH_DIR) + strlen(name) + 2;
    char *const path = calloc(size, 1);
    (void)snprintf(path, size, "%s/%s", TEST_SCRATCH_DIR, name);
    return path;
}

clmlp_step_record *random_step(clmlp_model **model, size_t M, clmlp_precision precision, clmlp_activation activation,
                               clmlp_output output)
{
    const size_t hidden[] = {4};
    clmlp_dataset *data = random_data(M, 5, 3, output, 7);
    clmlp_step_record *step = NULL;
    *model = model_for(data, hidden, 1, activation, output, 11);
    OK(clmlp_step_record_create(&step, *model, M, precision, true, error));
    step->M = M;
    step->descent.rule.rate = 0.1;
    step->descent.decay = 1.0 / 3.0;
    for (size_t r = 0; r < M; r++) (void)clmlp_dataset_row(data, r, step->x + r * 5, step->y + r * 3, NULL);
    for (size_t l = 1; l < 3; l++) {
        const size_t count = (*model)->theta_at[l] - (*model)->theta_at[l - 1];
        memcpy(step->theta[l - 1], clmlp_model_theta(*model, l), count * sizeof(double));
        for (size_t i = 0; i < count && precision == CLMLP_F32; i++) {
            step->theta[l - 1][i] = (double)(float)step->theta[l - 1][i];
        }
    }
    for (size_t i = 0; i < M * 5 && precision == CLMLP_F32; i++) step->x[i] = (double)(float)step->x[i];
    for (size_t i = 0; i < M * 3 && precision == CLMLP_F32; i++) step->y[i] = (double)(float)step->y[i];
    clmlp_dataset_destroy(data);
    return step;
}
