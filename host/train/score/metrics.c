/* metrics.c - the metrics of a data set: values, or why there is none. */
#include "train/score/metrics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define TEXT(name, text) text,
static const char *const names[] = {CLMLP_METRIC_LIST(TEXT)};
#undef TEXT

/* An enumeration may be signed; negative values become too large here. */
static bool in_list(clmlp_metric metric)
{
    return (size_t)metric < CLMLP_METRIC_COUNT;
}

const char *clmlp_metric_name(clmlp_metric metric)
{
    return in_list(metric) ? names[metric] : "?";
}

bool clmlp_metric_parse(const char *name, clmlp_metric *metric)
{
    const size_t index = clmlp_find_name(names, CLMLP_METRIC_COUNT, name);
    if (metric == NULL || index == CLMLP_METRIC_COUNT) return false;
    *metric = (clmlp_metric)index;
    return true;
}

bool clmlp_metric_ranks(clmlp_metric metric, bool *more)
{
    bool larger = false, ranks = false;
    switch (metric) {
    case CLMLP_METRIC_ACCURACY:
    case CLMLP_METRIC_BALANCED_ACCURACY:
    case CLMLP_METRIC_ROC_AUC:
    case CLMLP_METRIC_EXACT_MATCH:
    case CLMLP_METRIC_F1_MICRO:
    case CLMLP_METRIC_F1_MACRO:
    case CLMLP_METRIC_F1_WEIGHTED:
    case CLMLP_METRIC_MCC:
    case CLMLP_METRIC_TOP_K:
    case CLMLP_METRIC_R2: larger = ranks = true; break;
    case CLMLP_METRIC_LOG_LOSS:
    case CLMLP_METRIC_HAMMING_LOSS:
    case CLMLP_METRIC_RMSE:
    case CLMLP_METRIC_MAE: ranks = true; break;
    case CLMLP_METRIC_ACCURACY_OF_MODE:
    case CLMLP_METRIC_RMSE_OF_MEAN:
    case CLMLP_METRIC_MAE_OF_MEAN:
    case CLMLP_METRIC_COUNT: break;
    }
    if (more != NULL) *more = larger;
    return ranks;
}

bool clmlp_metrics_has(const clmlp_metrics *metrics, clmlp_metric metric)
{
    return metrics != NULL && in_list(metric) && metrics->has[metric];
}

double clmlp_metrics_value(const clmlp_metrics *metrics, clmlp_metric metric)
{
    return clmlp_metrics_has(metrics, metric) ? metrics->value[metric] : (double)NAN;
}

const char *clmlp_metrics_reason(const clmlp_metrics *metrics, clmlp_metric metric)
{
    return clmlp_metrics_has(metrics, metric) && isnan(metrics->value[metric]) ? metrics->reason[metric] : NULL;
}

size_t clmlp_metrics_outputs(const clmlp_metrics *metrics)
{
    return metrics != NULL ? metrics->outputs : 0;
}

double clmlp_metrics_of_output(const clmlp_metrics *metrics, clmlp_metric metric, size_t k)
{
    if (metrics == NULL || !in_list(metric) || metrics->of_output[metric] == NULL || k >= metrics->outputs) {
        return (double)NAN;
    }
    return metrics->of_output[metric][k];
}

void clmlp_metrics_undefined(clmlp_metrics *metrics, clmlp_metric metric, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(metrics->reason[metric], CLMLP_REASON_SIZE, format, arguments);
    va_end(arguments);
    metrics->has[metric] = true;
    metrics->value[metric] = (double)NAN;
}

void clmlp_metrics_set(clmlp_metrics *metrics, clmlp_metric metric, double value)
{
    if (!isfinite(value)) {
        clmlp_metrics_undefined(metrics, metric, "its sums are too large for a double");
        return;
    }
    metrics->has[metric] = true;
    metrics->value[metric] = value;
}

void clmlp_metrics_destroy(clmlp_metrics *metrics)
{
    if (metrics == NULL) return;
    for (size_t i = 0; i < CLMLP_METRIC_COUNT; i++) free(metrics->of_output[i]);
    free(metrics->confusion);
    free(metrics->per_class);
    free(metrics);
}
