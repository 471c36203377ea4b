/* find_rate.h - a range test: which learning rates are worth trying.
 *
 * The rate grows from step to step by equal factors, from small to large, while the model trains (Smith, "Cyclical
 * Learning Rates for Training Neural Networks", 2017, section 3.3, with an exponential sweep). Where the cost falls,
 * the rate is of use; where it rises again, it is too large. The proposal is a tenth of the rate at which the smoothed
 * cost is least: there the fall is about to end, and a whole training needs a margin.
 *
 * Threads: as for clmlp_train.
 */
#ifndef CLMLP_FIND_RATE_H
#define CLMLP_FIND_RATE_H

#include <stdbool.h>
#include <stddef.h>

#include "clmlp/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_find_rate_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double from, to; /* 0 < from < to */
} clmlp_find_rate_config;

/* From 1e-5 to 100. */
CLMLP_API void clmlp_find_rate_config_init(clmlp_find_rate_config *config, size_t size);
static inline clmlp_find_rate_config clmlp_find_rate_config_default(void)
{
    clmlp_find_rate_config config;
    clmlp_find_rate_config_init(&config, sizeof config);
    return config;
}

/* One step of the sweep. */
typedef struct clmlp_rate_point {
    double rate;
    double cost;     /* mean of the batch before the step, without the lambda term */
    double smoothed; /* exponentially weighted mean of the costs so far, over about a 25th of the sweep */
} clmlp_rate_point;

typedef struct clmlp_find_rate_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_rate_point *points; /* [count], by rate; released with clmlp_free */
    size_t count;
    size_t steps;             /* of a whole sweep */
    bool diverged;            /* the sweep ended early: see end_rate */
    double end_rate;          /* where the cost was not finite, or the smoothed one above 4 times its least and above
                                 its first; NaN: nowhere */
    double best_rate;         /* with the least smoothed cost */
    double best_cost;         /* that cost */
    double proposal;          /* best_rate / 10; NaN where the cost is least in the first tenth of the sweep, or falls
                                 by no more than 3 standard deviations of what batches differ by: it did not fall */
    bool still_falling;       /* the cost was least at the last step of a whole sweep: try larger rates, too */
} clmlp_find_rate_result;

/* Sweep over whole epochs, as many as have 100 steps, but at most 2000 steps. Nothing that is given is changed; results
 * have the same bits in each call.
 *   model   where the sweep starts
 *   config  as for clmlp_train; its rate, schedule, epochs, history, callbacks, inspector, validation data, early
 *           stopping and checkpoints do not count. NULL: the defaults
 *   sweep   NULL: the defaults
 * A sweep that diverges is no error. Errors: as for clmlp_train, but for CLMLP_DIVERGED; the result is then empty. */
CLMLP_API clmlp_status clmlp_find_rate(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *train,
                                       const clmlp_train_config *config, const clmlp_find_rate_config *sweep,
                                       clmlp_find_rate_result *result, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
