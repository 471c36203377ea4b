/* reference.c - naive reference of every equation in long double, with bounds. */
#include "reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"

#define SLACK 1.01L /* second-order terms, and the long double's own rounding */

matrix matrix_create(size_t rows, size_t columns)
{
    return (matrix){rows, columns, calloc(rows * columns + 1, sizeof(double))};
}

void matrix_free(matrix *m)
{
    free(m->values);
    m->values = NULL;
}

void matrix_randomize(matrix *m, unsigned long long seed, unsigned stream, double scale, clmlp_precision precision)
{
    for (size_t i = 0; i < m->rows * m->columns; i++) {
        const double value = scale * (2.0 * clmlp_random_uniform(seed, (clmlp_random_stream)99, stream, i) - 1.0);
        m->values[i] = precision == CLMLP_F32 ? (double)(float)value : value;
    }
}

expected expected_create(size_t rows, size_t columns)
{
    return (expected){matrix_create(rows, columns), matrix_create(rows, columns)};
}

void expected_free(expected *e)
{
    matrix_free(&e->value);
    matrix_free(&e->bound);
}

double unit_roundoff(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24;
}

static long double smallest(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? (long double)DBL_MIN : (long double)FLT_MIN;
}

static long double gamma_of(size_t n, clmlp_precision precision)
{
    const long double nu = (long double)n * (long double)unit_roundoff(precision);
    return nu / (1.0L - nu);
}

static void set(expected *out, size_t i, long double value, long double bound, clmlp_precision precision)
{
    out->value.values[i] = (double)value;
    /* the expected value itself is rounded to double when it is stored */
    out->bound.values[i] = (double)(SLACK * bound + smallest(precision) + 0x1p-53L * fabsl(value));
}

/* a with its bias unit: column 0 is 1 */
static long double biased(const matrix *a, size_t r, size_t i)
{
    return i == 0 ? 1.0L : (long double)a->values[r * a->columns + i - 1];
}

void reference_z(expected *out, const matrix *a, const matrix *theta, clmlp_precision precision)
{
    for (size_t r = 0; r < a->rows; r++) {
        for (size_t j = 0; j < theta->rows; j++) {
            long double sum = 0.0L, magnitude = 0.0L;
            for (size_t i = 0; i < theta->columns; i++) {
                const long double product = biased(a, r, i) * (long double)theta->values[j * theta->columns + i];
                sum += product;
                magnitude += fabsl(product);
            }
            set(out, r * theta->rows + j, sum, gamma_of(theta->columns + 1, precision) * magnitude, precision);
        }
    }
}

static long double sigmoid(long double z)
{
    return 1.0L / (1.0L + expl(-z));
}

/* Relative error of 1 / (1 + exp(-z)): exp 3 ulp weighted by e / (1 + e) <= 1, the sum 1 u, the quotient
 * 2.5 ulp. */
static long double sigmoid_error(clmlp_precision precision)
{
    return (3.0L * 2.0L + 1.0L + 2.5L * 2.0L) * (long double)unit_roundoff(precision);
}

/* x / (1 + e^-x), as above; where e^-x overflows, the smallest normal number times x may be lost. */
static long double swish_error(long double x, clmlp_precision precision)
{
    return fabsl(x) * (sigmoid_error(precision) * sigmoid(x) + smallest(precision));
}

static const long double SELU_SCALE_L = 1.0507009873554804934193349852946L;
static const long double SELU_ALPHA = 1.6732632423543772848170429916717L;

static long double normal_below(long double x)
{
    return erfcl(-x / sqrtl(2.0L)) / 2.0L;
}

static long double normal_density(long double x)
{
    return expl(-x * x / 2.0L) / sqrtl(8.0L * atanl(1.0L));
}

/* What gelu-tanh takes the sigmoid of: 2 sqrt(2/pi) (x + 0.044715 x^3), and its derivative. */
static long double gelu_argument(long double x)
{
    return 2.0L * sqrtl(0.5L / atanl(1.0L)) * (x + 0.044715L * x * x * x);
}

