/* test_validation.c - data that are scored in every epoch and not trained on. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;

enum { EPOCHS = 4, PARAMETERS = 13 * 7 + 4 * 14 };

typedef struct record {
    clmlp_epoch epochs[EPOCHS];
    size_t calls;
} record;

static void remember(const clmlp_epoch *epoch, void *context)
{
    record *const r = context;
    cr_assert(r->calls < EPOCHS);
    r->epochs[r->calls++] = *epoch;
}

typedef struct outcome {
    record record;
    clmlp_train_result result;
    double theta[PARAMETERS];
    clmlp_score evaluated; /* of the validation data, where there are some */
} outcome;

static outcome run(const char *spec, uint64_t limit, const clmlp_dataset *data, const clmlp_dataset *validation,
                   const clmlp_dataset *test)
{
    outcome out = {.result = {.size = sizeof out.result}};
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_evaluation *evaluation = NULL;
    clmlp_model *const model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *const device = open_device(spec, CLMLP_F32, limit);
    config.epochs = EPOCHS;
    config.batch = 16;
    config.lambda = 0.1;
    config.validation = validation;
    config.on_epoch = (clmlp_on_epoch){remember, &out.record};
    OK(clmlp_train(model, device, data, test, &config, &out.result, error));
    cr_assert_eq(clmlp_model_parameters(model), PARAMETERS);
    memcpy(out.theta, model->theta, sizeof out.theta);
    if (validation != NULL) {
        OK(clmlp_evaluate(model, device, validation, -1.0, &evaluation, error));
        out.evaluated = evaluation->score;
        clmlp_evaluation_destroy(evaluation);
    }
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return out;
}

/* The pass of evaluate sums in batches of another size: equal up to the order of a double's sum of float costs. */
static void expect_near(double got, double expected, const char *what)
{
    cr_assert(fabs(got - expected) <= 1e-6 * fabs(expected), "%s: %.17g, not %.17g", what, got, expected);
}

/* Larger than a batch of scores; smaller than a step; one example. */
static const size_t sizes[] = {700, 7, 1};

Test(validation, is_scored_every_epoch_and_changes_nothing)
{
    clmlp_dataset *const data = cloud_data(300, 6, 4, 2), *const test = cloud_data(150, 6, 4, 5);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        const outcome without = run(devices[d], 0, data, NULL, test);
        cr_assert_not(without.result.has_validation);
        cr_assert_not(without.record.epochs[0].has_validation);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            clmlp_dataset *const validation = cloud_data(sizes[s], 6, 4, 9);
            const outcome with = run(devices[d], 0, data, validation, test);
            cr_assert_arr_eq(with.theta, without.theta, sizeof with.theta, "%s, %zu", devices[d], sizes[s]);
            cr_assert_eq(with.record.calls, EPOCHS);
            for (size_t e = 0; e < EPOCHS; e++) {
                const clmlp_epoch *const a = &with.record.epochs[e], *const b = &without.record.epochs[e];
                cr_assert(a->has_validation && a->has_test);
                cr_assert(a->train.cost == b->train.cost && a->train.accuracy == b->train.accuracy);
                cr_assert(a->test.cost == b->test.cost && a->test.accuracy == b->test.accuracy);
            }
            cr_assert(with.result.has_validation);
            cr_assert_eq(with.record.epochs[EPOCHS - 1].validation.cost, with.result.validation.cost);
            cr_assert_neq(with.record.epochs[0].validation.cost, with.result.validation.cost);
            cr_assert_eq(with.result.test.cost, without.result.test.cost);
            cr_assert_eq(with.result.validation.accuracy, with.evaluated.accuracy);
            expect_near(with.result.validation.cost, with.evaluated.cost, devices[d]);
            clmlp_dataset_destroy(validation);
        }
    }
    clmlp_dataset_destroy(test);
    clmlp_dataset_destroy(data);
}

Test(validation, needs_no_test_data)
{
    clmlp_dataset *const data = cloud_data(300, 6, 4, 2), *part = NULL, *rest = NULL;
    OK(clmlp_dataset_split(data, 0.2, 1, &part, &rest, error));
    const outcome got = run("cpu", 0, rest, part, NULL);
    cr_assert(got.result.has_validation && !got.result.has_test);
    cr_assert_eq(got.result.validation.accuracy, got.evaluated.accuracy);
    clmlp_dataset_destroy(rest);
    clmlp_dataset_destroy(part);
    clmlp_dataset_destroy(data);
}

Test(validation, that_does_not_suit_the_model_is_refused)
{
    clmlp_dataset *const data = cloud_data(60, 6, 4, 2), *const narrow = cloud_data(60, 5, 4, 2);
    clmlp_model *const model = model_for(data, (size_t[]){3}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_error why = {.message = ""};
    config.validation = narrow;
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(strncmp(why.message, "validation data", 15), 0, "%s", why.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(narrow);
    clmlp_dataset_destroy(data);
}
