/* test_csv_slips.c - texts among numbers: told in whatever row they stand, with the option that helps. */
#include "files.h"

#include "data/dataset.h"

#define USUAL ",NA,N/A,NaN,nan,null,NULL,None,?"

/* The note about texts of a table, or the error; "": there is neither. */
static void expect_with(const char *text, const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = ""};
    const char *got = "";
    write_file(scratch_path(path, "slips.csv"), text, strlen(text));
    const clmlp_status status = clmlp_dataset_load(&d, path, options, &error);
    if (status != CLMLP_OK) got = error.message;
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) {
        if (strstr(clmlp_dataset_note(d, i), "is taken as categories") != NULL) got = clmlp_dataset_note(d, i);
    }
    if (message[0] == '\0') cr_expect_str_empty(got, "%s", text);
    else cr_expect_not_null(strstr(got, message), "%s\ngot %s\nexpected %s", text, got, message);
    clmlp_dataset_destroy(d);
    remove(path);
}

static void expect(const char *text, const char *message)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    expect_with(text, &options, message);
}

Test(csv_slips, are_told_in_any_row)
{
    static const char note[] = "column 'n' is taken as categories, 4 different texts, because of 'unknown'; if it "
                               "means no value, say --missing-values='" USUAL ",unknown'";
    expect("x,n,t\n1,unknown,a\n2,6,b\n3,7,a\n4,8,b\n", note);
    expect("x,n,t\n1,unknown,a\n2,6,b\n3,7,a\n4,8,b\n", "slips.csv:2:3: column 'n'");
    expect("x,n,t\n1,6,a\n2,7,b\n3,8,a\n4,unknown,b\n", note);
    expect("x,n,t\n1,,a\n2,unknown,b\n3,8,a\n4,9,b\n5,10,b\n", "slips.csv:3:3: column 'n'");
    expect("x,n,t\n1,unknown,a\n2,-,b\n3,8,a\n4,9,b\n5,10,b\n",
           "because of 'unknown'; if such texts mean no value, say --missing-values='" USUAL ",unknown,-'");
    expect("x,n,t\n1,unknown,a\n2,2026-01-01,b\n3,2026-01-02,a\n4,2026-01-03,b\n", note);
    /* by rows: one code in most of them */
    expect("x,n,t\n1,u,a\n2,v,b\n3,1,a\n4,1,b\n5,1,a\n6,1,b\n", "because of 'u'; if such texts mean no value");
    /* many texts are no way to say "no value" */
    expect("x,n,t\n1,a,a\n2,b,b\n3,c,a\n4,d,b\n5,e,a\n6,1,a\n7,2,a\n8,3,a\n9,4,a\n10,5,a\n11,6,b\n",
           "; 5 of its texts are no numbers: mend them, or name those that mean no value with --missing-values");
}

Test(csv_slips, are_no_categories)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    expect("x,n,t\n1,u,a\n2,v,b\n3,w,a\n4,1,b\n", "");
    expect("x,n,t\n1,yes,a\n2,no,b\n3,yes,a\n4,no,b\n", "");
    options.categorical = "n";
    expect_with("x,n,t\n1,unknown,a\n2,6,b\n3,7,a\n4,8,b\n", &options, "");
    expect_with("x,n,t\n1,6,a\n2,unknown,b\n3,7,a\n4,8,b\n", &options, "");
}

Test(csv_slips, are_the_cause_of_too_many_texts)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.max_categories = 3;
    expect_with("x,n,t\n1,unknown,a\n2,6,b\n3,7,a\n4,8,b\n", &options,
                ":2:3: found 'unknown', expected a number in column 'n', as in most other rows; if it means no value, "
                "say --missing-values='" USUAL ",unknown'; as categories it has 4 different texts (--max-categories 4, "
                "or leave it out: --ignore 'n')");
    expect_with("x,n,t\n1,p,a\n2,q,b\n3,r,a\n4,1,b\n", &options, "column 'n' has 4 different texts (expected at most");
}

Test(csv_slips, know_the_list_that_was_given)
{
    static const char *const texts[] = {"-"}, *const numbers[] = {"", "-999"};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.missing_texts = texts;
    options.missing_count = 1;
    expect_with("x,n,t\n1,-,a\n2,6,b\n3,,a\n4,8,b\n5,9,b\n", &options,
                "because of ''; the list of --missing-values does not have the empty cell (an empty item, such as a "
                "comma at its end); if it means no value, say --missing-values='-,'");
    options.target_kind = CLMLP_TARGET_VALUES;
    expect_with("x,n,t\n1,5,1\n2,6,\n", &options, "missing value (found nothing, expected a number in column 't'); the "
                                                  "list of --missing-values does not have the empty cell");
    options.missing_texts = numbers;
    options.missing_count = 2;
    expect_with("x,n,t\n1,5,1\n-999.0,6,2\n", &options, "--missing-values=',-999,-999.0' takes both");
}
