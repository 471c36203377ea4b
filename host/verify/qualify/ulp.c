/* ulp.c - reference functions in long double, and the errors that OpenCL allows.
 *
 * Limits: OpenCL 1.2, table 7.1 (single precision), 7.2 (double precision), and section 10 for the embedded profile.
 * Derived ones: with exp off by at most E ulp and a quotient by D ulp, 1 ulp being at most 2 u relative, and an
 * error of r u relative being at most r ulp:
 *   sigmoid     1 / (1 + exp(-x)): 2 E (weighted by e / (1 + e) < 1), 1 for the sum, 2 D for the quotient
 *   log1p_unit  e + e^2 q(e) by fma: 1 u for the last, 0.44 u for e q, of which e times is at most 0.44 of the
 *               result, 0.1 u for the approximation; q's coefficients are rounded and its sums are, by u times their
 *               sizes, 2.59 together at e = 1, where they count most: 1 / log(2) as much of the result, 3.74 u. Twice
 *               as much where the device rounds towards zero
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "verify/qualify/qualify.h"

static double least_normal(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? DBL_MIN : (double)FLT_MIN;
}

bool clmlp_is_subnormal(long double x, clmlp_precision precision)
{
    return x != 0.0L && fabsl(x) < (long double)least_normal(precision);
}

/* Labels of functions that are treated alike. */
#define SUMS_AND_PRODUCTS         \
    case CLMLP_PROBE_ADD:         \
    case CLMLP_PROBE_MULTIPLY:    \
    case CLMLP_PROBE_FMA:         \
    case CLMLP_PROBE_MULTIPLY_ADD: \
    case CLMLP_PROBE_TWO_SUM:
#define ROUNDED_FUNCTIONS       \
    case CLMLP_PROBE_EXP:       \
    case CLMLP_PROBE_LOG:       \
    case CLMLP_PROBE_LOG1P:     \
    case CLMLP_PROBE_TANH:      \
    case CLMLP_PROBE_SIGMOID:   \
    case CLMLP_PROBE_LOG1P_UNIT:

bool clmlp_is_exact(clmlp_probe_function function, clmlp_precision precision)
{
    switch (function) {
    SUMS_AND_PRODUCTS
    case CLMLP_PROBE_RELU: return true;
    case CLMLP_PROBE_DIVIDE: return precision == CLMLP_F64;
    ROUNDED_FUNCTIONS
    case CLMLP_PROBE_FUNCTION_COUNT: break;
    }
    return false;
}

/* What rounding took from x + y (Dekker's fast two-sum, the larger one first). */
static float lost_in_float(float x, float y)
{
    const float larger = fabsf(x) >= fabsf(y) ? x : y, smaller = fabsf(x) >= fabsf(y) ? y : x;
    const float sum = larger + smaller;
    return smaller - (sum - larger);
}

static long double exact_in_float(clmlp_probe_function function, float x, float y, float w)
{
    switch (function) {
    case CLMLP_PROBE_ADD: return (long double)(x + y);
    case CLMLP_PROBE_MULTIPLY: return (long double)(x * y);
    case CLMLP_PROBE_FMA: return (long double)fmaf(x, y, w);
    case CLMLP_PROBE_MULTIPLY_ADD: return (long double)((float)(x * y) + w);
    case CLMLP_PROBE_TWO_SUM: return (long double)lost_in_float(x, y);
    case CLMLP_PROBE_RELU: return (long double)(x < 0.0f ? 0.0f : x);
    case CLMLP_PROBE_DIVIDE:
    ROUNDED_FUNCTIONS
    case CLMLP_PROBE_FUNCTION_COUNT: break;
    }
    return (long double)NAN;
}

static double lost(double x, double y)
{
    const double larger = fabs(x) >= fabs(y) ? x : y, smaller = fabs(x) >= fabs(y) ? y : x;
    const double sum = larger + smaller;
    return smaller - (sum - larger);
}

static long double exact_in_double(clmlp_probe_function function, double x, double y, double w)
{
    switch (function) {
    case CLMLP_PROBE_ADD: return (long double)(x + y);
    case CLMLP_PROBE_MULTIPLY: return (long double)(x * y);
    case CLMLP_PROBE_DIVIDE: return (long double)(x / y);
    case CLMLP_PROBE_FMA: return (long double)fma(x, y, w);
    case CLMLP_PROBE_MULTIPLY_ADD: return (long double)((double)(x * y) + w);
    case CLMLP_PROBE_TWO_SUM: return (long double)lost(x, y);
    case CLMLP_PROBE_RELU: return (long double)(x < 0.0 ? 0.0 : x);
    ROUNDED_FUNCTIONS
    case CLMLP_PROBE_FUNCTION_COUNT: break;
    }
    return (long double)NAN;
}

long double clmlp_reference_function(clmlp_probe_function function, clmlp_precision precision,
                                     const double arguments[CLMLP_PROBE_ARGUMENTS])
{
    const double x = arguments[0], y = arguments[1], w = arguments[2];
    const long double z = (long double)x;
    if (clmlp_is_exact(function, precision)) {
        return precision == CLMLP_F64 ? exact_in_double(function, x, y, w)
                                      : exact_in_float(function, (float)x, (float)y, (float)w);
    }
    switch (function) {
    case CLMLP_PROBE_DIVIDE: return z / (long double)y;
    case CLMLP_PROBE_EXP: return expl(z);
    case CLMLP_PROBE_LOG: return logl(z);
    case CLMLP_PROBE_TANH: return tanhl(z);
    case CLMLP_PROBE_SIGMOID: return 1.0L / (1.0L + expl(-z));
    case CLMLP_PROBE_LOG1P:
    case CLMLP_PROBE_LOG1P_UNIT: return log1pl(z);
    SUMS_AND_PRODUCTS
    case CLMLP_PROBE_RELU:
    case CLMLP_PROBE_FUNCTION_COUNT: break;
    }
    return (long double)NAN;
}

