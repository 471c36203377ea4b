/* test_sparse_data.c - training on sparse rows gives the bits of training on the same rows with their zeros, and takes
 * no memory for these. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/random.h"
#include "data/dataset.h"
#include "data/scaling.h"
#include "model/model.h"
#include "networks.h"

enum { M = 4000, N = 70, K = 3, STREAMS = 1350000 /* bytes: less than the data and a batch take */ };

static const char *const devices[] = TEST_SUBJECTS;

/* The same data set in sparse rows. */
static clmlp_dataset *make_sparse(const clmlp_dataset *dense)
{
    static size_t starts[M + 1];
    static uint32_t columns[M * N];
    static double values[M * N], y[M * K], row[N];
    clmlp_dataset *data = NULL;
    size_t count = 0;
    for (size_t i = 0; i < M; i++) {
        OK(clmlp_dataset_row(dense, i, row, y + i * K, error));
        starts[i] = count;
        for (size_t j = 0; j < N; j++) {
            if (row[j] == 0.0) continue;
            columns[count] = (uint32_t)j;
            values[count++] = row[j];
        }
    }
    starts[M] = count;
    OK(clmlp_dataset_create_sparse(&data, M, N, starts, columns, values, K, y, error));
    cr_assert_lt(count, M * N / 4);
    return data;
}

/* What came of a training. */
typedef struct outcome {
    clmlp_model *model;
    double h[M * K];
    clmlp_train_result result;
} outcome;

static void train(outcome *o, clmlp_device *device, const clmlp_dataset *data, clmlp_scale scale, size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 1;
    config.batch = batch;
    o->result = (clmlp_train_result){.size = sizeof o->result};
    o->model = model_for(data, (size_t[]){40}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 4);
    OK(clmlp_model_fit_scaling(o->model, data, scale, error));
    OK(clmlp_train(o->model, device, data, data, &config, &o->result, error));
    OK(clmlp_predict(o->model, device, data, o->h, error));
}

static void compare(const char *spec, clmlp_device *device, bool streams, clmlp_dataset *const data[2],
                    clmlp_scale scale, size_t batch)
{
    static outcome o[2];
    for (size_t t = 0; t < 2; t++) train(&o[t], device, data[t], scale, batch);
    const size_t bytes = clmlp_model_parameters(o[0].model) * sizeof(double);
    cr_assert_eq(memcmp(o[0].model->theta, o[1].model->theta, bytes), 0, "theta, %s, %s, scale %s, batch %zu", spec,
                 clmlp_precision_name(clmlp_device_precision(device)), clmlp_scale_name(scale), batch);
    cr_assert_eq(memcmp(o[0].h, o[1].h, sizeof o[0].h), 0, "predictions, %s, scale %s, batch %zu%s", spec,
                 clmlp_scale_name(scale), batch, streams ? ", streamed" : "");
    cr_assert_eq(o[0].result.train.cost, o[1].result.train.cost);
    cr_assert_eq(o[0].result.test.cost, o[1].result.test.cost);
    cr_assert(o[0].result.streamed == streams && o[1].result.streamed == streams);
    for (size_t t = 0; t < 2; t++) clmlp_model_destroy(o[t].model);
}

Test(sparse_data, trains_and_predicts_to_the_bit_as_with_its_zeros)
{
    clmlp_dataset *const dense = sparse_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 0.1, 3);
    clmlp_dataset *const data[2] = {dense, make_sparse(dense)};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
            clmlp_device *const device = open_device(devices[d], (clmlp_precision)precision, 0);
            for (int scale = CLMLP_SCALE_AUTO + 1; scale < CLMLP_SCALE_COUNT; scale++) {
                compare(devices[d], device, false, data, (clmlp_scale)scale, 128);
            }
            compare(devices[d], device, false, data, CLMLP_SCALE_NONE, 0);
            clmlp_device_close(device);
        }
        clmlp_device *const small = open_device(devices[d], CLMLP_F32, STREAMS);
        compare(devices[d], small, true, data, CLMLP_SCALE_NONE, 128);
        clmlp_device_close(small);
    }
    clmlp_dataset_destroy(data[0]);
    clmlp_dataset_destroy(data[1]);
}

Test(sparse_data, is_not_scaled_unless_that_is_asked_for)
{
    clmlp_dataset *const dense = sparse_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 0.1, 3), *const data = make_sparse(dense);
    clmlp_model *const model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1);
    OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_AUTO, error));
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_NONE);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_dataset_destroy(dense);
}

