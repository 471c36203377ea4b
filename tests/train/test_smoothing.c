/* test_smoothing.c - label smoothing in training, verification and gradient checks, on every engine. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "model/model.h"
#include "networks.h"
#include "train/smoothing.h"

enum { M = 90, N = 7, K = 3, HIDDEN = 9 };

static const double E = 0.1;

static clmlp_train_config config_of(size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 3;
    config.batch = batch;
    config.rate = 0.1;
    config.lambda = 0.5;
    config.label_smoothing = E;
    return config;
}

static clmlp_model *model_of(const clmlp_dataset *data, clmlp_output output)
{
    return model_for(data, (size_t[]){HIDDEN}, 1, CLMLP_TANH, output, 3);
}

static void for_all(void check(const char *spec, clmlp_precision precision))
{
    static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        check(subjects[i], CLMLP_F32);
        check(subjects[i], CLMLP_F64);
    }
}

/* The same examples with y' written out, by the formulas of PyTorch and Keras. */
static clmlp_dataset *smoothed(const clmlp_dataset *data, clmlp_output output)
{
    clmlp_dataset *out = NULL;
    double *x = calloc(data->m * N, sizeof *x), *y = calloc(data->m * K, sizeof *y);
    for (size_t i = 0; i < data->m; i++) OK(clmlp_dataset_row(data, i, x + i * N, y + i * K, error));
    for (size_t i = 0; i < data->m * K; i++) {
        y[i] = (1.0 - E) * y[i] + E / (output == CLMLP_OUTPUT_SOFTMAX ? (double)K : 2.0);
    }
    OK(clmlp_dataset_create(&out, data->m, N, x, K, y, error));
    free(x), free(y);
    return out;
}

/* Resident in shuffled batches, a full batch, and streamed. */
static const struct {
    size_t m, batch;
    bool streamed;
} ways[] = {{M, 13, false}, {M, 0, false}, {3000, 300, true}};

/* A device with just enough memory for the data to be streamed. */
static clmlp_device *open_small(const char *spec, clmlp_precision precision, const clmlp_dataset *data,
                                clmlp_output output, const clmlp_train_config *config)
{
    clmlp_status status = CLMLP_OUT_OF_MEMORY;
    clmlp_device *device = NULL;
    for (uint64_t limit = 96 * 1024; status == CLMLP_OUT_OF_MEMORY; limit += limit / 3) {
        clmlp_device_close(device);
        device = open_device(spec, precision, limit);
        clmlp_model *const model = model_of(data, output);
        status = clmlp_train(model, device, data, NULL, config, NULL, NULL);
        clmlp_model_destroy(model);
    }
    cr_assert_eq(status, CLMLP_OK);
    return device;
}

static void check_targets(const char *spec, clmlp_precision precision)
{
    for (size_t i = 0; i < 2 * sizeof ways / sizeof *ways; i++) {
        const clmlp_output output = i % 2 == 0 ? CLMLP_OUTPUT_SOFTMAX : CLMLP_OUTPUT_SIGMOID;
        const size_t m = ways[i / 2].m;
        clmlp_train_config config = config_of(ways[i / 2].batch);
        clmlp_dataset *const data = random_data(m, N, K, output, 5), *const written = smoothed(data, output);
        clmlp_model *const model = model_of(data, output), *const other = model_of(data, output);
        clmlp_device *const device = ways[i / 2].streamed ? open_small(spec, precision, data, output, &config)
                                                         : open_device(spec, precision, 0);
        clmlp_train_result result = {.size = sizeof result}, expected = {.size = sizeof expected};
        OK(clmlp_train(model, device, data, NULL, &config, &result, error));
        config.label_smoothing = 0.0;
        OK(clmlp_train(other, device, written, NULL, &config, &expected, error));
        cr_assert_eq(memcmp(model->theta, other->theta, clmlp_model_parameters(model) * sizeof(double)), 0,
                     "%s, %s, way %zu: theta differs", spec, clmlp_precision_name(precision), i);
        cr_assert_eq(result.train.cost, expected.train.cost);
        cr_assert_eq(result.streamed, ways[i / 2].streamed, "%s, way %zu: streamed %d", spec, i, result.streamed);
        cr_assert(fabs(result.mean_cost - expected.mean_cost) <= 64.0 * (double)m * 0x1p-53, "%.17g, not %.17g",
                  result.mean_cost, expected.mean_cost);
        clmlp_device_close(device);
        clmlp_model_destroy(other);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(written);
        clmlp_dataset_destroy(data);
    }
}

Test(smoothing, trains_on_targets_that_are_smoothed)
{
    for_all(check_targets);
}

/* A rate that moves nothing, so that both train the same theta. */
Test(smoothing, does_not_change_what_counts_as_right_nor_scores_of_data_held_out)
{
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    for (int o = 0; o < CLMLP_OUTPUT_LINEAR; o++) {
        clmlp_train_result results[2] = {{.size = sizeof *results}, {.size = sizeof *results}};
        clmlp_dataset *const data = random_data(M, N, K, (clmlp_output)o, 5);
        clmlp_dataset *const test = random_data(40, N, K, (clmlp_output)o, 6);
        for (int i = 0; i < 2; i++) {
            clmlp_model *const model = model_of(data, (clmlp_output)o);
            clmlp_train_config config = config_of(13);
            config.rate = 1e-30;
            config.lambda = 0.0;
            config.validation = test;
            config.label_smoothing = i == 0 ? 0.0 : 0.999;
            OK(clmlp_train(model, device, data, test, &config, &results[i], error));
            clmlp_model_destroy(model);
        }
        cr_assert_eq(results[0].train.accuracy, results[1].train.accuracy);
        cr_assert_neq(results[0].train.cost, results[1].train.cost);
        cr_assert_eq(results[0].test.cost, results[1].test.cost);
        cr_assert_eq(results[0].validation.cost, results[1].validation.cost);
        clmlp_dataset_destroy(test);
        clmlp_dataset_destroy(data);
    }
    clmlp_device_close(device);
}

