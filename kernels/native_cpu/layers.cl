/* layers.cl - for CPUs: panel layout, register tiles, and the equations that go through the layers. descend.cl has the
 * gradient and the update, gather.cl what is copied for the products.
 *
 * A work-group is one work-item. It keeps a tile of MR rows by NV vectors of VW numbers in registers and goes through
 * the whole length of the product.
 *
 * -D MR=rows -D NV=vectors of a tile; NR = NV VW is its width.
 * -D DROPOUT: hidden layers drop units, in kernels that are named and called so. Without it nothing of that is built.
 *
 * Layout. Operands are packed in panels, as in BLIS, so that a tile reads whole cache lines one after the other and
 * few pages.
 *
 * * Panels of NR columns: theta, delta and z, of which a tile takes rows of NR numbers. Element (r, c) is at
 *   (c / NR) stride + r NR + c % NR, where stride is at least rows NR.
 * * Panels of MR rows: layers, of which a tile takes MR numbers one by one. A panel consists of slices of VW columns.
 *   Element (r, c) is at (r / MR) stride + (c / VW) MR VW + r % MR VW + c % VW, where stride is at least MR times the
 *   width. z goes along a panel, the gradient down the panels.
 * * Row-major: input data and y, so that rows can be picked one by one. Rows that are picked and copied first lie in
 *   panels of MR rows.
 *
 * A kernel's parameters are listed in arguments.h. X_stride counts the numbers from one panel of X to the next;
 * a_stride 0 stands for a row-major input layer. Padding is 0 in theta, delta and y, and anything in z, h and a.
 *
 * A layer has its bias unit, 1, as column s, behind the units. theta is stored as theta^T, [(s_in + 1) x s_out], with
 * the bias in its last row, so that no product has to be repacked. Layers below which delta is wanted also have theta
 * without its bias, [s_out x s_in]. Every matrix is followed by padding, so that a tile may be read beyond its end.
 *
 * Row r of a row-major input layer and of y is row order[first + r], or first + r with order 0.
 *
 * For the gradient, large batches have their columns copied, too: panels of MR columns of [a 1], an example after the
 * other, columns_stride numbers apart.
 *
 * Input data that is mostly 0 may come compressed, see sparse.cl. Then `indices` is not 0. The tile at row m (column
 * i, for the gradient) finds its numbers at a + m / MR a_stride, and their columns (examples) at indices + m / MR
 * a_row.
 *
 * NDRange of all: work-groups of 1. Products: BLOCK x (columns / NR * blocks), as FIND_TILE counts them. BLOCK is any
 * number of tiles, and blocks is enough of them for all rows. What a work-group does with its tile is a function,
 * which fused_steps.cl calls, too. It ends with an epilogue, which does with the product what the equation asks for:
 * forward, hidden, gradient, update.
 */
#ifndef CLMLP_NATIVE_CPU_CL
#define CLMLP_NATIVE_CPU_CL

#include "common/arguments.h"
#include "common/scalar.h"
#include "common/transpose.h"
#include "common/vector.h"
#include "native_cpu/arguments.h"
#include "native_cpu/fetch.h"

#define NR (NV * VW)

/* The hint leaves vectorisers nothing to do: Intel's never finishes on these kernels without it. */
#define TILE __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(REALV)))
#define BODY static inline void
/* A work-group is one work-item, and a launch may be a part of an NDRange (opencl/pace.c): the number of a work-item
 * counts from the beginning of the whole, that of a group does not. */
#define GROUP(dimension) get_global_id(dimension)

/* Which tile: at each column of tiles, a block of so many rows of tiles. What the block reads stays in the cache while
 * the columns go by. A launch has all rows of a block. */
#define FIND_TILE(m, n, columns)                                                             \
    const size_t across = ((columns) + NR - 1) / NR, block = GROUP(1) / across;              \
    const size_t n = (GROUP(1) - block * across) * NR;                                       \
    const size_t m = (block * get_num_groups(0) + GROUP(0)) * MR

