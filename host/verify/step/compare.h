/* compare.h - a tensor of a step against its reference, element by element. */
#ifndef CLMLP_VERIFY_COMPARE_H
#define CLMLP_VERIFY_COMPARE_H

#include "clmlp/verify.h"

/* A tensor that was checked: the finding, and all its elements found, expected and bound [rows x columns]; NULL where
 * the checker keeps no elements. */
typedef struct clmlp_checked_tensor {
    clmlp_finding finding;
    const double *found, *expected, *bound; /* valid during the call */
} clmlp_checked_tensor;

static inline bool clmlp_is_trend(clmlp_quantity quantity)
{
    return quantity >= CLMLP_QUANTITY_Z_TREND && quantity <= CLMLP_QUANTITY_THETA_TREND;
}

typedef clmlp_status clmlp_step_checker_sink(const clmlp_checked_tensor *checked, void *context, clmlp_error *error);

/* Compare found with expected +- bound, [rows x columns] each. Fills rows to bound of the finding, without
 * bound_of_value. A NaN never passes, and an infinity only where expected +- bound is beyond the largest number. Two
 * exceptions: where expected is not finite, found must be the same; where bound is infinite because sums may
 * overflow, anything passes. */
void clmlp_compare(clmlp_finding *finding, const double *found, const double *expected, const double *bound,
                   size_t rows, size_t columns, clmlp_precision precision);

/* The same piece by piece: `count` more elements, the first of which is number `offset` of the tensor. A finding of
 * which all but the shape is 0 is begun with is_first. */
void clmlp_compare_more(clmlp_finding *finding, bool is_first, size_t offset, const double *found,
                        const double *expected, const double *bound, size_t count, clmlp_precision precision);
/* One more piece, in the order of elements, into what was found before; is_first: nothing was. */
void clmlp_compare_join(clmlp_finding *finding, const clmlp_finding *piece, bool is_first);

#endif
