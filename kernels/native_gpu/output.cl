/* output.cl - the output layer for GPUs: product, h, delta and cost in one launch.
 *
 * Options and layout: layers.cl. A work-group takes TILE_M rows; for the product they are its tile, for the
 * rest ITEMS / TILE_M work-items share a row. Where TILE_M is WORK_M, the product is direct.h's.
 */
#include "common/arguments.h"
#include "native_gpu/arguments.h"
#include "native_gpu/direct.h"
#include "native_gpu/result.h"

#if defined GPU_OUTPUT || defined GPU_STEPS

#include "common/right.h"
#include "common/two_sum.h"

#define VALUE REAL
#define OF(name) name
#define LOG1P_UNIT(e) log1p(e)
#define SIGMOID_OF(z, e) sigmoid_of(z, e)
#include "common/output.h"

/* Rows that a part of the costs is the sum of, and work-items that share one. */
#ifndef GPU_STEPS
#define OUTPUT_ROWS TILE_M
#define LANES_A_ROW (ITEMS / TILE_M)
#endif
#define NO_COLUMN 0xffffffffu

#if OUTPUT_ROWS * LANES_A_ROW > ITEMS || (LANES_A_ROW & (LANES_A_ROW - 1)) != 0
#error "a power of 2 of work-items must share each row"
#endif

/* What a work-item finds in its part of a row. */
typedef struct tally {
    REAL cost, h_value, y_value; /* the values are the largest so far, with their columns */
    uint h_column, y_column;
    uint differ; /* outputs on the wrong side of 1/2 */
} tally;

INLINE void look_at(REAL *best, uint *best_column, const REAL value, const uint column)
{
    if (value > *best || (value == *best && column < *best_column)) {
        *best = value;
        *best_column = column;
    }
}

INLINE tally joined(tally x, const tally y)
{
    x.cost += y.cost;
    x.differ += y.differ;
    look_at(&x.h_value, &x.h_column, y.h_value, y.h_column);
    look_at(&x.y_value, &x.y_column, y.y_value, y.y_column);
    return x;
}

/* What the work-items of a row found, combined pairwise, for each of them: the largest, or the sum. Every
 * work-item of the group gets here. */
#define OVER_THE_ROW(shared, x, a, b, combined, total)                                                   \
    do {                                                                                                 \
        const uint t_ = get_local_id(0);                                                                 \
        (shared)[t_].cost = x;                                                                           \
        barrier(CLK_LOCAL_MEM_FENCE);                                                                    \
        for (uint half_ = LANES_A_ROW / 2; half_ > 0; half_ /= 2) {                                      \
            if (t_ % LANES_A_ROW < half_) {                                                              \
                const REAL a = (shared)[t_].cost, b = (shared)[t_ + half_].cost;                         \
                (shared)[t_].cost = combined;                                                            \
            }                                                                                            \
            barrier(CLK_LOCAL_MEM_FENCE);                                                                \
        }                                                                                                \
        total = (shared)[t_ / LANES_A_ROW * LANES_A_ROW].cost;                                           \
        barrier(CLK_LOCAL_MEM_FENCE);                                                                    \
    } while (0)

/* The layer but for its product: [rows x columns]. */
typedef struct output_layer {
    uint rows, columns;
    int output, right;
    SPACE const REAL *z;
    SPACE REAL *h, *delta; /* 0: not wanted */
    ulong z_stride, h_stride, delta_stride, y_width;
    __global const REAL *y; /* 0: only h is wanted */
    __global const REAL *w; /* 0: all rows weigh 1 */
    __global const uint *y_order;
    uint y_first;
    ulong slot; /* of the first group of rows */
    __global REAL *scores;
    __global uint *rights;
} output_layer;

/* Rows `group` OUTPUT_ROWS and on: h, delta and their part of the cost. Every work-item of the work-group gets here.
 * tallies: one a work-item. */
