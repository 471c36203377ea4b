/* bounds.c - reference products in double, each element with its error bound.
 *
 * Values are the CPU path's own products in double, on the matrices as they are. Sums of absolute values are the same
 * equations once more. A sum of n terms, none of which is 0, has n roundings in its longest chain. Terms that are 0
 * are added without any, so n is counted, not taken from the shape.
 */
#include <math.h>
#include <stdlib.h>

#include "backend/backend.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "verify/reference/equations.h"

static clmlp_status allocate(void *out, size_t rows, size_t columns, clmlp_error *error)
{
    size_t count = 0;
    if (!clmlp_multiply(rows, columns, &count)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is too large", rows, columns);
    }
    return clmlp_allocate(out, count, sizeof(double), "the reference", error);
}

/* Numbers of the largest matrix between two layers: theta, or [1 a]. */
static size_t largest_matrix(size_t L, const size_t *s, size_t capacity)
{
    size_t largest = 0;
    for (size_t l = 1; l <= L; l++) {
        largest = clmlp_larger(largest, capacity * (s[l - 1] + 1));
        if (l < L) largest = clmlp_larger(largest, s[l] * (s[l - 1] + 1));
    }
    return largest;
}

clmlp_status clmlp_reference_products_create(clmlp_reference_products *products, size_t L, const size_t *s,
                                             size_t capacity, clmlp_precision precision, bool carries,
                                             clmlp_error *error)
{
    const size_t largest = largest_matrix(L, s, capacity); /* its parts exist already: no overflow */
    size_t widest = capacity;
    for (size_t l = 1; l <= L; l++) widest = clmlp_larger(widest, s[l - 1] + 1);
    *products = (clmlp_reference_products){.precision = precision, .arithmetic = clmlp_arithmetic_of(precision)};
    TRY(clmlp_cpu_products_prepare(error));
    TRY(allocate(&products->layer, capacity, widest, error));
    TRY(allocate(&products->left, largest, 1, error));
    TRY(allocate(&products->right, largest, 1, error));
    TRY(allocate(&products->sums, largest, 1, error));
    TRY(allocate(&products->row_factor, widest, 1, error));
    TRY(allocate(&products->column_factor, widest, 1, error));
    TRY(allocate(&products->row_spread, widest, 1, error));
    TRY(allocate(&products->column_spread, widest, 1, error));
    if (!carries) return CLMLP_OK;
    TRY(allocate(&products->more_left, largest, 1, error));
    TRY(allocate(&products->more_right, largest, 1, error));
    TRY(allocate(&products->layer_bound, capacity, widest, error));
    return allocate(&products->more_sums, largest, 1, error);
}

void clmlp_reference_products_release(clmlp_reference_products *products)
{
    free(products->layer);
    free(products->layer_bound);
    free(products->left);
    free(products->right);
    free(products->sums);
    free(products->more_left);
    free(products->more_right);
    free(products->more_sums);
    free(products->row_factor);
    free(products->column_factor);
    free(products->row_spread);
    free(products->column_spread);
    *products = (clmlp_reference_products){.layer = NULL};
}

/* --- factors without signs --------------------------------------------------------------------------------------- */

/* The largest finite one of numbers >= 0, in either precision. Floats >= 0 are ordered as their bits are. */
static double largest_float(const float *values, size_t count)
{
    int32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t bits = 0;
        memcpy(&bits, &values[i], sizeof bits);
        most = bits > most ? bits : most;
    }
    float largest = 0.0f;
    memcpy(&largest, &most, sizeof largest);
    if (largest <= FLT_MAX) return (double)largest;
    largest = 0.0f;
    for (size_t i = 0; i < count; i++) {
        if (values[i] > largest && values[i] <= FLT_MAX) largest = values[i];
    }
    return (double)largest;
}

static double largest_double(const double *values, size_t count)
{
    double largest = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (values[i] > largest && values[i] <= DBL_MAX) largest = values[i];
    }
    return largest;
}

enum { LEAST_PIECE = 1 << 17 }; /* numbers that are worth a thread */

/* |value| in the precision of the sums, and the largest that is finite of each piece. */
typedef struct absolutes {
    bool is_double;
    const double *value;
    void *out;
    double largest[CLMLP_PIECES];
} absolutes;

