/* test_tables.c - text files whose columns are not all numbers: what each cell becomes, and what is told or asked. */
#include "files.h"

#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>

static bool has_note(const clmlp_dataset *d, const char *text)
{
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) {
        if (strstr(clmlp_dataset_note(d, i), text) != NULL) return true;
    }
    return false;
}

static void expect_error(const char *name, const char *text, const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = "no error"};
    write_file(scratch_path(path, name), text, strlen(text));
    cr_expect_eq(clmlp_dataset_load(&d, path, options, &error), CLMLP_BAD_INPUT, "%s", text);
    cr_expect_not_null(strstr(error.message, message), "%s\n  got      %s\n  expected %s", text, error.message,
                       message);
    cr_expect_not_null(strstr(error.message, name), "no file in: %s", error.message);
    clmlp_dataset_destroy(d);
    remove(path);
}

Test(tables, have_columns_of_all_kinds)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("kinds.csv",
                                 "age,city,member,since,t\n"
                                 "30,Oslo,yes,2026-01-31,a\n"
                                 ",Bern,No,2026-02-01,b\n"
                                 "50,NA,,2024-12-31,a\n"
                                 "10,Bern,YES,2026-01-01,b\n", &options);
    assert_shape(d, 4, 2 + 3 + 2 + 5, 2);
    /* age, missing; Bern, Oslo, missing; member, missing; year, month, weekday, yearday, days */
    assert_row(d, 0, 30, 0, 0, 1, 0, 1, 0, 2026, 1, 6, 31, 396, 1, 0);
    assert_row(d, 1, 30, 1, 1, 0, 0, 0, 0, 2026, 2, 7, 32, 397, 0, 1);
    assert_row(d, 2, 50, 0, 0, 0, 1, 1, 1, 2024, 12, 2, 366, 0, 1, 0);
    assert_row(d, 3, 10, 0, 1, 0, 0, 1, 0, 2026, 1, 4, 1, 366, 0, 1);
    cr_assert(has_note(d, "column 'age': 1 of 4 values are missing; the median stands for them"));
    cr_assert(has_note(d, "column 'city': 1 of 4 values are missing; they are a level of their own"));
    clmlp_dataset_destroy(d);
}

Test(tables, keep_the_texts_of_a_column_that_began_as_numbers)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("late.csv", "x,n,t\n1,007,a\n2,7,b\n3,7.0,a\n4,x,b\n5,007,a\n", &options);
    assert_shape(d, 5, 1 + 4, 2); /* 007, 7, 7.0, x */
    assert_row(d, 0, 1, 1, 0, 0, 0, 1, 0);
    assert_row(d, 1, 2, 0, 1, 0, 0, 0, 1);
    assert_row(d, 4, 5, 1, 0, 0, 0, 1, 0);
    cr_assert(has_note(d, "late.csv:5:3: column 'n' is taken as categories, 4 different texts, because of 'x'"));
    clmlp_dataset_destroy(d);
}

/* The text that ends the numbers stands behind the first block, which a second read has to begin with. */
Test(tables, are_read_again_from_their_start)
{
    enum { ROWS = 120000, LENGTH = 20 };
    char *const text = malloc((size_t)ROWS * LENGTH);
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    cr_assert_not_null(text);
    size_t length = (size_t)sprintf(text, "x,n,t\n");
    for (int i = 0; i < ROWS; i++) {
        length += (size_t)sprintf(text + length, "%d,%s,%c\n", i, i == ROWS - 1 ? "late" : i % 2 == 0 ? "01" : "1",
                                  'a' + i % 3);
    }
    cr_assert_gt(length, (size_t)1 << 20);
    clmlp_dataset *d = load_bytes("long.csv", text, length, &options);
    assert_shape(d, ROWS, 1 + 3, 3);
    for (size_t i = 0; i < ROWS; i += 997) {
        cr_assert_eq(clmlp_dataset_feature(d, i, 0), (double)i);
        cr_assert_eq(clmlp_dataset_feature(d, i, 1), i % 2 == 0 ? 1.0 : 0.0);
        cr_assert_eq(d->labels[i], i % 3);
    }
    cr_assert_eq(clmlp_dataset_feature(d, ROWS - 1, 3), 1.0);
    clmlp_dataset_destroy(d);
    free(text);
}

