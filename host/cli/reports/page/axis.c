/* axis.c - an axis of a picture: its ends and its ticks at round numbers, linear or by decades. */
#include "reports/page/axis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void clmlp_cli_range_of_values(const double *values, size_t count, bool positive, double *low, double *high)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]) || (positive && values[i] <= 0.0)) continue;
        *low = fmin(*low, values[i]);
        *high = fmax(*high, values[i]);
    }
}

/* 1, 2 or 5 times a power of ten: the least that is not below `value`. */
static double round_step(double value)
{
    const double power = pow(10.0, floor(log10(value)));
    static const double steps[] = {1.0, 2.0, 5.0};
    if (!(power > 0.0)) return value; /* below the least power there is */
    for (size_t i = 0; i < 3; i++) {
        if (steps[i] * power >= value * (1.0 - 1e-9)) return steps[i] * power;
    }
    return 10.0 * power;
}

/* Values of which the difference is no number of its own, or which are one, are spread. */
static void widen(clmlp_cli_axis *axis)
{
    if (axis->low > axis->high) {
        axis->low = 0.0;
        axis->high = 1.0;
    }
    const double size = fmax(fabs(axis->low), fabs(axis->high));
    if (axis->high / 2.0 - axis->low / 2.0 > size * 1e-12) return;
    const double half = size > 0.0 ? fmax(size * 0.05, DBL_MIN * 16.0) : 0.5;
    axis->low = axis->low > -DBL_MAX / 2.0 ? axis->low - half : -DBL_MAX;
    axis->high = axis->high < DBL_MAX / 2.0 ? axis->high + half : DBL_MAX;
}

static void fit_linear(clmlp_cli_axis *axis, bool round, size_t wanted)
{
    widen(axis);
    /* halves, so that the widest range has a width */
    const double step = round_step((axis->high / 2.0 - axis->low / 2.0) / (double)wanted * 2.0);
    double first = ceil(axis->low / step * (1.0 - (axis->low > 0.0 ? 1e-12 : -1e-12)));
    double last = floor(axis->high / step * (1.0 + (axis->high > 0.0 ? 1e-12 : -1e-12)));
    if (round && isfinite((first - 1.0) * step) && isfinite((last + 1.0) * step)) {
        if (first * step > axis->low + step * 1e-9) first -= 1.0;
        if (last * step < axis->high - step * 1e-9) last += 1.0;
        axis->low = first * step;
        axis->high = last * step;
    }
    for (double i = first; i <= last && axis->count < CLMLP_CLI_TICKS; i += 1.0) {
        axis->ticks[axis->count++] = i == 0.0 ? 0.0 : i * step;
        if (i + 1.0 == i) break; /* beyond 2^53 steps */
    }
}

/* Powers of ten, and where there are few of them 2 and 5 times each, too. */
static void fit_log(clmlp_cli_axis *axis, size_t wanted)
{
    if (!(axis->high > axis->low * 1.02)) {
        axis->low /= 1.5;
        axis->high *= 1.5;
    }
    static const double between[] = {1.0, 2.0, 5.0};
    axis->low *= 0.9; /* so that no line lies on an end */
    axis->high *= 1.1;
    const double first = floor(log10(axis->low)), last = ceil(log10(axis->high));
    const bool few = last - first <= 3.0;
    const double stride = few ? 1.0 : ceil((last - first) / (double)wanted);
    for (double power = first; power <= last; power += stride) {
        for (size_t i = 0; i < (few ? 3 : 1); i++) {
            const double tick = between[i] * pow(10.0, power);
            const bool inside = tick >= axis->low * (1.0 - 1e-9) && tick <= axis->high * (1.0 + 1e-9);
            if (inside && axis->count < CLMLP_CLI_TICKS) axis->ticks[axis->count++] = tick;
        }
    }
}

void clmlp_cli_axis_fit(clmlp_cli_axis *axis, double low, double high, bool log, bool round, size_t wanted)
{
    *axis = (clmlp_cli_axis){.log = log && low > 0.0 && low <= high && high < DBL_MAX / 2.0 && low > DBL_MIN,
                             .low = low, .high = high};
    if (axis->log) fit_log(axis, wanted);
    else fit_linear(axis, round, wanted);
    /* a narrow range by decades has no round numbers of that kind */
    if (axis->log && axis->count < 2) clmlp_cli_axis_fit(axis, axis->low, axis->high, false, round, wanted);
}

double clmlp_cli_axis_place(const clmlp_cli_axis *axis, double value)
{
    double at = 0.0;
    if (axis->log) {
        at = value > 0.0 ? (log(value) - log(axis->low)) / (log(axis->high) - log(axis->low)) : 0.0;
    } else {
        at = (value / 2.0 - axis->low / 2.0) / (axis->high / 2.0 - axis->low / 2.0);
    }
    return fmin(fmax(at, 0.0), 1.0);
}