static long double gelu_argument_slope(long double x)
{
    return 2.0L * sqrtl(0.5L / atanl(1.0L)) * (1.0L + 3.0L * 0.044715L * x * x);
}

static long double mish_factor(long double x)
{
    return tanhl(x > 0.0L ? x + log1pl(expl(-x)) : log1pl(expl(x)));
}

/* g of the activations that kernels know only when they are asked for, and its error. Ulps of OpenCL: exp 3, expm1 3,
 * log1p 2, erfc 16, divide 2.5; an argument's error arrives times its derivative. */
static long double extra(clmlp_activation g, long double x, clmlp_precision precision, long double *error)
{
    const long double u = (long double)unit_roundoff(precision), size = fabsl(x), least = smallest(precision);
    const long double tail = log1pl(expl(-size)), y = gelu_argument(x);
    long double a = (long double)NAN, relative = 0.0L, absolute = 0.0L;
    if (g == CLMLP_LEAKY_RELU) a = x > 0.0L ? x : 0.01L * x, relative = x > 0.0L ? 0.0L : 2.0L;
    if (g == CLMLP_ELU) a = x > 0.0L ? x : expm1l(x), relative = x > 0.0L ? 0.0L : 6.0L;
    if (g == CLMLP_SELU) a = SELU_SCALE_L * (x > 0.0L ? x : SELU_ALPHA * expm1l(x)), relative = x > 0.0L ? 2.0L : 8.0L;
    if (g == CLMLP_SOFTPLUS) a = (x > 0.0L ? x : 0.0L) + tail, relative = 1.0L, absolute = (6.0L + 4.0L) * tail;
    if (g == CLMLP_GELU) a = x * normal_below(x), relative = 33.0L, absolute = 2.0L * x * x * normal_density(x);
    if (g == CLMLP_GELU_TANH) a = x * sigmoid(y), relative = 14.0L + 7.0L * fabsl(y) * sigmoid(-y);
    if (g == CLMLP_MISH) a = x * mish_factor(x), relative = 6.0L + 10.0L + 1.0L;
    *error = u * (relative * fabsl(a) + absolute) + (2.0L + size) * least;
    return a;
}

void reference_activation(expected *out, const matrix *z, clmlp_activation g, clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision);
    for (size_t i = 0; i < z->rows * z->columns; i++) {
        const long double x = (long double)z->values[i];
        long double a, error;
        switch (g) {
        case CLMLP_SIGMOID: set(out, i, sigmoid(x), sigmoid_error(precision) * sigmoid(x), precision); break;
        case CLMLP_TANH: set(out, i, tanhl(x), 5.0L * 2.0L * u * fabsl(tanhl(x)), precision); break;
        case CLMLP_RELU: set(out, i, x > 0.0L ? x : 0.0L, 0.0L, precision); break;
        case CLMLP_STEP: set(out, i, x > 0.0L ? 1.0L : 0.0L, 0.0L, precision); break;
        case CLMLP_LINEAR: set(out, i, x, 0.0L, precision); break;
        case CLMLP_SWISH: set(out, i, x * sigmoid(x), swish_error(x, precision), precision); break;
        case CLMLP_SELU:
        case CLMLP_MISH:
        case CLMLP_LEAKY_RELU:
        case CLMLP_ELU:
        case CLMLP_GELU:
        case CLMLP_GELU_TANH:
        case CLMLP_SOFTPLUS: a = extra(g, x, precision, &error), set(out, i, a, error, precision); break;
        case CLMLP_ACTIVATION_COUNT: set(out, i, (long double)NAN, 0.0L, precision); break;
        }
    }
}

