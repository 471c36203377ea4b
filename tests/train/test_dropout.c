/* test_dropout.c - dropout in training, verification and gradient checks, on every engine. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "data/dataset.h"
#include "model/model.h"
#include "networks.h"
#include "propagate/network.h"
#include "share.h"
#include "verify/step/step.h"

enum { M = 70, N = 7, K = 3 };

static const double both[] = {0.3, 0.5};

static void for_all(void check(const char *spec, clmlp_precision precision))
{
    static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        check(subjects[i], CLMLP_F32);
        check(subjects[i], CLMLP_F64);
    }
}

static clmlp_model *model_of(const clmlp_dataset *data, clmlp_activation activation, clmlp_output output)
{
    return model_for(data, (size_t[]){33, 6}, 2, activation, output, 3);
}

static clmlp_train_config config_of(size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 3;
    config.batch = batch;
    config.rate = 0.1;
    config.lambda = 0.5;
    config.dropout = both;
    config.dropout_count = 2;
    return config;
}

/* --- which units are dropped -------------------------------------------------------------------------------------- */

/* A network whose units are all 1 without dropout: theta is 0 but for the biases, and g is linear. */
static clmlp_model *ones(size_t units)
{
    const size_t s[] = {3, units, units, 2};
    clmlp_model *model = NULL;
    OK(clmlp_model_create(&model, 4, s, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, 1, error));
    for (size_t l = 1; l < 4; l++) {
        double *const theta = clmlp_model_theta(model, l);
        for (size_t e = 0; e < s[l] * (s[l - 1] + 1); e++) theta[e] = e % (s[l - 1] + 1) == 0 ? 1.0 : 0.0;
    }
    return model;
}

enum { WIDEST = 131, MOST_ROWS = 65 };

/* a(l) of a pass, unit by unit, is 0 or 1/(1 - p), in the precision. */
static void check_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, const char *spec)
{
    static double units[MOST_ROWS * WIDEST];
    unsigned char kept[WIDEST];
    const clmlp_dropout d = clmlp_dropout_of(&batch->dropout, l);
    const size_t s = network->s[l - 1];
    const bool single = network->backend->precision == CLMLP_F32;
    const double scale = single ? (double)(float)(1.0 / (1.0 - d.p)) : 1.0 / (1.0 - d.p);
    OK(clmlp_read_matrix(network->backend, network->a[l - 1], batch->M, units, NULL, error));
    for (size_t i = 0; i < batch->M * s; i++) {
        const size_t r = i / s, j = i % s;
        if (j == 0) clmlp_random_kept(d.seed, d.step, d.layer, (uint32_t)r, d.p, s, kept);
        cr_assert_eq(units[i], kept[j] ? scale : 0.0, "%s, %s, %zu units, step %u, layer %zu, row %zu, unit %zu: %.17g",
                     spec, single ? "f32" : "f64", s, (unsigned)d.step, l, r, j, units[i]);
    }
}

static void check_mask(const char *spec, clmlp_precision precision)
{
    static const size_t widths[] = {1, 2, 3, 4, 5, 15, 31, 32, 33, 63, 64, 65, WIDEST};
    static const size_t rows[] = {1, 2, 3, 5, 13, 33, MOST_ROWS}, steps[] = {1, 2, UINT32_MAX};
    static const double p[] = {0.25, 0.625}, zeros[MOST_ROWS * 3];
    clmlp_device *const device = open_device(spec, precision, 0);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t m = rows[w % (sizeof rows / sizeof *rows)];
        clmlp_model *const model = ones(widths[w]);
        clmlp_network *network = NULL;
        clmlp_tensor *x = NULL;
        OK(clmlp_network_create(&network, device->backend, model, m, CLMLP_FOR_VERIFICATION, error));
        OK(clmlp_tensor_create(device->backend, CLMLP_TENSOR_INPUT, m, 3, "x", &x, error));
        OK(clmlp_write_matrix(device->backend, x, m, zeros, NULL, error));
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            const clmlp_batch batch = {.M = m, .divisor = (double)m, .x = x,
                                       .dropout = {.p = p, .count = 2, .step = steps[i],
                                                   .seed = UINT64_C(0x123456789abcdef) * (w + 1)}};
            OK(clmlp_forward(network, &batch, error));
            for (size_t l = 2; l < 4; l++) check_layer(network, &batch, l, spec);
        }
        clmlp_tensor_destroy(device->backend, x);
        clmlp_network_destroy(network);
        clmlp_model_destroy(model);
    }
    clmlp_device_close(device);
}

