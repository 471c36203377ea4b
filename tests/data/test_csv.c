/* test_csv.c - reader of CSV and TSV: headers, quotes, line ends, targets. */
#include "files.h"

#include <stdlib.h>

#include "data/dataset.h"

static clmlp_dataset *load_values(const char *text)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    return load_text("values.csv", text, &options);
}

Test(csv, a_header_is_recognised_and_classes_are_strings_in_byte_order)
{
    clmlp_dataset *d = load_text("iris.csv", "a,b,kind\n1,2.5,setosa\n-3e2,.5,Virginica\n0,0,setosa\n", NULL);
    assert_shape(d, 3, 2, 2);
    assert_classes(d, "Virginica", "setosa");
    assert_row(d, 0, 1, 2.5, 0, 1);
    assert_row(d, 1, -300, 0.5, 1, 0);
    cr_assert_str_eq(d->target, "kind");
    clmlp_dataset_destroy(d);
}

Test(csv, without_a_header_the_first_row_counts)
{
    const clmlp_load_options options = options_without_header();
    clmlp_dataset *d = load_text("plain.csv", "1,2,cat\n3,4,dog\n", &options);
    assert_shape(d, 2, 2, 2);
    assert_row(d, 0, 1, 2, 1, 0);
    cr_assert_str_eq(d->target, "3");
    clmlp_dataset_destroy(d);
}

Test(csv, delimiters_line_ends_blanks_and_a_byte_order_mark_do_not_matter)
{
    static const char *const texts[] = {
        "x,y,t\n1,2,3\n4,5,6\n", "x,y,t\r\n1,2,3\r\n4,5,6\r\n", "x,y,t\r1,2,3\r4,5,6\r", "x\ty\tt\n1\t2\t3\n4\t5\t6",
        "x;y;t\n1;2;3\n4;5;6\n", "\xef\xbb\xbfx,y,t\n1,2,3\n4,5,6", "\n\n x , y\t,t\n\n  \n 1 ,\t2 , 3\n4,5,6 \n\n \n",
        "\"x\",\"y\",\"t\"\n\"1\",\"2\",\"3\"\n4,\"5\" , 6\n", "1,2,3\n4,5,6\n", "x;y,z;t\n1;2;3\n4;5;6\n",
        "\"x,1\";\"y,2,3\";t\n1;2;3\n4;5;6\n", "+1,2.,3e0\r\n0.4e1,5.0,600e-2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        clmlp_dataset *d = load_values(texts[i]);
        assert_shape(d, 2, 2, 1);
        assert_row(d, 0, 1, 2, 3);
        assert_row(d, 1, 4, 5, 6);
        clmlp_dataset_destroy(d);
    }
}

Test(csv, quoted_fields_keep_delimiters_quotes_and_line_ends)
{
    clmlp_dataset *d =
        load_text("quoted.csv", "x,\"the \"\"kind\"\"\"\n1,\"a,b\"\n2,\"c\nd\"\n3,\"\"\"\"\n4, \"a,b\" \n", NULL);
    assert_shape(d, 4, 1, 3);
    assert_classes(d, "\"", "a,b", "c\nd");
    cr_assert_str_eq(d->target, "the \"kind\"");
    assert_row(d, 3, 4, 0, 1, 0);
    clmlp_dataset_destroy(d);
}

Test(csv, integer_classes_sort_by_value_and_keep_their_texts)
{
    clmlp_dataset *d = load_text("digits.csv", "1,10\n1,9\n1,-2\n1,9\n1,-10\n1,0\n", NULL);
    assert_shape(d, 6, 1, 5);
    assert_classes(d, "-10", "-2", "0", "9", "10");
    assert_row(d, 0, 1, 0, 0, 0, 0, 1);
    cr_assert_eq(clmlp_dataset_notes(d), 1); /* classes of one example */
    clmlp_dataset_destroy(d);
    /* no number holds these */
    d = load_text("long.csv", "1,18446744073709551617\n1,18446744073709551616\n1,9\n", NULL);
    assert_classes(d, "9", "18446744073709551616", "18446744073709551617");
    clmlp_dataset_destroy(d);
}

