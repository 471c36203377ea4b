/* test_divergence.c - a finite cost that is worse than the start and than guessing.
 *
 * One weight w and a bias, x = +-1 and y = +-1 with no relation: J = 1/2 + (w^2 + b^2) / 2, predicting the mean costs
 * 1/2, and a full-batch step makes w (1 - alpha) w. With alpha = 2.05 and w = 0.1, J = 0.5 + 0.005 * 1.1025^n after n
 * epochs: above twice 1/2 from n = 48 on.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;
static const clmlp_precision precisions[] = {CLMLP_F32, CLMLP_F64};

enum { ROWS = 8, LAST_GOOD = 47 };

static clmlp_dataset *unrelated(double mean)
{
    const double x[ROWS] = {1, -1, 1, -1, 1, -1, 1, -1}, signs[ROWS] = {1, 1, -1, -1, 1, 1, -1, -1};
    double y[ROWS];
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) y[i] = mean + signs[i];
    OK(clmlp_dataset_create(&data, ROWS, 1, x, 1, y, error));
    return data;
}

static clmlp_model *small(const clmlp_dataset *data)
{
    clmlp_model *const model = model_for(data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 1);
    OK(clmlp_model_set_theta(model, 1, (double[]){0.0, 0.1}, error));
    return model;
}

static clmlp_train_config steps(size_t epochs, double rate)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = epochs;
    config.batch = 0;
    config.rate = rate;
    return config;
}

typedef struct ending {
    clmlp_status status;
    double w;
    clmlp_train_result result;
    clmlp_error error;
} ending;

static ending train_on(size_t d, size_t p, double mean, const clmlp_train_config *config)
{
    ending end = {.result = {.size = sizeof end.result}};
    clmlp_dataset *const data = unrelated(mean);
    clmlp_model *const model = small(data);
    clmlp_device *const device = open_device(devices[d], precisions[p], 0);
    double theta[2];
    end.status = clmlp_train(model, device, data, NULL, config, &end.result, &end.error);
    OK(clmlp_model_get_theta(model, 1, theta, error));
    end.w = theta[1];
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return end;
}

#define EACH_PLACE for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) for (size_t p = 0; p < 2; p++)

Test(divergence, of_a_finite_cost_leaves_the_last_good_theta)
{
    const clmlp_train_config config = steps(100, 2.05);
    EACH_PLACE {
        const ending end = train_on(d, p, 0.0, &config);
        const double expected = 0.1 * pow(-1.05, LAST_GOOD);
        cr_assert_eq(end.status, CLMLP_DIVERGED, "%s %zu: %d", devices[d], p, (int)end.status);
        cr_assert_not_null(strstr(end.error.message, "worse than guessing"), "%s", end.error.message);
        cr_assert_eq(end.result.good_epochs, LAST_GOOD, "%s %zu: %zu", devices[d], p, end.result.good_epochs);
        cr_assert_eq(end.result.diverged_epoch, 100);
        cr_assert_eq(end.result.mean_cost, 0.5);
        /* a step rounds a handful of times, each by u at most */
        const double bound = 10.0 * LAST_GOOD * (p == 0 ? 0x1p-24 : 0x1p-53) * fabs(expected);
        cr_assert(fabs(end.w - expected) <= bound, "%s %zu: w %.9g, expected %.9g", devices[d], p, end.w, expected);
    }
}

/* x = 0: the data term of J is 1/2 whatever w is, and the lambda term is 5/2 w^2 with lambda / m = 5. A step makes
 * (1 - 5 alpha) w of w, -1.5 w with alpha = 1/2: J = 0.5 + 0.025 * 2.25^n is above twice 1/2 from n = 4 on. */
