/* option_numbers.c - option values that are numbers, or lists of them: parse, check and show. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/schedule.h>

#include "options/option_types.h"

/* --- numbers ------------------------------------------------------------------------------------------ */

/* strtod alone would also take blanks, hexadecimal, inf and nan. The program never leaves the C locale. */
bool clmlp_cli_read_real(const char *text, double *value)
{
    if (text[0] == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0') return false;
    char *end;
    *value = strtod(text, &end);
    return *end == '\0';
}

static const char *parse_positive(const char *text, void *value)
{
    double number;
    if (!clmlp_cli_read_real(text, &number) || !(number > 0.0)) return "expected a number > 0";
    if (isinf(number)) return "too large a number";
    *(double *)value = number;
    return NULL;
}

static const char *parse_below_one(const char *text, void *value)
{
    double number;
    if (!clmlp_cli_read_real(text, &number) || !(number >= 0.0 && number < 1.0)) {
        return "expected a number >= 0 and < 1";
    }
    *(double *)value = number;
    return NULL;
}

static const char *parse_inside_one(const char *text, void *value)
{
    double number;
    if (!clmlp_cli_read_real(text, &number) || !(number > 0.0 && number < 1.0)) return "expected a number > 0 and < 1";
    *(double *)value = number;
    return NULL;
}

static const char *parse_non_negative(const char *text, void *value)
{
    double number;
    if (!clmlp_cli_read_real(text, &number) || !(number >= 0.0)) return "expected a number >= 0";
    if (isinf(number)) return "too large a number";
    *(double *)value = number;
    return NULL;
}

/* Milliseconds, or a word. */
static const char *parse_launch(const char *text, void *value)
{
    double number = strcmp(text, "none") == 0 ? (double)INFINITY : 0.0;
    const bool word = isinf(number) || strcmp(text, "auto") == 0;
    if (!word && (!clmlp_cli_read_real(text, &number) || !(number > 0.0))) {
        return "expected a number > 0 of milliseconds, auto or none";
    }
    if (!word && isinf(number)) return "too large a number";
    *(double *)value = number;
    return NULL;
}

static void show_launch(const void *value, char *text, size_t size)
{
    const double number = *(const double *)value;
    if (number == 0.0) (void)snprintf(text, size, "auto");
    else if (isinf(number)) (void)snprintf(text, size, "none");
    else (void)snprintf(text, size, "%g", number);
}

static void show_real(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%g", *(const double *)value);
}

/* Digits up to *end; false when there are none or they do not fit. */
static bool read_whole(const char *text, uintmax_t limit, uintmax_t *value, const char **end)
{
    if (!isdigit((unsigned char)text[0])) return false;
    char *stop;
    errno = 0;
    *value = strtoumax(text, &stop, 10);
    *end = stop;
    return errno == 0 && *value <= limit;
}

static bool read_count(const char *text, size_t *count, const char **end)
{
    uintmax_t number;
    if (!read_whole(text, INT32_MAX, &number, end) || number == 0) return false;
    *count = (size_t)number;
    return true;
}

static const char *parse_count(const char *text, void *value)
{
    size_t count;
    const char *end;
    if (!read_count(text, &count, &end) || *end != '\0') return "expected a whole number from 1 to 2147483647";
    *(size_t *)value = count;
    return NULL;
}

static void show_count(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%zu", *(const size_t *)value);
}

/* A count, or `word` for 0. */
static bool parse_count_or(const char *word, const char *text, void *value)
{
    if (strcmp(text, word) != 0) return parse_count(text, value) == NULL;
    *(size_t *)value = 0;
    return true;
}

static void show_count_or(const char *word, const void *value, char *text, size_t size)
{
    if (*(const size_t *)value == 0) (void)snprintf(text, size, "%s", word);
    else show_count(value, text, size);
}

static const char *parse_batch(const char *text, void *value)
{
    return parse_count_or("full", text, value) ? NULL : "expected a whole number from 1 to 2147483647, or full";
}

static void show_batch(const void *value, char *text, size_t size)
{
    show_count_or("full", value, text, size);
}

static const char *parse_count_or_all(const char *text, void *value)
{
    return parse_count_or("all", text, value) ? NULL : "expected a whole number from 1 to 2147483647, or all";
}

static void show_count_or_all(const void *value, char *text, size_t size)
{
    show_count_or("all", value, text, size);
}

/* "200" or "5%". */
static const char *parse_span(const char *text, void *value)
{
    static const char complaint[] = "expected a number of steps from 1 to 2147483647, or a percentage > 0 and < 100 "
                                    "such as 5%";
    clmlp_span span = {0, 0.0};
    char digits[32];
    const size_t length = strlen(text);
    if (length > 0 && length < sizeof digits && text[length - 1] == '%') {
        memcpy(digits, text, length - 1);
        digits[length - 1] = '\0';
        if (!clmlp_cli_read_real(digits, &span.share) || !(span.share > 0.0 && span.share < 100.0)) return complaint;
        span.share /= 100.0;
    } else if (parse_count(text, &span.steps) != NULL) {
        return complaint;
    }
    *(clmlp_span *)value = span;
    return NULL;
}

/* "1e-5:100". */
static const char *parse_range(const char *text, void *value)
{
    static const char complaint[] = "expected two numbers > 0, the smaller first, such as 1e-5:100";
    clmlp_cli_range range;
    char first[64];
    const char *const colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof first) return complaint;
    memcpy(first, text, (size_t)(colon - text));
    first[colon - text] = '\0';
    if (!clmlp_cli_read_real(first, &range.from) || !clmlp_cli_read_real(colon + 1, &range.to)) return complaint;
    if (!(range.from > 0.0 && range.to > range.from) || isinf(range.to)) return complaint;
    *(clmlp_cli_range *)value = range;
    return NULL;
}

