/* test_describe.c - descriptions of tables: what each column holds, and each finding at its place. */
#include "files.h"

#include "clmlp/inspect.h"
#include "data/describe/repeated_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Descriptions of a text, and of another one as test data. */
static clmlp_description *described(const char *text, const char *test, const clmlp_load_options *load)
{
    char path[PATH_LENGTH], test_path[PATH_LENGTH];
    clmlp_description *d = NULL;
    clmlp_error error = {.message = ""};
    clmlp_describe_options options = clmlp_describe_options_default();
    write_file(scratch_path(path, "t.csv"), text, strlen(text));
    if (test != NULL) {
        write_file(scratch_path(test_path, "test.csv"), test, strlen(test));
        options.test_path = test_path;
    }
    cr_assert_eq(clmlp_describe(&d, path, load, &options, &error), CLMLP_OK, "%s\n%s", error.message, text);
    remove(path);
    if (test != NULL) remove(test_path);
    return d;
}

static clmlp_data_finding finding_of(const clmlp_description *d, size_t i)
{
    clmlp_data_finding finding = {.size = sizeof finding};
    cr_assert_eq(clmlp_description_finding(d, i, &finding, NULL), CLMLP_OK);
    return finding;
}

/* The one finding of a kind has these words; `place` ends its place. */
static void expect(const clmlp_description *d, clmlp_data_finding_kind kind, size_t count, const char *place,
                   const char *text, const char *advice)
{
    size_t found = 0;
    for (size_t i = 0; i < clmlp_description_findings(d); i++) {
        const clmlp_data_finding f = finding_of(d, i);
        if (f.kind != kind) continue;
        const size_t length = strlen(f.place), tail = strlen(place);
        found++;
        cr_expect(length >= tail && strcmp(f.place + length - tail, place) == 0, "place: %s, expected %s", f.place,
                  place);
        cr_expect_eq(f.count, count, "%s: %zu, expected %zu", f.text, f.count, count);
        cr_expect_not_null(strstr(f.text, text), "text: %s, expected %s", f.text, text);
        cr_expect_not_null(strstr(f.advice, advice), "advice: %s, expected %s", f.advice, advice);
    }
    cr_expect_eq(found, 1, "%zu findings of kind %s", found, clmlp_data_finding_name(kind));
}

static void expect_number(const clmlp_description *d, size_t count)
{
    if (clmlp_description_findings(d) == count) return;
    for (size_t i = 0; i < clmlp_description_findings(d); i++) {
        const clmlp_data_finding f = finding_of(d, i);
        cr_log_warn("%s: %s", f.place, f.text);
    }
    cr_expect_fail("%zu findings, expected %zu", clmlp_description_findings(d), count);
}

/* A text of data is one finding and no other. */
static void expect_one(const char *text, clmlp_data_finding_kind kind, size_t count, const char *place,
                       const char *what, const char *advice)
{
    clmlp_description *const d = described(text, NULL, NULL);
    expect_number(d, 1);
    expect(d, kind, count, place, what, advice);
    clmlp_description_destroy(d);
}

static void expect_test(const char *text, const char *test, clmlp_data_finding_kind kind, size_t count,
                        const char *place, const char *what, const char *advice)
{
    clmlp_description *const d = described(text, test, NULL);
    expect_number(d, 1);
    expect(d, kind, count, place, what, advice);
    clmlp_description_destroy(d);
}

static const char clean[] = "age,city,member,since,t\n30,Oslo,yes,2026-01-31,a\n40,Bern,No,2026-02-01,b\n"
                            "50,Oslo,no,2024-12-31,a\n10,Bern,YES,2026-01-01,b\n";

/* --- columns ------------------------------------------------------------------------------------------------- */

static clmlp_column_summary column_of(const clmlp_description *d, size_t j)
{
    clmlp_column_summary column = {.size = sizeof column};
    cr_assert_eq(clmlp_description_column(d, j, &column, NULL), CLMLP_OK);
    return column;
}

