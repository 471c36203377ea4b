/* constant.c - how far off a constant is on a device, and a product with it. */
#include <float.h>

#include "verify/reference/elementwise.h"

double clmlp_constant_error(const clmlp_arithmetic *arithmetic, double value)
{
    if (arithmetic->u == CLMLP_REFERENCE_U || value == 0.0) return 0.0;
    return fabs((double)(float)value - value) / fabs(value);
}

double clmlp_product_error(const clmlp_arithmetic *arithmetic, double constant)
{
    int exponent = 0;
    const double rounding = fabs(frexp(constant, &exponent)) == 0.5 ? 0.0 : arithmetic->u;
    return (clmlp_constant_error(arithmetic, constant) + rounding) * arithmetic->own * arithmetic->slack + DBL_MIN;
}
