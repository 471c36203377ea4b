/* rounded.c - numbers in the precision of a device: whether they are finite there, and the error where they are not. */
#include "base/rounded.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/parallel.h"
#include "base/vector.h"

enum { LEAST_PIECE = 1 << 17 }; /* numbers that are worth a thread */

double clmlp_largest_number(clmlp_precision precision)
{
    switch (precision) {
    case CLMLP_F32: return (double)FLT_MAX;
    case CLMLP_F64: return DBL_MAX;
    case CLMLP_PRECISION_COUNT: break;
    }
    return (double)NAN;
}

/* No early end: such loops become vector instructions. */
static bool all_finite_f32(const float *values, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) wrong |= !(fabsf(values[i]) <= FLT_MAX);
    return wrong == 0;
}

static bool all_finite_f64(const double *values, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) wrong |= !(fabs(values[i]) <= DBL_MAX);
    return wrong == 0;
}

size_t clmlp_first_infinite(clmlp_precision precision, const void *values, size_t count)
{
    const float *const f32 = values;
    const double *const f64 = values;
    const bool is_double = precision == CLMLP_F64;
    size_t i = 0;
    if (is_double ? all_finite_f64(f64, count) : all_finite_f32(f32, count)) return count;
    while (i < count && (is_double ? isfinite(f64[i]) : isfinite(f32[i]))) i++;
    return i;
}

size_t clmlp_round_to_float(const double *from, size_t count, float *to)
{
    for (size_t i = 0; i < count; i++) to[i] = (float)from[i];
    size_t i = all_finite_f32(to, count) ? count : 0;
    while (i < count && (isfinite(to[i]) || !isfinite(from[i]))) i++;
    return i;
}

typedef struct conversion {
    const float *from;
    double *to;
} conversion;

CLMLP_WIDE static void widen_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const conversion *const c = context;
    (void)piece;
    for (size_t i = begin; i < end; i++) c->to[i] = (double)c->from[i];
}

void clmlp_widen(const float *from, size_t count, double *to)
{
    conversion c = {from, to};
    (void)clmlp_parallel(count, LEAST_PIECE, widen_piece, &c);
}

CLMLP_WIDE static void round_piece(size_t piece, size_t begin, size_t end, void *context)
{
    double *const values = context;
    (void)piece;
    for (size_t i = begin; i < end; i++) values[i] = (double)(float)values[i];
}

void clmlp_round_as_float(double *values, size_t count)
{
    (void)clmlp_parallel(count, LEAST_PIECE, round_piece, values);
}

clmlp_status clmlp_fail_beyond(clmlp_error *error, clmlp_precision precision, const char *format, ...)
{
    char found[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s, which is beyond the largest number of %s, %.15g%s", found,
                      clmlp_precision_name(precision), clmlp_largest_number(precision),
                      precision == CLMLP_F32 ? " (f64 can have it)" : "");
}
