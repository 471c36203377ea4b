/* cost_at_point_errors.c - first-order rounding bounds of J and of its gradient.
 *
 * Two things are bounded:
 *
 * 1. dz, da, ddelta and the gradient: a backend in double against the exact equations, and the point's own loops
 *    against them, both in unit roundoff V = 2^-53. For a sum of n products in any order: gamma_n sum |a||b| (Higham,
 *    Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1); errors of what goes in are carried through
 *    by the derivative of each equation. Elementary functions of a backend: OpenCL 1.2, table 7.1: exp 3 ulp, divide
 *    2.5 ulp, tanh 5 ulp; 1 ulp is at most 2 V.
 * 2. J(theta + t e) as clmlp_cost_at_point_change computes it: z + t a is rounded once, g and the cost are off by the
 *    ulps of the host's exp, log, log1p (1 ulp) and tanh (2 ulp; the GNU C library's manual, "Known Maximum Errors in
 *    Math Functions"). All else is proportional to t, a relative error of the difference quotient, and is in 1: the
 *    products that carry a change forward are those that carry delta backward.
 */
#include "verify/gradcheck/cost_at_point.h"

#include <float.h>
#include <math.h>

#include "verify/gradcheck/unit.h"
#include "verify/reference/arithmetic.h"

#define V CLMLP_REFERENCE_U

/* gamma_n, of a backend and of the point, or of a backend's m and the point's n roundings. */
static double both(size_t m, size_t n)
{
    return clmlp_gamma((double)m, V) + clmlp_gamma((double)n, V);
}

/* --- 1. a backend against the point ------------------------------------------------------------------------------ */

void clmlp_cost_at_point_forward_error(clmlp_cost_at_point *p, size_t l, size_t r, size_t j, double magnitude,
                                       double carried)
{
    const size_t at = r * p->s[l] + j, n = p->s[l - 1] + 2;
    const double dz = both(n, n) * magnitude + carried + DBL_MIN;
    p->dz[l][at] = magnitude > 0.0 || carried > 0.0 ? dz : 0.0;
    if (l + 1 == p->L) return;
    p->da[l][at] = clmlp_unit_error(p->model->activation, p->z[l][at], p->a[l][at], p->dz[l][at]);
    /* dropout: the product with 1/(1 - p) rounds, on both sides; so does the backend's with 1 - p, which g' comes
     * from, and neither constant is exact */
    if (p->gain[l] != NULL) p->da[l][at] += 6.0 * V * fabs(p->a[l][at]);
}

/* How far off h is; one: the error of a softmax's exponential, weighted: of its sum. */
static double value_error(clmlp_output output, double h, double dz, size_t K, double one, double weighted)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return h * (1.0 - h) * dz + CLMLP_SIGMOID_ERROR * h;
    case CLMLP_OUTPUT_SOFTMAX: return h * (dz + weighted + 2.0 * one + both(K, K) + (5.0 + 1.0) * V);
    case CLMLP_OUTPUT_LINEAR: return dz;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

/* w (h - y). softmax: exp(z - max) is off by its argument's rounding, u |z - max|, and its own; the sum of exps by the
 * same, weighted by h, and by gamma_K. */
static void output_error(clmlp_cost_at_point *p, size_t r)
{
    const size_t K = p->K, at = r * K;
    const double *const z = p->z[p->L - 1] + at, *const dz = p->dz[p->L - 1] + at, *const h = p->a[p->L - 1] + at;
    double largest = z[0], range = 0.0, weighted = 0.0;
    for (size_t k = 1; k < K; k++) largest = z[k] > largest ? z[k] : largest;
    for (size_t k = 0; k < K; k++) {
        range = largest - z[k] > range ? largest - z[k] : range;
        weighted += h[k] * dz[k];
    }
    const double one = 2.0 * V * range + (6.0 + 2.0) * V, weight = clmlp_cost_at_point_weight(p, r);
    for (size_t k = 0; k < K; k++) {
        const double rounding = 2.0 * V * fabs(h[k] - p->y[at + k]) + DBL_MIN;
        const double error = value_error(p->model->output, h[k], dz[k], K, one, weighted) + rounding;
        /* the product with the weight is rounded, on both sides */
        p->ddelta[p->L - 1][at + k] =
            p->w != NULL ? weight * error + 2.0 * V * fabs(p->delta[p->L - 1][at + k]) + DBL_MIN : error;
    }
}

/* delta(l) = (delta(l+1) theta(l) without column 0) o g'. The host's count includes the products that carry a
 * change of z(l) forward: s_l of them for each unit of layer l+1. */
