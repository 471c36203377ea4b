/* native_cpu.cl - the equations for devices that are CPUs: one work-item a work-group, which keeps a tile
 * of MR rows by NV vectors of VW numbers in registers and walks the whole length of the product.
 *
 * -D MR=rows -D NV=vectors of a tile; NR = NV VW is its width.
 *
 * Layout ("native"): row-major, `ld` numbers between rows, a multiple of NR. Columns beyond the last are
 * padding: 0 in theta, delta and y; never read in z, h and a. A layer has its bias unit, 1, as column s,
 * behind the units. theta is kept as theta^T, [(s_in + 1) x s_out], the bias in its last row, so that no
 * product has to be repacked, and, for layers below which delta is wanted, as theta without its bias too,
 * [s_out x s_in]. Every matrix is followed by room for reading a tile beyond its end.
 *
 * Row r of an input layer or of y is row order[first + r], or first + r with order 0.
 * NDRange of all: work-groups of 1; see each kernel for how many.
 */
#include "vector.h"

#define NR (NV * VW)
#define TILE __attribute__((reqd_work_group_size(1, 1, 1)))

/* acc[r] += a row_r[k] b[k], k < K: b [K x NR] with ld between rows. The heart of every product. */
#define MULTIPLY(acc, K, a_at, b, ld)                                                   \
    KEEP_LOOP for (size_t k = 0; k < (K); k++) {                                        \
        REALV b_row[NV];                                                                \
        UNROLL for (int v = 0; v < NV; v++) b_row[v] = LOADV(v, (b) + k * (ld));        \
        UNROLL for (int r = 0; r < MR; r++) {                                           \
            const REALV a_value = SPLAT(a_at);                                          \
            UNROLL for (int v = 0; v < NV; v++) (acc)[r][v] = fma(a_value, b_row[v], (acc)[r][v]); \
        }                                                                               \
    }

/* Rows beyond the last are read as the last; what becomes of them is not stored. */
#define FIND_ROWS(rows, a, ld, order, first, m, M)                                      \
    UNROLL for (int r = 0; r < MR; r++) {                                               \
        const size_t i = (m) + r < (M) ? (m) + r : (M)-1;                               \
        (rows)[r] = (a) + (order ? (size_t)order[(first) + i] : (first) + i) * (ld);    \
    }

/* z = [a 1] theta^T, and a_out = g(z) with its bias unit, for a hidden layer. z 0: not wanted.
 * Work-groups: (rows / MR) x (columns / NR), rounded up. */
__kernel TILE void cpu_forward(__global const REAL *a, const ulong a_ld, __global const uint *order, const ulong first,
                               __global const REAL *theta_t, const ulong M, const ulong s_in, const ulong s_out,
                               const ulong theta_ld, const int code, __global REAL *z, const ulong z_ld,
                               __global REAL *a_out, const ulong out_ld)
{
    const size_t m = get_group_id(0) * MR, n = get_group_id(1) * NR;
    __global const REAL *rows[MR];
    REALV acc[MR][NV];
    FIND_ROWS(rows, a, a_ld, order, first, m, M);
    UNROLL for (int v = 0; v < NV; v++) {
        const REALV bias = LOADV(v, theta_t + s_in * theta_ld + n);
        UNROLL for (int r = 0; r < MR; r++) acc[r][v] = bias;
    }
    MULTIPLY(acc, s_in, rows[r][k], theta_t + n, theta_ld);
    UNROLL for (int r = 0; r < MR; r++) {
        if (m + r >= M) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            REALV value = activation_v(code, acc[r][v]);
            const REALV column = SPLAT((REAL)(n + v * VW)) + LANES;
            value = column == SPLAT((REAL)s_out) ? SPLAT(ONE) : value;
            if (z) STOREV(acc[r][v], v, z + (m + r) * z_ld + n);
            STOREV(value, v, a_out + (m + r) * out_ld + n);
        }
    }
}

/* delta(l) = (delta(l+1) theta) o g'(z(l)): theta [s_out x s_in] without its bias.
 * Work-groups: (rows / MR) x (columns / NR), rounded up. */
__kernel TILE void cpu_hidden(__global const REAL *delta_next, const ulong next_ld, __global const REAL *theta,
                              const ulong theta_ld, const ulong M, const ulong s_in, const ulong s_out,
                              __global const REAL *a, const ulong a_ld, const int code, __global REAL *delta,
                              const ulong delta_ld)
{
    const size_t m = get_group_id(0) * MR, n = get_group_id(1) * NR;
    __global const REAL *rows[MR];
    REALV acc[MR][NV];
    UNROLL for (int r = 0; r < MR; r++) {
        rows[r] = delta_next + (m + r < M ? m + r : M - 1) * next_ld;
        UNROLL for (int v = 0; v < NV; v++) acc[r][v] = SPLAT(ZERO);
    }
    MULTIPLY(acc, s_out, rows[r][k], theta + n, theta_ld);
    UNROLL for (int r = 0; r < MR; r++) {
        if (m + r >= M) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            const REALV slope = derivative_v(code, LOADV(v, a + (m + r) * a_ld + n));
            const REALV column = SPLAT((REAL)(n + v * VW)) + LANES;
            STOREV(column < SPLAT((REAL)s_in) ? acc[r][v] * slope : SPLAT(ZERO), v, delta + (m + r) * delta_ld + n);
        }
    }
}

