/* test_gradcheck_bounds.c - what the rounding bounds of the gradient check are made of. */
#include <criterion/criterion.h>
#include <math.h>

#include "networks.h"
#include "verify/gradcheck/cost_at_point.h"

/* Random biases, too: they begin at 0. */
static clmlp_model *network(const clmlp_dataset *data, const size_t *hidden, size_t count, clmlp_output output)
{
    clmlp_model *const model = model_for(data, hidden, count, CLMLP_TANH, output, 7);
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) model->theta[i] += 0.1;
    return model;
}

static clmlp_cost_at_point *point_at(const clmlp_model *model, const double *x, const double *y, size_t M)
{
    clmlp_cost_at_point *point = NULL;
    const clmlp_cost_at_point_inputs inputs = {.model = model, .theta = model->theta, .x = x, .y = y, .M = M};
    OK(clmlp_cost_at_point_create(&point, &inputs, error));
    return point;
}

/* Units have no order: with two of them exchanged so are their bounds, but for the bounds' own rounding. */
Test(gradcheck_bounds, bounds_go_with_their_units)
{
    enum { IN = 3, UNITS = 4, MORE = 5 };
    clmlp_dataset *const data = random_data(6, IN, 2, CLMLP_OUTPUT_SIGMOID, 7);
    clmlp_model *const model = network(data, (size_t[]){UNITS, MORE}, 2, CLMLP_OUTPUT_SIGMOID);
    double x[6 * IN], y[6 * 2], before[UNITS][IN + 1];
    for (size_t i = 0; i < 6 * IN; i++) x[i] = sin(1.0 + (double)i);
    for (size_t i = 0; i < 6 * 2; i++) y[i] = (double)(i % 3 == 0);
    clmlp_cost_at_point *point = point_at(model, x, y, 6);
    for (size_t j = 0; j < UNITS; j++) {
        for (size_t i = 0; i <= IN; i++) before[j][i] = clmlp_cost_at_point_gradient_bound(point, 1, j, i);
    }
    clmlp_cost_at_point_destroy(point);
    for (size_t other = 1; other < UNITS; other++) { /* the first one with each */
        double *const in = model->theta, *const out = model->theta + model->theta_at[1];
        for (int back = 0; back < 2; back++) {
            for (size_t i = 0; i <= IN; i++) {
                const double kept = in[i];
                in[i] = in[other * (IN + 1) + i];
                in[other * (IN + 1) + i] = kept;
            }
            for (size_t j = 0; j < MORE; j++) {
                double *const row = out + j * (UNITS + 1) + 1, kept = row[0];
                row[0] = row[other];
                row[other] = kept;
            }
            if (back == 1) continue;
            point = point_at(model, x, y, 6);
            for (size_t j = 0; j < UNITS; j++) {
                const size_t was = j == 0 ? other : j == other ? 0 : j;
                for (size_t i = 0; i <= IN; i++) {
                    const double bound = clmlp_cost_at_point_gradient_bound(point, 1, j, i);
                    cr_assert(fabs(bound - before[was][i]) <= 1e-9 * bound, "unit %zu as %zu, input %zu: %g, %g", was,
                              j, i, before[was][i], bound);
                }
            }
            clmlp_cost_at_point_destroy(point);
        }
    }
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* dJ/ds_i = sum_j gradient_ji raw_ji, from gradients so large that nothing else counts: a product and a sum of `units`
 * on a backend, and the two of t x raw in a difference quotient, in units of 2^-53. */
Test(gradcheck_bounds, the_bound_of_a_scale_counts_each_rounding_once)
{
    for (size_t units = 1; units <= 3; units++) {
        clmlp_dataset *const data = random_data(2, 1, 1, CLMLP_OUTPUT_LINEAR, 9);
        clmlp_model *const model = network(data, (size_t[]){units}, 1, CLMLP_OUTPUT_LINEAR);
        const double x[] = {0.5, -0.25}, y[] = {0.5, 0.25};
        double raw[6], gradient[6], sum = 0.0;
        for (size_t i = 0; i < 2 * units; i++) {
            raw[i] = 0.5 + (double)i;
            gradient[i] = 1e20;
            if (i % 2 == 1) sum += raw[i] * gradient[i];
        }
        clmlp_cost_at_point *const point = point_at(model, x, y, 2);
        const double bound = clmlp_cost_at_point_scale_bound(point, raw, gradient, 1.0, 1);
        cr_assert_float_eq(bound / sum * 0x1p53, (double)(units + 2), 1e-6, "%zu units: %g", units,
                           bound / sum * 0x1p53);
        clmlp_cost_at_point_destroy(point);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}