static void show_range(const void *value, char *text, size_t size)
{
    const clmlp_cli_range *const range = value;
    (void)snprintf(text, size, "%g:%g", range->from, range->to);
}

static const char *parse_layer_rates(const char *text, void *value)
{
    static const char expected[] = "expected fan-in, or a number > 0 for each theta(l), such as 1,0.5";
    clmlp_cli_rates rates = {.count = 0};
    char number[48];
    if (strcmp(text, "fan-in") != 0) {
        for (const char *at = text; at != NULL;) {
            const char *const comma = strchr(at, ',');
            const size_t length = comma != NULL ? (size_t)(comma - at) : strlen(at);
            if (length >= sizeof number) return expected;
            if (rates.count == sizeof rates.of / sizeof *rates.of) return "too many numbers";
            memcpy(number, at, length);
            number[length] = '\0';
            if (parse_positive(number, &rates.of[rates.count++]) != NULL) return expected;
            at = comma != NULL ? comma + 1 : NULL;
        }
    }
    *(clmlp_cli_rates *)value = rates;
    return NULL;
}

static const char *parse_share(const char *text, void *value)
{
    size_t count;
    if (strncmp(text, "1/", 2) != 0 || parse_count(text + 2, &count) != NULL) {
        return "expected a share such as 1/500: one step in 500";
    }
    *(size_t *)value = count;
    return NULL;
}

static const char *parse_seed(const char *text, void *value)
{
    uintmax_t number;
    const char *end;
    if (!read_whole(text, UINT64_MAX, &number, &end) || *end != '\0') {
        return "expected a whole number from 0 to 18446744073709551615";
    }
    *(uint64_t *)value = (uint64_t)number;
    return NULL;
}

static void show_seed(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%ju", (uintmax_t)*(const uint64_t *)value);
}

static const char *parse_bytes(const char *text, void *value)
{
    static const char complaint[] = "expected a size in bytes, such as 800M or 2G (K, M, G and T are powers of 1024)";
    static const char units[] = "KMGT";
    if (!isdigit((unsigned char)text[0])) return complaint;
    uintmax_t number;
    const char *end;
    if (!read_whole(text, UINT64_MAX, &number, &end)) return "too large a size";
    unsigned shift = 0;
    if (*end != '\0') {
        const char *const unit = strchr(units, toupper((unsigned char)*end));
        if (unit == NULL || end[1] != '\0') return complaint;
        shift = 10 * (unsigned)(unit - units + 1);
    }
    if (number == 0) return complaint;
    if (number > UINT64_MAX >> shift) return "too large a size";
    *(uint64_t *)value = (uint64_t)number << shift;
    return NULL;
}

/* --- layers ------------------------------------------------------------------------------------------- */

static const char *parse_hidden(const char *text, void *value)
{
    clmlp_cli_layers layers = {0};
    for (const char *at = text; *at != '\0' || at != text;) {
        if (layers.count == CLMLP_CLI_MAX_HIDDEN) return "expected at most 64 layers";
        if (!read_count(at, &layers.units[layers.count++], &at) || (*at != ',' && *at != '\0')) {
            return "expected layer sizes such as 25 or 300,100, each from 1 to 2147483647, or '' for none";
        }
        if (*at == '\0') break;
        at++;
    }
    *(clmlp_cli_layers *)value = layers;
    return NULL;
}

static const char *parse_network(const char *text, void *value)
{
    clmlp_cli_layers layers;
    if (parse_hidden(text, &layers) != NULL || layers.count < 2) {
        return "expected the sizes of 2 to 64 layers such as 784,512,10, each from 1 to 2147483647";
    }
    *(clmlp_cli_layers *)value = layers;
    return NULL;
}

