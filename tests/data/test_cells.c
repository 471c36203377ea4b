/* test_cells.c - what kind of column cells make, and what is kept of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/columns/cells.h"

/* Cells separated by |; an empty one is missing. */
static void add_all(clmlp_cells *cells, const char *list)
{
    for (const char *p = list;; p++) {
        const size_t length = strcspn(p, "|");
        bool fits = false;
        cr_assert_eq(clmlp_cells_add(cells, p, length, length == 0, &fits, NULL), CLMLP_OK);
        cr_assert(fits);
        p += length;
        if (*p == '\0') return;
    }
}

/* The column as text: kind, then numbers or texts. */
static void show(const clmlp_raw_column *raw, char *out, size_t size)
{
    (void)snprintf(out, size, "%s%s", clmlp_column_kind_name(raw->kind), raw->times ? " with times" : "");
    for (size_t i = 0; i < raw->m; i++) {
        const size_t used = strlen(out);
        if (raw->kind == CLMLP_COLUMN_CATEGORICAL) {
            const uint32_t code = clmlp_raw_code(raw, i);
            (void)snprintf(out + used, size - used, "|%s", code == 0 ? "" : raw->texts[code - 1]);
        } else if (isnan(raw->numbers[i])) {
            (void)snprintf(out + used, size - used, "|");
        } else {
            (void)snprintf(out + used, size - used, "|%.17g", raw->numbers[i]);
        }
    }
}