/* gradient^T = scale [a 1]^T delta + decay theta^T without its last row, and then
 *   gradient 0: theta^T -= rate gradient^T, and the same into theta [s_out x s_in] where that is kept
 *   else: stored into gradient.
 * Work-groups: ((s_in + 1) / MR) x (s_out / NR), rounded up; each owns its part of theta. */
__kernel TILE void cpu_descend(__global const REAL *a, const ulong a_ld, __global const uint *order, const ulong first,
                               __global const REAL *delta, const ulong delta_ld, const ulong M, const ulong s_in,
                               const ulong s_out, const REAL scale, const REAL decay, const REAL rate,
                               __global REAL *theta_t, __global REAL *gradient, const ulong theta_ld,
                               __global REAL *theta, const ulong copy_ld)
{
    const size_t i = get_group_id(0) * MR, n = get_group_id(1) * NR;
    REALV acc[MR][NV];
    UNROLL for (int r = 0; r < MR; r++) UNROLL for (int v = 0; v < NV; v++) acc[r][v] = SPLAT(ZERO);
    if (order) {
        MULTIPLY(acc, M, a[(size_t)order[first + k] * a_ld + i + r], delta + n, delta_ld);
    } else {
        __global const REAL *from = a + first * a_ld + i;
        MULTIPLY(acc, M, from[k * a_ld + r], delta + n, delta_ld);
    }
    UNROLL for (int r = 0; r < MR; r++) {
        if (i + r > s_in) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            const size_t at = (i + r) * theta_ld + n;
            const REALV old = LOADV(v, theta_t + at);
            REALV slope = acc[r][v] * SPLAT(scale);
            if (i + r < s_in) slope += SPLAT(decay) * old;
            if (gradient) {
                STOREV(slope, v, gradient + at);
            } else {
                acc[r][v] = old - SPLAT(rate) * slope;
                STOREV(acc[r][v], v, theta_t + at);
            }
        }
    }
    if (!theta || gradient) return;
    REAL column[NR];
    UNROLL for (int r = 0; r < MR; r++) {
        if (i + r >= s_in) continue;
        UNROLL for (int v = 0; v < NV; v++) STOREV(acc[r][v], v, column);
        for (size_t j = 0; j < NR && n + j < s_out; j++) theta[(n + j) * copy_ld + i + r] = column[j];
    }
}

/* theta^T -= rate gradient^T, and theta, from a gradient that was stored. Work-groups: s_in + 1, a row each. */
__kernel TILE void cpu_update(__global REAL *theta_t, __global const REAL *gradient, const ulong theta_ld,
                              const ulong s_in, const ulong s_out, const REAL rate, __global REAL *theta,
                              const ulong copy_ld)
{
    const size_t i = get_group_id(0);
    for (size_t j = 0; j < s_out; j++) {
        const REAL value = theta_t[i * theta_ld + j] - rate * gradient[i * theta_ld + j];
        theta_t[i * theta_ld + j] = value;
        if (theta && i < s_in) theta[j * copy_ld + i] = value;
    }
}

/* --- the output layer ------------------------------------------------------------------------------- */

/* A sum and what its rounding lost, and the rows that were right. */
typedef struct score {
    REAL sum, lost;
    uint right;
} score;

/* Knuth's two-sum; see output.cl. */
void add_cost(score *s, const REAL cost)
{
    const REAL sum = s->sum + cost, part = sum - s->sum;
    s->lost += (s->sum - (sum - part)) + (cost - part);
    s->sum = sum;
}

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

/* One row z [K]: h and delta, where wanted, its cost and whether it is right. Columns K and beyond are
 * padding: 0 in y, and set to 0 in delta. */
