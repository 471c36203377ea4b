/* test_weights.c - weights of examples: from memory, of classes, from a column, through a split. */
#include "files.h"

#include <math.h>
#include <stdlib.h>

#include "data/dataset.h"

static const double x[] = {1, 2, 3, 4, 5, 6};
static const unsigned labels[] = {0, 1, 1, 1, 0, 2};

static clmlp_dataset *six_examples(void)
{
    static const char *const names[] = {"a", "b", "c"};
    clmlp_dataset *data = NULL;
    cr_assert_eq(clmlp_dataset_create_classes(&data, 6, 1, x, 3, names, labels, NULL), CLMLP_OK);
    return data;
}

/* Each weight went through three roundings, the sum through m: a mean of 1 up to that. */
static void expect_weights(const clmlp_dataset *data, const double *raw)
{
    const double *const weights = clmlp_dataset_weights(data);
    const size_t m = clmlp_dataset_examples(data);
    double sum = 0.0;
    for (size_t i = 0; i < m; i++) sum += raw[i];
    cr_assert_not_null(weights);
    for (size_t i = 0; i < m; i++) {
        const double expected = raw[i] * (double)m / sum;
        cr_assert(fabs(weights[i] - expected) <= (double)(2 * m + 8) * 0x1p-53 * expected,
                  "weight %zu: %.17g, not %.17g", i, weights[i], expected);
    }
}

Test(weights, have_a_mean_of_1)
{
    static const double raw[] = {3, 0, 1e-3, 7, 7, 2.5};
    clmlp_dataset *data = six_examples();
    cr_assert_null(clmlp_dataset_weights(data));
    cr_assert_eq(clmlp_dataset_set_weights(data, raw, NULL), CLMLP_OK);
    expect_weights(data, raw);
    cr_assert_eq(clmlp_dataset_set_weights(data, NULL, NULL), CLMLP_OK);
    cr_assert_null(clmlp_dataset_weights(data));
    clmlp_dataset_destroy(data);
}

