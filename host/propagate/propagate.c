/* propagate.c - the passes over the layers: forward, backward, gradients, descent. */
#include "propagate/equation_args.h"

clmlp_status clmlp_forward(clmlp_network *network, const clmlp_batch *batch, clmlp_error *error)
{
    for (size_t l = 1; l + 1 < network->L; l++) {
        const clmlp_forward_args args = clmlp_forward_args_of(network, batch, l);
        TRY(network->backend->ops->forward(network->backend, &args, error));
    }
    return CLMLP_OK;
}

static clmlp_status output_layer(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                 bool delta, clmlp_error *error)
{
    const clmlp_output_args args = clmlp_output_args_of(network, batch, right, slot, delta);
    return network->backend->ops->output_delta(network->backend, &args, error);
}

clmlp_status clmlp_output_score(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                clmlp_error *error)
{
    return output_layer(network, batch, right, slot, false, error);
}

clmlp_status clmlp_backward(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                            clmlp_error *error)
{
    for (size_t l = network->L; l >= 2; l--) TRY(clmlp_backward_layer(network, batch, l, right, slot, error));
    return CLMLP_OK;
}

clmlp_status clmlp_backward_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, clmlp_right right,
                                  size_t slot, clmlp_error *error)
{
    if (l == network->L) return output_layer(network, batch, right, slot, true, error);
    const clmlp_hidden_args args = clmlp_hidden_args_of(network, batch, l);
    return network->backend->ops->hidden_delta(network->backend, &args, error);
}

clmlp_status clmlp_gradients(clmlp_network *network, const clmlp_batch *batch, double decay, clmlp_error *error)
{
    for (size_t l = 1; l < network->L; l++) TRY(clmlp_gradient_layer(network, batch, l, decay, error));
    return CLMLP_OK;
}

clmlp_status clmlp_gradient_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, double decay,
                                  clmlp_error *error)
{
    const clmlp_gradient_args args = clmlp_gradient_args_of(network, batch, l, decay);
    return network->backend->ops->gradient(network->backend, &args, error);
}

clmlp_status clmlp_scale_gradients(clmlp_network *network, clmlp_error *error)
{
    const clmlp_input_scale *const own = network->scale;
    const clmlp_scale_slopes_args args = {.s_in = network->s[0], .s_out = network->s[1], .theta = own->raw,
                                          .scale = own->scale, .gradient = network->gradient[0],
                                          .scale_gradient = own->scale_gradient};
    return network->backend->ops->scale_slopes(network->backend, &args, error);
}

/* raw and s by their rules, from their gradients, then theta(1). */
static clmlp_status update_scaled(clmlp_network *network, const clmlp_update_rule *rule, clmlp_error *error)
{
    const clmlp_backend_ops *const ops = network->backend->ops;
    clmlp_input_scale *const own = network->scale;
    const clmlp_update_args scale = {.s_in = network->s[0], .s_out = 1, .rule = own->rule,
                                     .gradient = own->scale_gradient, .theta = own->scale, .state = own->state};
    const clmlp_fold_scale_args fold = {.s_in = network->s[0], .s_out = network->s[1], .theta = own->raw,
                                        .scale = own->scale, .folded = network->theta[0]};
    clmlp_update_args raw = clmlp_update_args_of(network, 1, rule, 0.0);
    raw.theta = own->raw;
    TRY(ops->update(network->backend, &raw, error));
    TRY(ops->update(network->backend, &scale, error));
    return ops->fold_scale(network->backend, &fold, error);
}