Test(dropout, mask_is_the_same_everywhere)
{
    for_all(check_mask);
}

/* The number of units that are kept is binomial: within 6 deviations of its mean, but for once in 5e8. */
Test(dropout, keeps_as_many_units_as_it_should)
{
    static const double p[] = {1e-3, 0.1, 0.25, 0.5, 0.9, 1.0 - 1e-3};
    enum { UNITS = 101, ROWS = 40, STEPS = 25 };
    unsigned char kept[UNITS];
    for (size_t i = 0; i < sizeof p / sizeof *p; i++) {
        const double n = (double)UNITS * ROWS * STEPS;
        double count = 0.0;
        for (uint32_t step = 1; step <= STEPS; step++) {
            for (uint32_t r = 0; r < ROWS; r++) {
                clmlp_random_kept(5, step, 2, r, p[i], UNITS, kept);
                for (size_t j = 0; j < UNITS; j++) count += kept[j];
            }
        }
        cr_assert(fabs(count - n * (1.0 - p[i])) <= 6.0 * sqrt(n * p[i] * (1.0 - p[i])), "p %g: %g of %g", p[i], count,
                  n);
    }
}

/* Two masks that have nothing to do with each other agree in a unit with probability p^2 + (1 - p)^2. */
Test(dropout, masks_of_other_seeds_steps_layers_and_rows_are_others)
{
    enum { UNITS = 4000 };
    static unsigned char one[UNITS], other[UNITS];
    static const struct {
        uint64_t seed;
        uint32_t step, layer, row;
    } changed[] = {{8, 3, 2, 4}, {UINT64_C(7) << 32, 3, 2, 4}, {7, 4, 2, 4}, {7, 3, 3, 4}, {7, 3, 2, 5}, {7, 2, 2, 4}};
    clmlp_random_kept(7, 3, 2, 4, 0.5, UNITS, one);
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        double same = 0.0;
        clmlp_random_kept(changed[i].seed, changed[i].step, changed[i].layer, changed[i].row, 0.5, UNITS, other);
        for (size_t j = 0; j < UNITS; j++) same += one[j] == other[j];
        cr_assert(fabs(same - UNITS / 2.0) <= 6.0 * sqrt(UNITS / 4.0), "%zu: %g of %d", i, same, UNITS);
    }
}

/* --- training ----------------------------------------------------------------------------------------------------- */

static void expect_same(const clmlp_model *one, const clmlp_model *other, const char *spec, const char *what)
{
    const size_t bytes = clmlp_model_parameters(one) * sizeof(double);
    cr_assert_eq(memcmp(one->theta, other->theta, bytes), 0, "%s, %s: theta differs", spec, what);
}

