/* measure.c - metrics of a data set, collected from its predictions. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "train/score/metrics.h"

static bool all_zero_or_one(const clmlp_dataset *dataset)
{
    for (size_t e = 0; e < dataset->m * dataset->K; e++) {
        if (dataset->y[e] != 0.0 && dataset->y[e] != 1.0) return false;
    }
    return true;
}

clmlp_measured clmlp_measured_of(clmlp_output output, const clmlp_dataset *dataset)
{
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) return CLMLP_MEASURED_CLASSES;
    return output == CLMLP_OUTPUT_SIGMOID && all_zero_or_one(dataset) ? CLMLP_MEASURED_LABELS : CLMLP_MEASURED_REALS;
}

static bool is_one_of(clmlp_metric metric, const clmlp_metric *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == metric) return true;
    }
    return false;
}

bool clmlp_metric_suits(clmlp_metric metric, clmlp_output output, const clmlp_dataset *dataset)
{
    static const clmlp_metric of_classes[] = {
        CLMLP_METRIC_ACCURACY, CLMLP_METRIC_BALANCED_ACCURACY, CLMLP_METRIC_LOG_LOSS,    CLMLP_METRIC_ROC_AUC,
        CLMLP_METRIC_F1_MACRO, CLMLP_METRIC_F1_WEIGHTED,       CLMLP_METRIC_MCC,         CLMLP_METRIC_TOP_K};
    static const clmlp_metric of_labels[] = {CLMLP_METRIC_EXACT_MATCH, CLMLP_METRIC_F1_MICRO, CLMLP_METRIC_F1_MACRO,
                                             CLMLP_METRIC_HAMMING_LOSS};
    static const clmlp_metric of_reals[] = {CLMLP_METRIC_RMSE, CLMLP_METRIC_MAE, CLMLP_METRIC_R2};
    if (dataset == NULL || dataset->target_kind == CLMLP_TARGET_NONE) return false;
    if ((size_t)output >= CLMLP_OUTPUT_COUNT) return false;
    switch (clmlp_measured_of(output, dataset)) {
    case CLMLP_MEASURED_CLASSES:
        if (metric == CLMLP_METRIC_LOG_LOSS && output == CLMLP_OUTPUT_LINEAR) return false;
        if (metric == CLMLP_METRIC_TOP_K && dataset->K <= CLMLP_TOP_K) return false;
        return is_one_of(metric, of_classes, sizeof of_classes / sizeof *of_classes);
    case CLMLP_MEASURED_LABELS: return is_one_of(metric, of_labels, sizeof of_labels / sizeof *of_labels);
    case CLMLP_MEASURED_REALS: return is_one_of(metric, of_reals, sizeof of_reals / sizeof *of_reals);
    }
    return false;
}

static clmlp_status begin(clmlp_measurement *measurement, clmlp_error *error)
{
    TRY(clmlp_allocate(&measurement->metrics, 1, sizeof *measurement->metrics, "the metrics", error));
    switch (measurement->measured) {
    case CLMLP_MEASURED_CLASSES: return clmlp_measure_classes_begin(measurement, error);
    case CLMLP_MEASURED_LABELS: return clmlp_measure_labels_begin(measurement, error);
    case CLMLP_MEASURED_REALS: return clmlp_measure_reals_begin(measurement, error);
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no such kind of targets: %d", (int)measurement->measured);
}

clmlp_status clmlp_measurement_create(clmlp_measurement **out, clmlp_output output, clmlp_precision precision,
                                      const clmlp_dataset *dataset, clmlp_error *error)
{
    clmlp_measurement *measurement = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&measurement, 1, sizeof *measurement, "the metrics", error));
    measurement->dataset = dataset;
    measurement->output = output;
    measurement->precision = precision;
    measurement->measured = clmlp_measured_of(output, dataset);
    TRY_CLEANUP(begin(measurement, error));
    *out = measurement;
cleanup:
    if (status != CLMLP_OK) clmlp_measurement_destroy(measurement);
    return status;
}

void clmlp_measurement_destroy(clmlp_measurement *measurement)
{
    if (measurement == NULL) return;
    clmlp_metrics_destroy(measurement->metrics);
    free(measurement->scores);
    free(measurement->sums);
    free(measurement->both);
    free(measurement->actual);
    free(measurement->predicted);
    free(measurement->wrong);
    free(measurement->squares);
    free(measurement->absolutes);
    free(measurement->mean_squares);
    free(measurement->mean_absolutes);
    free(measurement->small_squares);
    free(measurement->mean_small_squares);
    free(measurement);
}

/* A comparison with NaN is false: it would count as a wrong class, or as no label, in silence. */
static clmlp_status check_finite(const clmlp_measurement *measurement, const double *h, clmlp_error *error)
{
    for (size_t k = 0; k < measurement->dataset->K; k++) {
        if (isfinite(h[k])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "the prediction for example %zu is no number: output %zu is %s in %s; the model's theta, or "
                          "this example's features, are too large",
                          measurement->done + 1, k + 1, isnan(h[k]) ? "nan" : h[k] > 0.0 ? "inf" : "-inf",
                          clmlp_precision_name(measurement->precision));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_measurement_add(clmlp_measurement *measurement, size_t M, const double *h, clmlp_error *error)
{
    for (size_t r = 0; r < M; r++, h += measurement->dataset->K, measurement->done++) {
        TRY(check_finite(measurement, h, error));
        switch (measurement->measured) {
        case CLMLP_MEASURED_CLASSES: clmlp_measure_classes_add(measurement, h); break;
        case CLMLP_MEASURED_LABELS: clmlp_measure_labels_add(measurement, h); break;
        case CLMLP_MEASURED_REALS: clmlp_measure_reals_add(measurement, h); break;
        }
    }
    return CLMLP_OK;
}

static clmlp_status add(void *context, size_t M, const double *h, clmlp_error *error)
{
    return clmlp_measurement_add(context, M, h, error);
}

clmlp_sink clmlp_measurement_sink(clmlp_measurement *measurement)
{
    return (clmlp_sink){.function = add, .context = measurement};
}

clmlp_status clmlp_measurement_finish(clmlp_measurement *measurement, clmlp_metrics **out, clmlp_error *error)
{
    switch (measurement->measured) {
    case CLMLP_MEASURED_CLASSES: TRY(clmlp_measure_classes_finish(measurement, error)); break;
    case CLMLP_MEASURED_LABELS: clmlp_measure_labels_finish(measurement); break;
    case CLMLP_MEASURED_REALS: clmlp_measure_reals_finish(measurement); break;
    }
    *out = measurement->metrics;
    measurement->metrics = NULL;
    return CLMLP_OK;
}