Test(csv, spellings_of_a_number_are_classes_of_their_own_and_noted)
{
    static const struct {
        const char *text, *pair;
    } cases[] = {{"1,7\n2,007\n3,8\n", "'007' and '7'"},
                 {"1,1.0\n2,1\n3,2\n", "'1' and '1.0'"},
                 {"1,10\n2,1e1\n3,x\n", "'10' and '1e1'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_dataset *d = load_text("spelling.csv", cases[i].text, NULL);
        assert_shape(d, 3, 1, 3);
        cr_assert_neq(d->labels[0], d->labels[1]);
        cr_assert_eq(clmlp_dataset_notes(d), 2); /* the other is about classes of one example */
        cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), cases[i].pair), "%s", clmlp_dataset_note(d, 0));
        cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "one number in two spellings; they are two classes"));
        clmlp_dataset_destroy(d);
    }
    clmlp_dataset *d = load_text("codes.csv", "1,007\n2,010\n3,009\n", NULL);
    assert_classes(d, "007", "009", "010");
    cr_assert_eq(clmlp_dataset_notes(d), 1);
    clmlp_dataset_destroy(d);
}

/* A model's 3 is found as 3.0, with a note. 003 is another class. */
Test(csv, a_known_class_is_found_in_another_spelling_unless_that_is_a_code)
{
    static const char *const names[] = {"3", "01", "2.0"};
    static const struct {
        const char *text;
        size_t notes; /* 0: refused */
    } cases[] = {{"7,3\n8,3.0\n", 1}, {"7,2\n8,3e0\n", 2}, {"7,003\n", 0},
                 {"7,1\n", 0},        {"7,02\n", 0},        {"7,4\n", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
        char path[PATH_LENGTH];
        clmlp_dataset *d = NULL;
        options.class_names = names;
        options.class_count = 3;
        write_file(scratch_path(path, "spelled.csv"), cases[i].text, strlen(cases[i].text));
        const clmlp_status status = clmlp_dataset_load(&d, path, &options, NULL);
        cr_expect_eq(status, cases[i].notes > 0 ? CLMLP_OK : CLMLP_BAD_INPUT, "%s", cases[i].text);
        cr_expect_eq(clmlp_dataset_notes(d), cases[i].notes, "%s", cases[i].text);
        clmlp_dataset_destroy(d);
        remove(path);
    }
}

Test(csv, missing_targets_are_counted_or_dropped)
{
    static const char classes[] = "x,t\n1,a\n2,\n3,b\n4,NA\n5,a\n";
    static const char values[] = "x,t\n1,0.5\n2,?\n3,1.5\n4,NaN\n5,2.5\n";
    for (size_t i = 0; i < 2; i++) {
        clmlp_load_options options = options_of(i == 0 ? CLMLP_TARGET_CLASSES : CLMLP_TARGET_VALUES);
        const char *const text = i == 0 ? classes : values;
        char path[PATH_LENGTH], expected[1024];
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = ""};
        write_file(scratch_path(path, "missing.csv"), text, strlen(text));
        cr_assert_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT);
        snprintf(expected, sizeof expected, "%s:3:3: missing target (2 of 5 rows have none); --missing-targets drop "
            "leaves "
                 "such rows out", path);
        cr_assert_str_eq(error.message, expected, "%s", error.message);
        options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
        cr_assert_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_OK, "%s", error.message);
        assert_shape(d, 3, 1, i == 0 ? 2 : 1);
        if (i == 0) assert_row(d, 1, 3, 0, 1);
        else assert_row(d, 1, 3, 1.5);
        cr_assert_eq(clmlp_dataset_feature(d, 2, 0), 5.0);
        snprintf(expected, sizeof expected, "%s: 2 of 5 rows have no target and were left out", path);
        cr_assert_eq(clmlp_dataset_notes(d), i == 0 ? 2 : 1); /* 'a' or 'b' has one example */
        cr_assert_str_eq(clmlp_dataset_note(d, 0), expected);
        char place[CLMLP_PLACE_LENGTH]; /* messages still know the line */
        snprintf(expected, sizeof expected, "%s:6, column 'x'", path);
        cr_assert_str_eq(clmlp_dataset_feature_place(place, d, 2, 0), expected);
        clmlp_dataset_destroy(d);
        remove(path);
    }
    /* a class that is called so */
    static const char *const names[] = {"None", "mild"};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.class_names = names;
    options.class_count = 2;
    clmlp_dataset *d = load_text("none.csv", "x,t\n1,mild\n2,None\n", &options);
    assert_row(d, 1, 2, 1, 0);
    clmlp_dataset_destroy(d);
}