Test(tables, take_numbers_as_categories_where_told)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.categorical = "n,1";
    clmlp_dataset *d = load_text("codes.csv", "x,n,y,t\n5,1,1.5,a\n6,2,2.5,b\n5,01,3.5,a\n", &options);
    assert_shape(d, 3, 2 + 3 + 1, 2);
    assert_row(d, 2, 1, 0, 1, 0, 0, 3.5, 1, 0);
    clmlp_dataset_destroy(d);
    options.categorical = "t";
    expect_error("codes.csv", "x,t\n1,a\n2,b\n", &options, "--categorical 't': this is the target column");
    options.categorical = "z";
    expect_error("codes.csv", "x,t\n1,a\n2,b\n", &options, "--categorical 'z': no such column");
}

Test(tables, without_a_header_have_numbers_for_names_and_are_matched_by_position)
{
    clmlp_load_options options = options_without_header();
    options.ignore = "1";
    clmlp_dataset *d = load_text("bare.csv", "9,Oslo,1,a\n9,Bern,,b\n9,Bern,3,a\n", &options);
    assert_shape(d, 3, 2 + 2, 2);
    cr_assert_str_eq(clmlp_columns_name(clmlp_dataset_columns(d), 0), "2");
    cr_assert(has_note(d, "column '3': 1 of 3 values are missing; the median stands for them"));
    /* 3 and 2 in this header are no names that the model knows */
    clmlp_load_options later = options_of(CLMLP_TARGET_CLASSES);
    later.header = CLMLP_HEADER_YES;
    later.columns = clmlp_dataset_columns(d);
    clmlp_dataset *e = load_text("later.csv", "3,2,t\nBern,7,b\n", &later);
    assert_row(e, 0, 1, 0, 7, 0, 1);
    cr_assert(has_note(e, "the model does not know the names of its columns"));
    clmlp_dataset_destroy(e);
    clmlp_dataset_destroy(d);
}

Test(tables, are_fitted_to_the_rows_that_have_a_target)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    clmlp_dataset *d = load_text("drop.csv", "n,c,t\n1000,Rome,\n1,Oslo,a\n,Bern,b\n3,Rome,NA\n5,Oslo,a\n", &options);
    assert_shape(d, 3, 2 + 2, 2); /* no Rome; the median is that of 1 and 5 */
    assert_row(d, 0, 1, 0, 0, 1, 1, 0);
    assert_row(d, 1, 3, 1, 1, 0, 0, 1);
    assert_row(d, 2, 5, 0, 0, 1, 1, 0);
    clmlp_dataset_destroy(d);
}

Test(tables, lose_the_rows_that_have_no_label_in_another_file)
{
    char path[PATH_LENGTH];
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    write_file(scratch_path(path, "labels.csv"), "t\na\nNA\nb\n", 9);
    options.labels_path = path;
    clmlp_dataset *d = load_text("labelled.csv", "n,c\n1,Oslo\n2,Rome\n3,Bern\n", &options);
    assert_shape(d, 2, 1 + 2, 2);
    assert_row(d, 0, 1, 0, 1, 1, 0);
    assert_row(d, 1, 3, 1, 0, 0, 1);
    clmlp_dataset_destroy(d);
    remove(path);
}

Test(tables, leave_out_the_index_and_tell_identifiers)
{
    enum { ROWS = 24 };
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    char text[4096];
    size_t length = (size_t)sprintf(text, ",who,id,city,t\n");
    for (int i = 0; i < ROWS; i++) {
        length += (size_t)sprintf(text + length, "%d,w%d,%d,%s,%c\n", i, i, 100 + i * 7 % ROWS,
                                  i % 2 == 0 ? "Oslo" : "Bern", 'a' + i % 2);
    }
    clmlp_dataset *d = load_text("index.csv", text, &options);
    assert_shape(d, ROWS, ROWS + 1 + 2, 2);
    cr_assert_eq(clmlp_columns_count(clmlp_dataset_columns(d)), 3);
    cr_assert_eq(clmlp_dataset_feature(d, 3, ROWS), 121.0);
    cr_assert(has_note(d, "left out column 1 (it has no name), which counts the rows from 0"));
    cr_assert(has_note(d, "column 'who' holds another text in each row"));
    cr_assert(has_note(d, "column 'id' holds another integer in each row"));
    cr_assert_not(has_note(d, "column 'city'"));
    clmlp_dataset_destroy(d);
}

