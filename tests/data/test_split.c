/* test_split.c - data sets divided into a held-out part and the rest. */
#include "files.h"

#include <math.h>

#include "data/dataset.h"

/* Up to 64 examples whose one feature is their number, of classes as they come in `labels`. */
static clmlp_dataset *numbered(size_t m, size_t K, const unsigned *labels)
{
    double x[64];
    clmlp_dataset *d = NULL;
    for (size_t i = 0; i < m; i++) x[i] = (double)i;
    const clmlp_status status = labels != NULL ? clmlp_dataset_create_classes(&d, m, 1, x, K, NULL, labels, NULL)
                                               : clmlp_dataset_create(&d, m, 1, x, 1, x, NULL);
    cr_assert_eq(status, CLMLP_OK);
    return d;
}

typedef struct halves {
    clmlp_dataset *part, *rest;
} halves;

static halves split(const clmlp_dataset *data, double fraction, uint64_t seed)
{
    halves h = {NULL, NULL};
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_dataset_split(data, fraction, seed, &h.part, &h.rest, &error), CLMLP_OK, "%s", error.message);
    return h;
}

static void release(halves h)
{
    clmlp_dataset_destroy(h.part);
    clmlp_dataset_destroy(h.rest);
}

static double number_of(const clmlp_dataset *data, size_t i)
{
    double x = -1.0;
    cr_assert_eq(clmlp_dataset_row(data, i, &x, NULL, NULL), CLMLP_OK);
    return x;
}

static bool has(const clmlp_dataset *data, double number)
{
    for (size_t i = 0; i < clmlp_dataset_examples(data); i++) {
        if (number_of(data, i) == number) return true;
    }
    return false;
}

/* Every example stands in one of the two, with its targets, and in order. */
static void assert_divided(const clmlp_dataset *data, halves h)
{
    const size_t m = clmlp_dataset_examples(data), K = clmlp_dataset_outputs(data);
    const clmlp_dataset *const both[] = {h.part, h.rest};
    cr_assert_eq(clmlp_dataset_examples(h.part) + clmlp_dataset_examples(h.rest), m);
    for (size_t i = 0; i < m; i++) cr_assert_neq(has(h.part, (double)i), has(h.rest, (double)i), "example %zu", i);
    for (size_t b = 0; b < 2; b++) {
        for (size_t i = 0; i < clmlp_dataset_examples(both[b]); i++) {
            double got[8] = {0}, expected[8] = {0};
            const double number = number_of(both[b], i);
            cr_assert(i == 0 || number_of(both[b], i - 1) < number);
            (void)clmlp_dataset_row(both[b], i, NULL, got, NULL);
            (void)clmlp_dataset_row(data, (size_t)number, NULL, expected, NULL);
            cr_assert_arr_eq(got, expected, K * sizeof *got);
        }
    }
}

Test(split, holds_out_the_fraction_of_each_class_but_neither_none_nor_all)
{
    /* m_k: 20, 10, 3, 2, 1, 0 */
    unsigned labels[36];
    static const size_t m_k[] = {20, 10, 3, 2, 1, 0};
    size_t m = 0;
    for (unsigned k = 0; k < 6; k++) {
        for (size_t i = 0; i < m_k[k]; i++) labels[m++] = k;
    }
    static const struct { double fraction; size_t held[6]; } rows[] = {
        {0.2, {4, 2, 1, 1, 0, 0}}, {0.25, {5, 3, 1, 1, 0, 0}}, {0.01, {1, 1, 1, 1, 0, 0}}, {0.5, {10, 5, 2, 1, 0, 0}},
        {0.99, {19, 9, 2, 1, 0, 0}}, {1e-300, {1, 1, 1, 1, 0, 0}}};
    clmlp_dataset *const data = numbered(m, 6, labels);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        size_t counts[6];
        const halves h = split(data, rows[r].fraction, 7);
        assert_divided(data, h);
        cr_assert_eq(clmlp_dataset_class_counts(h.part, counts, NULL), CLMLP_OK);
        for (size_t k = 0; k < 6; k++) {
            cr_assert_eq(counts[k], rows[r].held[k], "fraction %g, class %zu: held out %zu", rows[r].fraction, k,
                         counts[k]);
        }
        release(h);
    }
    clmlp_dataset_destroy(data);
}

