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

typedef struct compress_arguments STRUCT_OF(CPU_COMPRESS_ARGUMENTS) compress_arguments;

/* MR rows, for z. */
BODY compress_rows(const size_t panel, const compress_arguments *args)
{
    __global const REAL *rows[MR];
    __global REAL *value = args->values + panel * args->values_stride;
    __global uint *index = args->indices + panel * args->indices_stride;
    uint count = 0;
    FIND_ROWS(rows, args->x, args->x_row, args->order, args->first, panel * MR, args->M);
    for (size_t c = 0; c < args->width; c += VW) {
        MASKV some = AS_MASKV(LOADV(0, rows[0] + c));
        UNROLL for (int r = 1; r < MR; r++) some |= AS_MASKV(LOADV(0, rows[r] + c));
        some = some != 0;
        if (!any(some)) continue;
        for (size_t k = c; k < c + VW && k < args->width; k++) {
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
BODY compress_columns(const size_t group, const compress_arguments *args)
{
    const size_t from = group * COMPRESS_PANELS, all = (args->width + MR) / MR;
    const size_t panels = all - from < COMPRESS_PANELS ? all - from : COMPRESS_PANELS;
    uint count[COMPRESS_PANELS];
    for (size_t b = 0; b < panels; b++) count[b] = 0;
    for (size_t e = 0; e < args->M; e++) {
        const size_t at = args->order ? (size_t)args->order[args->first + e] : args->first + e;
        __global const REAL *row = args->x + at * args->x_row + from * MR;
        for (size_t b = 0; b < panels; b++) {
            __global REAL *value = args->values + (from + b) * args->values_stride + count[b] * MR;
            BITS bits = 0;
            /* the next nonzero index overwrites what is too much */
            UNROLL for (int v = 0; v < OF_MR; v++) STOREV(LOADV(v, row + b * MR), v, value);
            UNROLL for (int r = 0; r < MR; r++) bits |= AS_BITS(row[b * MR + r]);
            args->indices[(from + b) * args->indices_stride + 1 + count[b]] = (uint)e;
            count[b] += bits != 0;
        }
    }
    for (size_t b = 0; b < panels; b++) args->indices[(from + b) * args->indices_stride] = count[b];
}

/* Work-groups: panels of MR rows. */
__kernel TILE void cpu_compress_rows(PARAMETERS(CPU_COMPRESS_ARGUMENTS))
{
    const compress_arguments args = GIVEN(CPU_COMPRESS_ARGUMENTS);
    compress_rows(GROUP(0), &args);
}

/* Work-groups: COMPRESS_PANELS panels of MR columns each; there are width + 1 columns. */
__kernel TILE void cpu_compress_columns(PARAMETERS(CPU_COMPRESS_ARGUMENTS))
{
    const compress_arguments args = GIVEN(CPU_COMPRESS_ARGUMENTS);
    compress_columns(GROUP(0), &args);
}
