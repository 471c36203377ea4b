/* bounds.c - reference products in double, each element with its error bound.
 *
 * A sum of n terms, none of which is 0, has n roundings in its longest chain. Terms that are 0 are added without any,
 * so n is counted, not taken from the shape.
 */
#include <math.h>
#include <stdlib.h>

#include "backend/backend.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "verify/reference/products.h"

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
    TRY(allocate(&products->right, largest, 2, error)); /* of parts there may be one more than fit */
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

/* [1 a], from rows of s numbers. */
static void add_bias(const double *a, size_t M, size_t s, double bias, double *layer)
{
    for (size_t r = 0; r < M; r++) {
        layer[r * (s + 1)] = bias;
        memcpy(layer + r * (s + 1) + 1, a + r * s, s * sizeof *a);
    }
}

enum { LEAST_PIECE = 1 << 17 }; /* numbers that are worth a thread */

/* What |result| sum is multiplied with where n terms are not 0: gamma_n of device and reference, and, as the sums are
 * rounded themselves, 1 / (1 - gamma_n), which 1 + 2 gamma_n is not below; where inputs have bounds, the sums' own
 * roundings, in double, once more for each of the two that are subtracted. */
static double factor_of(const clmlp_product *t, size_t terms)
{
    const double u = t->products->arithmetic.u, n = (double)terms + t->extra;
    const double device = clmlp_gamma(n, u), reference = clmlp_gamma(n, CLMLP_REFERENCE_U);
    const double sums = clmlp_gamma(n + 1.0, t->carries ? CLMLP_REFERENCE_U : u);
    return (device + (t->carries ? 3.0 : 1.0) * reference) * (1.0 + 2.0 * sums) * t->products->arithmetic.slack;
}

/* Roundings are random: n of them are off by sqrt(n) of the largest, not by n. */
static double spread_of(const clmlp_product *t, size_t terms)
{
    const double n = (double)terms + t->extra;
    return n > 1.0 ? 1.0 / sqrt(n) : 1.0;
}

/* The bounds of a row, from its sums, the larger factor that they may need and those of the columns. Written so that
 * compilers see that there is nothing to branch on. */
CLMLP_WIDE static void bound_row(const clmlp_product *t, double most, const void *row, const double *more,
                                 double *bound)
{
    const clmlp_reference_products *p = t->products;
    const size_t columns = t->columns;
    const double limit = 0.9 * p->arithmetic.largest * t->scale, least = t->least, slack = p->arithmetic.slack;
    const double *factor = p->column_factor;
    if (t->carries) {
        const double *sums = row;
        for (size_t j = 0; j < columns; j++) {
            const double f = factor[j] <= most ? factor[j] : most, rest = more[j] > limit ? (double)INFINITY : least;
            bound[j] = f * more[j] + (more[j] - sums[j]) * slack + rest;
        }
    } else if (p->precision == CLMLP_F64) {
        const double *sums = row;
        for (size_t j = 0; j < columns; j++) {
            const double f = factor[j] <= most ? factor[j] : most, rest = sums[j] > limit ? (double)INFINITY : least;
            bound[j] = f * sums[j] + rest;
        }
    } else {
        const float *sums = row;
        for (size_t j = 0; j < columns; j++) {
            const double f = factor[j] <= most ? factor[j] : most, sum = (double)sums[j];
            const double rest = sum > limit ? (double)INFINITY : least;
            bound[j] = f * sum + rest;
        }
    }
}

void clmlp_reference_bound_rows(const clmlp_product *product, size_t first, size_t count, const void *sums,
                                double *bound)
{
    const size_t columns = product->columns, size = clmlp_product_sum_size(product);
    const double *const more = product->carries ? product->products->more_sums + first * columns : NULL;
    for (size_t r = 0; r < count; r++) {
        bound_row(product, product->products->row_factor[first + r], (const char *)sums + r * columns * size,
                  more != NULL ? more + r * columns : NULL, bound + r * columns);
    }
}

static void bound_piece(size_t piece, size_t begin, size_t end, void *context)
{
    const clmlp_product *const product = context;
    const size_t at = begin * product->columns;
    (void)piece;
    clmlp_reference_bound_rows(product, begin, end - begin,
                               (const char *)product->products->sums + at * clmlp_product_sum_size(product),
                               product->result.bound + at);
}

/* From the factors of rows and columns. */
static void bound_result(clmlp_product *product)
{
    (void)clmlp_parallel(product->rows, LEAST_PIECE / product->columns + 1, bound_piece, product);
}

/* What is not 0 in a row; with bounds, what may not be 0 on the device. */
CLMLP_WIDE static size_t count_row(const double *row, size_t columns)
{
    size_t count = 0;
    for (size_t i = 0; i < columns; i++) count += row[i] != 0.0;
    return count;
}

