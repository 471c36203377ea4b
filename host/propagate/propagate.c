/* propagate.c - the passes over the layers: forward, backward, descend. */
#include "propagate/network.h"

/* a(l) and which of its rows: the batch's for the input layer. */
static const clmlp_tensor *activations(const clmlp_network *network, const clmlp_batch *batch, size_t l,
                                       clmlp_rows *rows)
{
    *rows = l == 1 ? batch->rows : (clmlp_rows){NULL, 0};
    return l == 1 ? batch->x : network->a[l - 1];
}

clmlp_status clmlp_forward(clmlp_network *network, const clmlp_batch *batch, clmlp_error *error)
{
    for (size_t l = 1; l + 1 < network->L; l++) {
        clmlp_forward_args args = {
            .M = batch->M,
            .s_in = network->s[l - 1],
            .s_out = network->s[l],
            .theta = network->theta[l - 1],
            .z = network->z[l],
            .a_out = network->a[l],
            .activation = network->activation,
        };
        args.a_in = activations(network, batch, l, &args.a_rows);
        TRY(network->backend->ops->forward(network->backend, &args, error));
    }
    return CLMLP_OK;
}

static clmlp_status output_layer(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                 clmlp_tensor *delta, clmlp_error *error)
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
        .y_rows = batch->rows,
        .h = network->h,
        .delta = delta,
        .slot = slot,
    };
    args.a_in = activations(network, batch, l, &args.a_rows);
    return network->backend->ops->output_delta(network->backend, &args, error);
}

clmlp_status clmlp_output_score(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                clmlp_error *error)
{
    return output_layer(network, batch, right, slot, NULL, error);
}

clmlp_status clmlp_backward(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                            clmlp_error *error)
{
    TRY(output_layer(network, batch, right, slot, network->delta[network->L - 1], error));
    for (size_t l = network->L - 1; l >= 2; l--) {
        const clmlp_hidden_args args = {
            .M = batch->M,
            .s_in = network->s[l - 1],
            .s_out = network->s[l],
            .delta_next = network->delta[l],
            .theta = network->theta[l - 1],
            .a = network->a[l - 1],
            .delta = network->delta[l - 1],
            .activation = network->activation,
        };
        TRY(network->backend->ops->hidden_delta(network->backend, &args, error));
    }
    return CLMLP_OK;
}

static clmlp_gradient_args gradient_args(const clmlp_network *network, const clmlp_batch *batch, size_t l, double decay)
{
    clmlp_gradient_args args = {
        .M = batch->M,
        .s_in = network->s[l - 1],
        .s_out = network->s[l],
        .delta = network->delta[l],
        .theta = network->theta[l - 1],
        .decay = decay,
        .gradient = network->gradient[l - 1],
    };
    args.a = activations(network, batch, l, &args.a_rows);
    return args;
}

clmlp_status clmlp_gradients(clmlp_network *network, const clmlp_batch *batch, double decay, clmlp_error *error)
{
    for (size_t l = 1; l < network->L; l++) {
        const clmlp_gradient_args args = gradient_args(network, batch, l, decay);
        TRY(network->backend->ops->gradient(network->backend, &args, error));
    }
    return CLMLP_OK;
}

static clmlp_status update(clmlp_network *network, double rate, clmlp_error *error)
{
    for (size_t l = 1; l < network->L; l++) {
        const clmlp_update_args args = {
            .s_in = network->s[l - 1],
            .s_out = network->s[l],
            .rate = rate,
            .gradient = network->gradient[l - 1],
            .theta = network->theta[l - 1],
        };
        TRY(network->backend->ops->update(network->backend, &args, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_descend(clmlp_network *network, const clmlp_batch *batch, double rate, double decay,
                           clmlp_error *error)
{
    const clmlp_backend_ops *ops = network->backend->ops;
    if (!network->descends_in_one) {
        TRY(clmlp_gradients(network, batch, decay, error));
        return update(network, rate, error);
    }
    for (size_t l = 1; l < network->L; l++) {
        clmlp_gradient_args args = gradient_args(network, batch, l, decay);
        args.gradient = NULL;
        TRY(ops->descend(network->backend, &args, network->theta[l - 1], rate, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_fused_steps(clmlp_network *network, const clmlp_batch *batch, size_t count, clmlp_right right,
                               size_t slot, double rate, double decay, size_t *taken, clmlp_error *error)
{
    const clmlp_backend_ops *ops = network->backend->ops;
    const clmlp_steps_args args = {
        .L = network->L,
        .M = batch->M,
        .count = count,
        .s = network->s,
        .activation = network->activation,
        .output = network->output,
        .right = right,
        .theta = network->theta,
        .a = network->a,
        .delta = network->delta,
        .z = network->z[network->L - 1],
        .x = batch->x,
        .y = batch->y,
        .rows = batch->rows,
        .rate = rate,
        .decay = decay,
        .slot = slot,
    };
    *taken = 0;
    return ops->steps != NULL ? ops->steps(network->backend, &args, taken, error) : CLMLP_OK;
}
