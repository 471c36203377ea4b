/* cost_range.h - what the cost of a batch can be, by the device's own outputs (docs/verification.md, "Costs by
 * outputs"). */
#ifndef CLMLP_TRAIN_COST_RANGE_H
#define CLMLP_TRAIN_COST_RANGE_H

#include "backend/backend.h"

typedef struct clmlp_cost_range {
    double low, high; /* infinite where nothing is known */
} clmlp_cost_range;

/* Of M examples that count alike.
 *   h  [M x K], as the device has them, in double
 *   y  [M x K], as it has them, in its precision */
clmlp_cost_range clmlp_cost_range_of(clmlp_output output, clmlp_precision precision, size_t M, size_t K,
                                     const double *h, const void *y);

/* Whether each batch costs what it can. Costs that are not finite are for others to judge. Errors: CLMLP_DEVICE. */
clmlp_status clmlp_cost_ranges_check(const clmlp_backend *backend, const clmlp_cost_range *ranges,
                                     const clmlp_batch_score *scores, size_t count, clmlp_error *error);

#endif
