/* cost_range.c - what the cost of a batch can be, by the device's own outputs. */
#include "train/score/cost_range.h"

#include <math.h>

static double greater(double a, double b)
{
    return a > b ? a : b;
}

static const clmlp_cost_range ANYTHING = {-HUGE_VAL, HUGE_VAL};

/* Numbers of the precision. Bounds are doubled: for second order, and for the host's own rounding. */
typedef struct rounding {
    double u, least, sums; /* sums: what adding up takes or gives, relative; also the host's own, in double */
    double share;          /* relative error of a softmax's output that is 1 */
} rounding;

static rounding rounding_of(clmlp_precision precision, size_t M, size_t K)
{
    const bool wide = precision == CLMLP_F64;
    const double u = wide ? 0x1p-53 : 0x1p-24, least = wide ? 0x1p-1022 : 0x1p-126, k = (double)K, m = (double)M;
    const double chain = (m / 64.0 + 64.0) * u; /* of sums with twice the precision */
    return (rounding){.u = u, .least = least, .sums = 2.0 * ((k + 4.0) * u + m * (k + 1.0) * 0x1p-53 + chain * chain),
                      .share = 2.0 * (k + log(k) + 20.0) * u};
}

/* factor times a range; 0 times anything is 0. */
static clmlp_cost_range times(double factor, clmlp_cost_range range)
{
    if (factor == 0.0) return (clmlp_cost_range){0.0, 0.0};
    if (factor > 0.0) return (clmlp_cost_range){factor * range.low, factor * range.high};
    return (clmlp_cost_range){factor * range.high, factor * range.low};
}

/* -log p and -log(1 - p), where p may be off by a part of it and by least. */
static clmlp_cost_range log_of(double p, double part, double least)
{
    const double low = p / (1.0 + part) - least, high = p / (1.0 - part) + least;
    return (clmlp_cost_range){high < 1.0 ? -log(high) : 0.0, low > 0.0 ? -log(low) : HUGE_VAL};
}

static clmlp_cost_range log_of_rest(double p, double part, double least)
{
    const double low = p / (1.0 + part) - least, high = p / (1.0 - part) + least;
    return (clmlp_cost_range){low > 0.0 ? -log1p(-low) : 0.0, high < 1.0 ? -log1p(-high) : HUGE_VAL};
}

/* h is off by 12 u of it; the cost by as much, and where y is neither 0 nor 1, by u |z y| and u |z (1 - y)| as well. No
 * |z| is more than the larger of both logarithms. */
static clmlp_cost_range of_sigmoid(const rounding *r, double h, double y)
{
    const double part = 24.0 * r->u;
    const clmlp_cost_range one = log_of(h, part, 2.0 * r->least), rest = log_of_rest(h, part, 2.0 * r->least);
    const clmlp_cost_range a = times(y, one), b = times(1.0 - y, rest);
    const double low = a.low + b.low, high = a.high + b.high, z = greater(one.high, rest.high);
    if (y == 0.0 || y == 1.0) return (clmlp_cost_range){low * (1.0 - part), high * (1.0 + part) + 2.0 * r->least};
    if (isinf(z)) return ANYTHING;
    const double off = part * (1.0 + 2.0 * fabs(y)) * z + 2.0 * r->least * (1.0 + z);
    return (clmlp_cost_range){low - off, high + off};
}

/* With C = -log h, a part (K + log K + 17) u + C u of h, and of the cost the part of its sum and 10 u C. */
static clmlp_cost_range of_softmax(const rounding *r, double h, double y)
{
    const bool lost = h < 4.0 * r->least; /* subnormal numbers may be taken for 0 */
    const double C = -log(lost ? 8.0 * r->least : h), off = 2.0 * r->share * (1.0 + C);
    if (y == 0.0) return (clmlp_cost_range){0.0, 0.0};
    if (!(off < 0.125 * (1.0 + C))) return ANYTHING;
    return times(y, (clmlp_cost_range){C - off, lost ? HUGE_VAL : C + off + r->least});
}

/* h is z, but for numbers below least. */
static clmlp_cost_range of_linear(const rounding *r, double h, double y)
{
    const double d = h - y, off = 8.0 * r->u * (d * d) + 8.0 * r->least * (1.0 + fabs(d));
    return (clmlp_cost_range){d * d / 2.0 - off, d * d / 2.0 + off};
}

static clmlp_cost_range of_output(const rounding *r, clmlp_output output, double h, double y)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return of_sigmoid(r, h, y);
    case CLMLP_OUTPUT_SOFTMAX: return of_softmax(r, h, y);
    case CLMLP_OUTPUT_LINEAR: return of_linear(r, h, y);
    case CLMLP_OUTPUT_COUNT: break;
    }
    return ANYTHING;
}

clmlp_cost_range clmlp_cost_range_of(clmlp_output output, clmlp_precision precision, size_t M, size_t K,
                                     const double *h, const void *y)
{
    const rounding r = rounding_of(precision, M, K);
    clmlp_cost_range sum = {0.0, 0.0};
    for (size_t i = 0; i < M * K; i++) {
        const double target = precision == CLMLP_F64 ? ((const double *)y)[i] : (double)((const float *)y)[i];
        if (!isfinite(h[i])) return ANYTHING;
        const clmlp_cost_range own = of_output(&r, output, h[i], target);
        sum.low += own.low - r.sums * fabs(own.low);
        sum.high += own.high + r.sums * fabs(own.high);
    }
    if (isnan(sum.low) || isnan(sum.high)) return ANYTHING; /* infinities of both signs */
    return sum;
}

clmlp_status clmlp_cost_ranges_check(const clmlp_backend *backend, const clmlp_cost_range *ranges,
                                     const clmlp_batch_score *scores, size_t count, clmlp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const double cost = scores[i].cost;
        if (!isfinite(cost) || (cost >= ranges[i].low && cost <= ranges[i].high)) continue;
        return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: a batch costs %.9g, its outputs say %.9g to %.9g: the "
                          "device computes or transfers wrongly",
                          backend->name != NULL ? backend->name : "the device", backend->ops->engine, cost,
                          ranges[i].low, ranges[i].high);
    }
    return CLMLP_OK;
}
