/* report_gradcheck.c - what clmlp gradcheck found. */
#include <math.h>
#include <stdio.h>

#include "message.h"
#include "report.h"
#include "table.h"

static const char *verdict(bool passed)
{
    return passed ? "passed" : "FAILED";
}

static double error_of(const clmlp_gradcheck_element *e)
{
    return fabs(e->analytic - e->numeric);
}

static void print_head(const clmlp_cli_gradcheck_report *report)
{
    const clmlp_gradcheck_result *const result = report->result;
    (void)printf("J = %.9g over %zu example%s, lambda %g\n", result->cost, result->examples,
                 result->examples == 1 ? "" : "s", report->lambda);
    (void)printf("%zu of %zu elements checked in %.2f s\n", result->checked, result->elements, report->seconds);
}

static void print_layers(const clmlp_gradcheck_result *result)
{
    clmlp_cli_table table = {.columns = 8, .align = "lrrrrrrl"};
    const char *const head[] = {"gradient of", "elements", "checked", "kinks", "failed", "relative error", "of bound",
                                "verdict"};
    for (size_t i = 0; i < 8; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &result->layers[l];
        clmlp_cli_table_add(&table, "theta(%zu)", layer->layer);
        clmlp_cli_table_add(&table, "%zu", layer->elements);
        clmlp_cli_table_add(&table, "%zu", layer->checked);
        clmlp_cli_table_add(&table, "%zu", layer->kinks);
        clmlp_cli_table_add(&table, "%zu", layer->failed);
        clmlp_cli_table_add(&table, "%.1e", layer->max_relative);
        clmlp_cli_table_add(&table, "%.3g", layer->worst.of_bound);
        clmlp_cli_table_add(&table, "%s", verdict(layer->failed == 0));
    }
    (void)printf("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

static void print_worst(const clmlp_gradcheck_result *result)
{
    clmlp_cli_table table = {.columns = 8, .align = "lrrrrrrr"};
    const char *const head[] = {"worst element", "analytic", "numeric", "error", "truncation", "rounding", "step",
                                "kink"};
    for (size_t i = 0; i < 8; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_element *const e = &result->layers[l].worst;
        clmlp_cli_table_add(&table, "theta(%zu)[%zu,%zu]", result->layers[l].layer, e->row, e->column);
        clmlp_cli_table_add(&table, "%.9g", e->analytic);
        clmlp_cli_table_add(&table, "%.9g", e->numeric);
        clmlp_cli_table_add(&table, "%.1e", error_of(e));
        clmlp_cli_table_add(&table, "%.1e", e->truncation);
        clmlp_cli_table_add(&table, "%.1e", e->rounding);
        clmlp_cli_table_add(&table, "%.1e", e->step);
        clmlp_cli_table_add(&table, "%s", e->kink ? "yes" : "no");
    }
    (void)printf("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

static void print_device(const clmlp_cli_gradcheck_report *report)
{
    clmlp_cli_table table = {.columns = 7, .align = "lrrrrrl"};
    const char *const head[] = {"device, worst", "failed", "found", "expected", "largest error", "of bound", "verdict"};
    for (size_t i = 0; i < 7; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t l = 0; l < report->result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &report->result->layers[l];
        clmlp_cli_table_add(&table, "theta(%zu)[%zu,%zu]", layer->layer, layer->device_row, layer->device_column);
        clmlp_cli_table_add(&table, "%zu", layer->device_failed);
        clmlp_cli_table_add(&table, "%.9g", layer->device_found);
        clmlp_cli_table_add(&table, "%.9g", layer->device_expected);
        clmlp_cli_table_add(&table, "%.1e", layer->device_max_abs);
        clmlp_cli_table_add(&table, "%.3g", layer->device_max_of_bound);
        clmlp_cli_table_add(&table, "%s", verdict(layer->device_failed == 0));
    }
    (void)printf("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

void clmlp_cli_report_gradcheck(const clmlp_cli_gradcheck_report *report)
{
    const clmlp_gradcheck_result *const result = report->result;
    bool analytic = true, device = true;
    print_head(report);
    print_layers(result);
    print_worst(result);
    if (result->has_device) print_device(report);
    (void)printf("\n");
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &result->layers[l];
        analytic = analytic && layer->failed == 0;
        device = device && layer->device_failed == 0;
        if (layer->failed > 0) {
            (void)printf("FAILED: %zu of the %zu elements checked of the gradient of theta(%zu)\n", layer->failed,
                         layer->checked, layer->layer);
        }
        if (layer->device_failed > 0) {
            (void)printf("FAILED: %zu of the %zu elements of the device's gradient of theta(%zu)\n",
                         layer->device_failed, layer->elements, layer->layer);
        }
    }
    if (analytic) {
        (void)printf("passed: the gradient is the derivative of J; largest relative error %.1e\n",
                     result->max_relative);
    }
    if (result->has_device && device) {
        (void)printf("passed: the device's gradient is that in double, up to the rounding of %s\n",
                     clmlp_precision_name(clmlp_device_precision(report->device)));
    }
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

static void add_number(cJSON *object, const char *key, double value)
{
    (void)cJSON_AddNumberToObject(object, key, value); /* NaN and infinity are null */
}

static void add_element(cJSON *object, const clmlp_gradcheck_element *e)
{
    cJSON *const worst = cJSON_AddObjectToObject(object, "worst");
    add_number(worst, "row", (double)e->row);
    add_number(worst, "column", (double)e->column);
    add_number(worst, "analytic", e->analytic);
    add_number(worst, "numeric", e->numeric);
    add_number(worst, "error", error_of(e));
    add_number(worst, "truncation", e->truncation);
    add_number(worst, "rounding", e->rounding);
    add_number(worst, "of_bound", e->of_bound);
    add_number(worst, "step", e->step);
    (void)cJSON_AddBoolToObject(worst, "kink", e->kink);
}

static void add_device_layer(cJSON *object, const clmlp_gradcheck_layer *layer)
{
    cJSON *const device = cJSON_AddObjectToObject(object, "device");
    add_number(device, "failed", (double)layer->device_failed);
    add_number(device, "max_abs", layer->device_max_abs);
    add_number(device, "max_of_bound", layer->device_max_of_bound);
    add_number(device, "row", (double)layer->device_row);
    add_number(device, "column", (double)layer->device_column);
    add_number(device, "found", layer->device_found);
    add_number(device, "expected", layer->device_expected);
    add_number(device, "bound", layer->device_bound);
    (void)cJSON_AddStringToObject(device, "verdict", layer->device_failed == 0 ? "pass" : "fail");
}

static void add_layer(cJSON *array, const clmlp_gradcheck_layer *layer, bool has_device)
{
    cJSON *const row = cJSON_CreateObject();
    (void)cJSON_AddItemToArray(array, row);
    add_number(row, "layer", (double)layer->layer);
    add_number(row, "elements", (double)layer->elements);
    add_number(row, "checked", (double)layer->checked);
    add_number(row, "kinks", (double)layer->kinks);
    add_number(row, "failed", (double)layer->failed);
    add_number(row, "max_relative", layer->max_relative);
    add_element(row, &layer->worst);
    (void)cJSON_AddStringToObject(row, "verdict", layer->failed == 0 ? "pass" : "fail");
    if (has_device) add_device_layer(row, layer);
}

int clmlp_cli_report_gradcheck_json(const clmlp_cli_gradcheck_report *report, int status)
{
    const clmlp_gradcheck_result *const result = report->result;
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "verdict", result->passed ? "pass" : "fail");
    cJSON *const units = cJSON_AddArrayToObject(object, "units");
    for (size_t l = 1; l <= clmlp_model_layers(report->model); l++) {
        (void)cJSON_AddItemToArray(units, cJSON_CreateNumber((double)clmlp_model_units(report->model, l)));
    }
    (void)cJSON_AddStringToObject(object, "activation", clmlp_activation_name(clmlp_model_activation(report->model)));
    (void)cJSON_AddStringToObject(object, "output", clmlp_output_name(clmlp_model_output(report->model)));
    if (report->device != NULL) clmlp_cli_json_device(object, report->device);
    add_number(object, "cost", result->cost);
    add_number(object, "lambda", report->lambda);
    add_number(object, "examples", (double)result->examples);
    add_number(object, "elements", (double)result->elements);
    add_number(object, "checked", (double)result->checked);
    add_number(object, "max_relative", result->max_relative);
    add_number(object, "seconds", report->seconds);
    cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 0; l < result->count; l++) add_layer(layers, &result->layers[l], result->has_device);
    return clmlp_cli_json_print(object, status);
}
