/* test_missing_texts.c - the texts that mean "no value": given, kept in the model, told where others are given. */
#include "files.h"

#include "data/dataset.h"
#include "model/model.h"

static bool has_note(const clmlp_dataset *d, const char *text)
{
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) {
        if (strstr(clmlp_dataset_note(d, i), text) != NULL) return true;
    }
    return false;
}

static clmlp_load_options options_with(const char *const *texts, size_t count, clmlp_target_kind kind)
{
    clmlp_load_options options = options_of(kind);
    options.missing_texts = texts;
    options.missing_count = count;
    return options;
}

static void expect_error(const char *text, const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = "no error"};
    write_file(scratch_path(path, "wrong.csv"), text, strlen(text));
    cr_expect_eq(clmlp_dataset_load(&d, path, options, &error), CLMLP_BAD_INPUT, "%s", text);
    cr_expect_not_null(strstr(error.message, message), "got %s\nexpected %s", error.message, message);
    clmlp_dataset_destroy(d);
    remove(path);
}

Test(missing_texts, may_be_numbers)
{
    static const char *const texts[] = {"-999", ""};
    const clmlp_load_options options = options_with(texts, 2, CLMLP_TARGET_VALUES);
    clmlp_dataset *d = load_text("numbers.csv", "x,y,t\n1,2,0.5\n-999,4,1.5\n3,,2.5\n", &options);
    assert_shape(d, 3, 4, 1);
    assert_row(d, 1, 2, 1, 4, 0, 1.5);
    assert_row(d, 2, 3, 0, 3, 1, 2.5);
    cr_assert(has_note(d, "column 'x': 1 of 3 values are missing; the median stands for them"));
    clmlp_dataset_destroy(d);
    /* the same number in another spelling is asked about, wherever it stands */
    expect_error("x,t\n1,0.5\n-999.0,1.5\n", &options, ":3:1: found '-999.0' in column 'x': a value, or a missing");
    expect_error("x,t\n,0.5\n-999.0,1.5\n", &options, ":3:1: found '-999.0' in column 'x'");
    expect_error("x,t\n\"-9.99e2\",0.5\n1,1.5\n", &options, ":2:1: found '-9.99e2' in column 'x'");
    expect_error("x,t\n1,0.5\n2,-999.0\n", &options, ":3:3: found '-999.0' in column 't'");
    expect_error("x,t\n1,0.5\n2,-999\n", &options, ":3:3: missing target");
    /* as pandas writes it where whole numbers stand beside a missing one: it would be a class, or a category */
    clmlp_load_options classes = options_with(texts, 2, CLMLP_TARGET_CLASSES);
    expect_error("x,t\n1,1.0\n2,-999.0\n3,2.0\n", &classes, ":3:3: found '-999.0' in column 't': a value, or a");
    expect_error("x,c,t\n1,k,a\n2,-999.0,b\n3,l,a\n", &classes, ":3:3: found '-999.0' in column 'c': a value, or a");
    classes.categorical = "x";
    expect_error("x,t\n1.0,a\n-999.0,b\n3.0,a\n", &classes, ":3:1: found '-999.0' in column 'x': a value, or a");
}

/* Where they are not listed, the usual ones are texts like any other. */
Test(missing_texts, leave_a_class_called_None)
{
    static const char *const texts[] = {"-"};
    clmlp_load_options options = options_with(texts, 1, CLMLP_TARGET_CLASSES);
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    clmlp_dataset *d = load_text("none.csv", "c,n,t\nNA,1,None\n-,2,Some\nB,3,None\nNA,4,Some\nB,5,-\n", &options);
    assert_shape(d, 4, 4, 2); /* B, NA, missing, n */
    assert_row(d, 0, 0, 1, 0, 1, 1, 0);
    assert_row(d, 1, 0, 0, 1, 2, 0, 1);
    cr_assert_str_eq(clmlp_dataset_class_name(d, 0), "None");
    cr_assert(has_note(d, "1 of 5 rows have no target and were left out"));
    clmlp_dataset_destroy(d);
    d = load_text("usual.csv", "c,t\n1,None\n2,Some\n1,Some\n2,Some\n", &(clmlp_load_options){
        .size = sizeof options, .target_kind = CLMLP_TARGET_CLASSES, .missing_values = CLMLP_MISSING_VALUES_IMPUTE,
        .missing_targets = CLMLP_MISSING_TARGETS_DROP});
    assert_shape(d, 3, 1, 1);
    clmlp_dataset_destroy(d);
}

