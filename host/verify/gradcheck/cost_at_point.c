/* cost_at_point.c - J at one theta, and its change along one element, in plain loops. */
#include "verify/gradcheck/cost_at_point.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "verify/gradcheck/unit.h"

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* --- cost ------------------------------------------------------------------------------------------------------ */

/* -[y log h + (1 - y) log(1 - h)], or (h - y)^2 / 2. */
static double unit_cost(clmlp_output output, double z, double y)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return larger(z, 0.0) - z * y + log1p(exp(-fabs(z)));
    case CLMLP_OUTPUT_LINEAR: return (z - y) * (z - y) / 2.0;
    case CLMLP_OUTPUT_SOFTMAX: /* only as a row */
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

static double unit_value(clmlp_output output, double z)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return clmlp_unit_value(CLMLP_SIGMOID, z);
    case CLMLP_OUTPUT_LINEAR: return z;
    case CLMLP_OUTPUT_SOFTMAX: /* only as a row */
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

/* -sum_k y log h; h [K] where wanted. */
static double softmax_cost(size_t K, const double *z, const double *y, double *h)
{
    double largest = z[0], sum = 0.0, cost = 0.0;
    for (size_t k = 1; k < K; k++) largest = larger(largest, z[k]);
    for (size_t k = 0; k < K; k++) sum += exp(z[k] - largest);
    const double log_sum = log(sum);
    for (size_t k = 0; k < K; k++) {
        if (y[k] != 0.0) cost += y[k] * (log_sum - (z[k] - largest));
        if (h != NULL) h[k] = exp(z[k] - largest) / sum;
    }
    return cost;
}

static void output_row(clmlp_cost_at_point *p, size_t r)
{
    const clmlp_output output = p->model->output;
    const size_t K = p->K, at = r * K;
    const double *const z = p->z[p->L - 1] + at, *const y = p->y + at, weight = clmlp_cost_at_point_weight(p, r);
    double *const h = p->a[p->L - 1] + at;
    if (output == CLMLP_OUTPUT_SOFTMAX) p->cost[r] = softmax_cost(K, z, y, h);
    for (size_t k = 0; k < K; k++) {
        if (output != CLMLP_OUTPUT_SOFTMAX) {
            h[k] = unit_value(output, z[k]);
            p->cost[at + k] = unit_cost(output, z[k], y[k]);
        }
        p->delta[p->L - 1][at + k] = weight * (h[k] - y[k]);
    }
}

static double whole_cost(const clmlp_cost_at_point *p)
{
    const size_t of_row = p->model->output == CLMLP_OUTPUT_SOFTMAX ? 1 : p->K, count = p->M * of_row;
    double cost = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; i++) cost += clmlp_cost_at_point_weight(p, i / of_row) * p->cost[i];
    for (size_t l = 1; l < p->L; l++) {
        const double *const theta = p->theta + p->model->theta_at[l - 1];
        const size_t columns = p->s[l - 1] + 1;
        for (size_t i = 0; i < p->s[l] * columns; i++) {
            if (i % columns != 0) squares += theta[i] * theta[i];
        }
    }
    return cost / (double)p->M + p->decay / 2.0 * squares;
}

/* --- forward and backward ---------------------------------------------------------------------------------------- */

/* Where only rounding decides on which side of a kink z is, it is where the backend says. */
static void take_side(clmlp_cost_at_point *p, size_t l, size_t at, double *const *sides)
{
    double *const z = &p->z[l][at];
    const bool on = sides[l][at] > 0.0;
    if (on == (*z > 0.0) || !(fabs(*z) <= p->dz[l][at])) return;
    *z = on ? DBL_MIN : 0.0;
    p->a[l][at] = *z;
}

