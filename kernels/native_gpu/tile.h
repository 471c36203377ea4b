/* tile.h - the tiled product of the GPU family: load and multiply; result.h has what becomes of the sums.
 *
 * A work-group computes a tile of the result from tiles of both factors in local memory; see layers.cl.
 */
#ifndef CLMLP_GPU_TILE_H
#define CLMLP_GPU_TILE_H

#include "common/vector.h"

#if VW != 4
#error "VW must be 4: matrices are read in vectors of 4"
#endif

#define LOAD4(at) (*(SPACE const REALV *)(at))
#define LOCAL4(at) (*(__local REALV *)(at))

/* The first `count` numbers of a vector; of a matrix, and of a rule's state, which is never in local memory. */
#define DEFINE_STORE(name, space)                                           \
    INLINE void name(space REAL *to, const REALV v, const uint count)       \
    {                                                                       \
        if (count >= 4) {                                                   \
            *(space REALV *)to = v;                                         \
        } else {                                                            \
            to[0] = v.x;                                                    \
            if (count > 1) to[1] = v.y;                                     \
            if (count > 2) to[2] = v.z;                                     \
        }                                                                   \
    }
DEFINE_STORE(store_part, SPACE)
DEFINE_STORE(store_state, __global)

#if !defined GPU_UPDATE && !defined GPU_SUM

#if !defined TILE_M || !defined TILE_N || !defined TILE_K || !defined WORK_M || !defined WORK_N || !defined SPLIT
#error "TILE_M, TILE_N, TILE_K, WORK_M, WORK_N and SPLIT must be defined"
#endif
#if TILE_M % WORK_M != 0 || TILE_N % WORK_N != 0 || WORK_N % 4 != 0 || TILE_K % (4 * SPLIT) != 0 || TILE_M % 4 != 0
#error "tiles must be whole blocks, and blocks and slices whole vectors"
#endif

#define ACROSS (TILE_N / WORK_N)             /* work-items beside each other */
#define BLOCKS (TILE_M / WORK_M * ACROSS)    /* work-items that share a slice */
#define ITEMS (BLOCKS * SPLIT)
#define WORK_V (WORK_N / 4)
#define WORK (WORK_M * WORK_V)               /* vectors of the result that a work-item sums up */

#if ITEMS % (TILE_M / 4) != 0 || ITEMS % (TILE_N / 4) != 0
#error "work-items must fetch whole rows of a tile"
#endif

/* A tile in local memory: [TILE_K][extent], and PADDING behind every 4 rows. A transposed vector is stored to 4 rows,
 * K_LANES work-items beside each other to the same row of the matrix. With the padding, work-items that store together
 * meet all banks once: there are 32, of 4 bytes. */
#if TILE_K < 16
#define K_LANES (TILE_K / 4)
#else
#define K_LANES 4
#endif
#define PADDING (128 / (int)sizeof(REAL) / K_LANES)
#define FOUR(extent) (4 * (extent) + PADDING) /* numbers from 4 rows to the next 4 */
#define A_TILE (TILE_K / 4 * FOUR(TILE_M))
#define STEP (A_TILE + TILE_K / 4 * FOUR(TILE_N)) /* numbers of one step: a's tile, then b's */
#define SUMS (SPLIT > 1 ? SPLIT * TILE_M * TILE_N : 0)
#if TILE_M == WORK_M /* direct.h */
#define DIRECT
#define POOL (SUMS / 4)
#else
#define POOL ((2 * STEP > SUMS ? 2 * STEP : SUMS) / 4) /* local vectors */
#endif
#define FETCHES(extent) (((extent) * TILE_K / 4 + ITEMS - 1) / ITEMS) /* vectors of a tile for each work-item */
#define SPARE(extent) ((extent) * TILE_K / 4 % ITEMS != 0) /* whether some work-items have none in the last fetch */

/* -D FOURS_APART: the loop over a slice is not unrolled. Compilers that load all of a slice before they multiply run
 * out of registers. */
#ifdef FOURS_APART
#define UNROLL_FOURS _Pragma("unroll 1")
#else
#define UNROLL_FOURS _Pragma("unroll")
#endif

/* -D ANY_GROUP: NVIDIA's assembler ignores a limit of registers beside a size of work-groups. */
#ifdef ANY_GROUP
#define GROUP
#else
#define GROUP __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
#endif

/* -D CLMLP_FMA: the host found CL_FP_FMA. Most compilers leave FP_FAST_FMAF undefined on devices that have an fma.
 * The bounds hold for both: an fma rounds once where a product and a sum round twice. */
#ifdef CLMLP_FMA
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

INLINE uint row_number(__global const uint *order, const uint first, const uint r)
{
    return order ? order[first + r] : first + r;
}

/* Of the work-item, within its slice: of all where there is one slice, which not all compilers see. */
#define BLOCK (SPLIT > 1 ? (uint)get_local_id(0) % BLOCKS : (uint)get_local_id(0))
#define SLICE (SPLIT > 1 ? (uint)get_local_id(0) / BLOCKS : 0)