INLINE void output_rows(const uint group, __local tally *tallies, const output_layer *l)
{
    const uint t = get_local_id(0), m0 = group * OUTPUT_ROWS, rows = l->rows, columns = l->columns;
    const uint m = m0 + t / LANES_A_ROW, lane = t % LANES_A_ROW, m_read = m < rows ? m : rows - 1;
    SPACE const REAL *z_at = l->z + m_read * l->z_stride;
    const size_t y_row = row_number(l->y_order, l->y_first, m_read);
    __global const REAL *y_at = l->y ? l->y + y_row * l->y_width : l->y;
    const REAL weight = l->w ? l->w[y_row] : ONE;
    REAL top = (REAL)-INFINITY, sum = ZERO;
    if (l->output == CODE_OUTPUT_SOFTMAX) { /* the same for all work-items */
        for (uint k = lane; k < columns; k += LANES_A_ROW) top = z_at[k] > top ? z_at[k] : top;
        OVER_THE_ROW(tallies, top, x1, x2, x2 > x1 ? x2 : x1, top);
        for (uint k = lane; k < columns; k += LANES_A_ROW) sum += exp(z_at[k] - top);
        OVER_THE_ROW(tallies, sum, x1, x2, x1 + x2, sum);
    }
    const REAL log_sum = log(sum);

    tally mine = {ZERO, (REAL)-INFINITY, (REAL)-INFINITY, NO_COLUMN, NO_COLUMN, 0};
    for (uint k = lane; k < columns; k += LANES_A_ROW) {
        const REAL target = l->y ? y_at[k] : ZERO;
        REAL cost;
        const REAL value = output_value(l->output, z_at[k], target, top, sum, log_sum, &cost);
        mine.cost += cost;
        mine.differ += (value > HALF) != (target > HALF);
        look_at(&mine.h_value, &mine.h_column, value, k);
        look_at(&mine.y_value, &mine.y_column, target, k);
        if (m < rows && t < OUTPUT_ROWS * LANES_A_ROW) {
            if (l->h) l->h[m * l->h_stride + k] = value;
            if (l->delta) l->delta[m * l->delta_stride + k] = weight * (value - target);
        }
    }
    mine.cost *= weight;
    tallies[t] = mine;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint half_row = LANES_A_ROW / 2; half_row > 0; half_row /= 2) {
        if (lane < half_row) tallies[t] = joined(tallies[t], tallies[t + half_row]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (t == 0 && l->y) {
        REAL total = ZERO, lost = ZERO;
        uint count = 0;
        for (uint r = 0; r < OUTPUT_ROWS && m0 + r < rows; r++) {
            const tally row = tallies[r * LANES_A_ROW];
            total = two_sum(total, row.cost, &lost);
            count += rows_right(l->right, row.h_column == row.y_column, row.differ == 0);
        }
        l->scores[2 * (l->slot + group)] = total;
        l->scores[2 * (l->slot + group) + 1] = lost;
        l->rights[l->slot + group] = count;
    }
}

/* z(L) = [a 1] theta^T (unless theta_t is 0: z is given), h, delta(L) and the cost. h, delta 0: not wanted; y 0:
 * only h; w 0: all rows weigh 1. The sums of work-group g go to scores[2 (slot + g)], the next number what their
 * rounding lost, and rights[slot + g]. K should be narrow, else the product is better left to gpu_forward.
 * Work-groups: M / TILE_M, rounded up. */
#ifdef GPU_OUTPUT
#ifdef DIRECT
#define MULTIPLY(acc, pool, a, b, K) multiply_direct(acc, a, b, K)
#else
#define MULTIPLY(acc, pool, a, b, K) multiply(acc, 0, pool, a, b, K, 0, STEPS_OF(K))
#endif
__kernel GROUP void gpu_output(PARAMETERS(GPU_OUTPUT_ARGUMENTS))
{
    __local REALV pool_4[POOL];
    __local tally tallies[ITEMS];
    __local REAL *pool = (__local REAL *)pool_4;
    const uint rows = (uint)M, columns = (uint)K, length = (uint)s_in;
    const uint m0 = TILE_ROW, product_columns = theta_t ? columns : 0;
    const factor layer = FACTOR(a, a_row, order, first, m0, rows, true);
    REALV acc[WORK_M * WORK_V];
    for (uint n0 = 0; n0 < product_columns; n0 += TILE_N) {
        const factor theta = FACTOR(theta_t, theta_stride, 0, 0, n0, columns, false);
        MULTIPLY(acc, pool, &layer, &theta, length);
        EACH_RESULT(acc, pool, layer, theta, product, m, n,
                    store_part(z + m * z_stride + n, product + LOAD4(theta_t + s_in * theta_stride + n), columns - n));
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); /* z is read by others of this group */
    }
    const output_layer l = {rows, columns, output, right, z, h, delta, z_stride, h_stride, delta_stride, y_width, y, w,
                            y_order, (uint)y_first, slot, scores, rights};
    output_rows((uint)GROUP_ROW, tallies, &l);
}
#endif
#endif
