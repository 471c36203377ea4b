/* gradcheck.c - results of clmlp gradcheck, as a table and as JSON. */
#include <math.h>
#include <stdio.h>

#include "message.h"
#include "json_memory.h"
#include "reports/report.h"
#include "reports/verify.h"
#include "reports/table.h"

static const char *verdict(bool passed)
{
    return passed ? "passed" : "FAILED";
}

enum { NAME_LENGTH = 32 };

/* "theta(2)", or "scale", into name [NAME_LENGTH]. */
static const char *name_of(char *name, const clmlp_gradcheck_layer *layer)
{
    if (layer->layer == 0) return "scale";
    (void)snprintf(name, NAME_LENGTH, "theta(%zu)", layer->layer);
    return name;
}

static double error_of(const clmlp_gradcheck_element *e)
{
    return fabs(e->analytic - e->numeric);
}

static void print_head(const clmlp_cli_gradcheck_report *report)
{
    const clmlp_gradcheck_result *const result = report->result;
    clmlp_cli_out("J = %.9g over %zu example%s, lambda %g\n", result->cost, result->examples,
                  result->examples == 1 ? "" : "s", report->lambda);
    clmlp_cli_out("%zu of %zu elements checked in %.2f s\n", result->checked, result->elements, report->seconds);
}

static void print_layers(const clmlp_gradcheck_result *result)
{
    clmlp_cli_table table = {.columns = 8, .align = "lrrrrrrl"};
    const char *const head[] = {"gradient of", "elements", "checked", "kinks", "failed", "relative error", "of bound",
                                "verdict"};
    for (size_t i = 0; i < 8; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &result->layers[l];
        char name[NAME_LENGTH];
        clmlp_cli_table_add(&table, "%s", name_of(name, layer));
        clmlp_cli_table_add(&table, "%zu", layer->elements);
        clmlp_cli_table_add(&table, "%zu", layer->checked);
        clmlp_cli_table_add(&table, "%zu", layer->kinks);
        clmlp_cli_table_add(&table, "%zu", layer->failed);
        clmlp_cli_table_add(&table, "%.1e", layer->max_relative);
        clmlp_cli_table_add(&table, "%.3g", layer->worst.of_bound);
        clmlp_cli_table_add(&table, "%s", verdict(layer->failed == 0));
    }
    clmlp_cli_out("\n");
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
        char name[NAME_LENGTH];
        clmlp_cli_table_add(&table, "%s[%zu,%zu]", name_of(name, &result->layers[l]), e->row, e->column);
        clmlp_cli_table_add(&table, "%.9g", e->analytic);
        clmlp_cli_table_add(&table, "%.9g", e->numeric);
        clmlp_cli_table_add(&table, "%.1e", error_of(e));
        clmlp_cli_table_add(&table, "%.1e", e->truncation);
        clmlp_cli_table_add(&table, "%.1e", e->rounding);
        clmlp_cli_table_add(&table, "%.1e", e->step);
        clmlp_cli_table_add(&table, "%s", e->kink ? "yes" : "no");
    }
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

/* The quantity of a finding with its layer: "delta(2)". */
static void add_quantity(clmlp_cli_table *table, const clmlp_finding *finding)
{
    char text[CLMLP_CLI_TENSOR];
    clmlp_cli_table_add(table, "%s", clmlp_cli_tensor_name(text, finding));
}

