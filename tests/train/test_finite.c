/* test_finite.c - every number that a device gets is finite in its precision, or it is refused by name. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/evaluate.h"
#include "clmlp/gradcheck.h"
#include "clmlp/session.h"
#include "clmlp/verify.h"
#include "networks.h"
#include "train/run.h"

enum { M = 12, N = 3, K = 2, HIDDEN = 4 };

#define LARGEST "3.40282346638529e+38"
#define BEYOND_F32 "which is beyond the largest number of f32, " LARGEST " (f64 can have it)"

/* All that takes numbers to a device. */
typedef enum user { TRAIN, VERIFY, DETERMINISM, GRADCHECK, VOTE, EVALUATE, PREDICT, SESSION, USERS } user;
static const char *const users[USERS] = {"train", "verify", "determinism", "gradcheck", "vote", "evaluate", "predict",
                                         "session"};

typedef struct task {
    double x[M * N], y[M * K], theta[HIDDEN * (N + 1)];
    double rate, lambda;
} task;

static task a_task(void)
{
    task t = {.rate = 0.1};
    for (size_t i = 0; i < M * N; i++) t.x[i] = (double)(i % 7) / 7.0;
    for (size_t i = 0; i < M * K; i++) t.y[i] = (double)(i % 5) / 5.0;
    for (size_t i = 0; i < HIDDEN * (N + 1); i++) t.theta[i] = (double)(i % 3) / 3.0;
    return t;
}

static clmlp_status use(const task *t, user who, clmlp_precision precision, clmlp_error *why)
{
    clmlp_dataset *data = NULL;
    clmlp_status status = CLMLP_OK;
    double h[M * K];
    OK(clmlp_dataset_create(&data, M, N, t->x, K, t->y, error));
    clmlp_model *model = model_for(data, (size_t[]){HIDDEN}, 1, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
    clmlp_device *device = open_device("cpu", precision, 0);
    clmlp_train_config train = clmlp_train_config_default();
    clmlp_verify_config verify = clmlp_verify_config_default();
    clmlp_gradcheck_config gradcheck = clmlp_gradcheck_config_default();
    train.rate = verify.rate = t->rate;
    train.lambda = verify.lambda = gradcheck.lambda = t->lambda;
    train.epochs = verify.steps = 1;
    train.batch = verify.batch = 2;
    OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_NONE, error));
    OK(clmlp_model_set_theta(model, 1, t->theta, error));
    *why = (clmlp_error){.message = ""};
    switch (who) {
    case TRAIN: status = clmlp_train(model, device, data, NULL, &train, NULL, why); break;
    case VERIFY: {
        clmlp_verify_result result = {.size = sizeof result};
        status = clmlp_verify(model, device, data, &verify, &result, why);
        clmlp_free(result.findings);
        break;
    }
    case DETERMINISM: {
        clmlp_determinism_result result = {.size = sizeof result};
        status = clmlp_verify_determinism(model, device, data, &verify, 2, &result, why);
        break;
    }
    case GRADCHECK: {
        clmlp_gradcheck_result result = {.size = sizeof result};
        status = clmlp_gradcheck(model, data, device, &gradcheck, &result, why);
        clmlp_free(result.layers);
        break;
    }
    case VOTE: {
        clmlp_vote_result *result = NULL;
        status = clmlp_verify_vote(model, data, precision, &verify, &result, why);
        clmlp_vote_result_destroy(result);
        break;
    }
    case EVALUATE: {
        clmlp_evaluation *evaluation = NULL;
        status = clmlp_evaluate(model, device, data, t->lambda, &evaluation, why);
        clmlp_evaluation_destroy(evaluation);
        break;
    }
    case PREDICT: status = clmlp_predict(model, device, data, h, why); break;
    case SESSION: {
        clmlp_session *session = NULL;
        status = clmlp_session_create(&session, model, device, M, why);
        if (status == CLMLP_OK) status = clmlp_session_predict_f64(session, M, t->x, h, why);
        clmlp_session_destroy(session);
        break;
    }
    case USERS: cr_assert_fail("no user");
    }
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return status;
}

/* Refused in float with this message, by the users first .. last; taken in double. */
static void refused(const task *t, user first, user last, const char *message)
{
    for (user who = first; who <= last; who++) {
        clmlp_error error;
        const clmlp_status status = use(t, who, CLMLP_F32, &error);
        cr_expect_eq(status, CLMLP_BAD_ARGUMENT, "%s in f32: %d %s", users[who], (int)status, error.message);
        cr_expect_str_eq(error.message, message, "%s:\nfound    %s\nexpected %s", users[who], error.message, message);
        cr_expect_neq(use(t, who, CLMLP_F64, &error), CLMLP_BAD_ARGUMENT, "%s in f64: %s", users[who], error.message);
    }
}

static void taken(const task *t, user first, user last)
{
    for (user who = first; who <= last; who++) {
        clmlp_error error;
        cr_expect_neq(use(t, who, CLMLP_F32, &error), CLMLP_BAD_ARGUMENT, "%s in f32: %s", users[who], error.message);
    }
}

Test(finite, lambda_is_refused_where_the_device_would_have_an_infinite_share_of_it)
{
    task t = a_task();
    t.lambda = 12e39; /* of 12 examples: 1e39 */
    refused(&t, TRAIN, VOTE, "lambda (--lambda) is 1.2e+40: lambda / m with m = 12 is 1e+39, which f32 rounds to inf "
            "(expected lambda to be at most 4.08338815966235e+39; f64 can have it)");
    t.lambda = 4.08338815966235e+39; /* as the message has it */
    taken(&t, TRAIN, VOTE);
}

