/* test_metrics.c - metrics on small cases worked out by hand, and on random ones by their definitions. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"
#include "train/score/metrics.h"

#define METRIC(name) CLMLP_METRIC_##name

static const double no_features[64];

/* Hand over the rows in batches of 2, as a pass would. */
static clmlp_status try_measure(const clmlp_dataset *data, clmlp_output output, clmlp_precision precision,
                                const double *h, clmlp_metrics **out, clmlp_error *error)
{
    clmlp_measurement *measurement = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_measurement_create(&measurement, output, precision, data, error));
    for (size_t i = 0; i < data->m; i += 2) {
        TRY_CLEANUP(clmlp_measurement_add(measurement, data->m - i < 2 ? 1 : 2, h + i * data->K, error));
    }
    TRY_CLEANUP(clmlp_measurement_finish(measurement, out, error));
cleanup:
    clmlp_measurement_destroy(measurement);
    return status;
}

static clmlp_metrics *measure(clmlp_dataset *data, clmlp_output output, const double *h)
{
    clmlp_metrics *metrics = NULL;
    OK(try_measure(data, output, CLMLP_F64, h, &metrics, error));
    clmlp_dataset_destroy(data);
    return metrics;
}

static clmlp_dataset *class_data(size_t m, size_t K, const unsigned *labels)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create_classes(&data, m, 1, no_features, K, names, labels, error));
    return data;
}

static clmlp_dataset *value_data(size_t m, size_t K, const double *y)
{
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, m, 1, no_features, K, y, error));
    return data;
}

/* A handful of roundings of numbers of this size. */
static void expect_near(double found, double expected, const char *what)
{
    cr_assert(fabs(found - expected) <= 16 * DBL_EPSILON * (1.0 + fabs(expected)), "%s: %.17g instead of %.17g", what,
              found, expected);
}

static void expect(const clmlp_metrics *metrics, clmlp_metric metric, double expected)
{
    cr_assert(clmlp_metrics_has(metrics, metric), "no %s", clmlp_metric_name(metric));
    cr_assert_null(clmlp_metrics_reason(metrics, metric));
    expect_near(clmlp_metrics_value(metrics, metric), expected, clmlp_metric_name(metric));
}

static void expect_undefined(const clmlp_metrics *metrics, clmlp_metric metric, const char *reason)
{
    cr_assert(clmlp_metrics_has(metrics, metric), "no %s", clmlp_metric_name(metric));
    cr_assert(isnan(clmlp_metrics_value(metrics, metric)), "%s is %g", clmlp_metric_name(metric),
              clmlp_metrics_value(metrics, metric));
    cr_assert_str_eq(clmlp_metrics_reason(metrics, metric), reason);
}

static void expect_only(const clmlp_metrics *metrics, const clmlp_metric *list, size_t count)
{
    for (int metric = 0; metric < CLMLP_METRIC_COUNT; metric++) {
        bool listed = false;
        for (size_t i = 0; i < count; i++) listed = listed || list[i] == (clmlp_metric)metric;
        cr_assert_eq(clmlp_metrics_has(metrics, (clmlp_metric)metric), listed, "%s",
                     clmlp_metric_name((clmlp_metric)metric));
    }
}

/* --- classes ------------------------------------------------------------------------------------------------ */

