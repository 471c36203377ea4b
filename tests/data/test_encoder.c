/* test_encoder.c - encoders of columns against values worked out by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/columns/date.h"
#include "data/columns/encoder.h"

enum { WIDEST = 70 };
#define MISSING ((double)NAN)
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static clmlp_raw_column numbers(const char *name, clmlp_column_kind kind, const double *values, size_t m)
{
    return (clmlp_raw_column){.name = name, .kind = kind, .m = m, .numbers = values, .stride = 1};
}

static clmlp_raw_column codes(const char *name, const uint8_t *values, size_t m, const char *const *texts, size_t count)
{
    return (clmlp_raw_column){.name = name, .kind = CLMLP_COLUMN_CATEGORICAL, .m = m, .codes = values,
                              .code_size = 1, .texts = texts, .text_count = count};
}

static clmlp_encoder *fit(const clmlp_raw_column *raw)
{
    clmlp_encoder *encoder = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_encoder_fit(&encoder, raw, CLMLP_MAX_CATEGORIES, &error), CLMLP_OK, "%s", error.message);
    return encoder;
}

static void refuses(const clmlp_raw_column *raw, size_t max_categories, const char *message)
{
    clmlp_encoder *encoder = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_encoder_fit(&encoder, raw, max_categories, &error), CLMLP_BAD_INPUT);
    cr_assert_str_eq(error.message, message);
    cr_assert_null(encoder);
}

/* The features, and that nothing behind them is written. */
static void expect(const double *found, const double *expected, size_t width, const char *what)
{
    for (size_t f = 0; f < width; f++) {
        cr_assert_eq(found[f], expected[f], "%s, feature %zu: found %.17g, expected %.17g", what, f, found[f],
                     expected[f]);
    }
    cr_assert_eq(found[width], 77.0);
}

static void expect_number(const clmlp_encoder *encoder, double value, const double *expected, size_t width)
{
    double out[WIDEST];
    for (size_t f = 0; f < WIDEST; f++) out[f] = 77.0;
    cr_assert_eq(clmlp_encoder_width(encoder), width);
    clmlp_encoder_encode_number(encoder, value, out);
    expect(out, expected, width, encoder->name);
}

/* Features and their names, separated by |; a star where scaling applies. */
static void expect_names(const clmlp_encoder *encoder, const char *expected)
{
    char all[512] = "";
    for (size_t f = 0; f < clmlp_encoder_width(encoder); f++) {
        char *name = NULL;
        cr_assert_eq(clmlp_encoder_feature_name(&name, encoder, f, NULL), CLMLP_OK);
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s%s", f > 0 ? "|" : "",
                       clmlp_encoder_scales(encoder, f) ? "*" : "", name);
        free(name);
    }
    cr_assert_str_eq(all, expected);
}

