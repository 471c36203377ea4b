/* layers.cl - the equations for GPUs: tiles in local memory, register blocks, epilogues.
 *
 * -D GPU_FORWARD|GPU_HIDDEN|GPU_DESCEND|GPU_OUTPUT|GPU_UPDATE: which kernel; the others are left out, so that
 * each has tiles of its own. -D VW=4, and for all but the update (chosen in host/backend/native/gpu/tiles.c):
 *   TILE_M, TILE_N, TILE_K   a work-group's part of the result, and how much of the sum is in local memory at a time
 *   WORK_M, WORK_N           a work-item's part of the tile
 *   SPLIT                    work-items that share a part, each with its own slice of every TILE_K; their sums
 *                            are added in the order of the slices
 *   PAD                      numbers between the rows of local tiles, against bank conflicts
 *
 * Layout: row-major, rows padded to whole cache lines, so that vectors of 4 are aligned. A layer has its bias
 * unit, 1, as column s, behind the units. theta is stored once, as theta^T [(s_in + 1) x s_out], the bias in its
 * last row: a tile that is needed the other way round is transposed on its way into local memory. Padding is
 * read, never used (what lies beyond the sum is replaced by 0, not multiplied with it), and never written.
 * Arguments are those of native_cpu/layers.cl. Strides are from row to row, not from panel to panel. a_stride beside
 * a_row, and theta beside theta_t, are not used.
 *
 * Each step fetches the next tiles into registers, multiplies the present ones and puts the next into the
 * other half of the local memory: one barrier a step. All indices within a matrix fit in 31 bits.
 *
 * Expected limits in float, by count (not measured), of a unit with 64 Ki registers, 2,048 work-items and 228 KiB:
 *   tile, work-items           registers an item   local bytes   work-groups a compute unit
 *   128 x 128 x 16, 256              120              33,792      2, by registers
 *    64 x  64 x 16, 128               84              17,408      6, by registers
 *    32 x  32 x 32, 256               42              18,432      6, by registers
 *    16 x  32 x 32, 256               42              14,336      6, by registers
 *    16 x  16 x 64, 256               42              20,480      6, by registers
 *   output 8 x 16 x 64, 256           37              22,528      6, by registers
 * Double takes twice the bytes and nearly twice the registers; 128 x 128 x 16 is too large for it.
 */
#include "native_gpu/tile.h"

/* z = [a 1] theta^T, and a_out = g(z), for a layer. z or a_out 0: not wanted.
 * Work-groups: (M / TILE_M) x (s_out / TILE_N), rounded up. */
#ifdef GPU_FORWARD
__kernel GROUP void gpu_forward(__global const REAL *a, const ulong a_row, const ulong a_stride,
                                __global const uint *order, const ulong first, __global const REAL *theta_t,
                                const ulong theta_row, const ulong M, const ulong s_in, const ulong s_out,
                                const int code, __global REAL *z, const ulong z_row, __global REAL *a_out,
                                const ulong out_row)
{
    __local REALV pool_4[POOL];
    __local REAL *pool = (__local REAL *)pool_4;
    const uint rows = (uint)M, columns = (uint)s_out, K = (uint)s_in;
    const uint m0 = get_group_id(0) * TILE_M, n0 = get_group_id(1) * TILE_N;
    __global const REAL *at[A_FETCHES];
    REALV acc[WORK_M * WORK_V], a_next[A_FETCHES], b_next[B_FETCHES];
    find_rows(at, A_FETCHES, a, a_row, order, first, m0, rows);
#define FETCH(k)                                                                                   \
    do {                                                                                           \
        fetch_along_k(a_next, at, A_FETCHES, k, K);                                                \
        fetch_at_k(b_next, B_FETCHES, TILE_N, theta_t, theta_row, 0, 0, n0, columns, k, K);        \
    } while (0)
#define PUT(step)                                                              \
    do {                                                                       \
        put_along_k(step, A_ROW, a_next, A_FETCHES, A_VECTORS);                \
        put_at_k((step) + TILE_K * A_ROW, B_ROW, b_next, B_FETCHES, TILE_N);   \
    } while (0)
    MULTIPLY(acc, pool, K, FETCH, PUT);
    SHARE(acc, pool);
#pragma unroll
    for (uint i = 0; i < RESULTS; i++) {
        uint row, column;
        const REALV product = result(i, acc, pool, &row, &column);
        const uint m = m0 + row, n = n0 + column;
        if (INSIDE(row, m, rows, n, columns)) {
            const REALV value = product + LOAD4(theta_t + s_in * theta_row + n);
            if (z) store_part(z + m * z_row + n, value, columns - n);
            if (a_out) store_part(a_out + m * out_row + n, activation_v(code, value), columns - n);
        }
    }
}
#endif

