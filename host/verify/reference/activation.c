/* activation.c - reference of the hidden activations: g and g', each element with its bound.
 *
 * In plain double. Bounds use the ulps that the OpenCL specification allows, and u for sums and products.
 */
#include <float.h>
#include <stdbool.h>

#include "base/parallel.h"
#include "base/random.h"
#include "base/vector.h"
#include "common/codes.h"
#include "verify/reference/elementwise.h"
#include "verify/reference/smooth.h"

/* What is done to each element on its own: a = g(z), or delta = back o g'. */
typedef struct elements {
    const clmlp_arithmetic *arithmetic;
    clmlp_activation g;
    clmlp_pair z, a, back, delta;
    double rest; /* of a, that g' comes from: 1 - p */
} elements;

/* |tanh(z + b) - tanh(z)| <= (1 - tanh^2)(e^2b - 1) / 2, as |tanh''| <= 2 tanh'. */
static double hyperbolic(const clmlp_arithmetic *arithmetic, double z, double b, double *bound)
{
    const double t = tanh(z), shift = b > 0.0 ? clmlp_smaller((1.0 - t * t) * clmlp_growth(2.0 * b) / 2.0, 2.0) : 0.0;
    const double rounding = clmlp_ulps(arithmetic, CLMLP_TANH_ULP, clmlp_smaller(fabs(t) + shift, 1.0));
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + arithmetic->least;
    return t;
}

double clmlp_reference_copy(const clmlp_arithmetic *arithmetic, double z, double shift, double *bound)
{
    const bool subnormal = fabs(z) - shift < arithmetic->least && (z != 0.0 || shift > 0.0);
    *bound = shift + (subnormal ? arithmetic->least : 0.0);
    return z;
}

static double rectify(const clmlp_arithmetic *arithmetic, double z, double b, double *bound)
{
    if (z < 0.0) {
        *bound = z + b > 0.0 ? z + b : 0.0;
        return 0.0;
    }
    return clmlp_reference_copy(arithmetic, z, b, bound);
}

/* z / (1 + e^-z). The product with z of a sigmoid that underflows is off by |z| times as much. |a(z + b) - a(z)| <=
 * |g'(z)| b + b^2 / 4, as |g''| <= 1/2. */
static double swish(const clmlp_arithmetic *arithmetic, double z, double b, double *bound)
{
    const double e = exp(-fabs(z)), large = 1.0 / (1.0 + e), small = e / (1.0 + e);
    const double s = z < 0.0 ? small : large, a = z * s, shift = fabs(s + a * (1.0 - s)) * b + b * b / 4.0;
    const double most = fabs(a) + shift, size = fabs(z) + b;
    const double rounding = 2.0 * CLMLP_EXP_ULP * arithmetic->u * (fabs(a) * (1.0 - s) + shift) +
                            arithmetic->u * most + clmlp_ulps(arithmetic, arithmetic->divide, most);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + (1.0 + size) * arithmetic->least;
    return z == z ? a : z;
}

/* gelu, gelu-tanh, mish, softplus. A factor that underflows is off by the other times as much. */
static double smooth(const clmlp_arithmetic *arithmetic, clmlp_activation g, double z, double b, double *bound)
{
    const clmlp_smooth at = clmlp_smooth_at(g, z);
    const double shift = fabs(at.slope) * b + at.curvature / 2.0 * b * b;
    const double rounding = arithmetic->u * (at.of_value + at.steepness * b);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + (2.0 + fabs(z) + b) * arithmetic->least;
    return z == z ? at.value : z;
}

/* What elu, selu and leaky-relu are made of: `above` z for z > 0; else `below` z, or `below` (e^z - 1). The three have
 * their steepest slope at 0: below, or on the side that is steeper. */
typedef struct bent {
    double above, below;
    bool is_line;        /* below 0 */
    double constants[2]; /* unit roundoffs for a constant that is rounded and its product: above, below */
} bent;

