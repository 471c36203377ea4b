/* test_csv_forms.c - fields that look like numbers or dates in another spelling are asked about. */
#include "files.h"

#include "data/dataset.h"

/* The error for a text; NULL: there has to be none. */
static void expect_with(const char *text, const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = "no error"};
    write_file(scratch_path(path, "forms.csv"), text, strlen(text));
    const clmlp_status status = clmlp_dataset_load(&d, path, options, &error);
    if (message == NULL) cr_expect_eq(status, CLMLP_OK, "%s\ngot %s", text, error.message);
    else cr_expect_not_null(strstr(error.message, message), "%s\ngot %s\nexpected %s", text, error.message, message);
    clmlp_dataset_destroy(d);
    remove(path);
}

static void expect(const char *text, const char *message)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    expect_with(text, &options, message);
}

/* A feature of a table that has this value in its last row, below a number. */
static void expect_cell(const char *value, const char *message)
{
    char text[256];
    (void)snprintf(text, sizeof text, "beds;t\n836;1\n\"%s\";2\n", value);
    expect(text, message);
    (void)snprintf(text, sizeof text, "beds,t\n\"%s\",1\n\"%s\",2\n", value, value);
    if (message == NULL || strstr(message, "decimal") == NULL) expect(text, message);
}

Test(csv_forms, asks_about_thousands)
{
    expect_cell("59,222", ": found '59,222', expected a number in column 'beds'; is it 59222 (then write it without "
                          "the comma) or 59.222 (say --decimal ,)?; if it is a text, say --categorical 'beds'");
    expect("beds,t\n836,1\n\"1,167\",2\n", "is it 1167 (then write it without the comma) or 1.167 (then write it with "
                                           "a point)?");
    expect_cell("1,234,567", "; is it 1234567? then write it without the commas");
    expect_cell("1.234.567", "; is it 1234567? then write it without the points");
    expect_cell("-1,234.5", "; is it -1234.5? then write it without the comma");
    expect_cell("0,123", "; decimals are written with a point");
    expect_cell("1,5", "; decimals are written with a point");
    expect_cell("1,2345", "; decimals are written with a point");
    /* the target, too */
    expect("x;t\n1;836\n2;1,167\n", ":3:3: found '1,167', expected a number in column 't'; is it 1167 (then");
}

Test(csv_forms, asks_about_thousands_beside_a_decimal_comma)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.decimal = CLMLP_DECIMAL_COMMA;
    expect_with("x;t\n1,5;1\n1.167;2\n", &options, ":3:1: found '1.167', expected a number in column 'x'; is it 1167 "
                                                   "(then write it without the point) or 1.167 (say --decimal .)?");
    expect_with("x;t\n1,5;1\n1.234,5;2\n", &options, "; is it 1234.5? then write it without the point");
}

