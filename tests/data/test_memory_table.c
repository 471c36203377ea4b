/* test_memory_table.c - data sets from columns in memory: as from a file that holds the same. */
#include "files.h"

#include "data/dataset.h"
#include "model/model.h"

#include <math.h>

static bool has_note(const clmlp_dataset *d, const char *text)
{
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) {
        if (strstr(clmlp_dataset_note(d, i), text) != NULL) return true;
    }
    return false;
}

enum { M = 4, N = 5 };
static const char *const names[N] = {"age", "city", "since", "member", "t"};
static const double age[M] = {30, NAN, 50, 10};
static const char *const city[M] = {"Oslo", "Bern", NULL, "Bern"};
static const char *const since[M] = {"2026-01-31", "2026-02-01", "2024-12-31", "2026-01-01"};
static const char *const member[M] = {"yes", "No", "", "YES"};
static const char *const target[M] = {"a", "b", "a", "b"};
static const double *const numbers[N] = {age, NULL, NULL, NULL, NULL};
static const char *const *const texts[N] = {NULL, city, since, member, target};

static clmlp_dataset *training(void)
{
    clmlp_error error = {.message = "no error"};
    clmlp_dataset *d = NULL;
    cr_assert_eq(clmlp_dataset_create_columns(&d, M, N, names, numbers, texts, NULL, &error), CLMLP_OK, "%s",
                 error.message);
    return d;
}

static void expect_error(size_t m, size_t n, const char *const *called, const double *const *values,
                         const char *const *const *cells, const clmlp_load_options *options, const char *message)
{
    clmlp_error error = {.message = "no error"};
    clmlp_dataset *d = NULL;
    cr_expect_neq(clmlp_dataset_create_columns(&d, m, n, called, values, cells, options, &error), CLMLP_OK);
    cr_expect_not_null(strstr(error.message, message), "got %s\nexpected %s", error.message, message);
    clmlp_dataset_destroy(d);
}

Test(memory_table, is_encoded_as_a_file_with_the_same_cells)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = training(), *file = load_text("same.csv",
                                                     "age,city,since,member,t\n"
                                                     "30,Oslo,2026-01-31,yes,a\n"
                                                     ",Bern,2026-02-01,No,b\n"
                                                     "50,NA,2024-12-31,,a\n"
                                                     "10,Bern,2026-01-01,YES,b\n", &options);
    cr_assert_eq(d->n, file->n);
    cr_assert_eq(d->m, file->m);
    for (size_t i = 0; i < d->m; i++) {
        for (size_t j = 0; j < d->n; j++) {
            cr_assert_eq(clmlp_dataset_feature(d, i, j), clmlp_dataset_feature(file, i, j), "row %zu, feature %zu", i,
                         j);
        }
        cr_assert_eq(d->labels[i], file->labels[i]);
    }
    cr_assert_eq(clmlp_columns_compare(d->columns, file->columns), N - 1);
    cr_assert_str_eq(clmlp_dataset_target(d), "t");
    cr_assert(has_note(d, "data: column 'age': 1 of 4 values are missing; the median stands for them"));
    clmlp_dataset_destroy(file);
    clmlp_dataset_destroy(d);
}