static bent bent_of(clmlp_activation g)
{
    switch (g) {
    case CLMLP_SELU: return (bent){SELU_SCALE, SELU_BELOW, false, {2.0, 2.0}};
    case CLMLP_ELU: return (bent){1.0, 1.0, false, {0.0, 0.0}};
    case CLMLP_LEAKY_RELU: return (bent){1.0, LEAKY_SLOPE, true, {0.0, 2.0}};
    case CLMLP_SIGMOID:
    case CLMLP_TANH:
    case CLMLP_RELU:
    case CLMLP_LINEAR:
    case CLMLP_STEP:
    case CLMLP_SWISH:
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS:
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (bent){(double)NAN, (double)NAN, false, {(double)NAN, (double)NAN}};
}

/* Where z may be on either side, the larger slope and the larger count hold. */
static double bend(const clmlp_arithmetic *arithmetic, clmlp_activation g, double z, double b, double *bound)
{
    const bent part = bent_of(g);
    const double u = arithmetic->u, steepest = part.above > part.below ? part.above : part.below;
    const double minus = part.is_line ? z : expm1(z), a = z > 0.0 ? part.above * z : part.below * minus;
    const double curve = part.is_line ? b : clmlp_smaller(exp(z) * (b > 0.0 ? clmlp_growth(b) : 0.0), b);
    const double shift = z > b ? part.above * b : z + b <= 0.0 ? part.below * curve : steepest * b;
    const double of_minus = part.is_line ? 0.0 : 2.0 * CLMLP_EXPM1_ULP;
    const double count = z > b ? part.constants[0] : of_minus + part.constants[1];
    const double rounding = u * count * (fabs(a) + shift);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + 2.0 * arithmetic->least;
    return z == z ? a : z;
}

static void activate_sigmoid(size_t piece, size_t begin, size_t end, void *context)
{
    const elements *const e = context;
    const clmlp_pair z = {e->z.value + begin, e->z.bound != NULL ? e->z.bound + begin : NULL};
    (void)piece;
    clmlp_reference_sigmoids(e->arithmetic, end - begin, z, (clmlp_pair){e->a.value + begin, e->a.bound + begin});
}

static void activate_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const elements *e = context;
    const clmlp_arithmetic *arithmetic = e->arithmetic;
    const clmlp_pair z = e->z, a = e->a;
    (void)piece;
    for (size_t i = begin; i < end; i++) {
        const double b = clmlp_bound_at(z, i), value = z.value[i];
        switch (e->g) {
        case CLMLP_TANH: a.value[i] = hyperbolic(arithmetic, value, b, &a.bound[i]); break;
        case CLMLP_RELU: a.value[i] = rectify(arithmetic, value, b, &a.bound[i]); break;
        case CLMLP_STEP:
            a.value[i] = value > 0.0 ? 1.0 : 0.0;
            a.bound[i] = b > 0.0 && fabs(value) <= b ? 1.0 : 0.0;
            break;
        case CLMLP_LINEAR: a.value[i] = clmlp_reference_copy(arithmetic, value, b, &a.bound[i]); break;
        case CLMLP_SWISH: a.value[i] = swish(arithmetic, value, b, &a.bound[i]); break;
        case CLMLP_SELU:
        case CLMLP_LEAKY_RELU:
        case CLMLP_ELU: a.value[i] = bend(arithmetic, e->g, value, b, &a.bound[i]); break;
        case CLMLP_MISH:
        case CLMLP_GELU:
        case CLMLP_GELU_TANH:
        case CLMLP_SOFTPLUS: a.value[i] = smooth(arithmetic, e->g, value, b, &a.bound[i]); break;
        case CLMLP_SIGMOID: /* all at once */
        case CLMLP_ACTIVATION_COUNT: a.value[i] = a.bound[i] = (double)NAN; break;
        }
        if (isinf(b)) a.bound[i] = (double)INFINITY; /* z may be a NaN, and so may a, however tame g is */
    }
}

void clmlp_reference_activation(const clmlp_arithmetic *arithmetic, clmlp_activation g, size_t count, clmlp_pair z,
                                clmlp_pair a)
{
    elements e = {.arithmetic = arithmetic, .g = g, .z = z, .a = a};
    (void)clmlp_parallel(count, CLMLP_LEAST_FUNCTIONS, g == CLMLP_SIGMOID ? activate_sigmoid : activate_piece, &e);
}