static void hidden_error(clmlp_cost_at_point *p, size_t l, size_t r)
{
    const size_t s_in = p->s[l - 1], s_out = p->s[l];
    const double *const theta = p->theta + p->model->theta_at[l - 1];
    const size_t dropped = p->gain[l - 1] != NULL ? 2 : 0; /* a product more, forward and backward */
    const double gamma = both(s_out + 2 + dropped, s_in + s_out + 4 + dropped);
    const double *const delta = p->delta[l] + r * s_out, *const ddelta = p->ddelta[l] + r * s_out;
    double *const error = p->ddelta[l - 1] + r * s_in;
    for (size_t j = 0; j < s_out; j++) {
        const double each = ddelta[j] + gamma * fabs(delta[j]);
        const double *const weight = theta + j * (s_in + 1) + 1;
        for (size_t i = 0; i < s_in; i++) error[i] += each * fabs(weight[i]);
    }
    for (size_t i = 0; i < s_in; i++) {
        const size_t at = r * s_in + i;
        const double z = p->z[l - 1][at], a = p->a[l - 1][at];
        const double g = fabs(clmlp_unit_slope(p->model->activation, z, a));
        const double slope_error =
            clmlp_unit_slope_error(p->model->activation, z, a, p->dz[l - 1][at], p->da[l - 1][at]);
        const double adjoint = fabs(p->adjoint[l - 1][at]);
        error[i] *= clmlp_cost_at_point_gain(p, l, at);
        error[i] = error[i] * (g + slope_error) + adjoint * slope_error + 2.0 * V * adjoint * g + DBL_MIN;
    }
}

double clmlp_cost_at_point_gradient_bound(const clmlp_cost_at_point *p, size_t l, size_t j, size_t i)
{
    const size_t s_in = p->s[l - 1], s_out = p->s[l];
    const double theta = p->theta[p->model->theta_at[l - 1] + j * (s_in + 1) + i];
    double magnitude = 0.0, carried = 0.0;
    for (size_t r = 0; r < p->M; r++) {
        const size_t at = r * s_in + i - 1;
        const double gain = i == 0 ? 1.0 : clmlp_cost_at_point_gain(p, l, at);
        const double a = i == 0 ? 1.0 : gain * fabs(p->a[l - 1][at]);
        const double da = i == 0 || l == 1 ? 0.0 : gain * p->da[l - 1][at];
        const double delta = fabs(p->delta[l][r * s_out + j]), ddelta = p->ddelta[l][r * s_out + j];
        magnitude += delta * a;
        carried += ddelta * (a + da) + delta * da;
    }
    /* M products and their sum, 1/M rounded and multiplied; decay rounded and multiplied; one sum. A difference
     * quotient adds M rows of K costs, each multiplied by its weight. */
    const double decay = i == 0 ? 0.0 : both(4, 8) * fabs(p->decay * theta);
    const size_t host = p->M + p->K + 4 + (p->w != NULL);
    return (both(p->M + 4, host) * magnitude + carried) / (double)p->M + decay + 4.0 * DBL_MIN;
}

/* --- 2. J near theta ---------------------------------------------------------------------------------------------- */