/* --- the factors of a product: where the tile's numbers are in each --------------------------------------------- */

typedef struct factor {
    SPACE const REALV *matrix;
    uint row; /* vectors from one row to the next */
    __global const uint *order;
    uint first;       /* which rows: as row_number has it */
    uint from, limit; /* the first row of the result's tile (of b: column), and how many the result has */
    bool along_k;     /* rows lie along k, and are transposed into local memory; else there is a row for each k */
} factor;

#define FACTOR(matrix, row, order, first, from, limit, along_k) \
    {(SPACE const REALV *)(matrix), (uint)(row) / 4, order, (uint)(first), from, (uint)(limit), along_k}

/* Where a work-item's vectors of a factor are: numbers of vectors of the matrix, which fit in 32 bits. */
typedef struct source {
    uint at[FETCHES(TILE_M > TILE_N ? TILE_M : TILE_N)];   /* in the tile at k 0; of rows in an order, their columns */
    uint rows[FETCHES(TILE_M > TILE_N ? TILE_M : TILE_N)]; /* in an order, one for each k: those of the next tile */
} source;

/* Which vector of a tile is fetch f of this work-item. Where there are less, some are fetched twice. */
INLINE uint vector_of(const uint f, const uint extent)
{
    const uint i = (uint)get_local_id(0) + f * ITEMS;
    return SPARE(extent) ? i % (extent * TILE_K / 4) : i;
}

/* Its row in a matrix along k, and which 4 k are in it. */
INLINE uint along_row(const uint i, const uint extent)
{
    return i / K_LANES % extent;
}

INLINE uint along_fours(const uint i, const uint extent)
{
    return i / (K_LANES * extent) * K_LANES + i % K_LANES;
}

/* Rows and columns beyond the last are read as others; what becomes of them is not stored. k0: of the last tile. */
INLINE void find(source *s, const factor *m, const uint extent, const uint k0, const uint K)
{
    const uint t = get_local_id(0), c = m->from + t % (extent / 4) * 4, column = (c < m->limit ? c : 0) / 4;
#pragma unroll
    for (uint f = 0; f < FETCHES(extent); f++) {
        const uint i = vector_of(f, extent), r = m->from + along_row(i, extent), k = i / (extent / 4);
        if (m->along_k) {
            const uint row = row_number(m->order, m->first, r < m->limit ? r : m->limit - 1);
            s->at[f] = row * m->row + along_fours(i, extent);
        } else if (m->order) {
            s->at[f] = column;
            s->rows[f] = m->order[m->first + (k0 + k < K ? k0 + k : K - 1)];
        } else {
            s->at[f] = (m->first + k) * m->row + column;
        }
    }
}

/* Vector f of the tile from k0 on. */
INLINE REALV vector_at(const source *s, const factor *m, const uint f, const uint k0)
{
    if (m->along_k) return m->matrix[s->at[f] + k0 / 4];
    return m->matrix[s->at[f] + (m->order ? s->rows[f] : k0) * m->row];
}

/* The vectors of the tile from k0 on, which is within K; and the rows of the tile before it. */
INLINE void fetch(REALV *next, source *s, const factor *m, const uint extent, const uint k0)
{
    const uint before = k0 != 0 ? k0 - TILE_K : 0;
#pragma unroll
    for (uint f = 0; f < FETCHES(extent); f++) {
        next[f] = vector_at(s, m, f, k0);
        if (!m->along_k && m->order) s->rows[f] = m->order[m->first + before + vector_of(f, extent) / (extent / 4)];
    }
}

/* The same of the last tile, with 0 beyond K. */
INLINE void fetch_last(REALV *next, source *s, const factor *m, const uint extent, const uint k0, const uint K)
{
#pragma unroll
    for (uint f = 0; f < FETCHES(extent); f++) {
        const uint i = vector_of(f, extent);
        if (m->along_k) {
            const uint k = k0 + 4 * along_fours(i, extent);
            REALV v = k < K ? vector_at(s, m, f, k0) : SPLAT(ZERO);
            v.y = k + 1 < K ? v.y : ZERO;
            v.z = k + 2 < K ? v.z : ZERO;
            v.w = k + 3 < K ? v.w : ZERO;
            next[f] = v;
        } else {
            const uint k = k0 + i / (extent / 4);
            next[f] = k < K ? vector_at(s, m, f, k0) : SPLAT(ZERO);
            const uint before = k0 != 0 ? k - TILE_K : k;
            if (m->order) s->rows[f] = m->order[m->first + (before < K ? before : K - 1)];
        }
    }
}

INLINE void put(__local REAL *tile, const REALV *next, const bool along_k, const uint extent)
{
#pragma unroll
    for (uint f = 0; f < FETCHES(extent); f++) {
        const uint i = (uint)get_local_id(0) + f * ITEMS;
        if (SPARE(extent) && i >= extent * TILE_K / 4) continue;
        if (along_k) {
            __local REAL *to = tile + along_fours(i, extent) * FOUR(extent) + along_row(i, extent);
            to[0] = next[f].x;
            to[extent] = next[f].y;
            to[2 * extent] = next[f].z;
            to[3 * extent] = next[f].w;
        } else {
            const uint k = i / (extent / 4), column = i % (extent / 4) * 4;
            LOCAL4(tile + k / 4 * FOUR(extent) + k % 4 * extent + column) = next[f];
        }
    }
}

