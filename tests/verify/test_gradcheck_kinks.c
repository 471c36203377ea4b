/* test_gradcheck_kinks.c - kinks of relu on networks with known answers.
 *
 * One unit a layer, z(2) = theta0 + theta1 x, h = a(2), squared error against y = -1: dJ/dh = h + 1 of each example,
 * divided by m. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/gradcheck.h"
#include "networks.h"
#include "verify/gradcheck/difference.h"
#include "verify/gradcheck/gradcheck.h"
#include "wrong_gradient.h"

enum { BIAS, WEIGHT };

#define STEP_OF_ONE 0x1p-17
static const double STEP = STEP_OF_ONE; /* h where a is 1: eps^(1/3) = 6e-6 to the nearest power of two */

typedef struct tiny {
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_device *device;
    clmlp_cost_at_point *point;
} tiny;

static const double Y[] = {-1.0, -1.0}; /* a point borrows its targets */

static tiny make(size_t m, const double *x, double bias, double weight)
{
    tiny t = {.device = open_device("cpu", CLMLP_F64, 0)};
    const double theta[] = {bias, weight, 0.0, 1.0};
    OK(clmlp_dataset_create(&t.data, m, 1, x, 1, Y, error));
    t.model = model_for(t.data, (size_t[]){1}, 1, CLMLP_RELU, CLMLP_OUTPUT_LINEAR, 1);
    memcpy(t.model->theta, theta, sizeof theta);
    const clmlp_cost_at_point_inputs inputs = {.model = t.model, .theta = t.model->theta, .x = x, .y = Y, .M = m};
    OK(clmlp_cost_at_point_create(&t.point, &inputs, error));
    return t;
}

static void unmake(tiny *t)
{
    clmlp_cost_at_point_destroy(t->point);
    clmlp_device_close(t->device);
    clmlp_model_destroy(t->model);
    clmlp_dataset_destroy(t->data);
}

static clmlp_gradcheck_element difference(tiny *t, size_t column)
{
    clmlp_gradcheck_element e = {.column = column};
    clmlp_difference(t->point, 1, &e);
    return e;
}

static void expect(const clmlp_gradcheck_element *e, double derivative, double step)
{
    cr_assert(e->kink);
    cr_assert_eq(e->step, step, "step %g, expected %g", e->step, step);
    cr_assert(fabs(e->numeric - derivative) <= 2.0 * (e->truncation + e->rounding) + 0x1p-50 * fabs(derivative),
              "%.17g, expected %.17g, truncation %g, rounding %g", e->numeric, derivative, e->truncation, e->rounding);
    cr_assert(e->truncation + e->rounding < 1e-6, "bounds that let anything pass: %g, %g", e->truncation, e->rounding);
}

static clmlp_gradcheck_result check(tiny *t, const wrong_gradient *fault)
{
    clmlp_gradcheck_result result = {.size = sizeof result};
    build_in(t->device->backend, fault);
    OK(clmlp_gradcheck_backend(t->model, t->data, t->device->backend, NULL, NULL, &result, error));
    return result;
}

static void on_at_zero(double *values, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows * columns; i++) values[i] = 1.0; /* dJ/dh = 1 passed through a unit that is off */
}

static void off_at_zero(double *values, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows * columns; i++) values[i] = 0.0;
}

static const wrong_gradient switched_on = {.name = "relu'(0) = 1", .hidden_delta = on_at_zero};
static const wrong_gradient switched_off = {.name = "relu' = 0", .hidden_delta = off_at_zero};

/* Check passes with `kinks` of them, and does not with a derivative of the other side. */
static void expect_not_excused(tiny *t, const wrong_gradient *fault, size_t kinks)
{
    clmlp_gradcheck_result result = check(t, NULL);
    cr_assert(result.passed);
    cr_assert_eq(result.layers[0].kinks, kinks);
    cr_assert_eq(result.layers[1].kinks, 0);
    clmlp_free(result.layers);
    result = check(t, fault);
    cr_assert_not(result.passed, "%s passed", fault->name);
    cr_assert_eq(result.layers[0].failed, kinks);
    cr_assert_eq(result.layers[1].failed, 0);
    cr_assert(result.layers[0].worst.kink);
    clmlp_free(result.layers);
}

