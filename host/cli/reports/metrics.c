/* metrics.c - the metrics of data sets, as JSON and as a table. */
#include "reports/metrics.h"

#include <math.h>
#include <stdio.h>

#include "json_memory.h"
#include "message.h"
#include "reports/metric_title.h"
#include "reports/report.h"
#include "reports/table.h"

enum { MOST_OUTPUTS_IN_TABLE = 30, LONGEST_NAME = 24 };

/* Metrics that outputs have by themselves, with their names there. */
typedef struct output_metric {
    clmlp_metric metric;
    const char *name;
} output_metric;

static const output_metric output_metrics[] = {{CLMLP_METRIC_F1_MACRO, "f1"},
                                               {CLMLP_METRIC_HAMMING_LOSS, "hamming_loss"},
                                               {CLMLP_METRIC_RMSE, "rmse"},
                                               {CLMLP_METRIC_MAE, "mae"},
                                               {CLMLP_METRIC_R2, "r2"},
                                               {CLMLP_METRIC_RMSE_OF_MEAN, "rmse_of_mean"},
                                               {CLMLP_METRIC_MAE_OF_MEAN, "mae_of_mean"}};
enum { OUTPUT_METRICS = sizeof output_metrics / sizeof output_metrics[0] };

/* Whether metrics are in the units of the targets, so that their size may be any. */
static bool has_units(const clmlp_metrics *metrics)
{
    return clmlp_metrics_has(metrics, CLMLP_METRIC_RMSE);
}

/* --- JSON --------------------------------------------------------------------------------------------------- */

static void json_outputs(cJSON *object, const clmlp_metrics *metrics, const clmlp_model *model)
{
    cJSON *const outputs = cJSON_AddArrayToObject(object, "outputs");
    for (size_t k = 0; k < clmlp_metrics_outputs(metrics); k++) {
        cJSON *const output = clmlp_cli_json_append(outputs, cJSON_CreateObject());
        const char *const name = clmlp_model_output_name(model, k);
        if (name != NULL) (void)clmlp_cli_json_put(output, "name", clmlp_cli_json_text(name));
        for (size_t i = 0; i < OUTPUT_METRICS; i++) {
            if (!clmlp_metrics_has(metrics, output_metrics[i].metric)) continue;
            (void)cJSON_AddNumberToObject(output, output_metrics[i].name,
                                          clmlp_metrics_of_output(metrics, output_metrics[i].metric, k));
        }
    }
}

static void json_value(cJSON *object, const clmlp_metrics *metrics, clmlp_metric metric)
{
    const double value = clmlp_metrics_value(metrics, metric);
    if (metric != CLMLP_METRIC_TOP_K) {
        (void)cJSON_AddNumberToObject(object, clmlp_metric_name(metric), value); /* NaN becomes null */
        return;
    }
    cJSON *const top = cJSON_AddObjectToObject(object, clmlp_metric_name(metric));
    (void)cJSON_AddNumberToObject(top, "k", CLMLP_TOP_K);
    (void)cJSON_AddNumberToObject(top, "value", value);
}

void clmlp_cli_json_metrics(cJSON *object, const clmlp_metrics *metrics, const clmlp_model *model)
{
    if (metrics == NULL) {
        (void)cJSON_AddNullToObject(object, "metrics");
        return;
    }
    cJSON *const member = cJSON_AddObjectToObject(object, "metrics");
    cJSON *undefined = NULL;
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        const clmlp_metric metric = (clmlp_metric)i;
        const char *const reason = clmlp_metrics_reason(metrics, metric);
        if (clmlp_metrics_has(metrics, metric)) json_value(member, metrics, metric);
        if (reason == NULL) continue;
        if (undefined == NULL) undefined = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(undefined, clmlp_metric_name(metric), reason);
    }
    if (undefined != NULL) (void)clmlp_cli_json_put(member, "undefined", undefined);
    if (clmlp_metrics_outputs(metrics) > 1) json_outputs(member, metrics, model);
}

/* --- for people --------------------------------------------------------------------------------------------- */

static void add_value(clmlp_cli_table *table, double value, bool units)
{
    if (isnan(value)) clmlp_cli_table_add(table, "undefined");
    else clmlp_cli_table_add(table, units ? "%.6g" : "%.4f", value);
}