Test(describe, says_what_columns_of_each_kind_hold)
{
    clmlp_description *const d = described("age,city,member,since,t\n30,Oslo,yes,2026-01-31,a\n,Bern,No,2026-02-01,b\n"
                                           "50,Oslo,no,,a\n10,,YES,2026-01-01,b\n", NULL, NULL);
    size_t count = 0;
    cr_assert_eq(clmlp_description_columns(d), 4);
    const clmlp_column_summary age = column_of(d, 0), city = column_of(d, 1), member = column_of(d, 2),
                               since = column_of(d, 3);
    cr_expect(strcmp(age.name, "age") == 0 && age.number == 1 && age.kind == CLMLP_COLUMN_NUMERIC);
    cr_expect(age.rows == 4 && age.missing == 1 && age.distinct == 3 && age.features == 2);
    cr_expect(age.least == 10 && age.most == 50 && age.mean == 30 && age.median == 30);
    cr_expect_float_eq(age.deviation, sqrt(800.0 / 3.0), 1e-12);
    cr_expect(city.kind == CLMLP_COLUMN_CATEGORICAL && city.missing == 1 && city.distinct == 2 && city.features == 3);
    cr_expect_str_eq(clmlp_description_level(d, 1, 0, &count), "Oslo");
    cr_expect_eq(count, 2);
    cr_expect_str_eq(clmlp_description_level(d, 1, 1, &count), "Bern");
    cr_expect_eq(count, 1);
    cr_expect_null(clmlp_description_level(d, 1, 2, &count));
    cr_expect(isnan(city.mean));
    cr_expect(member.kind == CLMLP_COLUMN_BOOLEAN && member.mean == 0.5 && member.features == 1);
    cr_expect(since.kind == CLMLP_COLUMN_DATE && since.missing == 1 && since.features == 6);
    cr_expect_eq(since.least, 86400.0 * 20454); /* 2026-01-01 */
    clmlp_description_destroy(d);
}

Test(describe, says_how_far_small_numbers_are_apart)
{
    clmlp_description *const d = described("age,t\n3e-200,a\n5e-200,b\n1e-200,b\n", NULL, NULL);
    cr_expect_float_eq(column_of(d, 0).deviation * 1e200, sqrt(8.0 / 3.0), 1e-12);
    clmlp_description_destroy(d);
}

Test(describe, finds_nothing_in_clean_data)
{
    clmlp_description *const d = described(clean, "t,city,member,since,age,more\na,Oslo,no,2026-01-05,31,1\n", NULL);
    expect_number(d, 0);
    cr_expect_eq(clmlp_dataset_notes(clmlp_description_dataset(d)), 0);
    cr_expect_str_eq(clmlp_description_form(d), "text, columns separated by commas, their names in line 1");
    cr_expect_eq(clmlp_description_rows(d), 4);
    clmlp_description_destroy(d);
}

Test(describe, finds_columns_that_hold_one_value_or_none)
{
    expect_one("x,c,t\n1,7,0.5\n2,7,1.5\n", CLMLP_DATA_FINDING_CONSTANT, 1, "t.csv, column 'c'",
               "has the same value in every row", "--ignore c");
    expect_one("x,c,t\n1,u,0.5\n2,u,1.5\n", CLMLP_DATA_FINDING_CONSTANT, 1, "t.csv, column 'c'", "same value",
               "--ignore c");
    expect_one("x,'o b',t\n1,,0.5\n2,NA,1.5\n", CLMLP_DATA_FINDING_EMPTY, 1, "t.csv, column ''o b''", "has no value",
               "--ignore 2"); /* no shell would take the name */
    clmlp_load_options load = clmlp_load_options_default();
    load.target_kind = CLMLP_TARGET_AUTO;
    load.categorical = "c";
    clmlp_description *const d = described("x,c,t\n1,,0.5\n2,,1.5\n", NULL, &load);
    expect(d, CLMLP_DATA_FINDING_EMPTY, 1, "column 'c'", "has no value", "--ignore c");
    clmlp_description_destroy(d);
    clmlp_description *const told = described("x,c,t\n1,7,0.5\n2,,1.5\n3,7,0.5\n4,7,2.5\n", NULL, NULL);
    expect_number(told, 0); /* what is missing may tell something */
    clmlp_description_destroy(told);
}

