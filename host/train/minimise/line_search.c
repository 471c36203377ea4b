/* line_search.c - how far to go along a direction: strong Wolfe, and Rasmussen's search. */
#include "train/minimise/line_search.h"

#include <math.h>

typedef struct search {
    const clmlp_line *line;
    clmlp_trial start;
    clmlp_trial best;  /* the lowest that was met; its step is 0 where that is the start */
    double sufficient; /* part of the start's slope that the cost has to fall by: c1, rho */
    double curvature;  /* part of the start's slope that may be left: c2, sigma */
    int left;          /* points that may be looked at */
    clmlp_trial nearest; /* of the least step that was looked at */
} search;

static search begin(const clmlp_line *line, const clmlp_trial *start, double sufficient, double curvature, int most)
{
    return (search){.line = line, .start = *start, .best = *start, .sufficient = sufficient, .curvature = curvature,
                    .left = most};
}

static bool is_finite(const clmlp_trial *t)
{
    return isfinite(t->cost) && isfinite(t->slope);
}

static clmlp_status look(search *s, double step, clmlp_trial *trial, clmlp_error *error)
{
    TRY(s->line->at(s->line->context, step, trial, error));
    s->left--;
    if (s->nearest.step <= 0.0 || step < s->nearest.step) s->nearest = *trial;
    if (is_finite(trial) && trial->cost < s->best.cost) s->best = *trial;
    if (clmlp_cancel_requested(s->line->cancel)) s->left = 0;
    return CLMLP_OK;
}

/* Whether the cost fell by less than it should have; NaN did. */
static bool fell_too_little(const search *s, const clmlp_trial *t)
{
    return !(t->cost <= s->start.cost + s->sufficient * t->step * s->start.slope) || !isfinite(t->slope);
}

static bool is_flat(const search *s, const clmlp_trial *t)
{
    return fabs(t->slope) <= -s->curvature * s->start.slope;
}

static clmlp_found found_at(const search *s, const clmlp_trial *t, bool fulfilled)
{
    return (clmlp_found){.trial = *t, .nearest = s->nearest, .fulfilled = fulfilled};
}

/* Where the cubic through two points with their slopes is lowest; NaN: nowhere, or one of them is not finite. */
static double cubic_minimum(const clmlp_trial *a, const clmlp_trial *b)
{
    const double width = b->step - a->step;
    const double d1 = a->slope + b->slope - 3.0 * (a->cost - b->cost) / (a->step - b->step);
    const double root = sqrt(d1 * d1 - a->slope * b->slope), d2 = width > 0.0 ? root : -root;
    return b->step - width * (b->slope + d2 - d1) / (b->slope - a->slope + 2.0 * d2);
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* x, at least a part `inside` of the interval away from both ends; its middle where x is no number. */
static double inside_of(double x, double one, double other, double inside)
{
    const double low = one < other ? one : other, high = one < other ? other : one, width = high - low;
    return isfinite(x) ? clamp(x, low + inside * width, high - inside * width) : low + 0.5 * width;
}

/* --- strong Wolfe ---------------------------------------------------------------------------------------------- */

/* The interval has a point that fulfils the conditions; low is its lower end, which fell enough. */
static clmlp_status zoom(search *s, clmlp_trial low, clmlp_trial high, clmlp_found *found, clmlp_error *error)
{
    while (s->left > 0 && fabs(high.step - low.step) > 1e-14 * fabs(high.step)) {
        clmlp_trial t;
        TRY(look(s, inside_of(cubic_minimum(&low, &high), low.step, high.step, 0.1), &t, error));
        if (fell_too_little(s, &t) || t.cost >= low.cost) {
            high = t;
            continue;
        }
        if (is_flat(s, &t)) {
            *found = found_at(s, &t, true);
            return CLMLP_OK;
        }
        if (t.slope * (high.step - low.step) >= 0.0) high = low;
        low = t;
    }
    *found = found_at(s, &s->best, false);
    return CLMLP_OK;
}

clmlp_status clmlp_search_wolfe(const clmlp_line *line, const clmlp_trial *start, double first, clmlp_found *found,
                                clmlp_error *error)
{
    enum { MOST = 25 };
    search s = begin(line, start, 1e-4, 0.5, MOST);
    clmlp_trial before = *start, t;
    double step = first;
    while (s.left > 0) {
        TRY(look(&s, step, &t, error));
        if (fell_too_little(&s, &t) || (before.step > 0.0 && t.cost >= before.cost)) {
            return zoom(&s, before, t, found, error);
        }
        if (is_flat(&s, &t)) {
            *found = found_at(&s, &t, true);
            return CLMLP_OK;
        }
        if (t.slope >= 0.0) return zoom(&s, t, before, found, error);
        const double width = t.step - before.step, minimum = cubic_minimum(&before, &t);
        step = isfinite(minimum) ? clamp(minimum, t.step + 0.1 * width, t.step + 4.0 * width) : t.step + 4.0 * width;
        before = t;
    }
    *found = found_at(&s, &s.best, false);
    return CLMLP_OK;
}

/* --- Rasmussen ------------------------------------------------------------------------------------------------- */

#define INSIDE 0.1      /* the least part of an interval between its ends and a new point */
#define EXTRAPOLATE 10.0 /* how many times as far from the start one step may go */

/* Rises, or is too steep upwards. */
static bool is_too_far(const search *s, const clmlp_trial *t)
{
    return fell_too_little(s, t) || t->slope > -s->curvature * s->start.slope;
}

/* Between a lower end and a point that is too far. */
static double interpolated(const search *s, const clmlp_trial *low, const clmlp_trial *far)
{
    const double width = far->step - low->step;
    const double quadratic = low->step - 0.5 * low->slope * width * width /
                                             (far->cost - low->cost - low->slope * width);
    return inside_of(far->cost > s->start.cost ? quadratic : cubic_minimum(low, far), low->step, far->step, INSIDE);
}

/* Beyond t, which is still too steep downwards; limit: a point that is too far, 0: none is known. */
static double extrapolated(const clmlp_trial *low, const clmlp_trial *t, double limit)
{
    const double width = t->step - low->step, most = EXTRAPOLATE * t->step;
    const double minimum = cubic_minimum(low, t);
    if (!isfinite(minimum) || minimum <= t->step) return limit > 0.0 ? 0.5 * (t->step + limit) : most;
    if (limit > 0.0) return inside_of(minimum, t->step, limit, INSIDE);
    return clamp(minimum, t->step + INSIDE * width, most);
}

clmlp_status clmlp_search_rasmussen(const clmlp_line *line, const clmlp_trial *start, double first, clmlp_found *found,
                                    clmlp_error *error)
{
    enum { MOST = 20 };
    search s = begin(line, start, 0.05, 0.1, MOST);
    clmlp_trial low = *start, t;
    double limit = 0.0;
    TRY(look(&s, first, &t, error));
    for (;;) {
        while (s.left > 0 && is_too_far(&s, &t)) {
            limit = t.step;
            TRY(look(&s, interpolated(&s, &low, &t), &t, error));
        }
        if (!is_too_far(&s, &t) && is_flat(&s, &t)) {
            *found = found_at(&s, &t, true);
            return CLMLP_OK;
        }
        if (s.left <= 0) break;
        const double next = extrapolated(&low, &t, limit);
        low = t;
        TRY(look(&s, next, &t, error));
    }
    *found = found_at(&s, &s.best, false);
    return CLMLP_OK;
}