clmlp_status clmlp_update(clmlp_network *network, const clmlp_update_rule *rules, double decay, clmlp_error *error)
{
    const bool scaled = network->scale != NULL;
    if (scaled) TRY(update_scaled(network, &rules[0], error));
    for (size_t l = scaled ? 2 : 1; l < network->L; l++) {
        TRY(clmlp_update_layer(network, l, &rules[l - 1], decay, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_update_layer(clmlp_network *network, size_t l, const clmlp_update_rule *rule, double decay,
                                clmlp_error *error)
{
    const clmlp_update_args args = clmlp_update_args_of(network, l, rule, decay);
    return network->backend->ops->update(network->backend, &args, error);
}

/* theta(l) by the rule, from the deltas. */
static clmlp_status descend_layer(clmlp_network *network, const clmlp_batch *batch, size_t l,
                                  const clmlp_update_rule *rule, double decay, clmlp_error *error)
{
    const clmlp_backend_ops *const ops = network->backend->ops;
    clmlp_gradient_args args = clmlp_gradient_args_of(network, batch, l, decay);
    clmlp_update_args update = clmlp_update_args_of(network, l, rule, 0.0);
    if (!network->descends_in_one) {
        TRY(ops->gradient(network->backend, &args, error));
        return ops->update(network->backend, &update, error);
    }
    args.gradient = NULL;
    update.gradient = NULL;
    return ops->descend(network->backend, &args, &update, error);
}

/* The first layer's where the inputs have a scale; rule: of raw. */
static clmlp_status descend_scaled(clmlp_network *network, const clmlp_batch *batch, const clmlp_update_rule *rule,
                                   double decay, clmlp_error *error)
{
    TRY(clmlp_gradient_layer(network, batch, 1, decay, error));
    TRY(clmlp_scale_gradients(network, error));
    return update_scaled(network, rule, error);
}

clmlp_status clmlp_descend(clmlp_network *network, const clmlp_batch *batch, const clmlp_update_rule *rules,
                           double decay, clmlp_error *error)
{
    const bool scaled = network->scale != NULL;
    if (scaled) TRY(descend_scaled(network, batch, &rules[0], decay, error));
    for (size_t l = scaled ? 2 : 1; l < network->L; l++) {
        TRY(descend_layer(network, batch, l, &rules[l - 1], decay, error));
    }
    return CLMLP_OK;
}

/* All gradients of a step, and how many. */
static size_t all_gradients(const clmlp_network *network, clmlp_tensor *const **gradients)
{
    const clmlp_input_scale *const own = network->scale;
    const size_t layers = network->L - 1;
    *gradients = own != NULL ? own->gradients : network->gradient;
    if (own == NULL) return layers;
    for (size_t l = 1; l < network->L; l++) own->gradients[l - 1] = network->gradient[l - 1];
    own->gradients[layers] = own->scale_gradient;
    return layers + 1;
}

clmlp_status clmlp_clip_gradients(clmlp_network *network, double limit, clmlp_error *error)
{
    const clmlp_backend_ops *const ops = network->backend->ops;
    clmlp_tensor *const *gradients = NULL;
    const size_t count = all_gradients(network, &gradients);
    const clmlp_dot_args square = {.layers = count, .x = gradients, .y = gradients, .bias = true, .slot = 0};
    TRY(ops->dot(network->backend, &square, error));
    TRY(ops->clip_factor(network->backend, 0, limit, error));
    for (size_t i = 0; i < count; i++) {
        const clmlp_combine_args args = {.b = {1.0, 0}, .y = gradients[i], .result = gradients[i]};
        TRY(ops->combine(network->backend, &args, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_descend_clipped(clmlp_network *network, const clmlp_batch *batch, const clmlp_update_rule *rules,
                                   double decay, double limit, clmlp_error *error)
{
    TRY(clmlp_gradients(network, batch, decay, error));
    if (network->scale != NULL) TRY(clmlp_scale_gradients(network, error));
    TRY(clmlp_clip_gradients(network, limit, error));
    return clmlp_update(network, rules, 0.0, error);
}

clmlp_status clmlp_fused_steps(clmlp_network *network, const clmlp_batch *batch, size_t count, clmlp_right right,
                               size_t slot, const double *numbers, double decay, size_t *taken, clmlp_error *error)
{
    const clmlp_steps_args args = clmlp_steps_args_of(network, batch, count, right, slot, numbers, decay);
    *taken = 0;
    if (network->backend->ops->steps == NULL || network->scale != NULL) return CLMLP_OK;
    return network->backend->ops->steps(network->backend, &args, taken, error);
}
