/* products_expected.c - expected products: naive sums and their error bounds. */
#include "verify/qualify/products_expected.h"

#include <float.h>
#include <math.h>

/* expected[at] = base + scale sum_k a[k a_step] b[k b_step] (count of them), and the same without signs. */
static void add_up(clmlp_check *c, size_t at, double base, double scale, const double *a, size_t a_step,
                   const double *b, size_t b_step, size_t count)
{
    long double sum = 0.0L, magnitude = 0.0L;
    for (size_t k = 0; k < count; k++) {
        const long double product = (long double)a[k * a_step] * (long double)b[k * b_step];
        sum += product;
        magnitude += fabsl(product);
    }
    c->expected[at] = (double)((long double)base + (long double)scale * sum);
    c->magnitude[at] = (double)(fabsl((long double)base) + fabsl((long double)scale) * magnitude);
}

/* z = [1 a] theta^T */
void clmlp_expect_z(clmlp_check *c)
{
    const size_t s_in = c->size.s_in, s_out = c->size.s_out;
    for (size_t i = 0; i < c->size.M * s_out; i++) {
        const double *theta = c->values[IN_THETA] + i % s_out * (s_in + 1);
        add_up(c, i, theta[0], 1.0, c->values[c->layer] + i / s_out * s_in, 1, theta + 1, 1, s_in);
    }
}

/* delta theta without column 0 */
void clmlp_expect_delta(clmlp_check *c)
{
    const size_t s_in = c->size.s_in, s_out = c->size.s_out;
    for (size_t i = 0; i < c->size.M * s_in; i++) {
        add_up(c, i, 0.0, 1.0, c->values[IN_DELTA] + i / s_in * s_out, 1, c->values[IN_THETA] + i % s_in + 1, s_in + 1,
               s_out);
    }
}

/* (1/M) delta^T [1 a] + BOUNDS_DECAY theta on columns >= 1; step: theta - BOUNDS_RATE times that. */
void clmlp_expect_gradient(clmlp_check *c, bool step)
{
    static const double one = 1.0;
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    for (size_t i = 0; i < s_out * (s_in + 1); i++) {
        const size_t column = i % (s_in + 1);
        const double *a = column == 0 ? &one : c->values[c->layer] + column - 1;
        const double theta = c->values[IN_THETA][i], weight = column == 0 ? 0.0 : BOUNDS_DECAY * theta;
        add_up(c, i, weight, 1.0 / (double)M, c->values[IN_DELTA] + i / (s_in + 1), s_out, a, column == 0 ? 0 : s_in,
               M);
        if (!step) continue;
        c->expected[i] = theta - BOUNDS_RATE * c->expected[i];
        c->magnitude[i] = fabs(theta) + BOUNDS_RATE * c->magnitude[i];
    }
}

/* A = delta [M x s_out] times theta [s_out x (s_in + 1)], both as they are. */
void clmlp_expect_bare(clmlp_check *c)
{
    const size_t columns = c->size.s_in + 1, s_out = c->size.s_out;
    for (size_t i = 0; i < c->size.M * columns; i++) {
        add_up(c, i, 0.0, 1.0, c->values[IN_DELTA] + i / columns * s_out, 1, c->values[IN_THETA] + i % columns, columns,
               s_out);
    }
}

/* c->found [rows x columns] against expected; n roundings. */
void clmlp_bounds_compare(clmlp_check *c, clmlp_product *p, size_t rows, size_t columns, size_t n)
{
    const bool is_double = c->backend->precision == CLMLP_F64;
    const double u = is_double ? 0x1p-53 : 0x1p-24, reference_u = 0x1p-53; /* expected is stored as double */
    const double least = is_double ? DBL_MIN : (double)FLT_MIN, length = (double)n;
    const double gamma = length * u / (1.0 - length * u);
    for (size_t i = 0; i < rows * columns; i++) {
        const double found = c->found[i], expected = c->expected[i];
        const double bound = (gamma + 4.0 * reference_u) * c->magnitude[i] + length * least;
        const double fraction = isfinite(found) ? fabs(found - expected) / bound : (double)INFINITY;
        if (i > 0 && fraction <= p->fraction) continue;
        p->fraction = fraction;
        p->row = i / columns;
        p->column = i % columns;
        p->found = found;
        p->expected = expected;
        p->bound = bound;
        if (isinf(fraction)) break;
    }
}
