/* number.c - decimal text to double, correctly rounded. */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_DIGITS = 19,  /* the most that always fit 64 bits */
    STRTOD_DIGITS = 800 /* no tie between doubles has more than 768 significant digits */
};

/* A decimal number taken apart: digits * 10^exponent. */
typedef struct decimal {
    const char *digits, *end; /* digits with at most one point among them */
    uint64_t significand;     /* of the digits; meaningless when they are more than EXACT_DIGITS */
    bool exact;               /* the significand holds all of them */
    int64_t exponent;
    bool negative;
} decimal;

static bool is_digit(char c)
{
    return (unsigned)(unsigned char)c - '0' <= 9;
}

/* Eight characters, the first in the lowest byte; compiles to one load where that is possible. */
static uint64_t load_eight(const char *p)
{
    const unsigned char *byte = (const unsigned char *)p;
    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 | (uint64_t)byte[3] << 24 |
           (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 | (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

/* Digits as their values, first digit in the lowest byte, to one number: joins neighbours, 8 digits to 4
 * pairs, to 2 quadruples, to one. */
static uint64_t join_eight(uint64_t digits)
{
    digits = ((digits * (10 * 256 + 1)) >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    digits = ((digits * (100 * 65536 + 1)) >> 16) & UINT64_C(0x0000ffff0000ffff);
    return (digits * (UINT64_C(10000) * UINT64_C(4294967296) + 1)) >> 32;
}

/* Append the digits at p to the significand, eight at a time and without a branch on how many of the last
 * eight are some: numbers of random length are what a predictor cannot learn. */
static inline const char *scan_digits(const char *p, const char *end, uint64_t *significand)
{
    static const uint64_t power[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t value = *significand;
    while (end - p >= 8) {
        const uint64_t digits = load_eight(p) ^ (ones * '0');
        /* 0x80 in the first byte above 9, and perhaps in later ones */
        const uint64_t others = (digits | (digits + ones * (0x7f - 9))) & (ones * 0x80);
        if (others == 0) {
            value = value * 100000000 + join_eight(digits);
            p += 8;
            continue;
        }
        const uint64_t up_to_it = (others ^ (others - 1)) & ones;
        const unsigned count = (unsigned)((up_to_it * ones) >> 56) - 1;
        *significand = value * power[count] + join_eight(digits << 8 * (7 - count) << 8);
        return p + count;
    }
    while (p < end && is_digit(*p)) value = value * 10 + (uint64_t)(*p++ - '0');
    *significand = value;
    return p;
}

/* More than EXACT_DIGITS characters: do leading zeros account for the surplus? */
static bool digits_fit(const char *p, const char *end)
{
    while (p < end && (*p == '0' || *p == '.')) p++;
    ptrdiff_t count = 0;
    for (; p < end; p++) count += *p != '.';
    return count <= EXACT_DIGITS;
}

/* The exponent that starts at the 'e'; p itself when no digit follows. */
static const char *scan_exponent(const char *p, const char *end, int64_t *exponent)
{
    const char *q = p + 1;
    bool negative = false;
    if (q < end && (*q == '+' || *q == '-')) negative = *q++ == '-';
    if (q >= end || !is_digit(*q)) return p;
    int64_t value = 0;
    for (; q < end && is_digit(*q); q++) {
        if (value < INT64_C(1000000000000)) value = value * 10 + (*q - '0');
    }
    *exponent += negative ? -value : value;
    return q;
}

/* Take the longest number at [begin, end) apart; NULL: there is none. */
static inline const char *scan_decimal(const char *begin, const char *end, decimal *number)
{
    if (begin == end) return NULL;
    number->negative = *begin == '-';
    const char *p = begin + (number->negative | (*begin == '+')); /* no branch: signs are random */
    number->digits = p;
    number->significand = 0;
    number->exponent = 0;
    p = scan_digits(p, end, &number->significand);
    ptrdiff_t count = p - number->digits;
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        p = scan_digits(p, end, &number->significand);
        number->exponent = fraction - p;
        count += p - fraction;
    }
    if (count == 0) return NULL;
    number->end = p;
    number->exact = count <= EXACT_DIGITS || digits_fit(number->digits, p);
    if (p < end && (*p | 0x20) == 'e') p = scan_exponent(p, end, &number->exponent);
    return p;
}

#if FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1
/* Clinger 1990 ("How to read floating point numbers accurately"): both operands are exact doubles, so
 * the one operation rounds correctly. */
static bool convert_double(uint64_t significand, int64_t exponent, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (significand > UINT64_C(1) << 53 || exponent < -22 || exponent > 22) return false;
    const double exact = (double)(int64_t)significand;
    *value = exponent < 0 ? exact / power[-exponent] : exact * power[exponent];
    return true;
}
#else
static bool convert_double(uint64_t significand, int64_t exponent, double *value)
{
    (void)exponent;
    *value = 0.0;
    return significand == 0;
}
#endif

#if LDBL_MANT_DIG == 64 && (defined(__x86_64__) || defined(__i386__))
/* The same with 64-bit significands (10^27 = 5^27 2^27 and 5^27 < 2^63), off by half a unit at most.
 * Rounding that to 53 bits drops 11; unless these are within one of a tie the result is the same as
 * from the exact value. */
static bool convert_extended(uint64_t significand, int64_t exponent, double *value)
{
    static const long double power[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
                                        1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
                                        1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (exponent < -27 || exponent > 27) return false;
    const long double exact = (long double)significand;
    const long double extended = exponent < 0 ? exact / power[-exponent] : exact * power[exponent];
    uint64_t bits = 0;
    memcpy(&bits, &extended, sizeof bits);
    const unsigned dropped = (unsigned)bits & 0x7ff;
    *value = (double)extended;
    return dropped < 0x3ff || dropped > 0x401;
}
#else
static bool convert_extended(uint64_t significand, int64_t exponent, double *value)
{
    (void)significand, (void)exponent, (void)value;
    return false;
}
#endif

/* strtod on the digits without their point, which makes it independent of the locale. Beyond
 * STRTOD_DIGITS only whether anything but zeros follows can matter. */
static double convert_any(const decimal *number)
{
    char text[STRTOD_DIGITS + 32];
    size_t length = 0;
    int64_t exponent = number->exponent;
    bool rest = false;
    for (const char *p = number->digits; p < number->end; p++) {
        if (*p == '.' || (*p == '0' && length == 0)) continue;
        if (length < STRTOD_DIGITS) {
            text[length++] = *p;
        } else {
            exponent++;
            rest = rest || *p != '0';
        }
    }
    if (length == 0) return 0.0;
    if (rest) {
        text[length++] = '1';
        exponent--;
    }
    (void)snprintf(text + length, sizeof text - length, "e%lld", (long long)exponent);
    return strtod(text, NULL);
}

const char *clmlp_scan_double(const char *begin, const char *end, double *value)
{
    decimal number;
    const char *after = scan_decimal(begin, end, &number);
    if (after == NULL) return NULL;
    double magnitude = 0.0;
    const bool done = number.exact && (convert_double(number.significand, number.exponent, &magnitude) ||
                                       convert_extended(number.significand, number.exponent, &magnitude));
    if (!done) magnitude = convert_any(&number);
    static const double sign[] = {1.0, -1.0};
    *value = magnitude * sign[number.negative];
    return after;
}

static bool same_word(const char *begin, const char *end, const char *word)
{
    for (; begin < end && *word != '\0'; begin++, word++) {
        const char lower = (char)(*begin >= 'A' && *begin <= 'Z' ? *begin + ('a' - 'A') : *begin);
        if (lower != *word) return false;
    }
    return begin == end && *word == '\0';
}

bool clmlp_parse_double(const char *begin, const char *end, double *value)
{
    if (clmlp_scan_double(begin, end, value) == end) return begin != end;
    const bool sign = begin < end && (*begin == '-' || *begin == '+');
    const char *word = begin + sign;
    double magnitude = 0.0;
    if (same_word(word, end, "nan")) {
        magnitude = (double)NAN;
    } else if (same_word(word, end, "inf") || same_word(word, end, "infinity")) {
        magnitude = (double)INFINITY;
    } else {
        return false;
    }
    *value = sign && *begin == '-' ? -magnitude : magnitude;
    return true;
}

bool clmlp_parse_int64(const char *begin, const char *end, int64_t *value)
{
    const bool negative = begin < end && *begin == '-';
    const char *p = begin + (begin < end && (*begin == '-' || *begin == '+'));
    if (p == end) return false;
    uint64_t magnitude = 0;
    const uint64_t limit = (uint64_t)INT64_MAX + negative;
    for (; p < end; p++) {
        if (!is_digit(*p)) return false;
        const uint64_t digit = (uint64_t)(*p - '0');
        if (magnitude > (limit - digit) / 10) return false;
        magnitude = magnitude * 10 + digit;
    }
    if (magnitude <= (uint64_t)INT64_MAX) {
        *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    } else {
        *value = INT64_MIN;
    }
    return true;
}
