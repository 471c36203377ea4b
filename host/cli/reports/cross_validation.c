/* cross_validation.c - the metrics of all folds: mean and spread, as JSON and as a table. */
#include "reports/cross_validation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_memory.h"
#include "message.h"
#include "reports/metric_title.h"
#include "reports/table.h"

int clmlp_cli_cross_validation_begin(clmlp_cli_cross_validation *cv)
{
    cv->values = calloc(cv->folds, CLMLP_METRIC_COUNT * sizeof *cv->values);
    if (cv->values != NULL) return CLMLP_CLI_DONE;
    clmlp_cli_error("not enough memory for %zu folds", cv->folds);
    return CLMLP_CLI_FAILED;
}

void clmlp_cli_cross_validation_free(clmlp_cli_cross_validation *cv)
{
    free(cv->values);
    cv->values = NULL;
}

void clmlp_cli_cross_validation_add(clmlp_cli_cross_validation *cv, size_t fold, const bool *has,
                                    const double *values)
{
    for (size_t i = 0; i < CLMLP_METRIC_COUNT; i++) {
        cv->has[i] = cv->has[i] || has[i];
        cv->values[i * cv->folds + fold] = values[i];
    }
}

/* Undefined in any fold is undefined. */
static double mean_of(const double *values, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += values[i];
    return sum / (double)count;
}

static double std_of(const double *values, size_t count)
{
    const double mean = mean_of(values, count);
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += (values[i] - mean) * (values[i] - mean);
    return sqrt(sum / (double)(count - 1));
}

double clmlp_cli_cross_validation_mean(const clmlp_cli_cross_validation *cv, clmlp_metric metric)
{
    return mean_of(cv->values + (size_t)metric * cv->folds, cv->folds);
}

double clmlp_cli_cross_validation_std(const clmlp_cli_cross_validation *cv, clmlp_metric metric)
{
    return std_of(cv->values + (size_t)metric * cv->folds, cv->folds);
}

void clmlp_cli_json_cross_validation(cJSON *object, const clmlp_cli_cross_validation *cv)
{
    if (cv == NULL || cv->values == NULL) {
        (void)cJSON_AddNullToObject(object, "cross_validation");
        return;
    }
    cJSON *const member = cJSON_AddObjectToObject(object, "cross_validation");
    (void)cJSON_AddNumberToObject(member, "folds", (double)cv->folds);
    cJSON *const metrics = cJSON_AddObjectToObject(member, "metrics");
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        const double *const values = cv->values + (size_t)i * cv->folds;
        if (!cv->has[i]) continue;
        cJSON *const metric = cJSON_AddObjectToObject(metrics, clmlp_metric_name((clmlp_metric)i));
        (void)cJSON_AddNumberToObject(metric, "mean", mean_of(values, cv->folds)); /* NaN becomes null */
        (void)cJSON_AddNumberToObject(metric, "std", std_of(values, cv->folds));
        cJSON *const list = cJSON_AddArrayToObject(metric, "values");
        for (size_t f = 0; f < cv->folds; f++) (void)clmlp_cli_json_append(list, cJSON_CreateNumber(values[f]));
    }
}

static void add(clmlp_cli_table *table, double value)
{
    if (isnan(value)) clmlp_cli_table_add(table, "undefined");
    else clmlp_cli_table_add(table, "%.4g", value);
}

void clmlp_cli_print_cross_validation(const clmlp_cli_cross_validation *cv)
{
    clmlp_cli_table table = {.columns = 5, .align = "lr"};
    if (cv == NULL || cv->values == NULL) return;
    clmlp_cli_out("\ncross-validation, %zu folds: metrics of what was held out\n", cv->folds);
    static const char *const titles[] = {" ", "mean", "std", "least", "most"};
    for (size_t t = 0; t < sizeof titles / sizeof titles[0]; t++) clmlp_cli_table_add(&table, "%s", titles[t]);
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        const double *const values = cv->values + (size_t)i * cv->folds;
        double least = values[0], most = values[0];
        if (!cv->has[i]) continue;
        for (size_t f = 1; f < cv->folds; f++) {
            least = fmin(least, values[f]);
            most = fmax(most, values[f]);
        }
        clmlp_cli_table_add(&table, "%s", clmlp_cli_metric_title((clmlp_metric)i));
        add(&table, mean_of(values, cv->folds));
        add(&table, std_of(values, cv->folds));
        add(&table, least);
        add(&table, most);
    }
    clmlp_cli_table_print(&table, 2, stdout);
}