/* In panels of NR columns: where column c of row 0 is. In panels of MR rows: where a tile at row m and column c,
 * multiples of MR and of VW, begins. */
#define IN_NR_PANEL(matrix, stride, c) ((matrix) + (c) / NR * (stride) + (c) % NR)
#define IN_MR_PANEL(matrix, stride, m, c) ((matrix) + (m) / MR * (stride) + (c) * MR)

/* One step of a product: acc[r] += a_value(r) b_row, MR rows by NV vectors. */
#define MULTIPLY_ADD(acc, a_value, b)                                                        \
    do {                                                                                     \
        REALV b_row[NV];                                                                     \
        UNROLL for (int v = 0; v < NV; v++) b_row[v] = LOADV(v, (b));                        \
        UNROLL for (int r = 0; r < MR; r++) {                                                \
            const REALV a_splat = SPLAT(a_value);                                            \
            UNROLL for (int v = 0; v < NV; v++) (acc)[r][v] = fma(a_splat, b_row[v], (acc)[r][v]); \
        }                                                                                    \
    } while (0)

/* The same where the next steps take the next rows of b. */
#define MULTIPLY_NEXT(acc, a_value, b)                                                       \
    do {                                                                                     \
        FETCH_ROW(b);                                                                        \
        MULTIPLY_ADD(acc, a_value, b);                                                       \
    } while (0)

/* body for k = from .. end - 1, unrolled `per_turn` times: a loop of single steps of a product spends up to a tenth of
 * its time on the loop itself. */
#define EACH_STEP(per_turn, k, from, end, body)                                              \
    do {                                                                                     \
        size_t turn = (from);                                                                \
        KEEP_LOOP for (; turn + (per_turn) <= (end); turn += (per_turn)) {                   \
            UNROLL for (int q = 0; q < (per_turn); q++) {                                    \
                const size_t k = turn + q;                                                   \
                body;                                                                        \
            }                                                                                \
        }                                                                                    \
        KEEP_LOOP for (; turn < (end); turn++) {                                             \
            const size_t k = turn;                                                           \
            body;                                                                            \
        }                                                                                    \
    } while (0)

/* acc += a b for MR rows of a, K long, and a panel of b, [K x NR]. */
#define MULTIPLY_ROWS(acc, K, rows, b) \
    EACH_STEP(2, k, 0, K, MULTIPLY_NEXT(acc, (rows)[r][k], (b) + k * NR))

/* The same for rows in slices of WIDTH columns. A slice of MR rows is contiguous, and slices are `step` apart. The
 * pointers move by constants, so that no address takes an instruction or a register. */
#define MULTIPLY_SLICES(acc, K, WIDTH, slices, step, b)                                      \
    do {                                                                                     \
        __global const REAL *slice = (slices), *b_part = (b);                                \
        size_t left = (K);                                                                   \
        KEEP_LOOP for (; left >= (WIDTH); left -= (WIDTH), slice += (step), b_part += (WIDTH) * NR) { \
            UNROLL for (int k = 0; k < (WIDTH); k++) MULTIPLY_NEXT(acc, slice[r * (WIDTH) + k], b_part + k * NR); \
        }                                                                                    \
        KEEP_LOOP for (; left > 0; left--, slice++, b_part += NR) MULTIPLY_ADD(acc, slice[r * (WIDTH)], b_part); \
    } while (0)

/* The same for a panel of compressed data. The sum leaves out what would have added 0. It has the same bits, unless b
 * is not finite there. */
#define MULTIPLY_NONZEROS(acc, values, indices, b)                                           \
    do {                                                                                     \
        __global const REAL *value = (values);                                               \
        __global const uint *index = (indices) + 1, *const last = index + (indices)[0];      \
        KEEP_LOOP for (; index + 4 <= last; index += 4, value += 4 * MR) {                   \
            UNROLL for (int q = 0; q < 4; q++) MULTIPLY_ADD(acc, value[q * MR + r], (b) + (size_t)index[q] * NR); \
        }                                                                                    \
        KEEP_LOOP for (; index < last; index++, value += MR) {                               \
            MULTIPLY_ADD(acc, value[r], (b) + (size_t)index[0] * NR);                        \
        }                                                                                    \
    } while (0)