static void expect_refused(clmlp_output output, clmlp_precision precision, double amount, const char *message)
{
    clmlp_device *const device = open_device("cpu", precision, 0);
    clmlp_dataset *const data = random_data(M, N, K, output, 5);
    clmlp_model *const model = model_of(data, output);
    clmlp_train_config config = config_of(13);
    clmlp_verify_config verify = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_determinism_result same = {.size = sizeof same};
    clmlp_error why = {.message = ""}, other = {.message = ""};
    config.label_smoothing = verify.label_smoothing = amount;
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, message), "%s", why.message);
    cr_assert_eq(clmlp_verify(model, device, data, &verify, &result, &other), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(why.message, other.message);
    cr_assert_eq(clmlp_verify_determinism(model, device, data, &verify, 2, &same, &other), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(why.message, other.message);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

Test(smoothing, is_refused_where_it_means_nothing)
{
    expect_refused(CLMLP_OUTPUT_LINEAR, CLMLP_F64, 0.1, "the output is linear, whose targets are numbers");
    expect_refused(CLMLP_OUTPUT_SOFTMAX, CLMLP_F64, 1.0, "--label-smoothing) is 1 (expected a number >= 0 and < 1)");
    expect_refused(CLMLP_OUTPUT_SOFTMAX, CLMLP_F64, -0.1, "is -0.1 (expected");
    expect_refused(CLMLP_OUTPUT_SIGMOID, CLMLP_F64, (double)NAN, "nan (expected");
    expect_refused(CLMLP_OUTPUT_SIGMOID, CLMLP_F32, 1.0 - 1e-9, "f32 cannot tell targets of 0 and 1 apart");
    expect_refused(CLMLP_OUTPUT_SOFTMAX, CLMLP_F32, 1.0 - 1e-9, "f32 cannot tell targets of 0 and 1 apart");
}

static void check_verified(const char *spec, clmlp_precision precision)
{
    clmlp_device *const device = open_device(spec, precision, 0);
    for (int o = 0; o < CLMLP_OUTPUT_LINEAR; o++) {
        clmlp_dataset *const data = random_data(M, N, K, (clmlp_output)o, 5);
        clmlp_model *const model = model_of(data, (clmlp_output)o);
        for (int free_run = 0; free_run < 2; free_run++) {
            clmlp_verify_config config = clmlp_verify_config_default();
            clmlp_verify_result result = {.size = sizeof result};
            config.batch = 13;
            config.label_smoothing = E;
            config.free_run = free_run == 1;
            OK(clmlp_verify(model, device, data, &config, &result, error));
            cr_assert(result.passed, "%s, %s", spec, clmlp_precision_name(precision));
            clmlp_free(result.findings);
        }
        clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
        clmlp_gradcheck_result result = {.size = sizeof result};
        config.label_smoothing = E;
        OK(clmlp_gradcheck(model, data, device, &config, &result, error));
        cr_assert(result.passed, "%s, %s", spec, clmlp_precision_name(precision));
        clmlp_free(result.layers);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
    clmlp_device_close(device);
}

Test(smoothing, is_verified)
{
    for_all(check_verified);
}

/* J of no theta but the one of the gradient check: softmax of z = 0 costs log K, whatever its targets; of others more
 * where they are smoothed. */
Test(smoothing, is_in_the_cost_of_the_gradient_check)
{
    clmlp_dataset *const data = random_data(M, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_dataset *const written = smoothed(data, CLMLP_OUTPUT_SOFTMAX);
    clmlp_model *const model = model_of(data, CLMLP_OUTPUT_SOFTMAX);
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    clmlp_gradcheck_result results[3];
    for (int i = 0; i < 3; i++) {
        results[i] = (clmlp_gradcheck_result){.size = sizeof *results};
        config.label_smoothing = i == 0 ? E : 0.0;
        OK(clmlp_gradcheck(model, i == 1 ? written : data, NULL, &config, &results[i], error));
        clmlp_free(results[i].layers);
    }
    cr_assert_eq(results[0].cost, results[1].cost);
    cr_assert_neq(results[0].cost, results[2].cost);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(written);
    clmlp_dataset_destroy(data);
}

/* Targets between 0 and 1 as well: those are rounded, then smoothed. */
static void check_self(const char *spec, clmlp_precision precision)
{
    clmlp_device *const device = open_device(spec, precision, 0);
    clmlp_dataset *const labels = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_dataset *const data = smoothed(labels, CLMLP_OUTPUT_SIGMOID);
    clmlp_model *const model = model_of(data, CLMLP_OUTPUT_SIGMOID);
    clmlp_train_config config = config_of(13);
    clmlp_self_check_config checks = clmlp_self_check_config_default();
    clmlp_self_check_result result = {.size = sizeof result};
    checks.every = 1;
    OK(clmlp_self_check_create(&config.inspector, &checks, error));
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    OK(clmlp_self_check_result_get(config.inspector, &result, error));
    cr_assert(result.checked == 21 && result.failed == 0, "%s: %zu of %zu", spec, result.failed, result.checked);
    clmlp_inspector_destroy(config.inspector);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_dataset_destroy(labels);
    clmlp_device_close(device);
}

Test(smoothing, is_known_to_self_checks)
{
    for_all(check_self);
}