/* z(l+1), and a(l+1) of hidden layers. */
static void forward(clmlp_cost_at_point *p, size_t l, double *const *sides)
{
    const size_t s_in = p->s[l - 1], s_out = p->s[l];
    const double *const theta = p->theta + p->model->theta_at[l - 1];
    for (size_t r = 0; r < p->M; r++) {
        const double *const a = p->a[l - 1] + r * s_in;
        const double *const da = l > 1 ? p->da[l - 1] + r * s_in : NULL;
        for (size_t j = 0; j < s_out; j++) {
            const double *const weight = theta + j * (s_in + 1);
            double z = weight[0], magnitude = fabs(weight[0]), carried = 0.0;
            for (size_t i = 0; i < s_in; i++) {
                const double gain = clmlp_cost_at_point_gain(p, l, r * s_in + i), product = gain * a[i] * weight[i + 1];
                z += product;
                magnitude += fabs(product);
                if (da != NULL) carried += gain * da[i] * fabs(weight[i + 1]);
            }
            const size_t at = r * s_out + j;
            p->z[l][at] = z;
            if (l + 1 < p->L) p->a[l][at] = clmlp_unit_value(p->model->activation, z);
            clmlp_cost_at_point_forward_error(p, l, r, j, magnitude, carried);
            if (l + 1 < p->L && clmlp_has_kink(p->model->activation) && sides != NULL) take_side(p, l, at, sides);
        }
    }
}

/* adjoint(l) = delta(l+1) theta(l) without column 0, times the gain, delta(l) = adjoint(l) o g'(z(l)). */
static void backward(clmlp_cost_at_point *p, size_t l)
{
    const size_t s_in = p->s[l - 1], s_out = p->s[l];
    const double *const theta = p->theta + p->model->theta_at[l - 1];
    for (size_t r = 0; r < p->M; r++) {
        double *const adjoint = p->adjoint[l - 1] + r * s_in;
        for (size_t j = 0; j < s_out; j++) {
            const double delta = p->delta[l][r * s_out + j];
            const double *const weight = theta + j * (s_in + 1) + 1;
            for (size_t i = 0; i < s_in; i++) adjoint[i] += delta * weight[i];
        }
        for (size_t i = 0; i < s_in; i++) {
            const size_t at = r * s_in + i;
            const double slope = clmlp_unit_slope(p->model->activation, p->z[l - 1][at], p->a[l - 1][at]);
            adjoint[i] *= clmlp_cost_at_point_gain(p, l, at);
            p->delta[l - 1][at] = adjoint[i] * slope;
        }
    }
}

static void transpose(clmlp_cost_at_point *p, size_t l)
{
    const size_t s_in = p->s[l - 1], s_out = p->s[l];
    const double *const theta = p->theta + p->model->theta_at[l - 1];
    for (size_t j = 0; j < s_out; j++) {
        for (size_t i = 0; i < s_in; i++) p->across[l - 1][i * s_out + j] = theta[j * (s_in + 1) + i + 1];
    }
}

/* --- life ------------------------------------------------------------------------------------------------------- */

static clmlp_status numbers(double **out, size_t rows, size_t columns, clmlp_error *error)
{
    size_t count = 0;
    if (!clmlp_multiply(rows, columns, &count)) count = SIZE_MAX;
    return clmlp_allocate(out, count, sizeof **out, "a gradient check", error);
}

static clmlp_status create_arrays(clmlp_cost_at_point *p, clmlp_error *error)
{
    double ***const lists[] = {&p->gain, &p->z, &p->a, &p->delta, &p->adjoint, &p->across, &p->dz, &p->da, &p->ddelta,
                               &p->local, &p->onwards};
    size_t largest = p->K;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        TRY(clmlp_allocate(lists[i], p->L + 1, sizeof **lists[i], "a gradient check", error));
    }
    for (size_t l = 2; l <= p->L; l++) {
        const size_t s = p->s[l - 1];
        double **const matrices[] = {&p->z[l - 1], &p->a[l - 1], &p->delta[l - 1], &p->adjoint[l - 1], &p->dz[l - 1],
                                     &p->da[l - 1], &p->ddelta[l - 1], &p->local[l - 1]};
        for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) TRY(numbers(matrices[i], p->M, s, error));
        TRY(numbers(&p->onwards[l - 1], p->M, 1, error));
        if (l < p->L) TRY(numbers(&p->across[l - 1], s, p->s[l], error));
        largest = s > largest ? s : largest;
    }
    TRY(numbers(&p->cost, p->M, p->K, error));
    TRY(numbers(&p->row_cost, p->M, 1, error));
    for (int i = 0; i < 2; i++) TRY(numbers(&p->scratch[i], largest, 1, error));
    return CLMLP_OK;
}

