/* bundle_replay.c - the step of a bundle, done again on every device. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_steps.h"
#include "faults.h"

static const char *const devices[] = TEST_SUBJECTS;

/* Replay a step on a device. */
static clmlp_replay_result *replay(clmlp_step_record *step, clmlp_model *model, const char *name, const char *spec,
                                  clmlp_precision precision)
{
    clmlp_replay_result *result = NULL;
    clmlp_device *device = open_device(spec, precision, 0);
    char *path = scratch_file(name);
    const clmlp_bundle_info info = some_info(step->precision);
    OK(clmlp_bundle_write(path, model, step, &info, error));
    OK(clmlp_verify_replay(path, device, &result, error));
    clmlp_device_close(device);
    free(path);
    return result;
}

Test(bundle, replays_within_bounds_on_every_device)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (int precision = 0; precision < 3; precision++) { /* f32, f64, f32 in f64 */
            const clmlp_precision of_bundle = precision == 1 ? CLMLP_F64 : CLMLP_F32;
            clmlp_model *model = NULL;
            clmlp_step_record *step = random_step(&model, 33, of_bundle, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
            if (precision > 0) give_weights(step);
            clmlp_replay_result *result =
                replay(step, model, "bundle-replay.safetensors", devices[d], precision == 0 ? CLMLP_F32 : CLMLP_F64);
            cr_assert(result->here.passed, "%s", devices[d]);
            cr_assert_null(result->here.first_failure);
            cr_assert(result->reference_finite);
            cr_assert_gt(result->here.count, 5);
            cr_assert_eq(result->info.step, 123456789);
            for (size_t i = 0; i < result->here.count; i++) cr_assert_eq(result->here.findings[i].step, 123456789);
            clmlp_replay_result_destroy(result);
            clmlp_step_record_destroy(step);
            clmlp_model_destroy(model);
        }
    }
}

Test(bundle, with_a_scale_of_the_inputs_is_replayed_on_every_device)
{
    for (size_t d = 0; d < 2 * TEST_SUBJECT_COUNT; d++) {
        clmlp_model *model = NULL;
        clmlp_step_record *step = scaled_step(&model, CLMLP_F32);
        clmlp_replay_result *result =
            replay(step, model, "bundle-scale-replay.safetensors", devices[d / 2], d % 2 == 0 ? CLMLP_F32 : CLMLP_F64);
        size_t scales = 0;
        for (size_t i = 0; i < result->here.count; i++) {
            scales += result->here.findings[i].quantity == CLMLP_QUANTITY_SCALE;
        }
        cr_assert(result->here.passed, "%s", devices[d / 2]);
        cr_assert_eq(scales, 1);
        cr_assert(result->reference_finite);
        clmlp_replay_result_destroy(result);
        clmlp_step_record_destroy(step);
        clmlp_model_destroy(model);
    }
}

Test(bundle, in_double_is_not_replayed_in_float)
{
    clmlp_model *model = NULL;
    clmlp_step_record *step = random_step(&model, 4, CLMLP_F64, CLMLP_TANH, CLMLP_OUTPUT_LINEAR);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_replay_result *result = NULL;
    clmlp_error why = {.message = ""};
    char *path = scratch_file("bundle-double.safetensors");
    const clmlp_bundle_info info = some_info(CLMLP_F64);
    OK(clmlp_bundle_write(path, model, step, &info, error));
    cr_assert_eq(clmlp_verify_replay(path, device, &result, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "--precision f64"), "%s", why.message);
    clmlp_replay_result_destroy(result);
    clmlp_device_close(device);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    free(path);
}

/* Written by hand: training does not begin with such numbers. */
static void refuse_settings(const clmlp_descent *descent, const char *expected)
{
    clmlp_model *model = NULL;
    clmlp_step_record *step = random_step(&model, 4, CLMLP_F32, CLMLP_TANH, CLMLP_OUTPUT_LINEAR);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_replay_result *result = NULL;
    clmlp_error why = {.message = ""};
    char *path = scratch_file("bundle-settings.safetensors");
    const clmlp_bundle_info info = some_info(CLMLP_F32);
    OK(clmlp_step_record_set_descent(step, descent, error));
    OK(clmlp_bundle_write(path, model, step, &info, error));
    cr_assert_eq(clmlp_verify_replay(path, device, &result, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_null(result);
    cr_assert_not_null(strstr(why.message, expected), "%s", why.message);
    clmlp_device_close(device);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    free(path);
}

Test(bundle, with_numbers_that_are_infinite_in_float_is_not_replayed_in_float)
{
    refuse_settings(&(clmlp_descent){.rule = {.rate = 0.5, .momentum = 0.9}, .decay = 1e39},
                    "bundle-settings.safetensors: has steps with lambda / m = 1e+39, which is beyond the largest "
                    "number of f32");
    refuse_settings(&(clmlp_descent){.rule = {.rate = 1e39, .momentum = 0.9}}, "(--rate) is 1e+39");
}

/* Products of 1e30 are infinite in float: no device is to blame. */
Test(bundle, tells_when_the_mathematics_diverged)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_model *model = NULL;
        clmlp_step_record *step = random_step(&model, 4, CLMLP_F32, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR);
        for (size_t i = 0; i < 4 * 6; i++) step->theta[0][i] = (double)1e30F;
        for (size_t i = 0; i < 3 * 5; i++) step->theta[1][i] = (double)1e30F;
        clmlp_replay_result *result = replay(step, model, "bundle-diverged.safetensors", devices[d], CLMLP_F32);
        cr_assert_not(result->reference_finite, "%s", devices[d]);
        cr_assert(result->here.passed, "%s: %s(%zu) found %g, expected %g", devices[d],
                  clmlp_quantity_name(result->here.first_failure->quantity), result->here.first_failure->layer,
                  result->here.first_failure->found, result->here.first_failure->expected);
        clmlp_replay_result_destroy(result);
        clmlp_step_record_destroy(step);
        clmlp_model_destroy(model);
    }
}

Test(bundle, tells_when_the_device_is_wrong)
{
    clmlp_model *model = NULL;
    clmlp_step_record *step = random_step(&model, 9, CLMLP_F32, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("bundle", "native_cpu/layers.cl", "acc[r][v] * slope", "acc[r][v] * slope / ZERO * ZERO");
    clmlp_replay_result *result = replay(step, model, "bundle-wrong.safetensors", "opencl+native", CLMLP_F32);
    cr_assert(result->reference_finite);
    cr_assert_not(result->here.passed);
    cr_assert_eq(result->here.first_failure->quantity, CLMLP_QUANTITY_DELTA);
    cr_assert_eq(result->here.first_failure->layer, 2);
    cr_assert(isnan(result->here.first_failure->found));
    clmlp_replay_result_destroy(result);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
}