/* Rows beyond the last are read as the last; what becomes of them is not stored. */
#define FIND_ROWS(rows, a, a_row, order, first, m, M)                                        \
    UNROLL for (int r = 0; r < MR; r++) {                                                    \
        const size_t i = (m) + r < (M) ? (m) + r : (M)-1;                                    \
        (rows)[r] = (a) + (order ? (size_t)order[(first) + i] : (first) + i) * (a_row);      \
    }

/* acc += a theta^T for the tile at row m. */
#define MULTIPLY_LAYER(acc, a, a_row, a_stride, order, first, m, M, s_in, theta_at)          \
    if (a_stride) {                                                                          \
        MULTIPLY_SLICES(acc, s_in, VW, IN_MR_PANEL(a, a_stride, m, 0), MR * VW, theta_at);   \
    } else {                                                                                 \
        __global const REAL *rows[MR];                                                       \
        FIND_ROWS(rows, a, a_row, order, first, m, M);                                       \
        MULTIPLY_ROWS(acc, s_in, rows, theta_at);                                            \
    }

/* acc[r] = the bias, the last row of theta^T. */
#define START_WITH_BIAS(acc, theta_at, s_in)                                                 \
    UNROLL for (int v = 0; v < NV; v++) {                                                    \
        const REALV bias = LOADV(v, (theta_at) + (s_in)*NR);                                 \
        UNROLL for (int r = 0; r < MR; r++) (acc)[r][v] = bias;                              \
    }

#define START_WITH_ZERO(acc) \
    UNROLL for (int r = 0; r < MR; r++) UNROLL for (int v = 0; v < NV; v++) (acc)[r][v] = SPLAT(ZERO)

#define EACH_VECTOR(r, v, body) UNROLL for (int r = 0; r < MR; r++) UNROLL for (int v = 0; v < NV; v++) body

#define COLUMN(n, v) (SPLAT((REAL)((n) + (v)*VW)) + LANES)

#ifdef DROPOUT
#define WORD JOIN(uint, VW)
#include "common/dropout.h"

#define PAIRS JOIN(ulong, HALF_VW)
#define LANE_NUMBERS JOIN(convert_uint, VW)(LANES)
#if VW == 4
#define HALF_VW 2
#elif VW == 8
#define HALF_VW 4
#else
#define HALF_VW 8
#endif
#ifdef CLMLP_DOUBLE
#define TO_MASKV JOIN(convert_long, VW)
#else
#define TO_MASKV
#endif

/* The words of the units n to n + VW - 1 of four rows: words[k] those of row m + k. Lane i computes those of row i % 4
 * and units i - i % 4 and on, so that each four lanes by four words are to be transposed. */
INLINE void words_of_rows(WORD *words, const size_t m, const size_t n, const dropout_numbers *d)
{
    const WORD lane = LANE_NUMBERS;
    WORD by_word[4], even[2], odd[2];
    dropout_words(by_word, (WORD)((uint)(n / 4)) + lane / 4, (WORD)((uint)m) + lane % 4, d);
    UNROLL for (int p = 0; p < 2; p++) {
        even[p].even = by_word[2 * p].even;
        even[p].odd = by_word[2 * p + 1].even;
        odd[p].even = by_word[2 * p].odd;
        odd[p].odd = by_word[2 * p + 1].odd;
    }
    UNROLL for (int p = 0; p < 2; p++) {
        const PAIRS first = JOIN(as_ulong, HALF_VW)(p == 0 ? even[0] : odd[0]);
        const PAIRS second = JOIN(as_ulong, HALF_VW)(p == 0 ? even[1] : odd[1]);
        PAIRS low, high;
        low.even = first.even;
        low.odd = second.even;
        high.even = first.odd;
        high.odd = second.odd;
        words[p] = JOIN(as_uint, VW)(low);
        words[p + 2] = JOIN(as_uint, VW)(high);
    }
}

