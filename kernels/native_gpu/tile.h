/* tile.h - the tiled product of the GPU family: load, multiply, store.
 *
 * A work-group computes a tile of the result from tiles of both factors in local memory; see layers.cl.
 */
#ifndef CLMLP_GPU_TILE_H
#define CLMLP_GPU_TILE_H

#include "common/vector.h"

#if VW != 4
#error "VW must be 4: matrices are read in vectors of 4"
#endif

#define LOAD4(at) (*(__global const REALV *)(at))
#define LOCAL4(at) (*(__local REALV *)(at))

/* The first `count` numbers of a vector. */
INLINE void store_part(__global REAL *to, const REALV v, const uint count)
{
    if (count >= 4) {
        *(__global REALV *)to = v;
    } else {
        to[0] = v.x;
        if (count > 1) to[1] = v.y;
        if (count > 2) to[2] = v.z;
    }
}

#ifndef GPU_UPDATE

#if !defined TILE_M || !defined TILE_N || !defined TILE_K || !defined WORK_M || !defined WORK_N || \
    !defined SPLIT || !defined PAD
#error "TILE_M, TILE_N, TILE_K, WORK_M, WORK_N, SPLIT and PAD must be defined"
#endif
#if TILE_M % WORK_M != 0 || TILE_N % WORK_N != 0 || WORK_N % 4 != 0 || TILE_K % (4 * SPLIT) != 0 || TILE_M % 4 != 0 || \
    PAD % 4 != 0
#error "tiles must be whole blocks, and blocks, slices and padding whole vectors"
#endif

#define ACROSS (TILE_N / WORK_N)             /* work-items beside each other */
#define BLOCKS (TILE_M / WORK_M * ACROSS)    /* work-items that share a slice */
#define ITEMS (BLOCKS * SPLIT)
#define WORK_V (WORK_N / 4)
#define A_ROW (TILE_M + PAD)
#define B_ROW (TILE_N + PAD)
#define STEP (TILE_K * (A_ROW + B_ROW))      /* local numbers of one step: a's tile, then b's, both [k][m or n] */
#define SUMS (SPLIT > 1 ? SPLIT * TILE_M * TILE_N : 0)
#define POOL ((2 * STEP > SUMS ? 2 * STEP : SUMS) / 4) /* local vectors */
#define A_VECTORS (TILE_M * TILE_K / 4)
#define B_VECTORS (TILE_N * TILE_K / 4)
#define A_FETCHES ((A_VECTORS + ITEMS - 1) / ITEMS)
#define B_FETCHES ((B_VECTORS + ITEMS - 1) / ITEMS)
#define RESULTS ((TILE_M * TILE_N / 4 + ITEMS - 1) / ITEMS) /* vectors of the result for each work-item to store */

#define GROUP __attribute__((reqd_work_group_size(ITEMS, 1, 1)))

/* -D CLMLP_FMA: the host found CL_FP_FMA. Most compilers leave FP_FAST_FMAF undefined on devices that have an fma.
 * The bounds hold for both: an fma rounds once where a product and a sum round twice. */
#ifdef CLMLP_FMA
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

INLINE size_t row_number(__global const uint *order, const ulong first, const uint r)
{
    return order ? (size_t)order[first + r] : (size_t)first + r;
}

/* --- matrices whose rows lie along k: vector i of a tile is in row i / (TILE_K / 4), and is transposed when it
 * is put into local memory -------------------------------------------------------------------------------- */

/* Rows beyond the last are read as the last; what becomes of them is not stored. */
INLINE void find_rows(__global const REAL **at, const uint fetches, __global const REAL *a, const ulong row,
               __global const uint *order, const ulong first, const uint from, const uint rows)
{
#pragma unroll
    for (uint f = 0; f < fetches; f++) {
        const uint r = from + (get_local_id(0) + f * ITEMS) / (TILE_K / 4);
        at[f] = a + row_number(order, first, r < rows ? r : rows - 1) * row;
    }
}