/* Epoch by epoch, and streamed, step by step. */
static void check_ways(const char *spec, clmlp_precision precision)
{
    clmlp_train_config config = config_of(300);
    clmlp_dataset *const data = random_data(3000, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_model *const whole = model_of(data, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
    clmlp_model *const stepped = model_of(data, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
    clmlp_model *const without = model_of(data, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
    clmlp_model *streamed = NULL;
    clmlp_device *device = open_device(spec, precision, 0);
    clmlp_train_result result = {.size = sizeof result};
    clmlp_evaluation *evaluation = NULL;
    clmlp_trainer *trainer = NULL;
    config.epochs = 2;
    OK(clmlp_train(whole, device, data, NULL, &config, &result, error));
    OK(clmlp_trainer_create(&trainer, stepped, device, data, NULL, &config, error));
    while (clmlp_trainer_epochs_left(trainer) > 0) OK(clmlp_trainer_run_step(trainer, NULL, error));
    OK(clmlp_trainer_finish(trainer, NULL, error));
    clmlp_trainer_destroy(trainer);
    expect_same(whole, stepped, spec, "step by step");
    /* nothing is dropped where a model is scored */
    OK(clmlp_evaluate(whole, device, data, -1.0, &evaluation, error));
    cr_assert_eq(evaluation->score.cost, result.train.cost);
    clmlp_evaluation_destroy(evaluation);
    config.dropout_count = 0;
    OK(clmlp_train(without, device, data, NULL, &config, NULL, error));
    cr_assert_neq(memcmp(whole->theta, without->theta, clmlp_model_parameters(whole) * sizeof(double)), 0);
    clmlp_device_close(device);
    config.dropout_count = 2;
    result.streamed = false;
    clmlp_status status = CLMLP_OUT_OF_MEMORY;
    for (uint64_t limit = 128 * 1024; status == CLMLP_OUT_OF_MEMORY; limit += limit / 3) {
        clmlp_model_destroy(streamed);
        streamed = model_of(data, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
        device = open_device(spec, precision, limit);
        status = clmlp_train(streamed, device, data, NULL, &config, &result, NULL);
        clmlp_device_close(device);
    }
    cr_assert(result.streamed, "%s", spec);
    expect_same(whole, streamed, spec, "streamed");
    clmlp_model_destroy(streamed);
    clmlp_model_destroy(without);
    clmlp_model_destroy(stepped);
    clmlp_model_destroy(whole);
    clmlp_dataset_destroy(data);
}

Test(dropout, has_the_same_bits_step_by_step_and_streamed)
{
    for_all(check_ways);
}

static void check_none(const char *spec, clmlp_precision precision)
{
    static const double zeros[] = {0.0, 0.0}, one[] = {0.5}, two[] = {0.5, 0.5};
    static const struct {
        const double *p;
        size_t count;
    } ways[] = {{NULL, 0}, {zeros, 1}, {zeros, 2}, {one, 1}, {two, 2}};
    clmlp_model *models[5];
    clmlp_device *const device = open_device(spec, precision, 0);
    clmlp_dataset *const data = random_data(M, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    for (size_t i = 0; i < 5; i++) {
        clmlp_train_config config = config_of(16);
        config.dropout = ways[i].p;
        config.dropout_count = ways[i].count;
        models[i] = model_of(data, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX);
        OK(clmlp_train(models[i], device, data, NULL, &config, NULL, error));
    }
    expect_same(models[0], models[1], spec, "0");
    expect_same(models[0], models[2], spec, "0,0");
    expect_same(models[3], models[4], spec, "0.5 and 0.5,0.5");
    for (size_t i = 0; i < 5; i++) clmlp_model_destroy(models[i]);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

Test(dropout, of_0_is_none_and_one_number_is_for_all_layers)
{
    for_all(check_none);
}

static void expect_refused(const size_t *hidden, size_t layers, const double *p, size_t count, const char *message)
{
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    clmlp_dataset *const data = random_data(M, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_model *const model = model_for(data, hidden, layers, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_train_config config = config_of(13);
    clmlp_verify_config verify = clmlp_verify_config_default();
    clmlp_gradcheck_config check = clmlp_gradcheck_config_default();
    clmlp_verify_result verified = {.size = sizeof verified};
    clmlp_determinism_result same = {.size = sizeof same};
    clmlp_gradcheck_result checked = {.size = sizeof checked};
    clmlp_error why[4] = {{.message = ""}};
    config.dropout = verify.dropout = check.dropout = p;
    config.dropout_count = verify.dropout_count = check.dropout_count = count;
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &why[0]), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why[0].message, message), "%s", why[0].message);
    cr_assert_eq(clmlp_verify(model, device, data, &verify, &verified, &why[1]), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_verify_determinism(model, device, data, &verify, 2, &same, &why[2]), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_gradcheck(model, data, NULL, &check, &checked, &why[3]), CLMLP_BAD_ARGUMENT);
    for (int i = 1; i < 4; i++) cr_assert_str_eq(why[i].message, why[0].message);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

Test(dropout, that_cannot_be_is_refused)
{
    static const size_t hidden[] = {5, 4};
    expect_refused(hidden, 2, (double[]){1.0}, 1, "number 1 of 1, is 1 (expected a number >= 0 and < 1)");
    expect_refused(hidden, 2, (double[]){0.5, -0.1}, 2, "number 2 of 2, is -0.1 (expected");
    expect_refused(hidden, 2, (double[]){(double)NAN}, 1, "nan (expected");
    expect_refused(hidden, 2, (double[]){0.1, 0.2, 0.3}, 3, "3 numbers of dropout (--dropout), and 2 hidden layers");
    expect_refused(NULL, 0, (double[]){0.5}, 1, "the network has none");
    expect_refused(hidden, 2, NULL, 1, "argument 'config.dropout'");
}

/* --- verification ------------------------------------------------------------------------------------------------- */

/* Which takes no steps in one launch. */
static bool is_gpu_family(const clmlp_device *device)
{
    const clmlp_backend *const backend = device->backend;
    const char *const name = backend->ops->kernel_name(backend, CLMLP_EQUATION_FORWARD, CLMLP_USUAL_KERNEL);
    return strcmp(name, "gpu_forward") == 0;
}

static share verified; /* of all devices and activations */

static void check_verified(const char *spec, clmlp_precision precision)
{
    clmlp_device *const device = open_device(spec, precision, 0);
    FOR_TRAINED_ACTIVATIONS(g) {
        if (!share_takes(&verified, clmlp_activation_name((clmlp_activation)g))) continue;
        const clmlp_output output = (clmlp_output)(g % CLMLP_OUTPUT_COUNT);
        clmlp_dataset *const data = random_data(M, N, K, output, 5);
        clmlp_model *const model = model_of(data, (clmlp_activation)g, output);
        for (int free_run = 0; free_run < 2; free_run++) {
            clmlp_verify_config config = clmlp_verify_config_default();
            clmlp_verify_result result = {.size = sizeof result};
            config.steps = 6;
            config.batch = 13;
            config.lambda = 0.3;
            config.free_run = free_run == 1;
            config.dropout = both;
            config.dropout_count = g % 2 == 0 ? 2 : 1;
            OK(clmlp_verify(model, device, data, &config, &result, error));
            const clmlp_finding *const f = result.first_failure;
            cr_assert(result.passed, "%s, %s, %s: %s(%zu) of step %zu: %g of its bound", spec,
                      clmlp_precision_name(precision), clmlp_activation_name((clmlp_activation)g),
                      clmlp_quantity_name(f->quantity), f->layer, f->step, f->max_of_bound);
            size_t fused = 0;
            for (size_t i = 0; i < result.count; i++) fused += strcmp(result.findings[i].equation, "steps") == 0;
            cr_assert(fused > 0 || strcmp(spec, "opencl+native") != 0 || is_gpu_family(device), "no fused steps");
            clmlp_free(result.findings);
        }
        clmlp_gradcheck_config check = clmlp_gradcheck_config_default();
        clmlp_gradcheck_result checked = {.size = sizeof checked};
        check.dropout = both;
        check.dropout_count = 2;
        check.examples = 20;
        check.sample = 40;
        OK(clmlp_gradcheck(model, data, device, &check, &checked, error));
        cr_assert(checked.passed, "%s, %s, %s: gradient", spec, clmlp_precision_name(precision),
                  clmlp_activation_name((clmlp_activation)g));
        clmlp_free(checked.layers);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
    clmlp_device_close(device);
}

Test(dropout, is_verified)
{
    verified = share_of("activations of devices", TEST_SUBJECT_COUNT * 2 * (CLMLP_ACTIVATION_COUNT - 1));
    for_all(check_verified);
}

static void check_self(const char *spec, clmlp_precision precision)
{
    char path[256];
    clmlp_device *const device = open_device(spec, precision, 0);
    clmlp_dataset *const data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *const model = model_of(data, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
    clmlp_train_config config = config_of(13);
    clmlp_self_check_config checks = clmlp_self_check_config_default();
    clmlp_self_check_result result = {.size = sizeof result};
    clmlp_determinism_result same = {.size = sizeof same};
    clmlp_verify_config verify = clmlp_verify_config_default();
    (void)snprintf(path, sizeof path, TEST_SCRATCH_DIR "/%s.safetensors", TEST_PROGRAM);
    checks.every = 1;
    checks.bundle = path;
    OK(clmlp_self_check_create(&config.inspector, &checks, error));
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    OK(clmlp_self_check_result_get(config.inspector, &result, error));
    cr_assert(result.checked == 18 && result.failed == 0, "%s: %zu of %zu", spec, result.failed, result.checked);
    clmlp_inspector_destroy(config.inspector);
    verify.batch = 13;
    verify.dropout = both;
    verify.dropout_count = 2;
    OK(clmlp_verify_determinism(model, device, data, &verify, 2, &same, error));
    cr_assert(same.identical, "%s", spec);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

Test(dropout, is_known_to_self_checks_and_is_the_same_twice)
{
    for_all(check_self);
}