/* delta(l) = (delta(l+1) theta) o g'(z(l)), theta without its bias, from theta^T.
 * Work-groups: (M / TILE_M) x (s_in / TILE_N), rounded up. */
#ifdef GPU_HIDDEN
__kernel GROUP void gpu_hidden(__global const REAL *delta_next, const ulong next_row, __global const REAL *theta_t,
                               const ulong theta_row, const ulong M, const ulong s_in, const ulong s_out,
                               __global const REAL *a, const ulong a_row, const int code,
                               __global REAL *delta, const ulong delta_row)
{
    __local REALV pool_4[POOL];
    __local REAL *pool = (__local REAL *)pool_4;
    const uint rows = (uint)M, columns = (uint)s_in, K = (uint)s_out;
    const uint m0 = get_group_id(0) * TILE_M, n0 = get_group_id(1) * TILE_N;
    __global const REAL *a_at[A_FETCHES], *b_at[B_FETCHES];
    REALV acc[WORK_M * WORK_V], a_next[A_FETCHES], b_next[B_FETCHES];
    find_rows(a_at, A_FETCHES, delta_next, next_row, 0, 0, m0, rows);
    find_rows(b_at, B_FETCHES, theta_t, theta_row, 0, 0, n0, columns);
#define FETCH(k)                                              \
    do {                                                      \
        fetch_along_k(a_next, a_at, A_FETCHES, k, K);         \
        fetch_along_k(b_next, b_at, B_FETCHES, k, K);         \
    } while (0)
#define PUT(step)                                                                         \
    do {                                                                                  \
        put_along_k(step, A_ROW, a_next, A_FETCHES, A_VECTORS);                           \
        put_along_k((step) + TILE_K * A_ROW, B_ROW, b_next, B_FETCHES, B_VECTORS);        \
    } while (0)
    MULTIPLY(acc, pool, K, FETCH, PUT);
    SHARE(acc, pool);
#pragma unroll
    for (uint i = 0; i < RESULTS; i++) {
        uint row, column;
        const REALV product = result(i, acc, pool, &row, &column);
        const uint m = m0 + row, n = n0 + column;
        if (INSIDE(row, m, rows, n, columns)) {
            const REALV slope = derivative_v(code, LOAD4(a + m * a_row + n));
            store_part(delta + m * delta_row + n, product * slope, columns - n);
        }
    }
}
#endif

/* theta of one vector, at number `at` of theta^T, and the first `count` numbers of its state, by the update rule. */
#if defined GPU_DESCEND || defined GPU_UPDATE
INLINE REALV update_vector(const REALV theta, const REALV slope, const update_state state, const size_t at,
                           const update_numbers *numbers, const uint count)
{
    REALV values[UPDATE_STATES + 1];
    for (uint k = 0; k < UPDATE_STATES; k++) values[k] = LOAD4(state.of[k] + at);
    const REALV result = updated_v(theta, slope, values, numbers);
    for (uint k = 0; k < UPDATE_STATES; k++) store_part(state.of[k] + at, values[k], count);
    return result;
}
#endif

