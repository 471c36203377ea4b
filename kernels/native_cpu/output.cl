/* output.cl - the output layer for CPUs: product, h, delta and cost in one pass over the rows.
 *
 * Layout and tiles are those of layers.cl. Where a row has more than VW units they lie along the lanes, row by row.
 * Else the rows do, unit by unit: then most lanes have work, and sums over the units take no folding of lanes.
 */
#include "common/right.h"
#include "common/transpose.h"
#include "common/two_sum.h"
#include "native_cpu/layers.cl"

#define VALUE REALV
#define OF(name) name##_v
#define LOG1P_UNIT(e) log1p_unit(e)
#define SIGMOID_OF(z, e) sigmoid_of_v(z, e)
#include "common/output.h"

/* A sum and what its rounding lost, and the rows that were right. */
typedef struct score {
    REAL sum, lost;
    uint right;
} score;

/* For each lane the largest value so far and its column. */
typedef struct largest {
    REALV value, column;
} largest;

void look_at(largest *best, const REALV value, const REALV column, const MASKV counts)
{
    const MASKV better = (value > best->value) && counts;
    best->value = better ? value : best->value;
    best->column = better ? column : best->column;
}

/* The first column, among equals, that holds the largest value. */
REAL column_of(const largest *best)
{
    const REAL top = max_lanes(best->value);
    return min_lanes(best->value == SPLAT(top) ? best->column : SPLAT((REAL)INFINITY));
}

#define NOTHING_YET {SPLAT((REAL)-INFINITY), SPLAT((REAL)INFINITY)}

/* One row z [K] that counts `weight`: h and delta, where wanted, its cost and whether it is right. y is dense, the
 * others are in panels of NR columns. Columns K and beyond are padding: 0 in y, and set to 0 in delta. */
void output_row(const int output, const int right, const ulong K, __global const REAL *z, const ulong z_stride,
                __global const REAL *y, const REAL weight, __global REAL *h, const ulong h_stride,
                __global REAL *delta, const ulong delta_stride, score *total)
{
    const size_t vectors = (K + VW - 1) / VW;
    REALV cost = SPLAT(ZERO), sides = SPLAT(ZERO);
    largest h_best = NOTHING_YET, y_best = NOTHING_YET;
    REAL top = (REAL)-INFINITY, sum = ONE;
    if (output == CODE_OUTPUT_SOFTMAX) {
        for (size_t k = 0; k < K; k++) top = fmax(top, *IN_NR_PANEL(z, z_stride, k));
        sum = ZERO;
        for (size_t v = 0; v < vectors; v++) {
            const REALV column = COLUMN(0, v);
            sum += sum_lanes(column < SPLAT((REAL)K) ? exp(LOADV(0, IN_NR_PANEL(z, z_stride, v * VW)) - SPLAT(top))
                                                     : SPLAT(ZERO));
        }
    }
    const REAL log_sum = log(sum);
    for (size_t v = 0; v < vectors; v++) {
        const REALV column = COLUMN(0, v), zv = LOADV(0, IN_NR_PANEL(z, z_stride, v * VW));
        const REALV yv = y ? LOADV(v, y) : SPLAT(ZERO);
        const MASKV counts = column < SPLAT((REAL)K);
        REALV term;
        const REALV hv = output_value_v(output, zv, yv, SPLAT(top), SPLAT(sum), SPLAT(log_sum), &term);
        cost += counts ? term : SPLAT(ZERO);
        if (h) STOREV(hv, 0, IN_NR_PANEL(h, h_stride, v * VW));
        const REALV difference = SPLAT(weight) * (hv - yv);
        if (delta) STOREV(counts ? difference : SPLAT(ZERO), 0, IN_NR_PANEL(delta, delta_stride, v * VW));
        if (right == CODE_RIGHT_LARGEST) {
            look_at(&h_best, hv, column, counts);
            look_at(&y_best, yv, column, counts);
        } else if (right == CODE_RIGHT_SIDES) {
            const MASKV differ = (hv > SPLAT(HALF)) != (yv > SPLAT(HALF));
            sides += (differ && counts) ? SPLAT(ONE) : SPLAT(ZERO);
        }
    }
    if (!y) return;
    total->sum = two_sum(total->sum, weight * sum_lanes(cost), &total->lost);
    total->right += rows_right(right, column_of(&h_best) == column_of(&y_best), sum_lanes(sides) == ZERO);
}

typedef struct output_arguments STRUCT_OF(CPU_OUTPUT_ARGUMENTS) output_arguments;

