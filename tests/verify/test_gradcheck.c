/* The gradient check passes what is right, whatever the network; catches what is wrong and names the layer; and does
 * not excuse kinks. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/gradcheck.h"
#include "networks.h"
#include "verify/difference.h"
#include "verify/gradcheck.h"

/* --- what is right passes ---------------------------------------------------------------------------------------- */

static clmlp_gradcheck_config every_element(double lambda)
{
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    config.lambda = lambda;
    config.sample = 0;
    return config;
}

/* Random biases, too: they begin at 0. */
static clmlp_model *random_model(const clmlp_dataset *data, const size_t *hidden, size_t count, clmlp_activation g,
                                 clmlp_output output, uint64_t seed)
{
    clmlp_model *model = model_for(data, hidden, count, g, output, seed);
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) model->theta[i] += 0.1;
    return model;
}

static void expect_passed(const clmlp_gradcheck_result *result, const char *what)
{
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &result->layers[l];
        cr_assert_eq(layer->failed, 0, "%s, theta(%zu): %zu of %zu failed, analytic %.17g, numeric %.17g, truncation %g, "
                     "rounding %g", what, layer->layer, layer->failed, layer->checked, layer->worst.analytic,
                     layer->worst.numeric, layer->worst.truncation, layer->worst.rounding);
    }
    cr_assert(result->passed);
}

typedef struct extremes {
    double relative, smallest, largest; /* of_bound of the worst elements */
} extremes;

static void note(extremes *e, const clmlp_gradcheck_result *result)
{
    for (size_t l = 0; l < result->count; l++) {
        e->largest = fmax(e->largest, result->layers[l].worst.of_bound);
        e->smallest = fmin(e->smallest, result->layers[l].worst.of_bound);
    }
    e->relative = fmax(e->relative, result->max_relative);
}

static extremes check_network(size_t layers, clmlp_activation g, clmlp_output output)
{
    const size_t hidden[] = {7, 5, 6};
    extremes worst = {0.0, INFINITY, 0.0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        clmlp_dataset *data = random_data(23, 4, 3, output, seed);
        clmlp_model *model = random_model(data, hidden, layers, g, output, seed);
        for (int decay = 0; decay < 2; decay++) {
            char what[128];
            clmlp_gradcheck_result result;
            const clmlp_gradcheck_config config = every_element(decay == 0 ? 0.0 : 0.7);
            (void)snprintf(what, sizeof what, "%zu hidden layers, %s, %s, lambda %g, seed %d", layers,
                           clmlp_activation_name(g), clmlp_output_name(output), config.lambda, (int)seed);
            OK(clmlp_gradcheck(model, data, NULL, &config, &result, error));
            expect_passed(&result, what);
            cr_assert_eq(result.checked, clmlp_model_parameters(model));
            note(&worst, &result);
            clmlp_gradcheck_result_free(&result);
        }
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
    return worst;
}

Test(gradcheck, passes_every_activation_output_lambda_and_depth)
{
    double largest = 0.0;
    for (size_t layers = 0; layers <= 3; layers++) {
        for (int g = CLMLP_SIGMOID; g <= CLMLP_LINEAR; g++) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                const extremes e = check_network(layers, (clmlp_activation)g, (clmlp_output)output);
                (void)printf("%zu hidden layers, %-7s x %-7s: relative error at most %.1e; worst of bound %.3f to %.3f\n",
                             layers, clmlp_activation_name((clmlp_activation)g),
                             clmlp_output_name((clmlp_output)output), e.relative, e.smallest, e.largest);
                largest = fmax(largest, e.largest);
            }
        }
    }
    cr_assert(largest > 0.1, "a bound ten times too wide finds little: the largest fraction is %g", largest);
}