static void output_sigmoid(expected *h, expected *delta, size_t i, long double z, long double y, long double *cost,
                           long double *cost_bound, clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision), value = sigmoid(z);
    const long double error = sigmoid_error(precision) * value;
    const long double positive = z > 0.0L ? z : 0.0L, tail = log1pl(expl(-fabsl(z)));
    set(h, i, value, error, precision);
    set(delta, i, value - y, error + u * fabsl(value - y), precision);
    *cost += positive - z * y + tail;
    /* product 1 u; exp 3 ulp and log1p 2 ulp, both relative to the tail as log(1+e) >= e/(1+e); two sums */
    *cost_bound += u * fabsl(z * y) + 5.0L * 2.0L * u * tail + 2.0L * u * (positive + fabsl(z * y) + tail);
}

static void output_linear(expected *h, expected *delta, size_t i, long double z, long double y, long double *cost,
                          long double *cost_bound, clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision);
    set(h, i, z, 0.0L, precision);
    set(delta, i, z - y, u * fabsl(z - y), precision);
    *cost += (z - y) * (z - y) / 2.0L;
    *cost_bound +=
        4.0L * u * (z - y) * (z - y) / 2.0L; /* two differences, a product; a half is exact (OpenCL: 2.5 ulp) */
    *cost_bound += 5.0L * u * (z - y) * (z - y) / 2.0L;
}

static void output_softmax(expected *h, expected *delta, size_t row, size_t K, const matrix *z, const matrix *y,
                           long double *cost, long double *cost_bound, clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision);
    const double *zr = z->values + row * K, *yr = y->values + row * K;
    long double largest = (long double)zr[0], sum = 0.0L, range = 0.0L;
    for (size_t k = 1; k < K; k++) largest = fmaxl(largest, (long double)zr[k]);
    for (size_t k = 0; k < K; k++) {
        sum += expl((long double)zr[k] - largest);
        range = fmaxl(range, largest - (long double)zr[k]);
    }
    /* exp(z - max): the difference is off by u |z - max|, which exp turns into a relative error; 3 ulp */
    const long double one = u * range + 3.0L * 2.0L * u;
    const long double whole = one + gamma_of(K, precision);
    const long double log_error = whole + 3.0L * 2.0L * u * fabsl(logl(sum)) + u;
    for (size_t k = 0; k < K; k++) {
        const long double shifted = (long double)zr[k] - largest, value = expl(shifted) / sum;
        const long double error = (one + whole + 2.5L * 2.0L * u) * value, target = (long double)yr[k];
        const long double term = logl(sum) - shifted;
        set(h, row * K + k, value, error, precision);
        set(delta, row * K + k, value - target, error + u * fabsl(value - target), precision);
        *cost += target * term;
        *cost_bound += target * (log_error + u * fabsl(shifted) + 2.0L * u * fabsl(term));
    }
}

/* One more product for each delta, and for the cost of the row. */
static void weigh_row(expected *delta, size_t r, size_t K, long double w, long double *row, long double *row_bound,
                      clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision);
    for (size_t k = 0; k < K; k++) {
        const size_t i = r * K + k;
        const long double value = (long double)delta->value.values[i], off = (long double)delta->bound.values[i];
        set(delta, i, w * value, w * off + u * w * (fabsl(value) + off), precision);
    }
    *row_bound = w * *row_bound + u * w * (*row + *row_bound) + smallest(precision);
    *row *= w;
}

void reference_output(expected *h, expected *delta, expected *cost, const matrix *z, const matrix *y,
                      const matrix *w, clmlp_output output, clmlp_precision precision)
{
    const size_t K = z->columns;
    long double total = 0.0L, bound = 0.0L;
    for (size_t r = 0; r < z->rows; r++) {
        long double row = 0.0L, row_bound = 0.0L;
        if (output == CLMLP_OUTPUT_SOFTMAX) output_softmax(h, delta, r, K, z, y, &row, &row_bound, precision);
        for (size_t k = 0; k < K; k++) {
            const size_t i = r * K + k;
            const long double zi = (long double)z->values[i], yi = (long double)y->values[i];
            switch (output) {
            case CLMLP_OUTPUT_SIGMOID: output_sigmoid(h, delta, i, zi, yi, &row, &row_bound, precision); break;
            case CLMLP_OUTPUT_SOFTMAX: break; /* a row at once */
            case CLMLP_OUTPUT_LINEAR: output_linear(h, delta, i, zi, yi, &row, &row_bound, precision); break;
            case CLMLP_OUTPUT_COUNT: row = (long double)NAN; break;
            }
        }
        /* the K terms of a row are added in the precision itself; all terms are >= 0 */
        row_bound += gamma_of(K, precision) * row;
        if (w != NULL) weigh_row(delta, r, K, (long double)w->values[r], &row, &row_bound, precision);
        total += row;
        bound += row_bound;
    }
    /* the rows are added with at least twice the precision (u^2), or, in double, in double */
    bound += gamma_of(z->rows, CLMLP_F64) * total;
    set(cost, 0, total, bound, precision);
}

