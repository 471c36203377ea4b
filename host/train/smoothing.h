/* smoothing.h - label smoothing: training targets a little away from 0 and 1.
 *
 *   softmax   y' = (1 - E) y + E / K   Szegedy et al., "Rethinking the Inception architecture for computer vision",
 *                                      2016, section 7; as PyTorch's CrossEntropyLoss
 *   sigmoid   y' = (1 - E) y + E / 2   each output is a choice of two; as Keras' BinaryCrossentropy
 *
 * E = 0 leaves targets as they are, to the bit.
 */
#ifndef CLMLP_TRAIN_SMOOTHING_H
#define CLMLP_TRAIN_SMOOTHING_H

#include <stddef.h>

#include "model/model.h"

/* E as asked for, of which output layer with how many outputs. */
typedef struct clmlp_smoothing {
    double amount; /* E */
    clmlp_output output;
    size_t K;
} clmlp_smoothing;

/* That of a model's outputs. */
clmlp_smoothing clmlp_smoothing_for(const clmlp_model *model, double amount);

/* Whether 0 <= E < 1, of an output whose targets are 0 and 1, and whether those are still told apart in the precision.
 * Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_smoothing_check(const clmlp_smoothing *smoothing, clmlp_precision precision, clmlp_error *error);

/* y', in double. */
double clmlp_smoothed(const clmlp_smoothing *smoothing, double y);

/* `count` targets of a precision, in place. */
void clmlp_smoothing_apply(const clmlp_smoothing *smoothing, size_t count, clmlp_precision precision, void *values);

#endif