static void print_device(const clmlp_gradcheck_result *result)
{
    clmlp_cli_table table = {.columns = 8, .align = "lrrrlrrl"};
    const char *const head[] = {"device",    "error",    "of bound", "bound of value", "lock-step, worst",
                                "of bound", "failed", "verdict"};
    for (size_t i = 0; i < 8; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &result->layers[l];
        char name[NAME_LENGTH];
        clmlp_cli_table_add(&table, "%s", name_of(name, layer));
        clmlp_cli_table_add(&table, "%.1e", layer->device_gradient.max_abs);
        clmlp_cli_table_add(&table, "%.3g", layer->device_gradient.max_of_bound);
        clmlp_cli_table_add(&table, "%.1e", layer->device_gradient.bound_of_value);
        add_quantity(&table, &layer->device_equation);
        clmlp_cli_table_add(&table, "%.3g", layer->device_equation.max_of_bound);
        clmlp_cli_table_add(&table, "%zu", layer->device_failed);
        clmlp_cli_table_add(&table, "%s", verdict(layer->device_failed == 0));
    }
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

static void print_verdict(const clmlp_cli_gradcheck_report *report)
{
    const clmlp_gradcheck_result *const result = report->result;
    bool analytic = true;
    clmlp_cli_out("\n");
    for (size_t l = 0; l < result->count; l++) {
        const clmlp_gradcheck_layer *const layer = &result->layers[l];
        char name[NAME_LENGTH];
        if (layer->failed == 0) continue;
        analytic = false;
        clmlp_cli_out("FAILED: the gradient of %s is not the derivative of J: %zu of the %zu elements checked\n",
                      name_of(name, layer), layer->failed, layer->checked);
    }
    if (analytic) {
        clmlp_cli_out("passed: the gradient is the derivative of J; largest relative error %.1e\n",
                      result->max_relative);
    }
    if (result->device_failed > 0) {
        char text[512];
        clmlp_cli_out("FAILED: the device: %s\n", clmlp_finding_text(&result->device_failure, text, sizeof text));
    } else if (result->has_device) {
        clmlp_cli_out("passed: the device's gradient is that in double, up to the rounding of %s\n",
                      clmlp_precision_name(clmlp_device_precision(report->device)));
    }
}

void clmlp_cli_report_gradcheck(const clmlp_cli_gradcheck_report *report)
{
    print_head(report);
    print_layers(report->result);
    print_worst(report->result);
    if (report->result->has_device) print_device(report->result);
    print_verdict(report);
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

static void add_finding(cJSON *object, const char *key, const clmlp_finding *finding)
{
    cJSON *const row = cJSON_AddObjectToObject(object, key);
    (void)cJSON_AddStringToObject(row, "tensor", clmlp_quantity_name(finding->quantity));
    add_number(row, "layer", (double)finding->layer);
    (void)cJSON_AddStringToObject(row, "equation", finding->equation);
    (void)cJSON_AddStringToObject(row, "kernel", finding->kernel);
    add_number(row, "elements", (double)finding->rows * (double)finding->columns);
    add_number(row, "failed", (double)finding->failed);
    add_number(row, "max_abs", finding->max_abs);
    add_number(row, "max_ulp", finding->max_ulp);
    add_number(row, "max_of_bound", finding->max_of_bound);
    add_number(row, "bound_of_value", finding->bound_of_value);
    add_number(row, "row", (double)(finding->worst / finding->columns));
    add_number(row, "column", (double)(finding->worst % finding->columns));
    add_number(row, "found", finding->found);
    add_number(row, "expected", finding->expected);
    add_number(row, "bound", finding->bound);
}

static void add_device_layer(cJSON *object, const clmlp_gradcheck_layer *layer)
{
    cJSON *const device = cJSON_AddObjectToObject(object, "device");
    (void)cJSON_AddStringToObject(device, "verdict", layer->device_failed == 0 ? "pass" : "fail");
    add_number(device, "failed", (double)layer->device_failed);
    add_finding(device, "gradient", &layer->device_gradient);
    add_finding(device, "lock_step", &layer->device_equation);
}

static void add_layer(cJSON *array, const clmlp_gradcheck_layer *layer, bool has_device)
{
    cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
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
        (void)clmlp_cli_json_append(units, cJSON_CreateNumber((double)clmlp_model_units(report->model, l)));
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
    if (result->device_failed > 0) add_finding(object, "first_failure", &result->device_failure);
    cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 0; l < result->count; l++) add_layer(layers, &result->layers[l], result->has_device);
    return clmlp_cli_json_print(object, status);
}
