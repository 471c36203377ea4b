/* trend.c - judge the errors of a tensor together: a factor, an offset. */
#include "verify/step/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "verify/step/trend_units.h"

/* A trend is reported where chance would bring it once in 1 / (2 exp(-RARE^2 / 2)) = 1.2e18 tests: with 1e9 tests a
 * run, once in 1e9 runs. */
#define RARE 9.2
/* Of what rounding may do to an element, a trend is half at least. */
#define LEAST_EFFECT 0.5

enum { BLOCK = 256, LANES = 8, LEAST_PIECE = 1 << 14 }; /* LANES divides BLOCK */

/* A piece of a row. */
typedef struct strip {
    double inverse[BLOCK]; /* 1/d; 0: the element says nothing */
    double error[BLOCK], base[BLOCK], allowed[BLOCK];
    double spread[BLOCK];  /* d, as a part of the bound; 1 where all of it counts */
} strip;

typedef struct judging {
    const clmlp_trend_data *data;
    clmlp_trend_unit *units;
} judging;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* --- elements ---------------------------------------------------------------------------------------------------- */

CLMLP_WIDE static void take_spread(const clmlp_trend_data *t, size_t r, size_t from, size_t count, strip *s)
{
    const double row = t->row_spread != NULL ? t->row_spread[r] : 1.0;
    for (size_t i = 0; i < count; i++) {
        s->spread[i] = t->column_spread != NULL ? larger(row, t->column_spread[from + i]) : row;
    }
}

/* Elements that say nothing add nothing. */
static inline void leave_out(const double *counts, size_t count, strip *s)
{
    for (size_t i = 0; i < count; i++) {
        s->inverse[i] = counts[i] > 0.0 ? s->inverse[i] : 0.0;
        s->error[i] = counts[i] > 0.0 ? s->error[i] : 0.0;
        s->base[i] = counts[i] > 0.0 ? s->base[i] : 0.0;
        s->allowed[i] = counts[i] > 0.0 ? s->allowed[i] : 0.0;
    }
}

/* Of a sum, or of a step from `before`. Written so that compilers see that there is nothing to branch on. */
CLMLP_WIDE static void take_sums(const clmlp_trend_data *t, size_t at, size_t count, strip *s)
{
    const double u = t->arithmetic->u, *expected = t->expected + at, *found = t->found + at, *bound = t->bound + at;
    const double exact_from = t->exact_from * u, allowed = t->relative * u, least = t->least;
    const double *const before = t->before != NULL ? t->before + at : NULL;
    double counts[BLOCK];
    for (size_t i = 0; i < count; i++) s->base[i] = before != NULL ? expected[i] - before[i] : expected[i];
    for (size_t i = 0; i < count; i++) {
        const double error = found[i] - expected[i], size = fabs(s->base[i]);
        double c = bound[i] > least ? 1.0 : 0.0;
        c = bound[i] <= DBL_MAX ? c : 0.0;
        c = fabs(error) <= DBL_MAX ? c : 0.0;
        counts[i] = size >= exact_from * fabs(expected[i]) ? c : 0.0;
        s->inverse[i] = 1.0 / (bound[i] * s->spread[i]);
        s->error[i] = error;
        s->allowed[i] = allowed * size;
    }
    leave_out(counts, count, s);
    for (size_t i = 0; t->decayed != NULL && i < count; i++) {
        if (s->inverse[i] > 0.0) s->allowed[i] += 2.0 * u * fabs(t->decay * t->decayed[at + i]);
    }
}

/* Of a sum times a factor: the sum's errors are random, all else that is in the bound may be on one side. */
CLMLP_WIDE static void take_products(const clmlp_trend_data *t, size_t at, size_t count, strip *s)
{
    const double *expected = t->expected + at, *found = t->found + at, *bound = t->bound + at, *sum = t->sum + at;
    const double *const base = t->moved != NULL ? t->moved + at : expected, *const sum_bound = t->sum_bound + at;
    const double least = t->least, underflow = t->arithmetic->least;
    double counts[BLOCK];
    for (size_t i = 0; i < count; i++) {
        const double own = fabs(base[i] / sum[i]) * sum_bound[i], error = found[i] - expected[i], rest = bound[i] - own;
        double c = sum_bound[i] > least ? 1.0 : 0.0;
        c = own > underflow ? c : 0.0;
        /* where the sum is next to nothing of the bound (g' nearly 0), all may be on one side */
        c = own >= 0x1p-10 * bound[i] ? c : 0.0;
        c = bound[i] <= DBL_MAX ? c : 0.0;
        counts[i] = fabs(error) <= DBL_MAX ? c : 0.0;
        s->inverse[i] = 1.0 / (own * s->spread[i]);
        s->error[i] = error;
        s->base[i] = base[i];
        s->allowed[i] = rest > 0.0 ? rest : 0.0;
    }
    leave_out(counts, count, s);
}

