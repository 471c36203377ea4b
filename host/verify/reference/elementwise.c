/* elementwise.c - reference of the other elementwise equations: output and cost, decay, update.
 *
 * In plain double. Bounds use the ulps that the OpenCL specification allows, and u for sums and products.
 */
#include <float.h>
#include <stdbool.h>

#include "base/parallel.h"
#include "verify/reference/elementwise.h"

/* What is done to each element of pairs on its own. */
typedef struct elementwise {
    const clmlp_arithmetic *arithmetic;
    double rate;
    clmlp_pair first, second, out;
} elementwise;

/* --- the output layer -------------------------------------------------------------------------------------------- */

/* h - y, rounded. */
static void subtract(const clmlp_arithmetic *arithmetic, double h, double h_bound, double y, double *delta,
                     double *bound)
{
    *delta = h - y;
    *bound = h_bound + arithmetic->u * (fabs(*delta) + h_bound) * arithmetic->own + arithmetic->least;
}

/* max(z, 0) - z y + log1p(e^-|z|). y of 0 or 1 leaves the product and the first difference exact; exp arrives with
 * 1 / (1 + e); the derivative by z is h - y. */
static double sigmoid_cost(const clmlp_arithmetic *arithmetic, double z, double b, double y, double delta,
                           double delta_bound, double *bound)
{
    const double positive = z < 0.0 ? 0.0 : z, product = z * y, first = positive - product;
    const double e = exp(-fabs(z)), tail = log1p(e), shift = b > 0.0 ? b * (fabs(delta) + delta_bound) : 0.0;
    double rounding = 0.0;
    if (y != 0.0 && y != 1.0) {
        rounding = arithmetic->u * (fabs(product) + b * fabs(y));
        rounding += arithmetic->u * (fabs(first) + shift + rounding);
    }
    /* e and the tail change by at most e^b in a free run */
    const double most = b > 0.0 ? 1.0 + clmlp_growth(b) : 1.0;
    rounding += clmlp_ulps(arithmetic, CLMLP_EXP_ULP, e * most) / (1.0 + e);
    rounding += clmlp_ulps(arithmetic, CLMLP_LOG1P_ULP, tail * most);
    rounding += clmlp_half_ulp(arithmetic, first + tail + shift + rounding);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + 2.0 * arithmetic->least;
    return first + tail;
}

/* (z - y)^2 / 2: a difference, a square, and a quotient by 2, which need not be exact. */
static double linear_cost(const clmlp_arithmetic *arithmetic, double delta, double delta_bound, double *bound)
{
    const double most = fabs(delta) + delta_bound, value = delta * delta / 2.0, largest = most * most / 2.0;
    const double rounding = arithmetic->u * largest + clmlp_ulps(arithmetic, arithmetic->divide, largest);
    *bound = fabs(delta) * delta_bound + delta_bound * delta_bound / 2.0 +
             rounding * arithmetic->own * arithmetic->slack + arithmetic->least;
    if (most * most > arithmetic->largest) *bound = (double)INFINITY;
    return value;
}

/* A row of outputs under way; z, y [K]. */
typedef struct output_row {
    const clmlp_arithmetic *arithmetic;
    size_t K;
    clmlp_pair z, h, delta;
    const double *y;
    double cost, bound; /* of the row */
} output_row;

static clmlp_pair row_of(clmlp_pair pair, size_t begin)
{
    return (clmlp_pair){pair.value + begin, pair.bound != NULL ? pair.bound + begin : NULL};
}

static void sigmoid_row(output_row *row)
{
    for (size_t k = 0; k < row->K; k++) {
        const double z = row->z.value[k], b = clmlp_bound_at(row->z, k), y = row->y[k];
        double bound = 0.0;
        row->h.value[k] = clmlp_reference_sigmoid(row->arithmetic, z, b, &row->h.bound[k]);
        subtract(row->arithmetic, row->h.value[k], row->h.bound[k], y, &row->delta.value[k], &row->delta.bound[k]);
        row->cost += sigmoid_cost(row->arithmetic, z, b, y, row->delta.value[k], row->delta.bound[k], &bound);
        row->bound += bound;
    }
}

