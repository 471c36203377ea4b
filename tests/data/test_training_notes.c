/* test_training_notes.c - what `inspect` finds is a note where the data are read for a training. */
#include "files.h"

/* How many notes have this in them. */
static size_t count_notes(const clmlp_dataset *d, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) count += strstr(clmlp_dataset_note(d, i), text) != NULL;
    return count;
}

static void expect_notes(const char *text, clmlp_target_kind kind, const char *note, size_t count)
{
    const clmlp_load_options options = options_of(kind);
    clmlp_dataset *const d = load_text("notes.csv", text, &options);
    cr_expect_eq(count_notes(d, note), count, "%zu notes '%s', expected %zu, of:\n%s", count_notes(d, note), note,
                 count, text);
    clmlp_dataset_destroy(d);
}

Test(training_notes, tell_where_a_file_is_not_utf8)
{
    const char *const note = "this text is not UTF-8, so it differs from the same one in a UTF-8 file; where it is "
                             "Windows' or Latin-1, iconv -f CP1252 -t UTF-8 converts the file";
    char placed[256];
    (void)snprintf(placed, sizeof placed, "notes.csv:3:3: %s", note);
    expect_notes("x,n,t\n1,Rom,1\n2,K\xf6ln,2\n3,K\xf6ln,3\n", CLMLP_TARGET_VALUES, placed, 1);
    expect_notes("x,n,t\n1,K\xc3\xb6ln,1\n2,Rom,2\n3,\xf0\x9f\x98\x80,3\n", CLMLP_TARGET_VALUES, "UTF-8", 0);
    (void)snprintf(placed, sizeof placed, "notes.csv:1:3: %s", note);
    expect_notes("x,gr\xfc\xdf,t\n1,1,1\n2,2,2\n", CLMLP_TARGET_VALUES, placed, 1);
    (void)snprintf(placed, sizeof placed, "notes.csv:2:3: %s", note);
    expect_notes("x,t\n1,K\xf6ln\n2,Rom\n", CLMLP_TARGET_CLASSES, placed, 1);
}

Test(training_notes, tell_in_data_for_a_model)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    clmlp_dataset *const d = load_text("notes.csv", "n,t\nRom,1\nK\xc3\xb6ln,2\nRom,3\n", &options);
    options.columns = clmlp_dataset_columns(d);
    clmlp_dataset *const other = load_text("notes.csv", "n,t\nK\xf6ln,1\nRom,2\n", &options);
    cr_expect_eq(count_notes(other, "notes.csv:2:1: this text is not UTF-8"), 1);
    clmlp_dataset_destroy(other);
    clmlp_dataset_destroy(d);
}

Test(training_notes, tell_of_classes_that_are_nearly_one)
{
    const char *const note = "differ only in case or in space around them; if they mean one class, spell it one way";
    expect_notes("x,t\n1,yes\n2,Yes\n3,no\n", CLMLP_TARGET_CLASSES, note, 1);
    expect_notes("x,t\n1,yes\n2,Yes\n3,no\n", CLMLP_TARGET_CLASSES, "classes 'Yes' and 'yes'", 1);
    expect_notes("x,t\n1,no\n2,\" no\"\n3,b\n4,B\n5,a\n", CLMLP_TARGET_CLASSES, note, 1);
    expect_notes("x,t\n1,yes\n2,yess\n3,n o\n4,no\n", CLMLP_TARGET_CLASSES, "differ only", 0);
}

Test(training_notes, tell_of_numbers_that_may_mean_no_value)
{
    const char *const note = "notes.csv: column 'x': -999 stands in 2 of 5 rows, far from all other values; if it "
                             "means that there is no value: --missing-values=',NA,N/A,NaN,nan,null,NULL,None,?,-999'";
    expect_notes("x,z,t\n1,1,1\n-999,2,2\n2,3,3\n3.5,4,4\n-999,5,5\n", CLMLP_TARGET_VALUES, note, 1);
    expect_notes("x,z,t\n1,a,1\n-999,b,2\n2,c,3\n3.5,d,4\n-999,e,5\n", CLMLP_TARGET_VALUES, note,
                 1); /* with texts */
    expect_notes("1,1,1\n-999,2,2\n2,3,3\n3.5,4,4\n-999,5,5\n", CLMLP_TARGET_VALUES, "notes.csv: column 1: -999", 1);
    expect_notes("x,z,t\n1,1,1\n-998,2,2\n2,3,3\n3.5,4,4\n-998,5,5\n", CLMLP_TARGET_VALUES, "far from all", 0);
    expect_notes("x,z,t\n1,1,1\n-999,2,2\n2,3,3\n3.5,4,4\n5,5,5\n", CLMLP_TARGET_VALUES, "far from all", 0);
}