/* What the elements of a strip add to their units: the sums of clmlp_trend_unit. */
typedef struct terms {
    double error[BLOCK], size[BLOCK], square[BLOCK], allowed[BLOCK], offset[BLOCK], count[BLOCK], offset_allowed[BLOCK];
} terms;

CLMLP_WIDE static void take_terms(const strip *s, size_t count, terms *t)
{
    for (size_t i = 0; i < count; i++) {
        const double inverse = s->inverse[i], y = s->error[i] * inverse, x = s->base[i] * inverse, size = fabs(x);
        const double off = s->allowed[i] * inverse;
        t->error[i] = x * y;
        t->size[i] = size;
        t->square[i] = x * x;
        t->allowed[i] = size * off;
        t->offset[i] = y;
        t->count[i] = inverse > 0.0 ? 1.0 : 0.0;
        t->offset_allowed[i] = off;
    }
}

/* Sums side by side, as vectors add; what is behind the last of `count` is overwritten. */
CLMLP_WIDE static double sum_of(double values[BLOCK], size_t count)
{
    double lanes[LANES] = {0.0}, sum = 0.0;
    for (size_t i = count; i % LANES != 0; i++) values[i] = 0.0;
    for (size_t i = 0; i < count; i += LANES) {
        for (size_t k = 0; k < LANES; k++) lanes[k] += values[i + k];
    }
    for (size_t k = 0; k < LANES; k++) sum += lanes[k];
    return sum;
}

/* All elements of a strip belong to one unit. */
static void add_to_unit(clmlp_trend_unit *u, terms *t, size_t count)
{
    u->error += sum_of(t->error, count);
    u->size += sum_of(t->size, count);
    u->square += sum_of(t->square, count);
    u->allowed += sum_of(t->allowed, count);
    u->offset += sum_of(t->offset, count);
    u->count += sum_of(t->count, count);
    u->offset_allowed += sum_of(t->offset_allowed, count);
}

/* Each to a unit of its own. */
CLMLP_WIDE static void add_to_units(terms *units, const terms *t, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        units->error[i] += t->error[i];
        units->size[i] += t->size[i];
        units->square[i] += t->square[i];
        units->allowed[i] += t->allowed[i];
        units->offset[i] += t->offset[i];
        units->count[i] += t->count[i];
        units->offset_allowed[i] += t->offset_allowed[i];
    }
}

/* `count` elements of row r, from column `from` on. */
static void judge_strip(const clmlp_trend_data *t, size_t r, size_t from, size_t count, terms *out)
{
    strip s;
    take_spread(t, r, from, count, &s);
    (t->sum != NULL ? take_products : take_sums)(t, r * t->columns + from, count, &s);
    take_terms(&s, count, out);
}

static size_t strip_width(size_t from, size_t end)
{
    return end - from < BLOCK ? end - from : BLOCK;
}

static size_t end_of(const clmlp_trend_data *t)
{
    return t->end > 0 ? t->end : t->columns;
}

static void judge_row(const judging *j, size_t r)
{
    const clmlp_trend_data *const t = j->data;
    const size_t end = end_of(t);
    for (size_t from = t->first; from < end; from += BLOCK) {
        const size_t count = strip_width(from, end);
        terms row;
        judge_strip(t, r, from, count, &row);
        add_to_unit(&j->units[r], &row, count);
    }
}

static void judge_columns(const judging *j, size_t from, size_t count)
{
    terms row, sums;
    memset(&sums, 0, sizeof sums);
    for (size_t r = 0; r < j->data->rows; r++) {
        judge_strip(j->data, r, from, count, &row);
        add_to_units(&sums, &row, count);
    }
    for (size_t i = 0; i < count; i++) {
        j->units[from + i] = (clmlp_trend_unit){
            .error = sums.error[i], .size = sums.size[i], .square = sums.square[i], .allowed = sums.allowed[i],
            .offset = sums.offset[i], .count = sums.count[i], .offset_allowed = sums.offset_allowed[i]};
    }
}

