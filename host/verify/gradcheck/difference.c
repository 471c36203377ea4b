/* difference.c - finite differences of J: step size, kinks of relu, rounding. */
#include "verify/gradcheck/difference.h"

#include <math.h>

enum {
    FARTHER = 8,         /* steps of J''' against those of the derivative: D(8h) - D(h) = 63 h^2/6 J''' */
    SMALLEST_STEP = 4096 /* h / 4096 is the smallest that is tried at a kink */
};

/* An element of theta(l), or, where there is raw, s of an input. */
typedef struct place {
    clmlp_cost_at_point *point;
    size_t l, row, column;
    const double *raw;
    double scale;
} place;

static double change(const place *at, double t, bool frozen, bool *crossed)
{
    if (at->raw != NULL) {
        return clmlp_cost_at_point_scale_change(at->point, at->raw, at->scale, at->column, t, frozen, crossed);
    }
    return clmlp_cost_at_point_change(at->point, at->l, at->row, at->column, t, frozen, crossed);
}

/* (J(theta + h) - J(theta - h)) / 2h. */
static double central(const place *at, double h, bool frozen, bool *crossed)
{
    const double up = change(at, h, frozen, crossed), down = change(at, -h, frozen, crossed);
    return (up - down) / (2.0 * h);
}

/* (4 J(theta + t) - 3 J(theta) - J(theta + 2t)) / 2t, t of either sign. */
static double one_sided(const place *at, double t, bool *crossed)
{
    return (4.0 * change(at, t, false, crossed) - change(at, 2.0 * t, false, crossed)) / (2.0 * t);
}

/* eps^(1/3) / max |a(l)_i|, or max |x_i raw_ji|, to the nearest power of two. */
static double step_for(const place *at)
{
    const clmlp_cost_at_point *const p = at->point;
    const size_t s_in = p->s[at->l - 1];
    double largest = 0.0, factor = 0.0;
    for (size_t j = 0; j < p->s[1] && at->raw != NULL; j++) {
        factor = fmax(factor, fabs(at->raw[j * (s_in + 1) + at->column]));
    }
    for (size_t r = 0; r < p->M; r++) {
        const double a = at->column == 0 ? 1.0 : fabs(p->a[at->l - 1][r * s_in + at->column - 1]);
        largest = a > largest ? a : largest;
    }
    if (at->raw != NULL) largest *= factor;
    return exp2(round(log2(cbrt(0x1p-52) / (largest > 0.0 ? largest : 1.0))));
}

/* A difference without a relu that changes sides, by h / 1, / 4, / 16, ...; false where there is none. */
static bool avoid_kinks(const place *at, double h, clmlp_gradcheck_element *e)
{
    const double truncation = e->truncation, of_costs = e->rounding;
    for (double smaller = 1.0; smaller <= SMALLEST_STEP; smaller *= 4.0) {
        const double step = h / smaller;
        for (int side = 0; side < 3; side++) { /* both, up, down */
            bool crossed = false;
            const double t = side == 2 ? -step : step;
            e->numeric = side == 0 ? central(at, step, false, &crossed) : one_sided(at, t, &crossed);
            if (crossed) continue;
            e->step = t;
            e->truncation = (side == 0 ? 1.0 : 2.0) * truncation / (smaller * smaller);
            e->rounding = (side == 0 ? 1.0 : 4.0) * of_costs * smaller; /* (4 + 3 + 1) / 2h for 2 / 2h */
            return true;
        }
    }
    return false;
}

static double rounding(const place *at, double h)
{
    if (at->raw != NULL) {
        return clmlp_cost_at_point_scale_rounding(at->point, at->raw, at->scale, at->column, h) / h;
    }
    return clmlp_cost_at_point_rounding(at->point, at->l, at->row, at->column, h) / h;
}

static void difference_at(const place *at, clmlp_gradcheck_element *e)
{
    const double h = step_for(at);
    bool crossed = false, farther = false;
    e->step = h;
    e->numeric = central(at, h, false, &crossed);
    /* J''' is that of the smooth branch around theta */
    const double smooth = crossed ? central(at, h, true, &farther) : e->numeric;
    const double wide = central(at, FARTHER * h, true, &farther);
    e->truncation = fabs(wide - smooth) / (FARTHER * FARTHER - 1);
    e->rounding = rounding(at, h);
    e->kink = crossed;
    if (crossed && !avoid_kinks(at, h, e)) e->numeric = smooth;
}

void clmlp_difference(clmlp_cost_at_point *point, size_t l, clmlp_gradcheck_element *e)
{
    const place at = {.point = point, .l = l, .row = e->row, .column = e->column};
    difference_at(&at, e);
}

void clmlp_scale_difference(clmlp_cost_at_point *point, const double *raw, const double *scale,
                            clmlp_gradcheck_element *e)
{
    const place at = {.point = point, .l = 1, .column = e->column, .raw = raw, .scale = scale[e->column]};
    difference_at(&at, e);
}
