/* native_cpu_sparse.cl - input data without its zeros. Pixels and one-hot features are mostly 0, and what is multiplied
 * with 0 need not be.
 *
 * A tile takes MR numbers of x at a time: of MR rows at one column, for z; of MR columns at one example, for the
 * gradient. Where all of them are 0 they add nothing, and the place, the column or example, is left out. This is done
 * for each block of MR rows (columns) once, for all tiles side by side; block b becomes
 *   values + b values_block   the MR numbers of each place that is kept, one place after the other
 *   places + b places_block   how many places are kept, and then which, in ascending order
 * with room for one place more than there are, and in values for a vector on top. Numbers are compared as bits: NaN is
 * kept, and so is -0.
 */
#include "native_cpu/layers.cl"

#define COMPRESS_PARAMETERS                                                                      \
    __global const REAL *x, const ulong x_row, __global const uint *order, const ulong first,    \
    const ulong M, const ulong width, __global REAL *values, const ulong values_block,           \
    __global uint *places, const ulong places_block

#define OF_MR ((MR + VW - 1) / VW) /* vectors that hold MR numbers */

/* MR rows, for z. */
BODY compress_rows(const size_t block, COMPRESS_PARAMETERS)
{
    __global const REAL *rows[MR];
    __global REAL *value = values + block * values_block;
    __global uint *place = places + block * places_block;
    uint count = 0;
    FIND_ROWS(rows, x, x_row, order, first, block * MR, M);
    for (size_t c = 0; c < width; c += VW) {
        MASKV some = AS_MASKV(LOADV(0, rows[0] + c));
        UNROLL for (int r = 1; r < MR; r++) some |= AS_MASKV(LOADV(0, rows[r] + c));
        some = some != 0;
        if (!any(some)) continue;
        for (size_t k = c; k < c + VW && k < width; k++) {
            BITS bits = 0;
            UNROLL for (int r = 0; r < MR; r++) {
                const REAL number = rows[r][k];
                value[count * MR + r] = number;
                bits |= AS_BITS(number);
            }
            place[1 + count] = (uint)k;
            count += bits != 0;
        }
    }
    place[0] = count;
}

/* COMPRESS_BLOCKS blocks of MR columns, for the gradient: the bias unit is one of the columns. */
BODY compress_columns(const size_t piece, COMPRESS_PARAMETERS)
{
    const size_t from = piece * COMPRESS_BLOCKS, all = (width + MR) / MR;
    const size_t blocks = all - from < COMPRESS_BLOCKS ? all - from : COMPRESS_BLOCKS;
    uint count[COMPRESS_BLOCKS];
    for (size_t b = 0; b < blocks; b++) count[b] = 0;
    for (size_t e = 0; e < M; e++) {
        __global const REAL *row = x + (order ? (size_t)order[first + e] : first + e) * x_row + from * MR;
        for (size_t b = 0; b < blocks; b++) {
            __global REAL *value = values + (from + b) * values_block + count[b] * MR;
            BITS bits = 0;
            /* what is too much the next place overwrites */
            UNROLL for (int v = 0; v < OF_MR; v++) STOREV(LOADV(v, row + b * MR), v, value);
            UNROLL for (int r = 0; r < MR; r++) bits |= AS_BITS(row[b * MR + r]);
            places[(from + b) * places_block + 1 + count[b]] = (uint)e;
            count[b] += bits != 0;
        }
    }
    for (size_t b = 0; b < blocks; b++) places[(from + b) * places_block] = count[b];
}

/* Work-groups: blocks of MR rows. */
__kernel TILE void cpu_compress_rows(COMPRESS_PARAMETERS)
{
    compress_rows(get_group_id(0), x, x_row, order, first, M, width, values, values_block, places, places_block);
}

/* Work-groups: pieces of COMPRESS_BLOCKS blocks of MR columns, of which there are width + 1. */
__kernel TILE void cpu_compress_columns(COMPRESS_PARAMETERS)
{
    compress_columns(get_group_id(0), x, x_row, order, first, M, width, values, values_block, places, places_block);
}