/* Where layer l drops units: which, and what the others are multiplied with. */
static clmlp_status create_gain(clmlp_cost_at_point *p, size_t l, const clmlp_dropouts *dropouts, clmlp_error *error)
{
    const clmlp_dropout dropout = clmlp_dropout_of(dropouts, l);
    const size_t s = p->s[l - 1];
    unsigned char *kept = NULL;
    if (dropout.p == 0.0) return CLMLP_OK;
    TRY(numbers(&p->gain[l - 1], p->M, s, error));
    TRY(clmlp_allocate(&kept, s, 1, "a gradient check", error));
    for (size_t r = 0; r < p->M; r++) {
        clmlp_random_kept(dropout.seed, dropout.step, dropout.layer, dropout.first + (uint32_t)r, dropout.p, s, kept);
        for (size_t j = 0; j < s; j++) p->gain[l - 1][r * s + j] = kept[j] ? 1.0 / (1.0 - dropout.p) : 0.0;
    }
    free(kept);
    return CLMLP_OK;
}

clmlp_status clmlp_cost_at_point_create(clmlp_cost_at_point **out, const clmlp_cost_at_point_inputs *inputs,
                                        clmlp_error *error)
{
    clmlp_cost_at_point *p = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&p, 1, sizeof *p, "a gradient check", error));
    p->model = inputs->model;
    p->theta = inputs->theta;
    p->x = inputs->x;
    p->y = inputs->y;
    p->w = inputs->w;
    p->L = inputs->model->L;
    p->s = inputs->model->s;
    p->M = inputs->M;
    p->K = p->s[p->L - 1];
    p->decay = inputs->lambda / (double)inputs->M;
    TRY_CLEANUP(create_arrays(p, error));
    TRY_CLEANUP(numbers(&p->a[0], p->M, p->s[0], error));
    memcpy(p->a[0], p->x, p->M * p->s[0] * sizeof *p->x);
    for (size_t l = 2; l < p->L; l++) TRY_CLEANUP(create_gain(p, l, &inputs->dropout, error));
    for (size_t l = 1; l < p->L; l++) forward(p, l, inputs->sides);
    for (size_t r = 0; r < p->M; r++) output_row(p, r);
    for (size_t l = p->L - 1; l >= 2; l--) {
        backward(p, l);
        transpose(p, l);
    }
    p->J = whole_cost(p);
    clmlp_cost_at_point_backward_errors(p);
    *out = p;
cleanup:
    if (status != CLMLP_OK) clmlp_cost_at_point_destroy(p);
    return status;
}

void clmlp_cost_at_point_destroy(clmlp_cost_at_point *p)
{
    if (p == NULL) return;
    double **const lists[] = {p->gain, p->z, p->a, p->delta, p->adjoint, p->across, p->dz, p->da, p->ddelta, p->local,
                              p->onwards};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (size_t l = 1; lists[i] != NULL && l <= p->L; l++) free(lists[i][l - 1]);
        free(lists[i]);
    }
    free(p->cost), free(p->row_cost);
    for (int i = 0; i < 2; i++) free(p->scratch[i]);
    free(p);
}

/* --- near theta --------------------------------------------------------------------------------------------------- */

/* How a(l) of unit `at` (r s_l + j) changes when its z changes by dz. */
static double activation_change(const clmlp_cost_at_point *p, size_t l, size_t at, double dz, bool frozen,
                                bool *crossed)
{
    const clmlp_activation g = p->model->activation;
    const double z = p->z[l - 1][at], moved = z + dz;
    if (!clmlp_has_kink(g)) return clmlp_unit_value(g, moved) - p->a[l - 1][at];
    const bool still = (moved > 0.0) == (z > 0.0);
    if (!still) *crossed = true;
    if (still || frozen) return clmlp_unit_smooth_change(g, z, dz);
    return clmlp_unit_value(g, moved) - p->a[l - 1][at];
}

/* How the cost of row r, without its weight, changes when z(L) of outputs first .. first + count - 1 changes by dz. */
static double output_change(clmlp_cost_at_point *p, size_t r, size_t first, size_t count, const double *dz)
{
    const clmlp_output output = p->model->output;
    const size_t K = p->K, at = r * K;
    const double *const z = p->z[p->L - 1] + at, *const y = p->y + at;
    double sum = 0.0;
    if (output == CLMLP_OUTPUT_SOFTMAX) {
        double *const moved = p->scratch[1];
        for (size_t k = 0; k < K; k++) moved[k] = k >= first && k - first < count ? z[k] + dz[k - first] : z[k];
        return softmax_cost(K, moved, y, NULL) - p->cost[r];
    }
    for (size_t k = first; k < first + count; k++) {
        sum += unit_cost(output, z[k] + dz[k - first], y[k]) - p->cost[at + k];
    }
    return sum;
}

