/* scale.c - the reference of a learnable scale of the inputs, with bounds: gradients, and theta(1). */
#include "verify/reference/elementwise.h"

/* Where nothing is known of what goes in, nothing is known of a number that would be finite. */
static double known(double value, double bound)
{
    return bound != bound && isfinite(value) ? (double)INFINITY : bound;
}

/* x y, of which either may be off, without rounding: what their bounds may do. */
static double carried(double x, double of_x, double y, double of_y)
{
    return fabs(x) * of_y + of_x * fabs(y) + of_x * of_y;
}

void clmlp_reference_slopes(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns, clmlp_pair gradient,
                            clmlp_pair raw, clmlp_pair slopes)
{
    const double n = (double)rows, gamma = clmlp_gamma(n, arithmetic->u) + clmlp_gamma(n, CLMLP_REFERENCE_U);
    const double sums = 1.0 + 2.0 * clmlp_gamma(n + 2.0, CLMLP_REFERENCE_U); /* those below are rounded, too */
    for (size_t i = 0; i < columns; i++) {
        double sum = 0.0, most = 0.0, off = 0.0, least = 0.0;
        for (size_t j = 0; j < rows && i > 0; j++) {
            const size_t at = j * columns + i;
            const double g = gradient.value[at], r = raw.value[at];
            const double of_g = clmlp_bound_at(gradient, at), of_r = clmlp_bound_at(raw, at);
            sum += g * r;
            most += (fabs(g) + of_g) * (fabs(r) + of_r);
            off += carried(g, of_g, r, of_r);
            least += arithmetic->least * (1.0 + fabs(g) + of_g + fabs(r) + of_r);
        }
        const double bound = (gamma * most + off) * sums * arithmetic->slack + least;
        slopes.value[i] = sum;
        slopes.bound[i] = known(sum, most > 0.9 * arithmetic->largest ? (double)INFINITY : bound);
    }
}

void clmlp_reference_scaled(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns, clmlp_pair values,
                            clmlp_pair scale, clmlp_pair result)
{
    const double rounding = arithmetic->u * arithmetic->own;
    for (size_t at = 0; at < rows * columns; at++) {
        const double v = values.value[at], s = scale.value[at % columns];
        const double of_v = clmlp_bound_at(values, at), of_s = clmlp_bound_at(scale, at % columns);
        const double value = v * s, off = carried(v, of_v, s, of_s);
        const double least = arithmetic->least * (1.0 + fabs(v) + of_v + fabs(s) + of_s);
        result.value[at] = value;
        result.bound[at] = known(value, (off + rounding * (fabs(value) + off)) * arithmetic->slack + least);
    }
}
