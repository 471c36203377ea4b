/* test_gradcheck.c - the gradient check: right passes, wrong is caught with its layer. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/gradcheck.h"
#include "networks.h"
#include "verify/gradcheck/gradcheck.h"
#include "wrong_gradient.h"

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
        cr_assert_eq(layer->failed, 0,
                     "%s, theta(%zu): %zu of %zu failed, analytic %.17g, numeric %.17g, "
                     "truncation %g, rounding %g",
                     what, layer->layer, layer->failed, layer->checked, layer->worst.analytic, layer->worst.numeric,
                     layer->worst.truncation, layer->worst.rounding);
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
            clmlp_gradcheck_result result = {.size = sizeof result};
            clmlp_gradcheck_config config = every_element(decay == 0 ? 0.0 : 0.7);
            config.input_scale = true;
            (void)snprintf(what, sizeof what, "%zu hidden layers, %s, %s, lambda %g, seed %d", layers,
                           clmlp_activation_name(g), clmlp_output_name(output), config.lambda, (int)seed);
            OK(clmlp_gradcheck(model, data, NULL, &config, &result, error));
            expect_passed(&result, what);
            cr_assert_eq(result.checked, clmlp_model_parameters(model) + 4);
            cr_assert_eq(result.count, layers + 2);
            cr_assert_eq(result.layers[layers + 1].layer, 0);
            note(&worst, &result);
            clmlp_free(result.layers);
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
        FOR_TRAINED_ACTIVATIONS(g) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                const extremes e = check_network(layers, (clmlp_activation)g, (clmlp_output)output);
                (void)printf("%zu hidden layers, %-7s x %-7s: relative error at most %.1e; worst of bound %.3f to "
                             "%.3f\n", layers, clmlp_activation_name((clmlp_activation)g),
                             clmlp_output_name((clmlp_output)output), e.relative, e.smallest, e.largest);
                largest = fmax(largest, e.largest);
            }
        }
    }
    cr_assert(largest > 0.1, "a bound ten times too wide finds little: the largest fraction is %g", largest);
}

/* --- what is wrong is caught ------------------------------------------------------------------------------------ */

/* One hidden layer, so that delta(2) reaches theta(1) alone. */
static void check_fault(const wrong_gradient *fault, clmlp_activation g, clmlp_output output)
{
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_dataset *data = random_data(23, 4, 3, output, 5);
    clmlp_model *model = random_model(data, (size_t[]){7}, 1, g, output, 5);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    const clmlp_gradcheck_config config = every_element(fault->needs_decay ? 0.7 : 0.0);
    build_in(device->backend, fault);
    OK(clmlp_gradcheck_backend(model, data, device->backend, NULL, &config, &result, error));
    cr_assert_not(result.passed, "%s passed with %s, %s", fault->name, clmlp_activation_name(g),
                  clmlp_output_name(output));
    for (size_t l = 0; l < result.count; l++) {
        const clmlp_gradcheck_layer *const layer = &result.layers[l];
        const bool wrong = fault->everywhere || l == 0;
        cr_assert_eq(layer->failed > 0, wrong, "%s: %zu failed in theta(%zu)", fault->name, layer->failed, l + 1);
        if (wrong && fault->biases_only) cr_assert_eq(layer->worst.column, 0, "%s", fault->name);
        if (wrong) cr_assert(layer->worst.of_bound > 1.0);
    }
    clmlp_free(result.layers);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(gradcheck, catches_every_fault_and_blames_the_layer)
{
    size_t count;
    const wrong_gradient *const faults = wrong_gradients(&count);
    for (size_t f = 0; f < count; f++) {
        FOR_TRAINED_ACTIVATIONS(g) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                check_fault(&faults[f], (clmlp_activation)g, (clmlp_output)output);
            }
        }
    }
}

/* What is wrong with the gradient of a scale of the inputs: a part of it, one of its rows, or s in place of raw. */
static int wrong_scale;
static const clmlp_backend_ops *right_ops;

