/* qualify.cl - what a device is asked when it is qualified: the functions that the other kernels use, one number or
 * vector a work-item; barriers; launches that depend on each other. A program of its own, built only for that, with
 *   -D VW=4|8|16  numbers in a vector
 * All integer results are known on the host to the bit.
 */
#include "common/codes.h"
#include "common/real.h"
#include "common/arguments.h"
#include "common/vector.h"
#include "common/scalar.h"
#include "probe/arguments.h"
#include "common/two_sum.h"

REAL scalar_function(const int code, const REAL x, const REAL y, const REAL w)
{
    REAL lost = ZERO;
    switch (code) {
    case QUALIFY_ADD: return x + y;
    case QUALIFY_MULTIPLY: return x * y;
    case QUALIFY_DIVIDE: return x / y;
    case QUALIFY_FMA: return fma(x, y, w);
    case QUALIFY_MULTIPLY_ADD: return x * y + w;
    case QUALIFY_TWO_SUM: (void)two_sum(x, y, &lost); return lost;
    case QUALIFY_EXP: return exp(x);
    case QUALIFY_LOG: return log(x);
    case QUALIFY_LOG1P: return log1p(x);
    case QUALIFY_TANH: return tanh(x);
    case QUALIFY_SIGMOID: return activation(CODE_SIGMOID, x);
    case QUALIFY_RELU: return activation(CODE_RELU, x);
    case QUALIFY_LOG1P_UNIT: return log1p(x);
    default: return NOT_A_NUMBER;
    }
}

REALV vector_function(const int code, const REALV x, const REALV y, const REALV w)
{
    switch (code) {
    case QUALIFY_ADD: return x + y;
    case QUALIFY_MULTIPLY: return x * y;
    case QUALIFY_DIVIDE: return x / y;
    case QUALIFY_FMA: return fma(x, y, w);
    case QUALIFY_MULTIPLY_ADD: return x * y + w;
    case QUALIFY_EXP: return exp(x);
    case QUALIFY_LOG: return log(x);
    case QUALIFY_LOG1P: return log1p(x);
    case QUALIFY_TANH: return tanh(x);
    case QUALIFY_SIGMOID: return activation_v(CODE_SIGMOID, x);
    case QUALIFY_RELU: return activation_v(CODE_RELU, x);
    case QUALIFY_LOG1P_UNIT: return log1p_unit(x);
    default: return SPLAT(NOT_A_NUMBER);
    }
}

/* results[i] = f(x[i], y[i], w[i]) for i < count.
 * NDRange: one work-item a number, one dimension, rounded up to whole work-groups. */
__kernel void qualify_scalar(PARAMETERS(QUALIFY_FUNCTION_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i < count) results[i] = scalar_function(code, x[i], y[i], w[i]);
}

/* The same, count a multiple of VW.
 * NDRange: one work-item a vector, one dimension, rounded up to whole work-groups. */
__kernel void qualify_vector(PARAMETERS(QUALIFY_FUNCTION_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= count / VW) return;
    STOREV(vector_function(code, LOADV(i, x), LOADV(i, y), LOADV(i, w)), i, results);
}

/* A number from two, never the same for different a (Murmur3's finaliser, after a sum). */
uint mix(const uint a, const uint b)
{
    uint h = a + b * 0x9e3779b9u;
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    return h ^ (h >> 16);
}

/* `rounds` times: put a value into the box, barrier, take a neighbour's, mix it in, barrier. Then the values of the
 * group are added pairwise, with fewer items at work in each phase, and the sum is mixed into each.
 * NDRange: one dimension. box: a number for each item of the group. results: one for each item. */
#define EXCHANGE(box, FENCE)                                                             \
    do {                                                                                 \
        const uint t = get_local_id(0), n = get_local_size(0);                           \
        uint value = mix((uint)get_global_id(0), 1u);                                    \
        for (uint r = 0; r < rounds; r++) {                                              \
            (box)[t] = value;                                                            \
            barrier(FENCE);                                                              \
            value = mix(value ^ (box)[(t + r * QUALIFY_STRIDE + 1) % n], r);             \
            barrier(FENCE);                                                              \
        }                                                                                \
        (box)[t] = value;                                                                \
        barrier(FENCE);                                                                  \
        for (uint left = n; left > 1; left = (left + 1) / 2) {                           \
            if (t < left / 2) (box)[t] += (box)[t + (left + 1) / 2];                     \
            barrier(FENCE);                                                              \
        }                                                                                \
        results[get_global_id(0)] = mix(value, (box)[0]);                                \
    } while (0)

__kernel void qualify_barriers_local(PARAMETERS(QUALIFY_BARRIERS_LOCAL_ARGUMENTS))
{
    EXCHANGE(box, CLK_LOCAL_MEM_FENCE);
}

/* boxes [items of all groups]. */
__kernel void qualify_barriers_global(PARAMETERS(QUALIFY_BARRIERS_GLOBAL_ARGUMENTS))
{
    __global uint *box = boxes + get_group_id(0) * get_local_size(0);
    EXCHANGE(box, CLK_GLOBAL_MEM_FENCE);
}

/* to[i] from another item's from[]: launch number `turn` of a chain.
 * NDRange: one work-item a number, one dimension, rounded up to whole work-groups. */
__kernel void qualify_chain(PARAMETERS(QUALIFY_CHAIN_ARGUMENTS))
{
    const uint i = (uint)get_global_id(0);
    if (i < count) to[i] = mix(from[(i + turn * QUALIFY_STRIDE + 1) % count], turn + i);
}