/* confusion: a {1, 1, 0}, b {0, 2, 0}, c {0, 1, 1} */
Test(metrics, of_three_classes_are_those_worked_out_by_hand)
{
    static const unsigned labels[] = {0, 0, 1, 1, 2, 2};
    static const double h[] = {0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.125, 0.75, 0.125,
                               0.25, 0.5, 0.25, 0.25, 0.25, 0.5, 0.125, 0.5, 0.375};
    static const clmlp_metric list[] = {METRIC(ACCURACY), METRIC(BALANCED_ACCURACY), METRIC(LOG_LOSS), METRIC(ROC_AUC),
                                        METRIC(F1_MACRO), METRIC(F1_WEIGHTED), METRIC(MCC), METRIC(ACCURACY_OF_MODE)};
    clmlp_metrics *metrics = measure(class_data(6, 3, labels), CLMLP_OUTPUT_SOFTMAX, h);
    expect_only(metrics, list, sizeof list / sizeof list[0]);
    expect(metrics, METRIC(ACCURACY), 4.0 / 6.0);
    expect(metrics, METRIC(BALANCED_ACCURACY), (0.5 + 1.0 + 0.5) / 3.0);
    expect(metrics, METRIC(LOG_LOSS), -(3 * log(0.5) + log(0.25) + log(0.75) + log(0.375)) / 6.0);
    /* a: {.5, .25} over {.125, .25, .25, .125}: 4 + 2 + 2/2 of 8; b: {.75, .5} over {.25, .5, .25, .5}: 4 + 2 + 2/2;
     * c: {.5, .375} over {.25, .25, .125, .25}: all */
    expect(metrics, METRIC(ROC_AUC), (7.0 / 8.0 + 7.0 / 8.0 + 1.0) / 3.0);
    expect(metrics, METRIC(F1_MACRO), (2.0 / 3.0 + 2.0 / 3.0 + 2.0 / 3.0) / 3.0);
    expect(metrics, METRIC(F1_WEIGHTED), 2.0 / 3.0);
    /* c = 4, m = 6, sum a p = 2 1 + 2 4 + 2 1 = 12, sum p^2 = 18, sum a^2 = 12 */
    expect(metrics, METRIC(MCC), 12.0 / sqrt(18.0 * 24.0));
    expect(metrics, METRIC(ACCURACY_OF_MODE), 2.0 / 6.0);
    cr_assert_eq(clmlp_metrics_outputs(metrics), 0);
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_two_classes_take_the_second_as_positive_and_ties_as_half)
{
    static const unsigned labels[] = {0, 0, 1, 1, 1};
    static const double h[] = {0.75, 0.25, 0.5, 0.5, 0.5, 0.5, 0.25, 0.75, 0.875, 0.125};
    clmlp_metrics *metrics = measure(class_data(5, 2, labels), CLMLP_OUTPUT_SOFTMAX, h);
    /* {.5, .75, .125} over {.25, .5}: 1 1/2, 2, 0 of 6 pairs */
    expect(metrics, METRIC(ROC_AUC), 3.5 / 6.0);
    /* of equal outputs the first: b is told once */
    expect(metrics, METRIC(ACCURACY), 3.0 / 5.0);
    expect(metrics, METRIC(ACCURACY_OF_MODE), 3.0 / 5.0);
    expect(metrics, METRIC(MCC), (3.0 * 5 - (2.0 * 4 + 3.0 * 1)) / sqrt((25.0 - 17) * (25.0 - 13)));
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_perfect_and_of_wholly_wrong_predictions)
{
    static const unsigned labels[] = {0, 1, 1, 0};
    static const double right[] = {1, 0, 0, 1, 0, 1, 1, 0}, wrong[] = {0, 1, 1, 0, 1, 0, 0, 1};
    static const clmlp_metric ones[] = {METRIC(ACCURACY), METRIC(BALANCED_ACCURACY), METRIC(ROC_AUC), METRIC(F1_MACRO),
                                        METRIC(F1_WEIGHTED)};
    clmlp_metrics *best = measure(class_data(4, 2, labels), CLMLP_OUTPUT_SOFTMAX, right);
    clmlp_metrics *worst = measure(class_data(4, 2, labels), CLMLP_OUTPUT_SOFTMAX, wrong);
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++) {
        expect(best, ones[i], 1.0);
        expect(worst, ones[i], 0.0);
    }
    expect(best, METRIC(MCC), 1.0);
    expect(worst, METRIC(MCC), -1.0);
    expect(best, METRIC(LOG_LOSS), -log(1.0 - DBL_EPSILON));
    expect(worst, METRIC(LOG_LOSS), -log(DBL_EPSILON));
    clmlp_metrics_destroy(best);
    clmlp_metrics_destroy(worst);
}

Test(metrics, of_a_class_that_is_missing_are_undefined_or_leave_it_out)
{
    static const unsigned labels[] = {0, 0, 1};
    static const double h[] = {0.75, 0.125, 0.125, 0.125, 0.75, 0.125, 0.125, 0.75, 0.125};
    clmlp_metrics *metrics = measure(class_data(3, 3, labels), CLMLP_OUTPUT_SOFTMAX, h);
    expect_undefined(metrics, METRIC(ROC_AUC), "the targets have no example of class 3 of 3");
    expect(metrics, METRIC(BALANCED_ACCURACY), (0.5 + 1.0) / 2.0);
    expect(metrics, METRIC(F1_MACRO), (2.0 / 3.0 + 2.0 / 3.0) / 2.0);
    clmlp_metrics_destroy(metrics);
}

