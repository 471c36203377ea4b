/* divergence.h - what a finite cost is held against, to tell whether training diverged (docs/mathematics.md). */
#ifndef CLMLP_TRAIN_DIVERGENCE_H
#define CLMLP_TRAIN_DIVERGENCE_H

#include "data/dataset.h"
#include "model/model.h"
#include "train/smoothing.h"

/* Data terms of J, without lambda. A network that predicts the mean has no weights but biases: its lambda term is 0, so
 * that mean and guess are its J, too. */
typedef struct clmlp_divergence {
    double mean;  /* of predicting the weighted mean of the targets; for classes their shares */
    double guess; /* 2 mean, and what rounding may add: above it a network is worse than guessing */
    double start; /* of the initial theta or of the first epoch, the smaller; infinite until that is known */
    double start_decay; /* lambda term of the initial theta */
} clmlp_divergence;

/* mean and guess of a data set with targets, smoothed as in training, in the precision of the device; start: not known.
 * Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_divergence_measure(clmlp_divergence *divergence, const clmlp_model *model,
                                      const clmlp_dataset *dataset, const clmlp_smoothing *smoothing,
                                      clmlp_precision precision, clmlp_error *error);

/* Worse than guessing and worse than the start, by the data term or by J, which is both terms together; also where one
 * is NaN. */
bool clmlp_has_diverged(const clmlp_divergence *divergence, double data_term, double decay_term);

#endif