/* s (1 + z (1 - s)) of swish, s = sigmoid(z), from z that is off by b: |g''| <= 1/2. Each factor's rounding counts with
 * the most that the others may be. */
static double swish_slope(const clmlp_arithmetic *arithmetic, double z, double b, double *bound)
{
    const double u = arithmetic->u, e = exp(-fabs(z)), large = 1.0 / (1.0 + e), small = e / (1.0 + e);
    const double s = z < 0.0 ? small : large, q = z < 0.0 ? large : small, slope = s * (1.0 + z * q);
    const double shift = b / 2.0, growing = clmlp_smaller(s * q * (b > 0.0 ? clmlp_growth(b) : 0.0), 1.0);
    const double S = clmlp_smaller(s + growing, 1.0), Q = clmlp_smaller(q + growing, 1.0), size = fabs(z) + b;
    const double of_s =
        2.0 * CLMLP_EXP_ULP * u * (s * q + growing) + u * S + clmlp_ulps(arithmetic, arithmetic->divide, S);
    const double of_q = of_s + u * Q, of_product = size * of_q + u * size * Q;
    const double sum = clmlp_smaller(fabs(1.0 + z * q) + size * growing + b * Q, 1.0 + size * Q);
    const double of_sum = of_product + u * (sum + of_product);
    const double rounding = S * of_sum + sum * of_s + u * (fabs(slope) + shift);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + (1.0 + size) * arithmetic->least;
    return z == z ? slope : z;
}

static double smooth_slope(const clmlp_arithmetic *arithmetic, clmlp_activation g, double z, double b, double *bound)
{
    const clmlp_smooth at = clmlp_smooth_at(g, z);
    const double rounding = arithmetic->u * (at.of_slope + at.steepness * b);
    *bound = at.curvature * b + rounding * arithmetic->own * arithmetic->slack +
             (2.0 + clmlp_smooth_factor(g, fabs(z) + b)) * arithmetic->least;
    return z == z ? at.slope : z;
}

/* Of elu, selu and leaky-relu, from a that is off by b: where a may be on either side, g' is off by the jump as well.
 * Rounded are constants, but for those that are 1, and below 0 the sum. */
static double bend_slope(const clmlp_arithmetic *arithmetic, clmlp_activation g, double a, double b, double *bound)
{
    const bent part = bent_of(g);
    const bool crosses = b > 0.0 && fabs(a) <= b;
    const double below = part.is_line ? part.below : a + part.below, slope = a > 0.0 ? part.above : below;
    const double shift = (part.is_line || a > b ? 0.0 : b) + (crosses ? fabs(part.above - part.below) : 0.0);
    const double of_above = part.constants[0] > 0.0 ? part.above : 0.0;
    const double of_below =
        (part.constants[1] > 0.0 ? part.below : 0.0) + (part.is_line ? 0.0 : fabs(slope) + shift);
    const double most = of_above > of_below ? of_above : of_below;
    const double rounding = arithmetic->u * (a > b ? of_above : a + b <= 0.0 ? of_below : most);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack;
    return a == a ? slope : a;
}

/* 1 - e^-a of softplus, from a that is off by b. */
static double softplus_slope(const clmlp_arithmetic *arithmetic, double a, double b, double *bound)
{
    const double slope = -expm1(-a), shift = b > 0.0 ? clmlp_smaller(exp(-a) * clmlp_growth(b), b) : 0.0;
    const double rounding = 2.0 * CLMLP_EXPM1_ULP * arithmetic->u * (fabs(slope) + shift);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + arithmetic->least;
    return slope;
}

