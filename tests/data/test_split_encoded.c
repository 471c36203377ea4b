/* test_split_encoded.c - a table of texts and missing values, divided: what columns become is learned from the rest. */
#include "files.h"

#include <stdlib.h>

#include "data/dataset.h"

enum { ROWS = 60, TEXT = 8192 };

#define HEADER "age,city,member,since,t\n"

/* Row i: ages that differ, a city that only one row has, and missing values of each column. */
static void append_row(char *text, size_t i)
{
    static const char *const cities[] = {"Oslo", "Bern", "", "Rome", "NA"};
    char age[16] = "?", row[128];
    if (i % 6 != 1) (void)snprintf(age, sizeof age, "%zu", 20 + (i * i) % 41);
    (void)snprintf(row, sizeof row, "%s,%s,%s,2026-%02zu-%02zu,%s\n", age, i == 7 ? "Vaduz" : cities[i % 5],
                   i % 11 == 3 ? "" : i % 3 == 0 ? "yes" : "no", 1 + i % 12, 1 + i % 28, i % 2 == 0 ? "a" : "b");
    (void)strcat(text, row);
}

static clmlp_dataset *load_whole(void)
{
    char text[TEXT] = HEADER;
    for (size_t i = 0; i < ROWS; i++) append_row(text, i);
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    return load_text("whole.csv", text, &options);
}

/* The rows of a part as a file of their own. */
static clmlp_dataset *load_rows(const clmlp_dataset *part, const char *name, const clmlp_columns *columns)
{
    char text[TEXT] = HEADER;
    for (size_t i = 0; i < part->m; i++) append_row(text, part->source[i]);
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    static const char *const names[] = {"a", "b"};
    options.class_names = names;
    options.class_count = 2;
    options.columns = columns;
    return load_text(name, text, &options);
}

static void expect_equal(const clmlp_dataset *got, const clmlp_dataset *expected)
{
    double x[2][64], y[2][2];
    cr_assert_eq(got->n, expected->n, "%zu features, not %zu", got->n, expected->n);
    cr_assert_eq(got->m, expected->m);
    cr_assert_eq(clmlp_columns_compare(got->columns, expected->columns), 4);
    for (size_t i = 0; i < got->m; i++) {
        cr_assert_eq(clmlp_dataset_row(got, i, x[0], y[0], NULL), CLMLP_OK);
        cr_assert_eq(clmlp_dataset_row(expected, i, x[1], y[1], NULL), CLMLP_OK);
        cr_assert_arr_eq(x[0], x[1], got->n * sizeof(double), "features of row %zu", i);
        cr_assert_arr_eq(y[0], y[1], sizeof y[0], "targets of row %zu", i);
    }
}

/* Both parts are what two files of these rows would be, the second read for a model of the first. */
static void expect_files(const clmlp_dataset *part, const clmlp_dataset *rest)
{
    clmlp_dataset *const alone = load_rows(rest, "rest.csv", NULL);
    clmlp_dataset *const later = load_rows(part, "part.csv", alone->columns);
    expect_equal(rest, alone);
    expect_equal(part, later);
    clmlp_dataset_destroy(later);
    clmlp_dataset_destroy(alone);
}

Test(split_encoded, learns_from_the_rest_alone)
{
    clmlp_dataset *const whole = load_whole();
    size_t with_unseen = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        clmlp_dataset *part = NULL, *rest = NULL;
        clmlp_error error = {.message = ""};
        cr_assert_eq(clmlp_dataset_split(whole, 0.2, seed, &part, &rest, &error), CLMLP_OK, "%s", error.message);
        expect_files(part, rest);
        if (clmlp_dataset_notes(part) > 0) {
            const char *const note = clmlp_dataset_note(part, 0);
            cr_assert_not_null(strstr(note, "column 'city': 1 of 12 held-out values were not in the training data, the "
                                            "first in row 8, 'Vaduz'; their features are all 0"), "%s", note);
            cr_assert_eq(clmlp_dataset_notes(part), 1);
            cr_assert_eq(rest->n + 1, whole->n);
            with_unseen++;
        } else {
            cr_assert_eq(rest->n, whole->n);
        }
        clmlp_dataset_destroy(part);
        clmlp_dataset_destroy(rest);
    }
    cr_assert(with_unseen > 0 && with_unseen < 20);
    clmlp_dataset_destroy(whole);
}

