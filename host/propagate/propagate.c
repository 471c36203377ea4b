/* The two passes over the layers. */
#include "propagate/network.h"

static const clmlp_tensor *activations(const clmlp_network *network, const clmlp_batch *batch, size_t l)
{
    return l == 1 ? batch->x : network->a[l - 1];
}

clmlp_status clmlp_forward(clmlp_network *network, const clmlp_batch *batch, clmlp_error *error)
{
    const clmlp_backend_ops *ops = network->backend->ops;
    for (size_t l = 1; l < network->L; l++) {
        const clmlp_forward_args args = {
            .M = batch->M,
            .s_in = network->s[l - 1],
            .s_out = network->s[l],
            .a_in = activations(network, batch, l),
            .theta = network->theta[l - 1],
            .z = network->z[l],
            .a_out = network->a[l],
            .activation = network->activation,
        };
        TRY(ops->forward(network->backend, &args, error));
    }
    return CLMLP_OK;
}

static clmlp_status output_layer(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                 clmlp_tensor *delta, clmlp_error *error)
{
    const clmlp_output_args args = {
        .M = batch->M,
        .K = network->s[network->L - 1],
        .output = network->output,
        .right = right,
        .z = network->z[network->L - 1],
        .y = batch->y,
        .h = network->h,
        .delta = delta,
        .slot = slot,
    };
    return network->backend->ops->output_delta(network->backend, &args, error);
}

clmlp_status clmlp_output_score(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                clmlp_error *error)
{
    return output_layer(network, batch, right, slot, NULL, error);
}

clmlp_status clmlp_backward(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                            double decay, clmlp_error *error)
{
    const clmlp_backend_ops *ops = network->backend->ops;
    TRY(output_layer(network, batch, right, slot, network->delta[network->L - 1], error));
    for (size_t l = network->L - 1; l >= 1; l--) {
        const clmlp_gradient_args gradient = {
            .M = batch->M,
            .s_in = network->s[l - 1],
            .s_out = network->s[l],
            .delta = network->delta[l],
            .a = activations(network, batch, l),
            .theta = network->theta[l - 1],
            .decay = decay,
            .gradient = network->gradient[l - 1],
        };
        TRY(ops->gradient(network->backend, &gradient, error));
        if (l == 1) break;
        const clmlp_hidden_args hidden = {
            .M = batch->M,
            .s_in = network->s[l - 1],
            .s_out = network->s[l],
            .delta_next = network->delta[l],
            .theta = network->theta[l - 1],
            .a = network->a[l - 1],
            .delta = network->delta[l - 1],
            .activation = network->activation,
        };
        TRY(ops->hidden_delta(network->backend, &hidden, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_descend(clmlp_network *network, double rate, clmlp_error *error)
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