/* A class that is only predicted counts for F1, not for recall. */
Test(metrics, of_a_class_that_is_only_predicted)
{
    static const unsigned labels[] = {0, 0, 1};
    static const double h[] = {0.75, 0.125, 0.125, 0.125, 0.125, 0.75, 0.125, 0.75, 0.125};
    clmlp_metrics *metrics = measure(class_data(3, 3, labels), CLMLP_OUTPUT_SOFTMAX, h);
    expect(metrics, METRIC(BALANCED_ACCURACY), (0.5 + 1.0) / 2.0);
    expect(metrics, METRIC(F1_MACRO), (2.0 / 3.0 + 1.0 + 0.0) / 3.0);
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_targets_with_one_class_have_neither_auc_nor_mcc)
{
    static const unsigned labels[] = {1, 1, 1};
    static const double h[] = {0.25, 0.75, 0.75, 0.25, 0.25, 0.75};
    clmlp_metrics *metrics = measure(class_data(3, 2, labels), CLMLP_OUTPUT_SOFTMAX, h);
    expect_undefined(metrics, METRIC(ROC_AUC), "the targets have one class only");
    expect_undefined(metrics, METRIC(MCC), "the targets have one class only");
    expect(metrics, METRIC(ACCURACY), 2.0 / 3.0);
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_a_model_that_always_says_the_same)
{
    static const unsigned labels[] = {0, 1, 1};
    static const double h[] = {0.25, 0.75, 0.25, 0.75, 0.25, 0.75};
    clmlp_metrics *metrics = measure(class_data(3, 2, labels), CLMLP_OUTPUT_SOFTMAX, h);
    expect(metrics, METRIC(ROC_AUC), 0.5);
    expect(metrics, METRIC(MCC), 0.0);
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_sigmoid_outputs_take_their_share_as_the_probability)
{
    static const unsigned labels[] = {0, 1, 1};
    /* second share: 1/4, 3/4, 1/2; by h_2 alone the first would come above the others */
    static const double h[] = {0.75, 0.25, 0.0625, 0.1875, 0.125, 0.125};
    clmlp_metrics *metrics = measure(class_data(3, 2, labels), CLMLP_OUTPUT_SIGMOID, h);
    expect(metrics, METRIC(ROC_AUC), 1.0);
    expect(metrics, METRIC(LOG_LOSS), -(2 * log(0.75) + log(0.5)) / 3.0);
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_sigmoid_outputs_that_are_all_0_have_no_probabilities)
{
    static const unsigned labels[] = {0, 1, 1};
    static const double h[] = {0.75, 0.25, 0.0, 0.0, 0.25, 0.75};
    clmlp_metrics *metrics = measure(class_data(3, 2, labels), CLMLP_OUTPUT_SIGMOID, h);
    expect_undefined(metrics, METRIC(ROC_AUC), "all outputs of example 2 are 0: no probabilities");
    expect_undefined(metrics, METRIC(LOG_LOSS), "all outputs of example 2 are 0: no probabilities");
    expect(metrics, METRIC(ACCURACY), 2.0 / 3.0);
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_linear_outputs_rank_but_have_no_log_loss)
{
    static const unsigned labels[] = {0, 1, 1};
    static const double h[] = {5.0, 4.0, -3.0, -2.0, -0.0, 0.0};
    clmlp_metrics *metrics = measure(class_data(3, 2, labels), CLMLP_OUTPUT_LINEAR, h);
    expect_undefined(metrics, METRIC(LOG_LOSS), "a linear output gives no probabilities");
    expect(metrics, METRIC(ROC_AUC), 1.0); /* {1, 0} over {-1} */
    clmlp_metrics_destroy(metrics);
}

Test(metrics, count_the_class_among_the_five_largest_the_first_of_equal_ones)
{
    static const unsigned labels[] = {6, 5, 4, 0};
    static const double h[] = {7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7};
    clmlp_metrics *metrics = measure(class_data(4, 7, labels), CLMLP_OUTPUT_LINEAR, h);
    expect(metrics, METRIC(TOP_K), 0.25); /* the third: five are as large, and stand before or are it */
    clmlp_metrics_destroy(metrics);
}