/* gradient^T = scale [a 1]^T delta + decay theta^T without its last row, and then
 *   gradient 0: theta^T and its state by the update rule
 *   else: stored into gradient, laid out as theta^T.
 * Work-groups: ((s_in + 1) / TILE_M) x (s_out / TILE_N), rounded up; each owns its part of theta. */
#ifdef GPU_DESCEND
__kernel GROUP void gpu_descend(__global const REAL *a, const ulong a_row, const ulong a_stride,
                                __global const uint *order, const ulong first, __global const REAL *delta,
                                const ulong delta_row, const ulong M, const ulong s_in, const ulong s_out,
                                const REAL scale, const REAL decay, const update_numbers numbers,
                                __global REAL *theta_t, __global REAL *gradient, const ulong theta_row,
                                __global REAL *theta, const ulong copy_row STATE_PARAMETERS())
{
    const update_state state = STATE_OF();
    __local REALV pool_4[POOL];
    __local REAL *pool = (__local REAL *)pool_4;
    const uint rows = (uint)s_in + 1, columns = (uint)s_out, K = (uint)M;
    const uint m0 = get_group_id(0) * TILE_M, n0 = get_group_id(1) * TILE_N;
    REALV acc[WORK_M * WORK_V], a_next[A_FETCHES], b_next[B_FETCHES];
#define FETCH(k)                                                                                \
    do {                                                                                        \
        fetch_at_k(a_next, A_FETCHES, TILE_M, a, a_row, order, first, m0, rows, k, K);          \
        fetch_at_k(b_next, B_FETCHES, TILE_N, delta, delta_row, 0, 0, n0, columns, k, K);       \
    } while (0)
#define PUT(step)                                                              \
    do {                                                                       \
        put_at_k(step, A_ROW, a_next, A_FETCHES, TILE_M);                      \
        put_at_k((step) + TILE_K * A_ROW, B_ROW, b_next, B_FETCHES, TILE_N);   \
    } while (0)
    MULTIPLY(acc, pool, K, FETCH, PUT);
    SHARE(acc, pool);
#pragma unroll
    for (uint i = 0; i < RESULTS; i++) {
        uint row, column;
        const REALV product = result(i, acc, pool, &row, &column);
        const uint m = m0 + row, n = n0 + column;
        if (INSIDE(row, m, rows, n, columns)) {
            const size_t here = m * theta_row + n;
            const REALV old = LOAD4(theta_t + here);
            REALV slope = product * SPLAT(scale);
            if (m < (uint)s_in) slope += SPLAT(decay) * old;
            if (gradient) {
                store_part(gradient + here, slope, columns - n);
            } else {
                store_part(theta_t + here, update_vector(old, slope, state, here, &numbers, columns - n), columns - n);
            }
        }
    }
}
#endif

/* theta^T and its state by the update rule, from a gradient that was stored; decay is added to it where it is not 0.
 * Work-items: one for 4 numbers of a row, one dimension, rounded up to whole work-groups. */
#ifdef GPU_UPDATE
__kernel void gpu_update(__global REAL *theta_t, __global const REAL *gradient, const ulong theta_row,
                         const ulong s_in, const ulong s_out, const REAL decay, const update_numbers numbers,
                         __global REAL *theta, const ulong copy_row STATE_PARAMETERS())
{
    const update_state state = STATE_OF();
    const uint columns = (uint)s_out, across = (columns + 3) / 4;
    const size_t row = get_global_id(0) / across;
    const uint n = (uint)(get_global_id(0) - row * across) * 4;
    if (row > s_in) return;
    const size_t at = row * theta_row + n;
    const REALV old = LOAD4(theta_t + at);
    REALV slope = LOAD4(gradient + at);
    if (decay != ZERO && row < s_in) slope += SPLAT(decay) * old;
    store_part(theta_t + at, update_vector(old, slope, state, at, &numbers, columns - n), columns - n);
}
#endif
