/* parts.cl - the gradient of small theta and many examples for CPUs, in parts of the examples.
 *
 * Where theta has few numbers, its gradient is summed up part by part, and the parts are added in their order. How many
 * there are depends on sizes alone (DESCEND_PARTS), so that any number of work-groups gets the same bits. A part is
 * whole panels of MR rows. So a member of the team of fused_steps.cl reads nothing of examples that another has worked
 * on, and that are in the other's cache.
 */
#include "native_cpu/layers.cl"

#define PARTS_OF(args) DESCEND_PARTS((args)->M, ((args)->s_in + 1) * (args)->s_out)

/* Where part p of `parts` begins, of M examples. */
INLINE size_t part_begin(const size_t p, const size_t parts, const size_t M)
{
    const size_t panels = (M + MR - 1) / MR, begin = panels * p / parts * MR;
    return begin < M ? begin : M;
}

/* acc = [a 1]^T delta over the examples from `begin` to end - 1, begin a multiple of MR: the tile at row i. */
INLINE void part_sums(REALV (*acc)[NV], const size_t begin, const size_t end, const size_t i, const size_t n,
                      const descend_arguments *args)
{
    __global const REAL *delta_at = IN_NR_PANEL(args->delta, args->delta_stride, n) + begin * NR;
    START_WITH_ZERO(acc);
    if (args->a_stride) {
        MULTIPLY_PANELS(acc, args->a + begin / MR * args->a_stride, args->a_stride, i, end - begin, delta_at);
    } else {
        MULTIPLY_EXAMPLES(acc, args->a + i, args->a_row, args->order, args->first + begin, end - begin, delta_at);
    }
}

/* The same sums with units in the rows of the tile, and the columns i to i + NR - 1 of [a 1] along the lanes: for as
 * many units as a tile has rows, and a in panels. */
INLINE void part_sums_by_units(REALV (*acc)[NV], const size_t begin, const size_t end, const size_t i,
                               const descend_arguments *args)
{
    __global const REAL *delta_at = args->delta + begin * NR;
    __global const REAL *panel = IN_MR_PANEL(args->a, args->a_stride, begin, i);
    START_WITH_ZERO(acc);
    for (size_t e = begin; e < end; e += MR, panel += args->a_stride) {
        const size_t rows = end - e < MR ? end - e : MR;
        KEEP_LOOP for (size_t at = 0; at < rows; at++, delta_at += NR) {
            REALV columns[NV];
            UNROLL for (int v = 0; v < NV; v++) columns[v] = LOADV(v * MR + at, panel);
            UNROLL for (int r = 0; r < MR; r++) {
                const REALV unit = SPLAT(delta_at[r]);
                UNROLL for (int v = 0; v < NV; v++) acc[r][v] = fma(unit, columns[v], acc[r][v]);
            }
        }
    }
}

/* Row i of the gradient^T, a vector or several, into theta, or stored; as the epilogues of descend.cl. */
INLINE void finish_row(const REALV *sums, const size_t i, const size_t n, const descend_arguments *args,
                       const update_state state)
{
    const size_t at = n / NR * args->theta_stride + i * NR;
    REAL row[NR];
    KEEP_LOOP for (size_t v = 0; v < NV; v++) {
        const bool needed = args->decay != ZERO || !args->gradient;
        const REALV old = needed ? LOADV(v, args->theta_t + at) : SPLAT(ZERO), slope = slope_of(sums[v], old, i, args);
        if (args->gradient) {
            STOREV(slope, v, args->gradient + at);
        } else {
            const REALV value = update_vector(old, slope, state, at + v * VW, &args->numbers, i == args->s_in);
            STOREV(value, v, args->theta_t + at);
            STOREV(value, v, row);
        }
    }
    if (args->gradient || !args->theta || i == args->s_in) return;
    __global REAL *copy = IN_NR_PANEL(args->theta, args->copy_stride, i) + n * NR;
    for (size_t j = 0; j < NR && n + j < args->s_out; j++) copy[j * NR] = row[j];
}

/* Data without its zeros: where the numbers and the examples of a panel of columns are that have not been added. */
typedef struct nonzeros {
    __global const REAL *value;
    __global const uint *index, *last;
} nonzeros;

/* part_sums for those of them that are before `end`. */
INLINE void part_of_nonzeros(REALV (*acc)[NV], nonzeros *rest, const size_t end, __global const REAL *delta_at)
{
    START_WITH_ZERO(acc);
    KEEP_LOOP for (; rest->index < rest->last && rest->index[0] < end; rest->index++, rest->value += MR) {
        MULTIPLY_ADD(acc, rest->value[r], delta_at + (size_t)rest->index[0] * NR);
    }
}

