/* A session predicts what clmlp_predict does, to the bit, from arrays of any type and as often as one likes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

enum { N = 37, K = 5, LARGEST = 1100 };

static const char *const devices[] = TEST_SUBJECTS;

/* The same whole numbers 0 .. 255 as three types, and as a data set. */
typedef struct arrays {
    uint8_t u8[LARGEST * N];
    float f32[LARGEST * N];
    double f64[LARGEST * N], y[LARGEST * K];
} arrays;

static arrays *make_arrays(void)
{
    arrays *a = malloc(sizeof *a);
    cr_assert_not_null(a);
    for (size_t i = 0; i < (size_t)LARGEST * N; i++) {
        a->u8[i] = (uint8_t)(i * 2654435761U >> 13);
        a->f32[i] = (float)a->u8[i];
        a->f64[i] = (double)a->u8[i];
    }
    for (size_t i = 0; i < (size_t)LARGEST * K; i++) a->y[i] = (double)(i % 2);
    return a;
}

static clmlp_dataset *first_rows(const arrays *a, size_t rows)
{
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, rows, N, a->f64, K, a->y, error));
    return data;
}

static void assert_same(const double *found, const double *expected, size_t rows, const char *what, const char *spec)
{
    for (size_t i = 0; i < rows * K; i++) {
        cr_assert_eq(memcmp(&found[i], &expected[i], sizeof *found), 0,
                     "%s on %s, %zu rows: h of row %zu, output %zu is %.17g, expected %.17g", what, spec, rows, i / K,
                     i % K, found[i], expected[i]);
    }
}

static void check(const char *spec, clmlp_precision precision, clmlp_scale scale)
{
    static const size_t sizes[] = {1, 31, 33, 64, 511, 512, 513, LARGEST, 2};
    static double found[LARGEST * K], expected[LARGEST * K];
    arrays *a = make_arrays();
    clmlp_dataset *all = first_rows(a, LARGEST);
    clmlp_model *model = model_for(all, (size_t[]){19, 7}, 2, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 11);
    clmlp_device *device = open_device(spec, precision, 0);
    clmlp_session *session = NULL;
    OK(clmlp_model_fit_scaling(model, all, scale, error));
    OK(clmlp_session_create(&session, model, device, LARGEST, error));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t rows = sizes[i];
        clmlp_dataset *data = first_rows(a, rows);
        OK(clmlp_predict(model, device, data, expected, error));
        OK(clmlp_session_predict_f64(session, rows, a->f64, found, error));
        assert_same(found, expected, rows, "f64", spec);
        OK(clmlp_session_predict_f32(session, rows, a->f32, found, error));
        assert_same(found, expected, rows, "f32", spec);
        OK(clmlp_session_predict_u8(session, rows, a->u8, found, error));
        assert_same(found, expected, rows, "u8", spec);
        clmlp_dataset_destroy(data);
    }
    clmlp_session_destroy(session);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(all);
    free(a);
}

Test(session, predicts_as_predict_does)
{
    static const clmlp_scale scales[] = {CLMLP_SCALE_NONE, CLMLP_SCALE_MINMAX, CLMLP_SCALE_STANDARD, CLMLP_SCALE_PIXEL};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) check(devices[d], CLMLP_F32, scales[s]);
        check(devices[d], CLMLP_F64, CLMLP_SCALE_STANDARD);
    }
}

/* Training uses the device's room for scores, and changes the model; the session is as it was made. */
Test(session, is_not_disturbed_by_what_else_the_device_does)
{
    static double before[33 * K], after[33 * K];
    arrays *a = make_arrays();
    clmlp_dataset *data = first_rows(a, 600);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_model *model = model_for(data, (size_t[]){8}, 1, CLMLP_RELU, CLMLP_OUTPUT_SIGMOID, 2);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        clmlp_train_config config = clmlp_train_config_default();
        clmlp_session *session = NULL;
        config.epochs = 1;
        config.batch = 7;
        OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_PIXEL, error));
        OK(clmlp_session_create(&session, model, device, 33, error));
        OK(clmlp_session_predict_u8(session, 33, a->u8, before, error));
        OK(clmlp_train(model, device, data, data, &config, NULL, error));
        OK(clmlp_session_predict_u8(session, 33, a->u8, after, error));
        assert_same(after, before, 33, "after training", devices[d]);
        clmlp_model_destroy(model);
        OK(clmlp_session_predict_u8(session, 33, a->u8, after, error));
        assert_same(after, before, 33, "without the model", devices[d]);
        clmlp_session_destroy(session);
        clmlp_device_close(device);
    }
    clmlp_dataset_destroy(data);
    free(a);
}

/* All inputs are finite, their products are not. */
Test(session, refuses_a_prediction_that_is_not_finite)
{
    arrays *a = make_arrays();
    clmlp_dataset *data = first_rows(a, 9);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 2);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_session *session = NULL;
    clmlp_error why = {.message = ""};
    double h[9 * K];
    OK(clmlp_session_create(&session, model, device, 9, error));
    for (size_t j = 0; j < N; j++) a->f32[6 * N + j] = 3e38F * (model->theta[1 + j] < 0.0 ? -1.0F : 1.0F);
    cr_assert_eq(clmlp_session_predict_f32(session, 9, a->f32, h, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "the prediction of row 7 is not finite (output 1 is inf)"), "%s",
                       why.message);
    clmlp_session_destroy(session);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    free(a);
}

Test(session, refuses_a_value_that_is_not_finite_and_goes_on)
{
    arrays *a = make_arrays();
    clmlp_dataset *data = first_rows(a, 9);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 2);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_session *session = NULL;
    clmlp_error why = {.message = ""};
    double h[9 * K];
    OK(clmlp_session_create(&session, model, device, 9, error));
    a->f32[2 * N + 4] = NAN;
    cr_assert_eq(clmlp_session_predict_f32(session, 9, a->f32, h, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "row 3, column 5"), "%s", why.message);
    OK(clmlp_session_predict_u8(session, 9, a->u8, h, error));
    cr_assert_eq(clmlp_session_features(session), N);
    cr_assert_eq(clmlp_session_outputs(session), K);
    cr_assert_eq(clmlp_session_largest(session), 9);
    clmlp_session_destroy(session);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    free(a);
}
