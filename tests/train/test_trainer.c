/* test_trainer.c - training by epochs, by steps and mixed with all else is what clmlp_train does, to the bit. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"
#include "networks.h"

enum { M = 100, BATCH = 16, STEPS = 7, EPOCHS = 3 };

static const char *const devices[] = TEST_SUBJECTS;
static const size_t hidden[] = {13};

typedef struct setting {
    clmlp_dataset *data, *test;
    clmlp_model *model;
    clmlp_device *device;
    clmlp_train_config config;
    clmlp_trainer *trainer;
} setting;

/* wide: so much data that `memory` holds only parts of it. */
static setting create_wide(const char *spec, uint64_t memory, bool wide)
{
    const size_t n = wide ? 200 : 6;
    setting s = {.data = cloud_data(wide ? 3000 : M, n, 4, 2), .test = cloud_data(45, n, 4, 3),
                 .device = open_device(spec, CLMLP_F32, memory)};
    s.model = model_for(s.data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    s.config = clmlp_train_config_default();
    s.config.epochs = EPOCHS;
    s.config.batch = BATCH;
    s.config.lambda = 0.25;
    if (wide) s.config.batch = 250;
    return s;
}

static setting create(const char *spec)
{
    return create_wide(spec, 0, false);
}

static void start(setting *s)
{
    OK(clmlp_trainer_create(&s->trainer, s->model, s->device, s->data, s->test, &s->config, error));
}

static void destroy(setting *s)
{
    clmlp_trainer_destroy(s->trainer);
    clmlp_device_close(s->device);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->test);
    clmlp_dataset_destroy(s->data);
}

static size_t parameters(const setting *s)
{
    return clmlp_model_parameters(s->model);
}

/* What clmlp_train makes of the same. */
static setting reference(const char *spec, uint64_t memory, bool wide, clmlp_train_result *result)
{
    setting s = create_wide(spec, memory, wide);
    *result = (clmlp_train_result){.size = sizeof *result};
    OK(clmlp_train(s.model, s.device, s.data, s.test, &s.config, result, error));
    return s;
}

static void assert_as(const setting *found, const clmlp_train_result *result, const setting *expected,
                      const clmlp_train_result *expected_result, const char *what)
{
    cr_assert_eq(memcmp(found->model->theta, expected->model->theta, parameters(found) * sizeof(double)), 0,
                 "%s: another theta", what);
    cr_assert_eq(result->epochs, expected_result->epochs);
    cr_assert_eq(result->steps, expected_result->steps);
    cr_assert_eq(result->train.cost, expected_result->train.cost, "%s", what);
    cr_assert_eq(result->test.cost, expected_result->test.cost, "%s", what);
    cr_assert_eq(result->test.accuracy, expected_result->test.accuracy, "%s", what);
}

static void by_epochs(setting *s)
{
    while (clmlp_trainer_epochs_left(s->trainer) > 0) OK(clmlp_trainer_run_epoch(s->trainer, error));
}

static void by_steps(setting *s)
{
    while (clmlp_trainer_epochs_left(s->trainer) > 0) OK(clmlp_trainer_run_step(s->trainer, NULL, error));
}

/* Steps, scores, files, and other work on the same device, which also uses its room for costs. */
static void mixed(setting *s)
{
    static double h[45 * 4], theta[13 * 201];
    clmlp_score train, test;
    clmlp_evaluation *evaluation = NULL;
    for (size_t turn = 0; clmlp_trainer_epochs_left(s->trainer) > 0; turn++) {
        OK(clmlp_trainer_run_step(s->trainer, NULL, error));
        if (turn % 2 == 1) OK(clmlp_trainer_score(s->trainer, &train, &test, error));
        if (turn % 3 == 1) OK(clmlp_predict(s->model, s->device, s->test, h, error));
        if (turn % 4 == 2) {
            OK(clmlp_evaluate(s->model, s->device, s->test, 0.0, &evaluation, error));
            clmlp_evaluation_destroy(evaluation);
        }
        if (turn % 5 == 2) OK(clmlp_trainer_get_theta(s->trainer, 1, theta, error));
        if (turn % 6 == 4) OK(clmlp_trainer_save(s->trainer, TEST_SCRATCH_DIR "/trainer.safetensors", error));
        if (turn % 5 == 4 && clmlp_trainer_epochs_left(s->trainer) > 0) OK(clmlp_trainer_run_epoch(s->trainer, error));
    }
}

Test(trainer, trains_as_train_does_by_epochs_by_steps_and_mixed)
{
    static void (*const ways[])(setting *) = {by_epochs, by_steps, mixed};
    /* with room for everything, and with too little for the data: streamed */
    for (size_t i = 0; i < 2 * TEST_SUBJECT_COUNT; i++) {
        const char *const spec = devices[i / 2];
        const bool wide = i % 2 == 1;
        const uint64_t memory = wide ? 2300000 : 0;
        clmlp_train_result expected, result = {.size = sizeof result};
        setting plain = reference(spec, memory, wide, &expected);
        for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
            char what[64];
            setting s = create_wide(spec, memory, wide);
            (void)snprintf(what, sizeof what, "%s, %s, way %zu", spec, wide ? "streamed" : "resident", way);
            start(&s);
            ways[way](&s);
            OK(clmlp_trainer_finish(s.trainer, &result, error));
            assert_as(&s, &result, &plain, &expected, what);
            cr_assert_eq(result.streamed, wide, "%s", what);
            destroy(&s);
        }
        destroy(&plain);
    }
}

