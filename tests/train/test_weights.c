/* test_weights.c - weights of examples in training, verification and gradient checks, on every engine. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "model/model.h"
#include "networks.h"

enum { M = 90, N = 7, K = 3 };

/* From 0 to 4, not in the order of the examples. */
static void weigh(clmlp_dataset *data)
{
    double weights[M];
    for (size_t i = 0; i < M; i++) weights[i] = 0.25 * (double)((i * 7 + i / 3) % 17);
    OK(clmlp_dataset_set_weights(data, weights, error));
}

static clmlp_train_config config_of(size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 3;
    config.batch = batch;
    config.rate = 0.1;
    config.lambda = 0.5;
    return config;
}

static clmlp_model *trained(clmlp_device *device, const clmlp_dataset *data, clmlp_output output, size_t batch,
                            clmlp_train_result *result)
{
    const size_t hidden[] = {11};
    const clmlp_train_config config = config_of(batch);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, output, 3);
    OK(clmlp_train(model, device, data, NULL, &config, result, error));
    return model;
}

static void expect_same(const clmlp_model *one, const clmlp_model *other, const char *what)
{
    const size_t bytes = clmlp_model_parameters(one) * sizeof(double);
    cr_assert_eq(memcmp(one->theta, other->theta, bytes), 0, "%s: theta differs", what);
}

/* --- weights that are no weights --------------------------------------------------------------------------------- */

/* Resident in shuffled batches, a full batch, and streamed. */
static const struct {
    size_t m, batch;
    bool streamed;
} ways[] = {{M, 13, false}, {M, 0, false}, {3000, 300, true}};

/* A device with just enough memory for the data to be streamed. */
static clmlp_device *open_small(const char *spec, clmlp_precision precision, const clmlp_dataset *data, size_t batch)
{
    const size_t hidden[] = {11};
    const clmlp_train_config config = config_of(batch);
    clmlp_train_result result = {.size = sizeof result};
    clmlp_status status = CLMLP_OUT_OF_MEMORY;
    clmlp_device *device = NULL;
    for (uint64_t limit = 96 * 1024; status == CLMLP_OUT_OF_MEMORY; limit += limit / 3) {
        clmlp_device_close(device);
        device = open_device(spec, precision, limit);
        clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
        status = clmlp_train(model, device, data, NULL, &config, &result, NULL);
        clmlp_model_destroy(model);
    }
    cr_assert_eq(status, CLMLP_OK);
    cr_assert(result.streamed, "%s: nothing was streamed", spec);
    return device;
}

/* Not as a data set would have it, so that the kernels get a buffer of ones. */
static void give_ones(clmlp_dataset *data)
{
    OK(clmlp_allocate(&data->weights, data->m, sizeof *data->weights, "weights", error));
    for (size_t i = 0; i < data->m; i++) data->weights[i] = 1.0;
}

static void check_ones(const char *spec, clmlp_precision precision)
{
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        clmlp_dataset *data = random_data(ways[w].m, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
        clmlp_dataset *weighed = random_data(ways[w].m, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
        give_ones(weighed);
        clmlp_device *device = ways[w].streamed ? open_small(spec, precision, weighed, ways[w].batch)
                                                : open_device(spec, precision, 0);
        clmlp_train_result plain = {.size = sizeof plain}, ones = {.size = sizeof ones};
        clmlp_model *without = trained(device, data, CLMLP_OUTPUT_SOFTMAX, ways[w].batch, &plain);
        clmlp_model *with = trained(device, weighed, CLMLP_OUTPUT_SOFTMAX, ways[w].batch, &ones);
        expect_same(without, with, spec);
        cr_assert_eq(plain.train.cost, ones.train.cost);
        cr_assert_eq(ones.streamed, ways[w].streamed);
        clmlp_model_destroy(with);
        clmlp_model_destroy(without);
        clmlp_dataset_destroy(weighed);
        clmlp_dataset_destroy(data);
        clmlp_device_close(device);
    }
}

static void for_all(void check(const char *spec, clmlp_precision precision))
{
    static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        check(subjects[i], CLMLP_F32);
        check(subjects[i], CLMLP_F64);
    }
}

Test(weights, of_1_leave_every_bit_as_it_is)
{
    for_all(check_ones);
}

