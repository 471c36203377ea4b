/* test_gradcheck_command.c - clmlp gradcheck: table, JSON keys, exit status, option errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

Test(cli_gradcheck, prints_every_promised_key)
{
    char *const folder = cli_data_folder("gradcheck-json");
    cJSON *const json = cli_json(folder, "gradcheck points.csv --hidden 5,4 --activation tanh --lambda 0.5 --json", 0);
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    cr_assert_str_eq(cli_text(json, "activation"), "tanh");
    cr_assert_str_eq(cli_text(json, "output"), "sigmoid");
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "units")), 4);
    cr_assert_eq(cli_number(json, "lambda"), 0.5);
    cr_assert_eq(cli_number(json, "examples"), 60);
    cr_assert_eq(cli_number(json, "elements"), 5 * 3 + 4 * 6 + 3 * 5);
    cr_assert_eq(cli_number(json, "checked"), 5 * 3 + 4 * 6 + 3 * 5);
    cr_assert_gt(cli_number(json, "cost"), 0.0);
    cr_assert_lt(cli_number(json, "max_relative"), 1e-6);
    cr_assert(cli_number(json, "seconds") >= 0.0);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "device"));
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "layers")), 3);
    const cJSON *layer;
    cJSON_ArrayForEach(layer, cli_member(json, "layers")) {
        cr_assert_str_eq(cli_text(layer, "verdict"), "pass");
        cr_assert_eq(cli_number(layer, "checked"), cli_number(layer, "elements"));
        cr_assert_eq(cli_number(layer, "failed"), 0);
        cr_assert_eq(cli_number(layer, "kinks"), 0);
        cr_assert_gt(cli_number(layer, "max_relative"), 0.0);
        const cJSON *const worst = cli_member(layer, "worst");
        const double error = fabs(cli_number(worst, "analytic") - cli_number(worst, "numeric"));
        cr_assert_float_eq(cli_number(worst, "error"), error, 1e-16);
        const double bound = 2.0 * (cli_number(worst, "truncation") + cli_number(worst, "rounding"));
        cr_assert_float_eq(cli_number(worst, "of_bound"), cli_number(worst, "error") / bound, 1e-6);
        cr_assert(cli_number(worst, "row") >= 0.0 && cli_number(worst, "column") >= 0.0);
        cr_assert_gt(cli_number(worst, "step"), 0.0);
        cr_assert(cJSON_IsFalse(cli_member(worst, "kink")));
    }
    cJSON_Delete(json);
    free(folder);
}

Test(cli_gradcheck, prints_a_table_of_layers_and_a_verdict)
{
    char *const folder = cli_data_folder("gradcheck-table");
    cli_run run = cli(folder, "gradcheck points.csv --hidden 30 --sample 20 --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_str_empty(run.err);
    cr_assert_not_null(strstr(run.out, " over 60 examples, lambda 0\n40 of 183 elements checked in "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\ntheta(1)           90       20      0       0 "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\ntheta(2)           93       20      0       0 "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "truncation  rounding"));
    cr_assert_not_null(strstr(run.out, "\npassed: the gradient is the derivative of J; largest relative error "));
    cr_assert_null(strstr(run.out, "FAILED"));
    cli_free(&run);
    free(folder);
}

Test(cli_gradcheck, takes_theta_lambda_and_scaling_of_a_model)
{
    char *const folder = cli_data_folder("gradcheck-model");
    cli_ok(folder, "train points.csv --hidden 6 --lambda 0.25 --epochs 2 --device cpu --quiet");
    cJSON *evaluation =
        cli_json(folder, "evaluate model.safetensors points.csv --device cpu --precision f64 --json", 0);
    cJSON *json = cli_json(folder, "gradcheck points.csv --model model.safetensors --json", 0);
    cr_assert_eq(cli_number(json, "lambda"), 0.25);
    cr_assert_float_eq(cli_number(json, "cost"), cli_number(evaluation, "cost"), 1e-12);
    cJSON_Delete(json);
    json = cli_json(folder, "gradcheck points.csv --model model.safetensors --lambda 0 --examples 10 --json", 0);
    cr_assert_eq(cli_number(json, "lambda"), 0.0);
    cr_assert_eq(cli_number(json, "examples"), 10);
    cJSON_Delete(json);
    cJSON_Delete(evaluation);
    free(folder);
}

static void expect_finding(const cJSON *finding, const char *tensor, double layer)
{
    static const char *const numbers[] = {"layer", "elements", "max_abs", "max_ulp", "bound_of_value", "row", "column",
                                          "found", "expected", "bound"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) (void)cli_number(finding, numbers[i]);
    cr_assert_eq(cli_number(finding, "failed"), 0);
    cr_assert(cli_number(finding, "max_of_bound") > 0.0 && cli_number(finding, "max_of_bound") <= 1.0);
    cr_assert_str_not_empty(cli_text(finding, "equation"));
    cr_assert_str_not_empty(cli_text(finding, "kernel"));
    cr_assert_str_not_empty(cli_text(finding, "tensor"));
    if (tensor == NULL) return;
    cr_assert_str_eq(cli_text(finding, "tensor"), tensor);
    cr_assert_eq(cli_number(finding, "layer"), layer);
}

Test(cli_gradcheck, compares_the_gradient_of_a_device)
{
    char *const folder = cli_data_folder("gradcheck-device");
    cJSON *const json = cli_json(folder, "gradcheck points.csv --device opencl --engine native --json", 0);
    cr_assert_eq(strncmp(cli_text(json, "device"), "opencl:", 7), 0);
    cr_assert_str_eq(cli_text(json, "engine"), "native");
    cr_assert_str_eq(cli_text(json, "precision"), "f32");
    const cJSON *layer;
    cJSON_ArrayForEach(layer, cli_member(json, "layers")) {
        const cJSON *const device = cli_member(layer, "device");
        cr_assert_str_eq(cli_text(device, "verdict"), "pass");
        cr_assert_eq(cli_number(device, "failed"), 0);
        expect_finding(cli_member(device, "gradient"), "gradient", cli_number(layer, "layer"));
        expect_finding(cli_member(device, "lock_step"), NULL, 0.0);
    }
    cJSON_Delete(json);
    free(folder);
}

/* A kernel without the 1/m. */
Test(cli_gradcheck, names_what_a_broken_kernel_gets_wrong_with_status_3)
{
    char *const folder = cli_data_folder("gradcheck-broken");
    cli_break_kernels(folder, TEST_KERNEL_DIR);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cli_run run = cli(folder, "gradcheck points.csv --hidden 6 --device opencl --engine native --quiet");
    cr_assert_eq(run.status, 3, "%d: %s", run.status, run.err);
    cr_assert_not_null(strstr(run.out, "FAILED: the device: step 1: gradient(1) [6 x 3] by gradient ("), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "passed: the gradient is the derivative of J"));
    cr_assert_null(strstr(run.out, "passed: the device"));
    cli_free(&run);
    cJSON *const json = cli_json(folder, "gradcheck points.csv --hidden 6 --device opencl --engine native --json", 3);
    cr_assert_str_eq(cli_text(json, "verdict"), "fail");
    const cJSON *const layer = cJSON_GetArrayItem(cli_member(json, "layers"), 0);
    cr_assert_str_eq(cli_text(layer, "verdict"), "pass");
    cr_assert_str_eq(cli_text(cli_member(layer, "device"), "verdict"), "fail");
    cr_assert_gt(cli_number(cli_member(layer, "device"), "failed"), 18); /* in lock-step, and in the free run */
    cr_assert_str_eq(cli_text(cli_member(json, "first_failure"), "equation"), "gradient");
    cJSON_Delete(json);
    free(folder);
}

