/* batch.cl - filling the input layer.
 *
 * Matrices are row-major, rows `stride` elements apart.
 * NDRange: one work-item an element, one dimension, rounded up to whole work-groups.
 */
#include "common/arguments.h"
#include "common/real.h"
#include "plain/arguments.h"

/* layer[r][column] = 1 for r < rows: the bias unit. */
__kernel void set_bias_unit(PARAMETERS(SET_BIAS_UNIT_ARGUMENTS))
{
    const size_t r = get_global_id(0);
    if (r < rows) layer[r * stride + column] = ONE;
}

/* batch[r][c] = from[order[first + r]][c] for r < M, c < stride; order 0: from[first + r][c].
 * The bias unit comes along. */
__kernel void gather_rows(PARAMETERS(GATHER_ROWS_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * stride) return;
    const size_t r = i / stride, c = i - r * stride;
    const size_t row = order ? (size_t)order[first + r] : first + r;
    batch[i] = from[row * stride + c];
}
