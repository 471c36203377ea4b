/* input_scale.cl - the learnable scale of the inputs: theta(1) as the network uses it is theta diag(s).
 *
 * theta, gradient, folded: [s_out x (s_in + 1)], in the layout of the engine: element (j, i) is at
 *     j / width * panel + i * row + j % width
 * scale, scale_gradient: [1 x (s_in + 1)], element i at i * scale_row. Of the bias is i = bias: the first or the last,
 * as the engine has it. Its scale is 1.
 */
#include "common/arguments.h"
#include "common/real.h"
#include "plain/arguments.h"

#define PLACE(j, i) ((j) / width * panel + (i) * row + (j) % width)

/* From gradient = dJ/d(theta diag(s)): scale_gradient[i] = dJ/ds[i] = sum_j gradient[j][i] theta[j][i], in the order of
 * j, and 0 for the bias; then gradient := dJ/dtheta = gradient diag(s).
 * NDRange: one work-item a column i, one dimension, rounded up to whole work-groups. */
__kernel void scale_slopes(PARAMETERS(SCALE_SLOPES_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i > s_in) return;
    const REAL factor = scale[i * scale_row];
    REAL sum = ZERO;
    for (size_t j = 0; j < s_out; j++) {
        const REAL slope = gradient[PLACE(j, i)];
        sum += slope * theta[PLACE(j, i)];
        gradient[PLACE(j, i)] = slope * factor;
    }
    scale_gradient[i * scale_row] = i == bias ? ZERO : sum;
}

/* folded = theta diag(s). NDRange: one work-item an element, one dimension, rounded up to whole work-groups. */
__kernel void fold_scale(PARAMETERS(FOLD_SCALE_ARGUMENTS))
{
    const size_t i = get_global_id(0) / s_out, j = get_global_id(0) % s_out;
    if (i > s_in) return;
    folded[PLACE(j, i)] = theta[PLACE(j, i)] * scale[i * scale_row];
}
