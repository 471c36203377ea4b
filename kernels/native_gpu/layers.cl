/* layers.cl - the equations for GPUs: tiles in local memory, register blocks, epilogues.
 *
 * -D GPU_FORWARD|GPU_HIDDEN|GPU_DESCEND|GPU_OUTPUT|GPU_UPDATE|GPU_STEPS: which kernel; the others are left out, so that
 * each has tiles of its own. -D VW=4, and for all but the update (chosen in host/backend/native/gpu/tiles.c):
 *   TILE_M, TILE_N, TILE_K   a work-group's part of the result, and how much of the sum is in local memory at a time
 *   WORK_M, WORK_N           a work-item's part of the tile
 *   SPLIT                    work-items that share a part, each with its own slice of every TILE_K; their sums
 *                            are added in the order of the slices
 *   FOURS_APART              see tile.h
 * Forward and hidden have -D ACTIVATION=CODE, and
 *   DROPOUT                  hidden layers drop units, in kernels that are named so
 * A product may be cut into parts of its sum, and has two kernels then:
 *   GPU_PARTS                each work-group puts the sums of its tile and part into `partial`
 *   GPU_SUM                  the parts are added, in their order, and go through the epilogue; no tiles
 *
 * Layout: row-major, rows padded to whole cache lines, so that vectors of 4 are aligned. A layer has its bias
 * unit, 1, as column s, behind the units. theta is stored once, as theta^T [(s_in + 1) x s_out], the bias in its
 * last row: a tile that is needed the other way round is transposed on its way into local memory. Padding is
 * read, never used (what lies beyond the sum is replaced by 0, not multiplied with it), and never written.
 * Arguments are listed in arguments.h, named as in native_cpu/arguments.h. Strides are from row to row, not from panel
 * to panel.
 *
 * Each step fetches the next tiles into registers, multiplies the present ones and puts the next into the
 * other half of the local memory: one barrier a step. Steps go from the last to the first, so that only the one in
 * front of the loop is cut off. All indices within a matrix fit in 31 bits, and the numbers of its vectors in 32.
 * docs/native-engine.md has more, with what compilers make of each tile.
 */
#include "common/arguments.h"
#include "native_gpu/arguments.h"
#include "native_gpu/result.h"

#ifdef DROPOUT
#define WORD uint
#include "common/dropout.h"

/* Of units n to n + 3 of row m: 0 where dropped, else 1 / (1 - p) times as much. */
INLINE REALV drop(const REALV value, const uint m, const uint n, const dropout_numbers *d)
{
    uint words[4];
    dropout_words(words, n / 4, m, d);
    const uint4 four = (uint4)(words[0], words[1], words[2], words[3]);
#ifdef CLMLP_DOUBLE
    const MASKV kept = convert_long4(four >= (uint4)(d->threshold));
#else
    const MASKV kept = four >= (uint4)(d->threshold);
#endif
    return kept ? value * SPLAT(d->scale) : SPLAT(ZERO);
}
#endif

/* forward: z = [a 1] theta^T, and a_out = g(z), for a layer. z or a_out 0: not wanted.
 * Work-groups: (M / TILE_M) x (s_out / TILE_N), rounded up. */
#if defined GPU_FORWARD || defined GPU_STEPS
#ifdef DROPOUT
#define FORWARD_ARGUMENTS GPU_FORWARD_DROPOUT_ARGUMENTS
#define FORWARD_KERNEL gpu_forward_dropout
#define FORWARD_SUM_ARGUMENTS GPU_FORWARD_DROPOUT_SUM_ARGUMENTS
#define FORWARD_SUM_KERNEL gpu_forward_dropout_sum
#define DROP(value, m, n) drop(value, m, n, &args->dropout)
#else
#define FORWARD_ARGUMENTS GPU_FORWARD_ARGUMENTS
#define FORWARD_KERNEL gpu_forward
#define FORWARD_SUM_ARGUMENTS GPU_FORWARD_PARTS_ARGUMENTS
#define FORWARD_SUM_KERNEL gpu_forward_sum
#define DROP(value, m, n) (value)
#endif
#ifdef GPU_PARTS
__kernel GROUP void gpu_forward_parts(PARAMETERS(GPU_FORWARD_PARTS_ARGUMENTS))
{
    const uint part = PART(s_out);
    const factor layer = FACTOR(a, a_row, order, first, TILE_ROW, M, true);
    const factor theta = FACTOR(theta_t, theta_stride, 0, 0, PART_COLUMN(s_out), s_out, false);
    PART_KERNEL(0, layer, theta, (uint)s_in, part, partial + part * M * partial_stride);
}
#else
typedef struct forward_arguments STRUCT_OF(FORWARD_ARGUMENTS) forward_arguments;