/* What a tile has stored, units or deltas of `units` columns: 0 where dropped, else 1 / (1 - p) times as much. Vector v
 * of row r is number r row_step + v v_step from `tile` on. */
INLINE void drop_tile(__global REAL *tile, const size_t row_step, const size_t v_step, const size_t m, const size_t n,
                      const size_t M, const size_t units, const dropout_numbers *d)
{
    KEEP_LOOP for (size_t r = 0; r < MR && m + r < M; r += 4) {
        KEEP_LOOP for (size_t v = 0; v < NV; v++) {
            const MASKV inside = COLUMN(n, v) < SPLAT((REAL)units);
            WORD words[4];
            words_of_rows(words, m + r, n + v * VW, d);
            UNROLL for (size_t k = 0; k < 4; k++) {
                const MASKV kept = TO_MASKV(words[k] >= (WORD)(d->threshold));
                if (r + k >= MR || m + r + k >= M) continue;
                const size_t at = (r + k) * row_step + v * v_step;
                const REALV value = LOADV(at, tile), dropped = kept ? value * SPLAT(d->scale) : SPLAT(ZERO);
                STOREV(inside ? dropped : value, at, tile);
            }
        }
    }
}
#endif

/* forward: z = [a 1] theta^T, and a_out = g(z) with its bias unit, for a hidden layer. z, a_out 0: not wanted.
 * a and a_out are in panels of MR rows, theta^T and z in panels of NR columns. */
#ifdef DROPOUT
typedef struct forward_arguments STRUCT_OF(CPU_FORWARD_DROPOUT_ARGUMENTS) forward_arguments;
#else
typedef struct forward_arguments STRUCT_OF(CPU_FORWARD_ARGUMENTS) forward_arguments;
#endif

INLINE void epilogue_forward(REALV (*acc)[NV], const size_t m, const size_t n, const forward_arguments *args)
{
    __global REAL *out = args->a_out ? IN_MR_PANEL(args->a_out, args->out_stride, m, n) : args->a_out;
    __global REAL *z_out = args->z ? IN_NR_PANEL(args->z, args->z_stride, n) + m * NR : args->z;
    UNROLL for (int r = 0; r < MR; r++) {
        if (m + r >= args->M) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            const REALV value = activation_v(args->code, acc[r][v]);
            if (args->z) STOREV(acc[r][v], v, z_out + r * NR);
            if (!args->a_out) continue;
            STOREV(COLUMN(n, v) == SPLAT((REAL)args->s_out) ? SPLAT(ONE) : value, v * MR + r, out);
        }
    }
}

BODY forward_tile(const size_t m, const size_t n, const forward_arguments *args)
{
    if (m >= args->M) return;
    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t, args->theta_stride, n);
    REALV acc[MR][NV];
    START_WITH_BIAS(acc, theta_at, args->s_in);
    if (args->indices) {
        MULTIPLY_NONZEROS(acc, args->a + m / MR * args->a_stride, args->indices + m / MR * args->a_row, theta_at);
    } else {
        MULTIPLY_LAYER(acc, args->a, args->a_row, args->a_stride, args->order, args->first, m, args->M, args->s_in,
                       theta_at);
    }
    epilogue_forward(acc, m, n, args);
#ifdef DROPOUT
    if (args->a_out && args->dropout.on) {
        drop_tile(IN_MR_PANEL(args->a_out, args->out_stride, m, n), 1, MR, m, n, args->M, args->s_out, &args->dropout);
    }
#endif
}

