/* unit.c - a hidden unit of the gradient check: g, g', and how far off they may be.
 *
 * In double, and without code of a backend. What a backend and the point may be off by counts both sides' roundings.
 */
#include "verify/gradcheck/unit.h"

#include <math.h>

#include "common/codes.h"
#include "verify/reference/arithmetic.h"
#include "verify/reference/smooth.h"

#define V CLMLP_REFERENCE_U

double clmlp_unit_value(clmlp_activation g, double z)
{
    switch (g) {
    case CLMLP_SIGMOID: return 1.0 / (1.0 + exp(-z));
    case CLMLP_TANH: return tanh(z);
    case CLMLP_RELU: return z > 0.0 ? z : 0.0;
    case CLMLP_LINEAR: return z;
    case CLMLP_STEP: return z > 0.0 ? 1.0 : 0.0;
    case CLMLP_SWISH: return z / (1.0 + exp(-z));
    case CLMLP_SELU: return z > 0.0 ? SELU_SCALE * z : SELU_BELOW * expm1(z);
    case CLMLP_LEAKY_RELU: return z > 0.0 ? z : LEAKY_SLOPE * z;
    case CLMLP_ELU: return z > 0.0 ? z : expm1(z);
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS: return clmlp_smooth_at(g, z).value;
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}

static double swish_slope(double z)
{
    const double s = 1.0 / (1.0 + exp(-z));
    return s * (1.0 + z * (1.0 - s));
}

double clmlp_unit_slope(clmlp_activation g, double z, double a)
{
    switch (g) {
    case CLMLP_SIGMOID: return a * (1.0 - a);
    case CLMLP_TANH: return 1.0 - a * a;
    case CLMLP_RELU: return z > 0.0 ? 1.0 : 0.0;
    case CLMLP_LINEAR: return 1.0;
    case CLMLP_STEP: return 0.0;
    case CLMLP_SWISH: return swish_slope(z);
    case CLMLP_SELU: return z > 0.0 ? SELU_SCALE : a + SELU_BELOW;
    case CLMLP_LEAKY_RELU: return z > 0.0 ? 1.0 : LEAKY_SLOPE;
    case CLMLP_ELU: return z > 0.0 ? 1.0 : a + 1.0;
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS: return clmlp_smooth_at(g, z).slope;
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}

bool clmlp_has_kink(clmlp_activation g)
{
    switch (g) {
    case CLMLP_RELU:
    case CLMLP_SELU:
    case CLMLP_LEAKY_RELU:
    case CLMLP_ELU: return true;
    case CLMLP_SIGMOID:
    case CLMLP_TANH:
    case CLMLP_LINEAR:
    case CLMLP_SWISH:
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS:
    case CLMLP_STEP: /* cannot be trained, so is never here */
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return false;
}

/* below: of z <= 0, for elu and selu. */
static double exponential_change(double below, double z, double moved)
{
    return below * expm1(moved) - below * expm1(z);
}

double clmlp_unit_smooth_change(clmlp_activation g, double z, double dz)
{
    const double moved = z + dz;
    switch (g) {
    case CLMLP_RELU: return z > 0.0 ? moved - z : 0.0;
    case CLMLP_SELU: return z > 0.0 ? SELU_SCALE * (moved - z) : exponential_change(SELU_BELOW, z, moved);
    case CLMLP_LEAKY_RELU: return z > 0.0 ? moved - z : LEAKY_SLOPE * (moved - z);
    case CLMLP_ELU: return z > 0.0 ? moved - z : exponential_change(1.0, z, moved);
    case CLMLP_SIGMOID:
    case CLMLP_TANH:
    case CLMLP_LINEAR:
    case CLMLP_SWISH:
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS:
    case CLMLP_STEP:
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}

bool clmlp_unit_is_off(clmlp_activation g, double z)
{
    return g == CLMLP_RELU && z < 0.0;
}

/* The steepest slope of a g with a kink for z that is off by dz. */
static double steepest(clmlp_activation g, double z, double dz)
{
    const double above = clmlp_unit_slope(g, 1.0, 1.0), below = clmlp_unit_slope(g, 0.0, 0.0);
    if (z > dz) return above;
    if (!(z > -dz)) return clmlp_unit_slope(g, z, clmlp_unit_value(g, z));
    return above > below ? above : below;
}

double clmlp_unit_error(clmlp_activation g, double z, double a, double dz)
{
    clmlp_smooth at;
    switch (g) {
    case CLMLP_SIGMOID: return a * (1.0 - a) * dz + CLMLP_SIGMOID_ERROR * a;
    case CLMLP_TANH: return (1.0 - a * a) * dz + (10.0 + 4.0) * V * fabs(a);
    case CLMLP_RELU: return z > -dz ? dz : 0.0;
    case CLMLP_LINEAR: return dz;
    case CLMLP_SWISH: return fabs(swish_slope(z)) * dz + CLMLP_SIGMOID_ERROR * fabs(a);
    case CLMLP_LEAKY_RELU: return steepest(g, z, dz) * dz + 2.0 * V * fabs(a);
    case CLMLP_ELU: return steepest(g, z, dz) * dz + (6.0 + 2.0) * V * fabs(a);
    case CLMLP_SELU: return steepest(g, z, dz) * dz + (6.0 + 1.0 + 2.0 + 1.0) * V * fabs(a); /* and products */
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS: at = clmlp_smooth_at(g, z); return fabs(at.slope) * dz + 2.0 * V * at.of_value;
    case CLMLP_STEP: /* cannot be trained */
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}

/* How far s (1 + z (1 - s)) can be off, s = sigmoid(z): z by dz, and |g''| <= 1/2; then each rounding, of both. */
static double swish_slope_error(double z, double dz)
{
    const double s = 1.0 / (1.0 + exp(-z)), q = 1.0 / (1.0 + exp(z)), product = fabs(z * q), sum = fabs(1.0 + z * q);
    const double of_sum = fabs(z) * (CLMLP_SIGMOID_ERROR * s + 2.0 * V * q) + 2.0 * V * (product + sum);
    return dz / 2.0 + s * of_sum + sum * CLMLP_SIGMOID_ERROR * s + 2.0 * V * s * sum;
}

/* With a kink both are on the same side; elu, whose slope has no jump, may be on either. */
double clmlp_unit_slope_error(clmlp_activation g, double z, double a, double dz, double da)
{
    clmlp_smooth at;
    switch (g) {
    case CLMLP_SIGMOID: return fabs(1.0 - 2.0 * a) * da + 4.0 * V * a * (1.0 - a);
    case CLMLP_TANH: return 2.0 * fabs(a) * da + 2.0 * V * (a * a + 1.0);
    case CLMLP_RELU:
    case CLMLP_LEAKY_RELU:
    case CLMLP_LINEAR: return 0.0;
    case CLMLP_SWISH: return swish_slope_error(z, dz);
    case CLMLP_SELU: return z > 0.0 ? 0.0 : da + 2.0 * V * SELU_BELOW;
    case CLMLP_ELU: return z > dz ? 0.0 : da + 2.0 * V;
    case CLMLP_SOFTPLUS: /* of a backend from a, of the point from z */
        return exp(-a) * da + (6.0 + 6.0) * V * clmlp_smooth_at(g, z).slope;
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH: at = clmlp_smooth_at(g, z); return at.curvature * dz + 2.0 * V * at.of_slope;
    case CLMLP_STEP: /* cannot be trained */
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}

double clmlp_unit_own_error(clmlp_activation g, double z, double a)
{
    const double size = fabs(a);
    switch (g) {
    case CLMLP_SIGMOID: return V * (2.0 * (1.0 - size) + 2.0) * size;
    case CLMLP_TANH:
    case CLMLP_SWISH: return V * 4.0 * size; /* of swish 2 (1 - sigmoid(z)) + 2, or less */
    case CLMLP_RELU:
    case CLMLP_LINEAR: return 0.0;
    case CLMLP_LEAKY_RELU: return V * size;      /* a product */
    case CLMLP_ELU: return V * 2.0 * size;       /* expm1 */
    case CLMLP_SELU: return V * 3.0 * size;      /* both */
    case CLMLP_MISH:
    case CLMLP_GELU:
    case CLMLP_GELU_TANH:
    case CLMLP_SOFTPLUS: return V * clmlp_smooth_at(g, z).of_value; /* the host is no worse than OpenCL */
    case CLMLP_STEP: /* cannot be trained */
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}