void output_row(const int output, const int right, const ulong K, __global const REAL *z, __global const REAL *y,
                __global REAL *h, __global REAL *delta, score *total)
{
    const size_t vectors = (K + VW - 1) / VW;
    REALV cost = SPLAT(ZERO), sides = SPLAT(ZERO);
    largest h_best = NOTHING_YET, y_best = NOTHING_YET;
    REAL top = (REAL)-INFINITY, sum = ONE;
    if (output == CODE_OUTPUT_SOFTMAX) {
        for (size_t k = 0; k < K; k++) top = z[k] > top ? z[k] : top;
        sum = ZERO;
        for (size_t v = 0; v < vectors; v++) {
            const REALV column = SPLAT((REAL)(v * VW)) + LANES;
            sum += sum_lanes(column < SPLAT((REAL)K) ? exp(LOADV(v, z) - SPLAT(top)) : SPLAT(ZERO));
        }
    }
    const REAL log_sum = log(sum);
    for (size_t v = 0; v < vectors; v++) {
        const REALV column = SPLAT((REAL)(v * VW)) + LANES, zv = LOADV(v, z);
        const REALV yv = y ? LOADV(v, y) : SPLAT(ZERO);
        const MASKV counts = column < SPLAT((REAL)K);
        REALV hv, term;
        if (output == CODE_OUTPUT_SIGMOID) {
            const REALV e = exp(-fabs(zv));
            hv = (zv < SPLAT(ZERO) ? e : SPLAT(ONE)) / (SPLAT(ONE) + e);
            term = (zv < SPLAT(ZERO) ? SPLAT(ZERO) : zv) - zv * yv + log1p(e);
        } else if (output == CODE_OUTPUT_SOFTMAX) {
            hv = exp(zv - SPLAT(top)) / SPLAT(sum);
            term = yv * (SPLAT(log_sum) - (zv - SPLAT(top)));
        } else {
            hv = zv;
            term = (zv - yv) * (zv - yv) * SPLAT((REAL)0.5);
        }
        cost += counts ? term : SPLAT(ZERO);
        if (h) STOREV(hv, v, h);
        if (delta) STOREV(counts ? hv - yv : SPLAT(ZERO), v, delta);
        if (right == CODE_RIGHT_LARGEST) {
            look_at(&h_best, hv, column, counts);
            look_at(&y_best, yv, column, counts);
        } else if (right == CODE_RIGHT_SIDES) {
            const MASKV differ = (hv > SPLAT((REAL)0.5)) != (yv > SPLAT((REAL)0.5));
            sides += (differ && counts) ? SPLAT(ONE) : SPLAT(ZERO);
        }
    }
    if (!y) return;
    add_cost(total, sum_lanes(cost));
    if (right == CODE_RIGHT_LARGEST) total->right += column_of(&h_best) == column_of(&y_best);
    if (right == CODE_RIGHT_SIDES) total->right += sum_lanes(sides) == ZERO;
}

/* z(L) = [a 1] theta^T (unless theta_t is 0: z is given), h, delta(L) and the cost, in one pass over each
 * row. h, delta 0: not wanted; y 0: only h. The sums of work-group g go to scores[2 (slot + g)], the next
 * number what their rounding lost, and rights[slot + g].
 * Work-groups: rows / MR, rounded up. */
__kernel TILE void cpu_output(__global const REAL *a, const ulong a_ld, __global const uint *a_order,
                              const ulong a_first, __global const REAL *theta_t, const ulong theta_ld, const ulong M,
                              const ulong s_in, const ulong K, const int output, const int right, __global REAL *z,
                              const ulong ld, __global const REAL *y, __global const uint *y_order,
                              const ulong y_first, __global REAL *h, __global REAL *delta, const ulong slot,
                              __global REAL *scores, __global uint *rights)
{
    const size_t m = get_group_id(0) * MR;
    if (theta_t) {
        __global const REAL *rows[MR];
        FIND_ROWS(rows, a, a_ld, a_order, a_first, m, M);
        KEEP_LOOP for (size_t n = 0; n < K; n += NR) {
            REALV acc[MR][NV];
            UNROLL for (int v = 0; v < NV; v++) {
                const REALV bias = LOADV(v, theta_t + s_in * theta_ld + n);
                UNROLL for (int r = 0; r < MR; r++) acc[r][v] = bias;
            }
            MULTIPLY(acc, s_in, rows[r][k], theta_t + n, theta_ld);
            UNROLL for (int r = 0; r < MR; r++) {
                if (m + r >= M) continue;
                UNROLL for (int v = 0; v < NV; v++) STOREV(acc[r][v], v, z + (m + r) * ld + n);
            }
        }
    }
    score total = {ZERO, ZERO, 0};
    for (size_t r = m; r < m + MR && r < M; r++) {
        const size_t y_row = y_order ? (size_t)y_order[y_first + r] : y_first + r;
        output_row(output, right, K, z + r * ld, y ? y + y_row * ld : y, h ? h + r * ld : h,
                   delta ? delta + r * ld : delta, &total);
    }
    if (!y) return;
    scores[2 * (slot + get_group_id(0))] = total.sum;
    scores[2 * (slot + get_group_id(0)) + 1] = total.lost;
    rights[slot + get_group_id(0)] = total.right;
}
