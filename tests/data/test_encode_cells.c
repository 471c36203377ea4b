/* test_encode_cells.c - training data and new data from their cells: features, notes and refusals. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/columns/encode_cells.h"

enum { COLUMNS = 4 };

static const char *const names[COLUMNS] = {"age", "city", "member", "day"};

/* Column by column, cells separated by |; an empty one is missing. */
static const char *const training[COLUMNS] = {"20||40|30", "Oslo|Bern||Oslo", "yes|no|no|No",
                                              "2024-03-04|2024-03-05|2024-03-06|2024-03-06"};
static const char *const later[COLUMNS] = {"1|2", "Rome|", "|yes", "|2024-03-03"};

typedef struct table {
    clmlp_columns *columns;
    clmlp_encoded *encoded;
    clmlp_notes notes;
    clmlp_error error;
    clmlp_status status;
} table;

static table read_all(const char *const *lists, const clmlp_encode_request *request)
{
    table t = {.status = CLMLP_OK};
    clmlp_cells cells[COLUMNS] = {{0}};
    for (size_t c = 0; c < COLUMNS; c++) {
        if (request->columns != NULL) clmlp_cells_expect(&cells[c], request->columns->encoders[c]->kind);
        for (const char *p = lists[c];; p++) {
            const size_t length = strcspn(p, "|");
            bool fits = false;
            cr_assert_eq(clmlp_cells_add(&cells[c], p, length, length == 0, &fits, NULL), CLMLP_OK);
            cr_assert(fits);
            p += length;
            if (*p == '\0') break;
        }
    }
    t.status = clmlp_encode_cells(&t.columns, &t.encoded, cells, names, COLUMNS, request, &t.notes, &t.error);
    for (size_t c = 0; c < COLUMNS; c++) clmlp_cells_release(&cells[c]);
    return t;
}

static void release(table *t)
{
    clmlp_columns_destroy(t->columns);
    clmlp_encoded_destroy(t->encoded);
    clmlp_notes_release(&t->notes);
}

static void expect_row(const table *t, size_t i, const double *expected, size_t width)
{
    double row[16];
    cr_assert_eq(t->encoded->width, width);
    clmlp_encoded_load(t->encoded, i, 0, width, row);
    for (size_t j = 0; j < width; j++) cr_assert_eq(row[j], expected[j], "row %zu, feature %zu: %g", i, j, row[j]);
}

static void expect_notes(const table *t, const char *const *expected, size_t count)
{
    cr_assert_eq(t->notes.count, count);
    for (size_t i = 0; i < count; i++) cr_assert_str_eq(t->notes.texts[i], expected[i]);
}

/* age, age missing, city=Bern, city=Oslo, city missing, member, then the date. */
Test(encode_cells, of_training_data_fit_encoders)
{
    static const char *const notes[] = {
        "t.csv: column 'age': 1 of 4 values are missing; the median stands for them",
        "t.csv: column 'city': 1 of 4 values are missing; they are a level of their own"};
    const clmlp_encode_request request = {.path = "t.csv", .max_categories = 64};
    table t = read_all(training, &request);
    cr_assert_eq(t.status, CLMLP_OK);
    expect_row(&t, 0, (const double[]){20, 0, 0, 1, 0, 1, 2024, 3, 1, 64, 0}, 11);
    expect_row(&t, 1, (const double[]){30, 1, 1, 0, 0, 0, 2024, 3, 2, 65, 1}, 11);
    expect_row(&t, 2, (const double[]){40, 0, 0, 0, 1, 0, 2024, 3, 3, 66, 2}, 11);
    expect_notes(&t, notes, 2);
    release(&t);
}

