/* vectors.cl - dot products and sums of matrices that lie as theta does, in any engine.
 *
 * Such a matrix has `panels` panels, `stride` numbers apart, of `extent` numbers each. In the last panel only the
 * first `last` of every `width` numbers belong to the matrix; the others are padding.
 */
#include "common/arguments.h"
#include "common/codes.h"
#include "common/real.h"
#include "common/two_sum.h"
#include "plain/arguments.h"

#define IS_PADDING(p, q) ((p) + 1 == panels && (q) % width >= last)

/* sums[0] and losses[0] become the sum of all items' pairs, pairwise. */
INLINE void add_items(const size_t t, __local REAL *sums, __local REAL *losses)
{
    barrier(CLK_LOCAL_MEM_FENCE);
    for (size_t half_group = SCORE_GROUP / 2; half_group > 0; half_group /= 2) {
        if (t < half_group) {
            REAL lost = losses[t] + losses[t + half_group];
            sums[t] = two_sum(sums[t], sums[t + half_group], &lost);
            losses[t] = lost;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* parts[first + g], a pair of numbers, = sum of x y over every DOT_GROUPS-th chunk of DOT_CHUNK numbers from chunk g
 * on. Of each panel, numbers begin .. begin + extent - 1 count.
 * NDRange: DOT_GROUPS work-groups or fewer, of SCORE_GROUP items. */
__kernel __attribute__((reqd_work_group_size(SCORE_GROUP, 1, 1))) void dot_parts(PARAMETERS(DOT_PARTS_ARGUMENTS))
{
    __local REAL sums[SCORE_GROUP];
    __local REAL losses[SCORE_GROUP];
    const size_t t = get_local_id(0), g = (get_global_id(0) - t) / SCORE_GROUP; /* of the whole, see opencl/pace.c */
    const size_t chunks = (extent + DOT_CHUNK - 1) / DOT_CHUNK;
    REAL sum = ZERO, lost = ZERO;
    for (size_t chunk = g; chunk < panels * chunks; chunk += DOT_GROUPS) {
        const size_t p = chunk / chunks, from = (chunk - p * chunks) * DOT_CHUNK;
        const size_t to = from + DOT_CHUNK < extent ? from + DOT_CHUNK : extent;
        for (size_t q = from + t; q < to; q += SCORE_GROUP) {
            const size_t at = p * stride + begin + q;
            if (!IS_PADDING(p, q)) sum = two_sum(sum, x[at] * y[at], &lost);
        }
    }
    sums[t] = sum;
    losses[t] = lost;
    add_items(t, sums, losses);
    if (t == 0) {
        parts[2 * (first + g)] = sums[0];
        parts[2 * (first + g) + 1] = losses[0];
    }
}

/* sums_of[slot], a pair of numbers, = sum of parts [count].
 * NDRange: one work-group of SCORE_GROUP items. */
__kernel __attribute__((reqd_work_group_size(SCORE_GROUP, 1, 1))) void add_parts(PARAMETERS(ADD_PARTS_ARGUMENTS))
{
    __local REAL sums[SCORE_GROUP];
    __local REAL losses[SCORE_GROUP];
    const size_t t = get_local_id(0);
    REAL sum = ZERO, lost = ZERO;
    for (size_t i = t; i < count; i += SCORE_GROUP) {
        sum = two_sum(sum, parts[2 * i], &lost);
        lost += parts[2 * i + 1];
    }
    sums[t] = sum;
    losses[t] = lost;
    add_items(t, sums, losses);
    if (t == 0) {
        sums_of[2 * slot] = sums[0];
        sums_of[2 * slot + 1] = losses[0];
    }
}

/* sums_of[slot] = min(1, limit / (norm + margin)), where it was norm^2; NaN where that is not finite.
 * NDRange: one work-item. */
__kernel void clip_factor(PARAMETERS(CLIP_FACTOR_ARGUMENTS))
{
    const REAL square = sums_of[2 * slot] + sums_of[2 * slot + 1];
    REAL factor = limit / (sqrt(square) + margin);
    if (factor > ONE) factor = ONE;
    if (!isfinite(square)) factor = NOT_A_NUMBER;
    if (get_global_id(0) > 0) return;
    sums_of[2 * slot] = factor;
    sums_of[2 * slot + 1] = ZERO;
}

/* A number times the sum in a slot; NO_SUM: the number alone. */
INLINE REAL factor_of(const REAL given, __global const REAL *sums_of, const ulong slot)
{
    return slot == NO_SUM ? given : given * (sums_of[2 * slot] + sums_of[2 * slot + 1]);
}

/* result = a x + b y; x or y 0: without it. result may be x or y. copy, unless 0: theta without its bias in panels,
 * copy_stride apart, which goes along (native_cpu/layers.cl); its rows are copied.
 * NDRange: the numbers of a panel, rounded up to whole work-groups, x panels. */
__kernel void combine(PARAMETERS(COMBINE_ARGUMENTS))
{
    const size_t q = get_global_id(0), p = get_global_id(1);
    if (q >= extent || IS_PADDING(p, q)) return;
    const size_t at = p * stride + q;
    const REAL b_y = y ? factor_of(b, sums_of, b_slot) * y[at] : ZERO;
    REAL value = b_y;
    if (x) {
        value = factor_of(a, sums_of, a_slot) * x[at];
        if (y) value += b_y;
    }
    result[at] = value;
    if (!copy) return;
    const size_t i = q / width, j = p * width + q % width;
    if (i < copied) copy[i / width * copy_stride + j * width + i % width] = value;
}