/* z = 0: off, as every backend has it; the side where it stays off is the one below. */
Test(gradcheck_kinks, a_unit_at_zero_is_compared_where_it_stays_off)
{
    const double x[] = {1.0};
    tiny t = make(1, x, -0.5, 0.5);
    const clmlp_gradcheck_element bias = difference(&t, BIAS), weight = difference(&t, WEIGHT);
    expect(&bias, 0.0, -STEP);
    expect(&weight, 0.0, -STEP);
    expect_not_excused(&t, &switched_on, 2);
    unmake(&t);
}

/* What a central difference makes of it: half the slope of the other side. */
Test(gradcheck_kinks, a_central_difference_would_be_wrong_there)
{
    const double x[] = {1.0};
    bool crossed = false;
    tiny t = make(1, x, -0.5, 0.5);
    const double up = clmlp_cost_at_point_change(t.point, 1, 0, BIAS, STEP, false, &crossed);
    const double down = clmlp_cost_at_point_change(t.point, 1, 0, BIAS, -STEP, false, &crossed);
    cr_assert(crossed);
    cr_assert_float_eq((up - down) / (2.0 * STEP), 0.5, 1e-4);
    unmake(&t);
}

/* z = h/4: on at theta, and on the side above. */
Test(gradcheck_kinks, a_unit_next_to_zero_is_compared_where_it_stays_on)
{
    const double x[] = {1.0}, z = STEP / 4.0;
    tiny t = make(1, x, z, 0.0);
    const clmlp_gradcheck_element bias = difference(&t, BIAS), weight = difference(&t, WEIGHT);
    expect(&bias, 1.0 + z, STEP);
    expect(&weight, 1.0 + z, STEP);
    expect_not_excused(&t, &switched_off, 2);
    unmake(&t);
}

/* x = 1 turns off below, x = -1 above: only a smaller step keeps clear of both. The bias moves them together. */
Test(gradcheck_kinks, a_kink_on_either_side_is_avoided_by_a_smaller_step)
{
    const double x[] = {1.0, -1.0}, z = STEP / 2.0;
    tiny t = make(2, x, z, 0.0);
    const clmlp_gradcheck_element bias = difference(&t, BIAS), weight = difference(&t, WEIGHT);
    expect(&bias, 1.0 + z, STEP);
    expect(&weight, 0.0, STEP / 4.0);
    clmlp_gradcheck_result result = check(&t, NULL);
    cr_assert(result.passed);
    cr_assert_eq(result.layers[0].kinks, 2);
    clmlp_free(result.layers);
    unmake(&t);
}

/* x = 1 turns off below, x = -0.75 above, and J behind them is curved: a step of h is off by w^2 sigma'' h^2 / 6 of its
 * slope, so the difference has to be that of the step which it claims. */