INLINE void fetch_along_k(REALV *next, __global const REAL *const *at, const uint fetches, const uint k0, const uint K)
{
#pragma unroll
    for (uint f = 0; f < fetches; f++) {
        const uint k = k0 + (get_local_id(0) + f * ITEMS) % (TILE_K / 4) * 4;
        REALV v = LOAD4(at[f] + (k < K ? k : 0));
        if (k0 + TILE_K > K) {
            v.x = k < K ? v.x : ZERO;
            v.y = k + 1 < K ? v.y : ZERO;
            v.z = k + 2 < K ? v.z : ZERO;
            v.w = k + 3 < K ? v.w : ZERO;
        }
        next[f] = v;
    }
}

INLINE void put_along_k(__local REAL *tile, const uint row, const REALV *next, const uint fetches, const uint vectors)
{
#pragma unroll
    for (uint f = 0; f < fetches; f++) {
        const uint i = get_local_id(0) + f * ITEMS, k = i % (TILE_K / 4) * 4;
        if (vectors % ITEMS != 0 && i >= vectors) continue;
        __local REAL *to = tile + k * row + i / (TILE_K / 4);
        to[0] = next[f].x;
        to[row] = next[f].y;
        to[2 * row] = next[f].z;
        to[3 * row] = next[f].w;
    }
}

/* --- matrices with a row for each k: vector i of a tile [TILE_K x width] is in row i / (width / 4) ---------- */

INLINE void fetch_at_k(REALV *next, const uint fetches, const uint width, __global const REAL *b, const ulong row,
                __global const uint *order, const ulong first, const uint from, const uint columns, const uint k0,
                const uint K)
{
#pragma unroll
    for (uint f = 0; f < fetches; f++) {
        const uint i = get_local_id(0) + f * ITEMS, k = k0 + i / (width / 4), c = from + i % (width / 4) * 4;
        const REALV v = LOAD4(b + row_number(order, first, k < K ? k : K - 1) * row + (c < columns ? c : 0));
        next[f] = k < K ? v : SPLAT(ZERO);
    }
}

INLINE void put_at_k(__local REAL *tile, const uint row, const REALV *next, const uint fetches, const uint width)
{
#pragma unroll
    for (uint f = 0; f < fetches; f++) {
        const uint i = get_local_id(0) + f * ITEMS;
        if (width * TILE_K / 4 % ITEMS != 0 && i >= width * TILE_K / 4) continue;
        LOCAL4(tile + i / (width / 4) * row + i % (width / 4) * 4) = next[f];
    }
}

/* --- the factors of a product: where the tile's numbers are in each --------------------------------------------- */

/* Which way its kernel reads each factor. */
#ifdef GPU_DESCEND
#define A_ALONG_K 0
#else
#define A_ALONG_K 1
#endif
#ifdef GPU_HIDDEN
#define B_ALONG_K 1
#else
#define B_ALONG_K 0
#endif

typedef struct factor {
    __global const REAL *matrix;
    ulong row; /* numbers from one row to the next */
    __global const uint *order;
    ulong first;      /* which rows: as row_number has it */
    uint from, limit; /* the first row of the result's tile (of b: column), and how many the result has */
} factor;

/* The work-group's tile of the result. */
/* Which work-group of the whole NDRange this is, of which a launch may be a part (opencl/pace.c): group numbers begin
 * at 0 in each part. It does not differ between work-items, and compilers see that. */
#define GROUP_ROW ((uint)((get_global_id(0) - get_local_id(0)) / ITEMS))
#define TILE_ROW (GROUP_ROW * TILE_M)
#define TILE_COLUMN ((uint)get_global_id(1) * TILE_N) /* a group is one work-item high */

INLINE void find(__global const REAL **at, const uint fetches, const factor *f)
{
    find_rows(at, fetches, f->matrix, f->row, f->order, f->first, f->from, f->limit);
}

