/* judged.c - what a model makes of the data that judge it. */
#include "reports/page/judged.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/metric_title.h"

clmlp_status clmlp_cli_judged_take(clmlp_cli_judged *judged, clmlp_error *error)
{
    judged->m = clmlp_dataset_examples(judged->data);
    judged->K = clmlp_model_units(judged->model, clmlp_model_layers(judged->model));
    judged->classes = judged->evaluation != NULL && judged->evaluation->classes > 0;
    judged->labels = !judged->classes && judged->evaluation != NULL &&
                     clmlp_metrics_has(judged->evaluation->metrics, CLMLP_METRIC_HAMMING_LOSS);
    judged->h = calloc(judged->m * judged->K, sizeof *judged->h);
    judged->y = calloc(judged->m * judged->K, sizeof *judged->y);
    if (judged->h == NULL || judged->y == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the predictions"};
        return error->status;
    }
    for (size_t i = 0; i < judged->m; i++) {
        const clmlp_status status = clmlp_dataset_row(judged->data, i, NULL, judged->y + i * judged->K, error);
        if (status != CLMLP_OK) return status;
    }
    return clmlp_predict(judged->model, judged->device, judged->data, judged->h, error);
}

void clmlp_cli_judged_free(clmlp_cli_judged *judged)
{
    free(judged->h);
    free(judged->y);
    judged->h = judged->y = NULL;
}

double clmlp_cli_judged_share(const clmlp_cli_judged *judged, size_t i, size_t k)
{
    const double *const h = judged->h + i * judged->K;
    double sum = 0.0;
    const clmlp_output output = clmlp_model_output(judged->model);
    if (output == CLMLP_OUTPUT_LINEAR) return (double)NAN;
    if (output == CLMLP_OUTPUT_SOFTMAX || judged->labels) return h[k];
    for (size_t j = 0; j < judged->K; j++) sum += h[j];
    return h[k] / sum;
}

size_t clmlp_cli_judged_actual(const clmlp_cli_judged *judged, size_t i)
{
    return clmlp_predicted_class(judged->y + i * judged->K, judged->K, 0.0);
}

size_t clmlp_cli_judged_predicted(const clmlp_cli_judged *judged, size_t i)
{
    return clmlp_predicted_class(judged->h + i * judged->K, judged->K, 0.0);
}

const char *clmlp_cli_judged_name(const clmlp_cli_judged *judged, size_t k, char text[32])
{
    const char *const name = clmlp_model_output_name(judged->model, k);
    if (name != NULL) return name;
    (void)snprintf(text, 32, "output %zu", k + 1);
    return text;
}

void clmlp_cli_page_score_tiles(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    char what[96], text[CLMLP_CLI_NUMBER_LENGTH];
    const clmlp_metrics *const metrics = judged->evaluation->metrics;
    const bool values = clmlp_metrics_has(metrics, CLMLP_METRIC_RMSE);
    const double share = judged->evaluation->score.accuracy;
    const int role = (int)strcspn(judged->role, ",");
    (void)snprintf(what, sizeof what, "%s, %.*s", values ? "R\xC2\xB2" : "accuracy", role, judged->role);
    if (isnan(share)) (void)snprintf(text, sizeof text, "undefined");
    else (void)snprintf(text, sizeof text, "%.2f %%", 100.0 * share);
    clmlp_cli_page_tile(page, values ? clmlp_cli_page_number(clmlp_metrics_value(metrics, CLMLP_METRIC_R2), text)
                                     : text, what);
    (void)snprintf(what, sizeof what, "%s, %.*s", values ? "RMSE" : "cost J", role, judged->role);
    clmlp_cli_page_tile(page, clmlp_cli_page_number(values ? clmlp_metrics_value(metrics, CLMLP_METRIC_RMSE)
                                                           : judged->evaluation->score.cost, text), what);
}

/* All metrics of these data with what they mean where they are undefined. */
void clmlp_cli_page_metrics(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    const clmlp_metrics *const metrics = judged->evaluation->metrics;
    clmlp_cli_page_put(page, "<table class=\"metrics\"><caption>Metrics of the %s, %zu example%s</caption><tbody>\n",
                       judged->role, judged->m, judged->m == 1 ? "" : "s");
    clmlp_cli_page_put(page, "<tr><td>cost J</td>");
    clmlp_cli_page_cell_number(page, judged->evaluation->score.cost);
    clmlp_cli_page_put(page, "</tr>\n");
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        const clmlp_metric metric = (clmlp_metric)i;
        const char *const reason = clmlp_metrics_reason(metrics, metric);
        if (!clmlp_metrics_has(metrics, metric)) continue;
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, clmlp_cli_metric_title(metric));
        clmlp_cli_page_cell_number(page, clmlp_metrics_value(metrics, metric));
        if (reason != NULL) clmlp_cli_page_cell_text(page, reason);
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table>\n");
}
