/* test_cost_range.c - what the cost of a batch can be by its outputs: never less than what devices say, and not much
 * more; and whether a cost that is not finite can be. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"
#include "backend/device.h"
#include "train/score/cost_range.h"
#include "train/score/overflow.h"

static const char *const devices[] = TEST_SUBJECTS;

/* Targets between 0 and 1 that are neither, or with sums of 1; or large numbers. */
static clmlp_dataset *odd_data(size_t m, size_t K, clmlp_output output)
{
    double *const x = calloc(m * 3, sizeof *x), *const y = calloc(m * K, sizeof *y);
    clmlp_dataset *data = NULL;
    cr_assert(x != NULL && y != NULL);
    for (size_t i = 0; i < m * 3; i++) x[i] = sin((double)i * 7.3);
    for (size_t i = 0; i < m * K; i++) {
        const double part = output == CLMLP_OUTPUT_SOFTMAX ? 1.0 / (double)K : 0.5 + 0.5 * sin((double)i);
        y[i] = output == CLMLP_OUTPUT_LINEAR ? 1e6 * sin((double)i) : part;
    }
    OK(clmlp_dataset_create(&data, m, 3, x, K, y, error));
    free(x);
    free(y);
    return data;
}

/* theta times so much: outputs that are nearly equal, or 0 and 1. */
static void enlarge(clmlp_model *model, size_t L, double factor)
{
    for (size_t l = 1; l < L; l++) {
        const size_t count = clmlp_model_units(model, l + 1) * (clmlp_model_units(model, l) + 1);
        double *const theta = malloc(count * sizeof *theta);
        cr_assert_not_null(theta);
        for (size_t i = 0; i < count; i++) theta[i] = clmlp_model_theta(model, l)[i] * factor;
        OK(clmlp_model_set_theta(model, l, theta, error));
        free(theta);
    }
}

static void evaluate_all(clmlp_device *device, const clmlp_dataset *data, clmlp_output output, uint64_t seed)
{
    static const double factors[] = {0.0, 1.0, 20.0, 400.0, 1e4};
    for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
        clmlp_evaluation *evaluation = NULL;
        clmlp_model *const model = model_for(data, (const size_t[]){5}, 1, CLMLP_TANH, output, seed);
        enlarge(model, 3, factors[f]);
        OK(clmlp_evaluate(model, device, data, 1.0, &evaluation, error));
        cr_assert(evaluation->score.cost >= 0.0);
        clmlp_evaluation_destroy(evaluation);
        clmlp_model_destroy(model);
    }
}

Test(cost_range, has_what_devices_say)
{
    static const size_t sizes[][2] = {{1, 1}, {3, 2}, {600, 4}, {40, 70}};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (int precision = CLMLP_F32; precision <= CLMLP_F64; precision++) {
            clmlp_device *const device = open_device(devices[d], (clmlp_precision)precision, 0);
            for (size_t i = 0; i < 3 * sizeof sizes / sizeof *sizes; i++) {
                const clmlp_output output = (clmlp_output)(i % 3);
                const size_t m = sizes[i / 3][0], K = sizes[i / 3][1];
                clmlp_dataset *const plain = random_data(m, 3, K, output, i), *const odd = odd_data(m, K, output);
                evaluate_all(device, plain, output, i);
                evaluate_all(device, odd, output, i);
                clmlp_dataset_destroy(plain);
                clmlp_dataset_destroy(odd);
            }
            clmlp_device_close(device);
        }
    }
}

/* Of one network and of two. */
Test(cost_range, of_an_evaluation_that_is_interrupted_is_not_waited_for)
{
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    clmlp_dataset *const data = random_data(2000, 3, 2, CLMLP_OUTPUT_SOFTMAX, 1);
    clmlp_evaluate_options options = clmlp_evaluate_options_default();
    clmlp_cancel *cancel = NULL;
    OK(clmlp_cancel_create(&cancel, error));
    options.cancel = cancel;
    for (int requested = 0; requested < 2; requested++) {
        for (int members = 1; members <= 2; members++) {
            clmlp_model *const model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1);
            clmlp_model *const other = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 2);
            if (members == 2) OK(clmlp_model_add_member(model, other, error));
            clmlp_evaluation *evaluation = NULL;
            clmlp_error error = {.message = ""};
            cr_assert_eq(clmlp_evaluate_with(model, device, data, &options, &evaluation, &error),
                         requested == 0 ? CLMLP_OK : CLMLP_INTERRUPTED, "%d: %s", members, error.message);
            cr_assert(requested == 0 || strstr(error.message, "interrupted after 0 of 2000 examples") != NULL);
            clmlp_evaluation_destroy(evaluation);
            clmlp_model_destroy(other);
            clmlp_model_destroy(model);
        }
        clmlp_cancel_request(cancel);
    }
    clmlp_cancel_destroy(cancel);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

static clmlp_cost_range range_of(clmlp_output output, double h, float y)
{
    return clmlp_cost_range_of(output, CLMLP_F32, 1, 1, &h, &y);
}