Test(memory_table, for_a_model_is_matched_by_name)
{
    static const char *const later_names[] = {"extra", "member", "age", "since", "city"};
    static const double extra[] = {1, 2}, member_01[] = {1, NAN}, ages[] = {7, NAN};
    static const char *const days[] = {"2026-01-31", NULL}, *const cities[] = {"Rome", "Oslo"};
    static const double *const later_numbers[] = {extra, member_01, ages, NULL, NULL};
    static const char *const *const later_texts[] = {NULL, NULL, NULL, days, cities};
    clmlp_dataset *d = training(), *e = NULL;
    clmlp_error error = {.message = "no error"};
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.columns = clmlp_dataset_columns(d);
    options.target = "t";
    cr_assert_eq(clmlp_dataset_create_columns(&e, 2, 5, later_names, later_numbers, later_texts, &options, &error),
                 CLMLP_OK, "%s", error.message);
    double row[13];
    cr_assert_eq(clmlp_dataset_row(e, 0, row, NULL, NULL), CLMLP_OK);
    cr_assert_eq(e->n, 12);
    /* age, missing; Bern, Oslo, missing; year, month, weekday, yearday, days; member, missing */
    static const double first[] = {7, 0, 0, 0, 0, 2026, 1, 6, 31, 396, 1, 0};
    static const double second[] = {30, 1, 0, 1, 0, 2026, 1.5, 5, 31.5, 381, 1, 1};
    for (size_t j = 0; j < 12; j++) cr_assert_eq(row[j], first[j], "feature %zu: %g", j, row[j]);
    cr_assert_eq(clmlp_dataset_row(e, 1, row, NULL, NULL), CLMLP_OK);
    for (size_t j = 0; j < 12; j++) cr_assert_eq(row[j], second[j], "feature %zu: %g", j, row[j]);
    cr_assert(has_note(e, "data: left out a column, which the model does not take: 'extra'"));
    cr_assert(has_note(e, "data: column 'city': 1 of 2 values were not in the training data, the first in row 1, "
                          "'Rome'"));
    clmlp_dataset_destroy(e);
    options.missing_values = CLMLP_MISSING_VALUES_ERROR;
    expect_error(2, 5, later_names, later_numbers, later_texts, &options, "data: row 2, column 'age': missing value");
    expect_error(2, 4, later_names, later_numbers, later_texts, &options,
                 "data: no column 'city', which the model takes");
    options.missing_values = CLMLP_MISSING_VALUES_IMPUTE;
    const double *const wrong[] = {extra, extra, ages, NULL, NULL};
    expect_error(2, 5, later_names, wrong, later_texts, &options,
                 "data: row 2, column 'member': found '2', expected boolean values");
    clmlp_dataset_destroy(d);
}

Test(memory_table, takes_targets_as_asked)
{
    static const char *const called[] = {"y", "x"};
    static const double y[] = {0.5, 1.5, NAN}, x[] = {1, 2, 3};
    static const double *const values[] = {y, x};
    clmlp_load_options options = options_of(CLMLP_TARGET_AUTO);
    clmlp_dataset *d = NULL;
    options.target = "y";
    expect_error(3, 2, called, values, NULL, &options, "data: row 3, column 1: missing target");
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    cr_assert_eq(clmlp_dataset_create_columns(&d, 3, 2, called, values, NULL, &options, NULL), CLMLP_OK);
    assert_shape(d, 2, 1, 1);
    assert_row(d, 1, 2, 1.5);
    clmlp_dataset_destroy(d);
    options.target_kind = CLMLP_TARGET_VALUES;
    cr_assert_eq(clmlp_dataset_create_columns(&d, 3, 2, called, values, NULL, &options, NULL), CLMLP_OK);
    assert_row(d, 0, 1, 0.5);
    clmlp_dataset_destroy(d);
    options.target = "1";
    options.target_is_name = true; /* then it is no number */
    expect_error(3, 2, called, values, NULL, &options, "data: no target column '1'");
    options.target = "z";
    expect_error(3, 2, called, values, NULL, &options, "data: no target column 'z'");
    static const char *const twice[] = {"y", "y"};
    static const double infinite[] = {1, HUGE_VAL, 3}, *const beyond[] = {y, infinite};
    expect_error(3, 2, twice, values, NULL, NULL, "'y', is empty or stands there twice");
    expect_error(3, 2, called, beyond, NULL, NULL, "row 2, column 'x': found inf");
}