Test(tables, ask_about_a_first_row_that_may_be_data)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    expect_error("texts.csv", "a,b,t\nx,y,p\nz,y,q\n", &options,
                 "does the first row name the columns? (found text 'a', and texts in all rows below)");
    static const char *const clear[] = {"a,b,t\nx,y,1\nz,y,0\n", "a,b,t\nx,2026-01-31,p\nz,2026-02-01,q\n",
                                        "a,b,t\nx,yes,p\nz,No,q\n", "a,b,t\nx,1,p\nz,,q\n"};
    for (size_t i = 0; i < sizeof clear / sizeof *clear; i++) {
        clmlp_dataset *d = load_text("clear.csv", clear[i], &options);
        cr_expect_eq(clmlp_dataset_examples(d), 2, "%s", clear[i]);
        clmlp_dataset_destroy(d);
    }
    options.target = "t"; /* the target's name is an answer, and so is --header */
    clmlp_dataset *d = load_text("texts.csv", "a,b,t\nx,y,p\nz,y,q\n", &options);
    cr_assert_eq(clmlp_dataset_examples(d), 2);
    clmlp_dataset_destroy(d);
    options = options_without_header();
    d = load_text("texts.csv", "a,b,t\nx,y,p\nz,y,q\n", &options);
    assert_shape(d, 3, 3 + 2, 3);
    clmlp_dataset_destroy(d);
}

Test(tables, take_no_number_in_another_spelling_for_a_text)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    static const struct { const char *text, *message; } rows[] = {
        {"x;t\n1,5;a\n2,5;b\n", ":2:1: found '1,5', expected a number in column 'x'; decimals are written with a"},
        {"c;x;t\nr;1.234,5;a\n", ":2:3: found '1.234,5', expected a number in column 'x'"},
        {"c,x,t\nr,\"1,234,567\",a\n", ":2:3: found '1,234,567', expected a number in column 'x'"},
        {"c,x,t\nr,1 000,a\n",
         ":2:3: found '1 000', expected a number in column 'x'; numbers are written without blanks; if"},
        {"c,x,t\nr,1,a\ng,-1 000.5,b\n", ":3:3: found '-1 000.5', expected a number in column 'x'"},
        {"x,t\n1\xc2\xa0""000,a\n", ":2:1: found '1\xc2\xa0""000', expected a number in column 'x'"},
        {"x,t\n1\xe2\x80\xaf""000,a\n", ":2:1: found '1\xe2\x80\xaf""000', expected a number in column 'x'"},
        {"c,x,t\nr,1 234 567,a\n", ":2:3: found '1 234 567', expected a number in column 'x'"},
        {"c,x,t\nr,inf,a\n", ":2:3: found 'inf', expected a finite number in column 'x'"},
        {"c,x,t\nr,1,a\nr,1e999,a\n", ":3:3: found '1e999', expected a finite number in column 'x'"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error("spelling.csv", rows[i].text, &options, rows[i].message);
    }
    options.decimal = CLMLP_DECIMAL_COMMA;
    expect_error("spelling.csv", "c;x;t\nr;1.5;a\n", &options, ":2:3: found '1.5', expected a number in column 'x'");
    clmlp_dataset *d = load_text("codes.csv", "x;t\n1 0000;1,5\n12 34;1,25\n12 3;1\n", &(clmlp_load_options){
        .size = sizeof options, .target_kind = CLMLP_TARGET_VALUES, .header = CLMLP_HEADER_YES,
        .decimal = CLMLP_DECIMAL_COMMA}); /* no thousands */
    assert_shape(d, 3, 3, 1);
    clmlp_dataset_destroy(d);
    d = load_text("comma.csv", "c;x;t\nr;1,5;a\ng;;b\nr;2,25;a\n", &options);
    assert_row(d, 0, 0, 1, 1.5, 0, 1, 0);
    assert_row(d, 1, 1, 0, 1.875, 1, 0, 1);
    clmlp_dataset_destroy(d);
}

