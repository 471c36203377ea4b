/* activation.cl - a = g(z), and the product with g'(z) of the delta recursion.
 *
 * z, delta: [M x s], rows z_stride or s elements apart. a: [M x s] inside [1 a], rows s + 1 apart, the
 * bias unit in column 0.
 * NDRange: one work-item an element, one dimension, rounded up to whole work-groups.
 */
#include "common/scalar.h"

/* a[r][j] = g(z[r][j]). z may lie where a does (z_first = 1, z_stride = s + 1). */
__kernel void activate(__global const REAL *z, const ulong z_first, const ulong z_stride, const ulong M, const ulong s,
                       const int code, __global REAL *a)
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    a[r * (s + 1) + 1 + j] = activation(code, z[z_first + r * z_stride + j]);
}

/* delta[r][i] *= g'(z[r][i]). */
__kernel void multiply_derivative(__global REAL *delta, __global const REAL *a, const ulong M, const ulong s,
                                  const int code)
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    delta[i] *= derivative(code, a[r * (s + 1) + 1 + j]);
}
