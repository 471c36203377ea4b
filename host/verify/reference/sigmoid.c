/* sigmoid.c - reference of the sigmoid, of one number or of many. */
#include <float.h>

#include "base/vector.h"
#include "verify/reference/elementwise.h"

/* What is not made of sums and products. */
typedef struct parts {
    double e;       /* e^-|z| */
    double growing; /* e^b - 1 */
} parts;

static parts parts_of(double z, double b)
{
    return (parts){exp(-fabs(z)), b > 0.0 ? clmlp_growth(b) : 0.0};
}

/* 1 / (1 + e^-z), or e^z / (1 + e^z) for z < 0. With exp off by 3 ulps, at most 6 u relative, of which h (1 - h)
 * arrives; a sum; a quotient. |h(z + b) - h(z)| <= h (1 - h)(e^b - 1), as |h''| <= h'. */
static inline double sigmoid(const clmlp_arithmetic *arithmetic, double z, double e, double growing, double *bound)
{
    const double large = 1.0 / (1.0 + e), small = e / (1.0 + e), slope = large * small;
    const double h = z < 0.0 ? small : large, shift = clmlp_smaller(slope * growing, 1.0);
    const double most = clmlp_smaller(h + shift, 1.0);
    const double rounding = 2.0 * CLMLP_EXP_ULP * arithmetic->u * (slope + shift) + arithmetic->u * most +
                            clmlp_ulps(arithmetic, arithmetic->divide, most);
    *bound = shift + rounding * arithmetic->own * arithmetic->slack + arithmetic->least;
    return z == z ? h : z;
}

double clmlp_reference_sigmoid(const clmlp_arithmetic *arithmetic, double z, double b, double *bound)
{
    const parts p = parts_of(z, b);
    return sigmoid(arithmetic, z, p.e, p.growing, bound);
}

enum { BLOCK = 256 }; /* elements: they stay in the nearest cache */

typedef struct block {
    double z[BLOCK], off[BLOCK], e[BLOCK], growing[BLOCK];
} block;

/* Written so that compilers see that there is nothing to branch on. */
CLMLP_WIDE static void take_block(const clmlp_arithmetic *arithmetic, const block *b, size_t count, double *h,
                                  double *bound)
{
    for (size_t i = 0; i < count; i++) h[i] = sigmoid(arithmetic, b->z[i], b->e[i], b->growing[i], &bound[i]);
    /* where nothing is known of z, it may be a NaN, and so may h */
    for (size_t i = 0; i < count; i++) bound[i] = b->off[i] <= DBL_MAX ? bound[i] : b->off[i];
}

void clmlp_reference_sigmoids(const clmlp_arithmetic *arithmetic, size_t count, clmlp_pair z, clmlp_pair h)
{
    block b;
    for (size_t at = 0; at < count; at += BLOCK) {
        const size_t some = count - at < BLOCK ? count - at : BLOCK;
        for (size_t i = 0; i < some; i++) {
            b.z[i] = z.value[at + i];
            b.off[i] = clmlp_bound_at(z, at + i);
            const parts p = parts_of(b.z[i], b.off[i]);
            b.e[i] = p.e;
            b.growing[i] = p.growing;
        }
        take_block(arithmetic, &b, some, h.value + at, h.bound + at);
    }
}