/* Which of them stands first must not matter. */
Test(tables, tell_a_text_among_numbers_wherever_it_stands)
{
    static const struct { const char *text, *note; } rows[] = {
        {"n,t\n1,a\noops,b\n2,a\n", ":3:1: column 'n' is taken as categories, 3 different texts, because of 'oops'"},
        {"n,t\noops,a\n1,b\n2,a\n", ":2:1: column 'n' is taken as categories, 3 different texts, because of 'oops'"},
        {"n,t\n,a\n\"oops\",b\n\"2\",a\n", ":3:1: column 'n' is taken as categories, 2 different texts, because of"},
        {"n,t\noops,a\n2026-01-31,b\n", ":2:1: column 'n' is taken as categories, 2 different texts, because of"},
        {"n,t\nyes,a\n1,b\n", ":2:1: column 'n' is taken as categories, 2 different texts, because of 'yes'"},
        {"n,t\nyes,a\nno,b\n", NULL},
        {"n,t\np,a\n,b\nyes,b\n", NULL}};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.target = "t";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clmlp_dataset *d = load_text("among.csv", rows[i].text, &options);
        cr_expect_eq(has_note(d, rows[i].note != NULL ? rows[i].note : "is taken as categories"), rows[i].note != NULL,
                     "%s", rows[i].text);
        clmlp_dataset_destroy(d);
    }
    options.categorical = "n";
    clmlp_dataset *d = load_text("among.csv", rows[1].text, &options);
    cr_expect_not(has_note(d, "is taken as categories"));
    clmlp_dataset_destroy(d);
}

/* Ten are named. */
Test(tables, refuse_many_columns_of_many_texts_at_once)
{
    static const char *const message =
        ": 12 columns have more than 1 different texts: 'c01' (2), 'c02' (2), 'c03' (2), 'c04' (2), 'c05' (2), 'c06' "
        "(2), 'c07' (2), 'c08' (2), 'c09' (2), 'c10' (2), ...; leave them out: --ignore 'c01','c02','c03','c04','c05',"
        "'c06','c07','c08','c09','c10',..., or take them all: --max-categories 2";
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.max_categories = 1;
    options.header = CLMLP_HEADER_YES;
    char text[512] = "";
    for (int row = 0; row < 3; row++) {
        for (int c = 1; c <= 12; c++) {
            const size_t length = strlen(text);
            if (row == 0) snprintf(text + length, sizeof text - length, "c%02d,", c);
            else snprintf(text + length, sizeof text - length, "%c,", 'a' + row);
        }
        strcat(text, row == 0 ? "t\n" : row == 1 ? "x\n" : "y\n");
    }
    expect_error("wide.csv", text, &options, message);
}

Test(tables, refuse_with_the_place)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.max_categories = 2;
    expect_error("many.csv", "x,n,t\n1,1,a\n2,2,b\n3,oops,a\n", &options,
                 ":4:3: found 'oops', expected a number in column 'n', as in most other rows; if it means no value, "
                 "say --missing-values=',NA,N/A,NaN,nan,null,NULL,None,?,oops'; as categories it has 3 different texts "
                 "(--max-categories 3, or leave it out: --ignore 'n')");
    expect_error("many.csv", "x,n,t\n1,p,a\n2,q,b\n3,r,a\n", &options,
                 ": column 'n' has 3 different texts (expected at most 2)");
    expect_error("many.csv", "x,n,c,m,t\n1,p,u,a,a\n2,q,v,b,b\n3,r,v,c,a\n4,r,v,d,a\n", &options,
                 ": 2 columns have more than 2 different texts: 'n' (3), 'm' (4); leave them out: --ignore 'n','m', or "
                 "take them all: --max-categories 4");
    options.max_categories = 0;
    options.missing_values = CLMLP_MISSING_VALUES_ERROR;
    expect_error("gaps.csv", "x,n,t\nr,1,a\n,2,b\n", &options, ":3:1: missing value (found nothing) in column 'x'");
    expect_error("gaps.csv", "n,t\n1,a\n,b\n", &options, ":3:1: missing value (found nothing, expected a number in");
    options.missing_values = CLMLP_MISSING_VALUES_IMPUTE;
    clmlp_load_options numbers = options;
    numbers.expected_features = 1;
    expect_error("gaps.csv", "n,t\n1,a\n,b\n", &numbers,
                 "expected a number in column 'n'); the model has no value to put in its place");
    expect_error("gaps.csv", "n,t\n1,a\nNA,b\n", &numbers,
                 ":3:1: found 'NA', expected a number in column 'n'; the model has no value to put in its place");
    expect_error("ragged.csv", "x,n,t\nr,1,a\ng,2\n", &options, ":3:3: found 2 fields, expected 3");
    expect_error("ragged.csv", "x,n,t\nr,1,a\ng,2,b,3\n", &options, ":3:7: found 4 fields, expected 3");
}

