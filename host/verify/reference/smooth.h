/* smooth.h - gelu, gelu-tanh, mish and softplus: g and g' in plain double, and what rounding can do to them. */
#ifndef CLMLP_VERIFY_SMOOTH_H
#define CLMLP_VERIFY_SMOOTH_H

#include "clmlp/model.h"

/* At one z. Roundings count unit roundoffs of the precision, with the ulps that OpenCL 1.2 allows: exp 3, divide 2.5,
 * log1p 2, erfc 16; docs/verification.md derives them. */
typedef struct clmlp_smooth {
    double value, slope;              /* g and g' */
    double of_value, of_slope;        /* how many u computing them from z is off by; of_slope 0 for softplus */
    double curvature;                 /* |g''| is at most this, everywhere */
    double steepness;                 /* how fast of_value and of_slope change with z, at most */
} clmlp_smooth;

/* NaN for what is none of the four. */
clmlp_smooth clmlp_smooth_at(clmlp_activation g, double z);

/* The largest factor, in g'(z) with |z| <= size, of a number that may underflow. */
double clmlp_smooth_factor(clmlp_activation g, double size);

#endif