INLINE void epilogue_forward(const REALV product, const uint m, const uint n, const forward_arguments *args)
{
    const uint count = (uint)args->s_out - n;
    const REALV value = product + LOAD4(args->theta_t + args->s_in * args->theta_stride + n);
    if (args->z) store_part(args->z + m * args->z_stride + n, value, count);
    if (args->a_out) {
        store_part(args->a_out + m * args->out_stride + n, DROP(activation_v(ACTIVATION, value), m, n), count);
    }
}

#ifdef GPU_SUM
__kernel void FORWARD_SUM_KERNEL(PARAMETERS(FORWARD_SUM_ARGUMENTS))
{
    const forward_arguments args = GIVEN(FORWARD_ARGUMENTS);
    SUM_KERNEL(M, s_out, z_part, m, n, epilogue_forward(z_part, m, n, &args));
}
#else
/* The tile from this row and column on. So are the others below; fused_steps.cl calls them, too. */
INLINE void forward_tile(const uint row, const uint column, __local REAL *pool, const forward_arguments *args)
{
    const factor layer = FACTOR(args->a, args->a_row, args->order, args->first, row, args->M, true);
    const factor theta = FACTOR(args->theta_t, args->theta_stride, 0, 0, column, args->s_out, false);
    PRODUCT_TILE(pool, layer, theta, (uint)args->s_in, z_part, m, n, epilogue_forward(z_part, m, n, args));
}

#ifdef GPU_FORWARD
__kernel GROUP void FORWARD_KERNEL(PARAMETERS(FORWARD_ARGUMENTS))
{
    const forward_arguments args = GIVEN(FORWARD_ARGUMENTS);
    __local REALV pool[POOL];
    forward_tile(TILE_ROW, TILE_COLUMN, (__local REAL *)pool, &args);
}
#endif
#endif
#endif
#endif

/* hidden: delta(l) = (delta(l+1) theta) o g'(z(l)), theta^T without its bias. z 0: it is not kept, and a tells g'.
 * Work-groups: (M / TILE_M) x (s_in / TILE_N), rounded up. */
#if defined GPU_HIDDEN || defined GPU_STEPS
#undef DROP
#ifdef DROPOUT
#define HIDDEN_ARGUMENTS GPU_HIDDEN_DROPOUT_ARGUMENTS
#define HIDDEN_KERNEL gpu_hidden_dropout
#define HIDDEN_SUM_ARGUMENTS GPU_HIDDEN_DROPOUT_SUM_ARGUMENTS
#define HIDDEN_SUM_KERNEL gpu_hidden_dropout_sum
#define UNDROPPED(value) ((value) * SPLAT(args->dropout.rest)) /* g(z) again, where it was not dropped */
#define DROP(value, m, n) drop(value, m, n, &args->dropout)
#else
#define HIDDEN_ARGUMENTS GPU_HIDDEN_ARGUMENTS
#define HIDDEN_KERNEL gpu_hidden
#define HIDDEN_SUM_ARGUMENTS GPU_HIDDEN_PARTS_ARGUMENTS
#define HIDDEN_SUM_KERNEL gpu_hidden_sum
#define UNDROPPED(value) (value)
#define DROP(value, m, n) (value)
#endif
#ifdef GPU_PARTS
__kernel GROUP void gpu_hidden_parts(PARAMETERS(GPU_HIDDEN_PARTS_ARGUMENTS))
{
    const uint part = PART(s_in);
    const factor above = FACTOR(delta_next, next_stride, 0, 0, TILE_ROW, M, true);
    const factor theta_t = FACTOR(theta, theta_stride, 0, 0, PART_COLUMN(s_in), s_in, true);
    PART_KERNEL(0, above, theta_t, (uint)s_out, part, partial + part * M * partial_stride);
}
#else
typedef struct hidden_arguments STRUCT_OF(HIDDEN_ARGUMENTS) hidden_arguments;

