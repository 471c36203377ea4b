/* evaluate.h - what a trained model makes of data: J, accuracy, confusion, metrics, predictions.
 *
 * Threads: the device alone; model and data may be shared with others who read them. clmlp_predictions_save and
 * _format: any.
 */
#ifndef CLMLP_EVALUATE_H
#define CLMLP_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/metrics.h"
#include "clmlp/model.h"
#include "clmlp/status.h"
#include "clmlp/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one class; a quotient with denominator 0 is 0, as in scikit-learn. */
typedef struct clmlp_class_score {
    double precision; /* true positives / predicted */
    double recall;    /* true positives / support */
    double f1;        /* harmonic mean of the two */
    size_t support;   /* examples of the class */
} clmlp_class_score;

typedef struct clmlp_evaluation {
    size_t samples;
    clmlp_score score;
    size_t classes;               /* K; 0 when the targets are not classes: the rest is NULL then */
    uint64_t *confusion;          /* [K x K], [actual][predicted] */
    clmlp_class_score *per_class; /* [K] */
    clmlp_metrics *metrics;       /* see metrics.h */
} clmlp_evaluation;

/* Score a model on data. Until it returns, it holds what metrics.h needs: for classes all h in the device's precision,
 * twice m whole numbers of 64 bits, and, of a sigmoid output, m doubles; for other targets next to nothing.
 *   lambda  of J; a negative value: the model's own
 *   out     receives the evaluation; the caller destroys it
 * Errors: CLMLP_BAD_ARGUMENT (shapes or kind of targets do not suit the model; a number that is infinite in the
 * device's precision, named by its place; a prediction that is not finite), CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_evaluate(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                      double lambda, clmlp_evaluation **out, clmlp_error *error);
CLMLP_API void clmlp_evaluation_destroy(clmlp_evaluation *evaluation); /* NULL is fine */

/* The same with options. */
typedef struct clmlp_evaluate_options {
    size_t size;      /* sizeof of this struct; see clmlp.h */
    double lambda;    /* of J; a negative value: the model's own */
    double threshold; /* of clmlp_threshold_check: accuracy, confusion and all that counts classes or labels go by it;
                         0: by the largest output, and for labels by 1/2 */
    const clmlp_cancel *cancel; /* borrowed: a wish to stop, heard between batches (CLMLP_INTERRUPTED); NULL: none */
} clmlp_evaluate_options;

/* The model's lambda, no threshold, nobody to stop it. */
CLMLP_API void clmlp_evaluate_options_init(clmlp_evaluate_options *options, size_t size);
static inline clmlp_evaluate_options clmlp_evaluate_options_default(void)
{
    clmlp_evaluate_options options;
    clmlp_evaluate_options_init(&options, sizeof options);
    return options;
}

CLMLP_API clmlp_status clmlp_evaluate_with(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                           const clmlp_evaluate_options *options, clmlp_evaluation **out,
                                           clmlp_error *error);

/* Whether models with this output layer can be ranked by a metric on such data (clmlp_metric_ranks), whatever they
 * predict: the data has it. Its value may still be undefined. Of data without targets, and of codes that are none:
 * false. */
CLMLP_API bool clmlp_metric_suits(clmlp_metric metric, clmlp_output output, const clmlp_dataset *dataset);

/* Whether a model can decide by a threshold T: 0 < T < 1, and
 *   two classes    the second one, in output order, where its probability p_2 = h_2 / (h_1 + h_2) is above T, else the
 *                  first; T = 1/2 decides as without. Of a softmax output h_1 + h_2 is 1
 *   other outputs  of sigmoid: each is a label, predicted where h_k > T; 1/2 decides as without
 * Errors: CLMLP_BAD_ARGUMENT (says why not). */
CLMLP_API clmlp_status clmlp_threshold_check(const clmlp_model *model, double threshold, clmlp_error *error);

/* The class of an example with the outputs h [K]: the largest, of equal ones the first; with K = 2 and a threshold
 * above 0 as clmlp_threshold_check says. */
CLMLP_API size_t clmlp_predicted_class(const double *h, size_t K, double threshold);

/* The hypothesis h of every example.
 *   h  receives [m x K], owned by the caller
 * Errors as for clmlp_evaluate; targets in the data set are ignored. */
CLMLP_API clmlp_status clmlp_predict(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                     double *h, clmlp_error *error);

/* Write predictions [m x K], by the name of the file: .npy, a float64 matrix [m x K]; anything else, CSV
 * with a header: "class" and one column per class, or, when the outputs are not classes, one per output with its name
 * (clmlp_model_output_name), else "output_1", ... A name that a kept column has, too, ends with "_predicted".
 * path NULL: CSV to standard output is the caller's business, see clmlp_predictions_format.
 * Written beside and renamed. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_predictions_save(const clmlp_model *model, size_t m, const double *h, const char *path,
                                              clmlp_error *error);

/* The CSV text of clmlp_predictions_save, NUL-terminated; released with clmlp_free. */
CLMLP_API clmlp_status clmlp_predictions_format(const clmlp_model *model, size_t m, const double *h, char **text,
                                                clmlp_error *error);

/* The same with more columns, or another decision. */
typedef struct clmlp_predictions_options {
    size_t size;               /* sizeof of this struct; see clmlp.h */
    const clmlp_dataset *data; /* what the predictions are of: its kept columns come first. Borrowed. NULL: none */
    double threshold;          /* of clmlp_threshold_check; 0: none. With it labels have columns "NAME_predicted",
                                  0 or 1, in front of the outputs */
    bool for_spreadsheets;     /* put ' in front of texts that a spreadsheet takes for formulas (clmlp_is_formula);
                                  whoever reads the names back does not find them then */
} clmlp_predictions_options;

/* No kept columns, no threshold, texts as they are. */
CLMLP_API void clmlp_predictions_options_init(clmlp_predictions_options *options, size_t size);
static inline clmlp_predictions_options clmlp_predictions_options_default(void)
{
    clmlp_predictions_options options;
    clmlp_predictions_options_init(&options, sizeof options);
    return options;
}

/* m 0: the line of names alone. Errors also: CLMLP_BAD_ARGUMENT (a threshold that the model has no use for; .npy, which
 * takes none of these; options.data has not m examples, m > 0). */
CLMLP_API clmlp_status clmlp_predictions_save_with(const clmlp_model *model, size_t m, const double *h,
                                                   const char *path, const clmlp_predictions_options *options,
                                                   clmlp_error *error);
CLMLP_API clmlp_status clmlp_predictions_format_with(const clmlp_model *model, size_t m, const double *h,
                                                     const clmlp_predictions_options *options, char **text,
                                                     clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
