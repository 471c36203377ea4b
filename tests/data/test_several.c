/* test_several.c - several targets of one file, and kept texts, as the library has them. */
#include "files.h"

#include <math.h>

#include "clmlp/model.h"

static clmlp_load_options with_target(const char *target)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_AUTO);
    options.target = target;
    return options;
}

static void expect_names(const clmlp_dataset *d, const char *first, const char *second, const char *list)
{
    cr_assert_eq(clmlp_dataset_target_kind(d), CLMLP_TARGET_VALUES);
    cr_assert_str_eq(clmlp_dataset_output_name(d, 0), first);
    cr_assert_str_eq(clmlp_dataset_output_name(d, 1), second);
    cr_assert_null(clmlp_dataset_output_name(d, 2));
    cr_assert_str_eq(clmlp_dataset_target(d), list);
}

Test(several, lists_hold_names_numbers_ranges_and_quoted_names)
{
    static const char text[] = "x,\"a,b\",c,\"\"\"q\"\"\"\n1,2,3,4\n5,6,7,8\n";
    static const struct { const char *target; double y[2]; const char *first, *second, *list; } rows[] = {
        {"\"a,b\",c", {2, 3}, "a,b", "c", "\"a,b\",c"}, {"c,\"a,b\"", {3, 2}, "c", "a,b", "c,\"a,b\""},
        {"2-3", {2, 3}, "a,b", "c", "\"a,b\",c"},       {"3,2", {3, 2}, "c", "a,b", "c,\"a,b\""},
        {"c,\"\"\"q\"\"\"", {3, 4}, "c", "\"q\"", "c,\"\"\"q\"\"\""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clmlp_load_options options = with_target(rows[i].target);
        double y[2];
        clmlp_dataset *d = load_text("several.csv", text, &options);
        expect_names(d, rows[i].first, rows[i].second, rows[i].list);
        cr_assert_eq(clmlp_dataset_row(d, 0, NULL, y, NULL), CLMLP_OK);
        cr_assert(y[0] == rows[i].y[0] && y[1] == rows[i].y[1], "%s", rows[i].target);
        /* the list that it gives means the same */
        options.target = clmlp_dataset_target(d);
        clmlp_dataset *again = load_text("several.csv", text, &options);
        expect_names(again, rows[i].first, rows[i].second, rows[i].list);
        clmlp_dataset_destroy(again);
        clmlp_dataset_destroy(d);
    }
    const clmlp_load_options whole = with_target("a,b");
    clmlp_dataset *d = load_text("several.csv", "x,\"a,b\",a,b\n1,2.5,3,4\n5,6,7,8\n", &whole);
    assert_shape(d, 2, 3, 1);
    cr_assert_str_eq(clmlp_dataset_output_name(d, 0), "a,b");
    clmlp_dataset_destroy(d);
}

Test(several, leave_a_column_to_be_a_feature)
{
    static const char *const texts[] = {"a,b\n1,0\n0,1\n", "a,1\n1,0\n", "a,\n1,0\n", "1,0\n0,1\n", "yes,NA\n0,1\n"};
    const clmlp_load_options options = with_target("1-2");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char path[PATH_LENGTH];
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = "no error"};
        write_file(scratch_path(path, "all.csv"), texts[i], strlen(texts[i]));
        cr_expect_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT, "%s", texts[i]);
        cr_expect_not_null(strstr(error.message, "no column is left to be a feature"), "%s: %s", texts[i],
                           error.message);
        clmlp_dataset_destroy(d);
        remove(path);
    }
}

Test(several, the_models_names_are_a_list_even_where_a_column_is_called_so)
{
    static const char *const names[] = {"b", "a"};
    clmlp_load_options options = with_target("a,b");
    options.output_names = names;
    options.output_count = 2;
    clmlp_dataset *d = load_text("several.csv", "x,\"a,b\",a,b\n1,2.5,3,4\n5,6,7,8\n", &options);
    assert_shape(d, 2, 2, 2);
    expect_names(d, "b", "a", "b,a");
    assert_row(d, 0, 1, 2.5, 4, 3);
    clmlp_dataset_destroy(d);
}

