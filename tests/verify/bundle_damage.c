/* bundle_damage.c - files that are no bundles, or damaged ones: each says what is wrong and where. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_steps.h"

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
