/* evaluate.h - what a trained model makes of data: J, accuracy, confusion, metrics, predictions.
 *
 * Threads: the device alone; model and data may be shared with others who read them. clmlp_predictions_save and
 * _format: any.
 */
#ifndef CLMLP_EVALUATE_H
#define CLMLP_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

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

/* The hypothesis h of every example.
 *   h  receives [m x K], owned by the caller
 * Errors as for clmlp_evaluate; targets in the data set are ignored. */
CLMLP_API clmlp_status clmlp_predict(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                     double *h, clmlp_error *error);

/* Write predictions [m x K], by the name of the file: .npy, a float64 matrix [m x K]; anything else, CSV
 * with a header: "class" and one column per class, or "output_1" ... when the outputs are not classes.
 * path NULL: CSV to standard output is the caller's business, see clmlp_predictions_format.
 * Written beside and renamed. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_predictions_save(const clmlp_model *model, size_t m, const double *h, const char *path,
                                              clmlp_error *error);

/* The CSV text of clmlp_predictions_save, NUL-terminated; released with clmlp_free. */
CLMLP_API clmlp_status clmlp_predictions_format(const clmlp_model *model, size_t m, const double *h, char **text,
                                                clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
