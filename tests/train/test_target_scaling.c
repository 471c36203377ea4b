/* test_target_scaling.c - targets that are standardised inside the model: y' goes in, the units of y come out. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "networks.h"
#include "train/divergence.h"

enum { M = 2100, N = 5, K = 3, HIDDEN = 7 };

static const char *const devices[] = TEST_SUBJECTS;
static const clmlp_precision precisions[] = {CLMLP_F32, CLMLP_F64};

/* Features, and targets of the kind of a price, of a small number, and one that is constant. */
typedef struct table {
    double x[M * N], y[M * K], scaled[M * K], offset[K], divisor[K];
    clmlp_dataset *data, *by_hand; /* with y; with y' */
} table;

static void make_table(table *t)
{
    clmlp_dataset *source = random_data(M, N, K, CLMLP_OUTPUT_LINEAR, 5);
    for (size_t i = 0; i < M; i++) {
        OK(clmlp_dataset_row(source, i, t->x + i * N, t->y + i * K, error));
        t->y[i * K] = 150000.0 + 50000.0 * t->x[i * N];
        t->y[i * K + 1] *= 1e-3;
        t->y[i * K + 2] = 0.1;
    }
    clmlp_dataset_destroy(source);
    OK(clmlp_dataset_create(&t->data, M, N, t->x, K, t->y, error));
}

static clmlp_model *make_model(const table *t, clmlp_scale scale)
{
    clmlp_model *model = model_for(t->data, (size_t[]){HIDDEN}, 1, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
    OK(clmlp_model_fit_target_scaling(model, t->data, scale, error));
    return model;
}

/* The same data with y' = (y - offset) / divisor. */
static void scale_by_hand(table *t, const clmlp_model *model)
{
    OK(clmlp_model_get_target_scaling(model, t->offset, t->divisor, error));
    for (size_t at = 0; at < M * K; at++) t->scaled[at] = (t->y[at] - t->offset[at % K]) / t->divisor[at % K];
    OK(clmlp_dataset_create(&t->by_hand, M, N, t->x, K, t->scaled, error));
}

static void expect_same(const double *found, const double *expected, size_t count, const char *what, const char *spec)
{
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(memcmp(&found[i], &expected[i], sizeof *found), 0, "%s on %s: number %zu is %.17g, expected %.17g",
                     what, spec, i, found[i], expected[i]);
    }
}

Test(target_scaling, is_mean_and_deviation_and_1_where_a_target_is_constant)
{
    static const double x[4] = {1, 2, 3, 4}, y[12] = {1, 7, 1e5, 2, 7, 2e5, 3, 7, 1e5, 6, 7, 2e5};
    double offset[3], divisor[3];
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, 4, 1, x, 3, y, error));
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1);
    cr_assert_eq(clmlp_model_target_scale(model), CLMLP_SCALE_NONE);
    OK(clmlp_model_get_target_scaling(model, offset, divisor, error));
    cr_assert(offset[0] == 0.0 && divisor[2] == 1.0);
    OK(clmlp_model_fit_target_scaling(model, data, CLMLP_SCALE_AUTO, error));
    cr_assert_eq(clmlp_model_target_scale(model), CLMLP_SCALE_STANDARD);
    OK(clmlp_model_get_target_scaling(model, offset, divisor, error));
    /* squares of 2, 1, 0, 3 sum up to 14; all of it is exact but the root */
    cr_assert(offset[0] == 3.0 && divisor[0] == sqrt(3.5), "%.17g %.17g", offset[0], divisor[0]);
    cr_assert(offset[1] == 7.0 && divisor[1] == 1.0, "%.17g %.17g", offset[1], divisor[1]);
    cr_assert(offset[2] == 150000.0 && divisor[2] == 50000.0, "%.17g %.17g", offset[2], divisor[2]);
    OK(clmlp_model_fit_target_scaling(model, data, CLMLP_SCALE_NONE, error));
    cr_assert_eq(clmlp_model_target_scale(model), CLMLP_SCALE_NONE);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* Of each model: its theta after training, the scores, h of the test data. */
static clmlp_train_result train(clmlp_model *model, clmlp_device *device, const clmlp_dataset *data)
{
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    config.epochs = 3;
    config.batch = 33;
    config.rate = 0.05;
    config.lambda = 0.3;
    OK(clmlp_train(model, device, data, data, &config, &result, error));
    return result;
}