static const char *parse_sizes(const char *text, void *value)
{
    clmlp_cli_layers sizes;
    if (parse_hidden(text, &sizes) != NULL || sizes.count < 1) {
        return "expected up to 64 sizes such as 32,128,512, each from 1 to 2147483647";
    }
    *(clmlp_cli_layers *)value = sizes;
    return NULL;
}

static void show_hidden(const void *value, char *text, size_t size)
{
    const clmlp_cli_layers *const layers = value;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < layers->count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i == 0 ? "" : ",", layers->units[i]);
    }
}

/* "10" epochs or "30s". */
static const char *parse_every(const char *text, void *value)
{
    static const char complaint[] = "expected a whole number of epochs such as 10, or seconds such as 30s";
    clmlp_cli_interval every = {0, 0.0};
    const size_t length = strlen(text);
    char number[64];
    if (length > 1 && length < sizeof number && text[length - 1] == 's') {
        (void)snprintf(number, sizeof number, "%.*s", (int)(length - 1), text);
        if (parse_positive(number, &every.seconds) != NULL) return complaint;
    } else if (parse_count(text, &every.epochs) != NULL) {
        return complaint;
    }
    *(clmlp_cli_interval *)value = every;
    return NULL;
}

static void show_every(const void *value, char *text, size_t size)
{
    const clmlp_cli_interval *const every = value;
    if (every->epochs > 0) (void)snprintf(text, size, "%zu", every->epochs);
    else (void)snprintf(text, size, "%gs", every->seconds);
}

static const char *parse_probabilities(const char *text, void *value)
{
    clmlp_cli_probabilities list = {0};
    for (const char *at = text;; at++) {
        char number[64];
        const size_t length = strcspn(at, ",");
        if (list.count == CLMLP_CLI_MAX_HIDDEN) return "expected at most 64 numbers";
        (void)snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : sizeof number), at);
        if (length >= sizeof number || parse_below_one(number, &list.of[list.count]) != NULL) {
            return "expected numbers such as 0.5 or 0.2,0.5, each >= 0 and < 1: one for all hidden layers or one for "
                   "each";
        }
        list.count++;
        at += length;
        if (*at == '\0') break;
    }
    *(clmlp_cli_probabilities *)value = list;
    return NULL;
}

/* None are shown as 0, and equal ones as one, which means the same. */
static void show_probabilities(const void *value, char *text, size_t size)
{
    const clmlp_cli_probabilities *const list = value;
    size_t used = 0, shown = list->count > 0 ? 1 : 0;
    (void)snprintf(text, size, "0");
    for (size_t i = 1; i < list->count; i++) shown = list->of[i] != list->of[0] ? list->count : shown;
    for (size_t i = 0; i < shown && used < size; i++) {
        const int length = snprintf(text + used, size - used, "%s%.17g", i > 0 ? "," : "", list->of[i]);
        used += length > 0 ? (size_t)length : size;
    }
}

const clmlp_cli_type clmlp_cli_every = {parse_every, show_every, NULL};
const clmlp_cli_type clmlp_cli_positive = {parse_positive, show_real, NULL};
const clmlp_cli_type clmlp_cli_below_one = {parse_below_one, show_real, NULL};
const clmlp_cli_type clmlp_cli_inside_one = {parse_inside_one, show_real, NULL};
const clmlp_cli_type clmlp_cli_non_negative = {parse_non_negative, show_real, NULL};
const clmlp_cli_type clmlp_cli_count = {parse_count, show_count, NULL};
const clmlp_cli_type clmlp_cli_count_or_all = {parse_count_or_all, show_count_or_all, NULL};
const clmlp_cli_type clmlp_cli_batch = {parse_batch, show_batch, NULL};
const clmlp_cli_type clmlp_cli_seed = {parse_seed, show_seed, NULL};
const clmlp_cli_type clmlp_cli_layer_rates = {parse_layer_rates, NULL, NULL};
const clmlp_cli_type clmlp_cli_share = {parse_share, NULL, NULL};
const clmlp_cli_type clmlp_cli_span = {parse_span, NULL, NULL};
const clmlp_cli_type clmlp_cli_range_of_rates = {parse_range, show_range, NULL};
const clmlp_cli_type clmlp_cli_launch = {parse_launch, show_launch, NULL};
const clmlp_cli_type clmlp_cli_bytes = {parse_bytes, NULL, NULL};
const clmlp_cli_type clmlp_cli_hidden = {parse_hidden, show_hidden, NULL};
const clmlp_cli_type clmlp_cli_probability_list = {parse_probabilities, show_probabilities, NULL};
const clmlp_cli_type clmlp_cli_network = {parse_network, show_hidden, NULL};
const clmlp_cli_type clmlp_cli_sizes = {parse_sizes, show_hidden, NULL};
