/* update_rule.c - reference of the update rules: state and theta after a step, with bounds. */
#include <stdbool.h>

#include "base/parallel.h"
#include "base/vector.h"
#include "verify/reference/elementwise.h"

/* A number, and how far it may be off. */
typedef struct number {
    double value, bound;
} number;

static number number_at(clmlp_pair pair, size_t i)
{
    return (number){pair.value[i], clmlp_bound_at(pair, i)};
}

/* What rounding to nearest adds to a result whose inputs put it off by `off`. */
static number rounded(const clmlp_arithmetic *arithmetic, double value, double off)
{
    const double half = arithmetic->u * arithmetic->own * arithmetic->slack;
    return (number){value, off + half * clmlp_binade(fabs(value) + off) + arithmetic->least};
}

/* constant x; relative: clmlp_product_error of the constant. */
static number scaled(const clmlp_arithmetic *arithmetic, double constant, double relative, number x)
{
    const double size = fabs(constant);
    return (number){constant * x.value,
                    size * x.bound + relative * size * (fabs(x.value) + x.bound) + arithmetic->least};
}

static number squared(const clmlp_arithmetic *arithmetic, number x)
{
    const double most = (fabs(x.value) + x.bound) * (fabs(x.value) + x.bound);
    const double half = arithmetic->u * arithmetic->own * arithmetic->slack;
    const double off = x.bound * (2.0 * fabs(x.value) + x.bound) + half * most + arithmetic->least;
    return (number){x.value * x.value, most <= arithmetic->largest ? off : (double)INFINITY};
}

/* kept x + added y, both constants with their clmlp_product_error. */
typedef struct blend {
    double kept, added, kept_error, added_error;
} blend;

static blend blend_of(const clmlp_arithmetic *arithmetic, double kept, double added)
{
    return (blend){kept, added, kept != 0.0 ? clmlp_product_error(arithmetic, kept) : 0.0,
                   added != 1.0 ? clmlp_product_error(arithmetic, added) : 0.0};
}

static number blended(const clmlp_arithmetic *arithmetic, const blend *b, number x, number y)
{
    const number old = scaled(arithmetic, b->kept, b->kept_error, x);
    number new = y;
    if (b->added != 1.0) new = scaled(arithmetic, b->added, b->added_error, y);
    return rounded(arithmetic, old.value + new.value, old.bound + new.bound);
}

/* --- state ------------------------------------------------------------------------------------------------------- */

/* after = kept before + added gradient, or its square. */
static void accumulate(const clmlp_arithmetic *arithmetic, size_t count, blend constants, clmlp_pair before,
                       clmlp_pair gradient, bool square, clmlp_pair after)
{
    for (size_t i = 0; i < count; i++) {
        const number g = number_at(gradient, i);
        const number sum = blended(arithmetic, &constants, number_at(before, i), square ? squared(arithmetic, g) : g);
        after.value[i] = sum.value;
        after.bound[i] = sum.bound;
    }
}

void clmlp_reference_state(const clmlp_arithmetic *arithmetic, size_t count, const clmlp_update_rule *rule,
                           clmlp_pair gradient, const clmlp_pair *before, clmlp_pair *after)
{
    const double *const n = rule->numbers;
    const blend velocity = blend_of(arithmetic, n[UPDATE_MOMENTUM], 1.0);
    const blend first = blend_of(arithmetic, n[UPDATE_BETA1], n[UPDATE_NEW1]);
    const blend second = blend_of(arithmetic, n[UPDATE_BETA2], n[UPDATE_NEW2]);
    switch (rule->optimizer) {
    case CLMLP_MOMENTUM:
    case CLMLP_NESTEROV: accumulate(arithmetic, count, velocity, before[0], gradient, false, after[0]); return;
    case CLMLP_RMSPROP: accumulate(arithmetic, count, second, before[0], gradient, true, after[0]); return;
    case CLMLP_ADAM:
    case CLMLP_ADAMW:
        accumulate(arithmetic, count, first, before[0], gradient, false, after[0]);
        accumulate(arithmetic, count, second, before[1], gradient, true, after[1]);
        return;
    case CLMLP_SGD: /* has none */
    case CLMLP_OPTIMIZER_COUNT: break;
    }
}

/* --- theta ------------------------------------------------------------------------------------------------------- */

/* A step of all elements. */
typedef struct update {
    const clmlp_arithmetic *arithmetic;
    const clmlp_update_rule *rule;
    size_t columns;
    clmlp_pair theta, gradient, after;
    const clmlp_pair *state;
    /* errors of products with constants */
    double rate_error[2];              /* of columns >= 1, and of column 0 */
    double correction_error, kept_error, epsilon_error;
    blend ahead;                       /* nesterov's */
} update;

/* theta - rate direction, where all columns have one rate, and the direction is at hand. */
CLMLP_WIDE static void descend_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const update *e = context;
    const clmlp_arithmetic *arithmetic = e->arithmetic;
    const clmlp_pair theta = e->theta, direction = e->gradient, after = e->after;
    const double relative = e->rate_error[0], rate = e->rule->numbers[UPDATE_RATE], size = fabs(rate);
    const double half = arithmetic->u * arithmetic->own * arithmetic->slack, least = arithmetic->least;
    (void)piece;
    for (size_t i = begin; i < end; i++) {
        const double g = direction.bound != NULL ? direction.bound[i] : 0.0;
        const double b = theta.bound != NULL ? theta.bound[i] : 0.0;
        const double most = size * (fabs(direction.value[i]) + g), value = theta.value[i] - rate * direction.value[i];
        const double before = b + size * g + relative * most + least;
        after.value[i] = value;
        after.bound[i] = before + half * clmlp_binade(fabs(value) + before) + least;
    }
}

