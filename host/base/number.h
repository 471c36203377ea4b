/* number.h - strict reading of numbers: the whole text must be one, whatever the locale. */
#ifndef CLMLP_BASE_NUMBER_H
#define CLMLP_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* [begin, end) as a double, correctly rounded (to nearest, ties to even). Accepts an optional sign,
 * decimal digits with an optional point, an optional decimal exponent, and the words inf, infinity and
 * nan in any letter case (the caller decides what to do with those); no blanks, no hexadecimal.
 * Numbers too large become infinite, numbers too small 0 or subnormal. false: not a number. */
bool clmlp_parse_double(const char *begin, const char *end, double *value);

/* The longest decimal number that starts at begin (no words), as above: returns where it ends, NULL when
 * there is none. For readers that scan text in place. */
const char *clmlp_scan_double(const char *begin, const char *end, double *value);

/* [begin, end) as a decimal integer with an optional sign; false also when it does not fit. */
bool clmlp_parse_int64(const char *begin, const char *end, int64_t *value);

#endif
