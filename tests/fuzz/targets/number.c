/* number.c - fuzz target: numbers as text, against the C library's and against what a number is. */
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "fuzz.h"

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Length of the longest decimal number that `text` begins with; 0: none. */
static size_t decimal(const char *text)
{
    const char *at = text + (*text == '+' || *text == '-');
    size_t count = digits(at);
    at += count;
    if (*at == '.') {
        at++;
        const size_t fraction = digits(at);
        at += fraction;
        count += fraction;
    }
    if (count == 0) return 0;
    if (*at == 'e' || *at == 'E') {
        const char *const power = at + 1 + (at[1] == '+' || at[1] == '-');
        if (digits(power) > 0) at = power + digits(power);
    }
    return (size_t)(at - text);
}

static bool is_word(const char *text)
{
    text += *text == '+' || *text == '-';
    return strcasecmp(text, "nan") == 0 || strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0;
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void check_real(const char *text, size_t length)
{
    double value = 0.0, scanned = 0.0, again = 0.0;
    char written[32];
    const size_t number = decimal(text);
    const char *const end = clmlp_scan_double(text, text + length, &scanned);
    CHECK(end == (number > 0 ? text + number : NULL));
    const bool parsed = clmlp_parse_double(text, text + length, &value);
    CHECK(parsed == ((number > 0 && number == length) || is_word(text)));
    if (number > 0) {
        char *const copy = malloc(number + 1);
        CHECK(copy != NULL);
        memcpy(copy, text, number);
        copy[number] = '\0';
        CHECK_WITH(same(scanned, strtod(copy, NULL)), copy);
        free(copy);
    }
    if (!parsed) return;
    CHECK_WITH(same(value, strtod(text, NULL)), text);
    (void)clmlp_format_double(written, value, 17);
    CHECK_WITH(clmlp_parse_double(written, written + strlen(written), &again), written);
    CHECK_WITH(same(value, again), written);
}

static void check_integer(const char *text, size_t length)
{
    const char *const first = text + (*text == '+' || *text == '-');
    int64_t value = 0;
    errno = 0;
    const long long expected = strtoll(text, NULL, 10);
    const bool fits = errno == 0;
    const bool is_one = *first != '\0' && digits(first) == strlen(first) && fits;
    CHECK(clmlp_parse_int64(text, text + length, &value) == is_one);
    if (is_one) CHECK(value == expected);
}

void fuzz_number(const uint8_t *data, size_t size)
{
    /* no 0 within: the C library would stop there */
    const uint8_t *const nul = size > 0 ? memchr(data, 0, size) : NULL;
    const size_t length = nul != NULL ? (size_t)(nul - data) : size;
    char *const text = malloc(length + 1);
    CHECK(text != NULL);
    if (length > 0) memcpy(text, data, length);
    text[length] = '\0';
    check_real(text, length);
    check_integer(text, length);
    free(text);
}
