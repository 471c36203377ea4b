/* descend.cl - for CPUs: the gradient of theta, with the update in its last store, and the update by itself.
 *
 * Layout and tiles are those of layers.cl, which includes this file.
 */

/* What is to be done with a sum of [a 1]^T delta, and with what: gradient^T = scale sum + decay theta^T without
 * its last row, and then
 *   gradient 0: update, theta^T and its state by the update rule, and theta^T into theta [s_out x s_in] where there is
 *               one
 *   else: gradient, stored, laid out as theta^T. */
typedef struct descend_arguments STRUCT_OF(CPU_DESCEND_ARGUMENTS) descend_arguments;

/* acc += [a 1]^T delta over M examples, for MR columns of a and a panel of delta. */
#define MULTIPLY_EXAMPLES(acc, a_at, a_row, order, first, M, delta_at)                           \
    if (order) {                                                                                 \
        EACH_STEP(2, e, 0, M,                                                                    \
                  MULTIPLY_NEXT(acc, (a_at)[order[(first) + e] * (a_row) + r], (delta_at) + e * NR)); \
    } else {                                                                                     \
        __global const REAL *a_first = (a_at) + (first) * (a_row);                               \
        EACH_STEP(4, e, 0, M, MULTIPLY_NEXT(acc, a_first[e * (a_row) + r], (delta_at) + e * NR)); \
    }

/* The same for a panel of MR columns, an example after the other. */
#define MULTIPLY_COLUMNS(acc, columns, M, delta_at) \
    EACH_STEP(4, k, 0, M, MULTIPLY_NEXT(acc, (columns)[k * MR + r], (delta_at) + k * NR))

/* The same for a in panels of MR rows, where MR columns side by side lie in one slice or in several. */
#define MULTIPLY_PANELS(acc, a, a_stride, i, M, delta_at)                                        \
    do {                                                                                         \
        __global const REAL *columns[MR], *delta_part = (delta_at);                              \
        size_t panel_at = 0, left = (M);                                                         \
        UNROLL for (int r = 0; r < MR; r++) columns[r] = (a) + ((i) + r) / VW * (MR * VW) + ((i) + r) % VW; \
        KEEP_LOOP for (; left >= MR; left -= MR, panel_at += (a_stride), delta_part += MR * NR) { \
            UNROLL for (int e = 0; e < MR; e++) {                                                \
                MULTIPLY_NEXT(acc, columns[r][panel_at + e * VW], delta_part + e * NR);          \
            }                                                                                    \
        }                                                                                        \
        KEEP_LOOP for (; left > 0; left--, panel_at += VW, delta_part += NR) {                   \
            MULTIPLY_ADD(acc, columns[r][panel_at], delta_part);                                 \
        }                                                                                        \
    } while (0)

/* theta of one vector, at number `at` of theta^T, and its state, by the update rule. */
INLINE REALV update_vector(const REALV theta, const REALV slope, const update_state state, const size_t at,
                           const update_numbers *numbers, const bool bias)
{
    REALV values[UPDATE_STATES + 1];
    UNROLL for (int k = 0; k < UPDATE_STATES; k++) values[k] = LOADV(0, state.of[k] + at);
    const REALV result = updated_v(theta, slope, values, numbers, bias);
    UNROLL for (int k = 0; k < UPDATE_STATES; k++) STOREV(values[k], 0, state.of[k] + at);
    return result;
}

/* The gradient of row i and a vector, of which `old` is theta. */
INLINE REALV slope_of(const REALV sum, const REALV old, const size_t i, const descend_arguments *args)
{
    REALV slope = sum * SPLAT(args->scale);
    if (i < args->s_in) slope += SPLAT(args->decay) * old;
    return slope;
}

INLINE void epilogue_gradient(REALV (*acc)[NV], const size_t i, const size_t n, const descend_arguments *args)
{
    const size_t at = n / NR * args->theta_stride + i * NR;
    UNROLL for (int r = 0; r < MR; r++) {
        if (i + r > args->s_in) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            /* a tile's part of theta is in no cache: to read it takes as long as some of the product */
            const REALV old = args->decay != ZERO ? LOADV(v, args->theta_t + at + r * NR) : SPLAT(ZERO);
            STOREV(slope_of(acc[r][v], old, i + r, args), v, args->gradient + at + r * NR);
        }
    }
}