static void check_training(const char *spec, clmlp_precision precision, uint64_t memory_limit)
{
    static double h[M * K], of_hand[M * K], expected[M * K];
    table t = {.data = NULL};
    make_table(&t);
    clmlp_model *const model = make_model(&t, CLMLP_SCALE_STANDARD), *const plain = make_model(&t, CLMLP_SCALE_NONE);
    scale_by_hand(&t, model);
    clmlp_device *device = open_device(spec, precision, memory_limit);
    const clmlp_train_result result = train(model, device, t.data), by_hand = train(plain, device, t.by_hand);
    cr_assert_eq(result.streamed, memory_limit != 0);
    expect_same(clmlp_model_theta(model, 1), clmlp_model_theta(plain, 1), clmlp_model_parameters(model), "theta", spec);
    expect_same(&result.train.cost, &by_hand.train.cost, 1, "J", spec);
    expect_same(&result.test.cost, &by_hand.test.cost, 1, "J of the test data", spec);
    expect_same(&result.mean_cost, &by_hand.mean_cost, 1, "J of the mean", spec);
    OK(clmlp_predict(model, device, t.data, h, error));
    OK(clmlp_predict(plain, device, t.by_hand, of_hand, error));
    for (size_t at = 0; at < M * K; at++) expected[at] = of_hand[at] * t.divisor[at % K] + t.offset[at % K];
    expect_same(h, expected, M * K, "a prediction", spec);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_model_destroy(plain);
    clmlp_dataset_destroy(t.data);
    clmlp_dataset_destroy(t.by_hand);
}

Test(target_scaling, trains_and_predicts_as_with_targets_scaled_by_hand)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (size_t p = 0; p < 2; p++) check_training(devices[d], precisions[p], 0);
    }
}

/* A device that cannot hold the data: three quarters of what it takes. */
Test(target_scaling, is_the_same_for_streamed_data)
{
    for (size_t p = 0; p < 2; p++) {
        table t = {.data = NULL};
        make_table(&t);
        clmlp_model *const model = make_model(&t, CLMLP_SCALE_STANDARD);
        clmlp_device *device = open_device("cpu", precisions[p], 0);
        (void)train(model, device, t.data);
        const uint64_t taken = clmlp_device_memory_peak(device);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(t.data);
        check_training("cpu", precisions[p], taken / 4 * 3);
    }
}

Test(target_scaling, is_undone_in_a_session_as_in_predict)
{
    static double h[M * K], found[M * K];
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (size_t p = 0; p < 2; p++) {
            table t = {.data = NULL};
            clmlp_session *session = NULL;
            make_table(&t);
            clmlp_model *const model = make_model(&t, CLMLP_SCALE_STANDARD);
            clmlp_device *device = open_device(devices[d], precisions[p], 0);
            OK(clmlp_session_create(&session, model, device, M, error));
            OK(clmlp_predict(model, device, t.data, h, error));
            OK(clmlp_session_predict_f64(session, 128, t.x, found, error));
            OK(clmlp_session_predict_f64(session, M - 128, t.x + 128 * N, found + 128 * K, error));
            expect_same(found, h, 128 * K, "a session's prediction", devices[d]);
            expect_same(found + 128 * K, h + 128 * K, (M - 128) * K, "a session's prediction", devices[d]);
            cr_assert(h[0] > 40000.0, "%g is no price", h[0]);
            clmlp_session_destroy(session);
            clmlp_device_close(device);
            clmlp_model_destroy(model);
            clmlp_dataset_destroy(t.data);
        }
    }
}

Test(target_scaling, leaves_metrics_in_the_units_of_the_targets)
{
    static double h[M * K];
    table t = {.data = NULL};
    clmlp_evaluation *evaluation = NULL;
    make_table(&t);
    clmlp_model *const model = make_model(&t, CLMLP_SCALE_STANDARD);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    OK(clmlp_predict(model, device, t.data, h, error));
    OK(clmlp_evaluate(model, device, t.data, 0.0, &evaluation, error));
    double mean = 0.0;
    for (size_t k = 0; k < K; k++) {
        double squares = 0.0;
        for (size_t i = 0; i < M; i++) squares += (h[i * K + k] - t.y[i * K + k]) * (h[i * K + k] - t.y[i * K + k]);
        mean += sqrt(squares / M) / K;
    }
    /* two sums of M + K positive terms, each with M + K roundings at the most, and a few more */
    const double found = clmlp_metrics_value(evaluation->metrics, CLMLP_METRIC_RMSE);
    cr_assert(fabs(found - mean) <= 2.0 * (M + K + 8) * (DBL_EPSILON / 2.0) * mean, "%.17g, expected %.17g", found,
              mean);
    clmlp_evaluation_destroy(evaluation);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(t.data);
}

