/* measure_values.c - metrics of several labels and of real targets, from sums over the examples for each output. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "train/score/metrics.h"

static clmlp_status allocate_terms(clmlp_measurement *measurement, const clmlp_metric *metrics, size_t count,
                                   clmlp_error *error)
{
    const size_t K = measurement->dataset->K;
    measurement->metrics->outputs = K;
    for (size_t i = 0; i < count; i++) {
        TRY(clmlp_allocate(&measurement->metrics->of_output[metrics[i]], K, sizeof(double), "metrics of the outputs",
                           error));
    }
    return CLMLP_OK;
}

/* The mean over the outputs; NaN where one of them is. */
static double mean_of(const clmlp_metrics *metrics, clmlp_metric metric)
{
    double sum = 0.0;
    for (size_t k = 0; k < metrics->outputs; k++) sum += metrics->of_output[metric][k];
    return sum / (double)metrics->outputs;
}

/* --- labels ------------------------------------------------------------------------------------------------- */

clmlp_status clmlp_measure_labels_begin(clmlp_measurement *measurement, clmlp_error *error)
{
    static const clmlp_metric terms[] = {CLMLP_METRIC_F1_MACRO, CLMLP_METRIC_HAMMING_LOSS};
    const size_t K = measurement->dataset->K;
    TRY(allocate_terms(measurement, terms, sizeof terms / sizeof terms[0], error));
    TRY(clmlp_allocate(&measurement->both, K, sizeof *measurement->both, "counts of the labels", error));
    TRY(clmlp_allocate(&measurement->actual, K, sizeof *measurement->actual, "counts of the labels", error));
    TRY(clmlp_allocate(&measurement->predicted, K, sizeof *measurement->predicted, "counts of the labels", error));
    return clmlp_allocate(&measurement->wrong, K, sizeof *measurement->wrong, "counts of the labels", error);
}

void clmlp_measure_labels_add(clmlp_measurement *measurement, const double *h)
{
    const size_t K = measurement->dataset->K;
    const double *const y = measurement->dataset->y + measurement->done * K;
    const double threshold = measurement->threshold > 0.0 ? measurement->threshold : 0.5;
    bool exact = true;
    for (size_t k = 0; k < K; k++) {
        const bool predicted = h[k] > threshold, actual = y[k] > 0.5;
        measurement->both[k] += predicted && actual;
        measurement->actual[k] += actual;
        measurement->predicted[k] += predicted;
        measurement->wrong[k] += predicted != actual;
        exact = exact && predicted == actual;
    }
    measurement->exact += exact;
}

static double f1_of(uint64_t both, uint64_t sum)
{
    return sum > 0 ? 2.0 * (double)both / (double)sum : 0.0;
}

void clmlp_measure_labels_finish(clmlp_measurement *measurement)
{
    clmlp_metrics *const metrics = measurement->metrics;
    const size_t K = measurement->dataset->K;
    const double m = (double)measurement->dataset->m;
    uint64_t both = 0, sum = 0;
    for (size_t k = 0; k < K; k++) {
        const uint64_t own = measurement->actual[k] + measurement->predicted[k];
        metrics->of_output[CLMLP_METRIC_F1_MACRO][k] = f1_of(measurement->both[k], own);
        metrics->of_output[CLMLP_METRIC_HAMMING_LOSS][k] = (double)measurement->wrong[k] / m;
        both += measurement->both[k];
        sum += own;
    }
    clmlp_metrics_set(metrics, CLMLP_METRIC_EXACT_MATCH, (double)measurement->exact / m);
    clmlp_metrics_set(metrics, CLMLP_METRIC_HAMMING_LOSS, mean_of(metrics, CLMLP_METRIC_HAMMING_LOSS));
    if (sum > 0) {
        clmlp_metrics_set(metrics, CLMLP_METRIC_F1_MICRO, f1_of(both, sum));
        clmlp_metrics_set(metrics, CLMLP_METRIC_F1_MACRO, mean_of(metrics, CLMLP_METRIC_F1_MACRO));
        return;
    }
    clmlp_metrics_undefined(metrics, CLMLP_METRIC_F1_MICRO, "no label is 1 in targets or predictions");
    clmlp_metrics_undefined(metrics, CLMLP_METRIC_F1_MACRO, "no label is 1 in targets or predictions");
}

/* --- real targets ------------------------------------------------------------------------------------------- */

/* Sums of squares below this may have lost some to underflow; then those of the differences times 2^600 tell. */
static const double SMALL = 0x1p-900, FACTOR = 0x1p600;

static double root_of(double squares, double small, double m)
{
    return squares < SMALL ? sqrt(small / m) / FACTOR : sqrt(squares / m);
}

/* means[k] += the mean of y_ik - means[k]; once more, and the rounding of large sums is gone. sums [K] is scratch. */
static void approach_means(const clmlp_dataset *data, double *means, double *sums)
{
    const size_t K = data->K;
    for (size_t k = 0; k < K; k++) sums[k] = 0.0;
    for (size_t i = 0; i < data->m; i++) {
        for (size_t k = 0; k < K; k++) sums[k] += data->y[i * K + k] - means[k];
    }
    for (size_t k = 0; k < K; k++) means[k] += sums[k] / (double)data->m;
}

