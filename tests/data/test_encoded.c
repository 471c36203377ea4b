/* test_encoded.c - data sets whose features are made of numbers and codes on the way. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "data/scaling.h"

enum { M = 4, N = 12, STRIDE = 3, LEVELS = 600 };

/* day: year, month, weekday, yearday, days | age, age missing | member | city=Bern, city=Oslo, city missing | one=x */
static const double features[M][N] = {
    {1970, 1, 5, 2, 0, 20, 0, 1, 0, 1, 0, 1},
    {1970, 1, 6, 3, 1, 30, 1, 0, 1, 0, 0, 1},
    {1970, 1, 7, 4, 2, 40, 0, 1, 0, 0, 1, 1},
    {1970, 1, 1, 5, 3, 30, 0, 1, 0, 1, 0, 1},
};

static void fit_columns(clmlp_columns **columns, const clmlp_raw_column *raw, size_t count)
{
    clmlp_encoder *encoders[8] = {NULL};
    for (size_t c = 0; c < count; c++) cr_assert_eq(clmlp_encoder_fit(&encoders[c], &raw[c], 1000, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_columns_create_encoded(columns, encoders, count, NULL), CLMLP_OK);
}

static void *copy_of(const void *values, size_t size)
{
    void *copy = malloc(size);
    cr_assert_not_null(copy);
    return memcpy(copy, values, size);
}

static clmlp_dataset *make(void)
{
    static const double table[M * STRIDE] = {20, 1, 86400, (double)NAN, 0, 172800, 40, 1, 259200, 30, 1, 345600};
    static const uint8_t cities[M] = {2, 1, 0, 2};
    static const uint32_t ones[M] = {1, 1, 1, 1};
    static const char *const city_texts[] = {"Bern", "Oslo"}, *const one_text[] = {"x"};
    double *numbers = copy_of(table, sizeof table);
    const clmlp_raw_column raw[] = {
        {.name = "day", .kind = CLMLP_COLUMN_DATE, .m = M, .numbers = numbers + 2, .stride = STRIDE},
        {.name = "age", .kind = CLMLP_COLUMN_NUMERIC, .m = M, .numbers = numbers, .stride = STRIDE},
        {.name = "member", .kind = CLMLP_COLUMN_BOOLEAN, .m = M, .numbers = numbers + 1, .stride = STRIDE},
        {.name = "city", .kind = CLMLP_COLUMN_CATEGORICAL, .m = M, .codes = copy_of(cities, sizeof cities),
         .code_size = 1, .texts = city_texts, .text_count = 2},
        {.name = "one", .kind = CLMLP_COLUMN_CATEGORICAL, .m = M, .codes = copy_of(ones, sizeof ones), .code_size = 4,
         .texts = one_text, .text_count = 1}};
    clmlp_dataset *data = calloc(1, sizeof *data);
    cr_assert_not_null(data);
    fit_columns(&data->columns, raw, 5);
    cr_assert_eq(clmlp_encoded_create(&data->encoded, data->columns, raw, numbers, STRIDE, NULL), CLMLP_OK);
    data->m = M;
    data->n = clmlp_columns_width(data->columns);
    cr_assert_eq(data->n, N);
    return data;
}

Test(encoded, rows_and_single_features_are_those_of_the_encoders)
{
    clmlp_dataset *data = make();
    double row[N];
    for (size_t i = 0; i < M; i++) {
        cr_assert_eq(clmlp_dataset_row(data, i, row, NULL, NULL), CLMLP_OK);
        for (size_t j = 0; j < N; j++) {
            cr_assert_eq(row[j], features[i][j], "row %zu, feature %zu: found %g", i, j, row[j]);
            cr_assert_eq(clmlp_dataset_feature(data, i, j), features[i][j]);
        }
    }
    clmlp_dataset_destroy(data);
}

Test(encoded, any_part_of_a_row_is_the_part_of_the_whole)
{
    clmlp_dataset *data = make();
    for (size_t first = 0; first < N; first++) {
        for (size_t count = 0; first + count <= N; count++) {
            double part[N + 1];
            for (size_t j = 0; j <= N; j++) part[j] = 77.0;
            clmlp_encoded_load(data->encoded, 2, first, count, part);
            cr_assert_eq(memcmp(part, features[2] + first, count * sizeof *part), 0, "from %zu, %zu", first, count);
            cr_assert_eq(part[count], 77.0);
        }
    }
    clmlp_dataset_destroy(data);
}

/* Ages 20, 30, 40, 30: minus 30, divided by sqrt(50). */
Test(encoded, scaling_leaves_what_is_0_or_1)
{
    static const clmlp_scale kinds[] = {CLMLP_SCALE_STANDARD, CLMLP_SCALE_MINMAX};
    static const uint32_t order[M] = {3, 1, 0, 2};
    clmlp_dataset *data = make();
    for (size_t k = 0; k < 2; k++) {
        clmlp_scaling scaling = {0};
        double out[M * N];
        float out32[M * N];
        cr_assert_eq(clmlp_scaling_fit(&scaling, data, kinds[k], NULL), CLMLP_OK);
        clmlp_scaling_apply(&scaling, data, order, 0, M, CLMLP_F64, out);
        clmlp_scaling_apply(&scaling, data, order, 0, M, CLMLP_F32, out32);
        for (size_t r = 0; r < M; r++) {
            for (size_t j = 6; j < N; j++) cr_assert_eq(out[r * N + j], features[order[r]][j], "feature %zu", j);
            const double age = features[order[r]][5];
            cr_assert_eq(out[r * N + 5], k == 0 ? (age - 30) / sqrt(50) : (age - 20) / 20);
            cr_assert_eq(out[r * N], 0.0); /* the year is constant */
            for (size_t j = 0; j < N; j++) cr_assert_eq(out32[r * N + j], (float)out[r * N + j]);
        }
        cr_assert_eq(clmlp_scaling_check(&scaling, data, order, 0, M, CLMLP_F64, out, NULL), CLMLP_OK);
        free(scaling.offset);
    }
    clmlp_dataset_destroy(data);
}

/* More levels than scaling takes features at a time. */
Test(encoded, one_column_of_many_levels)
{
    static uint16_t values[LEVELS];
    static char names[LEVELS][8];
    static const char *texts[LEVELS];
    static double out[LEVELS * LEVELS];
    for (size_t i = 0; i < LEVELS; i++) {
        values[i] = (uint16_t)(LEVELS - i);
        (void)snprintf(names[i], sizeof names[i], "%03zu", i);
        texts[i] = names[i];
    }
    const clmlp_raw_column raw = {.name = "x", .kind = CLMLP_COLUMN_CATEGORICAL, .m = LEVELS,
                                  .codes = copy_of(values, sizeof values), .code_size = 2, .texts = texts,
                                  .text_count = LEVELS};
    clmlp_dataset *data = calloc(1, sizeof *data);
    cr_assert_not_null(data);
    fit_columns(&data->columns, &raw, 1);
    cr_assert_eq(clmlp_encoded_create(&data->encoded, data->columns, &raw, NULL, 0, NULL), CLMLP_OK);
    data->m = data->n = LEVELS;
    clmlp_scaling scaling = {0};
    cr_assert_eq(clmlp_scaling_fit(&scaling, data, CLMLP_SCALE_STANDARD, NULL), CLMLP_OK);
    clmlp_scaling_apply(&scaling, data, NULL, 0, LEVELS, CLMLP_F64, out);
    for (size_t at = 0; at < (size_t)LEVELS * LEVELS; at++) {
        const size_t i = at / LEVELS, j = at % LEVELS;
        cr_assert_eq(out[at], j == LEVELS - 1 - i ? 1.0 : 0.0, "row %zu, feature %zu", i, j);
    }
    free(scaling.offset);
    clmlp_dataset_destroy(data);
}

/* Test data keeps its own codes; the levels are those of the training data. */
Test(encoded, another_file_is_encoded_with_the_levels_of_the_training_data)
{
    static const uint8_t values[] = {1, 2, 3, 0}, trained[] = {1, 2};
    static const char *const texts[] = {"c", "b", "a"}, *const levels[] = {"a", "b"};
    const clmlp_raw_column raw = {.name = "x", .kind = CLMLP_COLUMN_CATEGORICAL, .m = 2, .codes = trained,
                                  .code_size = 1, .texts = levels, .text_count = 2};
    const clmlp_raw_column other = {.name = "x", .kind = CLMLP_COLUMN_CATEGORICAL, .m = 4,
                                    .codes = copy_of(values, sizeof values), .code_size = 1, .texts = texts,
                                    .text_count = 3};
    static const double expected[4][2] = {{0, 0}, {0, 1}, {1, 0}, {0, 0}};
    clmlp_dataset *data = calloc(1, sizeof *data);
    cr_assert_not_null(data);
    fit_columns(&data->columns, &raw, 1);
    cr_assert_eq(clmlp_encoded_create(&data->encoded, data->columns, &other, NULL, 0, NULL), CLMLP_OK);
    data->m = 4;
    data->n = 2;
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 2; j++) cr_assert_eq(clmlp_dataset_feature(data, i, j), expected[i][j]);
    }
    clmlp_dataset_destroy(data);
}