Test(target_scaling, is_known_to_verification_and_gradient_check)
{
    table t = {.data = NULL};
    make_table(&t);
    clmlp_model *const model = make_model(&t, CLMLP_SCALE_STANDARD), *const plain = make_model(&t, CLMLP_SCALE_NONE);
    scale_by_hand(&t, model);
    clmlp_gradcheck_result checked = {.size = sizeof checked}, by_hand = {.size = sizeof by_hand};
    OK(clmlp_gradcheck(model, t.data, NULL, NULL, &checked, error));
    OK(clmlp_gradcheck(plain, t.by_hand, NULL, NULL, &by_hand, error));
    cr_assert(checked.passed && by_hand.passed);
    expect_same(&checked.cost, &by_hand.cost, 1, "J", "cpu");
    clmlp_free(checked.layers);
    clmlp_free(by_hand.layers);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        clmlp_verify_config config = clmlp_verify_config_default();
        clmlp_verify_result result = {.size = sizeof result};
        clmlp_self_check_config checking = clmlp_self_check_config_default();
        clmlp_self_check_result seen = {.size = sizeof seen};
        clmlp_train_config training = clmlp_train_config_default();
        config.steps = 3;
        config.batch = 33;
        OK(clmlp_verify(model, device, t.data, &config, &result, error));
        for (size_t i = 0; i < result.count; i++) {
            cr_assert_eq(result.findings[i].failed, 0, "%s on %s", result.findings[i].equation, devices[d]);
        }
        cr_assert_eq(result.steps, (size_t)3);
        clmlp_free(result.findings);
        checking.every = 1;
        training.epochs = 1;
        training.rate = 0.01;
        OK(clmlp_self_check_create(&training.inspector, &checking, error));
        OK(clmlp_train(model, device, t.data, NULL, &training, NULL, error));
        OK(clmlp_self_check_result_get(training.inspector, &seen, error));
        cr_assert_eq(seen.checked, (size_t)66, "%zu steps were checked", seen.checked);
        clmlp_inspector_destroy(training.inspector);
        clmlp_device_close(device);
    }
    clmlp_model_destroy(model);
    clmlp_model_destroy(plain);
    clmlp_dataset_destroy(t.data);
    clmlp_dataset_destroy(t.by_hand);
}

