/* result.h - what becomes of the sums of a product of the GPU family: through local memory to an epilogue, vector by
 * vector; or, of a product in parts, to memory, and from there.
 */
#ifndef CLMLP_GPU_RESULT_H
#define CLMLP_GPU_RESULT_H

#include "native_gpu/tile.h"

#if !defined GPU_UPDATE && !defined GPU_SUM

/* Where a work-item's i-th vector of acc is in the tile. */
INLINE uint block_row(const uint i)
{
    return BLOCK / ACROSS * WORK_M + i / WORK_V;
}

INLINE uint block_column(const uint i)
{
    return (i % WORK_V * ACROSS + BLOCK % ACROSS) * 4;
}

#if SPLIT > 1
/* The slices' sums side by side in local memory: [SPLIT][TILE_M][TILE_N]. Vector i of a work-item's result is their
 * sum, in the order of the slices. */
#define ROUND ((TILE_M * TILE_N / 4 + ITEMS - 1) / ITEMS)
#define ROUNDS 1

INLINE void share(const REALV *acc, __local REAL *pool, const uint round)
{
    __local REAL *slice = pool + SLICE * (TILE_M * TILE_N);
#pragma unroll
    for (uint i = 0; i < WORK; i++) LOCAL4(slice + block_row(i) * TILE_N + block_column(i)) = acc[i];
    barrier(CLK_LOCAL_MEM_FENCE);
}

INLINE REALV result(const uint i, __local const REAL *pool, uint *row, uint *column)
{
    const uint u = (uint)get_local_id(0) + i * ITEMS, at = u % (TILE_M * TILE_N / 4) * 4;
    REALV sum = LOCAL4(pool + at);
#pragma unroll 4
    for (uint s = 1; s < SPLIT; s++) sum += LOCAL4(pool + s * TILE_M * TILE_N + at);
    *row = u / (TILE_N / 4); /* beyond the tile for work-items that have none */
    *column = at % TILE_N;
    return sum;
}
#else
/* A work-item lays its sums into local memory, as many at a time as there is room for, and takes them from there one
 * by one. So what becomes of them is compiled once: registers have no numbers that a loop could count. */
#define ROUND (POOL / ITEMS < WORK ? POOL / ITEMS : WORK)
#define ROUNDS ((WORK + ROUND - 1) / ROUND)

INLINE void share(const REALV *acc, __local REAL *pool, const uint round)
{
#pragma unroll
    for (uint i = 0; i < WORK; i++) {
        if (i / ROUND == round) LOCAL4(pool + (i % ROUND * ITEMS + (uint)get_local_id(0)) * 4) = acc[i];
    }
}

INLINE REALV result(const uint i, __local const REAL *pool, uint *row, uint *column)
{
    *row = i < WORK ? block_row(i) : TILE_M;
    *column = block_column(i);
    return LOCAL4(pool + (i % ROUND * ITEMS + (uint)get_local_id(0)) * 4);
}
#endif

/* Call epilogue with each vector of the product that this work-item has, m and n its row and column in the result.
 * pool is free when all work-items get here. */
#define EACH_RESULT(acc, pool, a, b, product, m, n, epilogue)                                       \
    _Pragma("unroll 1")                                                                             \
    for (uint round_ = 0; round_ < ROUNDS; round_++) {                                              \
        share(acc, pool, round_);                                                                   \
        _Pragma("unroll 1")                                                                         \
        for (uint i_ = round_ * ROUND; i_ < (round_ + 1) * ROUND; i_++) {                           \
            uint row_, column_;                                                                     \
            const REALV product = result(i_, pool, &row_, &column_);                                \
            const uint m = (a).from + row_, n = (b).from + column_;                                 \
            if (row_ < TILE_M && m < (a).limit && n < (b).limit) epilogue;                          \
        }                                                                                           \
    }

/* The sum of a column of b, vector by vector, and its column in the result: n is limit for work-items that have none.
 * Every work-item of the group gets here. Ends behind a barrier. */
INLINE REALV share_columns(const REALV columns, __local REAL *pool, const factor *b, uint *n)
{
    const uint t = get_local_id(0);
    REALV sum = SPLAT(ZERO);
    LOCAL4(pool + t * 4) = columns;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (t < TILE_N / 4) {
#pragma unroll 4
        for (uint r = t; r < ITEMS; r += TILE_N / 4) sum += LOCAL4(pool + r * 4);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    *n = t < TILE_N / 4 ? b->from + t * 4 : b->limit;
    return sum;
}

/* A tile of the product of two factors, of which the epilogue gets each vector. pool: [POOL] vectors of local memory,
 * free when all work-items get here. */
#define PRODUCT_TILE(pool, a, b, K, product, m, n, epilogue)                                        \
    REALV acc[WORK];                                                                                \
    multiply(acc, 0, pool, &(a), &(b), K, 0, STEPS_OF(K));                                          \
    EACH_RESULT(acc, pool, a, b, product, m, n, epilogue)

/* A product in parts: work-groups beside each other for all tiles of the first part, then for those of the next. */
#define TILES_ACROSS(columns) (((uint)(columns) + TILE_N - 1) / TILE_N)
#define PART(columns) ((uint)get_global_id(1) / TILES_ACROSS(columns))
#define PART_COLUMN(columns) ((uint)get_global_id(1) % TILES_ACROSS(columns) * TILE_N)

/* The first step of a part. There are not more parts than steps. */
INLINE uint part_step(const uint K, const uint part, const uint parts)
{
    return (uint)((ulong)STEPS_OF(K) * part / parts);
}

/* What there is in padding behind a row is written, and nothing reads it. */
#define PART_KERNEL(columns, a, b, K, part, to)                                                     \
    __local REALV pool_4[POOL];                                                                     \
    __local REAL *pool = (__local REAL *)pool_4;                                                    \
    REALV acc[WORK];                                                                                \
    multiply(acc, columns, pool, &(a), &(b), K, part_step(K, part, (uint)parts),                    \
             part_step(K, (part) + 1, (uint)parts));                                                \
    EACH_RESULT(acc, pool, a, b, sum, m, n, *(__global REALV *)((to) + m * partial_stride + n) = sum)

#endif

#ifdef GPU_SUM
/* The sum of a product's parts at (m, n) of a result with so many rows, in the order of the parts. */
INLINE REALV sum_of_parts(__global const REAL *partial, const ulong stride, const uint parts, const uint rows,
                          const uint m, const uint n)
{
    __global const REAL *at = partial + (size_t)m * stride + n;
    REALV sum = LOAD4(at);
    for (uint part = 1; part < parts; part++) {
        at += (size_t)rows * stride;
        sum += LOAD4(at);
    }
    return sum;
}

/* The body of a kernel with a work-item for 4 numbers of a row, one dimension, rounded up to whole work-groups. */
#define SUM_KERNEL(rows, columns, sum, m, n, epilogue)                                              \
    const uint across = ((uint)(columns) + 3) / 4, m = (uint)(get_global_id(0) / across);           \
    const uint n = ((uint)get_global_id(0) - m * across) * 4;                                       \
    if (m < (uint)(rows)) {                                                                         \
        const REALV sum = sum_of_parts(partial, partial_stride, (uint)parts, (uint)(rows), m, n);   \
        epilogue;                                                                                   \
    }
#endif

#endif
