/* weights.h - what each example counts in training: w_i in J = (1/m) sum_i w_i cost_i + ... */
#ifndef CLMLP_DATA_WEIGHTS_H
#define CLMLP_DATA_WEIGHTS_H

#include "data/dataset.h"

/* Scale *weights [m], finite and >= 0, to a mean of 1. Equal ones are freed, and *weights is NULL: all count alike.
 * Those that are all 0 stay so; false. */
bool clmlp_weights_scale(double **weights, size_t m);

/* The weights that a file's `column` has, of the rows that are left: scaled, and told in a note. Errors:
 * CLMLP_BAD_INPUT (all 0). */
clmlp_status clmlp_weights_finish(clmlp_dataset *dataset, const char *column, clmlp_error *error);

/* Weight of example i. */
static inline double clmlp_dataset_weight(const clmlp_dataset *dataset, size_t i)
{
    return dataset->weights != NULL ? dataset->weights[i] : 1.0;
}

/* Weights of `rows` examples into out [rows] of the given precision. Example r is order[first + r], or first + r where
 * order is NULL. */
void clmlp_dataset_take_weights(const clmlp_dataset *dataset, const uint32_t *order, size_t first, size_t rows,
                                clmlp_precision precision, void *out);

#endif
