/* gather.cl - for CPUs: what the products read, copied to where they read it from front to back.
 *
 * Rows of a batch into panels of MR rows, and the columns of such panels into panels of MR columns. Layout is that of
 * layers.cl, which includes this file.
 */

/* Panel b of MR rows of a batch: batch[r] = all[order[first + r]], rows of `width` numbers, whole vectors. */
BODY gather_panel(const size_t b, __global const REAL *all, const ulong width, __global const uint *order,
                  const ulong first, const ulong M, __global REAL *batch, const ulong batch_stride)
{
    __global const REAL *rows[MR];
    __global REAL *to = batch + b * batch_stride;
    FIND_ROWS(rows, all, width, order, first, b * MR, M);
    for (size_t c = 0; c < width; c += VW, to += MR * VW) {
        UNROLL for (int r = 0; r < MR; r++) STOREV(LOADV(0, rows[r] + c), r, to);
    }
}

#define OF_MR ((MR + VW - 1) / VW)                 /* vectors that hold MR numbers */
#define TOO_LONG (OF_MR * VW - MR)                 /* and what they hold too much */
#define SPOILT ((TOO_LONG + MR - 1) / MR)          /* rows of MR numbers into which that reaches */

/* Panel b of the same rows, as panels of MR columns of [a 1]: columns[p columns_stride + e MR + k] is column p MR + k
 * of example e. Whole vectors spoil the rows behind them, which come next; but those of panel b + 1 may be there. */
BODY gather_columns(const size_t b, __global const REAL *all, const ulong width, __global const uint *order,
                    const ulong first, const ulong M, const ulong s_in, __global REAL *columns,
                    const ulong columns_stride)
{
    __global const REAL *rows[MR];
    __global REAL *to = columns + b * MR * MR;
    FIND_ROWS(rows, all, width, order, first, b * MR, M);
    KEEP_LOOP for (size_t c = 0; c <= s_in; c += MR, to += columns_stride) {
        UNROLL for (int r = 0; r < MR; r++) {
            if (b * MR + r >= M) continue;
            if (r + SPOILT < MR) {
                UNROLL for (int v = 0; v < OF_MR; v++) STOREV(LOADV(v, rows[r] + c), v, to + r * MR);
            } else {
                UNROLL for (int k = 0; k < MR; k++) to[r * MR + k] = rows[r][c + k];
            }
        }
    }
}

/* The same of a layer in panels of MR rows, for the MR columns from i on. Behind the last example there is room for
 * what a vector is too long. */
BODY layer_columns(const size_t i, __global const REAL *a, const ulong a_stride, const ulong M,
                   __global REAL *columns)
{
    for (size_t m = 0; m < M; m += MR, a += a_stride) {
        const size_t end = M - m < MR ? M - m : MR;
        for (size_t r = 0; r < end; r++, columns += MR) {
            KEEP_LOOP for (size_t c = 0; c < MR; c += VW - (i + c) % VW) {
                STOREV(LOADV(0, a + (i + c) / VW * (MR * VW) + r * VW + (i + c) % VW), 0, columns + c);
            }
        }
    }
}

/* Work-groups: panels of MR rows. columns 0: not wanted. */
__kernel TILE void cpu_gather(PARAMETERS(CPU_GATHER_ARGUMENTS))
{
    gather_panel(GROUP(0), from, width, order, first, M, batch, batch_stride);
    if (columns) gather_columns(GROUP(0), from, width, order, first, M, s_in, columns, columns_stride);
}

/* Work-groups: panels of MR columns; there are s_in + 1 columns. */
__kernel TILE void cpu_columns(PARAMETERS(CPU_COLUMNS_ARGUMENTS))
{
    layer_columns(GROUP(0) * MR, a, a_stride, M, columns + GROUP(0) * columns_stride);
}
