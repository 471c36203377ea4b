/* test_train_ends.c - the training loop: what is recorded, how runs end, what is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"
#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;

static clmlp_train_config quick(size_t epochs, size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = epochs;
    config.batch = batch;
    return config;
}

typedef struct record {
    size_t calls, stop_after;
    clmlp_cancel *stop;
    double first_cost, last_cost, last_seconds;
    bool has_test;
    double test_accuracy;
} record;

static void remember(const clmlp_epoch *epoch, void *context)
{
    record *r = context;
    if (r->calls++ == 0) r->first_cost = epoch->train.cost;
    cr_assert_eq(epoch->epoch, r->calls);
    cr_assert_geq(epoch->seconds, r->last_seconds);
    r->last_cost = epoch->train.cost;
    r->last_seconds = epoch->seconds;
    r->has_test = epoch->has_test;
    r->test_accuracy = epoch->test.accuracy;
    if (r->calls == r->stop_after) clmlp_cancel_request(r->stop);
}

Test(train, reports_every_epoch_and_the_test_data)
{
    clmlp_dataset *data = cloud_data(300, 6, 4, 2), *test = cloud_data(150, 6, 4, 2);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        record r = {0};
        clmlp_train_result result = {.size = sizeof result};
        clmlp_train_config config = quick(10, 16);
        clmlp_evaluation *evaluation = NULL;
        clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 3);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        config.on_epoch = (clmlp_on_epoch){remember, &r};
        config.lambda = 0.1;
        OK(clmlp_train(model, device, data, test, &config, &result, error));
        cr_assert_eq(r.calls, 10);
        cr_assert(r.has_test);
        cr_assert(r.last_cost < r.first_cost / 2.0, "J went from %g to %g", r.first_cost, r.last_cost);
        cr_assert_eq(result.test.accuracy, r.test_accuracy);
        /* evaluate tells the same of the same theta */
        OK(clmlp_evaluate(model, device, test, -1.0, &evaluation, error));
        cr_assert_eq(evaluation->score.accuracy, result.test.accuracy);
        cr_assert(fabs(evaluation->score.cost - result.test.cost) <= 1e-6 * result.test.cost);
        clmlp_evaluation_destroy(evaluation);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(data);
    clmlp_dataset_destroy(test);
}

Test(train, stops_after_an_epoch_when_the_callback_asks_for_it)
{
    clmlp_dataset *data = cloud_data(100, 6, 4, 2);
    clmlp_train_config config = quick(50, 16);
    clmlp_train_result result = {.size = sizeof result};
    record r = {.stop_after = 3};
    config.on_epoch = (clmlp_on_epoch){remember, &r};
    OK(clmlp_cancel_create(&r.stop, error));
    config.cancel = r.stop;
    clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, NULL), CLMLP_INTERRUPTED);
    cr_assert_eq(result.epochs, 3);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_cancel_destroy(r.stop);
    clmlp_dataset_destroy(data);
}

static void stop_at_half(size_t epoch, double fraction, void *context)
{
    if (epoch == 2 && fraction >= 0.5) clmlp_cancel_request(context);
}

Test(train, stops_within_an_epoch_when_interrupted_and_keeps_theta)
{
    clmlp_dataset *data = cloud_data(200, 6, 4, 2);
    /* many steps at once, which here would be the whole epoch, are for test_steps.c */
    cr_assert_eq(setenv("CLMLP_NATIVE_STEPS", "never", 1), 0);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_train_config config = quick(50, 10);
        clmlp_train_result result = {.size = sizeof result};
        clmlp_error why;
        clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        const double before = model->theta[1];
        clmlp_cancel *stop = NULL;
        OK(clmlp_cancel_create(&stop, error));
        config.on_progress = (clmlp_on_progress){stop_at_half, stop};
        config.cancel = stop;
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, &why), CLMLP_INTERRUPTED);
        cr_assert_eq(result.epochs, 1);
        cr_assert_eq(result.steps, 30);
        cr_assert_neq(model->theta[1], before);
        cr_assert(isfinite(result.train.cost));
        clmlp_cancel_destroy(stop);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(data);
}

Test(train, stops_with_epoch_and_step_when_the_cost_diverges_and_keeps_the_last_good_theta)
{
    clmlp_dataset *data = random_data(64, 5, 1, CLMLP_OUTPUT_LINEAR, 4);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_train_config config = quick(200, 16);
        clmlp_train_result result = {.size = sizeof result};
        clmlp_error error;
        double h[64];
        clmlp_model *model = model_for(data, (size_t[]){8}, 1, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, 3);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        config.rate = 30.0;
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, &error), CLMLP_DIVERGED);
        cr_assert_geq(result.diverged_epoch, 1);
        cr_assert_geq(result.diverged_step, 1);
        cr_assert_not_null(strstr(error.message, "epoch"), "%s", error.message);
        cr_assert_eq(clmlp_predict(model, device, data, h, &error), CLMLP_OK, "%s", error.message);
        for (int i = 0; i < 64; i++) cr_assert(isfinite(h[i]), "the model predicts %g", h[i]);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(data);
}

Test(train, writes_one_line_of_json_per_epoch)
{
    const char *path = TEST_SCRATCH_DIR "/history.jsonl";
    clmlp_dataset *data = cloud_data(100, 6, 4, 2);
    clmlp_train_config config = quick(3, 16);
    char line[512];
    int lines = 0;
    config.history_path = path;
    clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "{\"epoch\":%d,\"cost\":", ++lines);
        cr_assert_eq(strncmp(line, expected, strlen(expected)), 0, "%s", line);
        cr_assert_not_null(strstr(line, "\"accuracy\":"));
        cr_assert_not_null(strstr(line, "\"seconds\":"));
    }
    (void)fclose(file);
    cr_assert_eq(lines, 3);
    clmlp_dataset_destroy(data);
}

typedef struct refusal {
    const char *message;
    void (*spoil)(clmlp_train_config *config);
} refusal;

static void zero_rate(clmlp_train_config *c) { c->rate = 0.0; }
static void nan_rate(clmlp_train_config *c) { c->rate = (double)NAN; }
static void negative_lambda(clmlp_train_config *c) { c->lambda = -1.0; }
static void no_epochs(clmlp_train_config *c) { c->epochs = 0; }
static void large_batch(clmlp_train_config *c) { c->batch = 101; }

Test(train, refuses_what_makes_no_sense)
{
    static const refusal refusals[] = {
        {"the learning rate is 0 (expected a number > 0)", zero_rate},
        {"the learning rate is nan (expected a number > 0)", nan_rate},
        {"lambda is -1 (expected a number >= 0)", negative_lambda},
        {"0 epochs (expected 1 .. 4294967295)", no_epochs},
        {"a batch of 101 is larger than the training data: 100 examples", large_batch},
    };
    clmlp_dataset *data = cloud_data(100, 6, 4, 2);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        clmlp_error error = {.message = ""};
        clmlp_train_config config = clmlp_train_config_default();
        refusals[i].spoil(&config);
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &error), CLMLP_BAD_ARGUMENT);
        cr_assert_str_eq(error.message, refusals[i].message);
    }
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(train, refuses_the_step_activation_and_says_why)
{
    clmlp_error error = {.message = ""};
    clmlp_dataset *data = cloud_data(100, 6, 4, 2);
    clmlp_model *model = model_for(data, (size_t[]){3}, 1, CLMLP_STEP, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    cr_assert_eq(clmlp_train(model, device, data, NULL, NULL, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "its derivative is 0"), "%s", error.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