/* The work-group's tile of the result. A launch may be a part of the NDRange (opencl/pace.c), and group numbers begin
 * at 0 in each. This one does not differ between work-items, and compilers see that. */
#define GROUP_ROW ((uint)((get_global_id(0) - get_local_id(0)) / ITEMS))
#define TILE_ROW (GROUP_ROW * TILE_M)
#define TILE_COLUMN ((uint)get_global_id(1) * TILE_N) /* a group is one work-item high */

/* --- the product ------------------------------------------------------------------------------------------- */

INLINE void clear(REALV *acc)
{
#pragma unroll
    for (uint i = 0; i < WORK; i++) acc[i] = SPLAT(ZERO);
}

/* acc += the products of 4 rows of local memory, which a and b point to. */
INLINE void multiply_four(REALV *acc, __local const REAL *a, __local const REAL *b)
{
#pragma unroll
    for (uint k = 0; k < 4; k++) {
        REAL a_k[WORK_M];
        REALV b_k[WORK_V];
#if WORK_M % 4 == 0
#pragma unroll
        for (uint r = 0; r < WORK_M; r += 4) {
            const REALV four = LOCAL4(a + k * TILE_M + r);
            a_k[r] = four.x;
            a_k[r + 1] = four.y;
            a_k[r + 2] = four.z;
            a_k[r + 3] = four.w;
        }
#else
#pragma unroll
        for (uint r = 0; r < WORK_M; r++) a_k[r] = a[k * TILE_M + r];
#endif
#pragma unroll
        for (uint v = 0; v < WORK_V; v++) b_k[v] = LOCAL4(b + k * TILE_N + v * ACROSS * 4);
#pragma unroll
        for (uint i = 0; i < WORK; i++) {
            acc[i] = MULTIPLY_ADD(SPLAT(a_k[i / WORK_V]), b_k[i % WORK_V], acc[i]);
        }
    }
}

/* acc += this work-item's slice of one step. */
INLINE void multiply_step(REALV *acc, __local const REAL *step)
{
    const uint fours = TILE_K / SPLIT / 4;
    __local const REAL *a = step + SLICE * fours * FOUR(TILE_M) + BLOCK / ACROSS * WORK_M;
    __local const REAL *b = step + A_TILE + SLICE * fours * FOUR(TILE_N) + BLOCK % ACROSS * 4;
    UNROLL_FOURS
    for (uint i = 0; i < fours; i++) multiply_four(acc, a + i * FOUR(TILE_M), b + i * FOUR(TILE_N));
}

/* A column's sums of b: of what this work-item fetches. */
INLINE void add_columns(REALV *columns, const REALV *next)
{
#pragma unroll
    for (uint f = 0; f < FETCHES(TILE_N); f++) {
        if (!SPARE(TILE_N) || get_local_id(0) + f * ITEMS < TILE_N * TILE_K / 4) *columns += next[f];
    }
}

/* acc = a b over the steps from first_step to before end_step, of TILE_K each, of K in all. They are taken from the
 * last to the first, so that what lies beyond K is met before the loop. columns: sums of b's columns, or 0. Every
 * work-item of the group gets here, with the same steps. Ends behind a barrier. */
INLINE void multiply(REALV *acc, REALV *columns, __local REAL *pool, const factor *a, const factor *b, const uint K,
                     const uint first_step, const uint end_step)
{
    REALV a_next[FETCHES(TILE_M)], b_next[FETCHES(TILE_N)];
    source a_source, b_source;
    uint half_step = 0, k0 = (end_step - 1) * TILE_K;
    const uint last_k = first_step * TILE_K;
    find(&a_source, a, TILE_M, k0, K);
    find(&b_source, b, TILE_N, k0, K);
    clear(acc);
    fetch_last(a_next, &a_source, a, TILE_M, k0, K);
    fetch_last(b_next, &b_source, b, TILE_N, k0, K);
    if (columns) *columns = SPLAT(ZERO);
    if (columns) add_columns(columns, b_next);
    put(pool, a_next, a->along_k, TILE_M);
    put(pool + A_TILE, b_next, b->along_k, TILE_N);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (bool more = true; more;) {
        more = k0 > last_k;
        if (more) {
            k0 -= TILE_K;
            fetch(a_next, &a_source, a, TILE_M, k0);
            fetch(b_next, &b_source, b, TILE_N, k0);
        }
        multiply_step(acc, pool + half_step);
        half_step = STEP - half_step;
        if (more) {
            put(pool + half_step, a_next, a->along_k, TILE_M);
            put(pool + half_step + A_TILE, b_next, b->along_k, TILE_N);
            if (columns) add_columns(columns, b_next);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* Steps of a sum over K. */
#define STEPS_OF(K) (((K) + TILE_K - 1) / TILE_K)

#endif

#endif