/* sqrt(v) of v >= 0 that is off by its bound, or taken for 0 where it may be subnormal. */
static number root_of(const clmlp_arithmetic *arithmetic, number v)
{
    const double root = sqrt(v.value), left = v.value - v.bound;
    const double up = v.bound > 0.0 ? v.bound / (sqrt(v.value + v.bound) + root) : 0.0; /* sqrt(v + b) - sqrt(v) */
    const double down = left > arithmetic->least ? v.bound / (root + sqrt(left)) : root;
    const double shift = !(up <= down) ? up : down;
    if (!isfinite(root)) return (number){root, 0.0};
    const double rounding = clmlp_ulps(arithmetic, arithmetic->root, root + shift);
    return (number){root, shift + rounding * arithmetic->own * arithmetic->slack};
}

/* n / (sqrt(v) correction + epsilon). The divisor is never below epsilon, as the device has it. */
static number quotient(const update *e, number n, number v, double correction)
{
    const clmlp_arithmetic *arithmetic = e->arithmetic;
    const double epsilon = e->rule->numbers[UPDATE_EPSILON], own = arithmetic->own * arithmetic->slack;
    number root = root_of(arithmetic, v);
    if (correction != 1.0) root = scaled(arithmetic, correction, e->correction_error, root);
    const double least = epsilon * (1.0 - e->epsilon_error) * (1.0 - 2.0 * CLMLP_REFERENCE_U);
    const number size = rounded(arithmetic, root.value + epsilon, root.bound + epsilon * e->epsilon_error);
    const double value = n.value / size.value;
    if (!isfinite(size.value)) return (number){value, arithmetic->least};
    const double low = size.value - size.bound > least ? size.value - size.bound : least;
    const double smaller = (size.value - low) / low;
    const double larger = isfinite(size.bound) ? size.bound / (size.value + size.bound) : 1.0;
    const double off = fabs(value) * (smaller > larger ? smaller : larger) + n.bound / low;
    return (number){value, off + clmlp_ulps(arithmetic, arithmetic->divide, fabs(value) + off) * own +
                               arithmetic->least};
}

/* What theta moves against. */
static number direction_of(const update *e, size_t i)
{
    const double *const n = e->rule->numbers;
    const number gradient = number_at(e->gradient, i);
    switch (e->rule->optimizer) {
    case CLMLP_SGD: return gradient;
    case CLMLP_MOMENTUM: return number_at(e->state[0], i);
    case CLMLP_NESTEROV: return blended(e->arithmetic, &e->ahead, number_at(e->state[0], i), gradient);
    case CLMLP_RMSPROP: return quotient(e, gradient, number_at(e->state[0], i), 1.0);
    case CLMLP_ADAM:
    case CLMLP_ADAMW:
        return quotient(e, number_at(e->state[0], i), number_at(e->state[1], i), n[UPDATE_CORRECTION]);
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    return (number){(double)NAN, (double)NAN};
}

static void update_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const update *e = context;
    const double *const n = e->rule->numbers;
    (void)piece;
    size_t column = begin % e->columns;
    for (size_t i = begin; i < end; i++) {
        const bool bias = column == 0;
        column = column + 1 < e->columns ? column + 1 : 0;
        number theta = number_at(e->theta, i);
        if (e->rule->optimizer == CLMLP_ADAMW && !bias) {
            theta = scaled(e->arithmetic, n[UPDATE_KEPT], e->kept_error, theta);
        }
        const number move = scaled(e->arithmetic, n[bias ? UPDATE_BIAS_RATE : UPDATE_RATE], e->rate_error[bias],
                                   direction_of(e, i));
        const number after = rounded(e->arithmetic, theta.value - move.value, theta.bound + move.bound);
        e->after.value[i] = after.value;
        e->after.bound[i] = after.bound;
    }
}

void clmlp_reference_update(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns,
                            const clmlp_update_rule *rule, clmlp_pair theta, clmlp_pair gradient,
                            const clmlp_pair *state, clmlp_pair after)
{
    const double *const n = rule->numbers;
    const bool velocity = rule->optimizer == CLMLP_MOMENTUM;
    const bool plain = (rule->optimizer == CLMLP_SGD || velocity) && n[UPDATE_RATE] == n[UPDATE_BIAS_RATE];
    update e = {.arithmetic = arithmetic, .rule = rule, .columns = columns, .theta = theta,
                .gradient = plain && velocity ? state[0] : gradient, .after = after, .state = state,
                .rate_error = {clmlp_product_error(arithmetic, n[UPDATE_RATE]),
                               clmlp_product_error(arithmetic, n[UPDATE_BIAS_RATE])},
                .correction_error = clmlp_product_error(arithmetic, n[UPDATE_CORRECTION]),
                .kept_error = clmlp_product_error(arithmetic, n[UPDATE_KEPT]),
                .epsilon_error = clmlp_constant_error(arithmetic, n[UPDATE_EPSILON]),
                .ahead = blend_of(arithmetic, n[UPDATE_MOMENTUM], 1.0)};
    (void)clmlp_parallel(rows * columns, CLMLP_LEAST_SUMS, plain ? descend_piece : update_piece, &e);
}