Test(target_scaling, comes_back_from_a_file_and_leaves_others_readable_by_older_versions)
{
    static const char path[] = TEST_SCRATCH_DIR "/target_scaling.safetensors";
    double offset[K], divisor[K];
    table t = {.data = NULL};
    make_table(&t);
    for (int scaled = 0; scaled < 2; scaled++) {
        clmlp_model *const model = make_model(&t, scaled != 0 ? CLMLP_SCALE_STANDARD : CLMLP_SCALE_NONE), *back = NULL;
        char bytes[4096] = "";
        OK(clmlp_model_save(model, path, error));
        OK(clmlp_model_load(&back, path, NULL, error));
        cr_assert_eq(clmlp_model_target_scale(back), clmlp_model_target_scale(model));
        OK(clmlp_model_get_target_scaling(model, t.offset, t.divisor, error));
        OK(clmlp_model_get_target_scaling(back, offset, divisor, error));
        expect_same(offset, t.offset, K, "an offset", "the file");
        expect_same(divisor, t.divisor, K, "a divisor", "the file");
        FILE *file = fopen(path, "rb");
        cr_assert_not_null(file);
        cr_assert_gt(fread(bytes, 1, sizeof bytes - 1, file), (size_t)8);
        (void)fclose(file);
        const char *const version = scaled != 0 ? "\"clmlp.format_version\":\"2\"" : "\"clmlp.format_version\":\"1\"";
        cr_assert_not_null(strstr(bytes + 8, version), "%s", bytes + 8);
        cr_assert_eq(strstr(bytes + 8, "target_scaling") != NULL, scaled != 0, "%s", bytes + 8);
        clmlp_model_destroy(back);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(t.data);
}

static void expect_refused(clmlp_status status, clmlp_status expected, const clmlp_error *error, const char *part)
{
    cr_assert_eq(status, expected, "status %d: %s", (int)status, error->message);
    cr_assert_not_null(strstr(error->message, part), "no '%s' in '%s'", part, error->message);
}

Test(target_scaling, is_refused_where_it_means_nothing)
{
    static const double x[2] = {0, 1}, huge[2] = {-1e308, 1.7e308};
    static const double one = 1.0;
    clmlp_error said = {.message = ""};
    clmlp_evaluation *evaluation = NULL;
    clmlp_dataset *labels = random_data(20, 2, 1, CLMLP_OUTPUT_SIGMOID, 1), *classes = cloud_data(20, 2, 3, 1);
    clmlp_dataset *too_far = NULL;
    OK(clmlp_dataset_create(&too_far, 2, 1, x, 1, huge, error));
    clmlp_model *const sigmoid = model_for(labels, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *const three = model_for(classes, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1);
    clmlp_model *const far = model_for(too_far, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1);
    OK(clmlp_model_fit_target_scaling(sigmoid, labels, CLMLP_SCALE_AUTO, error));
    OK(clmlp_model_fit_target_scaling(three, classes, CLMLP_SCALE_AUTO, error));
    cr_assert_eq(clmlp_model_target_scale(sigmoid), CLMLP_SCALE_NONE);
    cr_assert_eq(clmlp_model_target_scale(three), CLMLP_SCALE_NONE);
    expect_refused(clmlp_model_fit_target_scaling(sigmoid, labels, CLMLP_SCALE_STANDARD, &said), CLMLP_BAD_ARGUMENT,
                   &said, "the targets of a sigmoid output cannot be scaled");
    expect_refused(clmlp_model_set_target_scaling(sigmoid, CLMLP_SCALE_STANDARD, &one, &one, &said),
                   CLMLP_BAD_ARGUMENT, &said, "the targets of a sigmoid output cannot be scaled");
    expect_refused(clmlp_model_fit_target_scaling(three, classes, CLMLP_SCALE_STANDARD, &said), CLMLP_BAD_ARGUMENT,
                   &said, "targets that are no numbers cannot be scaled");
    expect_refused(clmlp_model_fit_target_scaling(far, too_far, CLMLP_SCALE_STANDARD, &said), CLMLP_BAD_INPUT, &said,
                   "target 1 cannot be scaled: its values, from -1e+308 to 1.7e+308, overflow");
    /* the largest of scaled outputs is not the likeliest class */
    static const double offsets[3] = {1, 2, 3}, divisors[3] = {1, 2, 3};
    OK(clmlp_model_set_target_scaling(three, CLMLP_SCALE_STANDARD, offsets, divisors, error));
    OK(clmlp_model_set_class_names(three, NULL, error));
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    expect_refused(clmlp_evaluate(three, device, classes, 0.0, &evaluation, &said), CLMLP_BAD_ARGUMENT, &said,
                   "the data: the targets are classes, the model's are numbers, which it scales");
    clmlp_device_close(device);
    clmlp_model_destroy(sigmoid), clmlp_model_destroy(three), clmlp_model_destroy(far);
    clmlp_dataset_destroy(labels), clmlp_dataset_destroy(classes), clmlp_dataset_destroy(too_far);
}

/* Nine digits, enough for a float, would hide what a float says about a small deviation beside a large mean. */
Test(target_scaling, is_written_with_the_digits_of_a_double)
{
    static const double x[2] = {0, 1}, y[2] = {1e12, 1e12 + 2};
    double h[2];
    char *text = NULL;
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, 2, 1, x, 1, y, error));
    clmlp_model *const model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1);
    OK(clmlp_model_fit_target_scaling(model, data, CLMLP_SCALE_AUTO, error));
    OK(clmlp_model_set_theta(model, 1, (double[]){-1, 2}, error));
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    OK(clmlp_predict(model, device, data, h, error));
    OK(clmlp_predictions_format(model, 2, h, &text, error));
    cr_assert_str_eq(text, "output_1\n1000000000000\n1000000000002\n");
    clmlp_free(text);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* Trained on until it is right to the last bit, and beyond, in single precision. */
Test(target_scaling, of_a_constant_target_does_not_make_training_diverge)
{
    static double x[40], y[40], h[40];
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < 40; i++) x[i] = (double)i / 40.0, y[i] = 123456.7;
    OK(clmlp_dataset_create(&data, 40, 1, x, 1, y, error));
    clmlp_model *const model = model_for(data, (size_t[]){4}, 1, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1);
    OK(clmlp_model_fit_target_scaling(model, data, CLMLP_SCALE_AUTO, error));
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    /* J is made of numbers of the size of 1: what rounding leaves of it is no divergence, wherever training began */
    const clmlp_smoothing smoothing = clmlp_smoothing_for(model, 0.0);
    clmlp_divergence divergence;
    OK(clmlp_divergence_measure(&divergence, model, data, &smoothing, CLMLP_F32, error));
    divergence.start = 0x1p-60;
    cr_assert(!clmlp_has_diverged(&divergence, 0x1p-48, 0.0));
    cr_assert(clmlp_has_diverged(&divergence, 0x1p-20, 0.0));
    clmlp_train_config config = clmlp_train_config_default();
    config.rate = 0.1;
    for (int i = 0; i < 4; i++) OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    OK(clmlp_predict(model, device, data, h, error));
    cr_assert(fabs(h[0] - 123456.7) < 0.1, "%.17g", h[0]);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