static void expect_around(clmlp_cost_range range, double cost)
{
    cr_assert(range.low <= cost && range.high >= cost, "%.9g to %.9g instead of %.9g", range.low, range.high, cost);
    cr_assert_leq(range.high - range.low, 1e-4 * (1.0 + cost), "%.9g to %.9g", range.low, range.high);
}

Test(cost_range, is_narrow)
{
    expect_around(range_of(CLMLP_OUTPUT_SIGMOID, 0.25, 1.0f), log(4.0));
    expect_around(range_of(CLMLP_OUTPUT_SIGMOID, 0.25, 0.0f), log(4.0 / 3.0));
    expect_around(range_of(CLMLP_OUTPUT_SIGMOID, 0.25, 0.5f), 0.5 * log(16.0 / 3.0));
    expect_around(range_of(CLMLP_OUTPUT_SIGMOID, 1.0, 1.0f), 0.0);
    expect_around(range_of(CLMLP_OUTPUT_SOFTMAX, 0.125, 1.0f), log(8.0));
    expect_around(range_of(CLMLP_OUTPUT_SOFTMAX, 0.0, 0.0f), 0.0);
    expect_around(range_of(CLMLP_OUTPUT_LINEAR, 3.0, 1.0f), 2.0);
}

/* Where an output is 0 or 1 and its target the other one, the cost is large, and nobody knows how large. */
Test(cost_range, has_no_upper_end_where_an_output_says_nothing)
{
    const clmlp_cost_range one = range_of(CLMLP_OUTPUT_SIGMOID, 1.0, 0.0f);
    const clmlp_cost_range none = range_of(CLMLP_OUTPUT_SOFTMAX, 0.0, 1.0f);
    cr_assert(one.low > 13.0 && one.low < 17.0 && isinf(one.high), "%g to %g", one.low, one.high);
    cr_assert(none.low > 84.0 && none.low < 88.0 && isinf(none.high), "%g to %g", none.low, none.high);
}

Test(cost_range, refuses_other_costs)
{
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    const clmlp_cost_range range = {1.0, 2.0};
    static const double wrong[] = {0.0, 0.99, 2.01, -1.0, 1e30};
    clmlp_error error = {.message = ""};
    const clmlp_backend *const backend = device->backend;
    cr_assert_eq(clmlp_cost_ranges_check(backend, &range, &(clmlp_batch_score){.cost = 1.5}, 1, &error), CLMLP_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const clmlp_batch_score score = {.cost = wrong[i]};
        cr_assert_eq(clmlp_cost_ranges_check(backend, &range, &score, 1, &error), CLMLP_DEVICE, "%g", wrong[i]);
        cr_assert_not_null(strstr(error.message, "its outputs say 1 to 2"), "%s", error.message);
    }
    clmlp_device_close(device);
}

static bool may(double factor, clmlp_precision precision)
{
    clmlp_dataset *const data = random_data(5, 3, 2, CLMLP_OUTPUT_LINEAR, 1);
    clmlp_model *const model = model_for(data, (const size_t[]){4, 4}, 2, CLMLP_RELU, CLMLP_OUTPUT_LINEAR, 1);
    double theta[64];
    bool found = false;
    enlarge(model, 4, factor);
    size_t at = 0;
    for (size_t l = 1; l < 4; l++) {
        const size_t count = clmlp_model_units(model, l + 1) * (clmlp_model_units(model, l) + 1);
        memcpy(theta + at, clmlp_model_theta(model, l), count * sizeof *theta);
        at += count;
    }
    OK(clmlp_score_may_overflow(model, theta, data, precision, &found, error));
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return found;
}

Test(cost_range, knows_what_may_overflow)
{
    cr_assert(!may(1.0, CLMLP_F32) && !may(1e3, CLMLP_F32));
    cr_assert(may(1e13, CLMLP_F32) && !may(1e13, CLMLP_F64) && may(1e110, CLMLP_F64));
}

/* What follows in theta does not hide it. */
Test(cost_range, not_a_number_may_be_the_cost_of_anything)
{
    static const double none[] = {NAN, (double)INFINITY, -(double)INFINITY};
    double theta[8]; /* 2 units of 4 */
    const double x[] = {0.0, 1.0, 2.0}, y[] = {0.0, 1.0};
    const size_t units[] = {3, 2};
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL;
    bool found = true;
    OK(clmlp_dataset_create(&data, 1, 3, x, 2, y, error));
    OK(clmlp_model_create(&model, 2, units, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1, error));
    for (size_t i = 0; i < sizeof theta / sizeof *theta; i++) {
        for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
            for (size_t j = 0; j < sizeof theta / sizeof *theta; j++) theta[j] = j == i ? none[k] : 0.5;
            OK(clmlp_score_may_overflow(model, theta, data, CLMLP_F32, &found, error));
            cr_assert(found, "%g at %zu", none[k], i);
        }
    }
    theta[7] = 0.5;
    OK(clmlp_score_may_overflow(model, theta, data, CLMLP_F32, &found, error));
    cr_assert_not(found);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