/* g' from a, which is off by b, or from z, which is off by z_bound. */
static double derivative(const clmlp_arithmetic *arithmetic, clmlp_activation g, double z, double z_bound, double a,
                         double b, double *bound)
{
    const double u = arithmetic->u;
    double slope = (double)NAN, shift = 0.0, rounding = 0.0;
    switch (g) {
    case CLMLP_SIGMOID:
        slope = a * (1.0 - a);
        shift = fabs(1.0 - 2.0 * a) * b + b * b;
        /* 1 - a: exact from 1/2 to 1 (Sterbenz), below by half an ulp of numbers under 1 */
        rounding = (a >= 0.5 && a <= 1.0 ? 0.0 : a >= 0.0 && a < 0.5 ? 0.5 * u * a : u * fabs(slope)) +
                   u * (fabs(slope) + shift) + u * b;
        break;
    case CLMLP_TANH:
        slope = 1.0 - a * a;
        shift = 2.0 * fabs(a) * b + b * b;
        rounding = u * (a * a + shift);
        rounding += clmlp_half_ulp(arithmetic, fabs(slope) + shift + rounding);
        break;
    case CLMLP_RELU:
        slope = a > 0.0 ? 1.0 : 0.0;
        shift = b > 0.0 && (a > 0.0 ? a - b <= 0.0 : a + b > 0.0) ? 1.0 : 0.0;
        break;
    case CLMLP_LINEAR: slope = 1.0; break;
    case CLMLP_STEP: slope = 0.0; break;
    case CLMLP_SWISH: return swish_slope(arithmetic, z, z_bound, bound);
    case CLMLP_SELU:
    case CLMLP_LEAKY_RELU:
    case CLMLP_ELU: return bend_slope(arithmetic, g, a, b, bound);
    case CLMLP_SOFTPLUS: return softplus_slope(arithmetic, a, b, bound);
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH: return smooth_slope(arithmetic, g, z, z_bound, bound);
    case CLMLP_ACTIVATION_COUNT: break;
    }
    *bound = shift + rounding * arithmetic->own * arithmetic->slack;
    return slope;
}

/* Whether g' is 0 or 1, so that a product with it is exact. */
static bool is_0_or_1(clmlp_activation g)
{
    switch (g) {
    case CLMLP_RELU:
    case CLMLP_LINEAR:
    case CLMLP_STEP: return true;
    case CLMLP_SIGMOID:
    case CLMLP_TANH:
    case CLMLP_SWISH:
    case CLMLP_SELU:
    case CLMLP_MISH:
    case CLMLP_LEAKY_RELU:
    case CLMLP_ELU:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS:
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return false;
}

enum { BLOCK = 256 }; /* elements: their slopes stay in the level 1 cache */

/* g' of elements at .. at + count - 1, and how far each is off. */
static void take_slopes(const elements *e, size_t at, size_t count, double *slope, double *off)
{
    const clmlp_pair z = e->z, a = e->a;
    for (size_t i = 0; i < count; i++) {
        const double z_value = z.value != NULL ? z.value[at + i] : (double)NAN;
        double a_value = a.value[at + i], a_bound = clmlp_bound_at(a, at + i);
        if (e->rest != 1.0) {
            a_bound = clmlp_times_constant(e->arithmetic, e->rest, a_value, a_bound);
            a_value *= e->rest;
        }
        slope[i] =
            derivative(e->arithmetic, e->g, z_value, clmlp_bound_at(z, at + i), a_value, a_bound, &off[i]);
    }
}

/* The same of sigmoid, from exact a. Written so that compilers see that there is nothing to branch on. */
CLMLP_WIDE static void take_sigmoid_slopes(const elements *e, size_t at, size_t count, double *slope, double *off)
{
    const double u = e->arithmetic->u, own = e->arithmetic->own, slack = e->arithmetic->slack;
    const double *const a = e->a.value + at;
    double half[BLOCK];
    for (size_t i = 0; i < count; i++) {
        slope[i] = a[i] * (1.0 - a[i]);
        off[i] = u * fabs(slope[i]);
        half[i] = 0.5 * u * a[i];
    }
    for (size_t i = 0; i < count; i++) { /* what 1 - a takes */
        const double above = a[i] <= 1.0 ? 0.0 : off[i], below = a[i] >= 0.0 ? half[i] : off[i];
        half[i] = a[i] >= 0.5 ? above : below;
    }
    /* an infinite a has a NaN for a bound: it is compared, and not excused */
    for (size_t i = 0; i < count; i++) off[i] = (half[i] + off[i]) * own * slack + 0.0 * slope[i];
}

/* back o g', of elements at .. at + count - 1. */
CLMLP_WIDE static void multiply_slopes(const elements *e, size_t at, size_t count, const double *slope,
                                       const double *off)
{
    const clmlp_arithmetic *const arithmetic = e->arithmetic;
    const bool exact = is_0_or_1(e->g);
    const double u = arithmetic->u, slack = arithmetic->slack, own = arithmetic->own;
    const double least = arithmetic->least, *const back = e->back.value + at;
    double *const delta = e->delta.value + at, *const bound = e->delta.bound + at;
    double sum_bound[BLOCK];
    for (size_t i = 0; i < count; i++) sum_bound[i] = clmlp_bound_at(e->back, at + i);
    for (size_t i = 0; i < count; i++) {
        const double sum = back[i], b = sum_bound[i], value = sum * slope[i];
        const double carried = fabs(slope[i]) * b + fabs(sum) * off[i] + b * off[i];
        const double rounding = exact ? 0.0 : u * (fabs(value) + carried) * own;
        delta[i] = value;
        bound[i] = carried * slack + rounding + least;
    }
    /* of a sum of which nothing is known */
    for (size_t i = 0; i < count; i++) bound[i] = sum_bound[i] <= DBL_MAX ? bound[i] : sum_bound[i];
}

static void derive_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const elements *const e = context;
    const bool is_plain = e->g == CLMLP_SIGMOID && e->a.bound == NULL && e->rest == 1.0;
    double slope[BLOCK], off[BLOCK];
    (void)piece;
    for (size_t at = begin; at < end; at += BLOCK) {
        const size_t count = end - at < BLOCK ? end - at : BLOCK;
        (is_plain ? take_sigmoid_slopes : take_slopes)(e, at, count, slope, off);
        multiply_slopes(e, at, count, slope, off);
    }
}