/* Terms are counted along the rows of the left factor, [rows x terms]. */
static void count_rows(const clmlp_product *product)
{
    const clmlp_reference_products *const p = product->products;
    const double *const left = product->carries ? p->more_left : product->left.value;
    for (size_t j = 0; j < product->columns; j++) {
        p->column_factor[j] = (double)INFINITY;
        p->column_spread[j] = 0.0;
    }
    for (size_t r = 0; r < product->rows; r++) {
        const size_t count = count_row(left + r * product->terms, product->terms);
        p->row_factor[r] = factor_of(product, count);
        p->row_spread[r] = spread_of(product, count);
    }
}

/* factor[j] and spread[j] for column j of a matrix [rows x columns] whose columns are summed over. */
CLMLP_WIDE static void count_columns(const clmlp_product *product, const double *matrix, size_t rows, size_t columns,
                                     double *factor, double *spread)
{
    for (size_t j = 0; j < columns; j++) factor[j] = 0.0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < columns; j++) factor[j] += matrix[r * columns + j] != 0.0 ? 1.0 : 0.0;
    }
    for (size_t j = 0; j < columns; j++) {
        spread[j] = spread_of(product, (size_t)factor[j]);
        factor[j] = factor_of(product, (size_t)factor[j]);
    }
}

/* [1 a], [M x (s + 1)]. */
static clmlp_pair layer_of(clmlp_reference_products *products, size_t M, size_t s, clmlp_pair a)
{
    add_bias(a.value, M, s, 1.0, products->layer);
    if (a.bound == NULL) return (clmlp_pair){products->layer, NULL};
    add_bias(a.bound, M, s, 0.0, products->layer_bound);
    return (clmlp_pair){products->layer, products->layer_bound};
}

void clmlp_reference_z(clmlp_reference_products *products, clmlp_extent size, clmlp_pair a, clmlp_pair theta,
                       clmlp_pair z)
{
    const size_t width = size.s_in + 1;
    clmlp_product product = {.products = products, .multiply = clmlp_cpu_forward_product, .size = size,
                             .left = layer_of(products, size.M, size.s_in, a), .right = theta, .result = z,
                             .left_count = size.M * width, .right_count = size.s_out * width, .rows = size.M,
                             .columns = size.s_out, .units = size.s_out, .unit_stride = 1, .width = width,
                             .right_has_units = true, .terms = width, .scale = 1.0};
    clmlp_product_compute(&product);
    count_rows(&product);
    bound_result(&product);
}

void clmlp_reference_back(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair theta,
                          clmlp_pair back)
{
    clmlp_product product = {.products = products, .multiply = clmlp_cpu_delta_product, .size = size, .left = delta,
                             .right = theta, .result = back, .left_count = size.M * size.s_out,
                             .right_count = size.s_out * (size.s_in + 1), .rows = size.M, .columns = size.s_in,
                             .units = size.s_in, .unit_stride = 1, .width = size.s_out, .terms = size.s_out,
                             .scale = 1.0};
    clmlp_product_compute(&product);
    count_rows(&product);
    bound_result(&product);
}

static bool is_power_of_2(double n)
{
    int exponent;
    return frexp(n, &exponent) == 0.5;
}

/* 1/divisor is rounded, and multiplied with; neither where it is a power of 2. */
static clmlp_product gradient_of(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair a,
                                 clmlp_pair gradient)
{
    const size_t width = size.s_in + 1;
    return (clmlp_product){.products = products, .multiply = clmlp_cpu_gradient_product, .size = size, .left = delta,
                           .right = layer_of(products, size.M, size.s_in, a), .result = gradient,
                           .left_count = size.M * size.s_out, .right_count = size.M * width, .rows = size.s_out,
                           .columns = width, .units = size.s_out, .unit_stride = width, .width = width,
                           .terms = size.M, .scale = 1.0 / size.divisor,
                           .extra = is_power_of_2(size.divisor) ? 0.0 : 2.0};
}

/* Of a gradient terms are counted along the columns of both factors. */
static void count_terms(const clmlp_product *product)
{
    const clmlp_reference_products *const p = product->products;
    const double *const left = product->carries ? p->more_left : product->left.value;
    const double *const right = product->carries ? p->more_right : product->right.value;
    count_columns(product, left, product->size.M, product->rows, p->row_factor, p->row_spread);
    count_columns(product, right, product->size.M, product->columns, p->column_factor, p->column_spread);
}

void clmlp_reference_gradient(clmlp_reference_products *products, clmlp_extent size, clmlp_pair delta, clmlp_pair a,
                              clmlp_pair gradient)
{
    clmlp_product product = gradient_of(products, size, delta, a, gradient);
    clmlp_product_compute(&product);
    count_terms(&product);
    bound_result(&product);
}

clmlp_product clmlp_reference_gradient_rows(clmlp_reference_products *products, clmlp_extent size, double *delta,
                                            double *a)
{
    const clmlp_pair left = {delta, NULL}, right = {a, NULL}, nowhere = {NULL, NULL};
    clmlp_product product = gradient_of(products, size, left, right, nowhere);
    clmlp_product_prepare(&product);
    count_terms(&product);
    return product;
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