Test(describe, makes_one_finding_of_many_columns)
{
    expect_one("x,a,b,y,c,d,e,t\n1,0,0,1,0,0,0,0.5\n2,0,0,3,0,0,0,1.5\n", CLMLP_DATA_FINDING_CONSTANT, 5, "t.csv",
               "5 columns have one value in every row: 'a', 'b', 'c', 'd', 'e'", "--ignore a,b,c,d,e");
    expect_one("1,0,0,0,0,0,0,1,0,0,0,0,0,0.5\n2,0,0,0,0,0,0,3,0,0,0,0,0,1.5\n", CLMLP_DATA_FINDING_CONSTANT, 11,
               "t.csv", "2, 3, 4, 5, 6 and 6 more", "--ignore 2-7,9-13");
}

Test(describe, finds_equal_columns_but_not_those_that_nearly_are)
{
    expect_one("a,x,b,t\n1,5,1,0.5\n2,6,2.0,1.5\n", CLMLP_DATA_FINDING_DUPLICATE_COLUMN, 1, "t.csv, column 'b'",
               "is equal to column 'a' in every row", "--ignore b");
    expect_one("a,x,b,t\nu,5,u,0.5\nv,6,v,1.5\n", CLMLP_DATA_FINDING_DUPLICATE_COLUMN, 1, "t.csv, column 'b'",
               "equal to column 'a'", "--ignore b");
    expect_one("a,x,b,t\n0,5,-0,0.5\n1,6,1,1.5\n", CLMLP_DATA_FINDING_DUPLICATE_COLUMN, 1, "t.csv, column 'b'",
               "equal to column 'a'", "--ignore b");
    clmlp_description *const d = described("a,b,t\n1,1,0.5\n2,2,1.5\n3,4,1.5\n", NULL, NULL);
    expect_number(d, 0);
    clmlp_description_destroy(d);
}

/* Rows of text made by a format with the number of the row. */
static char *rows(const char *header, const char *format, int count)
{
    char *const text = malloc(64 + (size_t)count * 64);
    size_t used = (size_t)sprintf(text, "%s\n", header);
    for (int i = 0; i < count; i++) used += (size_t)sprintf(text + used, format, i, i % 3, i % 2 == 0 ? 'a' : 'b');
    return text;
}

Test(describe, finds_columns_that_name_the_rows)
{
    char *text = rows("id,x,t", "1%d,%d.5,%c\n", 30);
    clmlp_description *d = described(text, NULL, NULL);
    expect_number(d, 1);
    expect(d, CLMLP_DATA_FINDING_IDENTIFIER, 1, "column 'id'", "has another value in each row", "--ignore id");
    clmlp_description_destroy(d);
    free(text);
    text = rows("id,x,t", "r%d,%d.5,%c\n", 70);
    d = described(text, NULL, NULL);
    expect_number(d, 1); /* too many texts, too, which this says better */
    expect(d, CLMLP_DATA_FINDING_IDENTIFIER, 1, "column 'id'", "another value", "--ignore id");
    clmlp_description_destroy(d);
    free(text);
    text = rows("id,x,t", "1%d,%d.5,%c\n", 30); /* numbers with a slip name no rows */
    memcpy(strstr(text, "15,"), "l5", 2);
    d = described(text, NULL, NULL);
    expect_number(d, 1);
    expect(d, CLMLP_DATA_FINDING_TEXTS, 1, "t.csv:7, column 'id'", "1 text among 29 numbers", "");
    clmlp_description_destroy(d);
    free(text);
    text = rows("id,x,t", "%d.5,%d,%c\n", 30); /* fractions measure something */
    d = described(text, NULL, NULL);
    expect_number(d, 0);
    clmlp_description_destroy(d);
    free(text);
}

Test(describe, shows_a_column_of_too_many_texts)
{
    char *const text = rows("n,x,t", "r%d,%d.5,%c\n", 70);
    char *const last = strstr(text, "r69");
    cr_assert_not_null(last);
    memcpy(last, "r68", 3);
    clmlp_description *d = described(text, NULL, NULL);
    expect_number(d, 1);
    expect(d, CLMLP_DATA_FINDING_CATEGORIES, 69, "column 'n'", "has 69 different texts",
           "--ignore n leaves it out, --max-categories 69 takes them all");
    clmlp_description_destroy(d);
    clmlp_load_options load = clmlp_load_options_default();
    load.max_categories = 69;
    d = described(text, NULL, &load);
    expect_number(d, 0);
    clmlp_description_destroy(d);
    free(text);
}