/* All labels of an axis are of one form: with exponents where one of them is long without. */
static bool wants_exponents(const clmlp_cli_axis *axis)
{
    for (size_t i = 0; i < axis->count; i++) {
        const double size = fabs(axis->ticks[i]);
        if (size != 0.0 && (size >= 1e6 || size < 1e-4)) return true;
    }
    return false;
}

/* `value` with so many significant digits: "2e5", "0", or "200000" and "0.25". */
static void write_plainly(double value, int digits, bool exponents, char *text, size_t size)
{
    if (value == 0.0) {
        (void)snprintf(text, size, "0");
        return;
    }
    (void)snprintf(text, size, "%.*e", digits - 1, value);
    char *const exponent = strchr(text, 'e');
    const int power = atoi(exponent + 1);
    if (!exponents) {
        const int decimals = digits - 1 - power;
        (void)snprintf(text, size, "%.*f", decimals > 0 ? decimals : 0, value);
        if (decimals <= 0) return;
        char *end = text + strlen(text);
        while (end[-1] == '0') *--end = '\0';
        if (end[-1] == '.') end[-1] = '\0';
        return;
    }
    char *end = exponent;
    while (digits > 1 && end[-1] == '0') end--;
    if (digits > 1 && end[-1] == '.') end--;
    (void)snprintf(end, size - (size_t)(end - text), "e%d", power);
}

/* A proper minus sign, also in exponents, and thousands apart from 10 000 on. */
static void tidy(const char *plain, char *text, size_t size)
{
    const bool minus = plain[0] == '-', whole = plain[strspn(plain, "-0123456789")] == '\0';
    const size_t length = strlen(plain) - (minus ? 1 : 0);
    size_t used = 0;
    text[0] = '\0';
    for (; *plain != '\0' && used + 8 < size; plain++) {
        const size_t left = strlen(plain);
        if (whole && length > 4 && left % 3 == 0 && left < length) {
            used += (size_t)snprintf(text + used, size - used, "\xE2\x80\xAF");
        }
        used += (size_t)snprintf(text + used, size - used, *plain == '-' ? "\xE2\x88\x92" : "%c", *plain);
    }
}

/* Whether so many digits tell all ticks apart, and say each of them but for rounding. */
static bool are_enough(const clmlp_cli_axis *axis, int digits, bool exponents)
{
    char text[48], before[48] = "";
    for (size_t i = 0; i < axis->count; i++) {
        const double value = axis->ticks[i];
        write_plainly(value, digits, exponents, text, sizeof text);
        if (!(fabs(strtod(text, NULL) - value) <= fabs(value) * 1e-9) || strcmp(text, before) == 0) return false;
        (void)strcpy(before, text);
    }
    return true;
}

void clmlp_cli_axis_label(const clmlp_cli_axis *axis, size_t tick, char *text, size_t size)
{
    char plain[48];
    const bool exponents = wants_exponents(axis);
    int digits = 1;
    while (digits < 17 && !are_enough(axis, digits, exponents)) digits++;
    write_plainly(axis->ticks[tick], digits, exponents, plain, sizeof plain);
    tidy(plain, text, size);
}

/* About how wide a label is drawn, in units of a picture: digits are of one width, spaces of thousands are narrow. */
static double width_of(const char *label)
{
    double width = 0.0;
    for (; *label != '\0'; label++) {
        if (strncmp(label, "\xE2\x80\xAF", 3) == 0) width -= 4.0;
        if (((unsigned char)*label & 0xC0U) != 0x80U) width += 7.0; /* not the rest of a character */
    }
    return width;
}

static bool are_apart(const clmlp_cli_axis *axis, double length, size_t first, size_t stride)
{
    double end = -HUGE_VAL;
    char label[48];
    for (size_t i = first; i < axis->count; i += stride) {
        clmlp_cli_axis_label(axis, i, label, sizeof label);
        const double middle = clmlp_cli_axis_place(axis, axis->ticks[i]) * length, half = width_of(label) / 2.0;
        if (middle - half < end + 8.0) return false;
        end = middle + half;
    }
    return true;
}

size_t clmlp_cli_axis_stride(const clmlp_cli_axis *axis, double length, size_t *first)
{
    size_t zero = 0, stride = 1;
    for (size_t i = 0; i < axis->count; i++) zero = axis->ticks[i] == 0.0 ? i : zero;
    while (stride < CLMLP_CLI_TICKS && !are_apart(axis, length, zero % stride, stride)) stride++;
    *first = zero % stride;
    return stride;
}
