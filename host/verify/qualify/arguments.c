/* arguments.c - arguments that functions are swept over: special values, then random ones.
 *
 * Special values come in all combinations. The random ones are of four kinds in turn: any bits; even over the range
 * where the function is not constant; near the argument where it is hardest; any size there.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "verify/qualify/qualify.h"

enum { KINDS = 4 };

/* Where a function is interesting: even over [low, high]; hardest near `hard`. */
typedef struct range {
    double low, high, hard;
} range;

static range range_of(clmlp_probe_function function, clmlp_precision precision)
{
    const bool is_double = precision == CLMLP_F64;
    switch (function) {
    case CLMLP_PROBE_EXP: return is_double ? (range){-750.0, 715.0, 0.0} : (range){-106.0, 92.0, 0.0};
    case CLMLP_PROBE_LOG: return (range){0.0, 1000.0, 1.0};
    case CLMLP_PROBE_LOG1P: return (range){-1.0, 10.0, 0.0};
    case CLMLP_PROBE_TANH: return is_double ? (range){-22.0, 22.0, 0.0} : (range){-10.5, 10.5, 0.0};
    case CLMLP_PROBE_SIGMOID: return is_double ? (range){-750.0, 750.0, 0.0} : (range){-106.0, 106.0, 0.0};
    case CLMLP_PROBE_LOG1P_UNIT: return (range){0.0, 1.0, 0.0};
    case CLMLP_PROBE_RELU: return (range){-10.0, 10.0, 1.0};
    case CLMLP_PROBE_ADD: /* of several arguments, which are chosen otherwise */
    case CLMLP_PROBE_MULTIPLY:
    case CLMLP_PROBE_DIVIDE:
    case CLMLP_PROBE_FMA:
    case CLMLP_PROBE_MULTIPLY_ADD:
    case CLMLP_PROBE_TWO_SUM:
    case CLMLP_PROBE_FUNCTION_COUNT: break;
    }
    return (range){(double)NAN, (double)NAN, (double)NAN};
}

static const double specials[] = {
    0.0, 1.0, (double)INFINITY, (double)NAN, 2.0, (double)FLT_MAX, (double)FLT_MIN, 0x1p-149, 0.5, 3.0, /* short list */
    0x1.fffffcp-127, 0x1.000002p0, 0x1.fffffep-1, 0x1p-24, 0x1p-25, 10.0, 17.0, 87.33654, 88.72284, 104.0, 0x1p127,
    DBL_MAX, DBL_MIN, 0x1p-1074, 0x1.fffffffffffffp-1023, 0x1.0000000000001p0, 0x1.fffffffffffffp-1, 708.396, 709.783,
    745.2};

enum { ALL = 2 * sizeof specials / sizeof *specials, FEW = 2 * 10 };

static bool has_specials(clmlp_probe_function function)
{
    /* the ranges of these are limited: an overflow or underflow on the way may be treated either way */
    return function != CLMLP_PROBE_TWO_SUM && function != CLMLP_PROBE_MULTIPLY_ADD &&
           function != CLMLP_PROBE_LOG1P_UNIT;
}

size_t clmlp_special_count(clmlp_probe_function function)
{
    if (!has_specials(function)) return 0;
    switch (clmlp_probe_function_arguments(function)) {
    case 1: return ALL;
    case 2: return (size_t)ALL * ALL;
    case 3: return (size_t)FEW * FEW * FEW;
    default: return 0; /* an unknown function has no arguments */
    }
}

static double special(clmlp_probe_function function, unsigned which, size_t i)
{
    const size_t length = clmlp_probe_function_arguments(function) > 2 ? FEW : ALL;
    for (unsigned k = 0; k < which; k++) i /= length;
    i %= length;
    const double value = specials[i / 2];
    return i % 2 == 0 ? value : -value;
}

/* --- random ones --------------------------------------------------------------------------------------------- */

typedef struct source {
    clmlp_probe_function function;
    clmlp_precision precision;
    uint64_t seed;
    size_t i;
} source;

static uint64_t bits(const source *s, unsigned which)
{
    return clmlp_random_bits(s->seed, CLMLP_RANDOM_QUALIFY, 8U * (uint32_t)s->function + which, s->i);
}

static double uniform(const source *s, unsigned which)
{
    return ((double)(bits(s, which) >> 11) + 0.5) * 0x1p-53;
}

/* Any finite number of the precision. */
static double any_bits(const source *s, unsigned which)
{
    const uint64_t random = bits(s, which);
    if (s->precision == CLMLP_F64) {
        double value;
        memcpy(&value, &random, sizeof value);
        return isfinite(value) ? value : 1.0;
    }
    const uint32_t half = (uint32_t)random;
    float value;
    memcpy(&value, &half, sizeof value);
    return isfinite(value) ? (double)value : 1.0;
}

/* sign 2^exponent, the exponent even over [least, most]. */
static double any_size(const source *s, unsigned which, double least, double most)
{
    const double magnitude = exp2(least + (most - least) * uniform(s, which));
    return (bits(s, which) & 1U) != 0 ? -magnitude : magnitude;
}

static double rounded(const source *s, double value)
{
    return s->precision == CLMLP_F64 ? value : (double)(float)value;
}

static double one_argument(const source *s)
{
    const range r = range_of(s->function, s->precision);
    double value = 0.0;
    switch (s->i % KINDS) {
    case 0: value = any_bits(s, 0); break;
    case 1: value = r.low + (r.high - r.low) * uniform(s, 0); break;
    case 2: value = r.hard + any_size(s, 0, s->precision == CLMLP_F64 ? -54.0 : -25.0, -1.0); break;
    default: value = any_size(s, 0, -30.0, 7.0); break;
    }
    if (s->function == CLMLP_PROBE_LOG) value = fabs(value);
    if (s->function == CLMLP_PROBE_LOG1P && value < -1.0) value = s->i % 8 < 4 ? -value : -1.0 - 1.0 / value;
    if (s->function == CLMLP_PROBE_LOG1P_UNIT) {
        value = fabs(value);
        if (value > 1.0) value = 1.0 / value;
    }
    return rounded(s, value);
}

/* Of several arguments: any bits; of all sizes that no result leaves; close to 1; and nearly cancelling. */
static double several_arguments(const source *s, unsigned which)
{
    const bool limited = !has_specials(s->function);
    const size_t kind = s->i % KINDS;
    if (kind == 0 && !limited) return any_bits(s, which);
    if (kind == 1 || kind == 0) return rounded(s, any_size(s, which, -30.0, 30.0));
    const unsigned last = clmlp_probe_function_arguments(s->function) - 1;
    if (kind == 3 && which == last) {
        /* minus the product or number before, a few parts in a thousand or in 2^23 off */
        double before = several_arguments(s, 0);
        if (last == 2) before *= several_arguments(s, 1);
        return rounded(s, -before * (1.0 + any_size(s, which, -26.0, -8.0)));
    }
    return rounded(s, 1.0 + any_size(s, which, s->precision == CLMLP_F64 ? -52.0 : -23.0, -1.0));
}

double clmlp_sweep_argument(clmlp_probe_function function, clmlp_precision precision, uint64_t seed, unsigned which,
                            size_t i)
{
    const size_t count = clmlp_special_count(function);
    const source s = {function, precision, seed, i};
    if (which >= clmlp_probe_function_arguments(function)) return 0.0;
    if (i < count) return rounded(&s, special(function, which, i));
    return clmlp_probe_function_arguments(function) == 1 ? one_argument(&s) : several_arguments(&s, which);
}
