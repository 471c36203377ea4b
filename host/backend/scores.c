/* scores.c - what a device says of its batches, checked for what is possible. */
#include <math.h>

#include "backend/backend.h"

/* 2 parts more than the 6 u by which exp(0), the first term of a softmax's sum, may be too small; twice. */
static const double COST_SLACK = 16.0;

static const char *name_of(const clmlp_backend *backend)
{
    return backend->name != NULL ? backend->name : "the device";
}

static clmlp_status check_right(const clmlp_backend *backend, double right, size_t most, const char *what,
                                clmlp_error *error)
{
    if (right >= 0.0 && right <= (double)most && right == floor(right)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: %.10g right predictions of %zu examples in %s, which cannot "
                      "be: the device computes or transfers wrongly", name_of(backend), backend->ops->engine, right,
                      most, what);
}

clmlp_status clmlp_scores_take(clmlp_backend *backend, const clmlp_score_limits *limits, size_t first, size_t count,
                               clmlp_batch_score *scores, clmlp_error *error)
{
    const double u = backend->precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24, least = -COST_SLACK * u * limits->weight;
    double rights = 0.0;
    TRY(backend->ops->scores_read(backend, first, count, scores, error));
    for (size_t i = 0; i < count; i++) {
        TRY(check_right(backend, scores[i].right, limits->rows, "a batch", error));
        rights += scores[i].right;
        if (scores[i].cost < least) { /* a NaN is what divergence may leave */
            return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: a cost of %g of a batch, which cannot be below 0: "
                              "the device computes or transfers wrongly", name_of(backend), backend->ops->engine,
                              scores[i].cost);
        }
    }
    return check_right(backend, rights, limits->total, "the data", error);
}

clmlp_status clmlp_sums_take(clmlp_backend *backend, size_t first, size_t count, unsigned squares, double *sums,
                             clmlp_error *error)
{
    TRY(backend->ops->sums_read(backend, first, count, sums, error));
    for (size_t i = 0; i < count; i++) {
        if ((squares >> i & 1u) == 0 || !(sums[i] < 0.0)) continue;
        return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: a sum of squares of %g, which cannot be below 0: the "
                          "device computes or transfers wrongly", name_of(backend), backend->ops->engine, sums[i]);
    }
    return CLMLP_OK;
}