void clmlp_reference_derivative(const clmlp_arithmetic *arithmetic, clmlp_activation g, size_t count, clmlp_pair z,
                                clmlp_pair a, double p, clmlp_pair back, clmlp_pair delta)
{
    elements e = {.arithmetic = arithmetic, .g = g, .z = z, .a = a, .back = back, .delta = delta, .rest = 1.0 - p};
    (void)clmlp_parallel(count, CLMLP_LEAST_FUNCTIONS, derive_piece, &e);
}

/* --- dropout ------------------------------------------------------------------------------------------------------ */

typedef struct dropped {
    const clmlp_arithmetic *arithmetic;
    const clmlp_dropout *dropout;
    size_t s;
    clmlp_pair values; /* [M x s] */
} dropped;

/* A row: 0 is exact; the rest is a product with a constant. */
static void drop_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const dropped *d = context;
    const double scale = 1.0 / (1.0 - d->dropout->p);
    const uint32_t threshold = clmlp_random_threshold(d->dropout->p);
    uint32_t words[4] = {0};
    (void)piece;
    for (size_t i = begin * d->s; i < end * d->s; i++) {
        const size_t r = i / d->s, j = i % d->s;
        if (j % 4 == 0) {
            clmlp_random_units(d->dropout->seed, d->dropout->step, d->dropout->layer,
                               d->dropout->first + (uint32_t)r, (uint32_t)(j / 4), words);
        }
        double *const value = &d->values.value[i], *const bound = &d->values.bound[i];
        const bool kept = words[j % 4] >= threshold;
        *bound = kept ? clmlp_times_constant(d->arithmetic, scale, *value, *bound) : 0.0;
        *value = kept ? *value * scale : 0.0;
    }
}

void clmlp_reference_drop(const clmlp_arithmetic *arithmetic, const clmlp_dropout *dropout, size_t M, size_t s,
                          clmlp_pair values)
{
    dropped d = {.arithmetic = arithmetic, .dropout = dropout, .s = s, .values = values};
    if (dropout->p > 0.0) (void)clmlp_parallel(M, CLMLP_LEAST_FUNCTIONS / s + 1, drop_piece, &d);
}
