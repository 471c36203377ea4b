/* test_profile.c - kernel times: every launch counted, results unchanged. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "networks.h"

static clmlp_device *open_profiled(const char *spec, clmlp_precision precision, bool profile)
{
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_device *device = NULL;
    where.spec = spec;
    if (strcmp(spec, "cpu") != 0) where.engine = CLMLP_ENGINE_CLBLAST;
    where.precision = precision;
    where.profile = profile;
    OK(clmlp_device_open(&device, &where, error));
    return device;
}

static const clmlp_kernel_time *find(const clmlp_kernel_time *times, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(times[i].name, name) == 0) return &times[i];
    }
    cr_assert_fail("no kernel %s", name);
    return NULL;
}

/* 600 steps: more launches than are kept before their times are collected. timed: the epoch to be timed, or 0. */
static clmlp_model *train_timed(clmlp_device *device, size_t timed)
{
    clmlp_dataset *data = cloud_data(80, 6, 3, 1);
    clmlp_model *model = model_for(data, (const size_t[]){5}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 60;
    config.batch = 8;
    config.timed_epoch = timed;
    clmlp_train_result result = {.size = sizeof result};
    OK(clmlp_train(model, device, data, NULL, &config, &result, error));
    cr_assert_eq(result.steps, 600);
    clmlp_dataset_destroy(data);
    return model;
}

static clmlp_model *train(clmlp_device *device)
{
    return train_timed(device, 0);
}

Test(profile, counts_every_launch_of_a_training_once)
{
    clmlp_device *device = open_profiled("opencl", CLMLP_F32, true);
    clmlp_model_destroy(train(device));
    clmlp_kernel_time *times = NULL;
    size_t count = 0;
    OK(clmlp_device_kernel_times(device, &times, &count, error));
    double last = INFINITY, total = 0.0;
    for (size_t i = 0; i < count; i++) {
        cr_assert(times[i].milliseconds >= 0.0 && times[i].milliseconds <= last, "%s: %g ms after %g", times[i].name,
                  times[i].milliseconds, last);
        last = times[i].milliseconds;
        total += last;
    }
    cr_assert(isfinite(total) && total > 0.0);
    cr_assert_eq(find(times, count, "descend")->calls, 600 * 2);
    cr_assert_eq(find(times, count, "clblast_gemm_tn")->calls, 600 * 2);
    cr_assert_eq(find(times, count, "clblast_gemm_nn")->calls, 600);
    cr_assert_eq(find(times, count, "multiply_derivative")->calls, 600);
    cr_assert_eq(find(times, count, "clblast_gemm_nn")->flops, 600.0 * 2 * 8 * 5 * 3);
    cr_assert_eq(find(times, count, "descend")->flops, 0.0);
    free(times);

    OK(clmlp_device_kernel_times(device, &times, &count, error));
    cr_assert(times == NULL && count == 0, "read twice");
    clmlp_device_close(device);
}

Test(profile, changes_no_bit_of_the_result)
{
    clmlp_device *plain = open_profiled("opencl", CLMLP_F32, false);
    clmlp_device *recording = open_profiled("opencl", CLMLP_F32, true);
    clmlp_model *a = train(plain), *b = train(recording);
    for (size_t l = 1; l < 3; l++) {
        const size_t count = clmlp_model_units(a, l + 1) * (clmlp_model_units(a, l) + 1);
        cr_assert_eq(memcmp(clmlp_model_theta(a, l), clmlp_model_theta(b, l), count * sizeof(double)), 0);
    }
    clmlp_model_destroy(a);
    clmlp_model_destroy(b);
    clmlp_device_close(plain);
    clmlp_device_close(recording);
}

Test(profile, without_it_nothing_is_recorded)
{
    static const char *const specs[] = {"cpu", "opencl"};
    for (size_t i = 0; i < 2; i++) {
        clmlp_device *device = open_profiled(specs[i], CLMLP_F32, false);
        clmlp_model_destroy(train(device));
        clmlp_kernel_time *times = NULL;
        size_t count = 1;
        OK(clmlp_device_kernel_times(device, &times, &count, error));
        cr_assert(times == NULL && count == 0);
        clmlp_device_close(device);
    }
}

/* An epoch has 10 steps; all other epochs, and the scores at the end, are not timed. */
static void check_epoch(const char *spec, size_t timed, size_t epochs)
{
    clmlp_device *device = open_profiled(spec, CLMLP_F32, false);
    clmlp_kernel_time *times = NULL;
    size_t count = 0;
    const bool host = strcmp(spec, "cpu") == 0;
    clmlp_model_destroy(train_timed(device, timed));
    OK(clmlp_device_kernel_times(device, &times, &count, error));
    cr_assert_eq(count > 0, epochs > 0, "%s: %zu kernels", spec, count);
    if (epochs > 0) {
        cr_assert_eq(find(times, count, host ? "update" : "descend")->calls, epochs * 10 * 2);
        const clmlp_kernel_time *const product = find(times, count, host ? "hidden_delta" : "clblast_gemm_nn");
        cr_assert_eq(product->calls, epochs * 10);
        cr_assert_eq(product->flops, (double)epochs * 10 * 2 * 8 * 5 * 3);
        cr_assert(product->milliseconds >= 0.0 && product->milliseconds < 1e5);
    }
    free(times);
    clmlp_device_close(device);
}

Test(profile, of_an_epoch_has_the_launches_of_that_epoch_alone)
{
    check_epoch("cpu", 2, 1);
    check_epoch("opencl", 60, 1);
    check_epoch("opencl", 61, 0);
}

/* The native engine fuses steps but where it is timed. */
Test(profile, of_an_epoch_changes_no_bit_of_the_result)
{
    static const char *const specs[] = {"cpu", "opencl"};
    for (size_t i = 0; i < 2; i++) {
        clmlp_device_options where = clmlp_device_options_default();
        clmlp_device *device = NULL;
        where.spec = specs[i];
        if (i == 1) where.engine = CLMLP_ENGINE_NATIVE;
        OK(clmlp_device_open(&device, &where, error));
        clmlp_model *a = train(device), *b = train_timed(device, 30);
        for (size_t l = 1; l < 3; l++) {
            const size_t count = clmlp_model_units(a, l + 1) * (clmlp_model_units(a, l) + 1);
            cr_assert_eq(memcmp(clmlp_model_theta(a, l), clmlp_model_theta(b, l), count * sizeof(double)), 0);
        }
        clmlp_model_destroy(a);
        clmlp_model_destroy(b);
        clmlp_device_close(device);
    }
}

static void check_step(clmlp_precision precision, bool recording)
{
    clmlp_device *device = open_profiled("opencl", precision, recording);
    clmlp_model *model = NULL;
    const size_t layers[] = {20, 12, 3};
    clmlp_bench_config config = clmlp_bench_config_default();
    clmlp_bench_step_result r = {.size = sizeof r};
    config.seconds = 0.02;
    OK(clmlp_model_create(&model, 3, layers, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1, error));
    OK(clmlp_bench_step(device, model, 9, &config, &r, error));
    double calls = 0.0, flops = 0.0, total = 0.0;
    for (size_t i = 0; i < r.kernel_count; i++) {
        calls += (double)r.kernels[i].calls;
        flops += r.kernels[i].flops;
        total += r.kernels[i].milliseconds;
        cr_assert_eq(r.kernels[i].calls % r.profiled_steps, 0, "%s: %zu calls in %zu steps", r.kernels[i].name,
                     (size_t)r.kernels[i].calls, r.profiled_steps);
    }
    /* gather x and y; GEMM and activate; GEMM, output_rows and add_scores; GEMM and multiply_derivative;
     * GEMM and descend for each layer */
    cr_assert_eq(r.launches, 2 + 2 + 3 + 2 + 4, "%g launches a step", r.launches);
    cr_assert_eq(calls, (double)r.profiled_steps * r.launches);
    cr_assert_eq(flops, (double)r.profiled_steps * r.flops, "%g operations", flops);
    cr_assert(total > 0.0 && r.profiled_milliseconds > 0.0);
    cr_assert_eq(r.steps_per_launch, 0.0);
    cr_assert(fabs(r.host_microseconds_per_launch * r.launches - r.host_microseconds) <= 1e-9 * r.host_microseconds);

    config.kernels = false;
    OK(clmlp_bench_step(device, model, 9, &config, &r, error));
    cr_assert(r.kernel_count == 0 && r.profiled_steps == 0);
    clmlp_model_destroy(model);
    clmlp_device_close(device);
}

/* Both families of kernels, with an output layer that shares a launch with its product, and one too wide. */
Test(profile, of_the_native_engine_adds_up_to_the_operations_of_a_step)
{
    static const char *const families[] = {"cpu", "gpu"};
    static const size_t layers[][4] = {{20, 12, 7, 3}, {20, 12, 7, 45}};
    clmlp_bench_config config = clmlp_bench_config_default();
    clmlp_device_options where = clmlp_device_options_default();
    config.seconds = 0.02;
    where.spec = "opencl";
    where.engine = CLMLP_ENGINE_NATIVE;
    for (size_t i = 0; i < 4; i++) {
        clmlp_device *device = NULL;
        clmlp_model *model = NULL;
        clmlp_bench_step_result r = {.size = sizeof r};
        cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", families[i / 2], 1), 0);
        OK(clmlp_device_open(&device, &where, error));
        OK(clmlp_model_create(&model, 4, layers[i % 2], CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1, error));
        OK(clmlp_bench_step(device, model, 9, &config, &r, error));
        double calls = 0.0, flops = 0.0;
        for (size_t k = 0; k < r.kernel_count; k++) {
            calls += (double)r.kernels[k].calls;
            flops += r.kernels[k].flops;
        }
        cr_assert_eq(calls, (double)r.profiled_steps * r.launches);
        cr_assert_eq(flops, (double)r.profiled_steps * r.flops, "%s, %zu outputs: %g operations of %g", families[i / 2],
                     layers[i % 2][3], flops / (double)r.profiled_steps, r.flops);
        clmlp_model_destroy(model);
        clmlp_device_close(device);
    }
}

Test(profile, of_a_step_holds_every_launch_and_operation)
{
    check_step(CLMLP_F32, false);
    check_step(CLMLP_F64, false);
    check_step(CLMLP_F32, true);
}
