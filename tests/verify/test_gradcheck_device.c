/* test_gradcheck_device.c - a device's gradient: right passes, wrong is blamed on its equation.
 *
 * In lock-step and in a free run, on every engine and in both precisions.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clmlp/gradcheck.h"
#include "networks.h"
#include "verify/gradcheck/gradcheck.h"
#include "wrong_gradient.h"

static clmlp_model *random_model(const clmlp_dataset *data, const size_t *hidden, size_t count, clmlp_activation g,
                                 clmlp_output output, uint64_t seed)
{
    clmlp_model *model = model_for(data, hidden, count, g, output, seed);
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) model->theta[i] += 0.1;
    return model;
}

static clmlp_gradcheck_config quick(double lambda)
{
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    config.lambda = lambda;
    config.sample = 1;
    config.input_scale = true;
    return config;
}

/* Largest fractions of bounds. */
typedef struct fractions {
    double lockstep, free_run;
} fractions;

static fractions check(clmlp_device *device, const char *spec, size_t layers, clmlp_activation g, clmlp_output output,
                    double lambda, uint64_t seed)
{
    const size_t hidden[] = {17, 9, 33};
    const clmlp_gradcheck_config config = quick(lambda);
    clmlp_gradcheck_result result = {.size = sizeof result};
    fractions largest = {0.0, 0.0};
    clmlp_dataset *data = random_data(37, 12, 5, output, seed);
    clmlp_model *model = random_model(data, hidden, layers, g, output, seed);
    OK(clmlp_gradcheck(model, data, device, &config, &result, error));
    cr_assert(result.has_device);
    for (size_t l = 0; l < result.count; l++) {
        const clmlp_gradcheck_layer *const layer = &result.layers[l];
        char text[512] = "";
        if (result.device_failed > 0) (void)clmlp_finding_text(&result.device_failure, text, sizeof text);
        cr_assert_eq(layer->device_failed, 0, "%s, %zu hidden layers, %s, %s, lambda %g: %s", spec, layers,
                     clmlp_activation_name(g), clmlp_output_name(output), lambda, text);
        const bool of_scale = layer->layer == 0;
        cr_assert_eq(layer->device_gradient.layer, of_scale ? 1 : l + 1);
        cr_assert_eq(layer->device_gradient.quantity,
                     of_scale ? CLMLP_QUANTITY_SCALE_GRADIENT : CLMLP_QUANTITY_GRADIENT);
        cr_assert_eq(layer->device_gradient.rows * layer->device_gradient.columns, layer->elements + of_scale);
        largest.free_run = fmax(largest.free_run, layer->device_gradient.max_of_bound);
        largest.lockstep = fmax(largest.lockstep, layer->device_equation.max_of_bound);
    }
    cr_assert(result.passed);
    clmlp_free(result.layers);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return largest;
}

static void check_device(const char *spec, clmlp_precision precision)
{
    fractions smallest = {INFINITY, INFINITY}, largest = {0.0, 0.0};
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    const bool able = precision == CLMLP_F32 || clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    if (!able) return;
    device = open_device(spec, precision, 0);
    for (size_t layers = 0; layers <= 3; layers++) {
        FOR_TRAINED_ACTIVATIONS(g) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                if (!activation_takes(g, layers + (size_t)output)) continue;
                for (uint64_t seed = 1; seed <= 2; seed++) {
                    const fractions worst = check(device, spec, layers, (clmlp_activation)g, (clmlp_output)output,
                                                  seed == 1 ? 0.0 : 0.7, seed);
                    largest.lockstep = fmax(largest.lockstep, worst.lockstep);
                    largest.free_run = fmax(largest.free_run, worst.free_run);
                    /* in double a product may have the reference's bits */
                    if (precision == CLMLP_F64 && worst.lockstep == 0.0) continue;
                    smallest.lockstep = fmin(smallest.lockstep, worst.lockstep);
                    smallest.free_run = fmin(smallest.free_run, worst.free_run);
                }
            }
        }
    }
    (void)printf("%-15s %s: worst of bound by network, lock-step %.3f to %.3f, free run %.5f to %.3f\n", spec,
                 clmlp_precision_name(precision), smallest.lockstep, largest.lockstep, smallest.free_run,
                 largest.free_run);
    cr_assert(smallest.lockstep > 0.001, "bounds a thousand times too wide find nothing: %g", smallest.lockstep);
    clmlp_device_close(device);
}