Test(split, of_real_targets_is_of_all_examples_together)
{
    clmlp_dataset *const data = numbered(15, 1, NULL);
    const halves h = split(data, 0.3, 1); /* 4.5, halves up */
    assert_divided(data, h);
    assert_shape(h.part, 5, 1, 1);
    assert_shape(h.rest, 10, 1, 1);
    cr_assert_eq(clmlp_dataset_target_kind(h.part), CLMLP_TARGET_VALUES);
    release(h);
    clmlp_dataset_destroy(data);
}

Test(split, follows_the_seed_and_a_larger_fraction_holds_out_the_same_and_more)
{
    clmlp_dataset *const data = numbered(40, 1, NULL);
    const halves h = split(data, 0.25, 3), again = split(data, 0.25, 3), other = split(data, 0.25, 4);
    const halves more = split(data, 0.5, 3);
    bool differs = false;
    for (size_t i = 0; i < 10; i++) {
        cr_assert_eq(number_of(h.part, i), number_of(again.part, i));
        cr_assert(has(more.part, number_of(h.part, i)));
        differs = differs || number_of(h.part, i) != number_of(other.part, i);
    }
    cr_assert(differs);
    release(more);
    release(other);
    release(again);
    release(h);
    clmlp_dataset_destroy(data);
}

/* A split that once was made must come again in every later version. The expected ones are from a Philox4x32-10 written
 * by itself, in Python: key (1, 0), counters (i, 0, 0, 6). */
Test(split, holds_out_the_same_examples_in_every_version)
{
    clmlp_dataset *const data = numbered(20, 1, NULL);
    const halves h = split(data, 0.25, 1);
    static const double expected[] = {3, 4, 5, 15, 16};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(number_of(h.part, i), expected[i], "number %zu: %g", i, number_of(h.part, i));
    }
    release(h);
    clmlp_dataset_destroy(data);
}

Test(split, keeps_classes_columns_target_and_places)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    static const char text[] = "a,b,kind\n0,1,x\n1,2,y\n2,3,x\n3,4,y\n4,5,x\n5,6,y\n";
    clmlp_dataset *const data = load_text("split.csv", text, &options);
    const halves h = split(data, 0.34, 1);
    const clmlp_dataset *const both[] = {h.part, h.rest};
    assert_shape(h.part, 2, 2, 2);
    for (size_t b = 0; b < 2; b++) {
        char place[CLMLP_PLACE_LENGTH], end[64];
        double x[2];
        assert_classes(both[b], "x", "y");
        cr_assert_str_eq(clmlp_dataset_target(both[b]), "kind");
        cr_assert_eq(clmlp_columns_count(clmlp_dataset_columns(both[b])), 2);
        cr_assert_str_eq(clmlp_columns_name(clmlp_dataset_columns(both[b]), 1), "b");
        cr_assert_eq(clmlp_dataset_notes(both[b]), 0);
        for (size_t i = 0; i < clmlp_dataset_examples(both[b]); i++) {
            (void)clmlp_dataset_row(both[b], i, x, NULL, NULL);
            (void)snprintf(end, sizeof end, "split.csv:%g, column 'b'", x[0] + 2.0);
            (void)clmlp_dataset_feature_place(place, both[b], i, 1);
            cr_assert_not_null(strstr(place, end), "%s, not %s", place, end);
        }
    }
    /* a part of a part still knows the lines of the file */
    const halves twice = split(h.rest, 0.5, 2);
    for (size_t i = 0; i < clmlp_dataset_examples(twice.part); i++) {
        char place[CLMLP_PLACE_LENGTH], end[64];
        double x[2];
        (void)clmlp_dataset_row(twice.part, i, x, NULL, NULL);
        (void)snprintf(end, sizeof end, "split.csv:%g, column 'a'", x[0] + 2.0);
        (void)clmlp_dataset_feature_place(place, twice.part, i, 0);
        cr_assert_not_null(strstr(place, end), "%s, not %s", place, end);
    }
    release(twice);
    release(h);
    clmlp_dataset_destroy(data);
}