/* As many of MR rows as lie side by side in a panel of NR columns, whatever the tile. */
#if MR % 4 == 0
#define SIDE_BY_SIDE 4
#elif MR % 2 == 0
#define SIDE_BY_SIDE 2
#else
#define SIDE_BY_SIDE 1
#endif
#if SIDE_BY_SIDE == 1
#define COPY_PART(from, to) (*(to) = *(from))
#else
#define COPY_PART(from, to) JOIN(vstore, SIDE_BY_SIDE)(JOIN(vload, SIDE_BY_SIDE)(0, from), 0, to)
#endif

/* Rows r to r + VW - 1 of a tile, or to its end, none of them the bias, and vector v, into theta. */
INLINE void copy_square(REALV (*acc)[NV], const int r, const int v, const size_t i, const size_t n,
                        const descend_arguments *args)
{
    REALV square[VW];
    UNROLL for (int k = 0; k < VW; k++) square[k] = acc[r + k < MR ? r + k : MR - 1][v];
    transpose(square);
    UNROLL for (int j = 0; j < VW; j++) {
        REAL column[VW];
        if (n + v * VW + j >= args->s_out) continue;
        STOREV(square[j], 0, column);
        UNROLL for (int k = 0; k < VW && r + k < MR; k += SIDE_BY_SIDE) {
            COPY_PART(column + k, IN_NR_PANEL(args->theta, args->copy_stride, i + r + k) + (n + v * VW + j) * NR);
        }
    }
}

/* Theta [s_out x s_in] has the tile's rows and columns exchanged. */
INLINE void copy_theta(REALV (*acc)[NV], const size_t i, const size_t n, const descend_arguments *args)
{
    if (i + MR <= args->s_in) {
        UNROLL for (int r = 0; r < MR; r += VW) {
            UNROLL for (int v = 0; v < NV; v++) copy_square(acc, r, v, i, n, args);
        }
        return;
    }
    UNROLL for (int r = 0; r < MR; r++) {
        REAL column[NR];
        if (i + r >= args->s_in) continue;
        __global REAL *copy = IN_NR_PANEL(args->theta, args->copy_stride, i + r) + n * NR;
        UNROLL for (int v = 0; v < NV; v++) STOREV(acc[r][v], v, column);
        UNROLL for (int j = 0; j < NR; j++) {
            if (n + j < args->s_out) copy[j * NR] = column[j];
        }
    }
}

INLINE void epilogue_update(REALV (*acc)[NV], const size_t i, const size_t n, const descend_arguments *args,
                            const update_state state)
{
    const size_t at = n / NR * args->theta_stride + i * NR;
    UNROLL for (int r = 0; r < MR; r++) {
        if (i + r > args->s_in) continue;
        UNROLL for (int v = 0; v < NV; v++) {
            const REALV old = LOADV(v, args->theta_t + at + r * NR), slope = slope_of(acc[r][v], old, i + r, args);
            const bool bias = i + r == args->s_in;
            acc[r][v] = update_vector(old, slope, state, at + r * NR + v * VW, &args->numbers, bias);
            STOREV(acc[r][v], v, args->theta_t + at + r * NR);
        }
    }
    if (args->theta) copy_theta(acc, i, n, args);
}

/* What an epilogue will read and write. */
INLINE void fetch_theta(const size_t i, const size_t n, const descend_arguments *args)
{
    __global REAL *to = args->gradient ? args->gradient : args->theta_t;
    FETCH_TILE(to + n / NR * args->theta_stride + i * NR, 1);
}

/* The tile of descend_tile from a panel of columns. In a function of its own, without which compilers (PoCL's) make the
 * others slower. */
__attribute__((noinline)) static void descend_columns(const size_t i, const size_t n, const descend_arguments *args,
                                                      const update_state state)
{
    REALV acc[MR][NV];
    fetch_theta(i, n, args);
    START_WITH_ZERO(acc);
    MULTIPLY_COLUMNS(acc, args->columns + i / MR * args->columns_stride, args->M,
                     IN_NR_PANEL(args->delta, args->delta_stride, n));
    if (args->gradient) {
        epilogue_gradient(acc, i, n, args);
    } else {
        epilogue_update(acc, i, n, args, state);
    }
}