Test(split_encoded, of_folds_learns_from_the_others)
{
    clmlp_dataset *const whole = load_whole();
    for (size_t fold = 0; fold < 7; fold++) {
        clmlp_dataset *part = NULL, *rest = NULL;
        cr_assert_eq(clmlp_dataset_fold(whole, 7, fold, 3, &part, &rest, NULL), CLMLP_OK);
        expect_files(part, rest);
        clmlp_dataset_destroy(part);
        clmlp_dataset_destroy(rest);
    }
    clmlp_dataset_destroy(whole);
}

/* A city that is in one fold alone stays a feature of all. */
Test(split_encoded, of_folds_alike_keeps_what_was_fitted_to_all)
{
    clmlp_dataset *const whole = load_whole();
    for (size_t fold = 0; fold < 7; fold++) {
        clmlp_dataset *part = NULL, *rest = NULL;
        cr_assert_eq(clmlp_dataset_fold_alike(whole, 7, fold, 3, &part, &rest, NULL), CLMLP_OK);
        cr_assert_eq(part->m + rest->m, whole->m);
        const clmlp_dataset *const both[] = {part, rest};
        for (size_t b = 0; b < 2; b++) {
            cr_assert_eq(clmlp_dataset_notes(both[b]), 0);
            cr_assert_eq(both[b]->n, whole->n, "fold %zu: %zu features, not %zu", fold, both[b]->n, whole->n);
            cr_assert_eq(clmlp_columns_compare(both[b]->columns, whole->columns), 4);
            for (size_t i = 0; i < both[b]->m; i++) {
                double x[2][64];
                cr_assert_eq(clmlp_dataset_row(both[b], i, x[0], NULL, NULL), CLMLP_OK);
                cr_assert_eq(clmlp_dataset_row(whole, both[b]->source[i], x[1], NULL, NULL), CLMLP_OK);
                cr_assert_arr_eq(x[0], x[1], whole->n * sizeof(double));
            }
        }
        clmlp_dataset_destroy(part);
        clmlp_dataset_destroy(rest);
    }
    clmlp_dataset_destroy(whole);
}

/* Data for a model keeps the model's encoders, whatever its own values are. */
Test(split_encoded, of_new_data_keeps_the_encoders)
{
    clmlp_dataset *const whole = load_whole();
    char text[TEXT] = HEADER "1,Paris,,2020-02-29,b\n,Oslo,yes,,a\n3,,no,2020-03-01,b\n4,Rome,no,2021-01-01,a\n"
                             "5,Tokio,yes,2021-01-02,a\n";
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.columns = whole->columns;
    clmlp_dataset *part = NULL, *rest = NULL, *const later = load_text("later.csv", text, &options);
    cr_assert_eq(clmlp_dataset_split(later, 0.5, 1, &part, &rest, NULL), CLMLP_OK);
    const clmlp_dataset *const both[] = {part, rest};
    for (size_t b = 0; b < 2; b++) {
        cr_assert_eq(clmlp_columns_compare(both[b]->columns, whole->columns), 4);
        for (size_t i = 0; i < both[b]->m; i++) {
            double x[2][64];
            cr_assert_eq(clmlp_dataset_row(both[b], i, x[0], NULL, NULL), CLMLP_OK);
            cr_assert_eq(clmlp_dataset_row(later, both[b]->source[i], x[1], NULL, NULL), CLMLP_OK);
            cr_assert_arr_eq(x[0], x[1], whole->n * sizeof(double));
        }
    }
    clmlp_dataset_destroy(part);
    clmlp_dataset_destroy(rest);
    clmlp_dataset_destroy(later);
    clmlp_dataset_destroy(whole);
}

static clmlp_status divide(const char *text, const clmlp_load_options *options, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_dataset *const whole = load_text("few.csv", text, options);
    for (uint64_t seed = 0; status == CLMLP_OK && seed < 50; seed++) {
        clmlp_dataset *part = NULL, *rest = NULL;
        status = clmlp_dataset_split(whole, 0.5, seed, &part, &rest, error);
        clmlp_dataset_destroy(part);
        clmlp_dataset_destroy(rest);
    }
    clmlp_dataset_destroy(whole);
    return status;
}

Test(split_encoded, refuses_what_the_rest_cannot_know)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_error error = {.message = ""};
    cr_assert_eq(divide("x,c,t\n1,,a\n2,,b\n3,,a\n4,k,b\n", &options, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "few.csv, without the rows that are held out: column 'c' has no value in "
                                             "any row"), "%s", error.message);
    options.unseen = CLMLP_UNSEEN_ERROR;
    cr_assert_eq(divide("x,c,t\n1,j,a\n2,j,b\n3,j,a\n4,k,b\n", &options, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "held-out values were not in the training data"), "%s", error.message);
}