Test(divergence, of_the_lambda_term_alone_is_found)
{
    enum { LAST = 3 };
    clmlp_train_config config = steps(30, 0.5); /* in the end J is 9e8 */
    const double nothing[ROWS] = {0}, y[ROWS] = {1, 1, -1, -1, 1, 1, -1, -1};
    config.lambda = 5.0 * ROWS;
    EACH_PLACE {
        clmlp_train_result result = {.size = sizeof result};
        clmlp_error why = {.message = ""};
        clmlp_dataset *data = NULL;
        double theta[2];
        OK(clmlp_dataset_create(&data, ROWS, 1, nothing, 1, y, error));
        clmlp_model *const model = small(data);
        clmlp_device *const device = open_device(devices[d], precisions[p], 0);
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, &why), CLMLP_DIVERGED, "%s %zu: J %g",
                     devices[d], p, result.train.cost);
        cr_assert_not_null(strstr(why.message, "is the lambda term"), "%s", why.message);
        cr_assert_eq(result.good_epochs, LAST, "%s %zu: %zu", devices[d], p, result.good_epochs);
        OK(clmlp_model_get_theta(model, 1, theta, error));
        const double bound = 10.0 * LAST * (p == 0 ? 0x1p-24 : 0x1p-53) * 0.3375;
        cr_assert(fabs(theta[1] + 0.3375) <= bound, "%s %zu: w %.9g", devices[d], p, theta[1]);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}

/* The same w, but large from the start: J falls from far above guessing, and is not yet below it. */
Test(divergence, is_not_a_lambda_term_that_falls)
{
    const double nothing[ROWS] = {0}, y[ROWS] = {1, 1, -1, -1, 1, 1, -1, -1};
    clmlp_train_config config = steps(3, 0.375); /* w becomes -7/8 w */
    config.lambda = 5.0 * ROWS;
    EACH_PLACE {
        clmlp_train_result result = {.size = sizeof result};
        clmlp_dataset *data = NULL;
        OK(clmlp_dataset_create(&data, ROWS, 1, nothing, 1, y, error));
        clmlp_model *const model = small(data);
        OK(clmlp_model_set_theta(model, 1, (double[]){0.0, 100.0}, error));
        clmlp_device *const device = open_device(devices[d], precisions[p], 0);
        OK(clmlp_train(model, device, data, NULL, &config, &result, error));
        cr_assert(result.train.cost > 1000.0);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}

Test(divergence, is_not_a_cost_between_the_mean_and_guessing)
{
    const clmlp_train_config config = steps(40, 2.05);
    EACH_PLACE {
        const ending end = train_on(d, p, 0.0, &config);
        cr_assert_eq(end.status, CLMLP_OK, "%s", end.error.message);
        cr_assert_eq(end.result.good_epochs, 40);
        cr_assert(end.result.train.cost > 0.7, "%g", end.result.train.cost);
    }
}

/* Far above the mean, but it began farther: y = 1000 +- 1, and w and b are on their way. */
Test(divergence, is_not_a_training_that_has_only_begun)
{
    const clmlp_train_config config = steps(3, 0.01);
    EACH_PLACE {
        const ending end = train_on(d, p, 1000.0, &config);
        cr_assert_eq(end.status, CLMLP_OK, "%s", end.error.message);
        cr_assert(end.result.train.cost > 4e5, "%g", end.result.train.cost);
        /* the pass over the data that measured the start left theta as it was: w (1 - alpha)^3 */
        const double expected = 0.1 * pow(0.99, 3);
        cr_assert(fabs(end.w - expected) <= 1000.0 * 32.0 * (p == 0 ? 0x1p-24 : 0x1p-53), "%.9g", end.w);
    }
}

static void stop_late(const clmlp_epoch *epoch, void *stop)
{
    if (epoch->epoch == 90) clmlp_cancel_request(stop);
}

Test(divergence, is_not_told_to_who_stops_a_training)
{
    EACH_PLACE {
        clmlp_cancel *stop = NULL;
        clmlp_train_config config = steps(100, 2.05);
        OK(clmlp_cancel_create(&stop, error));
        config.cancel = stop;
        config.on_epoch = (clmlp_on_epoch){stop_late, stop};
        const ending end = train_on(d, p, 0.0, &config);
        cr_assert_eq(end.status, CLMLP_INTERRUPTED, "%d: %s", (int)end.status, end.error.message);
        cr_assert(fabs(end.w) > 5.0, "%g", end.w); /* 0.1 * 1.05^90 = 8.1: theta as it was then */
        clmlp_cancel_destroy(stop);
    }
}

/* In a loop of steps as in clmlp_train. */
Test(divergence, is_the_same_for_a_trainer)
{
    const clmlp_train_config config = steps(100, 2.05);
    EACH_PLACE {
        const ending plain = train_on(d, p, 0.0, &config);
        clmlp_dataset *const data = unrelated(0.0);
        clmlp_model *const model = small(data);
        clmlp_device *const device = open_device(devices[d], precisions[p], 0);
        clmlp_trainer *trainer = NULL;
        clmlp_train_result result = {.size = sizeof result};
        clmlp_error why;
        double theta[2];
        OK(clmlp_trainer_create(&trainer, model, device, data, NULL, &config, error));
        while (clmlp_trainer_epochs_left(trainer) > 0) OK(clmlp_trainer_run_step(trainer, NULL, error));
        cr_assert_eq(clmlp_trainer_finish(trainer, &result, &why), CLMLP_DIVERGED);
        cr_assert_str_eq(why.message, plain.error.message);
        cr_assert_eq(result.good_epochs, plain.result.good_epochs);
        OK(clmlp_model_get_theta(model, 1, theta, error));
        cr_assert_eq(theta[1], plain.w);
        clmlp_trainer_destroy(trainer);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}

/* Gradients of 1e25 are numbers in float, their squares are not: the norm is infinite, and so is what to divide by. */
Test(divergence, is_found_where_the_norm_to_clip_by_is_not_finite)
{
    const double x[2] = {1e25, -2e25}, y[2] = {1.0, 0.0};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (size_t p = 0; p < 2; p++) {
            clmlp_dataset *data = NULL;
            OK(clmlp_dataset_create(&data, 2, 1, x, 1, y, error));
            clmlp_model *const model = model_for(data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
            clmlp_device *const device = open_device(devices[d], precisions[p], 0);
            clmlp_train_config config = steps(3, 0.5);
            clmlp_error why = {.message = ""};
            OK(clmlp_model_set_theta(model, 1, (double[]){0.0, -1e-3}, error));
            config.clip_norm = 1.0;
            /* the CPU path adds floats up in double */
            const bool finite = precisions[p] == CLMLP_F64 || d == 0;
            cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &why),
                         finite ? CLMLP_OK : CLMLP_DIVERGED, "%s: %s", devices[d], why.message);
            clmlp_device_close(device);
            clmlp_model_destroy(model);
            clmlp_dataset_destroy(data);
        }
    }
}

