/* products.c - values and sums of a product of the reference, a part at a time.
 *
 * Values are the CPU path's own products in double, on the matrices as they are. Sums of absolute values are the same
 * equations once more. A part is multiplied both ways while its numbers are in a cache.
 */
#include "verify/reference/products.h"

#include <math.h>

#include "base/memory.h"
#include "base/vector.h"

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

enum {
    BLOCK = 1 << 12,      /* numbers that are looked at again while they are in the nearest cache */
    LEAST_PIECE = 1 << 15 /* numbers that are worth a thread */
};

CLMLP_WIDE static double absolute_block(bool is_double, const double *value, size_t count, void *out)
{
    if (is_double) {
        double *const to = out;
        for (size_t i = 0; i < count; i++) to[i] = fabs(value[i]);
        return largest_double(to, count);
    }
    float *const to = out;
    for (size_t i = 0; i < count; i++) to[i] = (float)fabs(value[i]);
    return largest_float(to, count);
}

static size_t size_of_number(bool is_double)
{
    return is_double ? sizeof(double) : sizeof(float);
}

/* |value| in the precision of the sums; returns the largest that is finite. */
static double take_absolutes(bool is_double, const double *value, size_t count, void *out)
{
    double largest = 0.0;
    for (size_t at = 0; at < count; at += BLOCK) {
        const double most = absolute_block(is_double, value + at, clmlp_smaller(BLOCK, count - at),
                                           (char *)out + at * size_of_number(is_double));
        largest = most > largest ? most : largest;
    }
    return largest;
}

/* The same on several threads. */
typedef struct absolutes {
    bool is_double;
    const double *value;
    void *out;
    double largest[CLMLP_PIECES];
} absolutes;

static void take_piece(size_t piece, size_t begin, size_t end, void *context)
{
    absolutes *const a = context;
    a->largest[piece] = take_absolutes(a->is_double, a->value + begin, end - begin,
                                       (char *)a->out + begin * size_of_number(a->is_double));
}

static double largest_of(const double largest[CLMLP_PIECES])
{
    double most = 0.0;
    for (size_t i = 0; i < CLMLP_PIECES; i++) most = largest[i] > most ? largest[i] : most;
    return most;
}

static double absolute(bool is_double, const double *value, size_t count, void *out)
{
    absolutes a = {.is_double = is_double, .value = value, .out = out};
    (void)clmlp_parallel(count, LEAST_PIECE, take_piece, &a);
    return largest_of(a.largest);
}

/* |value| + bound. */
static void enlarge(clmlp_pair pair, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++) out[i] = fabs(pair.value[i]) + (pair.bound != NULL ? pair.bound[i] : 0.0);
}

/* --- parts ------------------------------------------------------------------------------------------------------- */

enum {
    PARTS = 4,               /* of a product of few numbers */
    TILE = 16,               /* units of a part are a multiple of this */
    PART_NUMBERS = 1 << 17,  /* of theta or of the gradient in a part, about */
    PART_WORK = 1 << 20      /* multiply-adds that are worth a part */
};

size_t clmlp_product_part(const clmlp_product *p)
{
    const size_t fits = PART_NUMBERS / p->width / TILE * TILE, share = (p->units / PARTS + TILE - 1) / TILE * TILE;
    const size_t worth = PART_WORK / p->width / p->size.M;
    if (p->units < PARTS * TILE) return p->units;
    const size_t part = clmlp_larger(clmlp_smaller(clmlp_larger(share, worth), fits), TILE);
    return clmlp_smaller(part, p->units);
}

clmlp_units clmlp_product_units(const clmlp_product *product, size_t part)
{
    const size_t size = clmlp_product_part(product), first = part * size;
    return (clmlp_units){first, clmlp_smaller(size, product->units - first)};
}

static bool has_double_sums(const clmlp_product *p)
{
    return p->carries || p->products->precision == CLMLP_F64;
}

size_t clmlp_product_sum_size(const clmlp_product *product)
{
    return size_of_number(has_double_sums(product));
}

