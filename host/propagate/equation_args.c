/* equation_args.c - the arguments of each equation, made once: from a network, a batch and a layer. */
#include "propagate/equation_args.h"

/* a(l) and which of its rows: the batch's for the input layer. */
static const clmlp_tensor *activations(const clmlp_network *network, const clmlp_batch *batch, size_t l,
                                       clmlp_rows *rows)
{
    *rows = l == 1 ? batch->rows : (clmlp_rows){NULL, 0};
    return l == 1 ? batch->x : network->a[l - 1];
}

clmlp_forward_args clmlp_forward_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t l)
{
    clmlp_forward_args args = {
        .M = batch->M,
        .s_in = network->s[l - 1],
        .s_out = network->s[l],
        .theta = network->theta[l - 1],
        .z = network->z[l],
        .a_out = network->a[l],
        .activation = network->activation,
        .dropout = clmlp_dropout_of(&batch->dropout, l + 1),
    };
    args.a_in = activations(network, batch, l, &args.a_rows);
    return args;
}

clmlp_output_args clmlp_output_args_of(const clmlp_network *network, const clmlp_batch *batch, clmlp_right right,
                                       size_t slot, bool delta)
{
    const size_t l = network->L - 1;
    clmlp_output_args args = {
        .M = batch->M,
        .s_in = network->s[l - 1],
        .K = network->s[l],
        .theta = network->theta[l - 1],
        .output = network->output,
        .right = right,
        .z = network->z[l],
        .y = batch->y,
        .w = batch->w,
        .y_rows = batch->rows,
        .h = network->h,
        .delta = delta ? network->delta[l] : NULL,
        .slot = slot,
    };
    args.a_in = activations(network, batch, l, &args.a_rows);
    return args;
}

clmlp_hidden_args clmlp_hidden_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t l)
{
    return (clmlp_hidden_args){
        .M = batch->M,
        .s_in = network->s[l - 1],
        .s_out = network->s[l],
        .delta_next = network->delta[l],
        .theta = network->theta[l - 1],
        .z = network->z[l - 1],
        .a = network->a[l - 1],
        .delta = network->delta[l - 1],
        .activation = network->activation,
        .dropout = clmlp_dropout_of(&batch->dropout, l),
    };
}

clmlp_gradient_args clmlp_gradient_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t l,
                                           double decay)
{
    clmlp_gradient_args args = {
        .M = batch->M,
        .s_in = network->s[l - 1],
        .s_out = network->s[l],
        .divisor = batch->divisor,
        .delta = network->delta[l],
        .theta = network->theta[l - 1],
        .decay = decay,
        .gradient = network->gradient[l - 1],
    };
    args.a = activations(network, batch, l, &args.a_rows);
    return args;
}

clmlp_update_args clmlp_update_args_of(const clmlp_network *network, size_t l, const clmlp_update_rule *rule,
                                       double decay)
{
    return (clmlp_update_args){
        .s_in = network->s[l - 1],
        .s_out = network->s[l],
        .rule = *rule,
        .decay = decay,
        .gradient = network->gradient[l - 1],
        .theta = network->theta[l - 1],
        .state = network->state[l - 1],
    };
}

clmlp_steps_args clmlp_steps_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t count,
                                     clmlp_right right, size_t slot, const double *numbers, double decay)
{
    return (clmlp_steps_args){
        .L = network->L,
        .M = batch->M,
        .count = count,
        .divisor = batch->divisor,
        .s = network->s,
        .activation = network->activation,
        .output = network->output,
        .right = right,
        .theta = network->theta,
        .a = network->a,
        .delta = network->delta,
        .z = network->z,
        .x = batch->x,
        .y = batch->y,
        .w = batch->w,
        .rows = batch->rows,
        .optimizer = network->optimizer,
        .numbers = numbers,
        .state = (clmlp_tensor *const *const *)network->state,
        .decay = decay,
        .slot = slot,
        .dropout = batch->dropout,
    };
}
