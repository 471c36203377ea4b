/* descent.cl - the lambda term of the gradient, and the step of theta by the update rule.
 *
 * theta, gradient, state: [s_out x (s_in + 1)], dense, column 0 for the bias; stride = s_in + 1.
 * NDRange: one work-item an element, one dimension, rounded up to whole work-groups.
 */
#include "common/arguments.h"
#include "common/scalar.h"
#include "plain/arguments.h"

/* gradient[j][i] += decay theta[j][i] for i >= 1; decay = lambda / m. */
__kernel void add_decay(PARAMETERS(ADD_DECAY_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i < count && i % stride != 0) gradient[i] += decay * theta[i];
}

/* theta[j][i] and its state by the update rule. decay as above, added to the gradient where it is not 0. */
__kernel void descend(PARAMETERS(DESCEND_ARGUMENTS))
{
    const update_state state = STATE_OF(, );
    const size_t i = get_global_id(0);
    if (i >= count) return;
    REAL slope = gradient[i], values[UPDATE_STATES + 1];
    /* a remainder takes long: only where it matters */
    const bool bias = (decay != ZERO || UPDATE_TELLS_BIAS(numbers)) && i % stride == 0;
    if (decay != ZERO && !bias) slope += decay * theta[i];
    for (int k = 0; k < UPDATE_STATES; k++) values[k] = state.of[k][i];
    theta[i] = updated(theta[i], slope, values, &numbers, bias);
    for (int k = 0; k < UPDATE_STATES; k++) state.of[k][i] = values[k];
}