/* Errors of predicting the mean of each target. They begin at the first example, so that a constant target has errors
 * of exactly 0: rounding must not make it seem to vary. */
static clmlp_status measure_means(clmlp_measurement *measurement, clmlp_error *error)
{
    const clmlp_dataset *const data = measurement->dataset;
    const size_t K = data->K;
    double *means = NULL;
    TRY(clmlp_allocate(&means, K, sizeof *means, "means of the targets", error));
    for (size_t k = 0; k < K; k++) means[k] = data->y[k];
    approach_means(data, means, measurement->mean_squares);
    approach_means(data, means, measurement->mean_squares);
    for (size_t k = 0; k < K; k++) measurement->mean_squares[k] = 0.0;
    for (size_t i = 0; i < data->m; i++) {
        for (size_t k = 0; k < K; k++) {
            const double off = data->y[i * K + k] - means[k];
            measurement->mean_squares[k] += off * off;
            measurement->mean_small_squares[k] += off * FACTOR * (off * FACTOR);
            measurement->mean_absolutes[k] += fabs(off);
        }
    }
    free(means);
    return CLMLP_OK;
}

clmlp_status clmlp_measure_reals_begin(clmlp_measurement *measurement, clmlp_error *error)
{
    static const clmlp_metric terms[] = {CLMLP_METRIC_RMSE, CLMLP_METRIC_MAE, CLMLP_METRIC_R2,
                                         CLMLP_METRIC_RMSE_OF_MEAN, CLMLP_METRIC_MAE_OF_MEAN};
    double **const sums[] = {&measurement->squares, &measurement->absolutes, &measurement->mean_squares,
                             &measurement->mean_absolutes, &measurement->small_squares,
                             &measurement->mean_small_squares};
    const size_t K = measurement->dataset->K;
    TRY(allocate_terms(measurement, terms, sizeof terms / sizeof terms[0], error));
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        TRY(clmlp_allocate(sums[i], K, sizeof(double), "errors of the outputs", error));
    }
    return measure_means(measurement, error);
}

void clmlp_measure_reals_add(clmlp_measurement *measurement, const double *h)
{
    const size_t K = measurement->dataset->K;
    const double *const y = measurement->dataset->y + measurement->done * K;
    for (size_t k = 0; k < K; k++) {
        const double error = h[k] - y[k];
        measurement->squares[k] += error * error;
        measurement->small_squares[k] += error * FACTOR * (error * FACTOR);
        measurement->absolutes[k] += fabs(error);
    }
}

static void set_constant(clmlp_measurement *measurement, size_t k)
{
    const char *const name = clmlp_dataset_output_name(measurement->dataset, k);
    if (name == NULL) clmlp_metrics_undefined(measurement->metrics, CLMLP_METRIC_R2, "target %zu is constant", k + 1);
    else clmlp_metrics_undefined(measurement->metrics, CLMLP_METRIC_R2, "target '%.60s' is constant", name);
}

static void set_r2(clmlp_measurement *measurement)
{
    clmlp_metrics *const metrics = measurement->metrics;
    for (size_t k = 0; k < metrics->outputs; k++) {
        if (measurement->mean_small_squares[k] != 0.0) continue;
        if (metrics->outputs == 1) clmlp_metrics_undefined(metrics, CLMLP_METRIC_R2, "the target is constant");
        else set_constant(measurement, k);
        return;
    }
    clmlp_metrics_set(metrics, CLMLP_METRIC_R2, mean_of(metrics, CLMLP_METRIC_R2));
}

void clmlp_measure_reals_finish(clmlp_measurement *measurement)
{
    clmlp_metrics *const metrics = measurement->metrics;
    double **const of = metrics->of_output;
    const double m = (double)measurement->dataset->m;
    for (size_t k = 0; k < measurement->dataset->K; k++) {
        const double spread = measurement->mean_squares[k];
        const double small = measurement->small_squares[k], small_spread = measurement->mean_small_squares[k];
        of[CLMLP_METRIC_RMSE][k] = root_of(measurement->squares[k], small, m);
        of[CLMLP_METRIC_MAE][k] = measurement->absolutes[k] / m;
        /* an infinite spread would make it 1, whatever the errors */
        const bool defined = small_spread > 0.0 && isfinite(spread);
        const double part = spread < SMALL ? small / small_spread : measurement->squares[k] / spread;
        of[CLMLP_METRIC_R2][k] = defined ? 1.0 - part : (double)NAN;
        of[CLMLP_METRIC_RMSE_OF_MEAN][k] = root_of(spread, small_spread, m);
        of[CLMLP_METRIC_MAE_OF_MEAN][k] = measurement->mean_absolutes[k] / m;
    }
    static const clmlp_metric means[] = {CLMLP_METRIC_RMSE, CLMLP_METRIC_MAE, CLMLP_METRIC_RMSE_OF_MEAN,
                                         CLMLP_METRIC_MAE_OF_MEAN};
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        clmlp_metrics_set(metrics, means[i], mean_of(metrics, means[i]));
    }
    set_r2(measurement);
}