INLINE size_t y_row_of(const size_t r, const output_arguments *args)
{
    return args->y_order ? (size_t)args->y_order[args->y_first + r] : args->y_first + r;
}

/* What narrow_rows tells of each of its rows; `differ`: on how many units' sides of 1/2 h and y do. */
typedef struct row_scores {
    REAL costs[VW], differ[VW], h_column[VW], y_column[VW];
} row_scores;

/* The rows m to m + count - 1, at most VW, of at most VW units; as output_row. Lane i has row m + i. */
INLINE void narrow_rows(const size_t m, const size_t count, const output_arguments *args, row_scores *rows)
{
    const MASKV is_row = LANES < SPLAT((REAL)count);
    REALV z[VW], y[VW], h[VW], delta[VW], cost = SPLAT(ZERO), sides = SPLAT(ZERO);
    REALV top = SPLAT((REAL)-INFINITY), sum = SPLAT(ONE);
    largest h_best = NOTHING_YET, y_best = NOTHING_YET;
    REAL w[VW];
    UNROLL for (size_t i = 0; i < VW; i++) {
        const size_t r = m + (i < count ? i : 0), y_row = args->y ? y_row_of(r, args) : 0;
        z[i] = LOADV(0, args->z + r * NR);
        y[i] = args->y ? LOADV(0, args->y + y_row * args->y_width) : SPLAT(ZERO);
        w[i] = args->y && args->w ? args->w[y_row] : ONE;
    }
    transpose(z);
    transpose(y);
    const REALV weights = LOADV(0, w);
    if (args->output == CODE_OUTPUT_SOFTMAX) {
        for (size_t k = 0; k < args->K; k++) top = fmax(top, z[k]);
        sum = SPLAT(ZERO);
        for (size_t k = 0; k < args->K; k++) sum += exp(z[k] - top);
    }
    const REALV log_sum = log(sum);
    KEEP_LOOP for (size_t k = 0; k < args->K; k++) {
        REALV term;
        h[k] = output_value_v(args->output, z[k], y[k], top, sum, log_sum, &term);
        delta[k] = weights * (h[k] - y[k]);
        cost += term;
        if (args->right == CODE_RIGHT_LARGEST) {
            look_at(&h_best, h[k], SPLAT((REAL)k), is_row);
            look_at(&y_best, y[k], SPLAT((REAL)k), is_row);
        } else if (args->right == CODE_RIGHT_SIDES) {
            sides += (h[k] > SPLAT(HALF)) != (y[k] > SPLAT(HALF)) ? SPLAT(ONE) : SPLAT(ZERO);
        }
    }
    KEEP_LOOP for (size_t k = args->K; k < VW; k++) h[k] = delta[k] = SPLAT(ZERO);
    if (args->h) {
        transpose(h);
        UNROLL for (size_t i = 0; i < VW; i++) if (i < count) STOREV(h[i], 0, args->h + (m + i) * NR);
    }
    if (args->delta) {
        transpose(delta);
        UNROLL for (size_t i = 0; i < VW; i++) if (i < count) STOREV(delta[i], 0, args->delta + (m + i) * NR);
    }
    STOREV(weights * cost, 0, rows->costs);
    STOREV(sides, 0, rows->differ);
    STOREV(h_best.column, 0, rows->h_column);
    STOREV(y_best.column, 0, rows->y_column);
}

INLINE void add_row(score *total, const row_scores *rows, const size_t i, const int right)
{
    total->sum = two_sum(total->sum, rows->costs[i], &total->lost);
    total->right += rows_right(right, rows->h_column[i] == rows->y_column[i], rows->differ[i] == ZERO);
}

INLINE void store_score(const score *total, const size_t group, const output_arguments *args)
{
    args->scores[2 * (args->slot + group)] = total->sum;
    args->scores[2 * (args->slot + group) + 1] = total->lost;
    args->rights[args->slot + group] = total->right;
}

/* A step of a product with one vector a row: acc[r] += a_value(r) b. */
#define MULTIPLY_ADD_ONE(acc, a_value, b)                                                    \
    do {                                                                                     \
        const REALV b_one = LOADV(0, (b));                                                   \
        UNROLL for (int r = 0; r < MR; r++) (acc)[r] = fma(SPLAT(a_value), b_one, (acc)[r]); \
    } while (0)

