/* test_bundle.c - bundles: every bit comes back, wrong files are refused, replay. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "steps.h"
#include "verify/step/bundle.h"

static const char *const devices[] = TEST_SUBJECTS;

static clmlp_bundle_info some_info(clmlp_precision precision)
{
    return (clmlp_bundle_info){.why = "self-check: \"delta(2)\" \\ \xff",
                               .device = "a \xc3\xa9 device",
                               .driver = "1.2",
                               .engine = "native",
                               .tiles = "4x3x4",
                               .version = "0.1.0",
                               .precision = precision,
                               .step = 123456789,
                               .M = 6,
                               .seed = UINT64_MAX};
}

/* --- writing and reading --------------------------------------------------------------------------------------- */

/* All that is awkward to write as text. */
static void make_awkward(clmlp_step_record *step)
{
    const bool is_double = step->precision == CLMLP_F64;
    const double numbers[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -0.0,
                              is_double ? DBL_MIN / 1024.0 : (double)(FLT_MIN / 1024.0F),
                              is_double ? DBL_MAX : (double)FLT_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) step->theta[0][i] = step->x[i] = numbers[i];
}

/* Exact in float. */
static void give_weights(clmlp_step_record *step)
{
    OK(clmlp_step_record_weigh(step, error));
    for (size_t r = 0; r < step->M; r++) step->w[r] = 0.25 * (double)(r % 5);
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

static void damage(const char *path, const char *from, const char *to);

/* A step with a scale of the inputs; the caller destroys both. */
static clmlp_step_record *scaled_step(clmlp_model **model, clmlp_precision precision)
{
    clmlp_step_record *step = random_step(model, 6, precision, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
    const clmlp_descent descent = {.rule = {.optimizer = CLMLP_ADAM, .rate = 0.1, .beta1 = 0.5, .beta2 = 0.75,
                                            .epsilon = 0.125, .bias_rate = 1.0},
                                   .decay = 0.25, .input_scale_rate = 6.5};
    OK(clmlp_step_record_set_descent(step, &descent, error));
    for (size_t i = 0; i < 6; i++) { /* theta(1) is [4 x 6]; powers of 2, so that it is raw diag(s) exactly */
        step->scale->scale[i] = i == 0 ? 1.0 : ldexp(1.0, (int)i - 3);
        for (size_t k = 0; k < 2; k++) step->scale->state[k][i] = 0.5 + (double)i + (double)k;
    }
    for (size_t i = 0; i < 4 * 6; i++) step->scale->raw[i] = step->theta[0][i] / step->scale->scale[i % 6];
    return step;
}

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

/* --- files that are none ---------------------------------------------------------------------------------------- */

/* A bundle with `from` replaced by `to`, as long, in its header; what reading it says. */
static void damage(const char *path, const char *from, const char *to)
{
    static char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file), length = strlen(from);
    (void)fclose(file);
    cr_assert_eq(length, strlen(to));
    size_t at = 0;
    while (at + length <= size && memcmp(bytes + at, from, length) != 0) at++;
    cr_assert_leq(at + length, size, "'%s' is not in the file", from);
    memcpy(bytes + at, to, length);
    file = fopen(path, "wb");
    (void)fwrite(bytes, 1, size, file);
    (void)fclose(file);
}

typedef struct damaged {
    const char *from, *to, *message; /* after "FILE: " */
} damaged;

static const damaged cases[] = {
    {"clmlp.replay.step", "clmlp.replay.stop", "not a replay bundle: no \"clmlp.replay.step\" in its metadata"},
    {"clmlp.replay.why", "clmlp.replay.who", "not a replay bundle: no \"clmlp.replay.why\" in its metadata"},
    {"\"123456789\"", "\"12345678.\"",
     "clmlp.replay.step is \"12345678.\" (expected a whole number of at most 64 bits)"},
    {"\"123456789\"", "\"-23456789\"",
     "clmlp.replay.step is \"-23456789\" (expected a whole number of at most 64 bits)"},
    {"\"18446744073709551615\"", "\"18446744073709551616\"",
     "clmlp.replay.seed is \"18446744073709551616\" (expected a whole number of at most 64 bits)"},
    {"\"clmlp.replay.rate\":\"0.1", "\"clmlp.replay.rate\":\"-.1",
     "clmlp.replay.rate is \"-.10000000000000001\" (expected a finite number >= 0)"},
    {"\"0.33333333333333331\"", "\"infinity___________\"",
     "clmlp.replay.decay is \"infinity___________\" (expected a finite number >= 0)"},
    {"\"5,4,3\"", "\"5,4,9\"", "2.weight is [3 x 4] (expected [9 x 4])"},
    {"\"5,4,3\"", "\"9,4,3\"", "0.weight is [4 x 5] (expected [4 x 9])"},
    {"\"5,4,3\"", "\"5,0,3\"", "clmlp.layers is \"5,0,3\" (expected sizes of layers such as 784,25,10)"},
    {"\"5,4,3\"", "\"5,4,,\"", "clmlp.layers is \"5,4,,\" (expected sizes of layers such as 784,25,10)"},
    {"\"5,4,3\"", "\"54321\"", "clmlp.layers is \"54321\" (expected 2 or more sizes of layers)"},
    {"\"5,4,3\"", "\"5,4  \"", "clmlp.layers is \"5,4  \" (expected sizes of layers such as 784,25,10)"},
    {"\"5,4,3\"", "\"99999\"", "clmlp.layers is \"99999\" (expected 2 or more sizes of layers)"},
    {"\"x\":{", "\"q\":{", "there is no tensor \"x\""},
    {"\"y\":{", "\"q\":{", "there is no tensor \"y\""},
    {"\"2.bias\":{", "\"2.bios\":{", "there is no tensor \"2.bias\""},
    {"\"shape\":[6,3]", "\"shape\":[3,6]", "y is [3 x 6] (expected [6 x 3])"},
    {"\"shape\":[6,5]", "\"shape\":[5,6]", "x is [5 x 6] (expected [M x 5])"},
    {"\"shape\":[6,5]", "\"shape\":[30 ]", "x has 1 dimensions (expected 2)"},
    {"\"0.10000000000000001\"", "\"0.00000000000000000\"",
     "clmlp.replay.rate is \"0.00000000000000000\" (expected a number > 0)"},
    {"\"clmlp.activation\"", "\"clmlp.activating\"",
     "not a replay bundle: no \"clmlp.activation\" in its metadata"},
    {"\"clmlp.output\"", "\"clmlp.outlet\"", "not a replay bundle: no \"clmlp.output\" in its metadata"},
    {"\"tanh\"", "\"tonh\"", "clmlp.activation is \"tonh\" (expected one of: sigmoid tanh"},
    {"\"tanh\"", "\"step\"", "clmlp.activation is \"step\" (expected one that can be trained with)"},
    {"dropout\":\"0.5\"", "dropout\":\"1.5\"",
     "clmlp.replay.dropout is \"1.5\" (expected numbers >= 0 and < 1, one for all hidden layers or one for each)"},
    {"dropout\":\"0.5\"", "dropout\":\".5,\"", "clmlp.replay.dropout is \".5,\" (expected"},
    {"dropout\":\"0.5\"", "dropout\":\"0,0\"", "clmlp.replay.dropout is \"0,0\" (expected"},
    {"\"clmlp.format_version\":\"1\"", "\"clmlp.format_version\":\"9\"", "format version 9, written by clmlp"},
};

/* Of a step by momentum. */
static const damaged momentum_cases[] = {
    {"clmlp.replay.momentum", "clmlp.replay.momentun", "not a replay bundle: no \"clmlp.replay.momentum\" in its"},
    {"\"clmlp.replay.momentum\":\"0.75\"", "\"clmlp.replay.momentum\":\"5.00\"",
     "clmlp.replay.momentum is \"5.00\" (expected a number >= 0 and < 1)"},
    {"\"clmlp.replay.momentum\":\"0.75\"", "\"clmlp.replay.momentum\":\"0.7?\"",
     "clmlp.replay.momentum is \"0.7?\" (expected a finite number >= 0)"},
    {"\"state.1.2\":{", "\"state.1.3\":{", "there is no tensor \"state.1.2\""},
};

/* Of a step by momentum with weights. */
static const damaged weighed_cases[] = {
    {"\"shape\":[6,1]", "\"shape\":[1,6]", "w is [1 x 6] (expected [6 x 1])"},
    {"\"w\":{", "\"v\":{", "9 tensors (expected 8: theta of 3 layers, x and y, and the optimizer's state)"},
};

/* Of a step by adamw, with rates of 1 and 0.5. */
#define BAD_RATES(text) "clmlp.replay.layer_rates is \"" text "\" (expected a number > 0 for each theta(l))"
static const damaged adamw_cases[] = {
    {"rates\":\"1,0.5", "rates\":\"0,0.5", BAD_RATES("0,0.5")},
    {"rates\":\"1,0.5", "rates\":\"1;0.5", BAD_RATES("1;0.5")},
    {"rates\":\"1,0.5", "rates\":\"1,0,5", BAD_RATES("1,0,5")},
    {"clmlp.replay.beta2", "clmlp.replay.beta3", "not a replay bundle: no \"clmlp.replay.beta2\" in its metadata"},
    {"weight_decay\":\"0.25", "weight_decay\":\"-.25",
     "clmlp.replay.weight_decay is \"-.25\" (expected a finite number >= 0)"},
    {"state.2.1", "state.3.1", "there is no tensor \"state.2.1\""},
};

static clmlp_step_record *step_by(clmlp_optimizer optimizer, clmlp_model **model)
{
    static const double rates[] = {1.0, 0.5};
    clmlp_step_record *step = random_step(model, 6, CLMLP_F32, CLMLP_TANH, CLMLP_OUTPUT_LINEAR);
    static const double half = 0.5;
    clmlp_descent descent = step->descent;
    descent.rule.optimizer = optimizer;
    descent.rule.momentum = 0.75;
    descent.dropout = (clmlp_dropouts){.p = &half, .count = 1};
    descent.rule.beta1 = 0.5;
    descent.rule.beta2 = 0.75;
    descent.rule.epsilon = 0.125;
    descent.rule.weight_decay = 0.25;
    descent.rule.bias_rate = 2.0;
    if (optimizer == CLMLP_ADAMW) descent.rule.layer_rates = rates;
    OK(clmlp_step_record_set_descent(step, &descent, error));
    return step;
}

static void check_damaged(const damaged *damage_done, size_t count, clmlp_optimizer optimizer, bool weighed)
{
    for (size_t i = 0; i < count; i++) {
        const damaged *const d = &damage_done[i];
        clmlp_model *model = NULL, *read_model = NULL;
        clmlp_step_record *step = step_by(optimizer, &model), *read = NULL;
        if (weighed) give_weights(step);
        clmlp_bundle_info info = some_info(CLMLP_F32);
        clmlp_error why = {.message = ""};
        char expected[1024];
        char *path = scratch_file("bundle-damaged.safetensors");
        OK(clmlp_bundle_write(path, model, step, &info, error));
        damage(path, d->from, d->to);
        cr_assert_eq(clmlp_bundle_read(path, &read_model, &read, &info, &why), CLMLP_BAD_INPUT, "'%s' was read", d->to);
        (void)snprintf(expected, sizeof expected, "%s: %s", path, d->message);
        cr_assert_eq(strncmp(why.message, expected, strlen(expected)), 0, "'%s': %s, expected %s", d->to, why.message,
                     expected);
        cr_assert_null(read_model);
        cr_assert_null(read);
        clmlp_step_record_destroy(step);
        clmlp_model_destroy(model);
        free(path);
    }
}

Test(bundle, says_what_is_wrong_with_a_file_and_where)
{
    check_damaged(cases, sizeof cases / sizeof *cases, CLMLP_SGD, false);
}

Test(bundle, says_what_is_wrong_with_a_step_by_momentum)
{
    check_damaged(momentum_cases, sizeof momentum_cases / sizeof *momentum_cases, CLMLP_MOMENTUM, false);
}

Test(bundle, says_what_is_wrong_with_the_weights_of_a_step)
{
    check_damaged(weighed_cases, sizeof weighed_cases / sizeof *weighed_cases, CLMLP_MOMENTUM, true);
}

Test(bundle, says_what_is_wrong_with_a_step_by_adamw)
{
    check_damaged(adamw_cases, sizeof adamw_cases / sizeof *adamw_cases, CLMLP_ADAMW, false);
}

Test(bundle, gives_the_rule_of_each_layer_back)
{
    clmlp_model *model = NULL, *read_model = NULL;
    clmlp_step_record *step = step_by(CLMLP_ADAMW, &model), *read = NULL;
    clmlp_bundle_info info = some_info(CLMLP_F32);
    char *path = scratch_file("bundle-adamw.safetensors");
    for (size_t k = 0; k < 2; k++) step->state[k][1][7] = 1.0 + (double)k;
    OK(clmlp_bundle_write(path, model, step, &info, error));
    OK(clmlp_bundle_read(path, &read_model, &read, &info, error));
    for (size_t l = 1; l < step->L; l++) {
        const clmlp_update_rule written = clmlp_rule_of_step(&step->descent.rule, step->s, l, 3);
        const clmlp_update_rule again = clmlp_rule_of_step(&read->descent.rule, read->s, l, 3);
        cr_assert_eq(memcmp(&written, &again, sizeof again), 0);
        cr_assert_eq(again.numbers[UPDATE_BIAS_RATE], 2.0 * again.numbers[UPDATE_RATE]);
        cr_assert_eq(written.optimizer, CLMLP_ADAMW);
    }
    for (size_t k = 0; k < 2; k++) cr_assert_eq(read->state[k][1][7], 1.0 + (double)k);
    clmlp_step_record_destroy(read);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(read_model);
    clmlp_model_destroy(model);
    free(path);
}

Test(bundle, says_what_is_wrong_with_a_scale_of_the_inputs)
{
    static const damaged scaled_cases[] = {
        {"\"raw\":{", "\"rav\":{", "there is no tensor \"raw\""},
        {"\"scale\":{", "\"skale\":{", "there is no tensor \"scale\""},
        {"\"scale_state.2\":{", "\"scale_state.3\":{", "there is no tensor \"scale_state.2\""},
        {"\"shape\":[1,6]", "\"shape\":[6,1]", "scale is [6 x 1] (expected [1 x 6])"},
        {"clmlp.replay.input_scale_rate\":\"6.5\"", "clmlp.replay.input_scale_rate\":\"0.0\"",
         "clmlp.replay.input_scale_rate is \"0.0\" (expected a number > 0)"},
        {"clmlp.replay.input_scale_rate\":\"6.5\"", "clmlp.replay.input_scale_rate\":\"-65\"",
         "clmlp.replay.input_scale_rate is \"-65\" (expected a finite number >= 0)"},
        {"clmlp.replay.input_scale_rate\"", "clmlp.replay.input_scale_rite\"",
         "14 tensors (expected 10: theta of 3 layers, x and y, and the optimizer's state)"}};
    clmlp_model *model = NULL;
    clmlp_step_record *step = scaled_step(&model, CLMLP_F32);
    const clmlp_bundle_info info = some_info(CLMLP_F32);
    char *path = scratch_file("bundle-scale-damaged.safetensors");
    for (size_t i = 0; i < sizeof scaled_cases / sizeof *scaled_cases; i++) {
        clmlp_error why = {.message = ""};
        clmlp_bundle_info read_info = {.size = sizeof read_info};
        OK(clmlp_bundle_write(path, model, step, &info, error));
        damage(path, scaled_cases[i].from, scaled_cases[i].to);
        cr_assert_eq(clmlp_bundle_read_info(path, &read_info, &why), CLMLP_BAD_INPUT, "'%s'", scaled_cases[i].to);
        cr_assert_not_null(strstr(why.message, scaled_cases[i].message), "%s", why.message);
    }
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    free(path);
}

/* As version 0.1.0 wrote them, which had sgd alone. */
Test(bundle, without_an_optimizer_is_of_sgd)
{
    clmlp_model *model = NULL, *read_model = NULL;
    clmlp_step_record *step = step_by(CLMLP_SGD, &model), *read = NULL;
    clmlp_bundle_info info = some_info(CLMLP_F32);
    char *path = scratch_file("bundle-old.safetensors");
    OK(clmlp_bundle_write(path, model, step, &info, error));
    damage(path, "clmlp.replay.optimizer", "clmlp.replay.optimists");
    damage(path, "clmlp.replay.momentum", "clmlp.replay.momentun");
    OK(clmlp_bundle_read(path, &read_model, &read, &info, error));
    cr_assert_eq(read->descent.rule.optimizer, CLMLP_SGD);
    cr_assert_eq(read->descent.rule.rate, step->descent.rule.rate);
    clmlp_step_record_destroy(read);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(read_model);
    clmlp_model_destroy(model);
    free(path);
}

Test(bundle, is_not_what_a_model_file_is)
{
    clmlp_model *model = NULL;
    clmlp_step_record *step = random_step(&model, 2, CLMLP_F32, CLMLP_RELU, CLMLP_OUTPUT_LINEAR);
    clmlp_bundle_info info = {.size = sizeof info};
    clmlp_error why = {.message = ""};
    char *path = scratch_file("bundle-model.safetensors");
    OK(clmlp_model_save(model, path, error));
    cr_assert_eq(clmlp_bundle_read_info(path, &info, &why), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(why.message, "not a replay bundle"), "%s", why.message);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    free(path);
}

Test(bundle, survives_being_cut_anywhere)
{
    static char bytes[1 << 16];
    clmlp_model *model = NULL, *read_model = NULL;
    clmlp_step_record *step = random_step(&model, 6, CLMLP_F32, CLMLP_TANH, CLMLP_OUTPUT_LINEAR), *read = NULL;
    clmlp_bundle_info info = some_info(CLMLP_F32);
    char *path = scratch_file("bundle-cut.safetensors");
    OK(clmlp_bundle_write(path, model, step, &info, error));
    FILE *file = fopen(path, "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    for (size_t length = 0; length < size; length += length < 16 ? 1 : 37) {
        file = fopen(path, "wb");
        (void)fwrite(bytes, 1, length, file);
        (void)fclose(file);
        cr_assert_neq(clmlp_bundle_read(path, &read_model, &read, &info, NULL), CLMLP_OK, "%zu bytes of %zu", length,
                      size);
    }
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    free(path);
}

/* --- replay ------------------------------------------------------------------------------------------------------ */

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