Test(tables, of_a_model_are_read_with_its_kinds)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("model.csv", "c,n,m,d,t\nr,1,yes,2026-01-31,a\ng,3,no,2026-02-01,b\n", &options);
    clmlp_load_options later = options_of(CLMLP_TARGET_NONE);
    later.columns = clmlp_dataset_columns(d);
    later.target = "t";
    clmlp_dataset *e = load_text("later.csv", "d,n,extra,c,m\n2026-02-02,,x,7,\n", &later);
    assert_shape(e, 1, 2 + 1 + 1 + 5, 0);
    assert_row(e, 0, 0, 0, 2, 0, 2026, 2, 1, 33, 2); /* 7 is no colour; the median of 1 and 3; no on a tie */
    cr_assert(has_note(e, "column 'n': 1 of 1 values are missing, of which the training data had none; the "
                          "median of the training data, 2,"));
    cr_assert(has_note(e, "column 'c': 1 of 1 values were not in the training data, the first in row 1, '7'"));
    clmlp_dataset_destroy(e);
    static const struct { const char *text, *message; } rows[] = {
        {"c,n,m,d\nr,one,yes,2026-01-31\n", ":2:3: found 'one', expected a finite number in column 'n'"},
        {"c,n,m,d\nr,1,2,2026-01-31\n", ":2:5: found '2', expected one of true, false, yes, no in column 'm'"},
        {"c,n,m,d\nr,1,no,2026-02-30\n", ":2:8: found '2026-02-30', expected a date such as 2026-01-31 in column 'd'"},
        {"c,n,m\nr,1,no\n", ":1:1: no column 'd', which the model takes"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error("wrong.csv", rows[i].text, &later, rows[i].message);
    }
    later.unseen = CLMLP_UNSEEN_ERROR;
    expect_error("wrong.csv", "c,n,m,d\nblue,1,no,2026-02-01\n", &later, "column 'c': 1 of 1 values were not in the");
    later.unseen = CLMLP_UNSEEN_ZEROS;
    later.missing_values = CLMLP_MISSING_VALUES_ERROR;
    expect_error("wrong.csv", "c,n,m,d\nr,,no,2026-02-01\n", &later, ":2:3: missing value (found nothing) in column");
    expect_error("wrong.npy", "\x93NUMPY\x01", &later, "which only a text file has");
    clmlp_dataset_destroy(d);
}

Test(tables, name_the_column_of_a_feature)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    char place[CLMLP_PLACE_LENGTH];
    clmlp_dataset *d = load_text("places.csv", "city,n,t\nOslo,1,a\nBern,2,b\nRome,3,a\n", &options);
    cr_assert_not_null(strstr(clmlp_dataset_feature_place(place, d, 1, 3), "places.csv:3, column 'n'"), "%s", place);
    cr_assert_not_null(strstr(clmlp_dataset_feature_place(place, d, 0, 2), "places.csv:2, column 'city'"), "%s", place);
    clmlp_dataset_destroy(d);
}

/* A cell in one of several spellings: bare, in quotes, between blanks. */
static size_t put_cell(char *to, const char *cell, const char *around)
{
    return (size_t)sprintf(to, "%s%s%s", around, cell, around);
}

