/* direct.h - the product of a tile that is one block high, without local memory and barriers in its loop.
 *
 * In such a tile each number of b is for one work-item, so local memory would only be a detour. A work-item reads its
 * slice of every TILE_K from where it lies, vectors of a's rows along k and b's rows. Steps go from the last to the
 * first, as in multiply(). What becomes of the sums: result.h.
 */
#ifndef CLMLP_GPU_DIRECT_H
#define CLMLP_GPU_DIRECT_H

#include "native_gpu/tile.h"

#ifdef DIRECT

#if WORK_N != 4 || SPLIT == 1
#error "a direct tile has slices, and blocks of one vector"
#endif

/* In double two fours of numbers ahead are more than NVIDIA's assembler gives registers for. */
#ifdef CLMLP_DOUBLE
#define UNROLL_SLICE _Pragma("unroll 1")
#else
#define UNROLL_SLICE _Pragma("unroll")
#endif

/* Where a work-item's block is in the factors, in vectors. */
typedef struct direct_source {
    uint rows[WORK_M]; /* of a */
    uint column;       /* of b */
} direct_source;

/* acc += the products of a's numbers k to k + 3 and those rows of b. checked: what is at K and beyond counts 0. */
INLINE void direct_four(REALV *acc, const direct_source *s, const factor *a, const factor *b, const uint k,
                        const uint K, const bool checked)
{
    REALV a_k[WORK_M], b_k[4];
#pragma unroll
    for (uint r = 0; r < WORK_M; r++) {
        REALV v = a->matrix[s->rows[r] + k / 4];
        v.y = !checked || k + 1 < K ? v.y : ZERO;
        v.z = !checked || k + 2 < K ? v.z : ZERO;
        v.w = !checked || k + 3 < K ? v.w : ZERO;
        a_k[r] = v;
    }
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        b_k[i] = !checked || k + i < K ? b->matrix[(k + i) * b->row + s->column] : SPLAT(ZERO);
    }
#pragma unroll
    for (uint r = 0; r < WORK_M; r++) {
        acc[r] = MULTIPLY_ADD(SPLAT(a_k[r].x), b_k[0], acc[r]);
        acc[r] = MULTIPLY_ADD(SPLAT(a_k[r].y), b_k[1], acc[r]);
        acc[r] = MULTIPLY_ADD(SPLAT(a_k[r].z), b_k[2], acc[r]);
        acc[r] = MULTIPLY_ADD(SPLAT(a_k[r].w), b_k[3], acc[r]);
    }
}

/* acc = a b, of this work-item's slice. a's rows lie along k; b has a row for each k, in no order. */
INLINE void multiply_direct(REALV *acc, const factor *a, const factor *b, const uint K)
{
    const uint slice = TILE_K / SPLIT, c = b->from + BLOCK * 4;
    uint k0 = (K - 1) / TILE_K * TILE_K + SLICE * slice;
    direct_source s;
    s.column = (c < b->limit ? c : 0) / 4;
#pragma unroll
    for (uint r = 0; r < WORK_M; r++) {
        const uint m = a->from + r;
        s.rows[r] = row_number(a->order, a->first, m < a->limit ? m : a->limit - 1) * a->row;
    }
    clear(acc);
    for (uint i = 0; i < slice; i += 4) {
        if (k0 + i < K) direct_four(acc, &s, a, b, k0 + i, K, true);
    }
    while (k0 >= TILE_K) {
        k0 -= TILE_K;
        UNROLL_SLICE
        for (uint i = 0; i < slice; i += 4) direct_four(acc, &s, a, b, k0 + i, K, false);
    }
}

#endif
#endif
