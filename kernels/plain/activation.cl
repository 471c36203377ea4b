/* activation.cl - a = g(z), and the product with g'(z) of the delta recursion.
 *
 * z, delta: [M x s], rows z_stride or s elements apart. a: [M x s] inside [1 a], rows s + 1 apart, the
 * bias unit in column 0.
 * NDRange: one work-item an element, one dimension, rounded up to whole work-groups.
 */
#include "common/arguments.h"
#include "common/scalar.h"
#include "plain/arguments.h"

/* a[r][j] = g(z[r][j]). z may lie where a does (z_first = 1, z_stride = s + 1). */
__kernel void activate(PARAMETERS(ACTIVATE_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    a[r * (s + 1) + 1 + j] = activation(code, z[z_first + r * z_stride + j]);
}

/* delta[r][i] *= g'(z[r][i]). z 0: it is not kept, and a tells g'. */
__kernel void multiply_derivative(PARAMETERS(MULTIPLY_DERIVATIVE_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    delta[i] *= derivative(code, a[r * (s + 1) + 1 + j], z ? z[i] : NOT_A_NUMBER);
}