/* The rows of the product are the s_in + 1 columns of [a 1]; each tile owns its part of theta. */
BODY descend_tile(const size_t i, const size_t n, const descend_arguments *args, const update_state state)
{
    if (i > args->s_in) return;
    if (args->columns) {
        descend_columns(i, n, args, state);
        return;
    }
    __global const uint *indices = args->indices ? args->indices + i / MR * args->a_row : 0;
    if (indices && UPDATE_CAN_SKIP && indices[0] == 0 && args->decay == ZERO && !args->gradient) return;
    __global const REAL *delta_at = IN_NR_PANEL(args->delta, args->delta_stride, n);
    REALV acc[MR][NV];
    fetch_theta(i, n, args);
    START_WITH_ZERO(acc);
    if (indices) {
        MULTIPLY_NONZEROS(acc, args->a + i / MR * args->a_stride, indices, delta_at);
    } else if (args->a_stride) {
        MULTIPLY_PANELS(acc, args->a, args->a_stride, i, args->M, delta_at);
    } else {
        MULTIPLY_EXAMPLES(acc, args->a + i, args->a_row, args->order, args->first, args->M, delta_at);
    }
    if (args->gradient) {
        epilogue_gradient(acc, i, n, args);
    } else {
        epilogue_update(acc, i, n, args, state);
    }
}

/* theta^T and its state by the update rule, and theta, from a gradient that was stored; the lambda term is added to it
 * where decay is not 0. A panel of theta^T is one stretch of memory, and so is what NR rows of it are in theta.
 * Work-groups: blocks of NR rows x panels. */
typedef struct update_arguments STRUCT_OF(CPU_UPDATE_ARGUMENTS) update_arguments;

/* Vector v of row i of the panel at column n. Padding moves by 0. */
INLINE REALV update_stored(const size_t i, const size_t n, const size_t v, const update_arguments *args,
                           const update_state state)
{
    const size_t at = n / NR * args->theta_stride + i * NR + v * VW;
    const REALV old = LOADV(0, args->theta_t + at), given = LOADV(0, args->gradient + at);
    REALV change = COLUMN(n, v) < SPLAT((REAL)args->s_out) ? given : SPLAT(ZERO);
    if (args->decay != ZERO && i < args->s_in) change += SPLAT(args->decay) * old;
    const REALV value = update_vector(old, change, state, at, &args->numbers, i == args->s_in);
    STOREV(value, 0, args->theta_t + at);
    return value;
}

/* A square of VW rows from i on, none of them the bias, and vector v: into theta with rows and columns exchanged. */
INLINE void update_square(const size_t i, const size_t n, const size_t v, const update_arguments *args,
                          const update_state state)
{
    REALV square[VW];
    UNROLL for (size_t r = 0; r < VW; r++) square[r] = update_stored(i + r, n, v, args, state);
    if (!args->theta) return;
    __global REAL *copy = IN_NR_PANEL(args->theta, args->copy_stride, i) + (n + v * VW) * NR;
    transpose(square);
    UNROLL for (size_t j = 0; j < VW; j++) {
        if (n + v * VW + j < args->s_out) STOREV(square[j], 0, copy + j * NR);
    }
}

/* One row, where VW of them are no whole square. */
INLINE void update_row(const size_t i, const size_t n, const size_t v, const update_arguments *args,
                       const update_state state)
{
    REAL row[VW];
    STOREV(update_stored(i, n, v, args, state), 0, row);
    if (!args->theta || i == args->s_in) return;
    __global REAL *copy = IN_NR_PANEL(args->theta, args->copy_stride, i) + (n + v * VW) * NR;
    for (size_t j = 0; j < VW; j++) {
        if (n + v * VW + j < args->s_out) copy[j * NR] = row[j];
    }
}

__kernel TILE void cpu_update(PARAMETERS(CPU_UPDATE_ARGUMENTS))
{
    const update_arguments args = GIVEN(CPU_UPDATE_ARGUMENTS);
    const update_state state = STATE_OF(, );
    const size_t first = GROUP(0) * NR, end = first + NR < s_in + 1 ? first + NR : s_in + 1, n = GROUP(1) * NR;
    size_t i = first;
    KEEP_LOOP for (; i + VW <= end && i + VW <= s_in; i += VW) {
        KEEP_LOOP for (size_t v = 0; v < NV; v++) update_square(i, n, v, &args, state);
    }
    KEEP_LOOP for (; i < end; i++) {
        KEEP_LOOP for (size_t v = 0; v < NV; v++) update_row(i, n, v, &args, state);
    }
}
