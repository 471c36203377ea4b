/* test_number.c - decimal text to double against strtod. */
#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/random.h"

enum { SEED = 20260926 };

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t random_at(uint32_t what, uint64_t i)
{
    return clmlp_random_bits(SEED, CLMLP_RANDOM_ORDER, what, i);
}

static void same_as_strtod(const char *text)
{
    double value = 0.0;
    const double expected = strtod(text, NULL);
    cr_assert(clmlp_parse_double(text, text + strlen(text), &value), "'%s' was not taken for a number", text);
    cr_assert_eq(bits_of(value), bits_of(expected), "'%s': got %a, strtod says %a", text, value, expected);
}

static bool parses(const char *text, double *value)
{
    return clmlp_parse_double(text, text + strlen(text), value);
}

Test(number, shortest_and_longer_forms_of_random_doubles_round_as_strtod)
{
    char text[64];
    for (uint64_t i = 0; i < 60000; i++) {
        const double value = from_bits(random_at(1, i));
        if (!isfinite(value)) continue;
        for (int digits = 15; digits <= 19; digits += 2) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            same_as_strtod(text);
        }
    }
}

/* The range in which the fast paths work. */
Test(number, decimals_with_moderate_exponents_round_as_strtod)
{
    char text[64];
    for (uint64_t i = 0; i < 150000; i++) {
        const int digits = (int)(random_at(2, i) % 20) + 1, exponent = (int)(random_at(3, i) % 61) - 30;
        uint64_t significand = random_at(4, i);
        for (int cut = digits; cut < 20; cut++) significand /= 10;
        snprintf(text, sizeof text, "%s%llue%d", i % 2 ? "-" : "", (unsigned long long)significand, exponent);
        same_as_strtod(text);
    }
}

Test(number, fractions_with_17_digits_round_as_strtod)
{
    char text[64];
    for (uint64_t i = 0; i < 100000; i++) {
        const double value = clmlp_random_uniform(SEED, CLMLP_RANDOM_ORDER, 5, i);
        snprintf(text, sizeof text, "%.17g", value);
        same_as_strtod(text);
        snprintf(text, sizeof text, "%.18e", value * 1e3);
        same_as_strtod(text);
    }
}

/* 17 to 25 digits, in one piece or around a point, from below the smallest double to above the largest. */
Test(number, long_decimals_of_any_size_round_as_strtod)
{
    char text[64];
    for (uint64_t i = 0; i < 400000; i++) {
        const int digits = 17 + (int)(random_at(14, i) % 9), point = (int)(random_at(15, i) % (uint64_t)(digits + 1));
        const int exponent = (int)(random_at(16, i) % 660) - 348;
        snprintf(text, sizeof text, "%020llu%020llu", (unsigned long long)random_at(17, i),
                 (unsigned long long)random_at(18, i));
        memmove(text + point + 1, text + point, (size_t)(digits - point));
        text[point] = '.';
        snprintf(text + digits + 1, sizeof text - (size_t)digits - 1, "e%d", exponent);
        same_as_strtod(text);
    }
}

Test(number, subnormals_and_their_neighbours_round_as_strtod)
{
    char text[64];
    for (uint64_t i = 0; i < 100000; i++) {
        const double value = from_bits(random_at(19, i) >> 12 >> random_at(20, i) % 52);
        for (int digits = 1; digits <= 25; digits += 6) {
            snprintf(text, sizeof text, "%.*e", digits, value);
            same_as_strtod(text);
        }
    }
}

/* The exact middle between two doubles, and one unit of its last digit to either side. */
static void same_around_a_tie(double low)
{
    char text[1400];
    const double high = nextafter(low, INFINITY);
    if (!isfinite(high) || low == 0.0) return;
    /* the middle is exact in long double where that has more bits; glibc prints it in full */
    const long double middle = ((long double)low + (long double)high) / 2;
    const int length = snprintf(text, sizeof text - 8, "%.1100Lf", middle);
    if (length <= 0 || (size_t)length >= sizeof text - 8) return;
    same_as_strtod(text);
    text[length] = '1';
    text[length + 1] = '\0';
    same_as_strtod(text);
    text[length] = '\0';
    for (int i = length - 1; i >= 0; i--) { /* one unit below in the last place that is not 0 */
        if (text[i] < '1' || text[i] > '9') continue;
        text[i]--;
        break;
    }
    same_as_strtod(text);
}

Test(number, ties_and_their_neighbours_round_as_strtod)
{
    for (uint64_t i = 0; i < 4000; i++) {
        const uint64_t exponent = 1023 - 60 + random_at(6, i) % 180; /* prints in 1400 characters */
        same_around_a_tie(from_bits(exponent << 52 | random_at(7, i) >> 12));
    }
    for (uint64_t i = 0; i < 300; i++)
        same_around_a_tie(from_bits((random_at(8, i) % 60 + 1) << 52 | random_at(9, i) >> 12));
}

/* Halfway cases with few digits: odd multiples of a power of two just above 2^53. */
Test(number, integer_ties_round_to_even)
{
    char text[64];
    for (uint64_t i = 0; i < 20000; i++) {
        const uint64_t integer = (UINT64_C(1) << 53) + (random_at(10, i) >> 11 | 1);
        snprintf(text, sizeof text, "%llu", (unsigned long long)integer);
        same_as_strtod(text);
        snprintf(text, sizeof text, "%llu000e-3", (unsigned long long)integer);
        same_as_strtod(text);
    }
}

