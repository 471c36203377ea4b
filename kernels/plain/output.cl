/* output.cl - the output layer: h, delta(L) = w (h - y), and the weighted cost of every row from z(L);
 * the formulas are in common/output.h.
 *
 * z, y, h, delta: [M x K], dense; w: [M].
 */
#include "common/arguments.h"
#include "common/right.h"
#include "common/scalar.h"
#include "common/two_sum.h"
#include "plain/arguments.h"

#define VALUE REAL
#define OF(name) name
#define LOG1P_UNIT(e) log1p(e)
#define SIGMOID_OF(z, e) activation(CODE_SIGMOID, z)
#include "common/output.h"

/* One row's softmax: the largest z, and the sum of exp(z - largest). */
REAL softmax_sum(__global const REAL *z, const ulong K, REAL *largest)
{
    REAL top = z[0], sum = ZERO;
    for (size_t k = 1; k < K; k++) top = z[k] > top ? z[k] : top;
    for (size_t k = 0; k < K; k++) sum += exp(z[k] - top);
    *largest = top;
    return sum;
}

/* For each row r < M. y 0: only h. w 0: all 1. h or delta 0: not wanted. row_cost [M], row_right [M].
 * NDRange: one work-item a row, one dimension, rounded up to whole work-groups. */
__kernel void output_rows(PARAMETERS(OUTPUT_ROWS_ARGUMENTS))
{
    const size_t r = get_global_id(0);
    if (r >= M) return;
    const size_t row = r * K;
    REAL largest = ZERO, sum = ONE, cost = ZERO;
    if (output == CODE_OUTPUT_SOFTMAX) sum = softmax_sum(z + row, K, &largest);
    const REAL log_sum = log(sum);
    const REAL weight = w ? w[r] : ONE;
    REAL h_top = ZERO, y_top = ZERO;
    size_t h_largest = 0, y_largest = 0;
    int sides = 1;

    for (size_t k = 0; k < K; k++) {
        const REAL target = y ? y[row + k] : ZERO;
        REAL term;
        const REAL value = output_value(output, z[row + k], target, largest, sum, log_sum, &term);
        if (h) h[row + k] = value;
        if (!y) continue;
        if (delta) delta[row + k] = weight * (value - target);
        cost += term;
        if (k == 0 || value > h_top) { h_top = value; h_largest = k; }
        if (k == 0 || target > y_top) { y_top = target; y_largest = k; }
        if ((value > HALF) != (target > HALF)) sides = 0;
    }
    if (!y) return;
    row_cost[r] = weight * cost;
    row_right[r] = rows_right(right, h_largest == y_largest, sides);
}

/* scores[2 slot] + scores[2 slot + 1] = sum of row_cost [M], with twice the precision of REAL, and
 * rights[slot] = sum of row_right [M]. In a fixed order: item t takes rows t, t + SCORE_GROUP, ..., and
 * the items are added pairwise.
 * NDRange: one work-group of SCORE_GROUP items. Local memory: SCORE_GROUP (2 REAL + 1 uint). */
__kernel __attribute__((reqd_work_group_size(SCORE_GROUP, 1, 1))) void add_scores(
    PARAMETERS(ADD_SCORES_ARGUMENTS))
{
    __local REAL sums[SCORE_GROUP];
    __local REAL losses[SCORE_GROUP];
    __local uint counts[SCORE_GROUP];
    const size_t t = get_local_id(0);
    REAL sum = ZERO, lost = ZERO;
    uint count = 0;
    for (size_t r = t; r < M; r += SCORE_GROUP) {
        sum = two_sum(sum, row_cost[r], &lost);
        count += row_right[r];
    }
    sums[t] = sum;
    losses[t] = lost;
    counts[t] = count;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (size_t half_group = SCORE_GROUP / 2; half_group > 0; half_group /= 2) {
        if (t < half_group) {
            REAL total_lost = losses[t] + losses[t + half_group];
            sums[t] = two_sum(sums[t], sums[t + half_group], &total_lost);
            losses[t] = total_lost;
            counts[t] += counts[t + half_group];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (t == 0) {
        scores[2 * slot] = sums[0];
        scores[2 * slot + 1] = losses[0];
        rights[slot] = counts[0];
    }
}