/* Resident, gathered and streamed data give the same bits with weights, too. */
static void check_streamed(const char *spec, clmlp_precision precision)
{
    clmlp_dataset *data = random_data(3000, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_train_result result = {.size = sizeof result};
    double weights[3000];
    for (size_t i = 0; i < 3000; i++) weights[i] = 0.25 * (double)((i * 7 + i / 3) % 17);
    OK(clmlp_dataset_set_weights(data, weights, error));
    clmlp_device *small = open_small(spec, precision, data, 300), *large = open_device(spec, precision, 0);
    clmlp_model *streamed = trained(small, data, CLMLP_OUTPUT_SOFTMAX, 300, &result);
    clmlp_model *resident = trained(large, data, CLMLP_OUTPUT_SOFTMAX, 300, &result);
    cr_assert(!result.streamed);
    expect_same(streamed, resident, spec);
    clmlp_model_destroy(resident);
    clmlp_model_destroy(streamed);
    clmlp_dataset_destroy(data);
    clmlp_device_close(large);
    clmlp_device_close(small);
}

Test(weights, of_streamed_data_are_those_of_resident_data)
{
    for_all(check_streamed);
}

/* --- what weights mean ------------------------------------------------------------------------------------------- */

/* One step of a linear map, whose gradient is (1/m) sum_i w_i (theta a_i - y_i) a_i. Each of its terms goes through at
 * most n + 2 roundings in theta a, one in the difference, five in the weight (the largest, the sum's quotient, the two
 * products, w itself) and one with it, one with a, m in the sum and two for 1/m. The rate adds two, and theta one of
 * its own. */
static void add_bounds(const clmlp_model *model, const double *x, const double *y, const double *w, size_t m,
                       double sum_w, double rate, double u, double *bounds)
{
    const double n = (double)(N + 2 + 1 + 5 + 1 + 1 + 2 + 2) + (double)m, gamma = n * u / (1.0 - n * u);
    for (size_t k = 0; k < K; k++) {
        const double *const theta = model->theta + k * (N + 1);
        for (size_t i = 0; i < m; i++) {
            double size = fabs(theta[0]) + fabs(y[i * K + k]);
            for (size_t j = 0; j < N; j++) size += fabs(theta[j + 1] * x[i * N + j]);
            for (size_t j = 0; j <= N; j++) {
                const double a = j == 0 ? 1.0 : fabs(x[i * N + j - 1]);
                bounds[k * (N + 1) + j] += gamma * rate * w[i] / sum_w * size * a;
            }
        }
        for (size_t j = 0; j <= N; j++) bounds[k * (N + 1) + j] += 2.0 * u * fabs(theta[j]);
    }
}

/* Examples 0 to M - 2, example 3 once more where `twice`, else with a weight of 2. */
static clmlp_dataset *linear_data(bool twice, double x[M * N], double y[M * K], double w[M])
{
    const size_t m = twice ? M : M - 1;
    clmlp_dataset *all = random_data(M, N, K, CLMLP_OUTPUT_LINEAR, 8), *data = NULL;
    for (size_t i = 0; i < m; i++) {
        OK(clmlp_dataset_row(all, i < M - 1 ? i : 3, x + i * N, y + i * K, error));
        w[i] = !twice && i == 3 ? 2.0 : 1.0;
    }
    for (size_t e = 0; e < m * N; e++) x[e] = (double)(float)x[e];
    for (size_t e = 0; e < m * K; e++) y[e] = (double)(float)y[e];
    OK(clmlp_dataset_create(&data, m, N, x, K, y, error));
    if (!twice) OK(clmlp_dataset_set_weights(data, w, error));
    clmlp_dataset_destroy(all);
    return data;
}

static void check_twice(const char *spec, clmlp_precision precision)
{
    static double x[M * N], y[M * K], w[M];
    const double u = precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24, rate = 0.5;
    double bounds[K * (N + 1)] = {0.0};
    clmlp_device *device = open_device(spec, precision, 0);
    clmlp_model *models[3];
    for (size_t i = 0; i < 3; i++) { /* the third: without the weight */
        clmlp_dataset *data = linear_data(i == 1, x, y, w);
        clmlp_train_config config = config_of(0);
        config.epochs = 1;
        config.rate = rate;
        config.lambda = 0.0;
        models[i] = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
        for (size_t e = 0; e < K * (N + 1); e++) models[i]->theta[e] = (double)(float)models[i]->theta[e];
        if (i < 2) add_bounds(models[i], x, y, w, i == 1 ? M : M - 1, (double)M, rate, u, bounds);
        if (i == 2) OK(clmlp_dataset_set_weights(data, NULL, error));
        OK(clmlp_train(models[i], device, data, NULL, &config, NULL, error));
        clmlp_dataset_destroy(data);
    }
    size_t beyond = 0;
    for (size_t e = 0; e < K * (N + 1); e++) {
        const double found = models[0]->theta[e], expected = models[1]->theta[e];
        cr_assert(fabs(found - expected) <= bounds[e], "%s, %s: element %zu: %.17g with a weight of 2, %.17g twice, +- "
                  "%.3g", spec, clmlp_precision_name(precision), e, found, expected, bounds[e]);
        beyond += fabs(models[2]->theta[e] - expected) > bounds[e];
    }
    cr_assert_gt(beyond, K * N / 2, "%s: nobody would notice a weight that is ignored", spec);
    for (size_t i = 0; i < 3; i++) clmlp_model_destroy(models[i]);
    clmlp_device_close(device);
}

Test(weights, of_2_are_as_good_as_the_example_twice)
{
    for_all(check_twice);
}

Test(weights, do_not_change_scores_of_data_that_are_not_trained_on)
{
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    clmlp_dataset *test = random_data(40, N, K, CLMLP_OUTPUT_SOFTMAX, 6);
    const size_t hidden[] = {11};
    double weights[40];
    clmlp_train_result results[2] = {{.size = sizeof *results}, {.size = sizeof *results}};
    clmlp_evaluation *evaluations[2] = {NULL, NULL};
    for (size_t i = 0; i < 40; i++) weights[i] = (double)(i % 5);
    weigh(data);
    for (size_t i = 0; i < 2; i++) {
        clmlp_train_config config = config_of(13);
        clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
        config.validation = test;
        if (i == 1) OK(clmlp_dataset_set_weights(test, weights, error));
        OK(clmlp_train(model, device, data, test, &config, &results[i], error));
        OK(clmlp_evaluate(model, device, test, -1.0, &evaluations[i], error));
        clmlp_model_destroy(model);
    }
    cr_assert_eq(results[0].test.cost, results[1].test.cost);
    cr_assert_eq(results[0].validation.cost, results[1].validation.cost);
    cr_assert_eq(evaluations[0]->score.cost, evaluations[1]->score.cost);
    for (size_t i = 0; i < 2; i++) clmlp_evaluation_destroy(evaluations[i]);
    clmlp_dataset_destroy(test);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

/* J is (1/m) sum w_i cost_i: that of one example at a time, as evaluation has it. In f64 both are within the rounding
 * of a sum of m terms and of each cost, a few hundred u. */
Test(weights, are_in_the_cost_of_training)
{
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    const size_t hidden[] = {11};
    clmlp_train_config config = config_of(0);
    clmlp_train_result result = {.size = sizeof result};
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    double sum = 0.0, plain = 0.0;
    config.lambda = 0.0;
    weigh(data);
    OK(clmlp_train(model, device, data, NULL, &config, &result, error));
    for (size_t i = 0; i < M; i++) {
        double x[N], y[K];
        clmlp_dataset *one = NULL;
        clmlp_evaluation *evaluation = NULL;
        OK(clmlp_dataset_row(data, i, x, y, error));
        OK(clmlp_dataset_create(&one, 1, N, x, K, y, error));
        OK(clmlp_evaluate(model, device, one, -1.0, &evaluation, error));
        sum += clmlp_dataset_weights(data)[i] * evaluation->score.cost;
        plain += evaluation->score.cost;
        clmlp_evaluation_destroy(evaluation);
        clmlp_dataset_destroy(one);
    }
    const double rounding = (double)(2 * M + 64) * 0x1p-53 * result.train.cost;
    cr_assert(fabs(result.train.cost - sum / M) <= rounding, "%.17g, not %.17g", result.train.cost, sum / M);
    cr_assert_gt(fabs(result.train.cost - plain / M), rounding);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

/* Whichever example it is. */
Test(weights, of_one_example_alone_are_enough)
{
    static const size_t places[] = {0, M / 2, M - 1};
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        double weights[M] = {0.0};
        clmlp_dataset *data = cloud_data(M, N, K, 5);
        clmlp_train_result result = {.size = sizeof result};
        weights[places[i]] = 1.0;
        OK(clmlp_dataset_set_weights(data, weights, error));
        clmlp_model_destroy(trained(device, data, CLMLP_OUTPUT_SOFTMAX, 0, &result));
        cr_assert_eq(result.epochs, 3, "example %zu", places[i]);
        clmlp_dataset_destroy(data);
    }
    clmlp_device_close(device);
}

Test(weights, that_are_all_0_cannot_be_trained_with)
{
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SOFTMAX, 5);
    const size_t hidden[] = {3};
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    const clmlp_train_config config = config_of(13);
    clmlp_error why = {.message = ""};
    OK(clmlp_allocate(&data->weights, M, sizeof *data->weights, "weights", error)); /* as a part of others may be */
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "all of the 90 training examples weigh 0"), "%s", why.message);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

