/* rounded.h - numbers in the precision of a device: whether they are finite there, and the error where they are not. */
#ifndef CLMLP_BASE_ROUNDED_H
#define CLMLP_BASE_ROUNDED_H

#include <stddef.h>

#include "base/error.h"
#include "clmlp/precision.h"

/* The largest number of a precision. */
double clmlp_largest_number(clmlp_precision precision);

/* Index of the first of values [count], floats or doubles as the precision says, that is infinite or NaN; count: all
 * are finite. */
size_t clmlp_first_infinite(clmlp_precision precision, const void *values, size_t count);

/* from [count] rounded into to [count]. Returns the index of the first finite number that became infinite; count:
 * there is none. What is not finite stays so. */
size_t clmlp_round_to_float(const double *from, size_t count, float *to);

/* from [count], as double, into to [count]; on several threads where that pays. */
void clmlp_widen(const float *from, size_t count, double *to);

/* values [count] rounded to float; on several threads, too. */
void clmlp_round_as_float(double *values, size_t count);

/* CLMLP_BAD_ARGUMENT: where a number was found, and what it was, then that it is beyond the precision. */
clmlp_status clmlp_fail_beyond(clmlp_error *error, clmlp_precision precision, const char *format, ...)
    CLMLP_PRINTF(3, 4);

#endif