static void multiply_in(const clmlp_product *p, clmlp_precision precision, clmlp_units units, const void *left,
                        const void *right, void *result)
{
    const clmlp_cpu_product_size size = {.M = p->size.M, .s_in = p->size.s_in, .s_out = p->size.s_out,
                                         .divisor = p->size.divisor, .first = units.first, .count = units.count};
    p->multiply(precision, &size, left, right, result);
}

void clmlp_product_multiply(const clmlp_product *p, clmlp_units units, double *values, void *sums)
{
    multiply_in(p, CLMLP_F64, units, p->left.value, p->right.value, values);
    multiply_in(p, has_double_sums(p) ? CLMLP_F64 : CLMLP_F32, units, p->products->left, p->products->right, sums);
}

/* What underflow may add, from the largest numbers of both factors. */
static void take_least(clmlp_product *p, double left_most, double right_most)
{
    const double least = (double)p->terms * p->products->arithmetic.least * (1.0 + left_most + right_most);
    p->least = least <= DBL_MAX ? least : 0.0;
    p->products->least = least <= DBL_MAX ? least : (double)INFINITY;
}

void clmlp_product_prepare(clmlp_product *p)
{
    clmlp_reference_products *const products = p->products;
    const double left_most = absolute(has_double_sums(p), p->left.value, p->left_count, products->left);
    const double right_most = absolute(has_double_sums(p), p->right.value, p->right_count, products->right);
    take_least(p, left_most, right_most);
}

/* All of a product. */
typedef struct whole {
    const clmlp_product *product;
    size_t part;
    double largest[CLMLP_PIECES]; /* numbers of the right factor, by threads */
} whole;

/* Sums of some units. Where the right factor has a row for each, its absolute values are made here, and stay in a
 * cache: products->right is scratch of the threads then. */
static void sum_units(whole *w, size_t piece, clmlp_units units, void *sums)
{
    const clmlp_product *const p = w->product;
    const bool is_double = has_double_sums(p);
    const clmlp_precision precision = is_double ? CLMLP_F64 : CLMLP_F32;
    if (!p->right_has_units) {
        multiply_in(p, precision, units, p->products->left, p->products->right, sums);
        return;
    }
    void *const rows = (char *)p->products->right + piece * w->part * p->width * size_of_number(is_double);
    const double *const from = p->right.value + units.first * p->width;
    const double most = take_absolutes(is_double, from, units.count * p->width, rows);
    w->largest[piece] = most > w->largest[piece] ? most : w->largest[piece];
    multiply_in(p, precision, (clmlp_units){0, units.count}, p->products->left, rows, sums);
}

static void compute_part(size_t piece, size_t begin, size_t end, void *context)
{
    whole *const w = context;
    const clmlp_product *const p = w->product;
    clmlp_reference_products *const products = p->products;
    for (size_t i = begin; i < end; i++) {
        const clmlp_units units = clmlp_product_units(p, i);
        const size_t at = units.first * p->unit_stride;
        multiply_in(p, CLMLP_F64, units, p->left.value, p->right.value, p->result.value + at);
        sum_units(w, piece, units, (char *)products->sums + at * clmlp_product_sum_size(p));
        if (!p->carries) continue;
        multiply_in(p, CLMLP_F64, units, products->more_left, products->more_right, products->more_sums + at);
    }
}

/* A product that is not cut is cut by the CPU path, along its other side. */
void clmlp_product_compute(clmlp_product *p)
{
    clmlp_reference_products *const products = p->products;
    whole w = {.product = p, .part = clmlp_product_part(p)};
    const size_t parts = (p->units + w.part - 1) / w.part;
    p->carries = p->left.bound != NULL || p->right.bound != NULL;
    const double left_most = absolute(has_double_sums(p), p->left.value, p->left_count, products->left);
    if (!p->right_has_units) {
        w.largest[0] = absolute(has_double_sums(p), p->right.value, p->right_count, products->right);
    }
    if (p->carries) {
        enlarge(p->left, p->left_count, products->more_left);
        enlarge(p->right, p->right_count, products->more_right);
    }
    if (parts == 1) compute_part(0, 0, 1, &w);
    else clmlp_cpu_in_parts(parts, (double)p->size.M * (double)p->units * (double)p->width, compute_part, &w);
    take_least(p, left_most, largest_of(w.largest));
}
