/* smooth.c - gelu, gelu-tanh, mish and softplus: g and g' in plain double, and what rounding can do to them.
 *
 * Every count is of unit roundoffs u, one ulp being at most two. Derivations: docs/verification.md.
 */
#include "verify/reference/smooth.h"

#include <math.h>

#include "common/codes.h"

/* The steepest of all counts is gelu's of g: 37.3, near z = 1.5. */
static const double STEEPNESS = 38.0;

/* erfc(x), x = -z sqrt(1/2) off by 2u: that is 2u |z| phi; erfc itself 32u. The exponent z^2 / 2 is off by u, exp by
 * 6u; two products and the constant by u each. */
static clmlp_smooth gelu(double z)
{
    const double below = 0.5 * erfc(-ROOT_HALF * z), phi = GAUSS_PEAK * exp(-0.5 * (z * z)), size = fabs(z);
    const double phi_moves = phi > 0.0 ? size * phi : 0.0; /* z may be larger than phi is small */
    const double square = phi > 0.0 ? z * z : 0.0, value = z * below, slope = below + z * phi;
    return (clmlp_smooth){.value = value, .slope = slope, .curvature = 0.8, .steepness = STEEPNESS,
                          .of_value = 2.0 * size * phi_moves + 33.0 * fabs(value),
                          .of_slope = 2.0 * phi_moves + 32.0 * below + (9.0 + square / 2.0) * phi_moves + fabs(slope)};
}

/* z s, s = sigmoid(y), y = R z (1 + c z^2): y is off by 7u, s by |y| (1 - s) of that, and by 13u itself: exp 6u, a sum,
 * a quotient, a product. So is 1 - s. z (1 - s) y' adds 8u to that, a sum and a product u each. */
static clmlp_smooth gelu_tanh(double any)
{
    const double z = any > GELU_FLAT ? GELU_FLAT : any < -GELU_FLAT ? -GELU_FLAT : any;
    const double y = GELU_RISE * z * (1.0 + GELU_CUBE * z * z), rise = GELU_RISE * (1.0 + GELU_CUBE_SLOPE * z * z);
    const double e = exp(-fabs(y)), large = 1.0 / (1.0 + e), small = e * large;
    const double s = z < 0.0 ? small : large, rest = z < 0.0 ? large : small, size = fabs(y);
    const double value = any * s, w = z * rest * rise, slope = s * (1.0 + w);
    const double of_s = 13.0 + 7.0 * rest * size, of_w = fabs(w) * (21.0 + 7.0 * s * size);
    return (clmlp_smooth){.value = value, .slope = slope, .curvature = 0.8, .steepness = STEEPNESS,
                          .of_value = fabs(value) * (of_s + 1.0),
                          .of_slope = s * (of_w + fabs(1.0 + w)) + fabs(slope) * of_s + fabs(slope)};
}

/* z t, t = n / d = tanh(softplus(z)). exp is off by 6u, as if z were by as much, and |d log t / dz| <= 1; n by 2u, d by
 * 3u, the quotient by 5u. v = (1 - t^2) sigmoid(z) moves twice as fast, and has 15u of its own. */
static clmlp_smooth mish(double z)
{
    const double e = exp(-fabs(z)), n = z < 0.0 ? e * (e + 2.0) : 1.0 + 2.0 * e;
    const double d = z < 0.0 ? n + 2.0 : n + 2.0 * e * e, t = n / d;
    const double zv = z * (4.0 * (z < 0.0 ? 1.0 : e) * e * (1.0 + e) / (d * d)), value = z * t, slope = t + zv;
    return (clmlp_smooth){.value = value, .slope = slope, .curvature = 0.65, .steepness = STEEPNESS,
                          .of_value = 17.0 * fabs(value), .of_slope = 16.0 * t + 28.0 * fabs(zv) + fabs(slope)};
}

/* max(z, 0) + log1p(e): e is off by 6u and log1p by 4u, both relative to it, as log(1 + e) >= e / (1 + e); a sum. */
static clmlp_smooth softplus(double z)
{
    const double e = exp(-fabs(z)), tail = log1p(e), value = (z > 0.0 ? z : 0.0) + tail;
    return (clmlp_smooth){.value = value, .slope = (z < 0.0 ? e : 1.0) / (1.0 + e), .curvature = 0.25,
                          .steepness = STEEPNESS, .of_value = 10.0 * tail + value};
}

clmlp_smooth clmlp_smooth_at(clmlp_activation g, double z)
{
    const double none = (double)NAN;
    switch (g) {
    case CLMLP_MISH: return mish(z);
    case CLMLP_GELU: return gelu(z);
    case CLMLP_GELU_TANH: return gelu_tanh(z);
    case CLMLP_SOFTPLUS: return softplus(z);
    case CLMLP_SIGMOID:
    case CLMLP_TANH:
    case CLMLP_RELU:
    case CLMLP_LINEAR:
    case CLMLP_STEP:
    case CLMLP_SWISH:
    case CLMLP_SELU:
    case CLMLP_LEAKY_RELU:
    case CLMLP_ELU:
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (clmlp_smooth){none, none, none, none, none, none};
}

/* gelu-tanh's s is multiplied by 1 + z (1 - s) y', all others by 1 or z. */
double clmlp_smooth_factor(clmlp_activation g, double size)
{
    const double z = size < GELU_FLAT ? size : GELU_FLAT;
    return g == CLMLP_GELU_TANH ? GELU_RISE * z * (1.0 + GELU_CUBE_SLOPE * z * z) : size;
}