/* s (1 + x (1 - s)), s = sigmoid(x): s is off, then 1 - s, the product with x, the sum and the last product. */
static long double swish_slope(long double x, clmlp_precision precision, long double *error)
{
    const long double u = (long double)unit_roundoff(precision), s = sigmoid(x), q = sigmoid(-x), sum = 1.0L + x * q;
    const long double of_s = sigmoid_error(precision) * s + smallest(precision);
    const long double of_sum = fabsl(x) * (of_s + 2.0L * u * q) + u * fabsl(sum);
    *error = of_s * fabsl(sum) + s * of_sum + u * fabsl(s * sum);
    return s * sum;
}

/* Of the next three: a factor that underflows, or that a device takes for 0, is off by the other times as much. */
static long double gelu_slope(long double x, clmlp_precision precision, long double *error)
{
    const long double u = (long double)unit_roundoff(precision);
    const long double part = x * normal_density(x), slope = normal_below(x) + part;
    *error = u * ((2.0L + 9.0L + x * x / 2.0L) * fabsl(part) + 32.0L * normal_below(x) + fabsl(slope)) +
             (2.0L + fabsl(x)) * smallest(precision);
    return slope;
}

/* s (1 + w), w = x (1 - s) y'. */
static long double gelu_tanh_slope(long double x, clmlp_precision precision, long double *error)
{
    const long double u = (long double)unit_roundoff(precision);
    const long double y = gelu_argument(x), s = sigmoid(y), rest = sigmoid(-y), w = x * rest * gelu_argument_slope(x);
    const long double of_s = 13.0L + 7.0L * fabsl(y) * rest, of_rest = 13.0L + 7.0L * fabsl(y) * s;
    *error = u * s * (fabsl(1.0L + w) * (of_s + 2.0L) + fabsl(w) * (of_rest + 8.0L)) +
             (2.0L + fabsl(w)) * smallest(precision);
    return s * (1.0L + w);
}

static long double mish_slope(long double x, clmlp_precision precision, long double *error)
{
    const long double u = (long double)unit_roundoff(precision);
    const long double t = mish_factor(x), part = x / (coshl(atanhl(t)) * coshl(atanhl(t))) * sigmoid(x);
    const long double exact = t < 1.0L ? part : 0.0L;
    *error = u * (16.0L * t + 28.0L * fabsl(exact) + fabsl(t + exact)) + (2.0L + fabsl(x)) * smallest(precision);
    return t + exact;
}