Test(weights, may_be_as_large_and_as_small_as_numbers_are)
{
    static const double raw[] = {1e308, 1e308, 1e308, 5e307, 0, 5e-324};
    static const double tiny[] = {5e-324, 1e-323, 5e-324, 5e-324, 5e-324, 5e-324};
    clmlp_dataset *data = six_examples();
    cr_assert_eq(clmlp_dataset_set_weights(data, raw, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_weights(data)[0], 6.0 / 3.5);
    cr_assert_eq(clmlp_dataset_set_weights(data, tiny, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_weights(data)[1], 2.0 * clmlp_dataset_weights(data)[0]);
    clmlp_dataset_destroy(data);
}

Test(weights, that_are_equal_are_none)
{
    static const double equal[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    clmlp_dataset *data = six_examples();
    cr_assert_eq(clmlp_dataset_set_weights(data, equal, NULL), CLMLP_OK);
    cr_assert_null(clmlp_dataset_weights(data));
    clmlp_dataset_destroy(data);
}

Test(weights, that_are_none_are_refused)
{
    static const double cases[][6] = {{1, 1, -1, 1, 1, 1}, {1, 1, 1, 1, 1, (double)NAN},
                                      {(double)INFINITY, 1, 1, 1, 1, 1},
                                      {0, 0, 0, 0, 0, 0}};
    static const char *const messages[] = {"weight of example 3: found -1", "weight of example 6: found nan",
                                           "weight of example 1: found inf", "all of the 6 examples weigh 0"};
    clmlp_dataset *data = six_examples();
    for (size_t i = 0; i < 4; i++) {
        clmlp_error error = {.message = ""};
        cr_assert_eq(clmlp_dataset_set_weights(data, cases[i], &error), CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(error.message, messages[i]), "%s", error.message);
        cr_assert_null(clmlp_dataset_weights(data));
    }
    clmlp_dataset_destroy(data);
}

Test(weights, of_balanced_classes_are_m_by_K_and_their_size)
{
    double taken[3], raw[6];
    clmlp_dataset *data = six_examples();
    cr_assert_eq(clmlp_dataset_weigh_classes(data, NULL, taken, NULL), CLMLP_OK);
    cr_assert(taken[0] == 6.0 / (3.0 * 2.0) && taken[1] == 6.0 / (3.0 * 3.0) && taken[2] == 6.0 / (3.0 * 1.0));
    for (size_t i = 0; i < 6; i++) raw[i] = taken[labels[i]];
    expect_weights(data, raw);
    clmlp_dataset_destroy(data);
}

Test(weights, of_classes_multiply_those_of_examples)
{
    static const double own[] = {1, 2, 3, 4, 5, 6}, of_class[] = {0.5, 4, 0};
    double raw[6];
    clmlp_dataset *data = six_examples();
    cr_assert_eq(clmlp_dataset_set_weights(data, own, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_weigh_classes(data, of_class, NULL, NULL), CLMLP_OK);
    for (size_t i = 0; i < 6; i++) raw[i] = own[i] * of_class[labels[i]];
    expect_weights(data, raw);
    clmlp_dataset_destroy(data);
}

Test(weights, of_classes_that_are_none_are_refused)
{
    static const double negative[] = {1, -2, 1}, zero[] = {0, 0, 0}, y[] = {1, 2, 3, 4, 5, 6};
    clmlp_error error = {.message = ""};
    clmlp_dataset *data = six_examples(), *values = NULL;
    cr_assert_eq(clmlp_dataset_weigh_classes(data, negative, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "weight of class 'b': found -2"), "%s", error.message);
    cr_assert_eq(clmlp_dataset_weigh_classes(data, zero, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_create(&values, 6, 1, x, 1, y, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_weigh_classes(values, NULL, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "no classes"), "%s", error.message);
    clmlp_dataset_destroy(values);
    clmlp_dataset_destroy(data);
}

Test(weights, go_with_their_examples_through_a_split)
{
    enum { M = 40 };
    double many[M], raw[M];
    unsigned classes[M];
    for (size_t i = 0; i < M; i++) many[i] = (double)i, raw[i] = 1.0 + (double)(i * i % 7), classes[i] = i % 2;
    clmlp_dataset *data = NULL, *parts[2] = {NULL, NULL};
    cr_assert_eq(clmlp_dataset_create_classes(&data, M, 1, many, 2, NULL, classes, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_set_weights(data, raw, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_split(data, 0.3, 1, &parts[0], &parts[1], NULL), CLMLP_OK);
    for (size_t p = 0; p < 2; p++) {
        double expected[M], feature = 0.0;
        for (size_t i = 0; i < clmlp_dataset_examples(parts[p]); i++) {
            (void)clmlp_dataset_row(parts[p], i, &feature, NULL, NULL);
            expected[i] = raw[(size_t)feature];
        }
        expect_weights(parts[p], expected);
        clmlp_dataset_destroy(parts[p]);
    }
    clmlp_dataset_destroy(data);
}

/* --- a column ------------------------------------------------------------------------------------------------ */

static clmlp_load_options with_weights(const char *column)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.weights = column;
    return options;
}

static bool has_note(const clmlp_dataset *data, const char *part)
{
    for (size_t i = 0; i < clmlp_dataset_notes(data); i++) {
        if (strstr(clmlp_dataset_note(data, i), part) != NULL) return true;
    }
    return false;
}

Test(weights, come_from_a_column_by_name_or_number_wherever_it_stands)
{
    static const char *const texts[] = {"w,p,q,t\n2,1,5,a\n0.5,2,6,b\n4,3,7,a\n",
                                        "p,w,q,t\n1,2,5,a\n2,0.5,6,b\n3,4,7,a\n",
                                        "p,q,t,w\n1,5,a,2\n2,6,b,0.5\n3,7,a,4\n"};
    static const char *const numbers[] = {"1", "2", "4"};
    static const double raw[] = {2, 0.5, 4};
    for (size_t i = 0; i < 6; i++) {
        clmlp_load_options options = with_weights(i < 3 ? "w" : numbers[i - 3]);
        options.target = "t";
        clmlp_dataset *data = load_text("w.csv", texts[i % 3], &options);
        assert_shape(data, 3, 2, 2);
        assert_row(data, 1, 2, 6, 0, 1);
        cr_assert_eq(clmlp_columns_count(clmlp_dataset_columns(data)), 2);
        expect_weights(data, raw);
        cr_assert(has_note(data, "column 'w' has the weights of the examples in training, from 0.5 to 4, scaled"));
        clmlp_dataset_destroy(data);
    }
}

Test(weights, come_from_a_column_beside_texts_and_missing_values)
{
    clmlp_load_options options = with_weights("w");
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    static const double raw[] = {2, 4, 1};
    clmlp_dataset *data = load_text("w.csv", "w,p,q,t\n2,red,5,a\n9,red,6,\n4,blue,,a\n1,red,8,b\n", &options);
    assert_shape(data, 3, 4, 2); /* red, blue, q and whether q is there */
    expect_weights(data, raw);
    clmlp_dataset_destroy(data);
}

/* The column is read for two reasons, in rows of numbers and beside texts. */
Test(weights, come_from_a_column_that_is_kept_too)
{
    static const char *const texts[] = {"w,p,t\n2,1,0\n0.5,2,1\n4,3,0\n", "p,t,w\n1,0,2\n2,1,0.5\n3,0,4\n",
                                        "p,w,t\nred,2,0\nblue,0.5,1\nred,4,0\n"};
    static const double raw[] = {2, 0.5, 4};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        clmlp_load_options options = with_weights("w");
        options.target = "t";
        options.keep = "w";
        clmlp_dataset *data = load_text("w.csv", texts[i], &options);
        expect_weights(data, raw);
        cr_assert_str_eq(clmlp_dataset_kept_text(data, 2, 0), "4");
        clmlp_dataset_destroy(data);
    }
}

Test(weights, come_from_a_column_of_a_file_without_names)
{
    clmlp_load_options options = options_without_header();
    options.weights = "2";
    static const double raw[] = {3, 1};
    clmlp_dataset *data = load_text("w.csv", "1,3,a\n2,1,b\n", &options);
    assert_shape(data, 2, 1, 2);
    expect_weights(data, raw);
    clmlp_dataset_destroy(data);
}

static void expect_refused(const char *text, const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *data = NULL;
    clmlp_error error = {.message = ""};
    write_file(scratch_path(path, "refused.csv"), text, strlen(text));
    cr_assert_eq(clmlp_dataset_load(&data, path, options, &error), CLMLP_BAD_INPUT, "%s", text);
    cr_assert_not_null(strstr(error.message, message), "'%s' is not in '%s'", message, error.message);
    remove(path);
}

Test(weights, of_a_column_are_refused_with_their_place)
{
    clmlp_load_options options = with_weights("w");
    expect_refused("w,p,t\n1,2,a\n-0.5,3,b\n", &options, "refused.csv:3:1: found '-0.5' in column 'w'");
    expect_refused("w,p,t\n1,2,a\n,3,b\n", &options, "refused.csv:3:1: found nothing in column 'w'");
    expect_refused("p,w,t\n1,x,a\n2,3,b\n", &options, "refused.csv:2:3: found 'x' in column 'w'");
    expect_refused("p,w,t\n1,1,a\n2,NaN,b\n", &options, "refused.csv:3:3: found 'NaN' in column 'w'");
    expect_refused("p,w,t\n1,1,a\n2,1e999,b\n", &options, "refused.csv:3:3: found '1e999' in column 'w'");
    expect_refused("p,w,t\nred,1,a\nblue,inf,b\n", &options, "refused.csv:3:6: found 'inf' in column 'w'");
    expect_refused("p,w,t\n1,0,a\n2,0,b\n", &options, "all weights in column 'w' are 0");
    expect_refused("p,v,t\n1,0,a\n2,0,b\n", &options, "no column 'w' for the weights");
    expect_refused("p,t,w\n1,a,1\n2,b,2\n", &options, "column 'w' cannot be both the weights and the target");
    expect_refused("w,w,p,t\n1,2,3,a\n1,3,4,b\n", &options, "stands here once more");
    options = options_without_header();
    options.weights = "4";
    expect_refused("1,3,a\n2,1,b\n", &options, "no column '4' for the weights");
}

Test(weights, are_left_out_of_data_that_are_only_scored)
{
    clmlp_load_options options = with_weights("w");
    clmlp_dataset *train = load_text("w.csv", "p,w,q,t\n1,2,5,a\n2,0.5,6,b\n", &options), *data = NULL;
    options.columns = clmlp_dataset_columns(train);
    options.skip_weights = true;
    static const char *const texts[] = {"w,q,p,t\nbad,5,1,a\n,6,2,b\n", "q,p,t\n5,1,a\n6,2,b\n"};
    for (size_t i = 0; i < 2; i++) {
        data = load_text("test.csv", texts[i], &options);
        assert_row(data, 1, 2, 6, 0, 1);
        cr_assert_null(clmlp_dataset_weights(data));
        cr_assert(!has_note(data, "weight") && !has_note(data, "'w'"));
        clmlp_dataset_destroy(data);
    }
    clmlp_dataset_destroy(train);
}

Test(weights, by_number_need_not_be_there_in_data_that_are_only_scored)
{
    clmlp_load_options options = options_without_header();
    options.weights = "2";
    options.skip_weights = true;
    options.expected_features = 2;
    static const char *const texts[] = {"1,x,5,a\n2,-1,6,b\n", "1,5,a\n2,6,b\n"};
    for (size_t i = 0; i < 2; i++) {
        clmlp_dataset *data = load_text("test.csv", texts[i], &options);
        assert_row(data, 1, 2, 6, 0, 1);
        cr_assert_null(clmlp_dataset_weights(data));
        clmlp_dataset_destroy(data);
    }
}

/* A float64 array [2 x 4]. */
static size_t array(char *bytes, double wrong)
{
    const double values[] = {1, 3, 5, 0, 2, wrong, 6, 1};
    static const char header[] = "\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4), }"
                                 "          \n";
    memcpy(bytes, header, 80);
    memcpy(bytes + 80, values, sizeof values);
    return 80 + sizeof values;
}

Test(weights, come_from_a_column_of_an_array)
{
    clmlp_load_options options = with_weights("2");
    static const double raw[] = {3, 1};
    char bytes[256], path[PATH_LENGTH];
    clmlp_error error = {.message = ""};
    clmlp_dataset *data = load_bytes("w.npy", bytes, array(bytes, 1.0), &options);
    assert_row(data, 1, 2, 6, 0, 1);
    expect_weights(data, raw);
    clmlp_dataset_destroy(data);
    write_file(scratch_path(path, "w.npy"), bytes, array(bytes, -1.0));
    cr_assert_eq(clmlp_dataset_load(&data, path, &options, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "row 2, column 2: found -1, expected a weight"), "%s", error.message);
    options.weights = "w";
    cr_assert_eq(clmlp_dataset_load(&data, path, &options, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "no column 'w' for the weights"), "%s", error.message);
    remove(path);
}