static clmlp_status slopes_off(clmlp_backend *backend, const clmlp_scale_slopes_args *args, clmlp_error *error)
{
    clmlp_scale_slopes_args given = *args;
    double slopes[5];
    if (wrong_scale == 1) given.s_out--;
    TRY(right_ops->scale_slopes(backend, &given, error));
    if (wrong_scale == 1) return CLMLP_OK;
    TRY(right_ops->tensor_read(backend, args->scale_gradient, 0, 1, slopes, error));
    if (wrong_scale == 0) slopes[3] *= 1.0 + 1e-6;
    if (wrong_scale == 2) slopes[1] = slopes[2];
    return right_ops->tensor_write(backend, args->scale_gradient, 0, 1, slopes, error);
}

Test(gradcheck, catches_a_wrong_gradient_of_a_scale_of_the_inputs)
{
    clmlp_gradcheck_config config = every_element(0.7);
    clmlp_dataset *data = random_data(23, 4, 3, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_model *model = random_model(data, (size_t[]){7}, 1, CLMLP_SELU, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    right_ops = device->backend->ops;
    clmlp_backend_ops wrong = *right_ops;
    wrong.scale_slopes = slopes_off;
    config.input_scale = true;
    for (wrong_scale = 0; wrong_scale < 3; wrong_scale++) {
        clmlp_gradcheck_result result = {.size = sizeof result};
        device->backend->ops = &wrong;
        OK(clmlp_gradcheck_backend(model, data, device->backend, NULL, &config, &result, error));
        device->backend->ops = right_ops;
        cr_assert_not(result.passed);
        for (size_t l = 0; l < 2; l++) cr_assert_eq(result.layers[l].failed, 0);
        cr_assert_eq(result.layers[2].layer, 0);
        cr_assert_eq(result.layers[2].failed, wrong_scale == 1 ? 4 : 1, "%d", wrong_scale);
        clmlp_free(result.layers);
    }
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

static void one_millionth_off(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    if (args->s_in == 7) values[2 * columns + 3] *= 1.0 + 1e-6;
    (void)rows;
}

Test(gradcheck, finds_one_element_that_is_a_millionth_off)
{
    const wrong_gradient fault = {.gradient = one_millionth_off};
    const clmlp_gradcheck_config config = every_element(0.7);
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_dataset *data = random_data(23, 4, 3, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_model *model = random_model(data, (size_t[]){7}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    build_in(device->backend, &fault);
    OK(clmlp_gradcheck_backend(model, data, device->backend, NULL, &config, &result, error));
    cr_assert_eq(result.layers[0].failed, 0);
    cr_assert_eq(result.layers[1].failed, 1);
    cr_assert_eq(result.layers[1].worst.row, 2);
    cr_assert_eq(result.layers[1].worst.column, 3);
    clmlp_free(result.layers);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* 1 bias in 401 elements: a sample by lot alone would have one in every second run. */
Test(gradcheck, a_sample_has_biases_and_both_ends)
{
    size_t count;
    const wrong_gradient *const faults = wrong_gradients(&count);
    clmlp_dataset *data = random_data(5, 400, 3, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = random_model(data, (size_t[]){40}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    for (size_t f = 0; f < count; f++) {
        clmlp_gradcheck_result result = {.size = sizeof result};
        clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
        config.lambda = 0.7;
        config.sample = 40;
        build_in(device->backend, &faults[f]);
        OK(clmlp_gradcheck_backend(model, data, device->backend, NULL, &config, &result, error));
        cr_assert_eq(result.checked, 80);
        cr_assert_eq(result.elements, 40 * 401 + 3 * 41);
        if (strcmp(faults[f].name, "an infinity") != 0) cr_assert_not(result.passed, "%s passed", faults[f].name);
        clmlp_free(result.layers);
    }
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* --- arguments -------------------------------------------------------------------------------------------------- */

static clmlp_status check_for_error(const clmlp_model *model, const clmlp_dataset *data,
                                    const clmlp_gradcheck_config *config, const char *part)
{
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_error error = {.message = ""};
    const clmlp_status status = clmlp_gradcheck(model, data, NULL, config, &result, &error);
    cr_assert_not_null(strstr(error.message, part), "'%s'", error.message);
    clmlp_free(result.layers);
    return status;
}

Test(gradcheck, says_why_step_cannot_be_checked)
{
    clmlp_dataset *data = random_data(5, 4, 3, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *model = model_for(data, (size_t[]){3}, 1, CLMLP_STEP, CLMLP_OUTPUT_SIGMOID, 1);
    cr_assert_eq(check_for_error(model, data, NULL, "its derivative is 0"), CLMLP_BAD_ARGUMENT);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(gradcheck, says_that_J_is_not_finite)
{
    clmlp_dataset *data = random_data(5, 4, 3, CLMLP_OUTPUT_LINEAR, 1);
    clmlp_model *model = model_for(data, (size_t[]){3}, 1, CLMLP_RELU, CLMLP_OUTPUT_LINEAR, 1);
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) model->theta[i] = 1e200;
    cr_assert_eq(check_for_error(model, data, NULL, "J is "), CLMLP_BAD_ARGUMENT);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(gradcheck, refuses_a_lambda_that_is_none_and_data_that_does_not_suit)
{
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    clmlp_dataset *data = random_data(5, 4, 3, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_dataset *wide = random_data(5, 6, 3, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    cr_assert_eq(check_for_error(model, wide, NULL, "the data"), CLMLP_BAD_ARGUMENT);
    config.lambda = NAN;
    cr_assert_eq(check_for_error(model, data, &config, "lambda is nan"), CLMLP_BAD_ARGUMENT);
    config.lambda = -1.0;
    cr_assert_eq(check_for_error(model, data, &config, "lambda is -1"), CLMLP_BAD_ARGUMENT);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(wide);
    clmlp_dataset_destroy(data);
}

static void follow(double fraction, void *context)
{
    double *const last = context;
    cr_assert(fraction >= *last && fraction <= 1.0, "%g after %g", fraction, *last);
    *last = fraction;
}

Test(gradcheck, reports_progress_up_to_one_and_J_of_the_examples_asked_for)
{
    double last = 0.0;
    clmlp_gradcheck_config config = every_element(0.0);
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_dataset *data = random_data(50, 4, 3, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *model = model_for(data, (size_t[]){9}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) model->theta[i] = 0.0;
    config.examples = 20;
    config.on_progress = (clmlp_on_fraction){follow, &last};
    OK(clmlp_gradcheck(model, data, NULL, &config, &result, error));
    cr_assert_eq(last, 1.0);
    cr_assert_eq(result.examples, 20);
    cr_assert_float_eq(result.cost, 3.0 * log(2.0), 1e-14); /* h = 1/2 of three outputs */
    clmlp_free(result.layers);
    config.examples = 1000;
    last = 0.0;
    OK(clmlp_gradcheck(model, data, NULL, &config, &result, error));
    cr_assert_eq(result.examples, 50);
    clmlp_free(result.layers);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* Large and small theta and features: the step follows the features, and no correct gradient fails. */
Test(gradcheck, passes_at_any_scale)
{
    const double scales[] = {1e-6, 1e-3, 1.0, 30.0};
    for (int of_x = 0; of_x < 4; of_x++) {
        for (int of_theta = 0; of_theta < 4; of_theta++) {
            FOR_TRAINED_ACTIVATIONS(g) {
                char what[128];
                double x[23 * 4], y[23 * 3];
                clmlp_gradcheck_config config = every_element(0.7);
                config.input_scale = true;
                clmlp_gradcheck_result result = {.size = sizeof result};
                clmlp_dataset *unit = random_data(23, 4, 3, CLMLP_OUTPUT_SOFTMAX, 9), *data = NULL;
                for (size_t r = 0; r < 23; r++) (void)clmlp_dataset_row(unit, r, x + 4 * r, y + 3 * r, NULL);
                for (size_t i = 0; i < 23 * 4; i++) x[i] *= scales[of_x];
                OK(clmlp_dataset_create(&data, 23, 4, x, 3, y, error));
                clmlp_model *model = random_model(data, (size_t[]){7, 5}, 2, (clmlp_activation)g,
                                                  CLMLP_OUTPUT_SOFTMAX, 9);
                for (size_t i = 0; i < clmlp_model_parameters(model); i++) model->theta[i] *= scales[of_theta];
                (void)snprintf(what, sizeof what, "x times %g, theta times %g, %s", scales[of_x], scales[of_theta],
                               clmlp_activation_name((clmlp_activation)g));
                OK(clmlp_gradcheck(model, data, NULL, &config, &result, error));
                expect_passed(&result, what);
                clmlp_free(result.layers);
                clmlp_model_destroy(model);
                clmlp_dataset_destroy(data);
                clmlp_dataset_destroy(unit);
            }
        }
    }
}