/* descend_tile of descend.cl for a sum in parts, one after the other. */
BODY descend_in_parts(const size_t i, const size_t n, const descend_arguments *args, const update_state state)
{
    const size_t parts = PARTS_OF(args);
    nonzeros rest = {args->a + i / MR * args->a_stride, 0, 0};
    REALV total[MR][NV];
    if (args->indices) {
        rest.index = args->indices + i / MR * args->a_row + 1;
        rest.last = rest.index + rest.index[-1];
    }
    for (size_t p = 0; p < parts; p++) {
        const size_t begin = part_begin(p, parts, args->M), end = part_begin(p + 1, parts, args->M);
        REALV acc[MR][NV];
        if (args->indices) {
            part_of_nonzeros(acc, &rest, end, IN_NR_PANEL(args->delta, args->delta_stride, n));
        } else {
            part_sums(acc, begin, end, i, n, args);
        }
        UNROLL for (int r = 0; r < MR; r++) {
            UNROLL for (int v = 0; v < NV; v++) total[r][v] = p == 0 ? acc[r][v] : total[r][v] + acc[r][v];
        }
    }
    KEEP_LOOP for (size_t r = 0; r < MR && i + r <= args->s_in; r++) finish_row(total[r], i + r, n, args, state);
}

/* Whether the sums of a layer have its units in the rows of their tiles. */
INLINE bool is_by_units(const descend_arguments *args)
{
    return NR >= MR && args->s_out <= MR && args->a_stride;
}

/* The sums of the examples begin to end - 1, tile by tile, into sums. Returns where those of the next layer begin. */
INLINE __global REAL *store_part(__global REAL *sums, const size_t begin, const size_t end,
                                 const descend_arguments *args)
{
    const bool by_units = is_by_units(args);
    const size_t tiles = DESCEND_TILES(args->s_in, args->s_out, MR, NR), across = (args->s_out + NR - 1) / NR;
    const size_t used = by_units ? (args->s_in + NR) / NR : tiles;
    for (size_t t = 0; t < used; t++) {
        __global REAL *to = sums + t * (MR * NR);
        REALV acc[MR][NV];
        if (by_units) {
            part_sums_by_units(acc, begin, end, t * NR, args);
        } else {
            part_sums(acc, begin, end, t / across * MR, t % across * NR, args);
        }
        UNROLL for (int r = 0; r < MR; r++) UNROLL for (int v = 0; v < NV; v++) STOREV(acc[r][v], r * NV + v, to);
    }
    return sums + tiles * (MR * NR);
}

/* Tile t of the layer whose sums are at sums, and part_stride further those of the next part: added, and what becomes
 * of them. */
INLINE void add_parts(__global const REAL *sums, const size_t part_stride, const size_t parts, const size_t t,
                      const descend_arguments *args, const update_state state)
{
    const bool by_units = is_by_units(args);
    const size_t across = (args->s_out + NR - 1) / NR, tile = MR * NR;
    if (by_units && t * NR > args->s_in) return; /* fewer tiles */
    REALV total[MR * NV];
    sums += t * tile;
    for (int k = 0; k < MR * NV; k++) total[k] = LOADV(k, sums);
    for (size_t p = 1; p < parts; p++) {
        sums += part_stride;
        UNROLL for (int k = 0; k < MR * NV; k++) total[k] += LOADV(k, sums);
    }
    if (!by_units) {
        const size_t i = t / across * MR, n = t % across * NR;
        KEEP_LOOP for (size_t r = 0; r < MR && i + r <= args->s_in; r++) {
            finish_row(total + r * NV, i + r, n, args, state);
        }
        return;
    }
    REAL units[MR * NR];
    KEEP_LOOP for (int k = 0; k < MR * NV; k++) STOREV(total[k], k, units);
    for (size_t i = t * NR; i < t * NR + NR && i <= args->s_in; i++) {
        REAL row[NR];
        REALV row_sums[NV];
        for (size_t j = 0; j < NR; j++) row[j] = j < args->s_out ? units[j * NR + i % NR] : ZERO;
        UNROLL for (int v = 0; v < NV; v++) row_sums[v] = LOADV(v, row);
        finish_row(row_sums, i, 0, args, state);
    }
}

BODY descend_tile_of(const size_t i, const size_t n, const descend_arguments *args, const update_state state)
{
    if (PARTS_OF(args) == 1) {
        descend_tile(i, n, args, state);
    } else if (i <= args->s_in) {
        descend_in_parts(i, n, args, state);
    }
}

__kernel TILE void cpu_descend(PARAMETERS(CPU_DESCEND_ARGUMENTS))
{
    const descend_arguments args = GIVEN(CPU_DESCEND_ARGUMENTS);
    const update_state state = STATE_OF(, );
    FIND_TILE(i, n, s_out);
    descend_tile_of(i, n, &args, state);
}