static void linear_row(output_row *row)
{
    for (size_t k = 0; k < row->K; k++) {
        double bound = 0.0;
        row->h.value[k] =
            clmlp_reference_copy(row->arithmetic, row->z.value[k], clmlp_bound_at(row->z, k), &row->h.bound[k]);
        subtract(row->arithmetic, row->h.value[k], row->h.bound[k], row->y[k], &row->delta.value[k],
                 &row->delta.bound[k]);
        row->cost += linear_cost(row->arithmetic, row->delta.value[k], row->delta.bound[k], &bound);
        row->bound += bound;
    }
}

/* z - top, exact in float where double says so. */
static double difference_error(const clmlp_arithmetic *arithmetic, double difference, double b)
{
    const bool exact = arithmetic->u > CLMLP_REFERENCE_U && b == 0.0 && (double)(float)difference == difference;
    return exact ? 0.0 : arithmetic->u * (fabs(difference) + b);
}

/* Relative error of e^(z - top): that of the exponent, and 3 ulps. */
static double exponential_error(const clmlp_arithmetic *arithmetic, double e, double difference, double b)
{
    const double function = b == 0.0 && e > 0.0 ? clmlp_ulps(arithmetic, CLMLP_EXP_ULP, e) / e
                                                : 2.0 * CLMLP_EXP_ULP * arithmetic->u;
    return difference_error(arithmetic, difference, b) + function;
}

/* e^(z - top) / sum of them. Where z is off by at most b each, h changes by a factor within e^(b_k + max b), and log
 * sum - z by at most b_k + max b. */
static void softmax_row(output_row *row)
{
    const clmlp_arithmetic *arithmetic = row->arithmetic;
    const double *z = row->z.value;
    double top = z[0], most = 0.0, sum = 0.0, error = 0.0;
    for (size_t k = 0; k < row->K; k++) {
        top = z[k] > top ? z[k] : top;
        most = clmlp_bound_at(row->z, k) > most ? clmlp_bound_at(row->z, k) : most;
    }
    for (size_t k = 0; k < row->K; k++) {
        const double e = exp(z[k] - top);
        sum += e;
        if (e > 0.0) error += e * exponential_error(arithmetic, e, z[k] - top, 2.0 * most);
        error += arithmetic->least;
    }
    const double sum_error = error / sum + clmlp_gamma((double)row->K - 1.0, arithmetic->u);
    const double log_sum = log(sum), log_error = sum_error + clmlp_ulps(arithmetic, CLMLP_LOG_ULP, log_sum);
    const double own = arithmetic->own * arithmetic->slack;
    for (size_t k = 0; k < row->K; k++) {
        const double shifted = z[k] - top, b = clmlp_bound_at(row->z, k) + most, y = row->y[k];
        const double e = exp(shifted), h = e / sum, shift = b > 0.0 ? clmlp_smaller(h * clmlp_growth(b), 1.0) : 0.0;
        const double relative = e > 0.0 ? exponential_error(arithmetic, e, shifted, 2.0 * most) + sum_error : 0.0;
        const double rounding =
            (h + shift) * relative + clmlp_ulps(arithmetic, arithmetic->divide, clmlp_smaller(h + shift, 1.0));
        row->h.value[k] = h;
        row->h.bound[k] = shift + rounding * own * (1.0 + shift) + 2.0 * arithmetic->least;
        subtract(arithmetic, h, row->h.bound[k], y, &row->delta.value[k], &row->delta.bound[k]);
        const double term = log_sum - shifted;
        row->cost += y * term;
        if (y == 0.0) continue;
        double term_error = log_error + difference_error(arithmetic, shifted, 2.0 * most);
        term_error += clmlp_half_ulp(arithmetic, fabs(term) + b + term_error);
        if (y != 1.0) term_error += arithmetic->u * (fabs(term) + b);
        row->bound += fabs(y) * (b + term_error * own) + arithmetic->least;
    }
}

