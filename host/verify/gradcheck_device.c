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

static void compare_element(clmlp_gradcheck_layer *layer, size_t row, size_t column, double found, double expected,
                            double bound)
{
    const double error = fabs(found - expected);
    if (!(error <= bound)) layer->device_failed++;
    if (!(error <= layer->device_max_abs)) layer->device_max_abs = error;
    double of_bound = error == 0.0 ? 0.0 : error / bound;
    if (!isfinite(of_bound)) of_bound = (double)INFINITY;
    if ((row > 0 || column > 0) && of_bound <= layer->device_max_of_bound) return;
    layer->device_max_of_bound = of_bound;
    layer->device_row = row;
    layer->device_column = column;
    layer->device_found = found;
    layer->device_expected = expected;
    layer->device_bound = bound;
}

/* room: [2 x largest row of a theta(l)] */
static void compare(const clmlp_point *point, const double *gradient, double *room, clmlp_gradcheck_layer *layer)
{
    const size_t l = layer->layer, columns = point->s[l - 1] + 1;
    const double *const found = gradient + point->model->theta_at[l - 1];
    double *const expected = room, *const bound = room + columns;
    for (size_t row = 0; row < point->s[l]; row++) {
        clmlp_point_gradient(point, l, row, 0, columns, expected, bound);
        for (size_t i = 0; i < columns; i++) {
            compare_element(layer, row, i, found[row * columns + i], expected[i], bound[i]);
        }
    }
}

typedef struct comparison {
    double *theta, *x, *y;  /* as the device has them */
    double *gradient;       /* the device's */
    double **sides;         /* [L]: its a(l) of hidden layers */
    double *room;
    clmlp_point *point;
} comparison;

static clmlp_status take_in(comparison *c, const clmlp_point_inputs *inputs, clmlp_precision precision,
                            clmlp_error *error)
{
    const clmlp_model *const model = inputs->model;
    const size_t M = inputs->M, parameters = model->theta_at[model->L - 1];
    size_t widest = 0;
    TRY(rounded(&c->theta, inputs->theta, parameters, precision, error));
    TRY(rounded(&c->x, inputs->x, M * model->s[0], precision, error));
    TRY(rounded(&c->y, inputs->y, M * model->s[model->L - 1], precision, error));
    TRY(clmlp_allocate(&c->gradient, parameters, sizeof *c->gradient, "a gradient check", error));
    TRY(clmlp_allocate(&c->sides, model->L, sizeof *c->sides, "a gradient check", error));
    for (size_t l = 1; l < model->L; l++) {
        widest = model->s[l - 1] + 1 > widest ? model->s[l - 1] + 1 : widest;
        if (l == 1) continue;
        TRY(clmlp_allocate(&c->sides[l - 1], M * model->s[l - 1], sizeof **c->sides, "a gradient check", error));
    }
    return clmlp_allocate(&c->room, 2 * widest, sizeof *c->room, "a gradient check", error);
}

static void release(comparison *c, size_t L)
{
    clmlp_point_destroy(c->point);
    for (size_t l = 0; c->sides != NULL && l < L; l++) free(c->sides[l]);
    free(c->sides), free(c->room), free(c->gradient), free(c->y), free(c->x), free(c->theta);
}

clmlp_status clmlp_gradcheck_device(clmlp_device *device, const clmlp_point_inputs *inputs,
                                    clmlp_gradcheck_result *result, clmlp_error *error)
{
    const clmlp_precision precision = device->backend->precision;
    const size_t L = inputs->model->L;
    comparison c = {NULL};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(take_in(&c, inputs, precision, error));
    const clmlp_point_inputs here = {.model = inputs->model, .theta = c.theta, .x = c.x, .y = c.y, .M = inputs->M,
                                     .lambda = inputs->lambda, .precision = precision, .sides = c.sides};
    TRY_CLEANUP(clmlp_backend_gradient(device->backend, &here, c.gradient, c.sides, error));
    TRY_CLEANUP(clmlp_point_create(&c.point, &here, error));
    for (size_t l = 1; l < L; l++) {
        compare(c.point, c.gradient, c.room, &result->layers[l - 1]);
        result->passed = result->passed && result->layers[l - 1].device_failed == 0;
    }
cleanup:
    release(&c, L);
    return status;
}
