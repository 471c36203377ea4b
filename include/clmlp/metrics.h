/* metrics.h - what a model is worth on data with known targets, in one number each.
 *
 * Definitions are those of scikit-learn 1.5 (sklearn.metrics, its functions in brackets), computed in double from the
 * outputs h [m x K]. m examples count alike. Which metrics there are depends on the targets.
 *
 * CLASSES. C is the confusion matrix [actual][predicted]; the largest h is the predicted class, of equal ones the
 * first. p_ik is the probability of class k: h_ik of a softmax output, h_ik / sum_j h_ij of a sigmoid output (one
 * classifier for each class; sklearn.multiclass.OneVsRestClassifier divides so, too).
 *   accuracy           sum_k C_kk / m  [accuracy_score]
 *   balanced_accuracy  mean of the recalls, over the classes that the targets have  [balanced_accuracy_score]
 *   log_loss           -(1/m) sum_i log p of the actual class, p kept within [e, 1 - e], e = DBL_EPSILON  [log_loss].
 *                      A linear output has no probabilities: undefined
 *   roc_auc            the share of pairs, one example of the class and one of the others, where the first has the
 *                      larger score; ties count 1/2 (Mann and Whitney 1947). K = 2: of the second class. K > 2: the
 *                      mean over all classes, each against the rest  [roc_auc_score, multi_class="ovr"].
 *                      The score is p; of a linear output h_k, and with K = 2 h_2 - h_1
 *   f1_macro           mean of F1_k = 2 C_kk / (actual_k + predicted_k), over the classes that targets or predictions
 *                      have  [f1_score, average="macro"]
 *   f1_weighted        sum_k actual_k F1_k / m  [f1_score, average="weighted"]
 *   mcc                (c m - sum_k a_k p_k) / sqrt((m^2 - sum_k p_k^2) (m^2 - sum_k a_k^2)), c = sum_k C_kk, a_k
 *                      actual, p_k predicted of class k (Gorodkin 2004)  [matthews_corrcoef]. One predicted class
 *                      only: 0, as there. One actual class only: undefined, where scikit-learn has 0
 *   top_k              share of examples whose class is among the k = 5 with the largest h; of equal ones the first.
 *                      Only for K > 5  [top_k_accuracy_score]
 *   accuracy_of_mode   accuracy of predicting the most frequent class of these same targets for every example
 *
 * SEVERAL LABELS: a sigmoid output, and targets that are all 0 or 1, but no classes. A label is predicted where
 * h > 1/2. t_k, a_k, p_k: examples where label k is actual and predicted, actual, predicted.
 *   exact_match        share of examples with all labels right  [accuracy_score]
 *   f1_micro           2 sum_k t_k / sum_k (a_k + p_k)  [f1_score, average="micro"]
 *   f1_macro           mean of F1_k = 2 t_k / (a_k + p_k), 0 where nothing is actual or predicted  [average="macro"].
 *                      Where that holds for all labels, both are undefined
 *   hamming_loss       share of the m K labels that are wrong  [hamming_loss]
 *
 * REAL TARGETS: all others, in the units of the targets. With several outputs the mean over them.
 *   rmse               sqrt((1/m) sum_i (h_i - y_i)^2)  [root_mean_squared_error]
 *   mae                (1/m) sum_i |h_i - y_i|  [mean_absolute_error]
 *   r2                 1 - sum_i (h_i - y_i)^2 / sum_i (y_i - mean)^2  [r2_score]. A constant target: undefined
 *   rmse_of_mean       rmse and mae of predicting the mean of these same targets for every example, that is without a
 *   mae_of_mean        look at the features
 *
 * A metric that is undefined is NaN, and clmlp_metrics_reason says why. A metric that these targets do not have is NaN,
 * too, and clmlp_metrics_has is false.
 *
 * Threads: any.
 */
#ifndef CLMLP_METRICS_H
#define CLMLP_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text), in the order in which they are shown. */
#define CLMLP_METRIC_LIST(X)                  \
    X(ACCURACY, "accuracy")                   \
    X(BALANCED_ACCURACY, "balanced_accuracy") \
    X(LOG_LOSS, "log_loss")                   \
    X(ROC_AUC, "roc_auc")                     \
    X(EXACT_MATCH, "exact_match")             \
    X(F1_MICRO, "f1_micro")                   \
    X(F1_MACRO, "f1_macro")                   \
    X(F1_WEIGHTED, "f1_weighted")             \
    X(MCC, "mcc")                             \
    X(TOP_K, "top_k")                         \
    X(ACCURACY_OF_MODE, "accuracy_of_mode")   \
    X(HAMMING_LOSS, "hamming_loss")           \
    X(RMSE, "rmse")                           \
    X(MAE, "mae")                             \
    X(R2, "r2")                               \
    X(RMSE_OF_MEAN, "rmse_of_mean")           \
    X(MAE_OF_MEAN, "mae_of_mean")

typedef enum clmlp_metric {
#define CLMLP_METRIC_ENUM(name, text) CLMLP_METRIC_##name,
    CLMLP_METRIC_LIST(CLMLP_METRIC_ENUM)
#undef CLMLP_METRIC_ENUM
    CLMLP_METRIC_COUNT
} clmlp_metric;

enum { CLMLP_TOP_K = 5 }; /* k of top_k */

/* Name of a list entry, "?" outside the list; and back: false when there is no such name. */
CLMLP_API const char *clmlp_metric_name(clmlp_metric metric);
CLMLP_API bool clmlp_metric_parse(const char *name, clmlp_metric *metric);
/* Whether models can be ranked by a metric: not by what only describes the targets, nor by what is none.
 *   more  receives whether larger values are better; NULL is fine */
CLMLP_API bool clmlp_metric_ranks(clmlp_metric metric, bool *more);

/* The metrics of one data set; part of a clmlp_evaluation (evaluate.h), which owns them. */
typedef struct clmlp_metrics clmlp_metrics;

/* Whether these targets have the metric; of NULL: false. */
CLMLP_API bool clmlp_metrics_has(const clmlp_metrics *metrics, clmlp_metric metric);
/* Its value; NaN where it is undefined or not there, of NULL, too. */
CLMLP_API double clmlp_metrics_value(const clmlp_metrics *metrics, clmlp_metric metric);
/* Why it is undefined; NULL where it is not. */
CLMLP_API const char *clmlp_metrics_reason(const clmlp_metrics *metrics, clmlp_metric metric);

/* Outputs that have metrics of their own: K for real targets and several labels; 0 for classes, of NULL, too. */
CLMLP_API size_t clmlp_metrics_outputs(const clmlp_metrics *metrics);
/* What output k, from 0, adds to a mean over the outputs: its rmse, mae, r2, rmse_of_mean and mae_of_mean, or the F1
 * (f1_macro) and the share of wrong examples (hamming_loss) of label k. NaN where it is undefined, for other metrics,
 * and of NULL. */
CLMLP_API double clmlp_metrics_of_output(const clmlp_metrics *metrics, clmlp_metric metric, size_t k);

#ifdef __cplusplus
}
#endif

#endif
