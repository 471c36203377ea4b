/* compare.c - compare tensors element by element with their bounds.
 *
 * The maxima soon stop changing. So each row is first looked at as a whole, without branches, for whether it has
 * anything to add; what has is looked at by itself.
 */
#include <math.h>

#include "base/parallel.h"
#include "base/vector.h"
#include "verify/reference/arithmetic.h"
#include "verify/step/compare.h"

#define NOT_FIRST SIZE_MAX

/* What has been found so far. */
typedef struct comparison {
    clmlp_finding *finding;
    clmlp_arithmetic arithmetic;
    const double *found, *expected, *bound;
    size_t first;  /* element that it begins with; NOT_FIRST: it goes on */
    size_t offset; /* of element 0 in the tensor */
} comparison;

static double ulp_of(const clmlp_arithmetic *arithmetic, double value)
{
    const double ulp = clmlp_ulp(arithmetic, value), least = 2.0 * arithmetic->u * arithmetic->least;
    return ulp > least ? ulp : least; /* of subnormal numbers */
}

/* A NaN for a NaN, an infinity for an infinity of its sign; where sums may be beyond the largest number on their way,
 * either for the other, as infinities of both signs may have met. */
static bool same_kind(double found, double expected, double bound)
{
    if (isinf(bound) && !isfinite(found)) return true;
    return isnan(expected) ? isnan(found) : found == expected;
}

/* Whether a value of this size may have become infinite. */
static bool may_overflow(const comparison *c, double found, double expected, double bound)
{
    return isinf(found) && (found > 0.0) == (expected > 0.0) && fabs(expected) + bound >= c->arithmetic.largest;
}

/* Error as a fraction of the bound: 0 where nothing is to be said, infinite where no bound could help. */
static double fraction_of(const comparison *c, double found, double expected, double bound)
{
    if (!isfinite(expected)) return same_kind(found, expected, bound) ? 0.0 : (double)INFINITY;
    if (isinf(bound) || may_overflow(c, found, expected, bound)) return 0.0;
    const double error = fabs(found - expected), fraction = error / bound;
    if (error == 0.0) return 0.0;
    return isfinite(found) && !isnan(fraction) ? fraction : (double)INFINITY;
}

static void keep_largest(double *largest, double value)
{
    if (value > *largest) *largest = value;
}

static void look_at(comparison *c, size_t i)
{
    clmlp_finding *finding = c->finding;
    const double found = c->found[i], expected = c->expected[i], bound = c->bound[i];
    const double fraction = fraction_of(c, found, expected, bound);
    if (!(fraction <= 1.0)) finding->failed++;
    if (i == c->first || fraction > finding->max_of_bound) {
        finding->max_of_bound = fraction;
        finding->worst = c->offset + i;
        finding->found = found;
        finding->expected = expected;
        finding->bound = bound;
    }
    if (isfinite(found) && isfinite(expected)) {
        const double error = fabs(found - expected);
        keep_largest(&finding->max_abs, error);
        keep_largest(&finding->max_ulp, error / ulp_of(&c->arithmetic, expected));
    } else if (!(fraction <= 1.0)) {
        finding->max_abs = finding->max_ulp = (double)INFINITY;
    }
}

enum { BLOCK = 512 }; /* elements: what a block is computed from stays in the level 1 cache */

/* Which of elements begin .. end - 1 go beyond what was found so far: not 0 in news. NaN does. Returns whether any
 * does. Written so that compilers see that there is nothing to branch on. */
CLMLP_WIDE static bool find_news(const comparison *c, size_t begin, size_t end, double news[BLOCK])
{
    const double *found = c->found + begin, *expected = c->expected + begin, *bound = c->bound + begin;
    const double fraction = c->finding->max_of_bound < 1.0 ? c->finding->max_of_bound : 1.0;
    const double max_abs = c->finding->max_abs, max_ulp = c->finding->max_ulp * 2.0 * c->arithmetic.u;
    const double least = c->arithmetic.least;
    for (size_t i = 0; i < end - begin; i++) {
        const double error = fabs(found[i] - expected[i]), binade = clmlp_binade(expected[i]);
        const double unit = binade <= least ? least : binade;
        double is_new = error <= fraction * bound[i] ? 0.0 : 1.0;
        is_new = error <= max_abs ? is_new : 1.0;
        news[i] = error <= max_ulp * unit ? is_new : 1.0;
    }
    uint64_t any = 0;
    for (size_t i = 0; i < end - begin; i++) {
        uint64_t bits = 0;
        memcpy(&bits, &news[i], sizeof bits);
        any |= bits;
    }
    return any != 0;
}

enum { LEAST_PIECE = 1 << 17 }; /* elements that are worth a thread */

/* Pieces of a tensor, each with its own findings. */
typedef struct tensor {
    comparison whole;
    clmlp_finding pieces[CLMLP_PIECES];
} tensor;

static void compare_range(comparison *c, size_t first, size_t last)
{
    double news[BLOCK];
    if (first == c->first && first < last) look_at(c, first++);
    for (size_t begin = first; begin < last; begin += BLOCK) {
        const size_t end = last - begin < BLOCK ? last : begin + BLOCK;
        if (!find_news(c, begin, end, news)) continue;
        for (size_t i = begin; i < end; i++) {
            if (news[i - begin] != 0.0) look_at(c, i);
        }
    }
}

static void compare_piece(size_t piece, size_t first, size_t last, void *context)
{
    tensor *t = context;
    comparison c = t->whole;
    c.finding = &t->pieces[piece];
    c.first = first;
    compare_range(&c, first, last);
}

void clmlp_compare_more(clmlp_finding *finding, bool is_first, size_t offset, const double *found,
                        const double *expected, const double *bound, size_t count, clmlp_precision precision)
{
    comparison c = {.finding = finding, .arithmetic = clmlp_arithmetic_of(precision), .found = found,
                    .expected = expected, .bound = bound, .first = is_first ? 0 : NOT_FIRST, .offset = offset};
    compare_range(&c, 0, count);
}

void clmlp_compare_join(clmlp_finding *finding, const clmlp_finding *piece, bool is_first)
{
    finding->failed += piece->failed;
    keep_largest(&finding->max_abs, piece->max_abs);
    keep_largest(&finding->max_ulp, piece->max_ulp);
    if (!is_first && !(piece->max_of_bound > finding->max_of_bound)) return;
    finding->max_of_bound = piece->max_of_bound;
    finding->worst = piece->worst;
    finding->found = piece->found;
    finding->expected = piece->expected;
    finding->bound = piece->bound;
}

void clmlp_compare(clmlp_finding *finding, const double *found, const double *expected, const double *bound,
                   size_t rows, size_t columns, clmlp_precision precision)
{
    tensor t = {.whole = {.arithmetic = clmlp_arithmetic_of(precision), .found = found, .expected = expected,
                          .bound = bound}};
    finding->rows = rows;
    finding->columns = columns;
    finding->failed = 0;
    finding->max_abs = finding->max_ulp = finding->max_of_bound = 0.0;
    const size_t pieces = clmlp_parallel(rows * columns, LEAST_PIECE, compare_piece, &t);
    for (size_t i = 0; i < pieces; i++) clmlp_compare_join(finding, &t.pieces[i], i == 0);
}
