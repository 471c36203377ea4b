/* test_bundle.c - bundles: every bit comes back, wrong files are refused, replay. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_steps.h"

/* All that is awkward to write as text. */
static void make_awkward(clmlp_step_record *step)
{
    const bool is_double = step->precision == CLMLP_F64;
    const double numbers[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -0.0,
                              is_double ? DBL_MIN / 1024.0 : (double)(FLT_MIN / 1024.0F),
                              is_double ? DBL_MAX : (double)FLT_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) step->theta[0][i] = step->x[i] = numbers[i];
}

static void check_round_trip(clmlp_precision precision)
{
    clmlp_model *model = NULL, *read_model = NULL;
    clmlp_step_record *step = random_step(&model, 6, precision, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX), *read = NULL;
    static const double dropout = 0.1;
    const clmlp_bundle_info info = some_info(precision);
    clmlp_bundle_info read_info = {.size = sizeof read_info}, only_info = {.size = sizeof only_info};
    char *path = scratch_file(precision == CLMLP_F32 ? "bundle-f32.safetensors" : "bundle-f64.safetensors");
    make_awkward(step);
    const clmlp_descent descent = {.rule = {.optimizer = CLMLP_MOMENTUM, .rate = 0.1, .momentum = 0.75,
                                            .clip_norm = 0.625},
                                   .decay = step->descent.decay,
                                   .dropout = {.p = &dropout, .count = precision == CLMLP_F64, .seed = info.seed}};
    OK(clmlp_step_record_set_descent(step, &descent, error));
    for (size_t i = 0; i < 4 * 6; i++) step->state[0][0][i] = (double)i;
    step->state[0][1][0] = (double)INFINITY;
    if (precision == CLMLP_F64) give_weights(step);
    OK(clmlp_bundle_write(path, model, step, &info, error));
    OK(clmlp_bundle_read(path, &read_model, &read, &read_info, error));
    OK(clmlp_bundle_read_info(path, &only_info, error));
    cr_assert_eq(read->M, 6);
    cr_assert_eq(read->precision, precision);
    cr_assert_eq(read->descent.rule.rate, step->descent.rule.rate);
    cr_assert_eq(read->descent.decay, step->descent.decay);
    cr_assert_eq(read->descent.rule.optimizer, CLMLP_MOMENTUM);
    cr_assert_eq(read->descent.rule.momentum, 0.75);
    cr_assert_eq(read->descent.rule.clip_norm, 0.625);
    cr_assert_eq(read->number, info.step);
    cr_assert_eq(read->descent.dropout.count, step->descent.dropout.count);
    if (step->descent.dropout.count > 0) {
        cr_assert_eq(read->descent.dropout.p[0], dropout);
        cr_assert_eq(read->descent.dropout.seed, info.seed);
    }
    cr_assert_eq(memcmp(read->state[0][0], step->state[0][0], 4 * 6 * sizeof(double)), 0);
    cr_assert_eq(memcmp(read->state[0][1], step->state[0][1], 3 * 5 * sizeof(double)), 0);
    cr_assert_eq(memcmp(read->x, step->x, 6 * 5 * sizeof(double)), 0);
    cr_assert_eq(memcmp(read->y, step->y, 6 * 3 * sizeof(double)), 0);
    cr_assert_eq(read->w != NULL, step->w != NULL);
    if (step->w != NULL) cr_assert_eq(memcmp(read->w, step->w, 6 * sizeof(double)), 0);
    cr_assert_eq(memcmp(read->theta[0], step->theta[0], 4 * 6 * sizeof(double)), 0);
    cr_assert_eq(memcmp(read->theta[1], step->theta[1], 3 * 5 * sizeof(double)), 0);
    cr_assert_eq(memcmp(&read_info, &only_info, sizeof read_info), 0);
    cr_assert_str_eq(read_info.why, "self-check: \"delta(2)\" \\ ?");
    cr_assert_str_eq(read_info.device, info.device);
    cr_assert_str_eq(read_info.driver, info.driver);
    cr_assert_str_eq(read_info.engine, info.engine);
    cr_assert_str_eq(read_info.tiles, info.tiles);
    cr_assert_str_eq(read_info.version, info.version);
    cr_assert_eq(read_info.precision, precision);
    cr_assert_eq(read_info.step, info.step);
    cr_assert_eq(read_info.M, 6);
    cr_assert_eq(read_info.seed, info.seed);
    cr_assert_eq(read_model->activation, CLMLP_TANH);
    cr_assert_eq(read_model->output, CLMLP_OUTPUT_SOFTMAX);
    clmlp_step_record_destroy(read);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(read_model);
    clmlp_model_destroy(model);
    free(path);
}