/* Each unit is summed in order by one thread. */
static void judge_units(size_t piece, size_t begin, size_t end, void *context)
{
    const judging *const j = context;
    const clmlp_trend_data *const t = j->data;
    (void)piece;
    if (t->units_are_rows) {
        for (size_t r = begin; r < end; r++) judge_row(j, r);
        return;
    }
    for (size_t from = t->first + begin; from < t->first + end; from += BLOCK) {
        judge_columns(j, from, strip_width(from, t->first + end));
    }
}

/* --- units ------------------------------------------------------------------------------------------------------- */

/* What a kind of trend comes to. */
typedef struct total {
    double units, sum;          /* of the units' means */
    double apart;               /* units that are not alike */
    double sizes, squares;      /* of the units' errors, squared: at most, and as they are */
    double slope;               /* the mean that a factor of 2, or an offset of one d, would give, over all units */
    double allowed;
} total;

static void add_unit(total *t, double alike, double error, double size, double slope, double allowed)
{
    if (!(size > 0.0)) return;
    const double same = larger(alike, 1.0);
    t->units += 1.0;
    t->apart += 1.0 / same;
    t->sum += error / size;
    t->sizes += same;
    t->squares += same * (error / size) * (error / size);
    t->slope += slope / size;
    t->allowed += allowed / size;
}

/* The largest of three limits: the units' errors as sums of roundings, at most one d each; their signs alone, however
 * large they are; and half of what rounding may do to all of them, of which sums of equal
 * terms take a third. */
static clmlp_trend conclude(const total *t)
{
    const double rare = RARE * sqrt(larger(t->sizes, t->squares)), effect = LEAST_EFFECT * t->units;
    return (clmlp_trend){t->sum / t->slope, (larger(rare, effect) + t->allowed) / t->slope};
}

/* around: what is told is around + estimate, and judged as it is rounded. */
static bool is_trend(double around, const clmlp_trend *trend)
{
    const double told = around + trend->estimate;
    return !(fabs(told - around) <= trend->limit);
}

static void conclude_all(const clmlp_trend_unit *units, size_t count, clmlp_trends *trends)
{
    total factor = {.units = 0.0}, offset = {.units = 0.0};
    for (size_t j = 0; j < count; j++) {
        const clmlp_trend_unit *const u = &units[j];
        add_unit(&factor, u->alike, u->error, u->size, u->square, u->allowed);
        add_unit(&offset, u->alike, u->offset, u->count, u->count, u->offset_allowed);
    }
    trends->judged = factor.apart >= CLMLP_TREND_UNITS;
    if (!trends->judged) return;
    trends->factor = conclude(&factor);
    trends->offset = conclude(&offset);
    /* errors beyond all numbers are beyond their bounds, too */
    trends->judged = isfinite(trends->factor.estimate) && isfinite(trends->factor.limit) &&
                     isfinite(trends->offset.estimate) && isfinite(trends->offset.limit);
}

void clmlp_trend_add_rows(const clmlp_trend_data *data, clmlp_trend_unit *units)
{
    const judging j = {.data = data, .units = units};
    for (size_t r = 0; r < data->rows; r++) judge_row(&j, r);
}

clmlp_status clmlp_trends_conclude(const clmlp_trend_data *data, clmlp_trend_unit *units, size_t count,
                                   clmlp_trends *trends, clmlp_error *error)
{
    conclude_all(units, count, trends);
    if (!trends->judged || (!is_trend(1.0, &trends->factor) && !is_trend(0.0, &trends->offset))) return CLMLP_OK;
    TRY(clmlp_trend_widen_equal_terms(data, units, count, error));
    TRY(clmlp_trend_find_alike(data, units, count, error));
    conclude_all(units, count, trends);
    return CLMLP_OK;
}

clmlp_status clmlp_trends_of(const clmlp_trend_data *data, clmlp_trends *trends, clmlp_error *error)
{
    const size_t count = data->units_are_rows ? data->rows : data->columns - data->first;
    const size_t others = data->units_are_rows ? data->columns : data->rows;
    clmlp_trend_unit *units = NULL;
    *trends = (clmlp_trends){.judged = false};
    if (count < CLMLP_TREND_UNITS) return CLMLP_OK;
    TRY(clmlp_allocate(&units, count + data->first, sizeof *units, "the units of a layer", error));
    judging j = {.data = data, .units = units};
    (void)clmlp_parallel(count, LEAST_PIECE / others + 1, judge_units, &j);
    const clmlp_status status =
        clmlp_trends_conclude(data, data->units_are_rows ? units : units + data->first, count, trends, error);
    free(units);
    return status;
}
