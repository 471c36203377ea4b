/* elementwise.h - what the references of elementwise equations share. */
#ifndef CLMLP_VERIFY_ELEMENTWISE_H
#define CLMLP_VERIFY_ELEMENTWISE_H

#include <float.h>
#include <math.h>

#include "verify/reference/equations.h"

/* Elements that are worth a thread: of functions, and of sums and products. */
enum { CLMLP_LEAST_FUNCTIONS = 1 << 11, CLMLP_LEAST_SUMS = 1 << 17 };

static inline double clmlp_bound_at(clmlp_pair pair, size_t i)
{
    return pair.bound != NULL ? pair.bound[i] : 0.0;
}

static inline double clmlp_smaller(double a, double b)
{
    return a < b ? a : b;
}

/* exp(b) - 1 <= b (1 + b) for b <= 1. */
static inline double clmlp_growth(double b)
{
    return b <= 1.0 ? b * (1.0 + b) : expm1(b);
}

/* A result of an elementary function: `n` ulps of the largest that it may be. */
static inline double clmlp_ulps(const clmlp_arithmetic *arithmetic, double n, double value)
{
    return n * clmlp_ulp(arithmetic, value);
}

/* A constant as the device has it: how far it is from the one meant, relative. */
double clmlp_constant_error(const clmlp_arithmetic *arithmetic, double value);

/* A product with a constant: that, and u, or 0 for a power of 2. Never 0, which an infinite bound would make a NaN. */
double clmlp_product_error(const clmlp_arithmetic *arithmetic, double constant);

/* How far off the product of a constant > 0 with a value is that is off by `bound`. */
static inline double clmlp_times_constant(const clmlp_arithmetic *arithmetic, double constant, double value,
                                          double bound)
{
    const double most = constant * (fabs(value) + bound);
    return constant * bound + clmlp_product_error(arithmetic, constant) * most + arithmetic->least;
}

/* sigmoid(z) of z that is off by b, and how far off it is: for hidden layers and for the output. */
double clmlp_reference_sigmoid(const clmlp_arithmetic *arithmetic, double z, double b, double *bound);

/* The same of `count` numbers; h may be z. An infinite bound of z is one of h. */
void clmlp_reference_sigmoids(const clmlp_arithmetic *arithmetic, size_t count, clmlp_pair z, clmlp_pair h);

/* A copy of z that is off by `shift`: exact, but that a subnormal number may become 0. */
double clmlp_reference_copy(const clmlp_arithmetic *arithmetic, double z, double shift, double *bound);

#endif