Test(describe, finds_fractions_that_may_be_thousands)
{
    expect_one("sqft,t\n836,a\n1.167,b\n1.500,a\n920,b\n", CLMLP_DATA_FINDING_THOUSANDS, 2,
               "t.csv, column 'sqft'", "all fractions of column 'sqft' have three decimals, 1.167 in line 3 beside 836",
               "write them without the mark");
    expect_one("x,t\n1,836\n2,1.167\n1,920\n", CLMLP_DATA_FINDING_THOUSANDS, 1, "t.csv", "fractions of column 't'",
               "write them without the mark");
}

Test(describe, finds_numbers_that_may_mean_no_value)
{
    expect_one("x,z,t\n1,1,a\n-999,2,b\n2,3,a\n3.5,4,b\n-999,5,b\n", CLMLP_DATA_FINDING_NO_VALUE, 2,
               "t.csv, column 'x'",
               "-999 stands in 2 of 5 rows, far from all other values",
               "if it means that there is no value: --missing-values=',NA,N/A,NaN,nan,null,NULL,None,?,-999'");
    expect_one("x,z,t\n1,1,a\n99,2,b\n2,3,a\n3.5,4,b\n99,5,b\n", CLMLP_DATA_FINDING_NO_VALUE, 2, "t.csv, column 'x'",
               "99 stands", "99'");
    expect_one("x,z,t\n0.5,1,a\n-1,2,b\n0.7,3,a\n0.9,4,b\n-1,5,b\n", CLMLP_DATA_FINDING_NO_VALUE, 2,
               "t.csv, column 'x'", "-1 stands", "-1'");
    static const char *const none[] = {
        "x,t\n1,a\n-999,b\n2,a\n3.5,b\n4.5,a\n",    /* one row */
        "x,t\n50,a\n99,b\n20,a\n90.5,b\n99,a\n",    /* near the others */
        "x,t\n1,a\n-998,b\n2,a\n3.5,b\n-998,a\n",   /* another number */
        "x,t\n1,a\n99,b\n2,a\n1,b\n99,a\n",         /* a code */
        "x,t\n0,a\n-1,b\n0.2,a\n0.1,b\n-1,a\n"};    /* beside 0, -1 is a number */
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        clmlp_description *const d = described(none[i], NULL, NULL);
        for (size_t f = 0; f < clmlp_description_findings(d); f++) {
            cr_expect_neq(finding_of(d, f).kind, CLMLP_DATA_FINDING_NO_VALUE, "%s", none[i]);
        }
        clmlp_description_destroy(d);
    }
}

Test(describe, finds_the_cells_that_keep_a_column_from_being_numbers)
{
    expect_one("x,n,t\n1,5,a\n2,6,b\n3,l0,a\n4,7,b\n5,8,a\n6,9,b\n", CLMLP_DATA_FINDING_TEXTS, 1,
               "t.csv:4, column 'n'", "1 text among 5 numbers: 'l0' in ",
               "mend the cells, or name those that mean no value: "
               "--missing-values=',NA,N/A,NaN,nan,null,NULL,None,?,l0'");
    expect_one("x,n,t\n1,2026-01-01,a\n2,2026-01-02,b\n3,2026-01-04,a\n4,2026-13-01,b\n5,2026-01-05,a\n",
               CLMLP_DATA_FINDING_TEXTS, 1, "t.csv:5, column 'n'", "1 text among 4 dates: '2026-13-01'", "mend");
    clmlp_description *const d = described("x,n,t\n1,5,a\n2,u,b\n3,v,a\n4,7,b\n", NULL, NULL); /* a code of both */
    expect_number(d, 0);
    clmlp_description_destroy(d);
}

Test(describe, finds_columns_that_are_mostly_missing)
{
    expect_one("x,n,t\n1,5,a\n2,,b\n3,6,a\n4,?,b\n", CLMLP_DATA_FINDING_MISSING, 2, "t.csv, column 'n'",
               "2 of 4 values are missing (50 %)", "--ignore n");
    clmlp_description *const d = described("x,n,t\n1,5,a\n2,,b\n3,6,a\n4,7,b\n", NULL, NULL);
    expect_number(d, 0);
    clmlp_description_destroy(d);
}

