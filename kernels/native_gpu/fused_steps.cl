/* fused_steps.cl - several training steps in one launch, for networks that fit the local memory of one work-group.
 *
 * One work-group takes all steps, so it needs no barriers but its own. It copies theta to local memory, has a batch and
 * all layers there, and copies theta back at the end; the state of the update rule stays in global memory. A tile is
 * computed by the function of layers.cl that a launch of its own calls, in the same order of sums. So the results have
 * the same bits, if the host takes tiles that single steps take, too (host/backend/native/gpu/fused_steps.c).
 *
 * Options, beside those of layers.cl, with ACTIVATION: -D GPU_STEPS -D SPACE=__local
 *   STEPS_MEMORY   vectors of local memory for theta and layers
 *   OUTPUT_ROWS    rows whose costs gpu_output adds up, and
 *   LANES_A_ROW    its work-items that share a row
 */
#include "common/arguments.h"
#include "native_gpu/arguments.h"
#include "native_gpu/result.h"

#ifdef GPU_STEPS

/* So are the arguments of a kernel; the structs above are of local memory. */
#undef SPACE
#define SPACE __global

#ifdef DROPOUT
/* Of a(l + 2), l the index, in the first step. */
typedef struct step_dropouts {
    dropout_numbers of[STEPS_LAYERS];
} step_dropouts;

INLINE dropout_numbers dropout_now(const dropout_numbers *first, const uint steps)
{
    dropout_numbers now = *first;
    now.step += steps;
    return now;
}

#define STEPS_KERNEL gpu_steps_dropout
#define TAKEN_ARGUMENTS GPU_STEPS_DROPOUT_ARGUMENTS
#define DROPOUT_OF(l, now) , .dropout = dropout_now(&dropouts.of[l], now)
#else
#define STEPS_KERNEL gpu_steps
#define TAKEN_ARGUMENTS GPU_STEPS_ARGUMENTS
#define DROPOUT_OF(l, now)
#endif

/* Between the equations: all is in local memory. */
#define EVERYBODY barrier(CLK_LOCAL_MEM_FENCE)

/* A matrix in local memory. */
typedef struct local_matrix {
    __local REAL *at;
    uint row; /* numbers from one row to the next */
} local_matrix;

/* Room for `rows` rows; *next moves behind them. */
INLINE local_matrix take(__local REAL **next, const uint rows, const uint row)
{
    const local_matrix taken = {*next, row};
    *next += rows * row;
    return taken;
}

INLINE uint whole_vectors(const ulong columns)
{
    return ((uint)columns + 3) / 4 * 4;
}

INLINE void copy_in(const local_matrix to, __global const REAL *from, const uint rows)
{
    for (uint i = get_local_id(0); i < rows * to.row / 4; i += ITEMS) {
        LOCAL4(to.at + 4 * i) = *(__global const REALV *)(from + 4 * i);
    }
}

INLINE void copy_out(const local_matrix from, __global REAL *to, const uint rows)
{
    for (uint i = get_local_id(0); i < rows * from.row / 4; i += ITEMS) {
        *(__global REALV *)(to + 4 * i) = LOCAL4(from.at + 4 * i);
    }
}

/* The examples of a batch. */
INLINE void gather(const local_matrix to, __global const REAL *x, const ulong x_row, __global const uint *order,
                   const uint first, const uint M)
{
    const uint across = to.row / 4;
    for (uint i = get_local_id(0); i < M * across; i += ITEMS) {
        const size_t row = row_number(order, first, i / across);
        LOCAL4(to.at + 4 * i) = *(__global const REALV *)(x + row * x_row + i % across * 4);
    }
}

/* Call body with the first row m and column n of each tile. Ends behind a barrier. */
#define EACH_TILE(m, n, rows, columns, body)                                                     \
    do {                                                                                         \
        const uint rows_ = (uint)(rows), columns_ = (uint)(columns);                             \
        for (uint m = 0; m < rows_; m += TILE_M) {                                               \
            for (uint n = 0; n < columns_; n += TILE_N) {                                        \
                body;                                                                            \
                EVERYBODY;                                                                       \
            }                                                                                    \
        }                                                                                        \
    } while (0)

/* Tiles, or the tallies of the output layer. */
#define TALLY_VECTORS ((ITEMS * (uint)sizeof(tally) + (uint)sizeof(REALV) - 1) / (uint)sizeof(REALV))
#define SHARED_POOL (POOL > TALLY_VECTORS ? POOL : TALLY_VECTORS)

typedef struct step_sizes {
    ulong of[STEPS_LAYERS][STEPS_SIZES];
} step_sizes;

/* `steps` steps on M rows each, from row `first` on; layers: L - 1. numbers: [steps x layers x UPDATE_NUMBERS], of the
 * update rule. Costs go to `slot` and on, as from gpu_output. Work-groups: 1. */