CLMLP_WIDE static void absolute_piece(size_t piece, size_t begin, size_t end, void *context)
{
    absolutes *a = context;
    if (a->is_double) {
        double *to = a->out;
        for (size_t i = begin; i < end; i++) to[i] = fabs(a->value[i]);
        a->largest[piece] = largest_double(to + begin, end - begin);
    } else {
        float *to = a->out;
        for (size_t i = begin; i < end; i++) to[i] = (float)fabs(a->value[i]);
        a->largest[piece] = largest_float(to + begin, end - begin);
    }
}

static double absolute(bool is_double, const double *value, size_t count, void *out)
{
    absolutes a = {.is_double = is_double, .value = value, .out = out};
    const size_t pieces = clmlp_parallel(count, LEAST_PIECE, absolute_piece, &a);
    double largest = 0.0;
    for (size_t i = 0; i < pieces; i++) largest = a.largest[i] > largest ? a.largest[i] : largest;
    return largest;
}

/* |value| + bound. */
static void enlarge(const double *value, const double *bound, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++) out[i] = fabs(value[i]) + (bound != NULL ? bound[i] : 0.0);
}

/* [1 a], from rows of s numbers. */
static void add_bias(const double *a, size_t M, size_t s, double bias, double *layer)
{
    for (size_t r = 0; r < M; r++) {
        layer[r * (s + 1)] = bias;
        memcpy(layer + r * (s + 1) + 1, a + r * s, s * sizeof *a);
    }
}

/* A product under way. */
typedef struct task {
    clmlp_reference_products *products;
    clmlp_cpu_product *multiply;
    clmlp_extent size;
    clmlp_pair left, right, result;                 /* as multiply takes them */
    size_t left_count, right_count, rows, columns;  /* numbers of the factors; shape of the result */
    size_t terms;  /* of a sum */
    double scale;  /* 1/divisor in the gradient, else 1: what sums are multiplied with */
    double extra;  /* roundings besides those of the sum */
    double least;  /* what underflow may add */
    bool carries;  /* inputs have bounds */
} task;

/* What |result| sum is multiplied with where n terms are not 0: gamma_n of device and reference, and, as the sums are
 * rounded themselves, 1 / (1 - gamma_n), which 1 + 2 gamma_n is not below; where inputs have bounds, the sums' own
 * roundings, in double, once more for each of the two that are subtracted. */
static double factor_of(const task *t, size_t terms)
{
    const double u = t->products->arithmetic.u, n = (double)terms + t->extra;
    const double device = clmlp_gamma(n, u), reference = clmlp_gamma(n, CLMLP_REFERENCE_U);
    const double sums = clmlp_gamma(n + 1.0, t->carries ? CLMLP_REFERENCE_U : u);
    return (device + (t->carries ? 3.0 : 1.0) * reference) * (1.0 + 2.0 * sums) * t->products->arithmetic.slack;
}

/* Roundings are random: n of them are off by sqrt(n) of the largest, not by n. */
static double spread_of(const task *t, size_t terms)
{
    const double n = (double)terms + t->extra;
    return n > 1.0 ? 1.0 / sqrt(n) : 1.0;
}

static void multiply_in(const task *t, clmlp_precision precision, const void *left, const void *right, void *result)
{
    t->multiply(precision, t->size.M, t->size.s_in, t->size.s_out, t->size.divisor, left, right, result);
}

/* Values and sums. Where inputs have bounds, the sums are in double: (|l| + dl)(|r| + dr) - |l||r| is what those
 * add. */
static void multiply(task *t)
{
    clmlp_reference_products *p = t->products;
    t->carries = t->left.bound != NULL || t->right.bound != NULL;
    const bool is_double = t->carries || p->precision == CLMLP_F64;
    multiply_in(t, CLMLP_F64, t->left.value, t->right.value, t->result.value);
    const double left_most = absolute(is_double, t->left.value, t->left_count, p->left);
    const double right_most = absolute(is_double, t->right.value, t->right_count, p->right);
    multiply_in(t, is_double ? CLMLP_F64 : CLMLP_F32, p->left, p->right, p->sums);
    const double least = (double)t->terms * p->arithmetic.least * (1.0 + left_most + right_most);
    t->least = least <= DBL_MAX ? least : 0.0;
    p->least = least <= DBL_MAX ? least : (double)INFINITY;
    if (!t->carries) return;
    enlarge(t->left.value, t->left.bound, t->left_count, p->more_left);
    enlarge(t->right.value, t->right.bound, t->right_count, p->more_right);
    multiply_in(t, CLMLP_F64, p->more_left, p->more_right, p->more_sums);
}