static void keep_cost(const clmlp_epoch *epoch, void *context)
{
    ((double *)context)[epoch->epoch - 1] = epoch->train.cost;
}

Test(trainer, tells_the_cost_of_each_step)
{
    double costs[EPOCHS];
    setting s = create("cpu");
    s.config.lambda = 0.0;
    s.config.on_epoch = (clmlp_on_epoch){keep_cost, costs};
    start(&s);
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        double sum = 0.0, cost = 0.0;
        for (size_t step = 0; step < STEPS; step++) {
            const size_t rows = step + 1 < STEPS ? BATCH : M % BATCH;
            cr_assert_eq(clmlp_trainer_epochs(s.trainer), epoch);
            OK(clmlp_trainer_run_step(s.trainer, &cost, error));
            sum += cost * (double)rows;
        }
        cr_assert_eq(clmlp_trainer_epochs(s.trainer), epoch + 1);
        /* seven quotients and products, and their sum, each rounded: 16 units of 2^-53 are enough */
        cr_assert(fabs(sum / M - costs[epoch]) <= 16 * ldexp(costs[epoch], -53), "%.17g, %.17g", sum / M, costs[epoch]);
    }
    cr_assert_eq(clmlp_trainer_steps(s.trainer), EPOCHS * STEPS);
    destroy(&s);
}

Test(trainer, scores_and_saves_theta_as_it_is_and_leaves_the_model_until_the_end)
{
    static const char path[] = TEST_SCRATCH_DIR "/trainer-as-it-is.safetensors";
    setting s = create("cpu");
    double *before = malloc(parameters(&s) * sizeof *before), theta[13 * 7];
    clmlp_model *saved = NULL;
    clmlp_evaluation *evaluation = NULL;
    clmlp_score train;
    memcpy(before, s.model->theta, parameters(&s) * sizeof *before);
    start(&s);
    for (int step = 0; step < 3; step++) OK(clmlp_trainer_run_step(s.trainer, NULL, error));
    OK(clmlp_trainer_score(s.trainer, &train, NULL, error));
    OK(clmlp_trainer_save(s.trainer, path, error));
    OK(clmlp_trainer_get_theta(s.trainer, 1, theta, error));
    cr_assert_eq(memcmp(s.model->theta, before, parameters(&s) * sizeof *before), 0, "the model changed");
    OK(clmlp_model_load(&saved, path, NULL, error));
    cr_assert_eq(memcmp(clmlp_model_theta(saved, 1), theta, sizeof theta), 0);
    cr_assert_neq(memcmp(clmlp_model_theta(saved, 1), before, sizeof theta), 0, "nothing was trained");
    OK(clmlp_evaluate(saved, s.device, s.data, s.config.lambda, &evaluation, error));
    cr_assert_eq(evaluation->score.cost, train.cost);
    cr_assert_eq(evaluation->score.accuracy, train.accuracy);
    OK(clmlp_trainer_finish(s.trainer, NULL, error));
    cr_assert_eq(memcmp(s.model->theta, theta, sizeof theta), 0);
    cr_assert_eq(clmlp_trainer_run_step(s.trainer, NULL, NULL), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_trainer_finish(s.trainer, NULL, NULL), CLMLP_BAD_ARGUMENT);
    clmlp_evaluation_destroy(evaluation);
    clmlp_model_destroy(saved);
    free(before);
    destroy(&s);
}

/* The same as clmlp_train: status, where, and what is left in the model. */
Test(trainer, ends_where_the_cost_diverges)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        setting s = create(devices[d]), plain = create(devices[d]);
        clmlp_train_result expected = {.size = sizeof expected}, result = {.size = sizeof result};
        clmlp_error why = {.message = ""}, expected_why = {.message = ""};
        clmlp_status status = CLMLP_OK;
        s.model->activation = plain.model->activation = CLMLP_LINEAR;
        s.config.rate = plain.config.rate = 1e6;
        s.config.epochs = plain.config.epochs = 100;
        cr_assert_eq(clmlp_train(plain.model, plain.device, plain.data, plain.test, &plain.config, &expected,
                                 &expected_why), CLMLP_DIVERGED);
        start(&s);
        while (status == CLMLP_OK) status = clmlp_trainer_run_step(s.trainer, NULL, &why);
        cr_assert_eq(status, CLMLP_DIVERGED);
        cr_assert_str_eq(why.message, expected_why.message);
        cr_assert_eq(memcmp(s.model->theta, plain.model->theta, parameters(&s) * sizeof(double)), 0, "%s", devices[d]);
        cr_assert_eq(clmlp_trainer_run_epoch(s.trainer, &why), CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(why.message, "ended"), "%s", why.message);
        cr_assert_eq(clmlp_trainer_finish(s.trainer, &result, NULL), CLMLP_BAD_ARGUMENT);
        destroy(&s);
        destroy(&plain);
    }
}

