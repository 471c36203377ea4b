/* test_medians.c - a model of nothing but numbers keeps their medians, for data in which one is missing. */
#include "../data/files.h"

#include <math.h>

#include "data/dataset.h"
#include "model/model.h"

static bool has_note(const clmlp_dataset *d, const char *text)
{
    for (size_t i = 0; i < clmlp_dataset_notes(d); i++) {
        if (strstr(clmlp_dataset_note(d, i), text) != NULL) return true;
    }
    return false;
}

static clmlp_model *model_for(const clmlp_dataset *d)
{
    clmlp_model *model = NULL;
    cr_assert_eq(clmlp_model_create_for(&model, d, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, NULL), CLMLP_OK);
    return model;
}

/* The model as it is after a visit to a file. */
static clmlp_model *reloaded(clmlp_model *model)
{
    char path[PATH_LENGTH];
    clmlp_model *again = NULL;
    cr_assert_eq(clmlp_model_save(model, scratch_path(path, "medians.safetensors"), NULL), CLMLP_OK);
    clmlp_model_destroy(model);
    cr_assert_eq(clmlp_model_load(&again, path, NULL, NULL), CLMLP_OK);
    remove(path);
    return again;
}

static clmlp_load_options later_options(const clmlp_model *model)
{
    static const char *const classes[] = {"a", "b"};
    clmlp_load_options later = options_of(CLMLP_TARGET_CLASSES);
    later.columns = clmlp_model_columns(model);
    later.class_names = classes;
    later.class_count = 2;
    return later;
}

static clmlp_status load(const char *text, const clmlp_load_options *options, clmlp_error *error)
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    write_file(scratch_path(path, "gaps.csv"), text, strlen(text));
    const clmlp_status status = clmlp_dataset_load(&d, path, options, error);
    remove(path);
    clmlp_dataset_destroy(d);
    return status;
}

Test(medians, of_a_headed_table_fill_gaps_of_later_data)
{
    clmlp_error error = {.message = "no error"};
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("train.csv", "x,y,t\n1,10,a\n5,20,b\n2,90,a\n3,40,b\n", &options);
    cr_assert_null(d->encoded); /* its rows stay plain */
    clmlp_model *const model = reloaded(model_for(d));
    clmlp_load_options later = later_options(model);
    clmlp_dataset *e = load_text("later.csv", "y,x,t\n,7,b\n8,NA,a\n", &later);
    assert_row(e, 0, 7, 30, 0, 1);
    assert_row(e, 1, 2.5, 8, 1, 0);
    cr_assert(has_note(e, "later.csv: column 'y': 1 of 2 values are missing, of which the training data had none; the "
                          "median of the training data, 30, stands for them"));
    cr_assert_eq(clmlp_model_check_data(model, e, true, "test data", &error), CLMLP_OK, "%s", error.message);
    clmlp_dataset_destroy(e);
    /* and where nothing is missing, rows stay plain */
    e = load_text("later.csv", "y,x,t\n8,7,b\n", &later);
    cr_assert_null(e->encoded);
    assert_row(e, 0, 7, 8, 0, 1);
    cr_assert_eq(clmlp_dataset_notes(e), 0);
    cr_assert_eq(clmlp_model_check_data(model, e, true, "test data", &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_model_check_data(model, d, true, "training data", &error), CLMLP_OK, "%s", error.message);
    clmlp_dataset_destroy(e);
    later.missing_values = CLMLP_MISSING_VALUES_ERROR;
    cr_assert_eq(load("y,x,t\n8,7,b\n8,,b\n", &later, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, ":3:3: missing value (found nothing, expected a number in column 'x')"),
                       "%s", error.message);
    cr_assert_null(strstr(error.message, "the model has no value"), "%s", error.message);
    clmlp_dataset_destroy(d);
    clmlp_model_destroy(model);
}

Test(medians, of_a_table_without_a_header_fill_gaps_by_position)
{
    clmlp_load_options options = options_without_header();
    options.ignore = "1";
    clmlp_dataset *d = load_text("bare.csv", "0,1,10,a\n0,5,20,b\n0,2,90,a\n", &options);
    clmlp_model *const model = reloaded(model_for(d));
    cr_assert_str_eq(clmlp_columns_name(clmlp_model_columns(model), 0), "2");
    clmlp_load_options later = later_options(model);
    clmlp_dataset *e = load_text("later.csv", "?,7,b\n8,,a\n", &later); /* just the columns of the model */
    assert_row(e, 0, 2, 7, 0, 1);
    assert_row(e, 1, 8, 20, 1, 0);
    cr_assert(has_note(e, "column '2': 1 of 2 values are missing"));
    cr_assert(!has_note(e, "by position"));
    clmlp_dataset_destroy(e);
    clmlp_dataset_destroy(d);
    clmlp_model_destroy(model);
}

Test(medians, are_those_of_the_rest_where_a_part_is_held_out)
{
    static char text[4096];
    const clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    size_t used = (size_t)sprintf(text, "x,t\n");
    for (int i = 0; i < 40; i++) used += (size_t)sprintf(text + used, "%d,%d\n", i * i, i);
    clmlp_dataset *d = load_text("split.csv", text, &options), *part = NULL, *rest = NULL;
    cr_assert_eq(clmlp_dataset_split(d, 0.5, 3, &part, &rest, NULL), CLMLP_OK);
    clmlp_model *const model = model_for(rest), *const whole = model_for(d);
    const double kept = clmlp_model_columns(model)->encoders[0]->fill[0];
    size_t below = 0, above = 0;
    for (size_t i = 0; i < rest->m; i++) {
        below += clmlp_dataset_feature(rest, i, 0) < kept;
        above += clmlp_dataset_feature(rest, i, 0) > kept;
    }
    cr_assert_eq(below, above);
    cr_assert_neq(kept, clmlp_model_columns(whole)->encoders[0]->fill[0]); /* else this shows nothing */
    clmlp_model_destroy(whole);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(part);
    clmlp_dataset_destroy(rest);
    clmlp_dataset_destroy(d);
}

/* Columns as a clmlp without medians has written them. */
Test(medians, are_missed_where_a_model_has_none)
{
    static const char *const names[] = {"x", "y"};
    clmlp_error error = {.message = "no error"};
    clmlp_columns *columns = NULL;
    clmlp_model *model = NULL;
    const size_t s[] = {2, 2};
    cr_assert_eq(clmlp_model_create(&model, 2, s, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_columns_create(&columns, names, 2, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_set_columns(model, columns, NULL), CLMLP_OK);
    model = reloaded(model);
    const clmlp_load_options later = later_options(model);
    cr_assert_eq(load("x,y,t\n1,,a\n", &later, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "the model has no value to put in its place"), "%s", error.message);
    cr_assert_eq(load("x,y,t\n1,2,a\n", &later, &error), CLMLP_OK, "%s", error.message);
    clmlp_columns_destroy(columns);
    clmlp_model_destroy(model);
}

/* Nine columns, one more than are gathered at once. */
Test(medians, of_many_columns_are_each_its_own)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("wide.csv",
                                 "a,b,c,d,e,f,g,h,i,t\n"
                                 "1,2,3,4,5,6,7,8,9,p\n"
                                 "2,4,6,8,10,12,14,16,18,q\n"
                                 "9,9,9,9,9,9,9,9,0,p\n", &options);
    clmlp_model *const model = model_for(d);
    static const double medians[] = {2, 4, 6, 8, 9, 9, 9, 9, 9};
    for (size_t j = 0; j < 9; j++) cr_assert_eq(clmlp_model_columns(model)->encoders[j]->fill[0], medians[j]);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(d);
}