#ifdef DROPOUT
__kernel TILE void cpu_forward_dropout(PARAMETERS(CPU_FORWARD_DROPOUT_ARGUMENTS))
{
    const forward_arguments args = GIVEN(CPU_FORWARD_DROPOUT_ARGUMENTS);
    FIND_TILE(m, n, s_out);
    forward_tile(m, n, &args);
}
#else
__kernel TILE void cpu_forward(PARAMETERS(CPU_FORWARD_ARGUMENTS))
{
    const forward_arguments args = GIVEN(CPU_FORWARD_ARGUMENTS);
    FIND_TILE(m, n, s_out);
    forward_tile(m, n, &args);
}
#endif

/* hidden: delta(l) = (delta(l+1) theta) o g'(z(l)), theta [s_out x s_in] without its bias. z 0: it is not kept, and a
 * tells g'. a is in panels of MR rows, the others in panels of NR columns. Behind the last row delta(l+1) holds
 * anything. */
#ifdef DROPOUT
typedef struct hidden_arguments STRUCT_OF(CPU_HIDDEN_DROPOUT_ARGUMENTS) hidden_arguments;
#define UNDROPPED(value) ((value) * SPLAT(args->dropout.rest)) /* g(z) again, where it was not dropped */
#else
typedef struct hidden_arguments STRUCT_OF(CPU_HIDDEN_ARGUMENTS) hidden_arguments;
#define UNDROPPED(value) (value)
#endif

INLINE void epilogue_hidden(REALV (*acc)[NV], const size_t m, const size_t n, const hidden_arguments *args)
{
    __global const REAL *a_at = IN_MR_PANEL(args->a, args->a_stride, m, n);
    __global const REAL *z_at = args->z ? IN_NR_PANEL(args->z, args->z_stride, n) + m * NR : args->z;
    __global REAL *out = IN_NR_PANEL(args->delta, args->delta_stride, n) + m * NR;
    UNROLL for (int r = 0; r < MR; r++) {
        if (m + r >= args->M) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            const REALV z = args->z ? LOADV(v, z_at + r * NR) : SPLAT(NOT_A_NUMBER);
            const REALV slope = derivative_v(args->code, UNDROPPED(LOADV(v * MR + r, a_at)), z);
            STOREV(COLUMN(n, v) < SPLAT((REAL)args->s_in) ? acc[r][v] * slope : SPLAT(ZERO), v, out + r * NR);
        }
    }
}

BODY hidden_tile(const size_t m, const size_t n, const hidden_arguments *args)
{
    if (m >= args->M) return;
    __global const REAL *theta_at = IN_NR_PANEL(args->theta, args->theta_stride, n);
    REALV acc[MR][NV];
    if (args->s_out >= FETCH_LEAST) {
        FETCH_TILE(IN_MR_PANEL(args->a, args->a_stride, m, n), 0);
        FETCH_TILE(IN_NR_PANEL(args->delta, args->delta_stride, n) + m * NR, 1);
    }
    START_WITH_ZERO(acc);
    MULTIPLY_SLICES(acc, args->s_out, NR, args->delta_next + m * NR, args->next_stride, theta_at);
    epilogue_hidden(acc, m, n, args);
#ifdef DROPOUT
    if (args->dropout.on) {
        drop_tile(IN_NR_PANEL(args->delta, args->delta_stride, n) + m * NR, NV, 1, m, n, args->M, args->s_in,
                  &args->dropout);
    }
#endif
}

#ifdef DROPOUT
__kernel TILE void cpu_hidden_dropout(PARAMETERS(CPU_HIDDEN_DROPOUT_ARGUMENTS))
{
    const hidden_arguments args = GIVEN(CPU_HIDDEN_DROPOUT_ARGUMENTS);
    FIND_TILE(m, n, s_in);
    hidden_tile(m, n, &args);
}
#else
__kernel TILE void cpu_hidden(PARAMETERS(CPU_HIDDEN_ARGUMENTS))
{
    const hidden_arguments args = GIVEN(CPU_HIDDEN_ARGUMENTS);
    FIND_TILE(m, n, s_in);
    hidden_tile(m, n, &args);
}
#endif

#include "native_cpu/descend.cl"
#include "native_cpu/gather.cl"

#endif