/* w times a bound; of an infinite one nothing is known, whatever w is. */
static double weighed(double w, double bound)
{
    return bound <= DBL_MAX ? w * bound : bound;
}

/* A row that counts w, a number of the precision: its deltas and its cost are multiplied once more. */
static void weigh_row(output_row *row, double w)
{
    const clmlp_arithmetic *const arithmetic = row->arithmetic;
    const double relative = clmlp_product_error(arithmetic, w);
    for (size_t k = 0; k < row->K; k++) {
        const double most = weighed(w, fabs(row->delta.value[k]) + row->delta.bound[k]);
        row->delta.bound[k] = weighed(w, row->delta.bound[k]) + relative * most + arithmetic->least;
        row->delta.value[k] *= w;
    }
    const double outputs = clmlp_gamma((double)row->K - 1.0, arithmetic->u); /* the row's own sum, in sum_error */
    const double before = (fabs(row->cost) + row->bound) * (1.0 + outputs);
    row->bound = weighed(w, row->bound) + relative * weighed(w, before) + arithmetic->least;
    if (before > 0.9 * arithmetic->largest) row->bound = (double)INFINITY;
    row->cost *= w;
}

/* Costs of the K outputs of a row are added in the precision itself, rows with at least twice its digits (Knuth's
 * two-sum: gamma_n^2, in chains of no more than M/64 + 64) or in double. */
static double sum_error(const clmlp_arithmetic *arithmetic, size_t M, size_t K, double largest)
{
    const double chain = clmlp_gamma((double)M / 64.0 + 64.0, arithmetic->u);
    const double n = arithmetic->u > CLMLP_REFERENCE_U ? (double)(M + 1) : (double)(M + K);
    const double outputs = clmlp_gamma((double)K - 1.0, arithmetic->u);
    return (outputs + chain * chain + 2.0 * clmlp_gamma(n, CLMLP_REFERENCE_U)) * largest * arithmetic->slack;
}

void clmlp_reference_output(const clmlp_arithmetic *arithmetic, clmlp_output output, size_t M, size_t K, clmlp_pair z,
                            const double *y, const double *w, clmlp_pair h, clmlp_pair delta, clmlp_cost *cost)
{
    *cost = (clmlp_cost){0.0, 0.0};
    double magnitude = 0.0;
    for (size_t r = 0; r < M; r++) {
        output_row row = {.arithmetic = arithmetic, .K = K, .z = row_of(z, r * K), .h = row_of(h, r * K),
                          .delta = row_of(delta, r * K), .y = y + r * K};
        switch (output) {
        case CLMLP_OUTPUT_SIGMOID: sigmoid_row(&row); break;
        case CLMLP_OUTPUT_SOFTMAX: softmax_row(&row); break;
        case CLMLP_OUTPUT_LINEAR: linear_row(&row); break;
        case CLMLP_OUTPUT_COUNT: row.cost = row.bound = (double)NAN; break;
        }
        if (w != NULL) weigh_row(&row, w[r]);
        cost->value += row.cost;
        cost->bound += row.bound;
        magnitude += fabs(row.cost);
    }
    cost->bound += sum_error(arithmetic, M, K, magnitude + cost->bound);
    if (magnitude + cost->bound > 0.9 * arithmetic->largest) cost->bound = (double)INFINITY;
}

/* --- the gradient's decay, and the step -------------------------------------------------------------------------- */