Test(split, what_cannot_be_divided_is_refused)
{
    static const double fractions[] = {0.0, 1.0, -0.5, 1.5, (double)NAN, (double)INFINITY};
    static const unsigned one_each[] = {0, 1, 2};
    clmlp_dataset *part = NULL, *rest = NULL, *const data = numbered(4, 1, NULL), *const single = numbered(1, 1, NULL);
    clmlp_dataset *const classes = numbered(3, 3, one_each);
    clmlp_error error;
    for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
        cr_assert_eq(clmlp_dataset_split(data, fractions[f], 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT, "%g",
                     fractions[f]);
        cr_assert_not_null(strstr(error.message, "(expected more than 0 and less than 1)"), "%s", error.message);
    }
    cr_assert_eq(clmlp_dataset_split(single, 0.5, 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "nothing can be held out of 1 example: two are the least");
    cr_assert_eq(clmlp_dataset_split(classes, 0.5, 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "nothing can be held out of 3 examples: no class has two");
    cr_assert(part == NULL && rest == NULL);
    clmlp_dataset_destroy(classes);
    clmlp_dataset_destroy(single);
    clmlp_dataset_destroy(data);
}

/* --- folds ----------------------------------------------------------------------------------------------- */

/* m examples, of class 0 if i < first, else 1: each in one fold, sizes and shares of classes even. */
static void assert_folds(size_t m, size_t first, size_t folds)
{
    unsigned labels[64] = {0};
    size_t times[64] = {0}, sum = 0;
    for (size_t i = 0; i < m; i++) labels[i] = i >= first;
    clmlp_dataset *const data = numbered(m, 2, labels);
    for (size_t f = 0; f < folds; f++) {
        halves h = {NULL, NULL};
        size_t counts[2];
        cr_assert_eq(clmlp_dataset_fold(data, folds, f, 5, &h.part, &h.rest, NULL), CLMLP_OK);
        assert_divided(data, h);
        const size_t held = clmlp_dataset_examples(h.part);
        cr_assert(held == m / folds || held == m / folds + 1, "%zu of %zu in fold %zu of %zu", held, m, f, folds);
        cr_assert_eq(clmlp_dataset_class_counts(h.part, counts, NULL), CLMLP_OK);
        cr_assert(counts[0] == first / folds || counts[0] == first / folds + 1);
        for (size_t i = 0; i < held; i++) times[(size_t)number_of(h.part, i)]++;
        sum += held;
        release(h);
    }
    cr_assert_eq(sum, m);
    for (size_t i = 0; i < m; i++) cr_assert_eq(times[i], 1, "example %zu", i);
    clmlp_dataset_destroy(data);
}

Test(split, into_folds_has_each_example_once)
{
    assert_folds(10, 5, 5);
    assert_folds(37, 11, 4);
    assert_folds(9, 1, 9);
    assert_folds(50, 0, 3);
}

Test(split, into_folds_refuses_numbers_that_make_no_folds)
{
    clmlp_dataset *const data = numbered(4, 1, NULL);
    clmlp_dataset *part = NULL, *rest = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_dataset_fold(data, 1, 0, 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_fold(data, 5, 0, 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "5 folds of 4 examples (expected at least 2, and no more than there are examples)");
    cr_assert_eq(clmlp_dataset_fold(data, 4, 4, 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_fold(NULL, 4, 0, 1, &part, &rest, &error), CLMLP_BAD_ARGUMENT);
    cr_assert(part == NULL && rest == NULL);
    clmlp_dataset_destroy(data);
}

/* --- sparse rows ------------------------------------------------------------------------------------------------ */

/* 12 rows of 5 features: row i has i + 1 as feature i % 5, and every third row nothing; also with their zeros. */
static void make_both(clmlp_dataset **sparse, clmlp_dataset **dense)
{
    enum { ROWS = 12, N = 5 };
    static const char *const names[] = {"a", "b", "c"};
    size_t starts[ROWS + 1] = {0}, count = 0;
    uint32_t columns[ROWS];
    double values[ROWS], x[ROWS * N] = {0.0};
    unsigned labels[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (unsigned)(i % 3 == 0 ? 2 : i % 2);
        if (i % 3 != 2) {
            columns[count] = (uint32_t)(i % N);
            values[count++] = x[i * N + i % N] = (double)(i + 1);
        }
        starts[i + 1] = count;
    }
    clmlp_status status =
        clmlp_dataset_create_sparse_classes(sparse, ROWS, N, starts, columns, values, 3, names, labels, NULL);
    cr_assert_eq(status, CLMLP_OK);
    (*sparse)->index_base = CLMLP_INDEX_BASE_ONE;
    status = clmlp_dataset_create_classes(dense, ROWS, N, x, 3, names, labels, NULL);
    cr_assert_eq(status, CLMLP_OK);
}

static void assert_same(const clmlp_dataset *sparse, const clmlp_dataset *dense)
{
    double a[8], b[8];
    cr_assert(clmlp_dataset_is_sparse(sparse));
    cr_assert_eq(clmlp_dataset_index_base(sparse), CLMLP_INDEX_BASE_ONE);
    cr_assert_eq(sparse->m, dense->m);
    cr_assert_eq(sparse->sparse->m, dense->m);
    for (size_t i = 0; i < dense->m; i++) {
        cr_assert_eq(clmlp_dataset_row(sparse, i, a, a + 5, NULL), CLMLP_OK);
        cr_assert_eq(clmlp_dataset_row(dense, i, b, b + 5, NULL), CLMLP_OK);
        cr_assert_arr_eq(a, b, sizeof a);
        cr_assert_eq(sparse->source[i], dense->source[i]);
    }
}

Test(split, divides_sparse_rows_as_the_same_rows_with_their_zeros)
{
    clmlp_dataset *sparse = NULL, *dense = NULL;
    make_both(&sparse, &dense);
    const halves a = split(sparse, 0.4, 7), b = split(dense, 0.4, 7);
    assert_same(a.part, b.part);
    assert_same(a.rest, b.rest);
    release(a);
    release(b);
    for (size_t fold = 0; fold < 4; fold++) {
        halves f = {NULL, NULL}, g = {NULL, NULL};
        cr_assert_eq(clmlp_dataset_fold(sparse, 4, fold, 3, &f.part, &f.rest, NULL), CLMLP_OK);
        cr_assert_eq(clmlp_dataset_fold(dense, 4, fold, 3, &g.part, &g.rest, NULL), CLMLP_OK);
        assert_same(f.part, g.part);
        assert_same(f.rest, g.rest);
        release(f);
        release(g);
    }
    clmlp_dataset_destroy(sparse);
    clmlp_dataset_destroy(dense);
}

Test(split, keeps_the_names_of_several_labels)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_AUTO);
    halves f = {NULL, NULL};
    clmlp_dataset *d = load_text("labels.svm", "a,b 1:1\nb 2:1\n 1:3\na 3:1\n", &options);
    cr_assert_eq(clmlp_dataset_fold(d, 2, 1, 1, &f.part, &f.rest, NULL), CLMLP_OK);
    cr_assert_str_eq(clmlp_dataset_output_name(f.part, 1), "b");
    cr_assert_str_eq(clmlp_dataset_output_name(f.rest, 0), "a");
    release(f);
    clmlp_dataset_destroy(d);
}