Test(missing_texts, make_no_header)
{
    static const char *const texts[] = {"n/k"};
    const clmlp_load_options options = options_with(texts, 1, CLMLP_TARGET_VALUES);
    const clmlp_load_options usual = options_of(CLMLP_TARGET_VALUES);
    clmlp_dataset *d = load_text("first.csv", "n/k,2,5.5\n1,3,6.5\n4,3,7.5\n", &options);
    assert_shape(d, 3, 3, 1);
    assert_row(d, 0, 2.5, 1, 2, 5.5);
    clmlp_dataset_destroy(d);
    expect_error("n/k,2,5.5\n1,3,6.5\n4,3,7.5\n", &usual, "does the first row name the columns?");
}

Test(missing_texts, are_kept_in_the_model)
{
    static const char *const texts[] = {"-1", "n/k"}, *const others[] = {"x"}, *const classes[] = {"a", "b"};
    char path[PATH_LENGTH];
    clmlp_model *model = NULL;
    clmlp_load_options options = options_with(texts, 2, CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("train.csv", "x,y,t\n1,5,a\n2,6,b\n3,7,a\n", &options);
    cr_assert_eq(clmlp_model_create_for(&model, d, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_save(model, scratch_path(path, "texts.safetensors"), NULL), CLMLP_OK);
    clmlp_model_destroy(model);
    /* the header's text: an older clmlp must refuse it, for it would take -1 for a value */
    char header[4096] = "";
    FILE *file = fopen(path, "rb");
    cr_assert_gt(fread(header, 1, sizeof header - 1, file), (size_t)8);
    fclose(file);
    cr_assert_not_null(strstr(header + 8, "\"clmlp.format_version\":\"3\""), "%s", header + 8);
    cr_assert_eq(clmlp_model_load(&model, path, NULL, NULL), CLMLP_OK);
    remove(path);
    cr_assert_str_eq(clmlp_columns_missing_text(clmlp_model_columns(model), 1), "n/k");
    cr_assert_null(clmlp_columns_missing_text(clmlp_model_columns(model), 2));
    clmlp_load_options later = options_of(CLMLP_TARGET_CLASSES);
    later.columns = clmlp_model_columns(model);
    later.class_names = classes;
    later.class_count = 2;
    clmlp_dataset *e = load_text("later.csv", "x,y,t\n-1,n/k,a\n", &later);
    assert_row(e, 0, 2, 6, 1, 0);
    cr_assert(has_note(e, "column 'x': 1 of 1 values are missing, of which the training data had none"));
    cr_assert(!has_note(e, "no value is meant by"));
    clmlp_dataset_destroy(e);
    later.missing_texts = others;
    later.missing_count = 1;
    e = load_text("later.csv", "x,y,t\n-1,x,a\n", &later);
    assert_row(e, 0, -1, 6, 1, 0);
    cr_assert(has_note(e, "no value is meant by 'x' here, by '-1', 'n/k' in the training data"));
    clmlp_dataset_destroy(e);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(d);
}

/* The usual list, in another order, is no list of its own. */
Test(missing_texts, that_are_the_usual_ones_are_not_kept)
{
    static const char *const texts[] = {"?", "None", "NULL", "null", "nan", "NaN", "N/A", "NA", ""};
    const clmlp_load_options options = options_with(texts, 9, CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("usual.csv", "x,t\n1,a\n2,b\n", &options);
    cr_assert_null(clmlp_dataset_columns(d)->missing);
    clmlp_dataset_destroy(d);
}
