/* lend.c - lend theta and gradients with the engine that CLMLP_TEST_ENGINE names, for calls of OpenCL that fail.
 *
 * Exit status 0: all went well, and every number was right, until the line "on the way out"; 1: a call failed, and its
 * message is on standard error; 2: a number was wrong. */
#include <stdio.h>
#include <stdlib.h>

#include "backend/backend.h"

enum { ROWS = 40, COLUMNS = 30, ROUNDS = 2 };

static float first(size_t i)
{
    return 1.0f + (float)i;
}

/* Each round doubles the numbers. */
static clmlp_status lend(clmlp_backend *backend, clmlp_tensor *const tensors[2], clmlp_error *error)
{
    float factor = 1.0f;
    for (int round = 0; round < ROUNDS; round++, factor *= 2.0f) {
        clmlp_loan loans[2];
        for (int k = 0; k < 2; k++) TRY(backend->ops->borrow_begin(backend, tensors[k], error));
        for (int k = 0; k < 2; k++) {
            TRY(backend->ops->borrow_wait(backend, tensors[k], CLMLP_VIEW_DENSE, &loans[k], error));
            float *const values = loans[k].values;
            for (size_t i = 0; i < loans[k].count; i++) {
                if (values[i] != factor * first(i)) exit(2);
                values[i] *= 2.0f;
            }
            TRY(backend->ops->borrow_end(backend, tensors[k], true, error));
        }
    }
    TRY(backend->ops->borrow_begin(backend, tensors[0], error)); /* destroying it ends this */
    return CLMLP_OK;
}

static clmlp_status run(clmlp_device *device, clmlp_error *error)
{
    static float values[ROWS * COLUMNS];
    clmlp_backend *const backend = device->backend;
    clmlp_tensor *tensors[2] = {NULL, NULL};
    clmlp_status status = CLMLP_OK;
    for (size_t i = 0; i < ROWS * COLUMNS; i++) values[i] = first(i);
    for (int k = 0; k < 2; k++) {
        TRY_CLEANUP(clmlp_tensor_create(backend, k == 0 ? CLMLP_TENSOR_THETA : CLMLP_TENSOR_THETA_ONE_WAY, ROWS,
                                        COLUMNS, "a test", &tensors[k], error));
        TRY_CLEANUP(backend->ops->tensor_write(backend, tensors[k], 0, ROWS, values, error));
    }
    TRY_CLEANUP(lend(backend, tensors, error));
    (void)fprintf(stderr, "on the way out\n");
cleanup:
    for (int k = 0; k < 2; k++) clmlp_tensor_destroy(backend, tensors[k]);
    return status;
}

int main(void)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    clmlp_error error = {.message = ""};
    options.spec = "opencl";
    if (!clmlp_engine_parse(getenv("CLMLP_TEST_ENGINE"), &options.engine)) return 3;
    clmlp_status status = clmlp_device_open(&device, &options, &error);
    if (status == CLMLP_OK) status = run(device, &error);
    clmlp_device_close(device);
    if (status == CLMLP_OK) return 0;
    (void)fprintf(stderr, "clmlp: %s\n", error.message);
    return 1;
}