/* Pair by pair, with few and with many ties; sizes around those of a byte of the radix sort. */
Test(metrics, auc_is_the_share_of_pairs_in_order)
{
    static const size_t sizes[] = {1, 2, 3, 31, 257, 1000};
    uint32_t state = 1;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (size_t levels = 2; levels <= 100000; levels *= 50) {
            const size_t positives = sizes[s], negatives = sizes[(s + 2) % 6], count = positives + negatives;
            double *scores = calloc(count, sizeof *scores), halves = 0.0;
            uint64_t *keys = calloc(2 * count, sizeof *keys);
            for (size_t i = 0; i < count; i++) {
                state = state * 1664525U + 1013904223U;
                scores[i] = ((double)((state >> 8) % levels) - (double)(levels / 2)) / 3.0 * (i % 2 != 0 ? -1.0 : 1.0);
                keys[i] = clmlp_rank_key(scores[i]);
            }
            for (size_t i = 0; i < positives; i++) {
                for (size_t j = positives; j < count; j++) {
                    halves += scores[i] > scores[j] ? 2.0 : scores[i] == scores[j] ? 1.0 : 0.0;
                }
            }
            const double found = clmlp_roc_auc(positives, negatives, keys);
            const double expected = halves / (2.0 * (double)positives * (double)negatives);
            cr_assert_eq(found, expected, "%zu over %zu, %zu levels: %.17g instead of %.17g", positives, negatives,
                         levels, found, expected);
            free(scores);
            free(keys);
        }
    }
}

/* --- several labels ----------------------------------------------------------------------------------------- */

Test(metrics, of_labels_are_those_worked_out_by_hand)
{
    static const double y[] = {1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0};
    static const double h[] = {0.75, 0.25, 0.5, 0.25, 0.75, 0.5, 0.75, 0.25, 0.5, 0.25, 0.25, 0.0};
    static const clmlp_metric list[] = {METRIC(EXACT_MATCH), METRIC(F1_MICRO), METRIC(F1_MACRO), METRIC(HAMMING_LOSS)};
    clmlp_metrics *metrics = measure(value_data(4, 3, y), CLMLP_OUTPUT_SIGMOID, h);
    expect_only(metrics, list, sizeof list / sizeof list[0]);
    expect(metrics, METRIC(EXACT_MATCH), 2.0 / 4.0); /* 1/2 is not predicted */
    expect(metrics, METRIC(F1_MICRO), 2.0 * 2 / (4 + 3));
    expect(metrics, METRIC(F1_MACRO), (2.0 * 1 / 4 + 2.0 * 1 / 3 + 0.0) / 3.0);
    expect(metrics, METRIC(HAMMING_LOSS), 3.0 / 12.0);
    cr_assert_eq(clmlp_metrics_outputs(metrics), 3);
    expect_near(clmlp_metrics_of_output(metrics, METRIC(F1_MACRO), 1), 2.0 / 3.0, "F1 of label 2");
    expect_near(clmlp_metrics_of_output(metrics, METRIC(HAMMING_LOSS), 0), 0.5, "loss of label 1");
    cr_assert(isnan(clmlp_metrics_of_output(metrics, METRIC(F1_MACRO), 3)));
    cr_assert(isnan(clmlp_metrics_of_output(metrics, METRIC(F1_MICRO), 0)));
    clmlp_metrics_destroy(metrics);
}

Test(metrics, of_labels_that_nobody_has_have_no_f1)
{
    static const double y[] = {0, 0, 0, 0}, h[] = {0.25, 0.25, 0.25, 0.25};
    clmlp_metrics *metrics = measure(value_data(2, 2, y), CLMLP_OUTPUT_SIGMOID, h);
    expect_undefined(metrics, METRIC(F1_MICRO), "no label is 1 in targets or predictions");
    expect_undefined(metrics, METRIC(F1_MACRO), "no label is 1 in targets or predictions");
    expect(metrics, METRIC(EXACT_MATCH), 1.0);
    clmlp_metrics_destroy(metrics);
}

/* --- real targets ------------------------------------------------------------------------------------------- */