Test(describe, finds_values_that_no_float_holds)
{
    expect_one("x,n,t\n1,5,a\n2,-1e39,b\n3,6,a\n4,1e300,b\n", CLMLP_DATA_FINDING_BEYOND_FLOAT, 2,
               "t.csv:3, column 'n'", "-1e+39 is beyond what a float holds (2 such values)", "--precision f64");
}

Test(describe, finds_texts_that_are_not_utf8)
{
    expect_one("x,n,t\n1,K\xc3\xb6ln,a\n2,K\xf6ln,b\n3,K\xf6ln,a\n4,K\xc3\xb6ln,b\n", CLMLP_DATA_FINDING_ENCODING, 1,
               "t.csv:3:3", "this text is not UTF-8", "iconv -f CP1252 -t UTF-8");
    clmlp_description *const d = described("x,n,t\n1,K\xc3\xb6ln,a\n2,Rom,b\n3,Rom,a\n4,K\xc3\xb6ln,b\n", NULL, NULL);
    expect_number(d, 0);
    clmlp_description_destroy(d);
}

Test(describe, finds_classes_that_are_nearly_one)
{
    expect_one("x,t\n1,yes\n2,Yes\n3,no\n4,yes\n5,Yes\n6,no\n", CLMLP_DATA_FINDING_SIMILAR_CLASSES, 2,
               "t.csv, target 't'", "'Yes' and 'yes' differ only in case or in space around them", "spell it one way");
    expect_one("x,t\n1,b\n2,\"b \"\n3,no\n4,b\n5,\"b \"\n6,no\n", CLMLP_DATA_FINDING_SIMILAR_CLASSES, 2,
               "t.csv, target 't'", "'b' and 'b ' differ only", "spell it one way");
}

/* --- targets ------------------------------------------------------------------------------------------------- */

Test(describe, finds_what_is_wrong_with_classes)
{
    expect_one("x,t\n1,a\n2,a\n3,rare\n4,b\n5,b\n", CLMLP_DATA_FINDING_SINGLE_CLASS, 1, "t.csv:4, target 't'",
               "the only example of class 'rare'", "add examples");
    expect_one("x,t\n1,a\n2,a\n", CLMLP_DATA_FINDING_CONSTANT_TARGET, 1, "t.csv, target 't'", "is 'a' in every row",
               "--target COL");
    expect_one("x,t\n1,0.5\n2,0.5\n", CLMLP_DATA_FINDING_CONSTANT_TARGET, 1, "t.csv, target 't'",
               "is 0.5 in every row", "--target COL");
}

Test(describe, finds_missing_targets_and_still_knows_the_lines)
{
    clmlp_description *d = described("x,c,t\n1,u,a\n2,v,\n3,u,b\n4,l,a\n5,u,NA\n1,u,a\n", NULL, NULL);
    expect_number(d, 3);
    expect(d, CLMLP_DATA_FINDING_MISSING_TARGETS, 2, "t.csv:3:5", "2 of 6 rows have none", "--missing-targets drop");
    expect(d, CLMLP_DATA_FINDING_SINGLE_CLASS, 1, "t.csv:4, target 't'", "class 'b'", "");
    expect(d, CLMLP_DATA_FINDING_DUPLICATE_ROWS, 1, "t.csv:7", "is equal to line 2", "--validation");
    cr_expect_eq(clmlp_description_rows(d), 6);
    cr_expect_eq(clmlp_dataset_examples(clmlp_description_dataset(d)), 4);
    clmlp_description_destroy(d);
    d = described("x,c,t\n1,u,\n2,v,\n", NULL, NULL);
    expect_number(d, 1);
    expect(d, CLMLP_DATA_FINDING_MISSING_TARGETS, 2, "target 't'", "is missing in every row", "--target COL");
    cr_expect_eq(clmlp_dataset_examples(clmlp_description_dataset(d)), 2);
    clmlp_description_destroy(d);
}

Test(describe, tells_the_question_of_the_task)
{
    clmlp_description *const d = described("x,t\n1,10\n2,20\n3,30\n4,40\n5,50\n", NULL, NULL);
    expect_number(d, 1);
    expect(d, CLMLP_DATA_FINDING_TASK, 1, "target 't'", "may be a class or a number: found 5 distinct integers",
           "--task classify or --task regress");
    cr_expect_not_null(clmlp_description_question(d));
    clmlp_description_destroy(d);
}