static void add_row(clmlp_cli_table *table, const clmlp_cli_metrics_column *columns, size_t count, clmlp_metric metric)
{
    clmlp_cli_table_add(table, "%s", clmlp_cli_metric_title(metric));
    for (size_t c = 0; c < count; c++) {
        /* a sigmoid output's targets may be labels in one data set, and fractions in another */
        if (!clmlp_metrics_has(columns[c].metrics, metric)) clmlp_cli_table_add(table, "-");
        else add_value(table, clmlp_metrics_value(columns[c].metrics, metric), has_units(columns[c].metrics));
    }
}

static void print_reasons(const clmlp_cli_metrics_column *columns, size_t count)
{
    for (int metric = 0; metric < CLMLP_METRIC_COUNT; metric++) {
        for (size_t c = 0; c < count; c++) {
            const char *const reason = clmlp_metrics_reason(columns[c].metrics, (clmlp_metric)metric);
            if (reason == NULL) continue;
            const char *const title = columns[c].title;
            clmlp_cli_out("%s%s%s is undefined: %s\n", title != NULL ? title : "", title != NULL ? ": " : "",
                          clmlp_cli_metric_title((clmlp_metric)metric), reason);
        }
    }
}

static bool any_has(const clmlp_cli_metrics_column *columns, size_t count, clmlp_metric metric)
{
    for (size_t c = 0; c < count; c++) {
        if (clmlp_metrics_has(columns[c].metrics, metric)) return true;
    }
    return false;
}

void clmlp_cli_print_metrics(const clmlp_cli_metrics_column *columns, size_t count)
{
    clmlp_cli_metrics_column there[CLMLP_CLI_MOST_COLUMNS];
    size_t used = 0;
    for (size_t c = 0; c < count && used < CLMLP_CLI_MOST_COLUMNS; c++) {
        if (columns[c].metrics != NULL) there[used++] = columns[c];
    }
    if (used == 0) return;
    clmlp_cli_table table = {.columns = used + 1, .align = "lr"};
    if (there[0].title != NULL) {
        clmlp_cli_table_add(&table, " ");
        for (size_t c = 0; c < used; c++) clmlp_cli_table_add(&table, "%s", there[c].title);
    }
    for (int metric = 0; metric < CLMLP_METRIC_COUNT; metric++) {
        if (metric == CLMLP_METRIC_ACCURACY || !any_has(there, used, (clmlp_metric)metric)) continue;
        add_row(&table, there, used, (clmlp_metric)metric);
    }
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
    if (any_has(there, used, CLMLP_METRIC_ACCURACY_OF_MODE)) {
        clmlp_cli_out("(of_mode: when every prediction is the most frequent class of these same targets)\n");
    }
    if (any_has(there, used, CLMLP_METRIC_RMSE_OF_MEAN)) {
        clmlp_cli_out("(of_mean: when every prediction is the mean of these same targets)\n");
    }
    print_reasons(there, used);
}

void clmlp_cli_print_output_metrics(const clmlp_metrics *metrics, const clmlp_model *model, const char *of)
{
    const size_t outputs = clmlp_metrics_outputs(metrics);
    if (outputs < 2) return;
    if (outputs > MOST_OUTPUTS_IN_TABLE) {
        clmlp_cli_out("\noutputs: too many for a table with %zu of them; they are in --json\n", outputs);
        return;
    }
    clmlp_cli_table table = {.columns = 1, .align = "lr"};
    if (of == NULL) clmlp_cli_table_add(&table, "output");
    else clmlp_cli_table_add(&table, "output, %s", of);
    for (size_t i = 0; i < OUTPUT_METRICS; i++) {
        if (!clmlp_metrics_has(metrics, output_metrics[i].metric)) continue;
        clmlp_cli_table_add(&table, "%s", output_metrics[i].name);
        table.columns++;
    }
    for (size_t k = 0; k < outputs; k++) {
        const char *const name = clmlp_model_output_name(model, k);
        char text[256];
        if (name != NULL) (void)snprintf(text, sizeof text, "%s", name);
        else (void)snprintf(text, sizeof text, "%zu", k + 1);
        clmlp_cli_text_cut(text, LONGEST_NAME);
        clmlp_cli_table_add(&table, "%s", text);
        for (size_t i = 0; i < OUTPUT_METRICS; i++) {
            const clmlp_metric metric = output_metrics[i].metric;
            if (!clmlp_metrics_has(metrics, metric)) continue;
            add_value(&table, clmlp_metrics_of_output(metrics, metric, k), has_units(metrics));
        }
    }
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}
