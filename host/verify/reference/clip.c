/* clip.c - the reference of clipping, with bounds: the norm of all gradients, the factor made of it, the product. */
#include <math.h>

#include "verify/reference/elementwise.h"

void clmlp_reference_add_layer(clmlp_reference_norm *norm, size_t count, clmlp_pair gradient)
{
    norm->layers++;
    norm->count += (double)count;
    for (size_t i = 0; i < count; i++) {
        const double b = clmlp_bound_at(gradient, i);
        norm->squares += gradient.value[i] * gradient.value[i];
        norm->bounds += b * b;
    }
}

/* How far off the sum of squares may be, as a part of it: its terms, which are not negative, are rounded, and added
 * with twice the precision (Ogita, Rump and Oishi, "Accurate sum and dot product", 2005, prop. 4.5: u + gamma_n^2).
 * A chain of an OpenCL device has a 64th of the terms, and those that add up its items and groups. */
static double error_of_squares(const clmlp_arithmetic *arithmetic, const clmlp_reference_norm *norm)
{
    const double u = arithmetic->u, all = norm->count, part = all / 64.0 + 64.0 + (double)norm->layers;
    const double chain = u > CLMLP_REFERENCE_U && part < all ? part : all, gamma = clmlp_gamma(chain, u);
    return 3.0 * u + gamma * gamma + clmlp_gamma(all + 1.0, CLMLP_REFERENCE_U);
}

/* limit / (norm + margin), off by `relative` of it, and at most 1, which is exact. */
static double at_most_one(double limit, double norm, double relative)
{
    const double factor = limit / (norm + CLMLP_CLIP_MARGIN) * (1.0 + relative);
    return factor < 1.0 ? factor : 1.0;
}

clmlp_reference_factor clmlp_reference_clip_factor(const clmlp_arithmetic *arithmetic, const clmlp_reference_norm *norm,
                                                   double limit)
{
    const double infinite = (double)INFINITY, u = arithmetic->u;
    if (!isfinite(norm->squares)) return (clmlp_reference_factor){(double)NAN, infinite};
    const double underflow = norm->count * arithmetic->least, shift = sqrt(norm->bounds);
    const double least = sqrt(fmax(norm->squares - underflow, 0.0)) - shift;
    const double most = sqrt(norm->squares + underflow) + shift, value = at_most_one(limit, sqrt(norm->squares), 0.0);
    /* the sum counts half, as its root is taken; then 3 ulps of the root, limit, margin and sum, and the quotient */
    const double relative = (0.5 * error_of_squares(arithmetic, norm) + 6.0 * u + 3.0 * u +
                             2.0 * u * arithmetic->divide) * arithmetic->own * arithmetic->slack * (1.0 + 0x1p-10);
    const double low = at_most_one(limit, most, -relative), high = at_most_one(limit, fmax(least, 0.0), relative);
    const bool overflows = !(most * most * (1.0 + relative) < 0.9 * arithmetic->largest);
    return (clmlp_reference_factor){value, overflows ? infinite : fmax(value - low, high - value)};
}

void clmlp_reference_clip(const clmlp_arithmetic *arithmetic, size_t count, clmlp_reference_factor factor,
                          clmlp_pair gradient, clmlp_pair clipped)
{
    const double rounding = arithmetic->u * arithmetic->own * arithmetic->slack;
    for (size_t i = 0; i < count; i++) {
        const double b = clmlp_bound_at(gradient, i), size = fabs(gradient.value[i]) + b;
        const double off = size * factor.bound + factor.value * b, value = factor.value * gradient.value[i];
        const double rounds = factor.value < 1.0 || factor.bound > 0.0 ? rounding * (fabs(value) + off) : 0.0;
        clipped.value[i] = value;
        clipped.bound[i] = isinf(factor.bound) ? factor.bound : off * arithmetic->slack + rounds + arithmetic->least;
    }
}