/* Layers of 96 units have trends, too. */
Test(gradcheck_device, tells_what_it_finds_of_the_theta_that_it_is_of)
{
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    const size_t hidden[] = {100, 97};
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_dataset *data = random_data(150, 12, 5, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_model *model = random_model(data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    config.sample = 1;
    OK(clmlp_gradcheck(model, data, device, &config, &result, error));
    cr_assert(result.passed);
    for (size_t l = 0; l < result.count; l++) {
        const clmlp_finding *const worst = &result.layers[l].device_equation;
        const bool of_theta = strstr(clmlp_quantity_name(worst->quantity), "gradient") != NULL;
        cr_assert_gt(worst->rows, 0);
        cr_assert_eq(worst->layer, l + (of_theta ? 1 : 2), "%zu: %s of %zu", l, clmlp_quantity_name(worst->quantity),
                     worst->layer);
    }
    clmlp_free(result.layers);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

Test(gradcheck_device, passes_the_cpu_path)
{
    check_device("cpu", CLMLP_F32);
    check_device("cpu", CLMLP_F64);
}

Test(gradcheck_device, passes_native)
{
    check_device("opencl+native", CLMLP_F32);
    check_device("opencl+native", CLMLP_F64);
}

Test(gradcheck_device, passes_clblast)
{
    check_device("opencl+clblast", CLMLP_F32);
    check_device("opencl+clblast", CLMLP_F64);
}

static void check_fault(clmlp_device *device, const wrong_gradient *fault, clmlp_output output)
{
    clmlp_gradcheck_config config = quick(fault->needs_decay ? 0.7 : 0.0);
    config.input_scale = false; /* whether its gradient is off, too, depends on the fault */
    clmlp_gradcheck_result result = {.size = sizeof result};
    clmlp_dataset *data = random_data(37, 12, 5, output, 3);
    clmlp_model *model = random_model(data, (size_t[]){17}, 1, CLMLP_TANH, output, 3);
    build_in(device->backend, fault);
    OK(clmlp_gradcheck(model, data, device, &config, &result, error));
    cr_assert_not(result.passed, "%s passed", fault->name);
    cr_assert_str_eq(result.device_failure.equation, fault->output_delta != NULL   ? "output_delta"
                                                     : fault->hidden_delta != NULL ? "hidden_delta"
                                                                                   : "gradient");
    for (size_t l = 0; l < result.count; l++) {
        const clmlp_gradcheck_layer *const layer = &result.layers[l];
        const bool wrong = fault->everywhere || l == 0;
        cr_assert_eq(layer->failed, 0, "the CPU path in double is blamed for %s", fault->name);
        cr_assert_eq(layer->device_failed > 0, wrong, "%s: %zu failed in theta(%zu)", fault->name,
                     layer->device_failed, l + 1);
        if (!wrong) continue;
        const clmlp_finding *const gradient = &layer->device_gradient;
        if (fault->biases_only) cr_assert_eq(gradient->worst % gradient->columns, 0, "%s", fault->name);
    }
    clmlp_free(result.layers);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

static void check_faults(const char *spec)
{
    size_t count;
    const wrong_gradient *const faults = wrong_gradients(&count);
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    for (size_t f = 0; f < count; f++) {
        for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
            check_fault(device, &faults[f], (clmlp_output)output);
        }
    }
    build_in(device->backend, NULL);
    clmlp_device_close(device);
}

Test(gradcheck_device, catches_every_fault_of_the_cpu_path_in_float)
{
    check_faults("cpu");
}

Test(gradcheck_device, catches_every_fault_of_native)
{
    check_faults("opencl+native");
}

Test(gradcheck_device, catches_every_fault_of_clblast)
{
    check_faults("opencl+clblast");
}