Test(cells, decide_their_kind)
{
    static const char *const cases[][2] = {
        {"1|2.5|-3e2", "numeric|1|2.5|-300"},
        {"|1||2", "numeric||1||2"},
        {"||", "numeric|||"},
        {"1970-01-01||1970-01-02", "date|0||86400"},
        {"|1970-01-01|1970-01-01T00:01", "date with times||0|60"},
        {"yes|no||YES|False", "boolean|1|0||1|0"},
        {"yes|no|maybe|", "categorical|yes|no|maybe|"},
        {"true|1", "categorical|true|1"},
        {"a|007|7|7.0| a", "categorical|a|007|7|7.0| a"},
        {"2023-02-30|2023-02-28", "categorical|2023-02-30|2023-02-28"},
        {"inf|1", "categorical|inf|1"},
        {"||x|y|x", "categorical|||x|y|x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_cells cells = {0};
        clmlp_raw_column raw;
        char found[256];
        add_all(&cells, cases[i][0]);
        cr_assert_eq(clmlp_cells_finish(&cells, "x", &raw, NULL), CLMLP_OK);
        show(&raw, found, sizeof found);
        cr_assert_str_eq(found, cases[i][1], "%s: found %s", cases[i][0], found);
        clmlp_cells_release(&cells);
    }
}

/* Their texts are gone: they are to be read again. */
Test(cells, that_stop_being_numbers_or_dates_are_lost)
{
    static const char *const cases[] = {"1|2|x", "007|A7", "2024-01-01|tomorrow", "1|2024-01-01", "2024-01-01|1",
                                        "1|inf", "1|yes", "1|x|2|3|"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_cells cells = {0};
        size_t m = 1;
        for (const char *p = cases[i]; *p != '\0'; p++) m += *p == '|';
        add_all(&cells, cases[i]);
        cr_assert_eq(cells.state, CLMLP_CELLS_LOST, "%s", cases[i]);
        cr_assert_eq(cells.m, m);
        clmlp_cells_release(&cells);
    }
}

Test(cells, of_an_expected_kind_refuse_what_is_not)
{
    static const struct {
        clmlp_column_kind kind;
        const char *good, *bad, *found;
    } cases[] = {
        {CLMLP_COLUMN_NUMERIC, "|1", "yes", "numeric||1"},
        {CLMLP_COLUMN_BOOLEAN, "|yes", "1", "boolean||1"},
        {CLMLP_COLUMN_DATE, "|1970-01-02", "1970-02-30", "date||86400"},
        {CLMLP_COLUMN_BOOLEAN, "||", "x", "boolean|||"},
        {CLMLP_COLUMN_CATEGORICAL, "007|1|yes|1970-01-01|", NULL, "categorical|007|1|yes|1970-01-01|"},
        {CLMLP_COLUMN_CATEGORICAL, "|", NULL, "categorical||"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_cells cells;
        clmlp_raw_column raw;
        char found[256];
        bool fits = true;
        clmlp_cells_expect(&cells, cases[i].kind);
        add_all(&cells, cases[i].good);
        if (cases[i].bad != NULL) {
            cr_assert_eq(clmlp_cells_add(&cells, cases[i].bad, strlen(cases[i].bad), false, &fits, NULL), CLMLP_OK);
            cr_assert_not(fits, "%s", cases[i].bad);
        }
        cr_assert_eq(clmlp_cells_finish(&cells, "x", &raw, NULL), CLMLP_OK);
        show(&raw, found, sizeof found);
        cr_assert_str_eq(found, cases[i].found);
        clmlp_cells_release(&cells);
    }
}

/* Around the sizes where codes become wider. */
Test(cells, codes_grow_with_the_texts)
{
    static const size_t counts[] = {1, 255, 256, 65535, 65536, 70000};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        clmlp_cells cells = {0};
        clmlp_raw_column raw;
        char text[32];
        bool fits = false;
        for (size_t i = 0; i < 2 * counts[k]; i++) {
            const int length = snprintf(text, sizeof text, "t%zu", i % counts[k]);
            cr_assert_eq(clmlp_cells_add(&cells, text, (size_t)length, false, &fits, NULL), CLMLP_OK);
        }
        cr_assert_eq(clmlp_cells_finish(&cells, "x", &raw, NULL), CLMLP_OK);
        cr_assert_eq(raw.code_size, counts[k] <= 255 ? 1 : counts[k] <= 65535 ? 2 : 4, "%zu texts", counts[k]);
        cr_assert_eq(raw.text_count, counts[k]);
        for (size_t i = 0; i < raw.m; i++) {
            (void)snprintf(text, sizeof text, "t%zu", i % counts[k]);
            cr_assert_str_eq(raw.texts[clmlp_raw_code(&raw, i) - 1], text);
        }
        clmlp_cells_release(&cells);
    }
}

Test(cells, known_texts_and_numbers_are_taken_as_any_other)
{
    static const char *const texts[] = {"a",        "bb",        "ccc",       "dddd", "eeeeeee",
                                        "ffffffff", "ggggggggg", "ffffffffx", "a\xff"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    clmlp_cells cells = {0}, numbers = {0};
    clmlp_raw_column raw;
    bool fits = false, known = true;
    cr_assert_eq(clmlp_cells_add(&cells, "a", 1, false, &fits, NULL), CLMLP_OK);
    for (size_t t = 1; t < TEXTS; t++) {
        cr_assert_eq(clmlp_cells_add_known(&cells, texts[t], strlen(texts[t]), &known, NULL), CLMLP_OK);
        cr_assert_not(known, "%s", texts[t]);
        cr_assert_eq(clmlp_cells_add(&cells, texts[t], strlen(texts[t]), false, &fits, NULL), CLMLP_OK);
    }
    for (size_t t = 0; t < TEXTS; t++) {
        cr_assert_eq(clmlp_cells_add_known(&cells, texts[t], strlen(texts[t]), &known, NULL), CLMLP_OK);
        cr_assert(known, "%s", texts[t]);
    }
    cr_assert_eq(clmlp_cells_finish(&cells, "x", &raw, NULL), CLMLP_OK);
    cr_assert_eq(raw.m, 2 * TEXTS);
    for (size_t i = 0; i < raw.m; i++) cr_assert_str_eq(raw.texts[clmlp_raw_code(&raw, i) - 1], texts[i % TEXTS]);
    clmlp_cells_release(&cells);
    cr_assert_eq(clmlp_cells_add(&numbers, "1", 1, false, &fits, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_cells_add_number(&numbers, 2.5, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_cells_finish(&numbers, "x", &raw, NULL), CLMLP_OK);
    cr_assert(raw.m == 2 && raw.numbers[0] == 1.0 && raw.numbers[1] == 2.5);
    clmlp_cells_release(&numbers);
}
