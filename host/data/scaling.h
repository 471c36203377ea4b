/* scaling.h - scaling x' = (x - offset_j) / divisor_j of each feature, and of each target where they are numbers,
 * fitted on the training data. robust-clip goes on with x' / sqrt(1 + (x'/3)^2). */
#ifndef CLMLP_DATA_SCALING_H
#define CLMLP_DATA_SCALING_H

#include "clmlp/model.h"
#include "data/dataset.h"

typedef struct clmlp_scaling {
    clmlp_scale kind; /* never AUTO */
    size_t n;         /* features, or targets */
    double *offset;   /* [n] where the kind has numbers; one block with divisor, released with free(offset) */
    double *divisor;  /* [n], > 0; 1 for a constant column, so that it becomes 0. ROBUST, ROBUST_CLIP: 0 for it */
} clmlp_scaling;

/* Whether a kind has offsets and divisors, and how small a divisor may be. */
bool clmlp_scale_has_numbers(clmlp_scale kind);
double clmlp_scale_least_divisor(clmlp_scale kind);

/* Fit: MINMAX offset = min, divisor = max - min; STANDARD offset = mean, divisor = standard deviation
 * over m (as scikit-learn's scalers); ROBUST and ROBUST_CLIP offset = median, divisor = interquartile range, or half
 * the range where that is 0; PIXEL and NONE need no data. AUTO: PIXEL for 8-bit pixels, NONE for
 * sparse features, else STANDARD. `scaling` is overwritten, not released. Errors: CLMLP_BAD_INPUT (overflow; names the
 * feature), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_scaling_fit(clmlp_scaling *scaling, const clmlp_dataset *dataset, clmlp_scale kind,
                               clmlp_error *error);

/* Scaled features of `rows` examples into out [rows x n] of the given precision, computed in double and
 * rounded once. Example r is order[first + r], or first + r where order is NULL. */
void clmlp_scaling_apply(const clmlp_scaling *scaling, const clmlp_dataset *dataset, const uint32_t *order,
                         size_t first, size_t rows, clmlp_precision precision, void *out);

/* Whether all of `scaled`, which clmlp_scaling_apply made with the same arguments, is finite. Errors:
 * CLMLP_BAD_ARGUMENT, with example and feature from 1. */
clmlp_status clmlp_scaling_check(const clmlp_scaling *scaling, const clmlp_dataset *dataset, const uint32_t *order,
                                 size_t first, size_t rows, clmlp_precision precision, const void *scaled,
                                 clmlp_error *error);

/* --- targets: what training, scoring and checking take for y goes through here --------------------------------- */

/* clmlp_scaling_fit for the targets, which are numbers; kind: NONE or STANDARD. */
clmlp_status clmlp_scaling_fit_targets(clmlp_scaling *scaling, const clmlp_dataset *dataset, clmlp_scale kind,
                                       clmlp_error *error);

/* clmlp_scaling_apply for the targets, out [rows x K]. Classes are 0 and 1, whatever the scaling. */
void clmlp_scaling_apply_targets(const clmlp_scaling *scaling, const clmlp_dataset *dataset, const uint32_t *order,
                                 size_t first, size_t rows, clmlp_precision precision, void *out);

/* Target k, a number, of example i, scaled. */
double clmlp_scaling_target(const clmlp_scaling *scaling, const clmlp_dataset *dataset, size_t i, size_t k);

/* Whether the targets are finite in the precision, before and after scaling. Errors: CLMLP_BAD_ARGUMENT, with the
 * place. */
clmlp_status clmlp_scaling_check_targets(const clmlp_scaling *scaling, const clmlp_dataset *dataset,
                                         const uint32_t *order, size_t first, size_t rows, clmlp_precision precision,
                                         const void *scaled, clmlp_error *error);

/* The opposite, in place: values [rows x n] become x' divisor_j + offset_j. */
void clmlp_scaling_undo(const clmlp_scaling *scaling, size_t rows, double *values);

/* Where the scaled feature or target of the greatest magnitude stands, and what it is, for messages. Returns text. */
char *clmlp_scaling_largest(char text[CLMLP_PLACE_LENGTH + 64], const clmlp_scaling *scaling,
                            const clmlp_scaling *targets, const clmlp_dataset *dataset);

#endif