/* --- rows ----------------------------------------------------------------------------------------------------- */

Test(describe, finds_equal_rows_and_rows_that_contradict_each_other)
{
    expect_one("x,c,t\n1,u,a\n2,v,b\n1.0,u,a\n3,w,b\n1,u,a\n", CLMLP_DATA_FINDING_DUPLICATE_ROWS, 2, "t.csv:4",
               "is equal to line 2; 2 such rows", "--validation");
    expect_one("x,c,t\n4,w,a\n1,u,a\n2,v,b\n1,u,b\n2,w,b\n", CLMLP_DATA_FINDING_CONTRADICTING_ROWS, 2, "t.csv:3",
               "has the features of line 5, but another class; 2 such rows", "no model");
    expect_one("x,c,t\n1,,0.5\n2,v,1.5\n1,NA,0.5\n1,u,0.5\n1,v,0.5\n5,v,0.5\n6,v,0.5\n",
               CLMLP_DATA_FINDING_DUPLICATE_ROWS, 1, "t.csv:4",
               "is equal to line 2", "");
}

/* Equal hashes alone make no equal rows. */
Test(describe, compares_rows_whose_hashes_are_equal)
{
    const double x[] = {1, 2, 1, 3}, y[] = {0, 0, 0, 0};
    const clmlp_row_key keys[] = {{7, 9, 0}, {7, 9, 1}, {7, 9, 2}, {7, 9, 3}};
    clmlp_dataset *d = NULL, *test = NULL;
    cr_assert_eq(clmlp_dataset_create(&d, 4, 1, x, 1, y, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_dataset_create(&test, 1, 1, x + 3, 1, y, NULL), CLMLP_OK);
    const clmlp_row_view view = {.dataset = d, .columns = 1}, other = {.dataset = test, .columns = 1};
    const clmlp_row_pairs copies = clmlp_find_copies(&view, keys);
    const clmlp_row_pairs shared = clmlp_find_shared(&view, keys, &other, keys);
    cr_expect(copies.count == 1 && copies.row == 2 && copies.other == 0, "%zu", copies.count);
    cr_expect_eq(shared.count, 0); /* 3 is behind the first of the run, which is all that is looked at */
    clmlp_dataset_destroy(test);
    clmlp_dataset_destroy(d);
}

/* --- test data ------------------------------------------------------------------------------------------------- */

static const char train[] = "x,c,t\n1,u,a\n2,v,b\n3,u,a\n4,w,b\n";

Test(describe, finds_rows_that_test_data_share)
{
    expect_test(train, "c,t,x,more\nu,a,9,1\nv,b,2.0,1\nu,b,1,1\n", CLMLP_DATA_FINDING_TEST_ROWS, 2, "test.csv:3",
                "t.csv:3; so have 2 of 3 rows, 1 of them with the same target", "learned by heart");
    expect_test("x,c,t\n1,007,0.5\n2,7,1.5\n3,b,0.5\n", "x,c,t\n1,007,0.5\n1,7,0.5\n",
                CLMLP_DATA_FINDING_TEST_ROWS, 1, "test.csv:2",
                "has the features of ", "");
    expect_test("1,5,0.5\n2,6,1.5\n", "2,6,1.5\n2,7,1.5\n", CLMLP_DATA_FINDING_TEST_ROWS, 1, "test.csv:1", "t.csv:2",
                "");
}

/* One text among the numbers of the test data does not hide what the other rows are. */
Test(describe, compares_rows_of_a_column_that_a_text_has_spoilt)
{
    clmlp_description *const d = described("x,c,t\n1,5,0.5\n2,6,1.5\n", "x,c,t\n1,zz,0.5\n2,6.0,1.5\n", NULL);
    expect_number(d, 2);
    expect(d, CLMLP_DATA_FINDING_TEST_KIND, 1, "test.csv:2, column 'c'", "because of 'zz'", "mend");
    expect(d, CLMLP_DATA_FINDING_TEST_ROWS, 1, "test.csv:3", "so has 1 of 2 rows", "");
    clmlp_description_destroy(d);
}

Test(describe, finds_what_only_test_data_have_or_lack)
{
    expect_test(train, "x,c,t\n9,z,a\n8,u,b\n7,z,b\n", CLMLP_DATA_FINDING_TEST_LEVELS, 2, "test.csv:2, column 'c'",
                "2 rows have texts that the training data do not have: 'z' (2)", "--unseen error");
    expect_test(train, "x,c,t\n9,u,a\n8,u,c\n7,v,b\n", CLMLP_DATA_FINDING_TEST_CLASSES, 1, "test.csv:3", "class 'c'",
                "evaluate");
    expect_test(train, "c,t\nu,a\nu,b\n", CLMLP_DATA_FINDING_TEST_COLUMNS, 1, "test.csv",
                "lacks a column of the training data: 'x'", "--ignore");
    expect_test(train, "x,c\n9,u\n8,u\n", CLMLP_DATA_FINDING_TEST_COLUMNS, 1, "test.csv", "has no targets ('t')",
                "--test-labels");
    expect_test(train, "x,c,t\n9,u,a\n8x,u,a\n", CLMLP_DATA_FINDING_TEST_KIND, 1, "test.csv:3, column 'x'",
                "is categorical, because of '8x'; in the training data it is numeric", "mend");
    expect_test("1,5,0.5\n2,6,1.5\n", "2,6,1,1.5\n2,7,1,1.5\n", CLMLP_DATA_FINDING_TEST_COLUMNS, 1, "test.csv",
                "has 3 columns of features, the training data have 2", "refuse");
}

/* --- other files, errors ---------------------------------------------------------------------------------------- */

Test(describe, takes_a_file_of_one_column)
{
    clmlp_description *const d = described("a\nb\na\n", NULL, &(clmlp_load_options){
        .size = sizeof(clmlp_load_options), .target_kind = CLMLP_TARGET_AUTO, .header = CLMLP_HEADER_NO});
    size_t count = 0;
    expect_number(d, 0);
    cr_expect_eq(clmlp_dataset_target_kind(clmlp_description_dataset(d)), CLMLP_TARGET_NONE);
    cr_expect_str_eq(clmlp_description_level(d, 0, 0, &count), "a");
    cr_expect_eq(count, 2);
    clmlp_description_destroy(d);
}

/* Describing a file takes no more memory than what is in it, whatever it claims. */
Test(describe, takes_few_numbers_among_billions_of_columns)
{
    static const char text[] = "1 3:2 7:1 4294967294:5\n2 3:4 7:1\n3 9:1\n";
    char path[PATH_LENGTH];
    clmlp_description *d = NULL;
    clmlp_column_summary values = {.size = sizeof values};
    clmlp_error error = {.message = ""};
    write_file(scratch_path(path, "wide.svm"), text, strlen(text));
    cr_assert_eq(clmlp_describe(&d, path, NULL, NULL, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_description_values(d, &values, NULL), CLMLP_OK);
    cr_expect_eq(values.features, 4294967294);
    cr_expect_eq(values.distinct, 4); /* columns 3, 7, 9 and the last one hold more than one value */
    cr_expect_eq(values.most, 5.0);
    clmlp_description_destroy(d);
    remove(path);
}

Test(describe, asks_and_refuses_as_every_command_does)
{
    static const char *const texts[][2] = {{"1,2,t\n3,4,5\n6,7,5\n", "--header yes or --header no"},
                                           {"1,5;a\n2,6;b\n", "--delimiter"},
                                           {"x,n,t\n1,1e400,a\n", "finite"},
                                           {"x,n,t\n1,2\n", "found 2 fields"},
                                           {"x,x,t\n1,2,a\n", "once more"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[PATH_LENGTH];
        clmlp_description *d = NULL;
        clmlp_error error = {.message = ""};
        write_file(scratch_path(path, "asked.csv"), texts[i][0], strlen(texts[i][0]));
        cr_expect_eq(clmlp_describe(&d, path, NULL, NULL, &error), CLMLP_BAD_INPUT, "%s", texts[i][0]);
        cr_expect_not_null(strstr(error.message, texts[i][1]), "%s: %s", texts[i][0], error.message);
        clmlp_description_destroy(d);
        remove(path);
    }
}