/* The bounds of a row, from the larger factor that its sums may need and those of the columns. Written so that
 * compilers see that there is nothing to branch on. */
CLMLP_WIDE static void bound_row(const task *t, size_t row, double most, double *bound)
{
    const clmlp_reference_products *p = t->products;
    const size_t columns = t->columns, begin = row * columns;
    const double limit = 0.9 * p->arithmetic.largest * t->scale, least = t->least, slack = p->arithmetic.slack;
    const double *factor = p->column_factor;
    if (t->carries) {
        const double *sums = (const double *)p->sums + begin, *more = p->more_sums + begin;
        for (size_t j = 0; j < columns; j++) {
            const double f = factor[j] <= most ? factor[j] : most, rest = more[j] > limit ? (double)INFINITY : least;
            bound[j] = f * more[j] + (more[j] - sums[j]) * slack + rest;
        }
    } else if (p->precision == CLMLP_F64) {
        const double *sums = (const double *)p->sums + begin;
        for (size_t j = 0; j < columns; j++) {
            const double f = factor[j] <= most ? factor[j] : most, rest = sums[j] > limit ? (double)INFINITY : least;
            bound[j] = f * sums[j] + rest;
        }
    } else {
        const float *sums = (const float *)p->sums + begin;
        for (size_t j = 0; j < columns; j++) {
            const double f = factor[j] <= most ? factor[j] : most, sum = (double)sums[j];
            const double rest = sum > limit ? (double)INFINITY : least;
            bound[j] = f * sum + rest;
        }
    }
}

/* What is not 0 in a row; with bounds, what may not be 0 on the device. */
CLMLP_WIDE static size_t count_row(const double *row, size_t columns)
{
    size_t count = 0;
    for (size_t i = 0; i < columns; i++) count += row[i] != 0.0;
    return count;
}

static void bound_rows(size_t piece, size_t begin, size_t end, void *context)
{
    const task *t = context;
    (void)piece;
    for (size_t r = begin; r < end; r++) {
        bound_row(t, r, t->products->row_factor[r], t->result.bound + r * t->columns);
    }
}

/* From the factors of rows and columns. */
static void bound_result(task *t)
{
    (void)clmlp_parallel(t->rows, LEAST_PIECE / t->columns + 1, bound_rows, t);
}

/* Terms are counted along the rows of the left factor, [rows x terms]. */
static void bound_by_rows(task *t)
{
    const clmlp_reference_products *p = t->products;
    const double *left = t->carries ? p->more_left : t->left.value;
    for (size_t j = 0; j < t->columns; j++) {
        p->column_factor[j] = (double)INFINITY;
        p->column_spread[j] = 0.0;
    }
    for (size_t r = 0; r < t->rows; r++) {
        const size_t count = count_row(left + r * t->terms, t->terms);
        p->row_factor[r] = factor_of(t, count);
        p->row_spread[r] = spread_of(t, count);
    }
    bound_result(t);
}

/* factor[j] and spread[j] for column j of a matrix [rows x columns] whose columns are summed over. */
CLMLP_WIDE static void count_columns(const task *t, const double *matrix, size_t rows, size_t columns, double *factor,
                                     double *spread)
{
    for (size_t j = 0; j < columns; j++) factor[j] = 0.0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < columns; j++) factor[j] += matrix[r * columns + j] != 0.0 ? 1.0 : 0.0;
    }
    for (size_t j = 0; j < columns; j++) {
        spread[j] = spread_of(t, (size_t)factor[j]);
        factor[j] = factor_of(t, (size_t)factor[j]);
    }
}