INLINE void fetch_at(REALV *next, const uint fetches, const uint width, const factor *f, const uint k0, const uint K)
{
    fetch_at_k(next, fetches, width, f->matrix, f->row, f->order, f->first, f->from, f->limit, k0, K);
}

#if A_ALONG_K
#define FIND_A(a) __global const REAL *a_at[A_FETCHES]; find(a_at, A_FETCHES, &(a))
#define FETCH_A(a, k, K) fetch_along_k(a_next, a_at, A_FETCHES, k, K)
#define PUT_A(step) put_along_k(step, A_ROW, a_next, A_FETCHES, A_VECTORS)
#else
#define FIND_A(a)
#define FETCH_A(a, k, K) fetch_at(a_next, A_FETCHES, TILE_M, &(a), k, K)
#define PUT_A(step) put_at_k(step, A_ROW, a_next, A_FETCHES, TILE_M)
#endif
#if B_ALONG_K
#define FIND_B(b) __global const REAL *b_at[B_FETCHES]; find(b_at, B_FETCHES, &(b))
#define FETCH_B(b, k, K) fetch_along_k(b_next, b_at, B_FETCHES, k, K)
#define PUT_B(step) put_along_k((step) + TILE_K * A_ROW, B_ROW, b_next, B_FETCHES, B_VECTORS)
#else
#define FIND_B(b)
#define FETCH_B(b, k, K) fetch_at(b_next, B_FETCHES, TILE_N, &(b), k, K)
#define PUT_B(step) put_at_k((step) + TILE_K * A_ROW, B_ROW, b_next, B_FETCHES, TILE_N)
#endif

/* --- the product ------------------------------------------------------------------------------------------- */

INLINE void clear(REALV *acc)
{
#pragma unroll
    for (uint i = 0; i < WORK_M * WORK_V; i++) acc[i] = SPLAT(ZERO);
}

/* acc += this work-item's slice of one step. */
INLINE void multiply_step(REALV *acc, __local REAL *step)
{
    const uint t = get_local_id(0), slice = t / BLOCKS * (TILE_K / SPLIT);
    __local REAL *a = step + slice * A_ROW + t % BLOCKS / ACROSS * WORK_M;
    __local REAL *b = step + TILE_K * A_ROW + slice * B_ROW + t % ACROSS * 4;
#pragma unroll
    for (uint k = 0; k < TILE_K / SPLIT; k++) {
        REAL a_k[WORK_M];
        REALV b_k[WORK_V];
#if WORK_M % 4 == 0
#pragma unroll
        for (uint r = 0; r < WORK_M; r += 4) {
            const REALV four = LOCAL4(a + k * A_ROW + r);
            a_k[r] = four.x;
            a_k[r + 1] = four.y;
            a_k[r + 2] = four.z;
            a_k[r + 3] = four.w;
        }
#else
#pragma unroll
        for (uint r = 0; r < WORK_M; r++) a_k[r] = a[k * A_ROW + r];
#endif
#pragma unroll
        for (uint v = 0; v < WORK_V; v++) b_k[v] = LOCAL4(b + k * B_ROW + v * ACROSS * 4);
#pragma unroll
        for (uint i = 0; i < WORK_M * WORK_V; i++) {
            acc[i] = MULTIPLY_ADD(SPLAT(a_k[i / WORK_V]), b_k[i % WORK_V], acc[i]);
        }
    }
}

/* The next tiles from k on, into registers; and from there into local memory. */
#define FETCH(a, b, k, K) do { FETCH_A(a, k, K); FETCH_B(b, k, K); } while (0)
#define PUT(step) do { PUT_A(step); PUT_B(step); } while (0)

/* acc = a b over K, two factors. Every work-item of the group gets here, and K is the same for all. Ends behind a
 * barrier. */