Test(finite, rate_is_refused_where_it_is_infinite)
{
    task t = a_task();
    t.rate = 1e39;
    const char *const message = "the learning rate (--rate) is 1e+39, which f32 rounds to inf (expected at most "
                                LARGEST "; f64 can have it)";
    refused(&t, TRAIN, DETERMINISM, message);
    refused(&t, VOTE, VOTE, message);
    t.rate = 3.40282346638529e+38; /* as the message has it */
    taken(&t, TRAIN, DETERMINISM);
}

Test(finite, theta_of_a_model_is_refused_by_its_place)
{
    task t = a_task();
    t.theta[2 * (N + 1) + 1] = -1e39;
    refused(&t, TRAIN, SESSION, "theta(1), row 3, column 2: found -1e+39, " BEYOND_F32);
    t.theta[2 * (N + 1) + 1] = -FLT_MAX;
    taken(&t, TRAIN, SESSION);
}

Test(finite, a_feature_is_refused_by_its_place)
{
    task t = a_task();
    t.x[7 * N + 1] = 1e39;
    refused(&t, TRAIN, DETERMINISM, "example 8, feature 2: found 1e+39, scaled 1e+39, " BEYOND_F32);
    refused(&t, GRADCHECK, GRADCHECK, "a matrix for the device, row 8, column 2: found 1e+39, " BEYOND_F32);
    refused(&t, VOTE, SESSION, "example 8, feature 2: found 1e+39, scaled 1e+39, " BEYOND_F32);
    t.x[7 * N + 1] = FLT_MAX;
    taken(&t, TRAIN, SESSION);
}

/* The session gets no targets, and a prediction needs none. */
Test(finite, a_target_is_refused_by_its_place)
{
    task t = a_task();
    t.y[11 * K + 1] = 1e39;
    refused(&t, TRAIN, DETERMINISM, "example 12, target 2: found 1e+39, " BEYOND_F32);
    refused(&t, GRADCHECK, GRADCHECK, "a matrix for the device, row 12, column 2: found 1e+39, " BEYOND_F32);
    refused(&t, VOTE, EVALUATE, "example 12, target 2: found 1e+39, " BEYOND_F32);
    taken(&t, PREDICT, SESSION);
}

enum { STREAMED_M = 3000, STREAMED_N = 200 };

/* Of batches that are uploaded one by one, in a new order. */
static void refused_where_streamed(const double *x, const double *y, clmlp_status expected, const char *message)
{
    clmlp_dataset *data = NULL;
    clmlp_error why = {.message = ""};
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    config.epochs = 1;
    config.rate = 0.01;
    OK(clmlp_dataset_create(&data, STREAMED_M, STREAMED_N, x, 1, y, error));
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 1500000);
    OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_NONE, error));
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, &why), expected, "%s", why.message);
    cr_assert(expected != CLMLP_OK || result.streamed);
    cr_assert_str_eq(why.message, message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(finite, streamed_examples_are_refused_by_their_place)
{
    double *x = calloc((size_t)STREAMED_M * STREAMED_N, sizeof *x), *y = calloc(STREAMED_M, sizeof *y);
    refused_where_streamed(x, y, CLMLP_OK, "");
    x[1233 * STREAMED_N + 6] = 1e39;
    refused_where_streamed(x, y, CLMLP_BAD_ARGUMENT,
                           "example 1234, feature 7: found 1e+39, scaled 1e+39, " BEYOND_F32);
    x[1233 * STREAMED_N + 6] = 0.0;
    y[2999] = -1e39;
    refused_where_streamed(x, y, CLMLP_BAD_ARGUMENT, "example 3000, target 1: found -1e+39, " BEYOND_F32);
    free(x);
    free(y);
}

/* Scaling was fitted to other data; the quotient is beyond even double. */
Test(finite, a_feature_that_scaling_makes_infinite_is_refused_in_double)
{
    const double narrow[4] = {0.0, 0.0, 1e-300, 1.0}, wide[4] = {1e300, 0.0, 0.0, 1.0}, y[2] = {0.0, 1.0};
    double h[2];
    clmlp_dataset *fitted = NULL, *data = NULL;
    clmlp_error why = {.message = ""};
    OK(clmlp_dataset_create(&fitted, 2, 2, narrow, 1, y, error));
    OK(clmlp_dataset_create(&data, 2, 2, wide, 1, y, error));
    clmlp_model *model = model_for(fitted, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    OK(clmlp_model_fit_scaling(model, fitted, CLMLP_SCALE_MINMAX, error));
    cr_assert_eq(clmlp_predict(model, device, data, h, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(why.message, "example 1, feature 1: found 1e+300, scaled inf, which is beyond the largest number "
                                  "of f64, 1.79769313486232e+308");
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_dataset_destroy(fitted);
}

/* What is saved as the best of a run: each number counts, and none beyond them. */
Test(finite, every_number_counts_and_none_behind_them)
{
    for (size_t bad = 0; bad < 4; bad++) {
        double values[] = {1.0, 2.0, 3.0, 4.0};
        values[bad] = bad % 2 == 0 ? (double)NAN : (double)INFINITY;
        cr_assert_eq(clmlp_all_finite(values, 3), bad == 3, "number %zu", bad);
    }
}