Test(csv, one_text_among_the_numbers_makes_all_classes_texts)
{
    clmlp_dataset *d = load_text("mixed.csv", "1,10\n1,9\n1,9.0\n1,x\n", NULL);
    assert_classes(d, "10", "9", "9.0", "x");
    clmlp_dataset_destroy(d);
}

Test(csv, one_class_is_allowed)
{
    clmlp_dataset *d = load_text("one.csv", "x,t\n1,a\n2,a\n", NULL);
    assert_shape(d, 2, 1, 1);
    clmlp_dataset_destroy(d);
}

Test(csv, the_caller_decides_about_a_header)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.header = CLMLP_HEADER_YES;
    clmlp_dataset *d = load_text("yes.csv", "1,2\n3,4\n", &options);
    assert_shape(d, 1, 1, 1);
    clmlp_dataset_destroy(d);
    options.header = CLMLP_HEADER_NO;
    d = load_text("no.csv", "0,1,label\n5,6,0\n", &options);
    assert_shape(d, 2, 2, 2);
    assert_classes(d, "0", "label");
    clmlp_dataset_destroy(d);
}

Test(csv, the_target_is_found_by_name_index_or_as_the_last)
{
    static const struct { const char *target, *found; double feature; } rows[] = {
        {"a", "a", 2}, {"1", "a", 2}, {"b", "b", 1}, {"2", "b", 1}, {"last", "c", 1}, {NULL, "c", 1}, {"3", "c", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
        options.target = rows[i].target;
        clmlp_dataset *d = load_text("target.csv", "a,b,c\n1,2,3\n", &options);
        cr_assert_str_eq(d->target, rows[i].found);
        cr_assert_eq(clmlp_dataset_feature(d, 0, 0), rows[i].feature);
        clmlp_dataset_destroy(d);
    }
}

Test(csv, a_name_in_the_header_goes_before_an_index)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.header = CLMLP_HEADER_YES;
    options.target = "1";
    clmlp_dataset *d = load_text("names.csv", "0,1,2\n10,20,30\n", &options);
    assert_row(d, 0, 10, 30, 20);
    clmlp_dataset_destroy(d);
    /* without a header, a value that looks like the index is no name */
    options.header = CLMLP_HEADER_AUTO;
    d = load_text("values.csv", "5,1,2\n10,20,30\n", &options);
    assert_shape(d, 2, 2, 1);
    assert_row(d, 0, 1, 2, 5);
    clmlp_dataset_destroy(d);
}

Test(csv, naming_the_target_settles_a_first_row_that_is_mixed)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.target = "price";
    clmlp_dataset *d = load_text("years.csv", "2019,2020,town,price\n1,2,3,4\n", &options);
    assert_shape(d, 1, 3, 1);
    clmlp_dataset_destroy(d);
}

Test(csv, known_classes_are_mapped_onto_the_given_order)
{
    static const char *const names[] = {"3", "1", "2"};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.class_names = names;
    options.class_count = 3;
    clmlp_dataset *d = load_text("known.csv", "7,1\n8,3.0\n", &options);
    assert_classes(d, "3", "1", "2");
    assert_row(d, 0, 7, 0, 1, 0);
    assert_row(d, 1, 8, 1, 0, 0);
    clmlp_dataset_destroy(d);
}