/* --- verification ------------------------------------------------------------------------------------------------ */

static void check_verified(const char *spec, clmlp_precision precision)
{
    clmlp_device *device = open_device(spec, precision, 0);
    const size_t hidden[] = {11, 5};
    for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) {
        clmlp_dataset *data = random_data(M, N, K, (clmlp_output)o, 5);
        clmlp_model *model = model_for(data, hidden, 2, CLMLP_TANH, (clmlp_output)o, 3);
        weigh(data);
        for (size_t free_run = 0; free_run < 2; free_run++) {
            clmlp_verify_config config = clmlp_verify_config_default();
            clmlp_verify_result result = {.size = sizeof result};
            config.steps = 4;
            config.batch = 13;
            config.free_run = free_run == 1;
            OK(clmlp_verify(model, device, data, &config, &result, error));
            const clmlp_finding *const f = result.first_failure;
            cr_assert(result.passed, "%s, %s: %s(%zu) of step %zu: %g of its bound", spec,
                      clmlp_precision_name(precision), clmlp_quantity_name(f->quantity), f->layer, f->step,
                      f->max_of_bound);
            size_t of_weights = 0;
            for (size_t i = 0; i < result.count; i++) of_weights += result.findings[i].quantity == CLMLP_QUANTITY_W;
            cr_assert_gt(of_weights, 0);
            clmlp_free(result.findings);
        }
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
    clmlp_device_close(device);
}