INLINE void epilogue_hidden(const REALV product, const uint m, const uint n, const hidden_arguments *args)
{
    const REALV z = args->z ? LOAD4(args->z + m * args->z_stride + n) : SPLAT(NOT_A_NUMBER);
    const REALV slope = derivative_v(ACTIVATION, UNDROPPED(LOAD4(args->a + m * args->a_stride + n)), z);
    store_part(args->delta + m * args->delta_stride + n, DROP(product * slope, m, n), (uint)args->s_in - n);
}

#ifdef GPU_SUM
__kernel void HIDDEN_SUM_KERNEL(PARAMETERS(HIDDEN_SUM_ARGUMENTS))
{
    const hidden_arguments args = GIVEN(HIDDEN_ARGUMENTS);
    SUM_KERNEL(M, s_in, sum, m, n, epilogue_hidden(sum, m, n, &args));
}
#else
INLINE void hidden_tile(const uint row, const uint column, __local REAL *pool, const hidden_arguments *args)
{
    const factor above = FACTOR(args->delta_next, args->next_stride, 0, 0, row, args->M, true);
    const factor theta_t = FACTOR(args->theta, args->theta_stride, 0, 0, column, args->s_in, true);
    PRODUCT_TILE(pool, above, theta_t, (uint)args->s_out, sum, m, n, epilogue_hidden(sum, m, n, args));
}

#ifdef GPU_HIDDEN
__kernel GROUP void HIDDEN_KERNEL(PARAMETERS(HIDDEN_ARGUMENTS))
{
    const hidden_arguments args = GIVEN(HIDDEN_ARGUMENTS);
    __local REALV pool[POOL];
    hidden_tile(TILE_ROW, TILE_COLUMN, (__local REAL *)pool, &args);
}
#endif
#endif
#endif
#endif

/* theta of one vector, at number `at` of theta^T, and the first `count` numbers of its state, by the update rule. */
#if defined GPU_DESCEND || defined GPU_UPDATE || defined GPU_STEPS
INLINE REALV update_vector(const REALV theta, const REALV slope, const update_state state, const size_t at,
                           const update_numbers *numbers, const bool bias, const uint count)
{
    REALV values[UPDATE_STATES + 1];
    for (uint k = 0; k < UPDATE_STATES; k++) values[k] = *(__global const REALV *)(state.of[k] + at);
    const REALV result = updated_v(theta, slope, values, numbers, bias);
    for (uint k = 0; k < UPDATE_STATES; k++) store_state(state.of[k] + at, values[k], count);
    return result;
}
#endif

/* gradient^T = scale [a 1]^T delta + decay theta^T without its last row, and then
 *   gradient 0: update, theta^T and its state by the update rule
 *   else: gradient, stored, laid out as theta^T.
 * The bias's row, the column sums of delta, is no row of the tiles: the first of them have it.
 * Work-groups: (s_in / TILE_M) x (s_out / TILE_N), rounded up; each owns its part of theta. */
#if defined GPU_DESCEND || defined GPU_STEPS
#ifdef GPU_PARTS
__kernel GROUP void gpu_descend_parts(PARAMETERS(GPU_DESCEND_PARTS_ARGUMENTS))
{
    const uint part = PART(s_out);
    const factor layer = FACTOR(a, a_row, order, first, TILE_ROW, s_in, false);
    const factor above = FACTOR(delta, delta_stride, 0, 0, PART_COLUMN(s_out), s_out, false);
    __global REAL *const to = partial + part * (s_in + 1) * partial_stride;
    REALV columns;
    uint bias_n;
    PART_KERNEL(&columns, layer, above, (uint)M, part, to);
    barrier(CLK_LOCAL_MEM_FENCE);
    const REALV bias = share_columns(columns, pool, &above, &bias_n);
    if (TILE_ROW == 0 && bias_n < above.limit) *(__global REALV *)(to + s_in * partial_stride + bias_n) = bias;
}
#else
typedef struct descend_arguments STRUCT_OF(GPU_DESCEND_ARGUMENTS) descend_arguments;