Test(metrics, of_real_targets_are_those_worked_out_by_hand)
{
    static const double y[] = {1, 10, 3, 20, 5, 30}, h[] = {2, 10, 3, 20, 3, 30};
    static const clmlp_metric list[] = {METRIC(RMSE), METRIC(MAE), METRIC(R2), METRIC(RMSE_OF_MEAN),
                                        METRIC(MAE_OF_MEAN)};
    clmlp_metrics *metrics = measure(value_data(3, 2, y), CLMLP_OUTPUT_LINEAR, h);
    expect_only(metrics, list, sizeof list / sizeof list[0]);
    expect_near(clmlp_metrics_of_output(metrics, METRIC(RMSE), 0), sqrt(5.0 / 3.0), "rmse of 1");
    expect_near(clmlp_metrics_of_output(metrics, METRIC(MAE), 0), 1.0, "mae of 1");
    expect_near(clmlp_metrics_of_output(metrics, METRIC(R2), 0), 1.0 - 5.0 / 8.0, "r2 of 1");
    expect_near(clmlp_metrics_of_output(metrics, METRIC(R2), 1), 1.0, "r2 of 2");
    expect_near(clmlp_metrics_of_output(metrics, METRIC(RMSE_OF_MEAN), 1), sqrt(200.0 / 3.0), "rmse of the mean");
    expect(metrics, METRIC(RMSE), sqrt(5.0 / 3.0) / 2.0);
    expect(metrics, METRIC(MAE), 0.5);
    expect(metrics, METRIC(R2), (1.0 - 5.0 / 8.0 + 1.0) / 2.0);
    expect(metrics, METRIC(RMSE_OF_MEAN), (sqrt(8.0 / 3.0) + sqrt(200.0 / 3.0)) / 2.0);
    expect(metrics, METRIC(MAE_OF_MEAN), (4.0 / 3.0 + 20.0 / 3.0) / 2.0);
    clmlp_metrics_destroy(metrics);
}

