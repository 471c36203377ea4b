/* score.h - J and accuracy from the scores of batches. */
#ifndef CLMLP_TRAIN_SCORE_H
#define CLMLP_TRAIN_SCORE_H

#include "clmlp/train.h"
#include "train/batch_loader.h"
#include "train/score/cost_range.h"

enum { CLMLP_SCORE_ROWS = 512 }; /* rows of a batch when only scoring: large enough to be worth a launch */

/* Rows of a batch when this data is only scored: fewer where sparse rows are wide. */
size_t clmlp_score_rows(const clmlp_dataset *dataset);

/* When a row counts as right whose targets are no classes. */
clmlp_right clmlp_right_of_output(clmlp_output output);

/* When a row of this data set counts as right. */
clmlp_right clmlp_right_for(const clmlp_model *model, const clmlp_dataset *dataset);

/* Sum of theta(l)_{j,i}^2 over all layers and i >= 1. */
double clmlp_theta_squares(const clmlp_model *model, const double *theta);

/* J = cost / m + lambda / (2m) squares; accuracy = right / m, NaN where nothing can be right. */
clmlp_score clmlp_score_of(const clmlp_batch_score *batches, size_t count, size_t m, double lambda, double squares,
                           clmlp_right right);

/* Takes the predictions of a pass, h [M x K] in double: batch after batch, in order. */
typedef struct clmlp_sink {
    clmlp_status (*function)(void *context, size_t M, const double *h, clmlp_error *error);
    void *context;
    clmlp_cost_range *ranges; /* what each batch may cost, by its predictions and targets; NULL: nobody asks */
    const clmlp_cancel *cancel; /* stops the pass between batches: CLMLP_INTERRUPTED; NULL: nobody does */
} clmlp_sink;

/* A forward pass over all batches of a loader, `rows` rows at a time: the cost of batch b goes into slot `first` + b.
 * Enqueues only; read the slots afterwards. With a sink (a network that predicts) the pass waits for the predictions
 * of each batch; sink NULL: none. */
clmlp_status clmlp_score_pass(clmlp_network *network, clmlp_batch_loader *loader, size_t rows, clmlp_right right,
                              size_t first, const clmlp_sink *sink, clmlp_error *error);

/* Of such a pass the batches first_batch .. first_batch + count - 1 alone, into slots from 0 on, without a sink. */
clmlp_status clmlp_score_part(clmlp_network *network, clmlp_batch_loader *loader, size_t rows, clmlp_right right,
                              size_t first_batch, size_t count, clmlp_error *error);

/* What scores of `total` examples of a data set, in batches of at most `rows`, can be. */
clmlp_score_limits clmlp_score_limits_of(const clmlp_dataset *dataset, size_t rows, size_t total);

/* Batches of a pass. */
size_t clmlp_batches(size_t m, size_t rows);

/* h [M x K] of the last pass, which is waited for, in the units of the targets.
 *   targets  the model's scaling of them, to be undone
 *   staging  host room for h in the backend's precision */
clmlp_status clmlp_read_predictions(clmlp_network *network, const clmlp_scaling *targets, size_t M, double *h,
                                    void *staging, clmlp_error *error);

#endif