Test(several, in_another_order_than_the_models_are_refused)
{
    clmlp_load_options options = with_target("a,b");
    clmlp_dataset *d = load_text("several.csv", "x,a,b\n1,2.5,3\n5,6,7\n", &options), *turned = NULL;
    clmlp_model *model = NULL;
    clmlp_error error;
    options.target = "b,a";
    turned = load_text("several.csv", "x,a,b\n1,2.5,3\n5,6,7\n", &options);
    cr_assert_eq(clmlp_model_create_for(&model, d, NULL, 0, CLMLP_RELU, CLMLP_OUTPUT_LINEAR, 1, NULL), CLMLP_OK);
    cr_assert_str_eq(clmlp_model_output_name(model, 1), "b");
    cr_assert_eq(clmlp_model_fit_target_scaling(model, d, CLMLP_SCALE_STANDARD, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_fit_target_scaling(model, turned, CLMLP_SCALE_STANDARD, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "training data: target 1 is 'b', the model's is 'a'; load it with the model's "
                                    "output_names to match by name");
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(turned);
    clmlp_dataset_destroy(d);
}

Test(several, of_an_array_go_by_number)
{
    /* 1 2 3, 4 nan 6 */
    static const char npy[] = "\x93NUMPY\1\0\x3b\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
                              "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xc0\x7f\0\0\xc0\x40";
    char bytes[sizeof npy];
    clmlp_load_options options = with_target("3,2");
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    memcpy(bytes, npy, sizeof npy);
    clmlp_dataset *d = load_bytes("several.npy", bytes, sizeof npy - 1, &options);
    assert_shape(d, 1, 1, 2);
    assert_row(d, 0, 1, 3, 2);
    cr_assert_null(clmlp_dataset_output_name(d, 0));
    cr_assert_str_eq(clmlp_dataset_target(d), "3,2");
    clmlp_dataset_destroy(d);
}

Test(several, keep_their_names_in_parts)
{
    const clmlp_load_options options = with_target("b,a");
    clmlp_dataset *d = load_text("several.csv", "x,a,b\n1,2.5,3\n5,6,7\n1,2,3\n4,5,6\n", &options), *part, *rest;
    cr_assert_eq(clmlp_dataset_split(d, 0.5, 1, &part, &rest, NULL), CLMLP_OK);
    expect_names(part, "b", "a", "b,a");
    expect_names(rest, "b", "a", "b,a");
    clmlp_dataset_destroy(part);
    clmlp_dataset_destroy(rest);
    clmlp_dataset_destroy(d);
}

Test(several, kept_texts_stay_with_their_examples)
{
    clmlp_load_options options = with_target("b,a");
    options.keep = "id,a";
    options.ignore = "id";
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    clmlp_dataset *d = load_text("kept.csv", "id,x,a,b\nn1,1,0.5,2\nn2,2,,3\nn3,3,1,NA\n\" n4 \",4,2.50,4\n", &options);
    assert_shape(d, 2, 1, 2);
    cr_assert_eq(clmlp_dataset_kept(d), 2);
    cr_assert_str_eq(clmlp_dataset_kept_name(d, 1), "a");
    cr_assert_str_eq(clmlp_dataset_kept_text(d, 0, 0), "n1");
    cr_assert_str_eq(clmlp_dataset_kept_text(d, 1, 0), " n4 ");
    cr_assert_str_eq(clmlp_dataset_kept_text(d, 1, 1), "2.50");
    assert_row(d, 1, 4, 4, 2.5);
    cr_assert_null(clmlp_dataset_kept_text(d, 2, 0));
    clmlp_dataset_destroy(d);
}
