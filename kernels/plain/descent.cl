/* descent.cl - the lambda term of the gradient, and the step of gradient descent.
 *
 * theta, gradient: [s_out x (s_in + 1)], dense, column 0 for the bias; stride = s_in + 1.
 * NDRange: one work-item an element, one dimension, rounded up to whole work-groups.
 */
#include "common/real.h"

/* gradient[j][i] += decay theta[j][i] for i >= 1; decay = lambda / m. */
__kernel void add_decay(__global REAL *gradient, __global const REAL *theta, const ulong count, const ulong stride,
                        const REAL decay)
{
    const size_t i = get_global_id(0);
    if (i < count && i % stride != 0) gradient[i] += decay * theta[i];
}

/* theta[i] := theta[i] - rate gradient[i]. */
__kernel void descend(__global REAL *theta, __global const REAL *gradient, const ulong count, const REAL rate)
{
    const size_t i = get_global_id(0);
    if (i < count) theta[i] -= rate * gradient[i];
}
