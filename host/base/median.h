/* median.h - the median of numbers, in a time that grows with their count alone. */
#ifndef CLMLP_BASE_MEDIAN_H
#define CLMLP_BASE_MEDIAN_H

#include <stddef.h>

/* The median of values [count >= 1], none of them NaN: the middle one in the order -0 < 0, or the mean of the two
 * middle ones, halved before they are added, so that the sum cannot overflow. The values are overwritten. */
double clmlp_median(double *values, size_t count);

#endif
