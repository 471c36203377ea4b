/* test_predictions.c - predictions as CSV and NPY. */
#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "clmlp/evaluate.h"
#include "model/model.h"

static clmlp_model *create(size_t K, const char *const *names, clmlp_precision precision)
{
    const size_t s[] = {1, K};
    clmlp_model *model = NULL;
    cr_assert_eq(clmlp_model_create(&model, 2, s, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_duplicate_list(&model->class_names, names, names == NULL ? 0 : K, NULL), CLMLP_OK);
    model->precision = precision;
    return model;
}

static void expect_csv(size_t K, const char *const *names, clmlp_precision precision, size_t m, const double *h,
                       const char *expected)
{
    clmlp_model *model = create(K, names, precision);
    char *text = NULL;
    cr_assert_eq(clmlp_predictions_format(model, m, h, &text, NULL), CLMLP_OK);
    cr_assert_str_eq(text, expected);
    free(text);
    clmlp_model_destroy(model);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t room)
{
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s", path);
    const size_t size = fread(bytes, 1, room, stream);
    cr_assert_lt(size, room);
    (void)fclose(stream);
    return size;
}

Test(predictions, name_the_class_of_the_largest_output)
{
    static const char *const names[] = {"cat", "dog", "cow"};
    static const double h[] = {0.25, 0.5, 0.125, 0.75, 0.0, 0.5, 0.0, -0.5, 1e-20};
    expect_csv(3, names, CLMLP_F32, 3, h,
               "class,cat,dog,cow\n"
               "dog,0.25,0.5,0.125\n"
               "cat,0.75,0,0.5\n"
               "cow,0,-0.5,1e-20\n");
}

Test(predictions, take_the_first_of_equal_outputs)
{
    static const char *const names[] = {"a", "b", "c"};
    static const double h[] = {0.25, 0.5, 0.5};
    expect_csv(3, names, CLMLP_F32, 1, h, "class,a,b,c\nb,0.25,0.5,0.5\n");
}

Test(predictions, number_outputs_that_are_not_classes)
{
    static const double h[] = {1.5, -2.0, 1e300, 0.0};
    expect_csv(2, NULL, CLMLP_F64, 2, h, "output_1,output_2\n1.5,-2\n1.0000000000000001e+300,0\n");
}

Test(predictions, have_the_digits_of_the_models_precision)
{
    static const double third[] = {1.0 / 3.0};
    expect_csv(1, NULL, CLMLP_F32, 1, third, "output_1\n0.333333333\n");
    expect_csv(1, NULL, CLMLP_F64, 1, third, "output_1\n0.33333333333333331\n");
}

Test(predictions, quote_names_that_need_it)
{
    static const char *const names[] = {"a,b", "say \"hi\"", "two\nlines", "plain name"};
    static const double h[] = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1};
    expect_csv(4, names, CLMLP_F32, 3, h,
               "class,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain name\n"
               "\"say \"\"hi\"\"\",0,1,0,0\n"
               "\"a,b\",1,0,0,0\n"
               "plain name,0,0,0,1\n");
}

Test(predictions, quote_names_with_a_carriage_return)
{
    static const char *const names[] = {"two\rlines", "plain"};
    static const double h[] = {1, 0};
    expect_csv(2, names, CLMLP_F32, 1, h, "class,\"two\rlines\",plain\n\"two\rlines\",1,0\n");
}

Test(predictions, show_what_is_not_finite)
{
    static const double h[] = {-(double)NAN, (double)INFINITY, -(double)INFINITY};
    expect_csv(3, NULL, CLMLP_F32, 1, h, "output_1,output_2,output_3\nnan,inf,-inf\n");
}