static void expect_refused(const char *folder, const char *line, const char *why)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 2, "%s: %d: %s", line, run.status, run.err);
    cr_assert_str_empty(run.out);
    cr_assert_not_null(strstr(run.err, why), "%s: %s", line, run.err);
    cli_free(&run);
}

Test(cli_gradcheck, refuses_what_makes_no_sense)
{
    char *const folder = cli_data_folder("gradcheck-refused");
    cli_ok(folder, "train points.csv --hidden 6 --epochs 1 --device cpu --quiet");
    static const char *const lines[][2] = {
        {"gradcheck points.csv --activation step", "step"},
        {"gradcheck", "DATA"},
        {"gradcheck points.csv --sample 0", "--sample '0': expected a whole number from 1 to 2147483647, or all"},
        {"gradcheck points.csv --examples many", "--examples 'many': expected a whole number"},
        {"gradcheck points.csv --examples 61", "--examples '61': there are only 60 (all takes them all)"},
        {"gradcheck points.csv --lambda -1", "--lambda '-1'"},
        {"gradcheck points.csv --engine native", "--engine: there is no --device"},
        {"gradcheck points.csv --precision f64", "--precision: there is no --device"},
        {"gradcheck points.csv --model model.safetensors --hidden 7", "--hidden: contradicts --model"},
        {"gradcheck points.csv --model model.safetensors --scale none", "--scale: contradicts --model"},
        {"gradcheck points.csv --model model.safetensors --output softmax", "--output: contradicts --model"},
        {"gradcheck points.csv --model model.safetensors --activation relu", "--activation: contradicts --model"},
        {"gradcheck wide.csv --model model.safetensors", "wide.csv"},
        {"gradcheck points.csv --device opencl:77.0", "77"},
        {"gradcheck missing.csv", "missing.csv"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) expect_refused(folder, lines[i][0], lines[i][1]);
    free(folder);
}

Test(cli_gradcheck, checks_real_targets_and_networks_without_hidden_layers)
{
    char *const folder = cli_data_folder("gradcheck-real");
    cJSON *const json = cli_json(folder, "gradcheck real.csv --output linear --hidden '' --sample all --json", 0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "layers")), 1);
    cJSON_Delete(json);
    cli_ok(folder, "gradcheck real.csv --output linear --activation relu --examples all --quiet");
    free(folder);
}
