/* test_csv_thousands.c - fractions that may be thousands are told; measured ones are not. */
#include "files.h"

#include "data/dataset.h"

/* The note about thousands; "": there is none. */
static void expect_with(const char *text, clmlp_target_kind kind, clmlp_decimal decimal, const char *message)
{
    clmlp_load_options options = options_of(kind);
    options.decimal = decimal;
    clmlp_dataset *const d = load_text("thousands.csv", text, &options);
    const char *got = "";
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) {
        if (strstr(clmlp_dataset_note(d, i), "thousands, write") != NULL) got = clmlp_dataset_note(d, i);
    }
    if (message[0] == '\0') cr_expect_str_empty(got, "%s", text);
    else cr_expect_not_null(strstr(got, message), "%s\ngot %s\nexpected %s", text, got, message);
    clmlp_dataset_destroy(d);
}

static void expect(const char *text, const char *message)
{
    expect_with(text, CLMLP_TARGET_VALUES, CLMLP_DECIMAL_POINT, message);
}

Test(csv_thousands, are_told)
{
    static const char comma[] = "sqft;t\n836;1\n1,167;2\n1,500;3\n920;4\n";
    static const char note[] = "thousands.csv:3:1: column 'sqft': all its fractions have three decimals, 1,167 beside "
                               "836; if these are thousands, write them without the mark";
    expect_with(comma, CLMLP_TARGET_VALUES, CLMLP_DECIMAL_COMMA, note);
    expect("sqft,t\n836,1\n1.167,2\n", "thousands.csv:3:1: column 'sqft': all its fractions have three decimals, 1.1");
    /* in a table of other kinds, with what is missing; without a header; where the index is left out */
    expect("city,sqft,t\nu,836,1\nv,1.167,2\nu,,3\nv,\"-12.500\",4\n", "thousands.csv:3:3: column 'sqft'");
    expect("836,1\n1.167,2\n", "thousands.csv:2:1: column 1: all");
    expect(",sqft,x,t\n0,836,1,1\n1,1.167,2,2\n", "thousands.csv:3:3: column 'sqft'");
    /* the target: numbers, one of several, and what may be classes */
    expect("x,t\n1,836\n2,1.167\n", "thousands.csv:3:3: column 't'");
    expect_with("x,t\n1,836\n2,1.167\n", CLMLP_TARGET_AUTO, CLMLP_DECIMAL_POINT, "thousands.csv:3:3: column 't'");
}

Test(csv_thousands, are_no_measured_values)
{
    static const char *const texts[] = {
        "x,t\n5.123,1\n4.900,2\n3.000,3\n",       /* no integers */
        "x,t\n836,1\n1.5,2\n1.167,3\n",           /* another fraction */
        "x,t\n836,1\n1.1675,2\n",                 /* four decimals */
        "x,t\n836,1\n1250,2\n1.167,3\n",          /* thousands as they should be */
        "x,t\n836,1\n0.167,2\n",                  /* no thousand begins with 0 */
        "x,t\n1,1\n2,2\n2.125,3\n",               /* small numbers */
        "x,t\n836,1\n920,2\n",                    /* no fractions */
        "x,t\n836,1\n1.167,2\n1e2,3\n",           /* other spellings */
        "x,t\n836,1\n1.167,2\n1234.567,3\n", "x,t\nu,836\nv,837\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect(texts[i], "");
    expect_with("x,t\n1,1.167\n2,u\n3,836\n", CLMLP_TARGET_CLASSES, CLMLP_DECIMAL_POINT, "");
}
