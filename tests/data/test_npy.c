/* test_npy.c - NPY files: what is written is read back. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/readers/npy.h"

static const char *scratch(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/npy-%s", TEST_SCRATCH_DIR, name);
    return path;
}

/* A version 1.0 file with a header of one's own and zeros as data. */
static const char *write_header(const char *name, const char *type, const char *shape, size_t bytes)
{
    const char *const path = scratch(name);
    char header[119];
    (void)memset(header, ' ', sizeof header);
    const int length = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type,
                                shape);
    header[length] = ' ';
    header[sizeof header - 1] = '\n';
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    (void)fwrite("\x93NUMPY\x01\x00\x77\x00", 1, 10, file);
    (void)fwrite(header, 1, sizeof header, file);
    for (size_t i = 0; i < bytes; i++) (void)fputc(0, file);
    cr_assert_eq(fclose(file), 0);
    return path;
}

static void expect_refused(const char *path, size_t rows, size_t columns, const char *complaint)
{
    double values[64];
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_npy_load(path, rows, columns, values, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, complaint), "%s", error.message);
}

Test(npy, gives_back_what_was_written)
{
    const double values[2 * 3] = {0.1, -0.0, DBL_MAX, DBL_TRUE_MIN, -1e-300, 3.0};
    double back[2 * 3];
    size_t rows = 0, columns = 0;
    const char *const path = scratch("round");
    cr_assert_eq(clmlp_npy_save(path, 2, 3, values, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_npy_shape(path, &rows, &columns, NULL), CLMLP_OK);
    cr_assert(rows == 2 && columns == 3);
    cr_assert_eq(clmlp_npy_load(path, 2, 3, back, NULL), CLMLP_OK);
    cr_assert_eq(memcmp(values, back, sizeof values), 0);
}

Test(npy, takes_a_single_number_of_any_rank_as_a_matrix)
{
    double value = 1.0;
    static const char *const shapes[] = {"()", "(1,)", "(1, 1)", "(1, 1, 1)"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        cr_assert_eq(clmlp_npy_load(write_header("one", "<f8", shapes[i], 8), 1, 1, &value, NULL), CLMLP_OK);
        cr_assert_eq(value, 0.0);
        value = 1.0;
    }
}

Test(npy, takes_floats)
{
    double values[2] = {1.0, 1.0};
    cr_assert_eq(clmlp_npy_load(write_header("floats", "<f4", "(2, 1)", 8), 2, 1, values, NULL), CLMLP_OK);
    cr_assert(values[0] == 0.0 && values[1] == 0.0);
}

Test(npy, refuses_other_shapes_types_and_lengths)
{
    expect_refused(write_header("shape", "<f8", "(2, 3)", 48), 3, 2, "found [2 x 3], expected [3 x 2]");
    expect_refused(write_header("vector", "<f8", "(6,)", 48), 2, 3, "found 1 dimension, expected two");
    expect_refused(write_header("cube", "<f8", "(1, 2, 3)", 48), 2, 3, "found 3 dimensions, expected two");
    expect_refused(write_header("whole", "<i8", "(2, 3)", 48), 2, 3, "found whole numbers, expected float64");
    expect_refused(write_header("complex", "<c16", "(2, 3)", 96), 2, 3, "found NPY type '<c16'");
    expect_refused(write_header("big", ">f8", "(2, 3)", 48), 2, 3, "big-endian");
    expect_refused(write_header("short", "<f8", "(2, 3)", 47), 2, 3, "ends too early");
    expect_refused(write_header("long", "<f8", "(2, 3)", 49), 2, 3, "goes on after its end");
}

/* Who asks for a shape makes room for it. */
Test(npy, tells_no_shape_that_the_file_does_not_hold)
{
    static const char *const shapes[] = {"(1099511627776, 2)", "(8589934592, 2147483649)", "(100000000, 2)", "(5, 1)"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t rows = 0, columns = 0;
        clmlp_error error = {.message = ""};
        const char *const path = write_header("claim", "<f8", shapes[i], 32);
        cr_expect_eq(clmlp_npy_shape(path, &rows, &columns, &error), CLMLP_BAD_INPUT, "%s", shapes[i]);
        cr_expect(rows == 0 && columns == 0);
        cr_expect(strstr(error.message, "ends too early") != NULL || strstr(error.message, "can be held") != NULL,
                  "%s: %s",
                  shapes[i], error.message);
    }
}

Test(npy, refuses_what_is_not_finite)
{
    const double values[2] = {1.0, (double)INFINITY};
    const char *const path = scratch("infinite");
    cr_assert_eq(clmlp_npy_save(path, 1, 2, values, NULL), CLMLP_OK);
    expect_refused(path, 1, 2, "row 1, column 2: found inf, expected a finite number");
}

/* In a folder of matrices there are no pipes: nobody writes into one. */
Test(npy, does_not_wait_for_a_pipe, .timeout = 20)
{
    size_t rows = 0, columns = 0;
    double value = 0.0;
    clmlp_error error = {.message = ""};
    const char *const path = scratch("pipe");
    (void)unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(clmlp_npy_shape(path, &rows, &columns, &error), CLMLP_IO);
    cr_assert_not_null(strstr(error.message, "not a regular file"), "%s", error.message);
    cr_assert_eq(clmlp_npy_load(path, 1, 1, &value, &error), CLMLP_IO);
}