Test(csv, without_targets_a_surplus_column_is_left_out)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.expected_features = 2;
    options.target = "last";
    static const char *const same[] = {"1,2\n3,4\n", "1,2,7\n3,4,dog\n", "a,b,t\n1,2,\n3,4,x\n"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        clmlp_dataset *d = load_text("predict.csv", same[i], &options);
        assert_shape(d, 2, 2, 0);
        assert_row(d, 0, 1, 2);
        assert_row(d, 1, 3, 4);
        cr_assert_null(d->target);
        clmlp_dataset_destroy(d);
    }
    options.target = "t";
    clmlp_dataset *d = load_text("predict.csv", "t,a,b\nx,1,2\ny,3,4\n", &options);
    assert_row(d, 1, 3, 4);
    clmlp_dataset_destroy(d);
}

Test(csv, without_an_expected_width_all_columns_are_features)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    clmlp_dataset *d = load_text("all.csv", "1,2,3\n", &options);
    assert_shape(d, 1, 3, 0);
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_NONE);
    clmlp_dataset_destroy(d);
}

/* Rows, fields and CRLF pairs across the ends of the 1 MiB blocks; the classes are known by formula. */
Test(csv, blocks_are_joined_without_a_seam)
{
    enum { M = 60000 };
    static const char *const forms[] = {"%d,%.17g,\"c%d\"\r\n", "%d,%.17g,c%d\n", " \"%d\" , %.17g , \"c%d\" \r\n"};
    const clmlp_load_options options = options_without_header();
    char *text = malloc((size_t)M * 64);
    cr_assert_not_null(text);
    for (size_t form = 0; form < 3; form++) {
        size_t length = 0;
        for (int i = 0; i < M; i++) length += (size_t)sprintf(text + length, forms[form], i, i / 7.0, i % 3);
        clmlp_dataset *d = load_bytes("blocks.csv", text, length, &options);
        assert_shape(d, M, 2, 3);
        for (size_t i = 0; i < M; i++) {
            cr_assert_eq(clmlp_dataset_feature(d, i, 0), (double)i);
            cr_assert_eq(clmlp_dataset_feature(d, i, 1), (double)i / 7.0);
            cr_assert_eq(d->labels[i], i % 3);
        }
        clmlp_dataset_destroy(d);
    }
    free(text);
}

/* A bad field that lies before, across and behind the end of the first block. */
Test(csv, places_are_right_across_the_ends_of_blocks)
{
    enum { BLOCK = 1 << 20, WIDTH = 16 };
    char *text = malloc(BLOCK + 1024), path[PATH_LENGTH], expected[1024];
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.expected_features = 2; /* of a model that takes numbers */
    cr_assert_not_null(text);
    scratch_path(path, "places.csv");
    for (size_t shift = 0; shift < 3 * WIDTH; shift++) {
        size_t length = (size_t)sprintf(text, "%0*d,1,2.0\n", (int)shift + 1, 7); /* moves what follows */
        size_t line = 1;
        for (; length < BLOCK; line++) length += (size_t)sprintf(text + length, "\"%04zu\",-1.5e1,0\n", line % 10000);
        line += 1;
        length += (size_t)sprintf(text + length, "1,\xc3\xa4,2\n");
        write_file(path, text, length);
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = ""};
        cr_assert_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT);
        snprintf(expected, sizeof expected, "%s:%zu:3: found '\xc3\xa4', expected a number in column 2", path, line);
        cr_assert_str_eq(error.message, expected, "shift %zu: got %s, expected %s", shift, error.message, expected);
        /* and the same with the surplus field at the end of a line that the block cuts */
        length -= sizeof "1,\xc3\xa4,2\n" - 1;
        length -= 3; /* ",0\n" */
        length += (size_t)sprintf(text + length, ",0,\xc3\xa4,5\n");
        write_file(path, text, length);
        cr_assert_eq(clmlp_dataset_load(&d, path, NULL, &error), CLMLP_BAD_INPUT);
        snprintf(expected, sizeof expected, "%s:%zu:17: found 5 fields, expected 3 as in the first row, line 1", path,
                 line - 1);
        cr_assert_str_eq(error.message, expected, "shift %zu: got %s, expected %s", shift, error.message, expected);
    }
    remove(path);
    free(text);
}

