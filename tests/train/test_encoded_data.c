/* test_encoded_data.c - training on encoded columns gives the bits of training on their features written out. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "model/model.h"
#include "networks.h"

enum { M = 300, LEVELS = 20, K = 3 };

static const char *const devices[] = TEST_SUBJECTS;
static unsigned labels[M];

/* A numeric column with missing values, and one of texts of which two in twenty-one are missing. */
static clmlp_dataset *make_encoded(void)
{
    static const char *const texts[LEVELS] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                              "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
    clmlp_dataset *data = calloc(1, sizeof *data);
    double *numbers = malloc(M * sizeof *numbers);
    uint8_t *codes = malloc(M);
    clmlp_encoder *encoders[2] = {NULL};
    cr_assert(data != NULL && numbers != NULL && codes != NULL);
    for (size_t i = 0; i < M; i++) {
        const uint64_t bits = clmlp_random_bits(5, CLMLP_RANDOM_ORDER, 0, i);
        numbers[i] = i % 7 == 0 ? (double)NAN : clmlp_random_uniform(5, CLMLP_RANDOM_ORDER, 1, i);
        codes[i] = (uint8_t)(bits % (LEVELS + 1));
        labels[i] = (unsigned)(bits % K);
    }
    const clmlp_raw_column raw[] = {
        {.name = "x", .kind = CLMLP_COLUMN_NUMERIC, .m = M, .numbers = numbers, .stride = 1},
        {.name = "t", .kind = CLMLP_COLUMN_CATEGORICAL, .m = M, .codes = codes, .code_size = 1, .texts = texts,
         .text_count = LEVELS}};
    for (size_t c = 0; c < 2; c++) OK(clmlp_encoder_fit(&encoders[c], &raw[c], CLMLP_MAX_CATEGORIES, error));
    OK(clmlp_columns_create_encoded(&data->columns, encoders, 2, error));
    OK(clmlp_encoded_create(&data->encoded, data->columns, raw, numbers, 1, error));
    data->m = M;
    data->n = clmlp_columns_width(data->columns);
    data->K = K;
    data->target_kind = CLMLP_TARGET_CLASSES;
    data->labels = calloc(M, sizeof *data->labels);
    cr_assert_not_null(data->labels);
    for (size_t i = 0; i < M; i++) data->labels[i] = labels[i];
    static const char *const names[K] = {"0", "1", "2"};
    OK(clmlp_duplicate_list(&data->class_names, names, K, error));
    return data;
}

static clmlp_dataset *write_out(const clmlp_dataset *encoded)
{
    const size_t n = clmlp_dataset_features(encoded);
    clmlp_dataset *data = NULL;
    double *x = malloc(M * n * sizeof *x);
    cr_assert_not_null(x);
    for (size_t i = 0; i < M; i++) OK(clmlp_dataset_row(encoded, i, x + i * n, NULL, error));
    OK(clmlp_dataset_create_classes(&data, M, n, x, K, NULL, labels, error));
    free(x);
    return data;
}

Test(encoded_data, trains_and_predicts_to_the_bit_as_its_features)
{
    clmlp_dataset *encoded = make_encoded(), *plain = write_out(encoded);
    cr_assert_eq(clmlp_dataset_features(encoded), 2 + LEVELS + 1);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_dataset *const data[2] = {encoded, plain};
        clmlp_model *models[2] = {NULL};
        static double h[2][M * K];
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        clmlp_train_config config = clmlp_train_config_default();
        config.epochs = 2;
        config.batch = 16;
        for (size_t t = 0; t < 2; t++) {
            models[t] = model_for(data[t], (size_t[]){9}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 4);
            OK(clmlp_model_fit_scaling(models[t], data[t], CLMLP_SCALE_NONE, error));
            OK(clmlp_train(models[t], device, data[t], NULL, &config, NULL, error));
            OK(clmlp_predict(models[t], device, data[t], h[t], error));
        }
        const size_t bytes = models[0]->theta_at[models[0]->L - 1] * sizeof(double);
        cr_assert_eq(memcmp(models[0]->theta, models[1]->theta, bytes), 0, "theta on %s", devices[d]);
        cr_assert_eq(memcmp(h[0], h[1], sizeof h[0]), 0, "predictions on %s", devices[d]);
        cr_assert_eq(clmlp_columns_compare(models[0]->columns, encoded->columns), 2);
        for (size_t t = 0; t < 2; t++) clmlp_model_destroy(models[t]);
        clmlp_device_close(device);
    }
    clmlp_dataset_destroy(plain);
    clmlp_dataset_destroy(encoded);
}