INLINE void epilogue_gradient(const REALV slope, const size_t at, const uint count, const descend_arguments *args)
{
    store_part(args->gradient + at, slope, count);
}

INLINE void epilogue_update(const REALV old, const REALV slope, const size_t at, const bool bias, const uint count,
                            const descend_arguments *args, const update_state state)
{
    store_part(args->theta_t + at, update_vector(old, slope, state, at, &args->numbers, bias, count), count);
}

INLINE void epilogue_descend(const REALV product, const uint m, const uint n, const descend_arguments *args,
                             const update_state state)
{
    const size_t at = m * args->theta_stride + n;
    const uint count = (uint)args->s_out - n;
    const REALV old = LOAD4(args->theta_t + at);
    REALV slope = product * SPLAT(args->scale);
    if (m < (uint)args->s_in) slope += SPLAT(args->decay) * old;
    if (args->gradient) {
        epilogue_gradient(slope, at, count, args);
    } else {
        epilogue_update(old, slope, at, m == (uint)args->s_in, count, args, state);
    }
}

#ifdef GPU_SUM
__kernel void gpu_descend_sum(PARAMETERS(GPU_DESCEND_PARTS_ARGUMENTS))
{
    const descend_arguments args = GIVEN(GPU_DESCEND_ARGUMENTS);
    const update_state state = STATE_OF(, );
    SUM_KERNEL(s_in + 1, s_out, sum, m, n, epilogue_descend(sum, m, n, &args, state));
}
#else
/* With the row of the bias, where this is the first row of tiles. */
INLINE void descend_tile(const uint row, const uint column, __local REAL *pool, const descend_arguments *args,
                         const update_state state)
{
    const factor layer = FACTOR(args->a, args->a_row, args->order, args->first, row, args->s_in, false);
    const factor above = FACTOR(args->delta, args->delta_stride, 0, 0, column, args->s_out, false);
    REALV acc[WORK], columns;
    uint bias_n;
    multiply(acc, &columns, pool, &layer, &above, (uint)args->M, 0, STEPS_OF((uint)args->M));
    const REALV bias = share_columns(columns, pool, &above, &bias_n);
    if (row == 0 && bias_n < above.limit) epilogue_descend(bias, (uint)args->s_in, bias_n, args, state);
    EACH_RESULT(acc, pool, layer, above, sum, m, n, epilogue_descend(sum, m, n, args, state));
}

#ifdef GPU_DESCEND
__kernel GROUP void gpu_descend(PARAMETERS(GPU_DESCEND_ARGUMENTS))
{
    const descend_arguments args = GIVEN(GPU_DESCEND_ARGUMENTS);
    const update_state state = STATE_OF(, );
    __local REALV pool[POOL];
    descend_tile(TILE_ROW, TILE_COLUMN, (__local REAL *)pool, &args, state);
}
#endif
#endif
#endif
#endif

/* theta^T and its state by the update rule, from a gradient that was stored; the lambda term is added to it where
 * decay is not 0.
 * Work-items: one for 4 numbers of a row, one dimension, rounded up to whole work-groups. */
#ifdef GPU_UPDATE
__kernel void gpu_update(PARAMETERS(GPU_UPDATE_ARGUMENTS))
{
    const update_state state = STATE_OF(, );
    const uint columns = (uint)s_out, across = (columns + 3) / 4;
    const size_t row = get_global_id(0) / across;
    const uint n = (uint)(get_global_id(0) - row * across) * 4;
    if (row > s_in) return;
    const size_t at = row * theta_stride + n;
    const REALV old = LOAD4(theta_t + at);
    REALV slope = LOAD4(gradient + at);
    if (decay != ZERO && row < s_in) slope += SPLAT(decay) * old;
    const REALV value = update_vector(old, slope, state, at, &numbers, row == s_in, columns - n);
    store_part(theta_t + at, value, columns - n);
}
#endif