Test(encoder, numbers_stay_and_missing_ones_become_the_median)
{
    static const double odd[] = {7, MISSING, 3, 5}, even[] = {1, 8, 2, 4}, tie[] = {2, 2, 9, MISSING};
    clmlp_raw_column raw = numbers("age", CLMLP_COLUMN_NUMERIC, odd, 4);
    clmlp_encoder *encoder = fit(&raw);
    expect_number(encoder, 7.25, (const double[]){7.25, 0}, 2);
    expect_number(encoder, MISSING, (const double[]){5, 1}, 2);
    expect_names(encoder, "*age|age missing");
    clmlp_encoder_destroy(encoder);
    raw.numbers = even;
    encoder = fit(&raw);
    expect_number(encoder, -0.5, (const double[]){-0.5}, 1);
    expect_number(encoder, MISSING, (const double[]){3}, 1); /* (2 + 4) / 2 */
    expect_names(encoder, "*age");
    clmlp_encoder_destroy(encoder);
    raw.numbers = tie;
    encoder = fit(&raw);
    expect_number(encoder, MISSING, (const double[]){2, 1}, 2);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, the_median_of_the_largest_numbers_is_finite)
{
    static const double values[] = {1.5e308, 1.7e308};
    const clmlp_raw_column raw = numbers("x", CLMLP_COLUMN_NUMERIC, values, 2);
    clmlp_encoder *encoder = fit(&raw);
    expect_number(encoder, MISSING, (const double[]){1.6e308}, 1);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, a_column_in_a_wider_table_is_read_with_its_stride)
{
    static const double table[] = {1, 100, 2, MISSING, 3, 300, 4, 500};
    clmlp_raw_column raw = numbers("b", CLMLP_COLUMN_NUMERIC, table + 1, 4);
    raw.stride = 2;
    clmlp_encoder *encoder = fit(&raw);
    expect_number(encoder, MISSING, (const double[]){300, 1}, 2);
    const clmlp_encoder_counts counts = clmlp_encoder_count(encoder, &raw, NULL);
    cr_assert(counts.missing == 1 && counts.first_missing == 1 && counts.new_missing == 0 && counts.unseen == 0);
    cr_assert_eq(counts.first_unseen, 4);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, booleans_are_0_and_1_and_missing_ones_the_more_frequent)
{
    static const double mostly_true[] = {1, 0, 1, MISSING}, tie[] = {1, 0, MISSING}, few[] = {0, 0, 1};
    clmlp_raw_column raw = numbers("member", CLMLP_COLUMN_BOOLEAN, mostly_true, 4);
    clmlp_encoder *encoder = fit(&raw);
    expect_number(encoder, 0, (const double[]){0, 0}, 2);
    expect_number(encoder, MISSING, (const double[]){1, 1}, 2);
    expect_names(encoder, "member|member missing");
    clmlp_encoder_destroy(encoder);
    raw.numbers = tie;
    raw.m = 3;
    encoder = fit(&raw);
    expect_number(encoder, MISSING, (const double[]){0, 1}, 2);
    clmlp_encoder_destroy(encoder);
    raw.numbers = few;
    encoder = fit(&raw);
    expect_number(encoder, 1, (const double[]){1}, 1);
    expect_number(encoder, MISSING, (const double[]){0}, 1);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, words_of_booleans)
{
    static const char *const words[] = {"true", "TRUE", "True", "tRuE", "yes", "Yes", "YES",
                                        "false", "FALSE", "False", "no", "No", "NO"};
    static const char *const others[] = {"", "t", "f", "y", "n", "1", "0", "truee", "tru", " true",
                                         "yes ", "nope", "on"};
    for (size_t i = 0; i < LENGTH(words); i++) {
        double value = 77.0;
        cr_assert(clmlp_parse_boolean(words[i], words[i] + strlen(words[i]), &value), "%s", words[i]);
        cr_assert_eq(value, i < 7 ? 1.0 : 0.0, "%s", words[i]);
    }
    for (size_t i = 0; i < LENGTH(others); i++) {
        double value = 77.0;
        cr_assert_not(clmlp_parse_boolean(others[i], others[i] + strlen(others[i]), &value), "'%s'", others[i]);
    }
}

static void expect_code(const clmlp_encoder *encoder, const uint32_t *map, uint32_t code, const double *expected,
                        size_t width)
{
    double out[WIDEST];
    for (size_t f = 0; f < WIDEST; f++) out[f] = 77.0;
    cr_assert_eq(clmlp_encoder_width(encoder), width);
    clmlp_encoder_encode_level(encoder, map[code], out);
    expect(out, expected, width, encoder->name);
}