void clmlp_reference_decay(const clmlp_arithmetic *arithmetic, size_t rows, size_t columns, double decay,
                           clmlp_pair theta, clmlp_pair gradient)
{
    if (decay == 0.0) return;
    const double relative = clmlp_product_error(arithmetic, decay);
    const double sum = arithmetic->u * arithmetic->own * arithmetic->slack, size = fabs(decay);
    for (size_t j = 0; j < rows; j++) {
        const size_t begin = j * columns;
        const double *weights = theta.value + begin, *off = theta.bound != NULL ? theta.bound + begin : NULL;
        double *value = gradient.value + begin, *bound = gradient.bound + begin;
        for (size_t i = 1; i < columns; i++) {
            const double b = off != NULL ? size * off[i] : 0.0, most = size * fabs(weights[i]) + b;
            value[i] += decay * weights[i];
            bound[i] += b + relative * most + arithmetic->least;
            bound[i] += sum * (fabs(value[i]) + bound[i]);
        }
    }
}

static void update_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const elementwise *e = context;
    const clmlp_arithmetic *arithmetic = e->arithmetic;
    const clmlp_pair theta = e->first, gradient = e->second, after = e->out;
    const double relative = clmlp_product_error(arithmetic, e->rate), rate = e->rate, size = fabs(rate);
    const double half = arithmetic->u * arithmetic->own * arithmetic->slack, least = arithmetic->least;
    (void)piece;
    for (size_t i = begin; i < end; i++) {
        const double g = gradient.bound != NULL ? gradient.bound[i] : 0.0;
        const double b = theta.bound != NULL ? theta.bound[i] : 0.0;
        const double most = size * (fabs(gradient.value[i]) + g), value = theta.value[i] - rate * gradient.value[i];
        const double before = b + size * g + relative * most + least;
        after.value[i] = value;
        after.bound[i] = before + half * clmlp_binade(fabs(value) + before) + least;
    }
}

/* after = theta - rate direction. */
static void descend(const clmlp_arithmetic *arithmetic, size_t count, double rate, clmlp_pair theta,
                    clmlp_pair direction, clmlp_pair after)
{
    elementwise e = {.arithmetic = arithmetic, .rate = rate, .first = theta, .second = direction, .out = after};
    (void)clmlp_parallel(count, CLMLP_LEAST_SUMS, update_piece, &e);
}

/* after = constant before + added. */
static void accumulate(const clmlp_arithmetic *arithmetic, size_t count, double constant, clmlp_pair before,
                       clmlp_pair added, clmlp_pair after)
{
    const double relative = constant != 0.0 ? clmlp_product_error(arithmetic, constant) : 0.0, size = fabs(constant);
    const double half = arithmetic->u * arithmetic->own * arithmetic->slack, least = arithmetic->least;
    for (size_t i = 0; i < count; i++) {
        const double b = before.bound != NULL ? before.bound[i] : 0.0;
        const double most = size * (fabs(before.value[i]) + b), value = constant * before.value[i] + added.value[i];
        const double off = size * b + relative * most + (added.bound != NULL ? added.bound[i] : 0.0) + least;
        after.value[i] = value;
        after.bound[i] = off + half * clmlp_binade(fabs(value) + off) + least;
    }
}

void clmlp_reference_state(const clmlp_arithmetic *arithmetic, size_t count, const clmlp_update_rule *rule,
                           clmlp_pair gradient, const clmlp_pair *before, clmlp_pair *after)
{
    switch (rule->optimizer) {
    case CLMLP_MOMENTUM:
        accumulate(arithmetic, count, rule->numbers[UPDATE_MOMENTUM], before[0], gradient, after[0]);
        return;
    case CLMLP_SGD: /* has none */
    case CLMLP_OPTIMIZER_COUNT: break;
    }
}

void clmlp_reference_update(const clmlp_arithmetic *arithmetic, size_t count, const clmlp_update_rule *rule,
                            clmlp_pair theta, clmlp_pair gradient, const clmlp_pair *state, clmlp_pair after)
{
    switch (rule->optimizer) {
    case CLMLP_MOMENTUM: descend(arithmetic, count, rule->numbers[UPDATE_RATE], theta, state[0], after); return;
    case CLMLP_SGD: descend(arithmetic, count, rule->numbers[UPDATE_RATE], theta, gradient, after); return;
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    for (size_t i = 0; i < count; i++) after.value[i] = after.bound[i] = (double)NAN;
}