#define MULTIPLY(acc, pool, a, b, K)                                     \
    do {                                                                 \
        REALV a_next[A_FETCHES], b_next[B_FETCHES];                      \
        uint half_ = 0;                                                  \
        FIND_A(a);                                                       \
        FIND_B(b);                                                       \
        clear(acc);                                                      \
        FETCH(a, b, 0, K);                                               \
        PUT(pool);                                                       \
        barrier(CLK_LOCAL_MEM_FENCE);                                    \
        for (uint k0_ = 0; k0_ < (K); k0_ += TILE_K) {                   \
            const int more_ = k0_ + TILE_K < (K);                        \
            if (more_) FETCH(a, b, k0_ + TILE_K, K);                     \
            multiply_step(acc, (pool) + half_ * STEP);                   \
            half_ ^= 1;                                                  \
            if (more_) PUT((pool) + half_ * STEP);                       \
            barrier(CLK_LOCAL_MEM_FENCE);                                \
        }                                                                \
        SHARE(acc, pool);                                                \
    } while (0)

/* Where a work-item's i-th block of acc is in the tile. */
INLINE uint block_row(const uint i)
{
    return get_local_id(0) % BLOCKS / ACROSS * WORK_M + i / WORK_V;
}

INLINE uint block_column(const uint i)
{
    return (i % WORK_V * ACROSS + get_local_id(0) % ACROSS) * 4;
}

#if SPLIT > 1
/* Lay the slices' sums side by side in local memory: [SPLIT][TILE_M][TILE_N]. */
#define SHARE(acc, pool)                   \
    do {                                   \
        share_slices(acc, pool);           \
        barrier(CLK_LOCAL_MEM_FENCE);      \
    } while (0)

INLINE void share_slices(const REALV *acc, __local REAL *pool)
{
    __local REAL *slice = pool + get_local_id(0) / BLOCKS * (TILE_M * TILE_N);
#pragma unroll
    for (uint i = 0; i < WORK_M * WORK_V; i++) LOCAL4(slice + block_row(i) * TILE_N + block_column(i)) = acc[i];
}
#else
#define SHARE(acc, pool)
#endif

/* Result i of RESULTS that this work-item stores, and where it is in the tile. */
INLINE REALV result(const uint i, const REALV *acc, __local REAL *pool, uint *row, uint *column)
{
#if SPLIT > 1
    const uint u = get_local_id(0) + i * ITEMS, at = u % (TILE_M * TILE_N / 4) * 4;
    REALV sum = LOCAL4(pool + at);
#pragma unroll
    for (uint s = 1; s < SPLIT; s++) sum += LOCAL4(pool + s * TILE_M * TILE_N + at);
    *row = u / (TILE_N / 4); /* beyond the tile for work-items that have none */
    *column = at % TILE_N;
    return sum;
#else
    *row = block_row(i);
    *column = block_column(i);
    return acc[i];
#endif
}

/* Call epilogue with each vector of the product that this work-item has, m and n its row and column in the result. */
#define EACH_RESULT(acc, pool, a, b, product, m, n, epilogue)                                       \
    _Pragma("unroll")                                                                               \
    for (uint i_ = 0; i_ < RESULTS; i_++) {                                                         \
        uint row_, column_;                                                                         \
        const REALV product = result(i_, acc, pool, &row_, &column_);                               \
        const uint m = (a).from + row_, n = (b).from + column_;                                     \
        if (row_ < TILE_M && m < (a).limit && n < (b).limit) epilogue;                              \
    }

/* The body of a kernel: the product of two factors, of which the epilogue gets each vector. */
#define PRODUCT_KERNEL(a, b, K, product, m, n, epilogue)                                            \
    __local REALV pool_4[POOL];                                                                     \
    __local REAL *pool = (__local REAL *)pool_4;                                                    \
    REALV acc[WORK_M * WORK_V];                                                                     \
    MULTIPLY(acc, pool, a, b, K);                                                                   \
    EACH_RESULT(acc, pool, a, b, product, m, n, epilogue)

#endif

#endif