/* Byte order: capitals before small letters, a blank in front is another text, UTF-8 behind ASCII. */
Test(encoder, categories_are_one_hot_in_byte_order)
{
    static const char *const texts[] = {"oslo", "\xc3\x85lesund", "Oslo", " oslo", "a=b", "not used"};
    static const uint8_t values[] = {1, 2, 3, 4, 5, 1};
    const clmlp_raw_column raw = codes("city", values, 6, texts, 6);
    clmlp_encoder *encoder = fit(&raw);
    uint32_t *map = NULL;
    cr_assert_eq(clmlp_encoder_map(&map, encoder, &raw, NULL), CLMLP_OK);
    expect_names(encoder, "city= oslo|city=Oslo|city=a=b|city=oslo|city=\xc3\x85lesund");
    expect_code(encoder, map, 1, (const double[]){0, 0, 0, 1, 0}, 5);
    expect_code(encoder, map, 2, (const double[]){0, 0, 0, 0, 1}, 5);
    expect_code(encoder, map, 3, (const double[]){0, 1, 0, 0, 0}, 5);
    expect_code(encoder, map, 4, (const double[]){1, 0, 0, 0, 0}, 5);
    expect_code(encoder, map, 6, (const double[]){0, 0, 0, 0, 0}, 5); /* no row has it */
    free(map);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, another_file_is_mapped_by_its_texts_and_what_is_new_is_counted)
{
    static const char *const texts[] = {"b", "a"}, *const others[] = {"", "c", "a", "A", "b"};
    static const uint8_t values[] = {1, 2, 1}, more[] = {3, 0, 2, 5, 4, 2, 0, 1};
    const clmlp_raw_column raw = codes("x", values, 3, texts, 2), other = codes("x", more, 8, others, 5);
    clmlp_encoder *encoder = fit(&raw);
    uint32_t *map = NULL;
    cr_assert_eq(clmlp_encoder_map(&map, encoder, &other, NULL), CLMLP_OK);
    expect_code(encoder, map, 0, (const double[]){0, 0}, 2);
    expect_code(encoder, map, 2, (const double[]){0, 0}, 2);
    expect_code(encoder, map, 3, (const double[]){1, 0}, 2);
    expect_code(encoder, map, 4, (const double[]){0, 0}, 2);
    expect_code(encoder, map, 5, (const double[]){0, 1}, 2);
    const clmlp_encoder_counts counts = clmlp_encoder_count(encoder, &other, map);
    cr_assert_eq(counts.missing, 2);
    cr_assert_eq(counts.new_missing, 2);
    cr_assert_eq(counts.first_missing, 1);
    cr_assert_eq(counts.unseen, 4); /* c twice, A and the empty text once */
    cr_assert_eq(counts.first_unseen, 2);
    free(map);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, missing_is_a_level_where_the_training_data_had_any)
{
    static const char *const texts[] = {"b", "a"};
    static const uint8_t values[] = {1, 0, 2};
    const clmlp_raw_column raw = codes("x=y", values, 3, texts, 2);
    clmlp_encoder *encoder = fit(&raw);
    uint32_t *map = NULL;
    cr_assert_eq(clmlp_encoder_map(&map, encoder, &raw, NULL), CLMLP_OK);
    expect_names(encoder, "x=y=a|x=y=b|x=y missing");
    expect_code(encoder, map, 0, (const double[]){0, 0, 1}, 3);
    expect_code(encoder, map, 1, (const double[]){0, 1, 0}, 3);
    const clmlp_encoder_counts counts = clmlp_encoder_count(encoder, &raw, map);
    cr_assert(counts.missing == 1 && counts.new_missing == 0 && counts.unseen == 0);
    free(map);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, codes_of_every_size)
{
    static const char *const texts[] = {"b", "a"};
    static const uint16_t two[] = {2, 1, 0};
    static const uint32_t four[] = {2, 1, 0};
    clmlp_raw_column raw = codes("x", NULL, 3, texts, 2);
    for (raw.code_size = 2; raw.code_size <= 4; raw.code_size += 2) {
        raw.codes = raw.code_size == 2 ? (const void *)two : four;
        cr_assert(clmlp_raw_code(&raw, 0) == 2 && clmlp_raw_code(&raw, 1) == 1 && clmlp_raw_code(&raw, 2) == 0);
        clmlp_encoder *encoder = fit(&raw);
        expect_names(encoder, "x=a|x=b|x missing");
        clmlp_encoder_destroy(encoder);
    }
}

Test(encoder, one_level_only_is_1_everywhere)
{
    static const char *const texts[] = {"a"};
    static const uint8_t values[] = {1, 1};
    const clmlp_raw_column raw = codes("x", values, 2, texts, 1);
    clmlp_encoder *encoder = fit(&raw);
    uint32_t *map = NULL;
    cr_assert_eq(clmlp_encoder_map(&map, encoder, &raw, NULL), CLMLP_OK);
    expect_code(encoder, map, 1, (const double[]){1}, 1);
    free(map);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, too_many_levels_name_the_options)
{
    static char names[65][8];
    static const char *texts[65];
    static uint8_t values[65];
    for (size_t i = 0; i < 65; i++) {
        (void)snprintf(names[i], sizeof names[i], "n%zu", i);
        texts[i] = names[i];
        values[i] = (uint8_t)(i + 1);
    }
    clmlp_raw_column raw = codes("user id", values, 65, texts, 65);
    refuses(&raw, 64, "column 'user id' has 65 different texts (expected at most 64); leave it out: --ignore 'user "
                      "id', or take them all: --max-categories 65");
    values[64] = 0; /* 64 levels and what is missing, which does not count */
    clmlp_encoder *encoder = fit(&raw);
    cr_assert_eq(clmlp_encoder_width(encoder), 65);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, a_column_without_any_value_is_refused)
{
    static const double none[] = {MISSING, MISSING};
    static const uint8_t values[] = {0, 0};
    static const char message[] = "column 'x' has no value in any row; leave it out: --ignore 'x'";
    static const clmlp_column_kind kinds[] = {CLMLP_COLUMN_NUMERIC, CLMLP_COLUMN_BOOLEAN, CLMLP_COLUMN_DATE};
    for (size_t k = 0; k < 3; k++) {
        const clmlp_raw_column raw = numbers("x", kinds[k], none, 2);
        refuses(&raw, 64, message);
    }
    const clmlp_raw_column raw = codes("x", values, 2, NULL, 0);
    refuses(&raw, 64, message);
}

