/* test_metrics.c - the metrics that clmlp train and clmlp evaluate show, as text and as JSON. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 60 --batch 10 --rate 1"

static void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in\n%s", part, text);
}

/* The members of an object, in order, with blanks between. */
static void expect_keys(const cJSON *object, const char *expected)
{
    char keys[512] = "";
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        const size_t used = strlen(keys);
        (void)snprintf(keys + used, sizeof keys - used, "%s%s", used > 0 ? " " : "", member->string);
    }
    cr_assert_str_eq(keys, expected);
}

static void expect_same(const cJSON *one, const cJSON *other)
{
    cr_assert(cJSON_Compare(one, other, true), "%s\n%s", cJSON_Print(one), cJSON_Print(other));
}

Test(cli_metrics, of_classes_are_the_same_in_train_and_evaluate)
{
    char *const folder = cli_data_folder("metrics-classes");
    cJSON *const trained = cli_json(folder, TRAIN " --test points.csv --json", 0);
    cJSON *const evaluated = cli_json(folder, "evaluate model.safetensors points.csv --device cpu --json", 0);
    const cJSON *const metrics = cli_member(evaluated, "metrics");
    expect_keys(metrics, "accuracy balanced_accuracy log_loss roc_auc f1_macro f1_weighted mcc accuracy_of_mode");
    cr_assert_eq(cli_number(metrics, "accuracy"), cli_number(evaluated, "accuracy"));
    cr_assert(fabs(cli_number(metrics, "f1_macro") - cli_number(cli_member(evaluated, "macro"), "f1")) < 1e-12);
    expect_same(cli_member(trained, "metrics"), metrics);
    expect_same(cli_member(cli_member(trained, "test"), "metrics"), metrics);
    cJSON_Delete(trained);
    cJSON_Delete(evaluated);
    free(folder);
}

