/* test_evaluate_command.c - clmlp evaluate, also of models of other programs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 60 --batch 10 --rate 1"

Test(cli_evaluate, json_agrees_with_itself)
{
    char *const folder = cli_data_folder("evaluate-json");
    cli_ok(folder, TRAIN);
    cJSON *const json = cli_json(folder, "evaluate model.safetensors points.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "samples"), 60);
    cr_assert(cli_number(json, "cost") >= 0.0);
    const cJSON *const classes = cli_member(json, "classes"), *const confusion = cli_member(json, "confusion");
    const cJSON *const per_class = cli_member(json, "per_class");
    static const char *const names[] = {"blue", "green", "red"};
    int right = 0, all = 0;
    for (int k = 0; k < 3; k++) {
        cr_assert_str_eq(cJSON_GetArrayItem(classes, k)->valuestring, names[k]);
        const cJSON *const row = cJSON_GetArrayItem(confusion, k), *const score = cJSON_GetArrayItem(per_class, k);
        int support = 0;
        for (int j = 0; j < 3; j++) support += cJSON_GetArrayItem(row, j)->valueint;
        right += cJSON_GetArrayItem(row, k)->valueint;
        all += support;
        cr_assert_str_eq(cli_text(score, "class"), names[k]);
        cr_assert_eq(cli_number(score, "support"), support);
        cr_assert_eq(cli_number(score, "recall"), (double)cJSON_GetArrayItem(row, k)->valueint / support);
        cr_assert(cli_number(score, "precision") >= 0.0 && cli_number(score, "f1") >= 0.0);
    }
    cr_assert_eq(all, 60);
    cr_assert(fabs(cli_number(json, "accuracy") - right / 60.0) < 1e-12);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_evaluate, prints_the_confusion_with_the_names_of_the_classes)
{
    char *const folder = cli_data_folder("evaluate-text");
    cli_ok(folder, TRAIN);
    cli_run run = cli(folder, "evaluate model.safetensors points.csv --device cpu --quiet");
    cr_assert_eq(run.status, 0);
    cr_assert_str_empty(run.err);
    static const char *const parts[] = {"samples   60\n", "accuracy  ", "actual  blue  green  red\n",
                                        "class          precision  recall      f1  support\n", "macro average"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        cr_assert_not_null(strstr(run.out, parts[i]), "no '%s' in\n%s", parts[i], run.out);
    }
    cli_free(&run);
    free(folder);
}

Test(cli_evaluate, numbers_the_columns_that_are_too_narrow_for_long_names)
{
    char *const folder = cli_data_folder("evaluate-names");
    char text[4096] = "";
    size_t used = 0;
    for (int i = 0; i < 36; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%d,%d,a long name of class %d\n", i % 12, i % 5,
                                 i % 12);
    }
    cli_write(folder, "long.csv", text);
    cli_ok(folder, "train long.csv --epochs 1 --header no --device cpu");
    cli_run run = cli(folder, "evaluate model.safetensors long.csv --header no --device cpu --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "  9  10  11  12\n"), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\n12: a long name of class 9"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

Test(cli_evaluate, lambda_adds_to_the_cost)
{
    char *const folder = cli_data_folder("evaluate-lambda");
    cli_ok(folder, TRAIN);
    cJSON *const without = cli_json(folder, "evaluate model.safetensors points.csv --device cpu --json", 0);
    cJSON *const with = cli_json(folder, "evaluate model.safetensors points.csv --lambda 3 --device cpu --json", 0);
    cr_assert(cli_number(with, "cost") > cli_number(without, "cost"));
    cJSON_Delete(without);
    cJSON_Delete(with);
    free(folder);
}

Test(cli_evaluate, real_targets_have_neither_classes_nor_confusion)
{
    char *const folder = cli_data_folder("evaluate-real");
    cli_ok(folder, "train real.csv --output linear --hidden 5 --epochs 3 --batch 5 --rate 0.01 --device cpu");
    cJSON *const json = cli_json(folder, "evaluate model.safetensors real.csv --device cpu --json", 0);
    cr_assert(cJSON_IsNull(cli_member(json, "accuracy")));
    cr_assert(cJSON_IsNull(cli_member(json, "confusion")));
    cr_assert(cJSON_IsNull(cli_member(json, "per_class")));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_evaluate, a_model_of_another_program_needs_to_be_told_its_output)
{
    char *const folder = cli_data_folder("evaluate-foreign");
    cli_make_foreign_model(folder);
    cli_write(folder, "numbers.csv", "1,0,0\n0,1,1\n0,0,2\n1,0,2\n");
    cli_run untold = cli(folder, "evaluate foreign.safetensors numbers.csv --device cpu");
    cr_assert_eq(untold.status, 2);
    cr_assert_not_null(strstr(untold.err, "--output"), "%s", untold.err);
    cli_free(&untold);
    untold = cli(folder, "evaluate foreign.safetensors numbers.csv --activation relu --output sigmoid --device cpu");
    cr_assert_eq(untold.status, 2);
    cr_assert_not_null(strstr(untold.err, "--target"), "%s", untold.err);
    cJSON *const json = cli_json(folder, "evaluate foreign.safetensors numbers.csv --target last --activation relu "
                                         "--output sigmoid --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "accuracy"), 0.75);
    cJSON_Delete(json);
    cli_free(&untold);
    free(folder);
}

Test(cli_evaluate, a_sample_without_some_class_still_suits_a_model_without_names)
{
    char *const folder = cli_data_folder("evaluate-some");
    cli_make_foreign_model(folder);
    cli_write(folder, "some.csv", "1,0,0\n0,0,2\n0,0,2\n1,0,2\n");
    cJSON *const json = cli_json(folder, "evaluate foreign.safetensors some.csv --target last --activation relu "
                                         "--output sigmoid --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "accuracy"), 0.75);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "classes")), 3);
    cJSON_Delete(json);
    free(folder);
}

#define FOREIGN "foreign.safetensors --activation relu --output sigmoid --target last --device cpu"

/* By value, whichever of them occur: 1..3 is never 0..2 by rank. */
Test(cli_evaluate, labels_for_a_model_without_names_are_the_numbers_of_its_outputs)
{
    char *const folder = cli_data_folder("evaluate-indices");
    cli_make_foreign_model(folder);
    cli_write(folder, "ones.csv", "1,0,1\n0,0,3\n0,0,3\n1,0,2\n");
    cli_run run = cli(folder, "evaluate " FOREIGN " ones.csv");
    cr_assert_eq(run.status, 2, "%s", run.out);
    cr_assert_not_null(strstr(run.err, "ones.csv:2:5: found class '3', expected one of '0', '1', '2'; the model has no "
                              "class names, so its classes are numbered from 0: give their names in that order "
                              "(--class-names)"), "%s", run.err);
    cli_free(&run);
    cli_write(folder, "texts.csv", "1,0,a\n0,0,c\n0,0,c\n1,0,c\n");
    run = cli(folder, "evaluate " FOREIGN " texts.csv --header no");
    cr_assert_eq(run.status, 2, "%s", run.out);
    cr_assert_not_null(strstr(run.err, "(--class-names)"), "%s", run.err);
    cli_free(&run);
    cJSON *json = cli_json(folder, "evaluate " FOREIGN " ones.csv --class-names 1,2,3 --json", 0);
    cr_assert_eq(cli_number(json, "accuracy"), 0.75);
    cJSON_Delete(json);
    json = cli_json(folder, "evaluate " FOREIGN " texts.csv --header no --class-names a,b,c --json", 0);
    cr_assert_eq(cli_number(json, "accuracy"), 0.75);
    cJSON_Delete(json);
    run = cli(folder, "predict " FOREIGN " texts.csv --header no --class-names a,b,c --quiet");
    cr_assert_eq(strncmp(run.out, "class,a,b,c\na,", 14), 0, "%s%s", run.out, run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_train, goes_on_from_a_model_without_names_by_the_same_labels)
{
    char *const folder = cli_data_folder("init-indices");
    cli_make_foreign_model(folder);
    cli_write(folder, "ones.csv", "1,0,1\n0,0,3\n0,0,3\n1,0,2\n");
    cli_run run = cli(folder, "train ones.csv --epochs 1 --init " FOREIGN);
    cr_assert_eq(run.status, 2, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "(--class-names)"), "%s", run.err);
    cli_free(&run);
    cli_ok(folder, "train ones.csv --epochs 1 --class-names 1,2,3 --init " FOREIGN);
    run = cli(folder, "predict model.safetensors ones.csv --device cpu --quiet");
    cr_assert_eq(strncmp(run.out, "class,1,2,3\n", 12), 0, "%s%s", run.out, run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_evaluate, class_names_that_do_not_suit_the_model_are_refused)
{
    static const struct {
        const char *names, *complaint;
    } cases[] = {{"a,b", "there are fewer"}, {"a,b,c,d", "there are more of them"}, {"a,,c", "one of them is empty"},
                 {"a,b,a", "two of them are equal"}};
    char *const folder = cli_data_folder("evaluate-other-names");
    cli_make_foreign_model(folder);
    cli_write(folder, "some.csv", "1,0,0\n0,0,2\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256], expected[256];
        (void)snprintf(line, sizeof line, "evaluate " FOREIGN " some.csv --class-names %s", cases[i].names);
        (void)snprintf(expected, sizeof expected, "clmlp: --class-names '%s': does not suit the model of 3 outputs: "
            "%s\n",
                       cases[i].names, cases[i].complaint);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 2, "%s", run.err);
        cr_assert_str_eq(run.err, expected);
        cli_free(&run);
    }
    free(folder);
}