/* "NA" is a class here, and also a text that means "no value": NULL is no "NA". */
Test(memory_table, a_missing_target_is_no_class)
{
    static const char *const cells[M] = {"NA", "b", NULL, "b"}, *const classes[] = {"NA", "b"};
    static const char *const *const columns[N] = {NULL, city, since, member, cells};
    static const char *const marks[] = {"NA", "-"};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.class_names = classes;
    options.class_count = 2;
    options.missing_texts = marks;
    options.missing_count = 2;
    expect_error(M, N, names, numbers, columns, &options, "row 3, column 5: missing target (1 of 4 rows");
    options.missing_count = 1;
    expect_error(M, N, names, numbers, columns, &options, "row 3, column 5: missing target, where each");
}

/* A model without medians takes numbers, and nothing that is missing. */
Test(memory_table, suits_a_model_that_knows_names_alone)
{
    static const char *const ab[] = {"a", "b"}, *const ba[] = {"b", "a"};
    static const double one[] = {1, 2}, gap[] = {3, NAN}, two[] = {3, 4};
    static const double *const whole[] = {one, two}, *const holes[] = {one, gap};
    clmlp_columns *columns = NULL;
    clmlp_dataset *d = NULL;
    cr_assert_eq(clmlp_columns_create(&columns, ab, 2, NULL), CLMLP_OK);
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.columns = columns;
    cr_assert_eq(clmlp_dataset_create_columns(&d, 2, 2, ba, whole, NULL, &options, NULL), CLMLP_OK);
    assert_row(d, 1, 4, 2);
    cr_assert_null(d->encoded);
    clmlp_dataset_destroy(d);
    expect_error(2, 2, ba, holes, NULL, &options, "column 'a': 1 missing values; the model has no value");
    clmlp_columns_destroy(columns);
}

/* Bytes of an NPY file [2 x 2] of float64. */
static size_t make_npy(char bytes[256], double a, double b, double c, double d)
{
    const double values[] = {a, b, c, d};
    char header[128];
    const int length = snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }");
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = 118;
    bytes[9] = 0;
    memset(bytes + 10, ' ', 118);
    memcpy(bytes + 10, header, (size_t)length);
    bytes[127] = '\n';
    memcpy(bytes + 128, values, sizeof values);
    return 128 + sizeof values;
}

Test(memory_table, arrays_suit_models_of_numbers_and_booleans)
{
    char bytes[256], path[PATH_LENGTH];
    clmlp_error error = {.message = "no error"};
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("kinds.csv", "x,m,t\n1,yes,a\n,no,b\n5,yes,a\n", &options), *e = NULL;
    clmlp_load_options later = options_of(CLMLP_TARGET_NONE);
    later.columns = clmlp_dataset_columns(d);
    e = load_bytes("later.npy", bytes, make_npy(bytes, 9, 1, 8, 0), &later);
    assert_row(e, 0, 9, 0, 1);
    assert_row(e, 1, 8, 0, 0);
    cr_assert(has_note(e, "has no names of columns, so they were taken by position"));
    clmlp_dataset_destroy(e);
    write_file(scratch_path(path, "wrong.npy"), bytes, make_npy(bytes, 9, 1, 8, 2));
    cr_assert_eq(clmlp_dataset_load(&e, path, &later, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "row 2, column 'm': found '2', expected boolean values"), "%s",
                       error.message);
    clmlp_dataset_destroy(d);
    d = load_text("kinds.csv", "x,c,t\n1,r,a\n,g,b\n5,r,a\n", &options);
    later.columns = clmlp_dataset_columns(d);
    cr_assert_eq(clmlp_dataset_load(&e, path, &later, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "the model's column 'c' is categorical, which only a text file has"), "%s",
                       error.message);
    remove(path);
    clmlp_dataset_destroy(d);
}

Test(memory_table, asks_for_the_target_where_a_model_does_not_say_it)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.asks_target = true;
    expect_error(M, N, names, numbers, texts, &options, "data: which column are the targets?");
    options.target = "t";
    clmlp_dataset *d = NULL;
    cr_assert_eq(clmlp_dataset_create_columns(&d, M, N, names, numbers, texts, &options, NULL), CLMLP_OK);
    cr_expect_str_eq(clmlp_dataset_target(d), "t");
    clmlp_dataset_destroy(d);
}
