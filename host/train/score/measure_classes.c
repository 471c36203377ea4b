/* measure_classes.c - metrics of classes: from the confusion matrix, from probabilities, and from ranks. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "train/score/metrics.h"

clmlp_status clmlp_measure_classes_begin(clmlp_measurement *measurement, clmlp_error *error)
{
    clmlp_metrics *const metrics = measurement->metrics;
    const size_t m = measurement->dataset->m, K = measurement->dataset->K;
    size_t cells = 0, scores = 0;
    if (!clmlp_multiply(K, K, &cells)) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%zu classes are too many", K);
    if (!clmlp_multiply(m, K, &scores)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%zu x %zu predictions are too many", m, K);
    }
    TRY(clmlp_allocate(&metrics->confusion, cells, sizeof *metrics->confusion, "the confusion matrix", error));
    TRY(clmlp_allocate(&metrics->per_class, K, sizeof *metrics->per_class, "the scores of the classes", error));
    TRY(clmlp_allocate(&measurement->scores, scores, clmlp_precision_size(measurement->precision),
                       "the predictions", error));
    if (measurement->output != CLMLP_OUTPUT_SIGMOID) return CLMLP_OK;
    return clmlp_allocate(&measurement->sums, m, sizeof *measurement->sums, "the sums of predictions", error);
}

/* --- an example --------------------------------------------------------------------------------------------- */

static void keep_scores(clmlp_measurement *measurement, const double *h)
{
    const size_t m = measurement->dataset->m, i = measurement->done;
    double sum = 0.0;
    for (size_t k = 0; k < measurement->dataset->K; k++) {
        sum += h[k];
        if (measurement->precision == CLMLP_F64) ((double *)measurement->scores)[k * m + i] = h[k];
        else ((float *)measurement->scores)[k * m + i] = (float)h[k];
    }
    if (measurement->sums == NULL) return;
    measurement->sums[i] = sum;
    if (!(sum > 0.0) && measurement->no_sum == 0) measurement->no_sum = i + 1;
}

/* -log p of the actual class; of a linear output and of h that are all 0 nobody reads it. */
static double loss_of(const clmlp_measurement *measurement, const double *h)
{
    const double h_actual = h[measurement->dataset->labels[measurement->done]];
    const double p = measurement->sums != NULL ? h_actual / measurement->sums[measurement->done] : h_actual;
    return -log(p > DBL_EPSILON ? p < 1.0 - DBL_EPSILON ? p : 1.0 - DBL_EPSILON : DBL_EPSILON);
}

void clmlp_measure_classes_add(clmlp_measurement *measurement, const double *h)
{
    const size_t K = measurement->dataset->K, actual = measurement->dataset->labels[measurement->done];
    const size_t predicted = clmlp_predicted_class(h, K, measurement->threshold);
    size_t before = 0;
    for (size_t k = 0; k < K; k++) {
        before += h[k] > h[actual] || (h[k] == h[actual] && k < actual);
    }
    measurement->metrics->confusion[actual * K + predicted]++;
    measurement->among_top += before < CLMLP_TOP_K;
    keep_scores(measurement, h);
    measurement->losses += loss_of(measurement, h);
}

/* --- from the confusion matrix ------------------------------------------------------------------------------ */

static double quotient(double numerator, double denominator)
{
    return denominator > 0.0 ? numerator / denominator : 0.0;
}

/* What a class adds to the sums over the classes. */
typedef struct class_sums {
    double hits, recalls, f1, weighted_f1;
    double products, actual_squares, predicted_squares; /* of mcc */
    double most;               /* examples of the most frequent class */
    size_t with_targets, seen; /* classes that the targets have; that targets or predictions have */
} class_sums;

static void add_class(class_sums *sums, clmlp_metrics *metrics, size_t K, size_t k)
{
    uint64_t actual = 0, predicted = 0;
    for (size_t other = 0; other < K; other++) {
        actual += metrics->confusion[k * K + other];
        predicted += metrics->confusion[other * K + k];
    }
    const double hits = (double)metrics->confusion[k * K + k], a = (double)actual, p = (double)predicted;
    clmlp_class_score *const score = &metrics->per_class[k];
    score->precision = quotient(hits, p);
    score->recall = quotient(hits, a);
    score->f1 = quotient(2.0 * score->precision * score->recall, score->precision + score->recall);
    score->support = (size_t)actual;
    sums->most = a > sums->most ? a : sums->most;
    sums->hits += hits;
    sums->recalls += score->recall;
    sums->f1 += score->f1;
    sums->weighted_f1 += a * score->f1;
    sums->products += a * p;
    sums->actual_squares += a * a;
    sums->predicted_squares += p * p;
    sums->with_targets += actual > 0;
    sums->seen += actual > 0 || predicted > 0;
}

static void set_mcc(clmlp_metrics *metrics, const class_sums *sums, double m)
{
    const double of_actual = m * m - sums->actual_squares, of_predicted = m * m - sums->predicted_squares;
    if (sums->with_targets < 2) {
        clmlp_metrics_undefined(metrics, CLMLP_METRIC_MCC, "the targets have one class only");
        return;
    }
    /* the roots apart: the product of both may overflow */
    clmlp_metrics_set(metrics, CLMLP_METRIC_MCC,
                      quotient(sums->hits * m - sums->products, sqrt(of_actual) * sqrt(of_predicted)));
}

