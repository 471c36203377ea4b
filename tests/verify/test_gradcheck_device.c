/* A device's gradient against the one in double: what is right passes, on every engine and in both precisions; what is
 * wrong does not. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "clmlp/gradcheck.h"
#include "networks.h"
#include "verify/gradcheck.h"
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
    return config;
}

static double check(clmlp_device *device, const char *spec, size_t layers, clmlp_activation g, clmlp_output output,
                    double lambda, uint64_t seed)
{
    const size_t hidden[] = {17, 9, 33};
    const clmlp_gradcheck_config config = quick(lambda);
    clmlp_gradcheck_result result;
    double largest = 0.0;
    clmlp_dataset *data = random_data(37, 12, 5, output, seed);
    clmlp_model *model = random_model(data, hidden, layers, g, output, seed);
    OK(clmlp_gradcheck(model, data, device, &config, &result, error));
    cr_assert(result.has_device);
    for (size_t l = 0; l < result.count; l++) {
        const clmlp_gradcheck_layer *const layer = &result.layers[l];
        cr_assert_eq(layer->device_failed, 0, "%s, %zu hidden layers, %s, %s, lambda %g: theta(%zu)[%zu,%zu]: found "
                     "%.9g, expected %.9g +- %g", spec, layers, clmlp_activation_name(g), clmlp_output_name(output),
                     lambda, layer->layer, layer->device_row, layer->device_column, layer->device_found,
                     layer->device_expected, layer->device_bound);
        largest = fmax(largest, layer->device_max_of_bound);
    }
    cr_assert(result.passed);
    clmlp_gradcheck_result_free(&result);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return largest;
}

static void check_device(const char *spec, clmlp_precision precision)
{
    double largest = 0.0, smallest = INFINITY;
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    const bool able = precision == CLMLP_F32 || clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    if (!able) return;
    device = open_device(spec, precision, 0);
    for (size_t layers = 0; layers <= 3; layers++) {
        for (int g = CLMLP_SIGMOID; g <= CLMLP_LINEAR; g++) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                for (uint64_t seed = 1; seed <= 2; seed++) {
                    const double worst = check(device, spec, layers, (clmlp_activation)g, (clmlp_output)output,
                                               seed == 1 ? 0.0 : 0.7, seed);
                    largest = fmax(largest, worst);
                    smallest = fmin(smallest, worst);
                }
            }
        }
    }
    (void)printf("%-15s %s: worst element of a network at %.4f to %.4f of its bound\n", spec,
                 clmlp_precision_name(precision), smallest, largest);
    cr_assert(largest > 0.01, "a bound a hundred times too wide finds little: %g", largest);
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
    const clmlp_gradcheck_config config = quick(fault->needs_decay ? 0.7 : 0.0);
    clmlp_gradcheck_result result;
    clmlp_dataset *data = random_data(37, 12, 5, output, 3);
    clmlp_model *model = random_model(data, (size_t[]){17}, 1, CLMLP_TANH, output, 3);
    build_in(device->backend, fault);
    OK(clmlp_gradcheck(model, data, device, &config, &result, error));
    cr_assert_not(result.passed, "%s passed", fault->name);
    for (size_t l = 0; l < result.count; l++) {
        const clmlp_gradcheck_layer *const layer = &result.layers[l];
        const bool wrong = fault->everywhere || l == 0;
        cr_assert_eq(layer->failed, 0, "the CPU path in double is blamed for %s", fault->name);
        cr_assert_eq(layer->device_failed > 0, wrong, "%s: %zu failed in theta(%zu)", fault->name,
                     layer->device_failed, l + 1);
        if (wrong && fault->biases_only) cr_assert_eq(layer->device_column, 0, "%s", fault->name);
    }
    clmlp_gradcheck_result_free(&result);
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