/* Lines inside quotes count, and columns begin anew with them, in this row and not in the next. */
Test(csv, places_are_right_behind_lines_inside_quotes)
{
    static const struct { const char *text, *place; } rows[] = {
        {"1,\"a\nbc\",2\n3,\"d\"x,4\n", ":3:3: "}, {"1,2,\"a\nbc\"\n3,\"d\"x,4\n", ":3:3: "},
        {"1,\"a\nbc\",\"d\"x\n", ":2:5: "},         {"1,\"a\n\nb\",\"c\nde\",\"f\"x\n", ":4:5: "},
        {"1,2,\"a\n\nb\"\n3,4,\"f\"x\n", ":4:5: "}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[PATH_LENGTH];
        const clmlp_load_options options = options_without_header();
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = ""};
        write_file(scratch_path(path, "quotes.csv"), rows[i].text, strlen(rows[i].text));
        cr_assert_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT, "row %zu", i);
        cr_assert_not_null(strstr(error.message, rows[i].place), "row %zu: %s", i, error.message);
        cr_assert_not_null(strstr(error.message, "text follows the closing quote"), "row %zu: %s", i, error.message);
        remove(path);
    }
}

Test(csv, a_quoted_field_may_be_longer_than_a_block)
{
    enum { SIZE = 3 << 20 };
    const clmlp_load_options options = options_without_header();
    char *text = malloc(SIZE + 64);
    cr_assert_not_null(text);
    size_t length = (size_t)sprintf(text, "1,\"");
    memset(text + length, 'x', SIZE);
    length += SIZE;
    length += (size_t)sprintf(text + length, "\"\n2,y\n");
    clmlp_dataset *d = load_bytes("long.csv", text, length, &options);
    assert_shape(d, 2, 1, 2);
    cr_assert_eq(strlen(clmlp_dataset_class_name(d, 0)), SIZE);
    clmlp_dataset_destroy(d);
    free(text);
}

Test(csv, gzipped_text_reads_the_same)
{
    static const char text[] = "a,b\n1,x\n2,y\n";
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    write_gzip(scratch_path(path, "packed.csv.gz"), text, sizeof text - 1);
    cr_assert_eq(clmlp_dataset_load(&d, path, NULL, NULL), CLMLP_OK);
    assert_shape(d, 2, 1, 2);
    clmlp_dataset_destroy(d);
    remove(path);
}

Test(csv, the_digits_of_the_test_data_are_all_there)
{
    clmlp_dataset *d = NULL;
    clmlp_error error;
    cr_assert_eq(clmlp_dataset_load(&d, TEST_DATA_DIR "/digits-train.csv.gz", NULL, &error), CLMLP_OK);
    assert_shape(d, 1437, 64, 10);
    assert_classes(d, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    double sum = 0.0;
    for (size_t i = 0; i < 1437; i++) {
        for (size_t j = 0; j < 64; j++) {
            const double pixel = clmlp_dataset_feature(d, i, j);
            cr_assert(pixel >= 0 && pixel <= 16);
            sum += pixel;
        }
    }
    cr_assert_gt(sum, 0.0);
    clmlp_dataset_destroy(d);
    cr_assert_eq(clmlp_dataset_load(&d, TEST_DATA_DIR "/digits-test.csv.gz", NULL, &error), CLMLP_OK);
    assert_shape(d, 360, 64, 10);
    clmlp_dataset_destroy(d);
}