/* Cells straight from the buffer, and those of the general reader, are the same. */
Test(tables, read_alike_however_they_are_written)
{
    enum { ROWS = 300 };
    static const char *const numbers[] = {"1.5", "-2", "3e2", "0.1", ".5"}, *const around[] = {"", "\"", " ", "  "};
    static const char *const texts[] = {"x y", "x", "\xc3\xa5", "0123456789abcdef", "12345678", "a-b"};
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    static const size_t order[] = {4, 3, 5, 0, 1, 2}; /* of the texts by bytes */
    static char text[ROWS * 64];
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    for (size_t form = 0; form < 5 * 3; form++) { /* 4: one after the other */
        const char *const end = ends[form % 3];
        size_t length = (size_t)sprintf(text, "n,c,d,k%s", end);
        for (size_t i = 0; i < ROWS; i++) {
            const char *const a = around[form / 3 < 4 ? form / 3 : i % 4];
            const char *const b = around[form / 3 < 4 ? form / 3 : i % 3];
            length += put_cell(text + length, numbers[i % 5], a);
            text[length++] = ',';
            length += put_cell(text + length, texts[i % 6], b);
            text[length++] = ',';
            length += put_cell(text + length, numbers[(i + 1) % 5], b);
            text[length++] = ',';
            length += put_cell(text + length, texts[(i / 2) % 6], a);
            length += (size_t)sprintf(text + length, "%s", end);
        }
        clmlp_dataset *const d = load_bytes("forms.csv", text, length, &options);
        assert_shape(d, ROWS, 1 + 6 + 1 + 6, 0);
        for (size_t i = 0; i < ROWS; i++) {
            double expected[14] = {0}, got[14];
            expected[0] = strtod(numbers[i % 5], NULL);
            expected[1 + order[i % 6]] = 1.0;
            expected[7] = strtod(numbers[(i + 1) % 5], NULL);
            expected[8 + order[(i / 2) % 6]] = 1.0;
            (void)clmlp_dataset_row(d, i, got, NULL, NULL);
            cr_assert(memcmp(got, expected, sizeof got) == 0, "form %zu, row %zu", form, i);
        }
        clmlp_dataset_destroy(d);
    }
}

/* Blanks belong to a text within its quotes only. */
Test(tables, tell_blanks_inside_quotes_from_those_outside)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    clmlp_dataset *const d = load_text("blanks.csv",
                                       "n,c\n1,\"x \"\n2,x \n3, x\n4,\" x\"\n5, x\n6,x \n7,x\n8,\"\"\"\"\n"
                                       "9,\"x\"\n0,\"x \"\n", &options);
    static const size_t level[] = {3, 2, 2, 0, 2, 2, 2, 1, 2, 3}; /* of " x", a quote, "x", "x " */
    assert_shape(d, 10, 1 + 4, 0);
    for (size_t i = 0; i < 10; i++) {
        double got[5];
        (void)clmlp_dataset_row(d, i, got, NULL, NULL);
        cr_expect_eq(got[1 + level[i]], 1.0, "row %zu", i);
    }
    clmlp_dataset_destroy(d);
}

/* Texts in columns that began as numbers: in the first rows, far behind them, and both. */
Test(tables, find_texts_wherever_they_stand)
{
    enum { ROWS = 5000 };
    static const size_t places[][2] = {{10, 20}, {999, 1000}, {1001, 4999}, {10, 4999}, {4999, 10}};
    static char text[ROWS * 16];
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        size_t length = (size_t)sprintf(text, "a,b,n\n");
        for (size_t i = 0; i < ROWS; i++) {
            length += (size_t)sprintf(text + length, "%s,%s,%zu\n", i == places[k][0] ? "x" : i % 2 == 0 ? "1" : "2",
                                      i == places[k][1] ? "y" : "7", i % 10);
        }
        clmlp_dataset *const d = load_bytes("texts.csv", text, length, &options);
        assert_shape(d, ROWS, 3 + 2 + 1, 0);
        assert_row(d, 0, places[k][0] != 0, 0, 0, 1, 0, 0);
        assert_row(d, ROWS - 2, 1, 0, 0, 1, 0, 8);
        assert_row(d, places[k][0], 0, 0, 1, 1, 0, (double)(places[k][0] % 10));
        cr_assert(has_note(d, "column 'a' is taken as categories, 3 different texts, because of 'x'"));
        cr_assert(has_note(d, "column 'b' is taken as categories, 2 different texts, because of 'y'"));
        clmlp_dataset_destroy(d);
    }
}