static double seconds(const char *text)
{
    double value = 0.0;
    bool time = false;
    cr_assert(clmlp_parse_date(text, text + strlen(text), &value, &time));
    return value;
}

/* 2024-03-04 is a Monday, 1900-02-28 a Wednesday; there was no 1900-02-29. */
Test(encoder, dates_are_parts_and_days_since_the_first)
{
    const double values[] = {seconds("2024-03-04"), seconds("2024-02-29"), MISSING, seconds("2024-12-31")};
    const clmlp_raw_column raw = numbers("day", CLMLP_COLUMN_DATE, values, 4);
    clmlp_encoder *encoder = fit(&raw);
    expect_names(encoder, "*day.year|*day.month|*day.weekday|*day.yearday|*day.days|day missing");
    expect_number(encoder, values[0], (const double[]){2024, 3, 1, 64, 4, 0}, 6);
    expect_number(encoder, values[1], (const double[]){2024, 2, 4, 60, 0, 0}, 6);
    expect_number(encoder, values[3], (const double[]){2024, 12, 2, 366, 306, 0}, 6);
    expect_number(encoder, MISSING, (const double[]){2024, 3, 2, 64, 4, 1}, 6); /* the median of each part */
    expect_number(encoder, seconds("2024-02-28T23:59"), (const double[]){2024, 2, 3, 59, -1, 0}, 6);
    expect_number(encoder, seconds("1900-02-28"), (const double[]){1900, 2, 3, 59, -45291, 0}, 6);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, dates_with_times_have_the_hour)
{
    const double values[] = {seconds("1969-12-31T22:30"), seconds("1970-01-01 03:00:59Z")};
    clmlp_raw_column raw = numbers("at", CLMLP_COLUMN_DATE, values, 2);
    raw.times = true;
    clmlp_encoder *encoder = fit(&raw);
    expect_names(encoder, "*at.year|*at.month|*at.weekday|*at.yearday|*at.days|*at.hour");
    expect_number(encoder, values[0], (const double[]){1969, 12, 3, 365, 0, 22}, 6);
    expect_number(encoder, values[1], (const double[]){1970, 1, 4, 1, 1, 3}, 6);
    expect_number(encoder, seconds("1970-01-01"), (const double[]){1970, 1, 4, 1, 1, 0}, 6);
    expect_number(encoder, MISSING, (const double[]){1969.5, 6.5, 3.5, 183, 0.5, 12.5}, 6);
    clmlp_encoder_destroy(encoder);
}

Test(encoder, a_copy_encodes_the_same)
{
    static const char *const texts[] = {"b", "a"};
    static const uint8_t values[] = {1, 0, 2};
    const clmlp_raw_column raw = codes("x", values, 3, texts, 2);
    clmlp_encoder *encoder = fit(&raw), *copy = NULL;
    cr_assert_eq(clmlp_encoder_copy(&copy, encoder, NULL), CLMLP_OK);
    clmlp_encoder_destroy(encoder);
    expect_names(copy, "x=a|x=b|x missing");
    clmlp_encoder_destroy(copy);
    clmlp_encoder_destroy(NULL);
}

/* Whatever an encoder has fitted makes it another one. */
Test(encoder, are_equal_where_everything_is)
{
    char *low[] = {"a", "b"}, *high[] = {"a", "c"};
    const clmlp_encoder date = {.kind = CLMLP_COLUMN_DATE, .fill = {1, 2, 3}, .first_day = 20000};
    const clmlp_encoder text = {.kind = CLMLP_COLUMN_CATEGORICAL, .levels = low, .level_count = 2};
    clmlp_encoder other = date;
    cr_assert(clmlp_encoder_equal(&date, &other));
    other.first_day++;
    cr_assert(!clmlp_encoder_equal(&date, &other), "the first day");
    other = date;
    other.hour = true;
    cr_assert(!clmlp_encoder_equal(&date, &other), "the hour");
    other = date;
    other.had_missing = true;
    cr_assert(!clmlp_encoder_equal(&date, &other), "missing values");
    for (size_t part = 0; part < CLMLP_DATE_PARTS; part++) {
        other = date;
        other.fill[part] += 1.0;
        cr_assert(!clmlp_encoder_equal(&date, &other), "fill %zu", part);
    }
    other = text;
    cr_assert(clmlp_encoder_equal(&text, &other));
    other.levels = high;
    cr_assert(!clmlp_encoder_equal(&text, &other), "a level");
    other = text;
    other.level_count = 1;
    cr_assert(!clmlp_encoder_equal(&text, &other), "the number of levels");
    cr_assert(!clmlp_encoder_equal(&text, &date), "the kind");
}
