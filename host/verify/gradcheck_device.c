/* The gradient of a device against that of a point in double, at theta and data as the device has them. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verify/gradcheck.h"

/* *out: values as they are in the device's precision. */
static clmlp_status rounded(double **out, const double *values, size_t count, clmlp_precision precision,
                            clmlp_error *error)
{
    TRY(clmlp_allocate(out, count, sizeof **out, "a gradient check", error));
    for (size_t i = 0; i < count; i++) (*out)[i] = precision == CLMLP_F64 ? values[i] : (double)(float)values[i];
    return CLMLP_OK;
}

static void compare(const clmlp_point *point, const double *gradient, clmlp_gradcheck_layer *layer)
{
    const size_t l = layer->layer, columns = point->s[l - 1] + 1;
    const double *const found = gradient + point->model->theta_at[l - 1];
    for (size_t at = 0; at < layer->elements; at++) {
        const size_t row = at / columns, column = at % columns;
        const double expected = clmlp_point_gradient(point, l, row, column), error = fabs(found[at] - expected);
        const double bound = clmlp_point_gradient_bound(point, l, row, column);
        if (!(error <= bound)) layer->device_failed++;
        if (!(error <= layer->device_max_abs)) layer->device_max_abs = error;
        double of_bound = error == 0.0 ? 0.0 : error / bound;
        if (!isfinite(of_bound)) of_bound = (double)INFINITY;
        if (at > 0 && of_bound <= layer->device_max_of_bound) continue;
        layer->device_max_of_bound = of_bound;
        layer->device_row = row;
        layer->device_column = column;
        layer->device_found = found[at];
        layer->device_expected = expected;
        layer->device_bound = bound;
    }
}

clmlp_status clmlp_gradcheck_device(clmlp_device *device, const clmlp_point_inputs *inputs,
                                    clmlp_gradcheck_result *result, clmlp_error *error)
{
    const clmlp_model *const model = inputs->model;
    const clmlp_precision precision = device->backend->precision;
    const size_t M = inputs->M, parameters = model->theta_at[model->L - 1];
    double *theta = NULL, *x = NULL, *y = NULL, *gradient = NULL;
    clmlp_point *point = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(rounded(&theta, inputs->theta, parameters, precision, error));
    TRY_CLEANUP(rounded(&x, inputs->x, M * model->s[0], precision, error));
    TRY_CLEANUP(rounded(&y, inputs->y, M * model->s[model->L - 1], precision, error));
    TRY_CLEANUP(clmlp_allocate(&gradient, parameters, sizeof *gradient, "a gradient check", error));
    const clmlp_point_inputs here = {.model = model, .theta = theta, .x = x, .y = y, .M = M,
                                     .lambda = inputs->lambda, .precision = precision};
    TRY_CLEANUP(clmlp_backend_gradient(device->backend, &here, gradient, NULL, error));
    TRY_CLEANUP(clmlp_point_create(&point, &here, error));
    for (size_t l = 1; l < model->L; l++) {
        compare(point, gradient, &result->layers[l - 1]);
        result->passed = result->passed && result->layers[l - 1].device_failed == 0;
    }
cleanup:
    clmlp_point_destroy(point);
    free(gradient), free(y), free(x), free(theta);
    return status;
}