void clmlp_reference_z(clmlp_reference_products *products, clmlp_extent size, clmlp_pair a, clmlp_pair theta,
                       clmlp_pair z)
{
    task t = {.products = products, .multiply = clmlp_cpu_forward_product, .size = size, .right = theta, .result = z,
              .left_count = size.M * (size.s_in + 1), .right_count = size.s_out * (size.s_in + 1), .rows = size.M,
              .columns = size.s_out, .terms = size.s_in + 1, .scale = 1.0};
    add_bias(a.value, size.M, size.s_in, 1.0, products->layer);
    t.left.value = products->layer;
    if (a.bound != NULL) {
        add_bias(a.bound, size.M, size.s_in, 0.0, products->layer_bound);
        t.left.bound = products->layer_bound;
    }
    multiply(&t);
    bound_by_rows(&t);
}

void clmlp_reference_back(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair theta,
                          clmlp_pair back)
{
    task t = {.products = products, .multiply = clmlp_cpu_delta_product, .size = size, .left = delta, .right = theta,
              .result = back, .left_count = size.M * size.s_out, .right_count = size.s_out * (size.s_in + 1),
              .rows = size.M, .columns = size.s_in, .terms = size.s_out, .scale = 1.0};
    multiply(&t);
    bound_by_rows(&t);
}

static bool is_power_of_2(double n)
{
    int exponent;
    return frexp(n, &exponent) == 0.5;
}

/* All but the bounds. */
static task multiply_gradient(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair a,
                              clmlp_pair gradient)
{
    /* 1/divisor is rounded, and multiplied with; neither where it is a power of 2 */
    task t = {.products = products,
              .multiply = clmlp_cpu_gradient_product,
              .size = size,
              .left = delta,
              .result = gradient,
              .left_count = size.M * size.s_out,
              .right_count = size.M * (size.s_in + 1),
              .rows = size.s_out,
              .columns = size.s_in + 1,
              .terms = size.M,
              .scale = 1.0 / size.divisor,
              .extra = is_power_of_2(size.divisor) ? 0.0 : 2.0};
    add_bias(a.value, size.M, size.s_in, 1.0, products->layer);
    t.right.value = products->layer;
    if (a.bound != NULL) {
        add_bias(a.bound, size.M, size.s_in, 0.0, products->layer_bound);
        t.right.bound = products->layer_bound;
    }
    multiply(&t);
    const double *left = t.carries ? products->more_left : t.left.value;
    const double *right = t.carries ? products->more_right : t.right.value;
    count_columns(&t, left, size.M, size.s_out, products->row_factor, products->row_spread);
    count_columns(&t, right, size.M, size.s_in + 1, products->column_factor, products->column_spread);
    return t;
}

void clmlp_reference_gradient(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair a,
                              clmlp_pair gradient)
{
    task t = multiply_gradient(products, size, delta, a, gradient);
    bound_result(&t);
}

clmlp_reference_rows clmlp_reference_gradient_rows(clmlp_reference_products *products, clmlp_extent size,
                                                   double *delta, double *a, double *gradient)
{
    const clmlp_pair left = {delta, NULL}, right = {a, NULL}, result = {gradient, NULL};
    const task t = multiply_gradient(products, size, left, right, result);
    return (clmlp_reference_rows){products, t.columns, t.scale, t.least};
}

void clmlp_reference_bound_rows(const clmlp_reference_rows *rows, size_t first, size_t count, double *bound)
{
    const task t = {.products = rows->products, .columns = rows->columns, .scale = rows->scale, .least = rows->least};
    for (size_t r = 0; r < count; r++) {
        bound_row(&t, first + r, rows->products->row_factor[first + r], bound + r * rows->columns);
    }
}

void clmlp_reference_decayed_part(const clmlp_reference_products *products, size_t rows, size_t columns, double decay,
                                  clmlp_pair theta, clmlp_pair gradient)
{
    const clmlp_arithmetic *const arithmetic = &products->arithmetic;
    const double rounding = arithmetic->u * arithmetic->own * arithmetic->slack;
    if (decay == 0.0) return;
    for (size_t k = 0; k < rows * columns; k++) {
        if (k % columns == 0) continue;
        const double off = theta.bound != NULL ? theta.bound[k] : 0.0;
        gradient.bound[k] += rounding * (products->more_sums[k] + decay * (fabs(theta.value[k]) + off));
    }
}