Test(weights, are_verified)
{
    for_all(check_verified);
}

static void check_gradient(const char *spec, clmlp_precision precision)
{
    clmlp_device *device = open_device(spec, precision, 0);
    const size_t hidden[] = {6};
    for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) {
        clmlp_dataset *data = random_data(M, N, K, (clmlp_output)o, 5);
        clmlp_model *model = model_for(data, hidden, 1, o == 1 ? CLMLP_RELU : CLMLP_TANH, (clmlp_output)o, 3);
        clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
        clmlp_gradcheck_result result = {.size = sizeof result};
        config.lambda = 0.3;
        config.sample = 0;
        weigh(data);
        OK(clmlp_gradcheck(model, data, device, &config, &result, error));
        cr_assert(result.passed, "%s, %s, %s", spec, clmlp_precision_name(precision),
                  clmlp_output_name((clmlp_output)o));
        clmlp_free(result.layers);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
    clmlp_device_close(device);
}

Test(weights, are_in_the_gradient)
{
    for_all(check_gradient);
}

static void check_self(const char *spec, clmlp_precision precision)
{
    clmlp_device *device = open_device(spec, precision, 0);
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    const size_t hidden[] = {6};
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_train_config config = config_of(13);
    clmlp_self_check_config checks = clmlp_self_check_config_default();
    clmlp_self_check_result result = {.size = sizeof result};
    checks.every = 1;
    weigh(data);
    OK(clmlp_self_check_create(&config.inspector, &checks, error));
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    OK(clmlp_self_check_result_get(config.inspector, &result, error));
    cr_assert(result.checked == 21 && result.failed == 0, "%s: %zu of %zu", spec, result.failed, result.checked);
    clmlp_inspector_destroy(config.inspector);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

Test(weights, are_known_to_self_checks)
{
    for_all(check_self);
}