/* Their zeros count for median and quartiles, and do not stay zeros. */
Test(sparse_data, robust_scaling_gives_the_bits_of_the_same_rows_with_their_zeros)
{
    enum { ROWS = 8, WIDE = 3 };
    static const double x[ROWS * WIDE] = {1, 0, 5, 2, 0, 5, 3, 0, 5, 4, 9, 5, 5, 0, 5, 6, 0, 0, 7, -3, 5, 800, 0, 5};
    static const clmlp_scale kinds[] = {CLMLP_SCALE_ROBUST, CLMLP_SCALE_ROBUST_CLIP};
    size_t starts[ROWS + 1] = {0}, count = 0;
    uint32_t columns[ROWS * WIDE];
    double values[ROWS * WIDE], a[ROWS * WIDE], b[ROWS * WIDE];
    clmlp_dataset *sparse = NULL, *dense = NULL;
    for (size_t at = 0; at < ROWS * WIDE; at++) {
        if (x[at] != 0.0) {
            columns[count] = (uint32_t)(at % WIDE);
            values[count++] = x[at];
        }
        starts[at / WIDE + 1] = count;
    }
    OK(clmlp_dataset_create_sparse(&sparse, ROWS, WIDE, starts, columns, values, 0, NULL, error));
    OK(clmlp_dataset_create(&dense, ROWS, WIDE, x, 0, NULL, error));
    for (size_t k = 0; k < 2; k++) {
        clmlp_scaling mine, other;
        OK(clmlp_scaling_fit(&mine, sparse, kinds[k], error));
        OK(clmlp_scaling_fit(&other, dense, kinds[k], error));
        cr_assert_arr_eq(mine.offset, other.offset, 2 * WIDE * sizeof(double));
        clmlp_scaling_apply(&mine, sparse, NULL, 0, ROWS, CLMLP_F64, a);
        clmlp_scaling_apply(&other, dense, NULL, 0, ROWS, CLMLP_F64, b);
        cr_assert_arr_eq(a, b, sizeof a);
        cr_assert_lt(a[1 * WIDE], 0.0); /* 2 is below the median, 4.5 */
        cr_assert_eq(a[5 * WIDE + 2] == 0.0, false); /* a zero that is none any more */
        free(mine.offset);
        free(other.offset);
    }
    clmlp_dataset_destroy(sparse);
    clmlp_dataset_destroy(dense);
}

/* The second number of row 2 is none in float. */
Test(sparse_data, a_number_beyond_the_precision_is_refused_with_its_place)
{
    const size_t starts[] = {0, 1, 3, 3};
    const uint32_t columns[] = {0, 1, 4};
    const double values[] = {1, 2, 1e39};
    const unsigned labels[] = {0, 1, 0};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_dataset *data = NULL;
        clmlp_error why = {.message = ""};
        clmlp_train_config config = clmlp_train_config_default();
        config.batch = 2;
        OK(clmlp_dataset_create_sparse_classes(&data, 3, 5, starts, columns, values, 2, NULL, labels, error));
        clmlp_model *const model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1);
        clmlp_device *const device = open_device(devices[d], CLMLP_F32, 0);
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &why), CLMLP_BAD_ARGUMENT, "%s", devices[d]);
        cr_assert_not_null(strstr(why.message, "example 2, feature 5: found 1e+39"), "%s", why.message);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

enum { ROWS = 2000, WIDTH = 100000, EACH = 20 };

static clmlp_dataset *make_wide(void)
{
    static size_t starts[ROWS + 1];
    static uint32_t columns[ROWS * EACH];
    static double values[ROWS * EACH];
    static unsigned labels[ROWS];
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (unsigned)(i % 2);
        for (size_t c = 0; c < EACH; c++) { /* each in a part of its own, so that they ascend */
            const size_t at = i * EACH + c, part = WIDTH / EACH;
            columns[at] = (uint32_t)(c * part + clmlp_random_bits(1, CLMLP_RANDOM_ORDER, 0, at) % part);
            values[at] = 1.0;
        }
        starts[i + 1] = (i + 1) * EACH;
    }
    OK(clmlp_dataset_create_sparse_classes(&data, ROWS, WIDTH, starts, columns, values, 2, NULL, labels, error));
    return data;
}

static size_t peak_bytes(void)
{
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return (size_t)usage.ru_maxrss * 1024;
}

/* With its zeros the data takes 800 MB. */
Test(sparse_data, is_streamed_where_its_zeros_would_fill_the_memory)
{
    static const char *const where[] = {"cpu", "opencl+native"};
    clmlp_dataset *const data = make_wide();
    for (size_t d = 0; d < 2; d++) {
        static double h[2 * ROWS];
        clmlp_device *device = open_device(where[d], CLMLP_F32, 0);
        clmlp_model *model = model_for(data, (size_t[]){4}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 4);
        clmlp_train_config config = clmlp_train_config_default();
        clmlp_train_result result = {.size = sizeof result};
        config.epochs = 1;
        OK(clmlp_train(model, device, data, NULL, &config, &result, error));
        OK(clmlp_predict(model, device, data, h, error));
        cr_assert(result.streamed);
        clmlp_model_destroy(model);
        clmlp_device_close(device);
        const size_t dense = (size_t)ROWS * WIDTH * sizeof(float);
#if defined(__SANITIZE_ADDRESS__)
        continue; /* it keeps what was freed, up to 256 MiB */
#endif
        cr_assert_lt(peak_bytes(), dense / 2, "%s: %zu bytes at the most, %zu with all zeros", where[d], peak_bytes(),
                     dense);
    }
    clmlp_dataset_destroy(data);
}