Test(number, the_edges_of_the_range_round_as_strtod)
{
    static const char *const texts[] = {
        "0", "-0", "0.0", "-0.0e10", "0e999999999999999999999", "0.000", ".5", "5.", "-.5e-3", "+1", "1e0", "1E+05",
        "4.9406564584124654e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.5e-324", "1e-323", "1e-400",
        "2.2250738585072011e-308", "2.2250738585072012e-308", "2.2250738585072014e-308",
        "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e308", "1e309", "-1e400",
        "1e-99999999999999999999", "1e99999999999999999999", "9007199254740991", "9007199254740992",
        "9007199254740993", "9007199254740993.0000000000000000000000000000000000000000000000001",
        "18446744073709551615", "18446744073709551616", "9999999999999999999", "99999999999999999999", "1e22", "1e23",
        "1e27", "1e28", "123456789012345678e-27", "123456789012345678e-28", "1234567890123456789e27",
        "0.00000000000000000000000000000000000000000000000000000000000000000000000000001234567890123456789e60",
        "000000000000000000000000000000000000000000001.5", "100000000000000000000000000000000000000000e-41",
        "3.14159265358979323846264338327950288419716939937510582097494459", "8.5e15", "4503599627370496.5",
        "4503599627370497.5", "4503599627370496.50000000000000000000000000001"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) same_as_strtod(texts[i]);
}

Test(number, thousands_of_digits_round_as_strtod)
{
    char *text = calloc(1, 6000);
    cr_assert_not_null(text);
    for (uint64_t i = 0; i < 500; i++) {
        const size_t length = 20 + random_at(11, i) % 4000, point = random_at(12, i) % length;
        for (size_t j = 0; j < length; j++) text[j] = j == point ? '.' : (char)('0' + random_at((uint32_t)i, j) % 10);
        snprintf(text + length, 16, "e%d", (int)(random_at(13, i) % 700) - 350 - (int)point);
        same_as_strtod(text);
    }
    /* 2^-1 + 2^-54 and a last digit that tips the tie after 2000 zeros */
    memset(text, 0, 6000);
    strcpy(text, "0.50000000000000005551115123125782702118158340454101562500");
    memset(text + strlen(text), '0', 2000);
    same_as_strtod(text);
    strcat(text, "1");
    same_as_strtod(text);
    free(text);
}

Test(number, what_is_not_a_number_is_refused)
{
    static const char *const texts[] = {"",     " ",   "+",   "-",     ".",        "e",         "e5",   "1e",
                                        "1e+",  "1e-", " 1",  "1 ",    "1.2.3",    "1,5",       "--1",  "+-1",
                                        "0x10", "1f",  "1d0", "1_000", "infinit",  "infinityy", "nano", "nan(1)",
                                        "in",   "n",   "+",   "1e5.0", "\xd9\xa1", "1e1e1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value = 0.0;
        cr_assert_not(parses(texts[i], &value), "'%s' was taken for a number", texts[i]);
    }
}

Test(number, words_are_read_in_any_letter_case)
{
    double value = 0.0;
    cr_assert(parses("inf", &value) && value == (double)INFINITY);
    cr_assert(parses("-Infinity", &value) && value == (double)-INFINITY);
    cr_assert(parses("+INF", &value) && value == (double)INFINITY);
    cr_assert(parses("NaN", &value) && isnan(value));
    cr_assert(parses("-nan", &value) && isnan(value));
}

Test(number, only_the_given_range_is_read)
{
    const char text[] = "12345678901234567890";
    double value = 0.0;
    cr_assert(clmlp_parse_double(text, text + 3, &value));
    cr_assert_eq(value, 123.0);
    cr_assert(clmlp_parse_double(text, text + 11, &value));
    cr_assert_eq(value, 12345678901.0);
}

Test(number, a_scan_stops_where_the_number_ends)
{
    const char text[] = "-1.5e3,7", odd[] = "2e,3", word[] = "nan";
    double value = 0.0;
    cr_assert_eq(clmlp_scan_double(text, text + 8, &value), text + 6);
    cr_assert_eq(value, -1500.0);
    cr_assert_eq(clmlp_scan_double(odd, odd + 4, &value), odd + 1);
    cr_assert_eq(value, 2.0);
    cr_assert_null(clmlp_scan_double(word, word + 3, &value));
}

Test(number, the_locale_does_not_matter)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *set = NULL;
    for (size_t i = 0; i < 4 && set == NULL; i++) set = setlocale(LC_ALL, locales[i]);
    if (set == NULL) cr_log_info("no locale with a decimal comma is installed; checked in the present one only");
    double value = 0.0;
    cr_assert(parses("3.14159265358979323846264338327950288", &value));
    cr_assert_eq(value, 0x1.921fb54442d18p+1);
    cr_assert(parses("2.5", &value));
    cr_assert_eq(value, 2.5);
    cr_assert_not(parses("2,5", &value));
}

Test(number, integers_fit_or_are_refused)
{
    static const struct { const char *text; bool ok; int64_t value; } rows[] = {
        {"0", true, 0}, {"-0", true, 0}, {"+7", true, 7}, {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX}, {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN}, {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0}, {"", false, 0}, {"-", false, 0}, {"1.0", false, 0}, {"1e3", false, 0},
        {" 1", false, 0}, {"--1", false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = 0;
        const bool ok = clmlp_parse_int64(rows[i].text, rows[i].text + strlen(rows[i].text), &value);
        cr_assert_eq(ok, rows[i].ok, "'%s'", rows[i].text);
        if (ok) cr_assert_eq(value, rows[i].value, "'%s': got %lld", rows[i].text, (long long)value);
    }
}