Test(csv_forms, asks_about_units)
{
    static const char *const units[] = {"20%", "5 %", "$1,100", "-$5", "\xe2\x82\xac" "5", "5 \xe2\x82\xac",
                                        "\xc2\xa3" "12.50", "\xc2\xa5" "100", "1 100 \xe2\x82\xac"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        expect_cell(units[i], "expected a number in column 'beds'; numbers are written without a unit; if it is a "
                              "text, say --categorical 'beds'");
    }
    static const char *const texts[] = {"A$5", "<5%", "10-20%", "%", "5 kg", "$5 $6", "5%5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_cell(texts[i], NULL);
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.categorical = "beds";
    expect_with("beds,t\n20%,1\n30%,2\n", &options, NULL);
}

Test(csv_forms, asks_about_dates)
{
    static const char *const dates[] = {"01/02/2012", "1/2/12", "31.12.2012", "12-31-2012", "01 Jan 2012", "1-Jan-12",
                                        "Jan 1, 2012", "January 1, 2012", "2012/12/31", "2012-1-5", "2012.12.31",
                                        "01/02/2012 10:30", "1 jan. 2012 10:30 PM"};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        expect_cell(dates[i], "expected a number or date in column 'beds'; dates are written 2026-01-31; if it is a "
                              "text, say --categorical 'beds'");
    }
    static const char *const texts[] = {"1/2", "99/99/2012", "Jan", "1/2/3/4", "Mayor 1 2012", "01/02/2012 a", "12 May",
                                        "2012-02-30", "v1.2.3", "1.2/2012", "1 2 2012", "+49 30 1234"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_cell(texts[i], NULL);
    expect_cell("1.2.3", "; if it is a text, say --categorical");
    expect_cell("1.2.12", "; if it is a text, say --categorical");
    expect("day,t\n2012-12-30,1\n31.12.2012,2\n", "dates are written 2026-01-31");
    expect("x,t\n1,01/02/2012\n2,5\n", "expected a number in column 't'; dates are written 2026-01-31");
}

Test(csv_forms, asks_about_other_times_and_months)
{
    static const char *const asks[][2] = {
        {"2024-01-02 20:00:00.250", "dates with a time are written 2026-01-31 20:00:00"},
        {"2024-01-02T20:00:00+01:00", "dates with a time are written 2026-01-31 20:00:00"},
        {"2024-01-02T20:00:00.123456789-0500", "dates with a time are written 2026-01-31 20:00:00"},
        {"2024-01-02 20:00:00 UTC", "dates with a time are written 2026-01-31 20:00:00"},
        {"2024-01-02 9:30", "dates with a time are written 2026-01-31 20:00:00"},
        {"10:30", "times need a day, 2026-01-31 20:00, or write hours as a number, 20.5"},
        {"9:30:05.5", "times need a day"},
        {"10:30 PM", "times need a day"},
        {"2023-01", "dates have a day, 2026-01-31"}};
    char message[160];
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        (void)snprintf(message, sizeof message, "expected a number or date in column 'beds'; %s", asks[i][1]);
        expect_cell(asks[i][0], message);
        expect_cell(asks[i][0], "; if it is a text, say --categorical 'beds'");
    }
    static const char *const texts[] = {"25:00", "10:61", "10:3", "10:30 h", "2023-13", "2023-1", "0123-01", "2023-01a",
                                        "2024-02-30 20:00:00.5", "2024-01-02 noon", "2024-01-02-A", "a 10:30"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_cell(texts[i], NULL);
    expect("day,t\n2024-01-02,1\n2024-01-02T20:00:00Z,2\n2024-01-02 20:00,3\n", NULL);
    expect("day,t\n2024-01-02,1\n2024-01-02T20:00:00.5Z,2\n", "dates with a time are written");
    expect("x,t\n1,10:30\n2,5\n", "expected a number in column 't'; times need a day");
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.categorical = "day";
    expect_with("day,t\n10:30,1\n2023-01,2\n", &options, NULL);
}

/* Nobody said what the targets are: numbers of another spelling are no classes. */
Test(csv_forms, asks_about_targets_that_may_be_numbers)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_AUTO);
    expect_with("x;t\n1;59,222\n2;60,111\n", &options, ":2:3: found '59,222', expected a number in column 't'; is it "
                "59222 (then write it without the comma) or 59.222 (say --decimal ,)?; if it is a class, say "
                "--task classify");
    expect_with("x,t\n1,$5\n2,$6\n", &options, "without a unit; if it is a class, say --task classify");
    options.target_kind = CLMLP_TARGET_CLASSES;
    expect_with("x,t\n1,$5\n2,$6\n", &options, NULL);
    options.target_kind = CLMLP_TARGET_AUTO;
    options.decimal = CLMLP_DECIMAL_COMMA;
    clmlp_dataset *const d = load_text("comma.csv", "x;t\n1;1,5\n2;2,25\n3;7\n", &options);
    assert_shape(d, 3, 1, 1);
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    assert_row(d, 1, 2, 2.25);
    clmlp_dataset_destroy(d);
}

/* Where a name would not do in an option, its number does. */
Test(csv_forms, name_the_column_as_the_option_takes_it)
{
    expect("\"a,b\",t\n20%,1\n30%,2\n", "say --categorical 1");
    expect("1,1\n20%,2\n", "say --categorical 1");
}