/* Every column of the second file differs in what it has; the encoders are those of the first. */
Test(encode_cells, of_new_data_take_the_encoders_of_the_model)
{
    static const char *const notes[] = {
        "n.csv: column 'city': 1 of 2 values are missing; they are a level of their own",
        "n.csv: column 'city': 1 of 2 values were not in the training data, the first in row 1, 'Rome'; their features "
        "are all 0",
        "n.csv: column 'member': 1 of 2 values are missing, of which the training data had none; the more frequent "
        "value of the training data, 0, stands for them",
        "n.csv: column 'day': 1 of 2 values are missing, of which the training data had none; the median of each part "
        "of a date stands for them"};
    const clmlp_encode_request request = {.path = "t.csv", .max_categories = 64};
    table t = read_all(training, &request);
    const clmlp_encode_request again = {.path = "n.csv", .columns = t.columns};
    table n = read_all(later, &again);
    cr_assert_eq(n.status, CLMLP_OK);
    expect_row(&n, 0, (const double[]){1, 0, 0, 0, 0, 0, 2024, 3, 2.5, 65.5, 1.5}, 11);
    expect_row(&n, 1, (const double[]){2, 0, 0, 0, 1, 1, 2024, 3, 7, 63, -1}, 11);
    expect_notes(&n, notes, 4);
    cr_assert_eq(clmlp_columns_compare(n.columns, t.columns), COLUMNS);
    release(&n);
    release(&t);
}

static void expect_refusal(table *t, const char *message)
{
    cr_assert_eq(t->status, CLMLP_BAD_INPUT);
    cr_assert_str_eq(t->error.message, message);
    cr_assert(t->columns == NULL && t->encoded == NULL);
    release(t);
}

Test(encode_cells, refuse_what_they_are_told_to_refuse)
{
    clmlp_encode_request request = {.path = "t.csv", .max_categories = 64, .refuse_missing = true};
    table t = read_all(training, &request);
    expect_refusal(&t, "t.csv: column 'age': 1 of 4 values are missing, the first in row 2; say --missing impute, or "
                       "leave the column out: --ignore 'age'");
    request.refuse_missing = false;
    request.max_categories = 1;
    t = read_all(training, &request);
    expect_refusal(&t, "t.csv: column 'city' has 2 different texts (expected at most 1); leave it out: --ignore 'city'"
                       ", or take them all: --max-categories 2");
    request.max_categories = 64;
    t = read_all(training, &request);
    const clmlp_encode_request strict = {.path = "n.csv", .columns = t.columns, .refuse_unseen = true};
    table n = read_all(later, &strict);
    expect_refusal(&n, "n.csv: column 'city': 1 of 2 values were not in the training data, the first in row 1, 'Rome'; "
                       "say --unseen zeros");
    release(&t);
}

/* Numbers go to their rows in blocks: none may stay behind at a border of them. */
Test(encode_cells, of_many_rows_are_all_there)
{
    static const size_t rows[] = {1, 8191, 8192, 8193, 20000};
    const clmlp_encode_request request = {.path = "t.csv", .max_categories = 64};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        table t = {.status = CLMLP_OK};
        clmlp_cells cells[3] = {{0}};
        bool fits = false;
        char number[24];
        double row[3];
        for (size_t i = 0; i < rows[r]; i++) {
            const int length = snprintf(number, sizeof number, "%zu", i);
            cr_assert_eq(clmlp_cells_add(&cells[0], number, (size_t)length, false, &fits, NULL), CLMLP_OK);
            cr_assert_eq(clmlp_cells_add(&cells[1], "Oslo", 4, false, &fits, NULL), CLMLP_OK);
            cr_assert_eq(clmlp_cells_add(&cells[2], i % 3 == 0 ? "yes" : "no", i % 3 == 0 ? 3 : 2, false, &fits, NULL),
                         CLMLP_OK);
        }
        cr_assert_eq(clmlp_encode_cells(&t.columns, &t.encoded, cells, names, 3, &request, &t.notes, NULL), CLMLP_OK);
        for (size_t i = 0; i < rows[r]; i++) {
            clmlp_encoded_load(t.encoded, i, 0, 3, row);
            cr_assert(row[0] == (double)i && row[1] == 1.0 && row[2] == (double)(i % 3 == 0), "%zu rows: row %zu",
                      rows[r], i);
        }
        for (size_t c = 0; c < 3; c++) clmlp_cells_release(&cells[c]);
        release(&t);
    }
}