Test(cli_metrics, of_classes_are_a_table_with_a_column_for_each_data_set)
{
    char *const folder = cli_data_folder("metrics-text");
    cli_run run = cli(folder, TRAIN " --test points.csv --quiet");
    expect_in(run.out, "\n                    train    test\nbalanced_accuracy  ");
    expect_in(run.out, "\nlog_loss  ");
    expect_in(run.out, "\nmcc  ");
    cli_free(&run);
    run = cli(folder, "evaluate model.safetensors points.csv --device cpu --quiet");
    expect_in(run.out, " %\n\nbalanced_accuracy  ");
    cr_assert_null(strstr(run.out, "top_"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

Test(cli_metrics, that_are_undefined_are_null_and_say_why)
{
    char *const folder = cli_data_folder("metrics-undefined");
    cli_ok(folder, TRAIN);
    cli_write(folder, "one.csv", "x,y,colour\n0.1,0.2,red\n0.2,0.1,red\n");
    cJSON *const json = cli_json(folder, "evaluate model.safetensors one.csv --device cpu --json", 0);
    const cJSON *const metrics = cli_member(json, "metrics"), *const undefined = cli_member(metrics, "undefined");
    cr_assert(cJSON_IsNull(cli_member(metrics, "roc_auc")));
    cr_assert(cJSON_IsNull(cli_member(metrics, "mcc")));
    expect_keys(undefined, "roc_auc mcc");
    cr_assert_str_eq(cli_text(undefined, "roc_auc"), "the targets have one class only");
    cJSON_Delete(json);
    cli_run run = cli(folder, "evaluate model.safetensors one.csv --device cpu --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    expect_in(run.out, "\nroc_auc            undefined\n");
    expect_in(run.out, "\nroc_auc is undefined: the targets have one class only\n");
    cli_free(&run);
    run = cli(folder, TRAIN " --test one.csv --model other --quiet");
    expect_in(run.out, "\ntest: roc_auc is undefined: the targets have one class only\n");
    cr_assert_null(strstr(run.out, "train: roc_auc"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

Test(cli_metrics, have_the_top_5_of_more_than_5_classes)
{
    char *const folder = cli_data_folder("metrics-top");
    char text[1024] = "";
    size_t used = 0;
    for (int i = 0; i < 36; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%d,%d,kind %d\n", i % 6, i % 5, i % 6);
    }
    cli_write(folder, "six.csv", text);
    cli_ok(folder, "train six.csv --header no --epochs 1 --device cpu");
    cJSON *const json = cli_json(folder, "evaluate model.safetensors six.csv --header no --device cpu --json", 0);
    const cJSON *const top = cli_member(cli_member(json, "metrics"), "top_k");
    expect_keys(top, "k value");
    cr_assert_eq(cli_number(top, "k"), 5);
    cr_assert(cli_number(top, "value") >= cli_number(json, "accuracy"));
    cJSON_Delete(json);
    cli_run run = cli(folder, "evaluate model.safetensors six.csv --header no --device cpu --quiet");
    expect_in(run.out, "\ntop_5  ");
    cli_free(&run);
    free(folder);
}

Test(cli_metrics, of_real_targets_stand_beside_those_of_the_mean)
{
    char *const folder = cli_data_folder("metrics-real");
    cJSON *json = cli_json(folder, "train real.csv --output linear --hidden 5 --epochs 3 --batch 5 --rate 0.01 "
                                   "--target-scale none --device cpu --json", 0);
    expect_keys(cli_member(json, "metrics"), "rmse mae r2 rmse_of_mean mae_of_mean");
    cJSON_Delete(json);
    json = cli_json(folder, "evaluate model.safetensors real.csv --device cpu --lambda 0 --json", 0);
    const cJSON *const metrics = cli_member(json, "metrics");
    const double rmse = cli_number(metrics, "rmse"), mean = cli_number(metrics, "rmse_of_mean");
    cr_assert(fabs(cli_number(metrics, "r2") - (1.0 - rmse * rmse / (mean * mean))) < 1e-12);
    /* J is half the mean square, in single precision, each term within a few roundings of 2^-24 */
    cr_assert(fabs(cli_number(json, "cost") - rmse * rmse / 2.0) <= 16 * 0x1p-24 * cli_number(json, "cost"));
    cJSON_Delete(json);
    cli_run run = cli(folder, "evaluate model.safetensors real.csv --device cpu --quiet");
    expect_in(run.out, "\nrmse  ");
    expect_in(run.out, "\n(of_mean: when every prediction is the mean of these same targets)\n");
    cr_assert_null(strstr(run.out, "output  "), "one output has no table of its own\n%s", run.out);
    cli_free(&run);
    free(folder);
}

Test(cli_metrics, of_several_outputs_are_also_there_one_by_one)
{
    char *const folder = cli_data_folder("metrics-outputs");
    cli_write(folder, "x.csv", "1,0\n0,1\n1,1\n0,0\n");
    cli_write(folder, "labels.csv", "1,0\n0,1\n1,1\n0,0\n");
    cli_write(folder, "reals.csv", "1.5,7\n2.5,7\n3.5,7\n0,7\n");
    cli_ok(folder, "train x.csv --labels labels.csv --header no --epochs 2 --device cpu");
    cJSON *json = cli_json(folder, "evaluate model.safetensors x.csv --labels labels.csv --header no --device cpu "
                                   "--json", 0);
    const cJSON *metrics = cli_member(json, "metrics");
    expect_keys(metrics, "exact_match f1_micro f1_macro hamming_loss outputs");
    cr_assert_eq(cli_number(metrics, "exact_match"), cli_number(json, "accuracy"));
    expect_keys(cJSON_GetArrayItem(cli_member(metrics, "outputs"), 1), "f1 hamming_loss");
    cJSON_Delete(json);
    cli_ok(folder, "train x.csv --labels reals.csv --output linear --header no --epochs 2 --rate 0.01 --device cpu");
    json = cli_json(folder, "evaluate model.safetensors x.csv --labels reals.csv --header no --device cpu --json", 0);
    metrics = cli_member(json, "metrics");
    const cJSON *const outputs = cli_member(metrics, "outputs");
    cr_assert_eq(cJSON_GetArraySize(outputs), 2);
    expect_keys(cJSON_GetArrayItem(outputs, 0), "rmse mae r2 rmse_of_mean mae_of_mean");
    cr_assert(cJSON_IsNumber(cli_member(cJSON_GetArrayItem(outputs, 0), "r2")));
    cr_assert(cJSON_IsNull(cli_member(cJSON_GetArrayItem(outputs, 1), "r2")), "of a constant target");
    cr_assert_str_eq(cli_text(cli_member(metrics, "undefined"), "r2"), "target 2 is constant");
    cJSON_Delete(json);
    cli_run run = cli(folder, "evaluate model.safetensors x.csv --labels reals.csv --header no --device cpu --quiet");
    expect_in(run.out, "\noutput ");
    cli_free(&run);
    free(folder);
}

/* w = 3e38, b = 0 in single precision: twice that is infinite. */
static void write_steep_model(const char *folder)
{
    static const char header[] = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                                 "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}";
    static const float values[] = {3e38F, 0};
    cli_write_tensors(folder, "steep.safetensors", header, values, sizeof values / sizeof values[0]);
}

Test(cli_metrics, a_prediction_that_is_no_number_is_an_error)
{
    char *const folder = cli_data_folder("metrics-nan");
    write_steep_model(folder);
    cli_write(folder, "steep.csv", "0,0\n2,1\n");
    cli_run run = cli(folder, "evaluate steep.safetensors --target last steep.csv --activation tanh --output linear "
        "--header no "
                              "--device cpu --json");
    cr_assert_eq(run.status, 2, "exit status %d", run.status);
    cr_assert_str_empty(run.out);
    expect_in(run.err, "the prediction for example 2 is no number: output 1 is inf in f32");
    cli_free(&run);
    free(folder);
}

Test(cli_metrics, of_a_training_that_diverged_there_are_none)
{
    char *const folder = cli_data_folder("metrics-diverged");
    cJSON *const json = cli_json(folder, "train real.csv --output linear --hidden 5 --epochs 30 --rate 1e30 "
                                         "--activation relu --device cpu --json", 4);
    cr_assert(cJSON_IsNull(cli_member(json, "metrics")));
    cJSON_Delete(json);
    free(folder);
}
