/* find_rate.c - results of clmlp train --find-rate, as text and as JSON. */
#include "reports/find_rate.h"

#include <math.h>
#include <stdio.h>

#include "json_memory.h"
#include "message.h"
#include "reports/report.h"
#include "reports/table.h"

enum { ROWS = 29 }; /* four a factor of 10, of the default range */

/* The row of the table that is nearest to a rate, by its factor. */
static size_t nearest_row(const clmlp_find_rate_result *result, size_t rows, double rate)
{
    const double share = log(rate / result->points[0].rate) /
                         log(result->points[result->count - 1].rate / result->points[0].rate);
    return (size_t)(share * (double)(rows - 1) + 0.5);
}

static void print_table(const clmlp_find_rate_result *result)
{
    const size_t rows = result->count < ROWS ? result->count : ROWS;
    const bool spread = rows > 1, proposed = spread && result->proposal >= result->points[0].rate;
    const size_t least = spread ? nearest_row(result, rows, result->best_rate) : 0;
    const size_t proposal = proposed ? nearest_row(result, rows, result->proposal) : rows;
    clmlp_cli_table table = {.columns = 3, .align = "rrl"};
    clmlp_cli_table_add(&table, "rate");
    clmlp_cli_table_add(&table, "cost");
    clmlp_cli_table_add(&table, " ");
    for (size_t row = 0; row < rows; row++) {
        const clmlp_rate_point *const point = &result->points[spread ? row * (result->count - 1) / (rows - 1) : 0];
        clmlp_cli_table_add(&table, "%.3g", point->rate);
        clmlp_cli_table_add(&table, "%.4g", point->smoothed);
        clmlp_cli_table_add(&table, "%s", row == proposal ? "about the proposal" : row == least ? "about the least"
                                                                                                  : "");
    }
    clmlp_cli_table_print(&table, 2, stdout);
}

void clmlp_cli_report_find_rate(const clmlp_cli_find_rate_report *report)
{
    const clmlp_find_rate_result *const result = report->result;
    if (result->count == 0) {
        clmlp_cli_out("the cost of the first step is not finite: there is no rate to propose\n");
        return;
    }
    print_table(result);
    clmlp_cli_out("\n%zu of %zu steps; the cost is that of the batches, smoothed\n", result->count, result->steps);
    if (result->diverged) {
        clmlp_cli_out("the sweep ended at rate %.3g, where the cost was far above its least\n", result->end_rate);
    }
    if (isnan(result->proposal)) {
        clmlp_cli_out("no proposal: the cost does not fall between %g and %g (--find-range)\n", report->range->from,
                      report->range->to);
        return;
    }
    clmlp_cli_out("the cost is least, %.4g, at rate %.3g; proposed is a tenth of it:  --rate %.2g\n", result->best_cost,
                  result->best_rate, result->proposal);
    if (result->still_falling) {
        clmlp_cli_out("the cost still falls at the end: larger rates may be better (--find-range %g:%g)\n",
                      report->range->from, 100.0 * report->range->to);
    }
}

int clmlp_cli_report_find_rate_json(const clmlp_cli_find_rate_report *report, int status)
{
    const clmlp_find_rate_result *const result = report->result;
    const clmlp_train_config *const config = report->config;
    cJSON *const object = cJSON_CreateObject(), *const points = cJSON_CreateArray();
    clmlp_cli_json_device(object, report->device);
    (void)cJSON_AddStringToObject(object, "optimizer", clmlp_optimizer_name(config->optimizer));
    (void)cJSON_AddNumberToObject(object, "lambda", config->lambda);
    (void)cJSON_AddNumberToObject(object, "batch", (double)(config->batch != 0 ? config->batch : report->samples));
    clmlp_cli_json_seed(object, config->seed);
    (void)cJSON_AddNumberToObject(object, "from", report->range->from);
    (void)cJSON_AddNumberToObject(object, "to", report->range->to);
    (void)cJSON_AddNumberToObject(object, "steps", (double)result->steps);
    (void)cJSON_AddBoolToObject(object, "diverged", result->diverged);
    (void)cJSON_AddNumberToObject(object, "end_rate", result->end_rate);
    (void)cJSON_AddNumberToObject(object, "best_rate", result->best_rate);
    (void)cJSON_AddNumberToObject(object, "best_cost", result->best_cost);
    (void)cJSON_AddNumberToObject(object, "proposal", result->proposal);
    (void)cJSON_AddBoolToObject(object, "still_falling", result->still_falling);
    for (size_t i = 0; i < result->count; i++) {
        cJSON *const point = cJSON_CreateObject();
        (void)cJSON_AddNumberToObject(point, "rate", result->points[i].rate);
        (void)cJSON_AddNumberToObject(point, "cost", result->points[i].cost);
        (void)cJSON_AddNumberToObject(point, "smoothed", result->points[i].smoothed);
        (void)clmlp_cli_json_append(points, point);
    }
    (void)clmlp_cli_json_put(object, "points", points);
    return clmlp_cli_json_print(object, status);
}
