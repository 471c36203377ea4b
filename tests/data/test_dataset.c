/* test_dataset.c - data sets from memory. */
#include "files.h"

#include <math.h>

#include "data/dataset.h"

Test(dataset, made_from_memory_it_holds_copies)
{
    double x[] = {1, 2, 3, 4, 5, 6}, y[] = {7, 8};
    clmlp_dataset *d = NULL;
    cr_assert_eq(clmlp_dataset_create(&d, 2, 3, x, 1, y, NULL), CLMLP_OK);
    x[0] = y[0] = -1;
    assert_shape(d, 2, 3, 1);
    assert_row(d, 0, 1, 2, 3, 7);
    assert_row(d, 1, 4, 5, 6, 8);
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    cr_assert_null(clmlp_dataset_class_name(d, 0));
    clmlp_dataset_destroy(d);
    cr_assert_eq(clmlp_dataset_create(&d, 2, 3, x, 0, NULL, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_NONE);
    clmlp_dataset_destroy(d);
    clmlp_dataset_destroy(NULL);
}

Test(dataset, made_with_classes_it_names_them)
{
    static const double x[] = {1, 2};
    static const unsigned labels[] = {2, 0};
    static const char *const names[] = {"x", "y", "z"};
    clmlp_dataset *d = NULL;
    cr_assert_eq(clmlp_dataset_create_classes(&d, 2, 1, x, 3, NULL, labels, NULL), CLMLP_OK);
    assert_classes(d, "0", "1", "2");
    assert_row(d, 0, 1, 0, 0, 1);
    assert_row(d, 1, 2, 1, 0, 0);
    cr_assert_null(clmlp_dataset_class_name(d, 3));
    clmlp_dataset_destroy(d);
    cr_assert_eq(clmlp_dataset_create_classes(&d, 2, 1, x, 3, names, labels, NULL), CLMLP_OK);
    assert_classes(d, "x", "y", "z");
    clmlp_dataset_destroy(d);
}

Test(dataset, what_cannot_be_one_is_refused)
{
    const double x[] = {1, 2, 3, (double)NAN}, y[] = {1, (double)INFINITY};
    static const unsigned labels[] = {0, 2};
    clmlp_dataset *d = NULL;
    clmlp_error error;
    cr_assert_eq(clmlp_dataset_create(&d, 0, 2, x, 0, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "a data set needs examples and features (found m = 0, n = 2)");
    cr_assert_eq(clmlp_dataset_create(&d, 2, 0, x, 0, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_create(&d, 2, 2, x, 0, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "x, row 2, column 2: found nan, expected a finite number");
    cr_assert_eq(clmlp_dataset_create(&d, 2, 1, x, 1, y, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "y, row 2, column 1: found inf, expected a finite number");
    cr_assert_eq(clmlp_dataset_create(&d, 2, 1, x, 1, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_create(&d, 2, 1, x, 0, y, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_create(&d, (size_t)-1, 2, x, 0, NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_create_classes(&d, 2, 1, x, 2, NULL, labels, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "label of row 2: found 2, expected less than 2");
    cr_assert_null(d);
}

Test(dataset, targets_follow_the_order_in_either_precision)
{
    static const double x[] = {0, 0, 0}, y[] = {1, 10, 2, 20, 3, 30};
    static const uint32_t order[] = {2, 0, 1};
    static const unsigned labels[] = {1, 0, 1};
    clmlp_dataset *d = NULL;
    float f32[4] = {0};
    double f64[6] = {0};
    cr_assert_eq(clmlp_dataset_create(&d, 3, 1, x, 2, y, NULL), CLMLP_OK);
    clmlp_dataset_targets(d, order, 1, 2, CLMLP_F32, f32);
    cr_assert(f32[0] == 1 && f32[1] == 10 && f32[2] == 2 && f32[3] == 20);
    clmlp_dataset_targets(d, NULL, 1, 1, CLMLP_F64, f64);
    cr_assert(f64[0] == 2 && f64[1] == 20);
    clmlp_dataset_destroy(d);
    cr_assert_eq(clmlp_dataset_create_classes(&d, 3, 1, x, 2, NULL, labels, NULL), CLMLP_OK);
    clmlp_dataset_targets(d, order, 0, 3, CLMLP_F64, f64);
    cr_assert(f64[0] == 0 && f64[1] == 1 && f64[2] == 0 && f64[3] == 1 && f64[4] == 1 && f64[5] == 0);
    clmlp_dataset_destroy(d);
}