Test(gradcheck_kinks, a_difference_is_that_of_the_step_that_it_claims)
{
    static const double x[] = {1.0, -0.75}, y[] = {0.0, 0.0}, theta[] = {STEP_OF_ONE / 2.0, 0.0, 1.3, 64.0};
    clmlp_dataset *data = NULL;
    clmlp_cost_at_point *point = NULL;
    clmlp_gradcheck_element e = {.column = WEIGHT};
    OK(clmlp_dataset_create(&data, 2, 1, x, 1, y, error));
    clmlp_model *model = model_for(data, (size_t[]){1}, 1, CLMLP_RELU, CLMLP_OUTPUT_SIGMOID, 1);
    memcpy(model->theta, theta, sizeof theta);
    const clmlp_cost_at_point_inputs inputs = {.model = model, .theta = model->theta, .x = x, .y = y, .M = 2};
    OK(clmlp_cost_at_point_create(&point, &inputs, error));
    clmlp_difference(point, 1, &e);
    const double h = 1.0 / (1.0 + exp(-(1.3 + 64.0 * theta[0])));
    expect(&e, 64.0 * h * (x[0] + x[1]) / 2.0, STEP / 4.0);
    clmlp_cost_at_point_destroy(point);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* z = 0 of both, moved apart by the weight: no side is smooth, and J is continued with both off. */
Test(gradcheck_kinks, where_no_side_is_smooth_J_is_continued_as_it_is_at_theta)
{
    const double x[] = {1.0, -1.0};
    tiny t = make(2, x, 0.0, 0.0);
    const clmlp_gradcheck_element bias = difference(&t, BIAS), weight = difference(&t, WEIGHT);
    expect(&bias, 0.0, -STEP);
    expect(&weight, 0.0, STEP);
    clmlp_gradcheck_result result = check(&t, NULL);
    cr_assert(result.passed);
    cr_assert_eq(result.layers[0].kinks, 2);
    clmlp_free(result.layers);
    const wrong_gradient *const fault = &switched_on; /* in the bias; in the weight both cancel */
    result = check(&t, fault);
    cr_assert_eq(result.layers[0].failed, 1);
    cr_assert_eq(result.layers[0].worst.column, BIAS);
    clmlp_free(result.layers);
    unmake(&t);
}

/* 0.1 + 0.2 - 0.3 is 0 or not, as one sums it: then the side is the one that the backend is on. */
Test(gradcheck_kinks, where_rounding_decides_the_side_is_the_backends)
{
    const double x[] = {0.1, 0.2, -0.3}, y[] = {-1.0}, theta[] = {0.0, 1.0, 1.0, 1.0, 0.0, 1.0};
    double off = 0.0, on = 0x1p-60;
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, 1, 3, x, 1, y, error));
    clmlp_model *model = model_for(data, (size_t[]){1}, 1, CLMLP_RELU, CLMLP_OUTPUT_LINEAR, 1);
    memcpy(model->theta, theta, sizeof theta);
    for (int side = 0; side < 2; side++) {
        double *sides[] = {NULL, side == 0 ? &off : &on, NULL};
        clmlp_cost_at_point *point = NULL;
        clmlp_gradcheck_element e = {.column = 1};
        const clmlp_cost_at_point_inputs inputs = {.model = model, .theta = model->theta, .x = x, .y = y, .M = 1,
                                                   .sides = sides};
        OK(clmlp_cost_at_point_create(&point, &inputs, error));
        cr_assert(fabs(point->z[1][0]) < 1e-16);
        clmlp_difference(point, 1, &e);
        cr_assert(e.kink);
        cr_assert_float_eq(e.numeric, side == 0 ? 0.0 : 0.1, 1e-9, "%g", e.numeric);
        clmlp_cost_at_point_destroy(point);
    }
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* Fresh networks have zero biases: an example that no unit of a layer answers to leaves the next one at exactly 0. */
Test(gradcheck_kinks, a_dead_layer_passes)
{
    const double x[] = {1.0, 2.0};
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_dataset *data = NULL;
    const double y[] = {1.0, 0.0};
    OK(clmlp_dataset_create(&data, 2, 1, x, 1, y, error));
    clmlp_model *model = model_for(data, (size_t[]){2, 3}, 2, CLMLP_RELU, CLMLP_OUTPUT_SIGMOID, 1);
    double *theta = clmlp_model_theta(model, 1);
    theta[1] = theta[3] = -1.0;
    OK(clmlp_gradcheck(model, data, NULL, NULL, &result, error));
    cr_assert(result.passed);
    cr_assert_eq(result.layers[1].kinks, 3, "the biases of layer 3: %zu", result.layers[1].kinks);
    clmlp_free(result.layers);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