Test(bundle, gives_every_bit_back_in_float) { check_round_trip(CLMLP_F32); }
Test(bundle, gives_every_bit_back_in_double) { check_round_trip(CLMLP_F64); }

Test(bundle, keeps_a_scale_of_the_inputs)
{
    for (int precision = 0; precision < 2; precision++) {
        clmlp_model *model = NULL, *read_model = NULL;
        clmlp_step_record *step = scaled_step(&model, precision == 0 ? CLMLP_F32 : CLMLP_F64), *read = NULL;
        clmlp_bundle_info info = some_info(precision == 0 ? CLMLP_F32 : CLMLP_F64);
        char *path = scratch_file("bundle-scale.safetensors");
        if (precision == 1) give_weights(step);
        OK(clmlp_bundle_write(path, model, step, &info, error));
        OK(clmlp_bundle_read(path, &read_model, &read, &info, error));
        cr_assert_eq(read->descent.input_scale_rate, 6.5);
        cr_assert_not_null(read->scale);
        cr_assert_eq(memcmp(read->scale->raw, step->scale->raw, 4 * 6 * sizeof(double)), 0);
        cr_assert_eq(memcmp(read->scale->scale, step->scale->scale, 6 * sizeof(double)), 0);
        for (size_t k = 0; k < 2; k++) {
            cr_assert_eq(memcmp(read->scale->state[k], step->scale->state[k], 6 * sizeof(double)), 0);
        }
        cr_assert_eq(read->w != NULL, step->w != NULL);
        clmlp_step_record_destroy(read);
        clmlp_step_record_destroy(step);
        clmlp_model_destroy(read_model);
        clmlp_model_destroy(model);
        free(path);
    }
}

/* The rate of that step, without the run that it belongs to; what it says is checked. */
Test(bundle, keeps_the_rate_of_the_step)
{
    clmlp_model *model = NULL, *read_model = NULL;
    clmlp_step_record *step = random_step(&model, 6, CLMLP_F32, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX), *read = NULL;
    clmlp_bundle_info info = some_info(CLMLP_F32), read_info = {.size = sizeof read_info};
    char *path = scratch_file("bundle-schedule.safetensors");
    const clmlp_descent descent = {
        .rule = {.optimizer = CLMLP_SGD, .rate = 0.75, .momentum = 0.9,
                 .schedule = {.set = {.kind = CLMLP_SCHEDULE_LINEAR, .warmup = {2, 0.0}}, .steps = 8}}};
    OK(clmlp_step_record_set_descent(step, &descent, error));
    for (info.step = 1; info.step <= 6; info.step += 5) { /* in the warm-up it is 0, then (1 - 3/6) 0.75 */
        OK(clmlp_bundle_write(path, model, step, &info, error));
        OK(clmlp_bundle_read(path, &read_model, &read, &read_info, error));
        const double rate = clmlp_rule_of_step(&read->descent.rule, read->s, 1, read->number).numbers[UPDATE_RATE];
        cr_assert(rate == (info.step == 1 ? 0.0 : 0.375), "step %zu: %.17g", info.step, rate);
        cr_assert(read->descent.rule.rate == 0.75);
        clmlp_step_record_destroy(read);
        clmlp_model_destroy(read_model);
    }
    damage(path, "\"clmlp.replay.step_rate\":\"0.375", "\"clmlp.replay.step_rate\":\"9.375");
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_bundle_read_info(path, &read_info, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "clmlp.replay.step_rate is \"9.375"), "%s", error.message);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    free(path);
}

Test(bundle, describes_what_computes)
{
    clmlp_device *device = open_device("opencl+native", CLMLP_F64, 0);
    clmlp_bundle_info info = {.step = 3};
    clmlp_bundle_describe(&info, device);
    cr_assert_str_eq(info.device, clmlp_device_get_info(device)->name);
    cr_assert_str_eq(info.driver, clmlp_device_get_info(device)->driver);
    cr_assert_str_eq(info.engine, "native");
    cr_assert_str_eq(info.tiles, clmlp_device_tiles(device));
    cr_assert_str_eq(info.version, clmlp_version());
    cr_assert_eq(info.precision, CLMLP_F64);
    cr_assert_eq(info.step, 3);
    clmlp_device_close(device);
}