/* Two examples, a batch each. In the first epoch the one of 1e25 gives its weight a step of 5e23; in the second its
 * output is infinite. The first batch of that epoch was good, so theta at its beginning is what is kept. */
Test(divergence, in_the_second_step_of_an_epoch_leaves_what_it_began_with)
{
    const double x[4] = {1.0, 0.0, 0.0, 1e25}, y[2] = {0.0, 0.1};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_dataset *data = NULL;
        clmlp_train_result result = {.size = sizeof result};
        clmlp_error why = {.message = ""};
        double theta[3];
        OK(clmlp_dataset_create(&data, 2, 2, x, 1, y, error));
        clmlp_model *const model = model_for(data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 1);
        clmlp_device *const device = open_device(devices[d], CLMLP_F32, 0);
        clmlp_train_config config = steps(3, 0.5);
        config.batch = 1;
        config.shuffle = false;
        OK(clmlp_model_set_theta(model, 1, (double[]){0.0, 0.0, 0.0}, error));
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, &why), CLMLP_DIVERGED, "%s", devices[d]);
        cr_assert_not_null(strstr(why.message, "epoch 2, step 2"), "%s: %s", devices[d], why.message);
        cr_assert_eq(result.good_epochs, 1, "%s: %zu", devices[d], result.good_epochs);
        OK(clmlp_model_get_theta(model, 1, theta, error));
        cr_assert(theta[0] > 0.0 && theta[1] == 0.0 && theta[2] > 1e23, "%s: %g, %g, %g", devices[d], theta[0],
                  theta[1], theta[2]);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}