/* g' from a, or from z, and its error relative to nothing: absolute. */
static long double derivative(clmlp_activation g, long double z, long double a, clmlp_precision precision,
                              long double *error)
{
    const long double u = (long double)unit_roundoff(precision);
    *error = 0.0L;
    switch (g) {
    case CLMLP_SIGMOID: *error = 2.0L * u * fabsl(a * (1.0L - a)); return a * (1.0L - a);
    case CLMLP_TANH: *error = u * a * a + u * fabsl(1.0L - a * a); return 1.0L - a * a;
    case CLMLP_RELU: return a > 0.0L ? 1.0L : 0.0L;
    case CLMLP_STEP: return 0.0L;
    case CLMLP_LINEAR: return 1.0L;
    case CLMLP_SWISH: return swish_slope(z, precision, error);
    case CLMLP_LEAKY_RELU: *error = u * 0.01L; return a > 0.0L ? 1.0L : 0.01L;
    case CLMLP_ELU: *error = u; return a > 0.0L ? 1.0L : a + 1.0L;
    case CLMLP_SELU:
        *error = 2.0L * u * SELU_SCALE_L * SELU_ALPHA;
        return a > 0.0L ? SELU_SCALE_L : a + SELU_SCALE_L * SELU_ALPHA;
    case CLMLP_SOFTPLUS: *error = 3.0L * 2.0L * u * fabsl(expm1l(-a)); return -expm1l(-a);
    case CLMLP_GELU: return gelu_slope(z, precision, error);
    case CLMLP_GELU_TANH: return gelu_tanh_slope(z, precision, error);
    case CLMLP_MISH: return mish_slope(z, precision, error);
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (long double)NAN;
}

void reference_hidden(expected *out, const matrix *delta_next, const matrix *theta, const matrix *z, const matrix *a,
                      clmlp_activation g, clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision);
    for (size_t r = 0; r < a->rows; r++) {
        for (size_t i = 0; i < a->columns; i++) {
            long double sum = 0.0L, magnitude = 0.0L, slope_error = 0.0L;
            for (size_t j = 0; j < theta->rows; j++) {
                const long double product = (long double)delta_next->values[r * theta->rows + j] *
                                            (long double)theta->values[j * theta->columns + i + 1];
                sum += product;
                magnitude += fabsl(product);
            }
            const size_t at = r * a->columns + i;
            const long double z_at = z != NULL ? (long double)z->values[at] : (long double)NAN;
            const long double slope = derivative(g, z_at, (long double)a->values[at], precision, &slope_error);
            const long double bound = gamma_of(theta->rows, precision) * magnitude * fabsl(slope) +
                                      slope_error * fabsl(sum) + u * fabsl(sum * slope);
            set(out, r * a->columns + i, sum * slope, bound, precision);
        }
    }
}

void reference_gradient(expected *out, const matrix *delta, const matrix *a, const matrix *theta, double decay,
                        clmlp_precision precision)
{
    const size_t M = delta->rows;
    for (size_t j = 0; j < theta->rows; j++) {
        for (size_t i = 0; i < theta->columns; i++) {
            long double sum = 0.0L, magnitude = 0.0L;
            for (size_t r = 0; r < M; r++) {
                const long double product = (long double)delta->values[r * delta->columns + j] * biased(a, r, i);
                sum += product;
                magnitude += fabsl(product);
            }
            const long double weight =
                i == 0 ? 0.0L : (long double)decay * (long double)theta->values[j * theta->columns + i];
            /* M products and their sum, 1/M rounded and multiplied; decay rounded and multiplied; one sum */
            const long double bound =
                gamma_of(M + 3, precision) * (magnitude / (long double)M) + gamma_of(3, precision) * fabsl(weight);
            set(out, j * theta->columns + i, sum / (long double)M + weight, bound, precision);
        }
    }
}

void reference_update(expected *out, const matrix *theta, const matrix *gradient, double rate,
                      clmlp_precision precision)
{
    const long double u = (long double)unit_roundoff(precision);
    for (size_t i = 0; i < theta->rows * theta->columns; i++) {
        const long double step = (long double)rate * (long double)gradient->values[i];
        const long double value = (long double)theta->values[i] - step;
        set(out, i, value, 2.0L * u * fabsl(step) + u * fabsl(value), precision);
    }
}

double worst_fraction(const expected *e, const double *found, size_t *worst)
{
    double largest = 0.0;
    *worst = 0;
    for (size_t i = 0; i < e->value.rows * e->value.columns; i++) {
        const double error = fabs(found[i] - e->value.values[i]);
        const double fraction = error == 0.0 ? 0.0 : error / e->bound.values[i];
        if (!(fraction <= largest)) {
            largest = isfinite(found[i]) ? fraction : (double)INFINITY;
            *worst = i;
        }
        if (!isfinite(found[i])) break;
    }
    return largest;
}