Test(predictions, keep_their_point_in_every_locale)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    static const double h[] = {0.5};
    char sample[16] = "";
    for (size_t i = 0; i < sizeof locales / sizeof *locales && strchr(sample, ',') == NULL; i++) {
        if (setlocale(LC_NUMERIC, locales[i]) != NULL) (void)snprintf(sample, sizeof sample, "%.1f", 0.5);
    }
    if (strchr(sample, ',') == NULL) cr_skip_test("no locale with a decimal comma is installed");
    expect_csv(1, NULL, CLMLP_F32, 1, h, "output_1\n0.5\n");
}

Test(predictions, are_saved_as_the_text_that_format_gives)
{
    static const char *const names[] = {"n", "y"};
    static const double h[] = {0.25, 0.5};
    static const char path[] = TEST_SCRATCH_DIR "/predictions.csv";
    unsigned char bytes[256];
    clmlp_model *model = create(2, names, CLMLP_F32);
    cr_assert_eq(clmlp_predictions_save(model, 1, h, path, NULL), CLMLP_OK);
    const size_t size = read_file(path, bytes, sizeof bytes);
    static const char expected[] = "class,n,y\ny,0.25,0.5\n";
    cr_assert_eq(size, sizeof expected - 1);
    cr_assert_eq(memcmp(bytes, expected, size), 0);
    clmlp_model_destroy(model);
}

/* The format's description: magic, version, 16-bit length, dictionary, padding, data at a multiple of 64. */
static void check_npy(size_t m, size_t K, const char *dictionary)
{
    char path[256];
    unsigned char *bytes = malloc(1 << 16);
    double *h = calloc(m * K + 1, sizeof *h);
    clmlp_model *model = create(K, NULL, CLMLP_F32);
    for (size_t e = 0; e < m * K; e++) h[e] = (double)e / 3.0 - 1.0;
    (void)snprintf(path, sizeof path, "%s/predictions_%zu_%zu.npy", TEST_SCRATCH_DIR, m, K);
    cr_assert_eq(clmlp_predictions_save(model, m, h, path, NULL), CLMLP_OK);
    const size_t size = read_file(path, bytes, 1 << 16);
    cr_assert_eq(memcmp(bytes, "\x93NUMPY\x01\x00", 8), 0);
    const size_t data = 10 + (size_t)bytes[8] + 256 * (size_t)bytes[9];
    cr_assert_eq(data % 64, 0, "data at byte %zu", data);
    cr_assert_eq(memcmp(bytes + 10, dictionary, strlen(dictionary)), 0, "%.100s", (const char *)bytes + 10);
    for (size_t i = 10 + strlen(dictionary); i + 1 < data; i++) cr_assert_eq(bytes[i], ' ');
    cr_assert_eq(bytes[data - 1], '\n');
    cr_assert_eq(size, data + 8 * m * K);
    for (size_t e = 0; e < m * K; e++) {
        uint64_t bits = 0;
        double value = 0.0;
        for (int i = 0; i < 8; i++) bits |= (uint64_t)bytes[data + 8 * e + (size_t)i] << (8 * i);
        memcpy(&value, &bits, 8);
        cr_assert_eq(value, h[e], "element %zu: %g instead of %g", e, value, h[e]);
    }
    clmlp_model_destroy(model);
    free(h);
    free(bytes);
}

Test(predictions, become_a_numpy_matrix_by_the_name_of_the_file)
{
    check_npy(3, 2, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }");
    check_npy(1, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }");
    check_npy(33, 65, "{'descr': '<f8', 'fortran_order': False, 'shape': (33, 65), }");
    check_npy(0, 4, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4), }");
}

Test(predictions, an_unwritable_place_is_an_error)
{
    static const double h[] = {0.5};
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model *model = create(1, NULL, CLMLP_F32);
    static const char path[] = TEST_SCRATCH_DIR "/no_such_folder/predictions.npy";
    cr_assert_eq(clmlp_predictions_save(model, 1, h, path, &error), CLMLP_IO);
    cr_assert_str_eq(error.message, TEST_SCRATCH_DIR
                     "/no_such_folder/predictions.npy: cannot be written: No such file or directory");
    clmlp_model_destroy(model);
}
