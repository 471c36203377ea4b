/* arithmetic.h - the constants that error bounds are made of.
 *
 * u       unit roundoff: a rounded result is off by at most u times it (Higham, Accuracy and Stability of Numerical
 *         Algorithms, 2nd ed., theorem 2.2 and section 2.2), and by at most half a unit in the last place
 * gamma   n roundings in a row: |result - exact| <= gamma_n |exact|, gamma_n = n u / (1 - n u) (section 3.1)
 * ulp     2 u times the power of 2 at or below |x|; what the OpenCL 1.2 specification, section 7.4, counts in
 */
#ifndef CLMLP_VERIFY_ARITHMETIC_H
#define CLMLP_VERIFY_ARITHMETIC_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "clmlp/precision.h"

/* Of a precision that is checked. */
typedef struct clmlp_arithmetic {
    double u;
    double least;   /* smallest normal number: what underflow, or flushing it to 0, may take */
    double largest; /* beyond it, results are infinite */
    double divide;  /* ulps of a quotient: OpenCL 1.2, table 7.1 (single) and 7.2 (double) */
    double own;     /* roundings count this often: the device's, and the reference's, which is in double */
    double slack;   /* products of errors with errors, and the rounding of bounds */
} clmlp_arithmetic;

/* ulps of the functions in both tables. */
enum { CLMLP_EXP_ULP = 3, CLMLP_EXPM1_ULP = 3, CLMLP_LOG_ULP = 3, CLMLP_LOG1P_ULP = 2, CLMLP_TANH_ULP = 5 };

#define CLMLP_REFERENCE_U 0x1p-53

static inline clmlp_arithmetic clmlp_arithmetic_of(clmlp_precision precision)
{
    if (precision == CLMLP_F64) {
        return (clmlp_arithmetic){0x1p-53, DBL_MIN, DBL_MAX, 0.5, 2.0, 1.0 + 0x1p-44};
    }
    return (clmlp_arithmetic){0x1p-24, (double)FLT_MIN, (double)FLT_MAX, 2.5, 1.0 + 0x1p-28, 1.0 + 0x1p-18};
}

static inline double clmlp_gamma(double n, double u)
{
    return n * u / (1.0 - n * u);
}

/* The power of 2 at or below |x|; 0 for subnormal numbers. */
static inline double clmlp_binade(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    bits &= UINT64_C(0x7ff0000000000000);
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double clmlp_ulp(const clmlp_arithmetic *arithmetic, double x)
{
    return 2.0 * arithmetic->u * clmlp_binade(x);
}

/* The most that rounding x, or a number closer to 0, to nearest takes. */
static inline double clmlp_half_ulp(const clmlp_arithmetic *arithmetic, double x)
{
    return arithmetic->u * clmlp_binade(x);
}

#endif
