/* vectors.c - the reference of a minimiser's vector operations, with bounds: dot products, and sums of two vectors. */
#include <math.h>

#include "verify/reference/elementwise.h"

void clmlp_reference_add_product(clmlp_reference_dot *dot, size_t rows, size_t columns, bool bias, const double *x,
                                 const double *y)
{
    dot->layers++;
    for (size_t i = 0; i < rows * columns; i++) {
        if (!bias && i % columns == 0) continue;
        const double term = x[i] * y[i], next = dot->sum + term, part = next - dot->sum;
        dot->lost += (dot->sum - (next - part)) + (term - part);
        dot->sum = next;
        dot->size += fabs(term);
        dot->count += 1.0;
    }
}

/* Rounded products of `size` in all, added with twice the precision u along a chain. */
static double error_of_sum(double u, double chain, double size, double value)
{
    const double gamma = clmlp_gamma(chain, u);
    return (u + gamma * gamma) * size + u * fabs(value);
}

clmlp_cost clmlp_reference_dot_of(const clmlp_arithmetic *arithmetic, const clmlp_reference_dot *dot)
{
    const double value = dot->sum + dot->lost, part = dot->count / 64.0 + 64.0 + (double)dot->layers;
    const bool single = arithmetic->u > CLMLP_REFERENCE_U;
    const double chain = single && part < dot->count ? part : dot->count;
    const double own = error_of_sum(CLMLP_REFERENCE_U, dot->count, dot->size, value);
    const double bound = error_of_sum(arithmetic->u, chain, dot->size, value) + own;
    const bool overflows = !(dot->size < 0.9 * arithmetic->largest);
    return (clmlp_cost){value, overflows ? (double)INFINITY
                                         : bound * arithmetic->slack + dot->count * arithmetic->least};
}

clmlp_reference_factor clmlp_reference_scalar(const clmlp_arithmetic *arithmetic, double constant, const double *sum)
{
    const double value = sum != NULL ? constant * *sum : constant;
    const double roundings = sum != NULL ? 2.0 * arithmetic->u * arithmetic->own : 0.0;
    const double off = (clmlp_constant_error(arithmetic, constant) + roundings) * fabs(value) * arithmetic->slack;
    return (clmlp_reference_factor){value, sum != NULL ? off + arithmetic->least : off};
}

/* What the product of a factor with x may be off by. */
static double error_of_product(const clmlp_arithmetic *arithmetic, clmlp_reference_factor factor, double x)
{
    int exponent = 0;
    const bool exact = factor.bound == 0.0 && fabs(frexp(factor.value, &exponent)) == 0.5;
    const double most = (fabs(factor.value) + factor.bound) * fabs(x);
    return factor.bound * fabs(x) + (exact ? 0.0 : arithmetic->u * arithmetic->own * most) + arithmetic->least;
}

void clmlp_reference_combine(const clmlp_arithmetic *arithmetic, size_t count, clmlp_reference_factor a,
                             const double *x, clmlp_reference_factor b, const double *y, clmlp_pair result)
{
    for (size_t i = 0; i < count; i++) {
        const double first = x != NULL ? a.value * x[i] : 0.0, second = y != NULL ? b.value * y[i] : 0.0;
        const double value = first + second, most = fabs(first) + fabs(second);
        double bound = x != NULL ? error_of_product(arithmetic, a, x[i]) : 0.0;
        if (y != NULL) bound += error_of_product(arithmetic, b, y[i]);
        if (x != NULL && y != NULL) bound += arithmetic->u * arithmetic->own * (fabs(value) + bound);
        const bool overflows = !(most < 0.9 * arithmetic->largest);
        result.value[i] = value;
        result.bound[i] = overflows ? (double)INFINITY : bound * arithmetic->slack;
    }
}