/* z of the rows m to m + MR - 1 where a row is one vector, without a tile's other vectors, which are padding. */
INLINE void narrow_product(const size_t m, const output_arguments *args)
{
    __global const REAL *theta_at = args->theta_t;
    REALV acc[MR];
    const REALV bias = LOADV(0, theta_at + args->s_in * NR);
    UNROLL for (int r = 0; r < MR; r++) acc[r] = bias;
    if (args->a_stride) {
        __global const REAL *slice = IN_MR_PANEL(args->a, args->a_stride, m, 0);
        size_t left = args->s_in;
        KEEP_LOOP for (; left >= VW; left -= VW, slice += MR * VW, theta_at += VW * NR) {
            UNROLL for (int k = 0; k < VW; k++) MULTIPLY_ADD_ONE(acc, slice[r * VW + k], theta_at + k * NR);
        }
        KEEP_LOOP for (; left > 0; left--, slice++, theta_at += NR) MULTIPLY_ADD_ONE(acc, slice[r * VW], theta_at);
    } else {
        __global const REAL *rows[MR];
        FIND_ROWS(rows, args->a, args->a_row, args->order, args->first, m, args->M);
        EACH_STEP(2, k, 0, args->s_in, MULTIPLY_ADD_ONE(acc, rows[r][k], theta_at + k * NR));
    }
    UNROLL for (int r = 0; r < MR; r++) {
        if (m + r < args->M) STOREV(acc[r], 0, args->z + (m + r) * NR);
    }
}

/* output_rows_of for the rows begin to end - 1, whole groups of at most VW units. Vectors go on from group to group. */
__attribute__((noinline)) static void narrow_groups(const size_t begin, const size_t end, const output_arguments *args)
{
    score total = {ZERO, ZERO, 0};
    size_t group = begin / MR, left = MR;
    for (size_t m = begin; m < end && args->theta_t; m += MR) narrow_product(m, args);
    for (size_t r = begin; r < end; r += VW) {
        const size_t count = end - r < VW ? end - r : VW;
        row_scores rows;
        narrow_rows(r, count, args, &rows);
        for (size_t i = 0; i < count && args->y; i++) {
            add_row(&total, &rows, i, args->right);
            if (--left > 0 && r + i + 1 < end) continue;
            store_score(&total, group++, args);
            total.sum = total.lost = ZERO;
            total.right = 0;
            left = MR;
        }
    }
}

/* z(L) = [a 1] theta^T (unless theta_t is 0: z is given), h, delta(L) and the cost, in one pass over each
 * row. h, delta 0: not wanted; y 0: only h; w 0: all rows weigh 1. The sums of work-group g go to
 * scores[2 (slot + g)], the next number what their rounding lost, and rights[slot + g].
 * Work-groups: rows / MR, rounded up. */
BODY output_rows_of(const size_t group, const output_arguments *args)
{
    const size_t m = group * MR, end = m + MR < args->M ? m + MR : args->M;
    if (args->K <= VW) {
        narrow_groups(m, end, args);
        return;
    }
    if (args->theta_t) {
        KEEP_LOOP for (size_t n = 0; n < args->K; n += NR) {
            __global const REAL *theta_at = IN_NR_PANEL(args->theta_t, args->theta_stride, n);
            __global REAL *z_out = IN_NR_PANEL(args->z, args->z_stride, n) + m * NR;
            REALV acc[MR][NV];
            START_WITH_BIAS(acc, theta_at, args->s_in);
            MULTIPLY_LAYER(acc, args->a, args->a_row, args->a_stride, args->order, args->first, m, args->M, args->s_in,
                           theta_at);
            UNROLL for (int r = 0; r < MR; r++) {
                if (m + r >= args->M) continue;
                UNROLL for (int v = 0; v < NV; v++) STOREV(acc[r][v], v, z_out + r * NR);
            }
        }
    }
    score total = {ZERO, ZERO, 0};
    for (size_t r = m; r < end; r++) {
        const size_t y_row = y_row_of(r, args);
        output_row(args->output, args->right, args->K, args->z + r * NR, args->z_stride,
                   args->y ? args->y + y_row * args->y_width : args->y, args->w ? args->w[y_row] : ONE,
                   args->h ? args->h + r * NR : args->h, args->h_stride,
                   args->delta ? args->delta + r * NR : args->delta, args->delta_stride, &total);
    }
    if (args->y) store_score(&total, group, args);
}

__kernel TILE void cpu_output(PARAMETERS(CPU_OUTPUT_ARGUMENTS))
{
    const output_arguments args = GIVEN(CPU_OUTPUT_ARGUMENTS);
    output_rows_of(GROUP(0), &args);
}