__kernel GROUP void STEPS_KERNEL(PARAMETERS(TAKEN_ARGUMENTS))
{
    __local REALV pool_4[SHARED_POOL], memory[STEPS_MEMORY];
    __local REAL *pool = (__local REAL *)pool_4, *next = (__local REAL *)memory;
    __global REAL *const theta_t[STEPS_LAYERS] = {theta_t1, theta_t2, theta_t3, theta_t4};
    const update_state state[STEPS_LAYERS] = {STATE_OF(, 1), STATE_OF(, 2), STATE_OF(, 3), STATE_OF(, 4)};
    const uint rows = (uint)M, last = (uint)layers - 1;
    local_matrix theta[STEPS_LAYERS], z[STEPS_LAYERS], a[STEPS_LAYERS], delta[STEPS_LAYERS];
    const local_matrix batch = take(&next, rows, whole_vectors(sizes.of[0][STEPS_S_IN]));
    for (uint l = 0; l <= last; l++) {
        const ulong *s = sizes.of[l];
        const uint row = whole_vectors(s[STEPS_S_OUT]);
        theta[l] = take(&next, (uint)s[STEPS_S_IN] + 1, (uint)s[STEPS_THETA_STRIDE]);
        delta[l] = take(&next, rows, row);
        z[l] = take(&next, s[STEPS_Z_STRIDE] != 0 ? rows : 0, row);
        a[l] = take(&next, l < last ? rows : 0, row);
        if (s[STEPS_Z_STRIDE] == 0) z[l].at = 0;
        copy_in(theta[l], theta_t[l], (uint)s[STEPS_S_IN] + 1);
    }

    for (uint step = 0; step < (uint)steps; step++) {
        const uint from = (uint)first + step * rows;
        gather(batch, x, x_row, order, from, rows);
        EVERYBODY;
        for (uint l = 0; l <= last; l++) {
            const local_matrix in = l == 0 ? batch : a[l - 1];
            const forward_arguments forward = {
                .a = in.at, .a_row = in.row, .theta_t = theta[l].at, .theta_stride = theta[l].row, .M = rows,
                .s_in = sizes.of[l][STEPS_S_IN], .s_out = sizes.of[l][STEPS_S_OUT], .z = z[l].at,
                .z_stride = z[l].row, .a_out = l < last ? a[l].at : 0, .out_stride = a[l].row DROPOUT_OF(l, step)};
            EACH_TILE(m, n, rows, forward.s_out, forward_tile(m, n, pool, &forward));
        }
        const output_layer top = {
            .rows = rows, .columns = (uint)sizes.of[last][STEPS_S_OUT], .output = output, .right = right,
            .z = z[last].at, .z_stride = z[last].row, .delta = delta[last].at, .delta_stride = delta[last].row, .y = y,
            .y_width = y_row, .w = w, .y_order = order, .y_first = from,
            .slot = slot + step * ((rows + OUTPUT_ROWS - 1) / OUTPUT_ROWS), .scores = scores, .rights = rights};
        for (uint group = 0; group * OUTPUT_ROWS < rows; group++) {
            output_rows(group, (__local tally *)pool, &top);
            EVERYBODY;
        }
        for (uint l = last; l > 0; l--) {
            const hidden_arguments hidden = {
                .delta_next = delta[l].at, .next_stride = delta[l].row, .theta = theta[l].at,
                .theta_stride = theta[l].row, .M = rows, .s_in = sizes.of[l][STEPS_S_IN],
                .s_out = sizes.of[l][STEPS_S_OUT], .z = z[l - 1].at, .z_stride = z[l - 1].row, .a = a[l - 1].at,
                .a_stride = a[l - 1].row, .delta = delta[l - 1].at, .delta_stride = delta[l - 1].row
                DROPOUT_OF(l - 1, step)};
            EACH_TILE(m, n, rows, hidden.s_in, hidden_tile(m, n, pool, &hidden));
        }
        for (uint l = 0; l <= last; l++) {
            const local_matrix in = l == 0 ? batch : a[l - 1];
            descend_arguments descent = {
                .a = in.at, .a_row = in.row, .delta = delta[l].at, .delta_stride = delta[l].row, .M = rows,
                .s_in = sizes.of[l][STEPS_S_IN], .s_out = sizes.of[l][STEPS_S_OUT], .scale = scale, .decay = decay,
                .theta_t = theta[l].at, .theta_stride = theta[l].row};
            __global const REAL *now = numbers + (step * (last + 1) + l) * UPDATE_NUMBERS;
            for (int i = 0; i < UPDATE_NUMBERS; i++) descent.numbers.of[i] = now[i];
            EACH_TILE(m, n, descent.s_in, descent.s_out, descend_tile(m, n, pool, &descent, state[l]));
        }
    }
    for (uint l = 0; l <= last; l++) copy_out(theta[l], theta_t[l], (uint)sizes.of[l][STEPS_S_IN] + 1);
}
#endif
