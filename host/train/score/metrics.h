/* metrics.h - metrics collected from the predictions of a pass, batch by batch; formulas in clmlp/metrics.h. From the
 * ground up: metrics.c and roc_auc.c, measure_classes.c and measure_values.c, measure.c.
 *
 * What is kept of the predictions: of classes, all h in the device's precision, [m x K] (and of a sigmoid output their
 * row sums, [m]), for roc_auc needs them sorted; of other targets a few sums for each output.
 */
#ifndef CLMLP_TRAIN_METRICS_H
#define CLMLP_TRAIN_METRICS_H

#include "clmlp/evaluate.h"
#include "data/dataset.h"
#include "train/score/score.h"

enum { CLMLP_REASON_SIZE = 160 };

struct clmlp_metrics {
    bool has[CLMLP_METRIC_COUNT];
    double value[CLMLP_METRIC_COUNT]; /* NaN: undefined */
    char reason[CLMLP_METRIC_COUNT][CLMLP_REASON_SIZE];
    size_t outputs;
    double *of_output[CLMLP_METRIC_COUNT]; /* [outputs], or NULL */
    /* classes only, else NULL */
    uint64_t *confusion;          /* [K x K], [actual][predicted] */
    clmlp_class_score *per_class; /* [K] */
};

void clmlp_metrics_destroy(clmlp_metrics *metrics); /* NULL is fine */

/* A value; one that is not finite becomes undefined. */
void clmlp_metrics_set(clmlp_metrics *metrics, clmlp_metric metric, double value);
/* There, but undefined. */
void clmlp_metrics_undefined(clmlp_metrics *metrics, clmlp_metric metric, const char *format, ...) CLMLP_PRINTF(3, 4);

/* What the targets are. */
typedef enum clmlp_measured { CLMLP_MEASURED_CLASSES, CLMLP_MEASURED_LABELS, CLMLP_MEASURED_REALS } clmlp_measured;

clmlp_measured clmlp_measured_of(clmlp_output output, const clmlp_dataset *dataset);

/* Metrics under way. */
typedef struct clmlp_measurement {
    const clmlp_dataset *dataset;
    clmlp_output output;
    clmlp_precision precision;
    clmlp_measured measured;
    double threshold;       /* of clmlp_threshold_check; 0: none */
    size_t done;            /* examples so far */
    clmlp_metrics *metrics; /* the result */
    /* classes */
    void *scores;           /* [K x m] in `precision`: h, an output a row */
    double *sums;           /* [m]: of the h of an example; NULL unless the output is sigmoid */
    size_t no_sum;          /* the first example, from 1, whose h are all 0; 0: none */
    double losses;          /* sum of -log p */
    size_t among_top;       /* examples whose class is among the CLMLP_TOP_K largest */
    /* labels, [K] each */
    uint64_t *both, *actual, *predicted, *wrong;
    size_t exact;           /* examples with all labels right */
    /* real targets, [K] each: sums over examples of (h - y)^2 and |h - y|, of (y - mean)^2 and |y - mean| */
    double *squares, *absolutes, *mean_squares, *mean_absolutes;
    double *small_squares, *mean_small_squares; /* squares of differences times 2^600: of those that underflow */
} clmlp_measurement;

/* Begin to measure the outputs of a model on a data set with targets, which must outlive the measurement. Errors:
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_measurement_create(clmlp_measurement **out, clmlp_output output, clmlp_precision precision,
                                      const clmlp_dataset *dataset, clmlp_error *error);
void clmlp_measurement_destroy(clmlp_measurement *measurement); /* NULL is fine */

/* h [M x K] of the next M examples. Errors: CLMLP_BAD_ARGUMENT, with its place: a number that is not finite. */
clmlp_status clmlp_measurement_add(clmlp_measurement *measurement, size_t M, const double *h, clmlp_error *error);

/* The same as a sink for clmlp_score_pass. */
clmlp_sink clmlp_measurement_sink(clmlp_measurement *measurement);

/* The metrics, once all m examples were added; the caller's from here on. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_measurement_finish(clmlp_measurement *measurement, clmlp_metrics **out, clmlp_error *error);

/* The parts for each kind of targets. */
clmlp_status clmlp_measure_classes_begin(clmlp_measurement *measurement, clmlp_error *error);
void clmlp_measure_classes_add(clmlp_measurement *measurement, const double *h);
clmlp_status clmlp_measure_classes_finish(clmlp_measurement *measurement, clmlp_error *error);

clmlp_status clmlp_measure_labels_begin(clmlp_measurement *measurement, clmlp_error *error);
void clmlp_measure_labels_add(clmlp_measurement *measurement, const double *h);
void clmlp_measure_labels_finish(clmlp_measurement *measurement);

clmlp_status clmlp_measure_reals_begin(clmlp_measurement *measurement, clmlp_error *error);
void clmlp_measure_reals_add(clmlp_measurement *measurement, const double *h);
void clmlp_measure_reals_finish(clmlp_measurement *measurement);

/* A whole number with the order of the doubles, none of them NaN; -0 and 0 have the same. */
uint64_t clmlp_rank_key(double value);

/* The share of pairs of a positive and a negative example where the positive one has the larger key; ties count 1/2.
 *   keys  [2 x (positives + negatives)]: those of the positive examples first, then of the negative ones; the second
 *         half is scratch. All of it is garbage afterwards
 * positives and negatives >= 1. */
double clmlp_roc_auc(size_t positives, size_t negatives, uint64_t *keys);

#endif
