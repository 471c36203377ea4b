/* mean.h - the mean of the predictions of an ensemble's members, and its score. */
#ifndef CLMLP_TRAIN_MEAN_H
#define CLMLP_TRAIN_MEAN_H

#include "train/score/score.h"

typedef struct clmlp_mean {
    double *h;      /* [m x K]: sums, then means, in the units of the targets */
    size_t m, K;
    size_t next;    /* row where the predictions that come next belong */
    size_t members;
} clmlp_mean;

/* A sink's function: adds M rows to the sums. context: the clmlp_mean. */
clmlp_status clmlp_mean_add(void *context, size_t M, const double *h, clmlp_error *error);

/* Sums become means. */
void clmlp_mean_finish(clmlp_mean *mean);

/* J of the means, with the mean of the members' squares of theta, and the accuracy. Costs come from h: a probability of
 * 0 counts as the smallest normal number. */
clmlp_score clmlp_mean_score(const clmlp_mean *mean, const clmlp_model *model, const clmlp_dataset *dataset,
                             double lambda);

#endif