/* How the cost of row r, without its weight, changes when z(l) of all units changes by what the first scratch has. */
static double onwards_change(clmlp_cost_at_point *p, size_t r, size_t l, bool frozen, bool *crossed)
{
    for (; l < p->L; l++) {
        const size_t s_in = p->s[l - 1], s_out = p->s[l];
        double *const now = p->scratch[0], *const next = p->scratch[1];
        memset(next, 0, s_out * sizeof *next);
        for (size_t k = 0; k < s_in; k++) {
            const double each = clmlp_cost_at_point_gain(p, l, r * s_in + k);
            const double change =
                each == 0.0 ? 0.0 : each * activation_change(p, l, r * s_in + k, now[k], frozen, crossed);
            if (change == 0.0) continue;
            const double *const weight = p->across[l - 1] + k * s_out;
            for (size_t n = 0; n < s_out; n++) next[n] += change * weight[n];
        }
        p->scratch[0] = next;
        p->scratch[1] = now;
    }
    return output_change(p, r, 0, p->K, p->scratch[0]);
}

/* How the cost of row r, without its weight, changes when z(l) of unit j changes by dz: one unit of layer l, then all
 * that follow. */
static double row_change(clmlp_cost_at_point *p, size_t r, size_t l, size_t j, double dz, bool frozen, bool *crossed)
{
    if (l == p->L) return output_change(p, r, j, 1, &dz);
    const size_t first = r * p->s[l - 1] + j;
    const double gain = clmlp_cost_at_point_gain(p, l, first);
    const double da = gain == 0.0 ? 0.0 : gain * activation_change(p, l, first, dz, frozen, crossed);
    if (da == 0.0) return 0.0;
    const double *const weight = p->across[l - 1] + j * p->s[l];
    for (size_t k = 0; k < p->s[l]; k++) p->scratch[0][k] = da * weight[k];
    return onwards_change(p, r, l + 1, frozen, crossed);
}

double clmlp_cost_at_point_change(clmlp_cost_at_point *p, size_t l, size_t j, size_t i, double t, bool frozen,
                                  bool *crossed)
{
    const size_t s_in = p->s[l - 1];
    const double theta = p->theta[p->model->theta_at[l - 1] + j * (s_in + 1) + i];
    double sum = 0.0;
    for (size_t r = 0; r < p->M; r++) {
        const size_t at = r * s_in + i - 1;
        const double a = i == 0 ? 1.0 : clmlp_cost_at_point_gain(p, l, at) * p->a[l - 1][at];
        if (a == 0.0) continue;
        sum += clmlp_cost_at_point_weight(p, r) * row_change(p, r, l + 1, j, t * a, frozen, crossed);
    }
    const double squares = i == 0 ? 0.0 : t * (2.0 * theta + t); /* (theta + t)^2 - theta^2 */
    return sum / (double)p->M + p->decay / 2.0 * squares;
}

double clmlp_cost_at_point_scale_change(clmlp_cost_at_point *p, const double *raw, double scale, size_t i, double t,
                                        bool frozen, bool *crossed)
{
    const size_t s_1 = p->s[0];
    double sum = 0.0, squares = 0.0; /* of raw */
    for (size_t j = 0; j < p->s[1]; j++) squares += raw[j * (s_1 + 1) + i] * raw[j * (s_1 + 1) + i];
    for (size_t r = 0; r < p->M; r++) {
        const double x = p->x[r * s_1 + i - 1];
        if (x == 0.0) continue;
        for (size_t j = 0; j < p->s[1]; j++) p->scratch[0][j] = t * x * raw[j * (s_1 + 1) + i];
        sum += clmlp_cost_at_point_weight(p, r) * onwards_change(p, r, 2, frozen, crossed);
    }
    /* raw^2 ((s + t)^2 - s^2) */
    return sum / (double)p->M + p->decay / 2.0 * squares * t * (2.0 * scale + t);
}
