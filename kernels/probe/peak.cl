/* peak.cl - what a device can do at the most: multiply-adds in registers, and copying. A program of its own,
 * built only to be measured, with
 *   -D PEAK_WIDTH=w  numbers in a vector: 1, 4, 8 or 16
 * The host tries several widths and takes the fastest.
 */
#include "common/arguments.h"
#include "common/codes.h"
#include "common/real.h"
#include "probe/arguments.h"

#define JOIN(a, b) a##b
#define VECTOR_OF(type, width) JOIN(type, width)
#if PEAK_WIDTH == 1
#define VECTOR REAL
#elif defined(CLMLP_DOUBLE)
#define VECTOR VECTOR_OF(double, PEAK_WIDTH)
#else
#define VECTOR VECTOR_OF(float, PEAK_WIDTH)
#endif

/* PEAK_CHAINS independent chains x := x r + r, `rounds` times PEAK_UNROLL links each:
 * 2 PEAK_WIDTH PEAK_CHAINS PEAK_UNROLL rounds operations a work-item. r < 1 keeps x near r / (1 - r).
 * sums [work-items]: so that nothing is computed in vain.
 * NDRange: one dimension, whole work-groups. */
__kernel void peak_multiply_add(PARAMETERS(PEAK_MULTIPLY_ADD_ARGUMENTS))
{
    VECTOR x0 = (VECTOR)(r), x1 = x0 + r, x2 = x1 + r, x3 = x2 + r, x4 = x3 + r, x5 = x4 + r;
    VECTOR x6 = x5 + r, x7 = x6 + r, x8 = x7 + r, x9 = x8 + r, x10 = x9 + r, x11 = x10 + r;
    const VECTOR factor = (VECTOR)(r), term = (VECTOR)(r);
    for (ulong i = 0; i < rounds; i++) {
        __attribute__((opencl_unroll_hint(PEAK_UNROLL)))
        for (int u = 0; u < PEAK_UNROLL; u++) {
            x0 = fma(x0, factor, term);
            x1 = fma(x1, factor, term);
            x2 = fma(x2, factor, term);
            x3 = fma(x3, factor, term);
            x4 = fma(x4, factor, term);
            x5 = fma(x5, factor, term);
            x6 = fma(x6, factor, term);
            x7 = fma(x7, factor, term);
            x8 = fma(x8, factor, term);
            x9 = fma(x9, factor, term);
            x10 = fma(x10, factor, term);
            x11 = fma(x11, factor, term);
        }
    }
    const VECTOR sum = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11;
#if PEAK_WIDTH == 1
    sums[get_global_id(0)] = sum;
#else
    /* every lane counts: a lane that nobody reads would not have to be computed */
    union { VECTOR vector; REAL lanes[PEAK_WIDTH]; } all;
    REAL total = ZERO;
    all.vector = sum;
    for (int i = 0; i < PEAK_WIDTH; i++) total += all.lanes[i];
    sums[get_global_id(0)] = total;
#endif
}

/* to[i] = from[i]: 16 bytes a work-item, 32 bytes moved.
 * NDRange: one dimension, whole work-groups, exactly as many work-items as the buffers have uint4. */
__kernel void peak_copy(PARAMETERS(PEAK_COPY_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    to[i] = from[i];
}
