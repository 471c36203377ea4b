/* select.h - order statistics of numbers by selection: linear in time on average, nothing is sorted. */
#ifndef CLMLP_DATA_SELECT_H
#define CLMLP_DATA_SELECT_H

#include <stddef.h>

/* Of values [count], count > 0, none of them NaN; they change places on the way. */

/* The k-th smallest, k from 0 to count - 1. What stands before place k is then not above it, what follows not below. */
double clmlp_select(double *values, size_t count, size_t k);

/* The middle one, or the mean of the two in the middle. */
double clmlp_median(double *values, size_t count);

/* The quantile q in [0, 1] with linear interpolation, as numpy.percentile has it: place (count - 1) q of the sorted
 * values, between its two neighbours (Hyndman & Fan 1996, definition 7). */
double clmlp_quantile(double *values, size_t count, double q);

#endif