/* max(z, 0) - z y + log1p(exp(-|z|)), or (z - y)^2 / 2. */
static double unit_cost_error(clmlp_output output, double z, double y, double cost)
{
    const double tail = log1p(exp(-fabs(z))), head = (z > 0.0 ? z : 0.0) - z * y;
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return V * (fabs(z * y) + fabs(head) + cost + 4.0 * tail);
    case CLMLP_OUTPUT_LINEAR: return 3.0 * V * cost;
    case CLMLP_OUTPUT_SOFTMAX: /* only as a row */
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

/* sum_k y (log sum exp(z - max) - (z - max)). */
static double softmax_cost_error(const clmlp_cost_at_point *p, size_t r)
{
    const size_t K = p->K, at = r * K;
    const double *const z = p->z[p->L - 1] + at, *const h = p->a[p->L - 1] + at, *const y = p->y + at;
    double largest = z[0], sum = 0.0, one = 0.0, error = 0.0, weight = 0.0;
    for (size_t k = 1; k < K; k++) largest = z[k] > largest ? z[k] : largest;
    for (size_t k = 0; k < K; k++) {
        sum += exp(z[k] - largest);
        one += h[k] * V * (fabs(z[k] - largest) + 2.0);
    }
    const double log_error = one + clmlp_gamma((double)K - 1.0, V) + 2.0 * V * fabs(log(sum));
    for (size_t k = 0; k < K; k++) {
        const double shifted = z[k] - largest, term = log(sum) - shifted;
        error += y[k] * (log_error + V * fabs(shifted) + 2.0 * V * fabs(term));
        weight += y[k] != 0.0 ? 1.0 : 0.0;
    }
    return error + (weight > 1.0 ? weight * V * p->cost[r] : 0.0);
}

static void output_local(clmlp_cost_at_point *p, size_t r)
{
    const size_t K = p->K, at = r * K, last = p->L - 1;
    const bool softmax = p->model->output == CLMLP_OUTPUT_SOFTMAX;
    const double weight = clmlp_cost_at_point_weight(p, r);
    p->row_cost[r] = softmax ? weight * softmax_cost_error(p, r) : 0.0;
    p->onwards[last][r] = p->row_cost[r];
    for (size_t k = 0; k < K; k++) {
        double error = fabs(p->delta[last][at + k]) * V * fabs(p->z[last][at + k]);
        if (!softmax) {
            error += weight * unit_cost_error(p->model->output, p->z[last][at + k], p->y[at + k], p->cost[at + k]);
        }
        p->local[last][at + k] = error;
        p->onwards[last][r] += error;
    }
}

static void hidden_local(clmlp_cost_at_point *p, size_t l, size_t r)
{
    const size_t s = p->s[l - 1];
    p->onwards[l - 1][r] = p->onwards[l][r];
    for (size_t j = 0; j < s; j++) {
        const size_t at = r * s + j;
        const double z = p->z[l - 1][at], of_z = V * fabs(p->delta[l - 1][at] * z);
        const double own = clmlp_unit_own_error(p->model->activation, z, p->a[l - 1][at]);
        p->local[l - 1][at] = of_z + fabs(p->adjoint[l - 1][at]) * own;
        p->onwards[l - 1][r] += p->local[l - 1][at];
    }
}

void clmlp_cost_at_point_backward_errors(clmlp_cost_at_point *p)
{
    for (size_t r = 0; r < p->M; r++) {
        output_error(p, r);
        output_local(p, r);
        for (size_t l = p->L - 1; l >= 2; l--) {
            hidden_error(p, l, r);
            hidden_local(p, l, r);
        }
    }
}

double clmlp_cost_at_point_rounding(const clmlp_cost_at_point *p, size_t l, size_t j, size_t i, double t)
{
    const size_t s_in = p->s[l - 1], s_out = p->s[l];
    const bool output = l + 1 == p->L;
    const double theta = fabs(p->theta[p->model->theta_at[l - 1] + j * (s_in + 1) + i]), step = fabs(t);
    /* decay / 2 t (2 theta + t): a sum, two products, added to the rest */
    const double squares = i == 0 ? 0.0 : 4.0 * V * (p->decay / 2.0) * step * (2.0 * theta + step);
    double sum = 0.0;
    for (size_t r = 0; r < p->M; r++) {
        const size_t at = r * s_out + j;
        const size_t from = r * s_in + i - 1;
        /* this row stays as it is */
        if (i > 0 && clmlp_cost_at_point_gain(p, l, from) * p->a[l - 1][from] == 0.0) continue;
        if (!output && clmlp_unit_is_off(p->model->activation, p->z[l][at])) continue;
        sum += p->local[l][at] + (output ? p->row_cost[r] : p->onwards[l + 1][r]);
    }
    return sum / (double)p->M + squares;
}

/* --- a scale of the inputs ---------------------------------------------------------------------------------------- */

/* Every unit of layer 2 is computed anew in the rows where the input is not 0. */
double clmlp_cost_at_point_scale_rounding(const clmlp_cost_at_point *p, const double *raw, double scale, size_t i,
                                          double t)
{
    const size_t s_1 = p->s[0], rows = p->s[1];
    const double step = fabs(t);
    double sum = 0.0, squares = 0.0;
    for (size_t j = 0; j < rows; j++) squares += raw[j * (s_1 + 1) + i] * raw[j * (s_1 + 1) + i];
    for (size_t r = 0; r < p->M; r++) {
        if (p->x[r * s_1 + i - 1] != 0.0) sum += p->onwards[1][r];
    }
    /* decay / 2 sum t (2 s + t): a sum of squares, four products, a sum, added to the rest */
    const double of_squares = clmlp_gamma((double)rows + 6.0, V);
    return sum / (double)p->M + of_squares * (p->decay / 2.0) * squares * step * (2.0 * fabs(scale) + step);
}

/* sum_j gradient_ji raw_ji: what each gradient is off by, the products and their sum. A difference quotient has one
 * more product for t x raw, and the products and the sum of the lambda term. */
double clmlp_cost_at_point_scale_bound(const clmlp_cost_at_point *p, const double *raw, const double *gradient,
                                       double scale, size_t i)
{
    const size_t columns = p->s[0] + 1, rows = p->s[1];
    const double gamma = both(rows, 2), of_decay = both(4, rows + 6);
    double bound = 0.0;
    for (size_t j = 0; j < rows; j++) {
        const size_t at = j * columns + i;
        const double off = clmlp_cost_at_point_gradient_bound(p, 1, j, i), size = fabs(raw[at]);
        bound += size * (off + gamma * (fabs(gradient[at]) + off) + of_decay * fabs(p->decay * size * scale));
    }
    return bound + DBL_MIN;
}
