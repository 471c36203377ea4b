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

/* "1e-05" as "1e-5", and a proper minus sign. */
static void tidy(const char *plain, char *text, size_t size)
{
    const char *const exponent = strchr(plain, 'e');
    const bool minus = plain[0] == '-';
    const int mantissa = exponent != NULL ? (int)(exponent - plain) : (int)strlen(plain);
    (void)snprintf(text, size, "%s%.*s", minus ? "\xE2\x88\x92" : "", mantissa - minus, plain + minus);
    if (exponent == NULL) return;
    const size_t used = strlen(text);
    (void)snprintf(text + used, size - used, "e%d", atoi(exponent + 1));
}

void clmlp_cli_axis_label(const clmlp_cli_axis *axis, size_t tick, char *text, size_t size)
{
    char plain[48], other[48];
    for (int digits = 3; digits <= 17; digits++) {
        bool unique = true;
        (void)snprintf(plain, sizeof plain, "%.*g", digits, axis->ticks[tick]);
        for (size_t i = 0; i < axis->count && unique; i++) {
            (void)snprintf(other, sizeof other, "%.*g", digits, axis->ticks[i]);
            unique = i == tick || strcmp(plain, other) != 0;
        }
        if (unique && fabs(axis->ticks[tick]) >= 1e3 && fabs(axis->ticks[tick]) < 1e5 && strchr(plain, 'e') != NULL) {
            continue; /* 10000 rather than 1e4 */
        }
        if (unique) break;
    }
    tidy(plain, text, size);
}
