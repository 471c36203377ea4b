/* sparse.cl - compress input rows to their nonzeros, for CPUs.
 *
 * Pixels and one-hot features are mostly 0, and what is multiplied with 0 need not be.
 *
 * A tile takes MR numbers of x at a time: of MR rows at one column, for z; of MR columns at one example, for the
 * gradient. Where all of them are 0 they add nothing, and the column (example) is left out. Each panel of MR rows
 * (columns) is compressed once, for all tiles side by side. Panel p becomes
 *   values + p values_stride    the MR numbers of each nonzero index, one index after the other
 *   indices + p indices_stride  how many nonzero indices there are, and then which, in ascending order
 *
 * indices is one index longer than needed, values is MR numbers and a vector longer. Numbers are compared as bits, so
 * that NaN and -0 count as nonzero.
 */
#include "native_cpu/layers.cl"

#define COMPRESS_PARAMETERS                                                                      \
    __global const REAL *x, const ulong x_row, __global const uint *order, const ulong first,    \
    const ulong M, const ulong width, __global REAL *values, const ulong values_stride,          \
    __global uint *indices, const ulong indices_stride

#define OF_MR ((MR + VW - 1) / VW) /* vectors that hold MR numbers */

/* MR rows, for z. */
BODY compress_rows(const size_t panel, COMPRESS_PARAMETERS)
{
    __global const REAL *rows[MR];
    __global REAL *value = values + panel * values_stride;
    __global uint *index = indices + panel * indices_stride;
    uint count = 0;
    FIND_ROWS(rows, x, x_row, order, first, panel * MR, M);
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
            index[1 + count] = (uint)k;
            count += bits != 0;
        }
    }
    index[0] = count;
}

/* COMPRESS_PANELS panels of MR columns, for the gradient: the bias unit is one of the columns. */
BODY compress_columns(const size_t group, COMPRESS_PARAMETERS)
{
    const size_t from = group * COMPRESS_PANELS, all = (width + MR) / MR;
    const size_t panels = all - from < COMPRESS_PANELS ? all - from : COMPRESS_PANELS;
    uint count[COMPRESS_PANELS];
    for (size_t b = 0; b < panels; b++) count[b] = 0;
    for (size_t e = 0; e < M; e++) {
        __global const REAL *row = x + (order ? (size_t)order[first + e] : first + e) * x_row + from * MR;
        for (size_t b = 0; b < panels; b++) {
            __global REAL *value = values + (from + b) * values_stride + count[b] * MR;
            BITS bits = 0;
            /* the next nonzero index overwrites what is too much */
            UNROLL for (int v = 0; v < OF_MR; v++) STOREV(LOADV(v, row + b * MR), v, value);
            UNROLL for (int r = 0; r < MR; r++) bits |= AS_BITS(row[b * MR + r]);
            indices[(from + b) * indices_stride + 1 + count[b]] = (uint)e;
            count[b] += bits != 0;
        }
    }
    for (size_t b = 0; b < panels; b++) indices[(from + b) * indices_stride] = count[b];
}

/* Work-groups: panels of MR rows. */
__kernel TILE void cpu_compress_rows(COMPRESS_PARAMETERS)
{
    compress_rows(get_group_id(0), x, x_row, order, first, M, width, values, values_stride, indices, indices_stride);
}

/* Work-groups: COMPRESS_PANELS panels of MR columns each; there are width + 1 columns. */
__kernel TILE void cpu_compress_columns(COMPRESS_PARAMETERS)
{
    compress_columns(get_group_id(0), x, x_row, order, first, M, width, values, values_stride, indices, indices_stride);
}