double clmlp_ulp_limit(const clmlp_probe_facts *facts, clmlp_probe_function function, clmlp_precision precision,
                       unsigned lanes)
{
    const bool embedded = strcmp(facts->profile, "EMBEDDED_PROFILE") == 0;
    const double divide = precision == CLMLP_F64 ? 0.5 : embedded ? 3.0 : 2.5;
    const double exponential = embedded ? 4.0 : 3.0, log1p_limit = embedded ? 4.0 : 2.0;
    /* correctly rounded: equal; where the device only rounds towards zero, within the ulp between the two */
    const bool towards_zero = !facts->round_to_nearest && facts->profile[0] != '\0';
    if (function != CLMLP_PROBE_RELU && clmlp_is_exact(function, precision)) return towards_zero ? 1.0 : 0.0;
    switch (function) {
    case CLMLP_PROBE_RELU: return 0.0;
    case CLMLP_PROBE_DIVIDE: return divide;
    case CLMLP_PROBE_EXP:
    case CLMLP_PROBE_LOG: return exponential;
    case CLMLP_PROBE_LOG1P: return log1p_limit;
    case CLMLP_PROBE_TANH: return 5.0;
    case CLMLP_PROBE_SIGMOID: return 2.0 * exponential + 1.0 + 2.0 * divide;
    case CLMLP_PROBE_LOG1P_UNIT:
        return lanes == 1 || precision == CLMLP_F64 ? log1p_limit : towards_zero ? 10.6 : 5.3;
    SUMS_AND_PRODUCTS
    case CLMLP_PROBE_FUNCTION_COUNT: break;
    }
    return (double)NAN;
}

/* The distance of the two numbers of the precision that enclose x, or, for one of them, of the two nearest. */
static long double ulp_of(long double x, clmlp_precision precision)
{
    const int digits = precision == CLMLP_F64 ? DBL_MANT_DIG : FLT_MANT_DIG;
    const int least = precision == CLMLP_F64 ? DBL_MIN_EXP : FLT_MIN_EXP;
    int exponent = 0;
    const long double fraction = frexpl(fabsl(x), &exponent); /* in [1/2, 1) */
    if (fraction == 0.5L) exponent--;
    if (x == 0.0L || exponent < least) exponent = least;
    return ldexpl(1.0L, exponent - digits);
}

static double error_in_ulps(double found, long double expected, clmlp_precision precision)
{
    const long double beyond = ldexpl(1.0L, precision == CLMLP_F64 ? DBL_MAX_EXP : FLT_MAX_EXP);
    long double value = (long double)found;
    if (isnan(expected) || isnan(found)) return isnan(expected) && isnan(found) ? 0.0 : (double)INFINITY;
    if (isinf(expected)) return (long double)found == expected ? 0.0 : (double)INFINITY;
    /* overflow: what is too large counts as the number behind the last */
    if (isinf(found)) value = copysignl(beyond, value);
    if (fabsl(expected) > beyond) expected = copysignl(beyond, expected);
    return (double)(fabsl(value - expected) / ulp_of(expected, precision));
}

/* The error with arguments as they are; a subnormal result may be 0, in double only what sigmoid's exp overflows to. */
static double error_here(clmlp_probe_function function, clmlp_precision precision,
                         const double arguments[CLMLP_PROBE_ARGUMENTS], double found, long double *expected)
{
    *expected = clmlp_reference_function(function, precision, arguments);
    const bool may_vanish = precision == CLMLP_F32 || function == CLMLP_PROBE_SIGMOID;
    if (may_vanish && found == 0.0 && clmlp_is_subnormal(*expected, precision)) return 0.0;
    return error_in_ulps(found, *expected, precision);
}

double clmlp_function_error(clmlp_probe_function function, clmlp_precision precision,
                            const double arguments[CLMLP_PROBE_ARGUMENTS], double found, long double *expected)
{
    const double error = error_here(function, precision, arguments, found, expected);
    double flushed[CLMLP_PROBE_ARGUMENTS];
    bool any = false;
    long double other = 0.0L;
    for (int i = 0; i < CLMLP_PROBE_ARGUMENTS; i++) {
        const bool subnormal = clmlp_is_subnormal((long double)arguments[i], precision);
        flushed[i] = subnormal ? copysign(0.0, arguments[i]) : arguments[i];
        any = any || subnormal;
    }
    if (error == 0.0 || !any || precision == CLMLP_F64) return error;
    const double other_error = error_here(function, precision, flushed, found, &other);
    return other_error < error ? other_error : error;
}

void clmlp_to_precision(clmlp_precision precision, const double *values, size_t count, void *out)
{
    float *single = out;
    if (precision == CLMLP_F64) memcpy(out, values, count * sizeof *values);
    else for (size_t i = 0; i < count; i++) single[i] = (float)values[i];
}

void clmlp_from_precision(clmlp_precision precision, const void *values, size_t count, double *out)
{
    const float *single = values;
    if (precision == CLMLP_F64) memcpy(out, values, count * sizeof *out);
    else for (size_t i = 0; i < count; i++) out[i] = (double)single[i];
}