Test(trainer, stops_on_request_and_can_be_finished)
{
    setting s = create("cpu");
    clmlp_cancel *stop = NULL;
    clmlp_train_result result = {.size = sizeof result};
    double theta[13 * 7];
    OK(clmlp_cancel_create(&stop, error));
    s.config.cancel = stop;
    start(&s);
    OK(clmlp_trainer_run_epoch(s.trainer, error));
    OK(clmlp_trainer_run_step(s.trainer, NULL, error));
    clmlp_cancel_request(stop);
    cr_assert_eq(clmlp_trainer_run_step(s.trainer, NULL, NULL), CLMLP_INTERRUPTED);
    cr_assert_eq(clmlp_trainer_run_epoch(s.trainer, NULL), CLMLP_INTERRUPTED);
    OK(clmlp_trainer_get_theta(s.trainer, 1, theta, error));
    OK(clmlp_trainer_finish(s.trainer, &result, error));
    cr_assert_eq(result.epochs, 1);
    cr_assert_eq(result.steps, STEPS + 1);
    cr_assert_eq(memcmp(s.model->theta, theta, sizeof theta), 0);
    destroy(&s);
    clmlp_cancel_destroy(stop);
}

Test(trainer, refuses_more_epochs_than_the_configuration_has)
{
    setting s = create("cpu");
    clmlp_error why = {.message = ""};
    start(&s);
    by_epochs(&s);
    cr_assert_eq(clmlp_trainer_run_epoch(s.trainer, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "3 epochs are done"), "%s", why.message);
    destroy(&s);
}

static void expect_last_batch_refused(setting *s)
{
    clmlp_error why = {.message = ""};
    cr_assert_eq(clmlp_trainer_create(&s->trainer, s->model, s->device, s->data, NULL, &s->config, &why),
                 CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "the last 4 examples would never be trained on"), "%s", why.message);
}

/* 100 examples in batches of 16: the last 4 of each order make no step. */
Test(trainer, drops_the_batch_that_is_too_short)
{
    for (size_t i = 0; i < 2 * TEST_SUBJECT_COUNT; i++) {
        const bool wide = i % 2 == 1; /* streamed; 3000 examples in batches of 270 */
        setting kept = create_wide(devices[i / 2], wide ? 2300000 : 0, wide);
        setting s = create_wide(devices[i / 2], wide ? 2300000 : 0, wide);
        const size_t batch = wide ? 270 : BATCH, steps = (wide ? 3000 : M) / batch, rows = steps * batch;
        double sum = 0.0, cost = 0.0, costs[EPOCHS];
        clmlp_train_result result = {.size = sizeof result};
        s.config.batch = kept.config.batch = batch;
        s.config.lambda = kept.config.lambda = 0.0; /* costs of steps have no lambda term */
        s.config.last_batch = CLMLP_LAST_BATCH_DROP;
        s.config.on_epoch = (clmlp_on_epoch){keep_cost, costs};
        start(&s);
        start(&kept);
        for (size_t t = 0; t < steps; t++) {
            OK(clmlp_trainer_run_step(s.trainer, &cost, error));
            OK(clmlp_trainer_run_step(kept.trainer, NULL, error));
            sum += cost * (double)batch;
        }
        /* each cost is divided and multiplied, both sides sum `steps` positive numbers, and divide */
        const double mean = sum / (double)rows;
        cr_assert(fabs(mean - costs[0]) <= (2.0 * (double)steps + 4.0) * ldexp(mean, -53), "%.17g, not %.17g", costs[0],
                  mean);
        cr_assert_eq(clmlp_trainer_epochs(s.trainer), 1);
        cr_assert_eq(clmlp_trainer_epochs(kept.trainer), 0);
        static double theta[2][13 * 201];
        OK(clmlp_trainer_get_theta(s.trainer, 1, theta[0], error));
        OK(clmlp_trainer_get_theta(kept.trainer, 1, theta[1], error));
        cr_assert_eq(memcmp(theta[0], theta[1], (wide ? 13 * 201 : 13 * 7) * sizeof(double)), 0, "%s", devices[i / 2]);
        by_epochs(&s);
        OK(clmlp_trainer_finish(s.trainer, &result, error));
        cr_assert_eq(result.steps, EPOCHS * steps);
        cr_assert_eq(result.streamed, wide);
        destroy(&kept);
        destroy(&s);
    }
    setting s = create("cpu");
    s.config.last_batch = CLMLP_LAST_BATCH_DROP;
    s.config.shuffle = false;
    expect_last_batch_refused(&s);
    destroy(&s);
}