/* The sum of seven 0.1 divided by 7 is not 0.1: the target would seem to vary. */
Test(metrics, of_a_constant_target_have_no_r2)
{
    static const double y[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, h[] = {0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1};
    static const double pair[] = {1, 0.1, 2, 0.1, 3, 0.1};
    clmlp_metrics *metrics = measure(value_data(7, 1, y), CLMLP_OUTPUT_LINEAR, h);
    expect_undefined(metrics, METRIC(R2), "the target is constant");
    expect(metrics, METRIC(RMSE_OF_MEAN), 0.0);
    clmlp_metrics_destroy(metrics);
    metrics = measure(value_data(3, 2, pair), CLMLP_OUTPUT_LINEAR, pair);
    expect_undefined(metrics, METRIC(R2), "target 2 is constant");
    cr_assert_eq(clmlp_metrics_of_output(metrics, METRIC(R2), 0), 1.0);
    cr_assert(isnan(clmlp_metrics_of_output(metrics, METRIC(R2), 1)));
    clmlp_metrics_destroy(metrics);
}

Test(metrics, that_overflow_are_undefined)
{
    static const double y[] = {1e200, -1e200}, h[] = {1e200, -1e200};
    clmlp_metrics *metrics = measure(value_data(2, 1, y), CLMLP_OUTPUT_LINEAR, h);
    expect_undefined(metrics, METRIC(R2), "its sums are too large for a double");
    expect_undefined(metrics, METRIC(RMSE_OF_MEAN), "its sums are too large for a double");
    expect(metrics, METRIC(RMSE), 0.0);
    clmlp_metrics_destroy(metrics);
}

/* Squares that underflow are no 0: the target is no constant, and no rmse is below its mae. */
Test(metrics, of_small_numbers_are_those_of_large_ones)
{
    static const double y[] = {1e-170, 3e-170, 5e-170}, h[] = {2e-170, 3e-170, 3e-170};
    static const double equal[] = {1, 1, 1}, near[] = {1, 1, 1}, zeros[] = {0, 0, 0};
    clmlp_metrics *metrics = measure(value_data(3, 1, y), CLMLP_OUTPUT_LINEAR, h);
    expect_near(clmlp_metrics_value(metrics, METRIC(RMSE)) * 1e170, sqrt(5.0 / 3.0), "rmse");
    expect_near(clmlp_metrics_value(metrics, METRIC(R2)), 1.0 - 5.0 / 8.0, "r2");
    expect_near(clmlp_metrics_value(metrics, METRIC(RMSE_OF_MEAN)) * 1e170, sqrt(8.0 / 3.0), "rmse of the mean");
    clmlp_metrics_destroy(metrics);
    metrics = measure(value_data(3, 1, zeros), CLMLP_OUTPUT_LINEAR, y);
    expect_undefined(metrics, METRIC(R2), "the target is constant");
    expect_near(clmlp_metrics_value(metrics, METRIC(RMSE)) * 1e170, sqrt(35.0 / 3.0), "rmse of a constant");
    clmlp_metrics_destroy(metrics);
    metrics = measure(value_data(3, 1, equal), CLMLP_OUTPUT_LINEAR, near);
    expect(metrics, METRIC(RMSE), 0.0);
    clmlp_metrics_destroy(metrics);
}

/* 0 and 1 are labels with a sigmoid output only; a fraction among them is a real target there, too. */
Test(metrics, of_targets_between_0_and_1_are_those_of_real_ones)
{
    static const double whole[] = {0, 1, 1}, part[] = {0, 0.5, 1}, h[] = {0.25, 0.5, 0.75};
    clmlp_metrics *metrics = measure(value_data(3, 1, whole), CLMLP_OUTPUT_LINEAR, h);
    cr_assert(clmlp_metrics_has(metrics, METRIC(RMSE)) && !clmlp_metrics_has(metrics, METRIC(EXACT_MATCH)));
    clmlp_metrics_destroy(metrics);
    metrics = measure(value_data(3, 1, part), CLMLP_OUTPUT_SIGMOID, h);
    cr_assert(clmlp_metrics_has(metrics, METRIC(RMSE)) && !clmlp_metrics_has(metrics, METRIC(EXACT_MATCH)));
    clmlp_metrics_destroy(metrics);
    metrics = measure(value_data(3, 1, whole), CLMLP_OUTPUT_SIGMOID, h);
    cr_assert(clmlp_metrics_has(metrics, METRIC(EXACT_MATCH)) && !clmlp_metrics_has(metrics, METRIC(RMSE)));
    clmlp_metrics_destroy(metrics);
}

/* --- predictions that are none ------------------------------------------------------------------------------ */

static void expect_refused(clmlp_dataset *data, clmlp_output output, const double *h, const char *what)
{
    clmlp_metrics *metrics = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(try_measure(data, output, CLMLP_F32, h, &metrics, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, what), "%s", error.message);
    cr_assert_null(metrics);
    clmlp_dataset_destroy(data);
}

Test(metrics, predictions_that_are_no_numbers_are_an_error)
{
    static const unsigned labels[] = {0, 1, 0};
    static const double y[] = {0, 1, 1, 0, 1, 1};
    static const double h[] = {0.25, 0.75, 0.25, 0.75, 0.5, (double)NAN};
    static const double infinite[] = {0.25, 0.75, -(double)INFINITY, 0.75, 0.5, 0.5};
    expect_refused(class_data(3, 2, labels), CLMLP_OUTPUT_SOFTMAX, h, "example 3 is no number: output 2 is nan in f32");
    expect_refused(value_data(3, 2, y), CLMLP_OUTPUT_SIGMOID, h, "example 3 is no number: output 2 is nan");
    expect_refused(value_data(3, 2, y), CLMLP_OUTPUT_LINEAR, infinite, "example 2 is no number: output 1 is -inf");
}

Test(metrics, evaluating_a_model_that_overflows_is_an_error)
{
    static const double x[] = {0, 2}, y[] = {0, 1};
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL;
    clmlp_evaluation *evaluation = NULL;
    clmlp_error why = {.message = ""};
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    OK(clmlp_dataset_create(&data, 2, 1, x, 1, y, error));
    OK(clmlp_model_create(&model, 2, (size_t[]){1, 1}, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1, error));
    OK(clmlp_model_set_theta(model, 1, (double[]){0, 3e38}, error));
    cr_assert_eq(clmlp_evaluate(model, device, data, 0.0, &evaluation, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "example 2 is no number: output 1 is inf in f32"), "%s", why.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* --- the list ----------------------------------------------------------------------------------------------- */

Test(metrics, have_names_both_ways)
{
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        clmlp_metric metric = CLMLP_METRIC_COUNT;
        cr_assert(clmlp_metric_parse(clmlp_metric_name((clmlp_metric)i), &metric));
        cr_assert_eq(metric, i);
    }
    clmlp_metric metric = METRIC(MCC);
    cr_assert_not(clmlp_metric_parse("auc", &metric));
    cr_assert_eq(metric, METRIC(MCC));
}