static void set_counted(clmlp_metrics *metrics, size_t examples, size_t K)
{
    class_sums sums = {0};
    const double m = (double)examples;
    for (size_t k = 0; k < K; k++) add_class(&sums, metrics, K, k);
    clmlp_metrics_set(metrics, CLMLP_METRIC_ACCURACY, sums.hits / m);
    clmlp_metrics_set(metrics, CLMLP_METRIC_ACCURACY_OF_MODE, sums.most / m);
    clmlp_metrics_set(metrics, CLMLP_METRIC_BALANCED_ACCURACY, sums.recalls / (double)sums.with_targets);
    clmlp_metrics_set(metrics, CLMLP_METRIC_F1_MACRO, sums.f1 / (double)sums.seen);
    clmlp_metrics_set(metrics, CLMLP_METRIC_F1_WEIGHTED, sums.weighted_f1 / m);
    set_mcc(metrics, &sums, m);
}

/* --- from ranks --------------------------------------------------------------------------------------------- */

static double h_at(const clmlp_measurement *measurement, size_t i, size_t k)
{
    const size_t at = k * measurement->dataset->m + i;
    if (measurement->precision == CLMLP_F64) return ((const double *)measurement->scores)[at];
    return (double)((const float *)measurement->scores)[at];
}

/* How sure the model is that example i is of class k. */
static double score_at(const clmlp_measurement *measurement, size_t i, size_t k)
{
    const double h = h_at(measurement, i, k);
    switch (measurement->output) {
    case CLMLP_OUTPUT_SIGMOID: return h / measurement->sums[i];
    case CLMLP_OUTPUT_SOFTMAX: return h;
    case CLMLP_OUTPUT_LINEAR: return measurement->dataset->K == 2 ? h - h_at(measurement, i, 1 - k) : h;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

/* Class k against the rest, both of which there are. keys [2 x m]: room. */
static double auc_of(const clmlp_measurement *measurement, size_t k, uint64_t *keys)
{
    const size_t m = measurement->dataset->m, positives = measurement->metrics->per_class[k].support;
    uint64_t *positive = keys, *negative = keys + positives;
    for (size_t i = 0; i < m; i++) {
        const uint64_t key = clmlp_rank_key(score_at(measurement, i, k));
        if (measurement->dataset->labels[i] == k) *positive++ = key;
        else *negative++ = key;
    }
    return clmlp_roc_auc(positives, m - positives, keys);
}

/* Whether roc_auc is defined; if not, it is said why. */
static bool has_auc(const clmlp_measurement *measurement)
{
    clmlp_metrics *const metrics = measurement->metrics;
    const clmlp_dataset *const dataset = measurement->dataset;
    for (size_t k = 0; k < dataset->K; k++) {
        if (metrics->per_class[k].support < dataset->m) continue;
        clmlp_metrics_undefined(metrics, CLMLP_METRIC_ROC_AUC, "the targets have one class only");
        return false;
    }
    for (size_t k = 0; k < dataset->K; k++) {
        if (metrics->per_class[k].support > 0) continue;
        clmlp_metrics_undefined(metrics, CLMLP_METRIC_ROC_AUC, "the targets have no example of class %zu of %zu",
                                k + 1, dataset->K);
        return false;
    }
    if (measurement->no_sum == 0) return true;
    clmlp_metrics_undefined(metrics, CLMLP_METRIC_ROC_AUC, "all outputs of example %zu are 0: no probabilities",
                            measurement->no_sum);
    return false;
}

static clmlp_status set_auc(const clmlp_measurement *measurement, clmlp_error *error)
{
    const size_t m = measurement->dataset->m, K = measurement->dataset->K;
    uint64_t *keys = NULL;
    double sum = 0.0;
    size_t twice = 0;
    if (!has_auc(measurement)) return CLMLP_OK;
    if (!clmlp_multiply(2, m, &twice)) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%zu examples are too many", m);
    TRY(clmlp_allocate(&keys, twice, sizeof *keys, "sorted predictions", error));
    for (size_t k = K == 2 ? 1 : 0; k < K; k++) sum += auc_of(measurement, k, keys);
    clmlp_metrics_set(measurement->metrics, CLMLP_METRIC_ROC_AUC, K == 2 ? sum : sum / (double)K);
    free(keys);
    return CLMLP_OK;
}

/* --- all of them -------------------------------------------------------------------------------------------- */

static void set_log_loss(const clmlp_measurement *measurement)
{
    clmlp_metrics *const metrics = measurement->metrics;
    if (measurement->output == CLMLP_OUTPUT_LINEAR) {
        clmlp_metrics_undefined(metrics, CLMLP_METRIC_LOG_LOSS, "a linear output gives no probabilities");
    } else if (measurement->no_sum != 0) {
        clmlp_metrics_undefined(metrics, CLMLP_METRIC_LOG_LOSS, "all outputs of example %zu are 0: no probabilities",
                                measurement->no_sum);
    } else {
        clmlp_metrics_set(metrics, CLMLP_METRIC_LOG_LOSS, measurement->losses / (double)measurement->dataset->m);
    }
}

clmlp_status clmlp_measure_classes_finish(clmlp_measurement *measurement, clmlp_error *error)
{
    const size_t m = measurement->dataset->m, K = measurement->dataset->K;
    set_counted(measurement->metrics, m, K);
    set_log_loss(measurement);
    if (K > CLMLP_TOP_K) {
        clmlp_metrics_set(measurement->metrics, CLMLP_METRIC_TOP_K, (double)measurement->among_top / (double)m);
    }
    return set_auc(measurement, error);
}
