/* network.c - a model's matrices on a backend: made, filled, read back, released. */
#include "propagate/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ranks/direct.h"

static clmlp_status create_lists(clmlp_network *network, clmlp_error *error)
{
    TRY(clmlp_allocate(&network->theta, network->L, sizeof *network->theta, "a network", error));
    TRY(clmlp_allocate(&network->gradient, network->L, sizeof *network->gradient, "a network", error));
    TRY(clmlp_allocate(&network->state, network->L, sizeof *network->state, "a network", error));
    TRY(clmlp_allocate(&network->rules, network->L, sizeof *network->rules, "a network", error));
    TRY(clmlp_allocate(&network->a, network->L, sizeof *network->a, "a network", error));
    TRY(clmlp_allocate(&network->z, network->L, sizeof *network->z, "a network", error));
    TRY(clmlp_allocate(&network->delta, network->L, sizeof *network->delta, "a network", error));
    return CLMLP_OK;
}

static clmlp_status create_gradient(clmlp_network *network, size_t l, clmlp_error *error)
{
    return clmlp_tensor_create(network->backend, CLMLP_TENSOR_THETA_ONE_WAY, network->s[l], network->s[l - 1] + 1,
                               "a gradient", &network->gradient[l - 1], error);
}

static clmlp_status create_theta(clmlp_network *network, clmlp_purpose purpose, clmlp_error *error)
{
    const bool gradients = purpose == CLMLP_FOR_GRADIENTS || purpose == CLMLP_FOR_VERIFICATION ||
                           (purpose == CLMLP_FOR_TRAINING && network->backend->ops->descend == NULL);
    network->may_descend_in_one = network->backend->ops->descend != NULL && purpose != CLMLP_FOR_GRADIENTS;
    network->descends_in_one = network->may_descend_in_one;
    size_t largest = 0;
    for (size_t l = 1; l < network->L; l++) {
        const size_t rows = network->s[l], columns = network->s[l - 1] + 1;
        const bool one_way = l == 1 || purpose == CLMLP_FOR_PREDICTION;
        TRY(clmlp_tensor_create(network->backend, one_way ? CLMLP_TENSOR_THETA_ONE_WAY : CLMLP_TENSOR_THETA, rows,
                                columns, "theta", &network->theta[l - 1], error));
        if (gradients) TRY(create_gradient(network, l, error));
        largest = rows * columns > largest ? rows * columns : largest;
    }
    return clmlp_allocate(&network->staging, largest, clmlp_precision_size(network->backend->precision),
                          "theta of a layer", error);
}

static clmlp_status create_layers(clmlp_network *network, clmlp_purpose purpose, clmlp_error *error)
{
    clmlp_backend *backend = network->backend;
    const size_t rows = network->capacity, K = network->s[network->L - 1];
    for (size_t l = 2; l < network->L; l++) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_LAYER, rows, network->s[l - 1], "the activations of a layer",
                                &network->a[l - 1], error));
    }
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, rows, K, "z of the output layer", &network->z[network->L - 1],
                            error));
    if (purpose == CLMLP_FOR_PREDICTION || purpose == CLMLP_FOR_VERIFICATION) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, rows, K, "the predictions", &network->h, error));
    }
    if (purpose == CLMLP_FOR_PREDICTION) return CLMLP_OK;
    const bool keeps_z = purpose == CLMLP_FOR_VERIFICATION || clmlp_activation_needs_z(network->activation);
    for (size_t l = 2; l < network->L && keeps_z; l++) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, rows, network->s[l - 1], "z of a layer",
                                &network->z[l - 1], error));
    }
    for (size_t l = 2; l <= network->L; l++) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, rows, network->s[l - 1], "delta of a layer",
                                &network->delta[l - 1], error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_network_create(clmlp_network **out, clmlp_backend *backend, const clmlp_model *model,
                                  size_t capacity, clmlp_purpose purpose, clmlp_error *error)
{
    clmlp_network *network = NULL;
    clmlp_status status = CLMLP_OK;
    const clmlp_network_size size = {model->L, model->s, capacity};
    /* measured are training steps */
    TRY(clmlp_backend_prepare(backend, purpose == CLMLP_FOR_PREDICTION ? NULL : &size, model->activation, error));
    TRY(clmlp_allocate(&network, 1, sizeof *network, "a network", error));
    network->backend = backend;
    network->L = model->L;
    network->s = model->s;
    network->activation = model->activation;
    network->output = model->output;
    network->capacity = capacity;
    TRY_CLEANUP(create_lists(network, error));
    TRY_CLEANUP(create_theta(network, purpose, error));
    TRY_CLEANUP(create_layers(network, purpose, error));
    TRY_CLEANUP(clmlp_network_put_theta(network, model, model->theta, error));
    *out = network;
cleanup:
    if (status != CLMLP_OK) clmlp_network_destroy(network);
    return status;
}

static void destroy_list(clmlp_network *network, clmlp_tensor **list)
{
    if (list == NULL) return;
    for (size_t i = 0; i < network->L; i++) clmlp_tensor_destroy(network->backend, list[i]);
    free(list);
}

/* The state of all layers; the list of layers stays. */
static void destroy_state(clmlp_network *network)
{
    const size_t states = clmlp_optimizer_states(network->optimizer);
    for (size_t l = 1; network->state != NULL && l < network->L; l++) {
        clmlp_tensor **const state = network->state[l - 1];
        for (size_t k = 0; state != NULL && k < states; k++) clmlp_tensor_destroy(network->backend, state[k]);
        free(state);
        network->state[l - 1] = NULL;
    }
}

void clmlp_network_destroy(clmlp_network *network)
{
    if (network == NULL) return;
    clmlp_tensor_destroy(network->backend, network->h);
    clmlp_input_scale_destroy(network);
    destroy_state(network);
    free(network->state);
    free(network->rules);
    destroy_list(network, network->delta);
    destroy_list(network, network->z);
    destroy_list(network, network->a);
    destroy_list(network, network->gradient);
    destroy_list(network, network->theta);
    clmlp_direct_close(network->direct, network->sharers);
    free(network->staging);
    free(network);
}

static clmlp_status put_layer(clmlp_network *network, size_t l, clmlp_tensor *tensor, const double *from,
                              clmlp_error *error)
{
    return clmlp_network_put_matrix(network, l, tensor, network->s[l], from, error);
}

static clmlp_status get_layer(clmlp_network *network, size_t l, const clmlp_tensor *tensor, double *to,
                              clmlp_error *error)
{
    return clmlp_network_get_matrix(network, l, tensor, network->s[l], to, error);
}

clmlp_status clmlp_network_put_like_theta(clmlp_network *network, const clmlp_model *model,
                                          clmlp_tensor *const *tensors, const double *theta, clmlp_error *error)
{
    for (size_t l = 1; l < network->L; l++) {
        TRY(put_layer(network, l, tensors[l - 1], theta + model->theta_at[l - 1], error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_network_get_like_theta(clmlp_network *network, const clmlp_model *model,
                                          clmlp_tensor *const *tensors, double *theta, clmlp_error *error)
{
    for (size_t l = 1; l < network->L; l++) {
        TRY(get_layer(network, l, tensors[l - 1], theta + model->theta_at[l - 1], error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_network_put_theta(clmlp_network *network, const clmlp_model *model, const double *theta,
                                     clmlp_error *error)
{
    return clmlp_network_put_like_theta(network, model, network->theta, theta, error);
}

clmlp_status clmlp_network_get_theta(clmlp_network *network, const clmlp_model *model, double *theta,
                                     clmlp_error *error)
{
    return clmlp_network_get_like_theta(network, model, network->theta, theta, error);
}

static clmlp_status create_state(clmlp_network *network, size_t l, size_t states, clmlp_error *error)
{
    const size_t rows = network->s[l], columns = network->s[l - 1] + 1;
    clmlp_backend *backend = network->backend;
    TRY(clmlp_allocate(&network->state[l - 1], states, sizeof **network->state, "a network", error));
    memset(network->staging, 0, rows * columns * clmlp_precision_size(backend->precision));
    for (size_t k = 0; k < states; k++) {
        clmlp_tensor **const state = &network->state[l - 1][k];
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA_ONE_WAY, rows, columns, "the optimizer's state", state,
                                error));
        TRY(backend->ops->tensor_write(backend, *state, 0, rows, network->staging, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_network_set_optimizer(clmlp_network *network, clmlp_optimizer optimizer, clmlp_error *error)
{
    const size_t states = clmlp_optimizer_states(optimizer);
    destroy_state(network);
    network->optimizer = optimizer;
    for (size_t l = 1; l < network->L && states > 0; l++) TRY(create_state(network, l, states, error));
    if (network->backend->ops->prepare_rule == NULL) return CLMLP_OK;
    return network->backend->ops->prepare_rule(network->backend, optimizer, error);
}

clmlp_status clmlp_network_set_clipping(clmlp_network *network, bool clips, clmlp_error *error)
{
    for (size_t l = 1; l < network->L && clips; l++) {
        if (network->gradient[l - 1] == NULL) TRY(create_gradient(network, l, error));
    }
    network->descends_in_one = network->may_descend_in_one && !clips;
    return CLMLP_OK;
}

size_t clmlp_network_state_size(const clmlp_network *network, const clmlp_model *model)
{
    return clmlp_optimizer_states(network->optimizer) * model->theta_at[network->L - 1] +
           clmlp_input_scale_size(network);
}

clmlp_status clmlp_network_put_state(clmlp_network *network, const clmlp_model *model, const double *state,
                                     clmlp_error *error)
{
    const size_t states = clmlp_optimizer_states(network->optimizer);
    for (size_t k = 0; k < states; k++) {
        const double *const from = state + k * model->theta_at[network->L - 1];
        for (size_t l = 1; l < network->L; l++) {
            TRY(put_layer(network, l, network->state[l - 1][k], from + model->theta_at[l - 1], error));
        }
    }
    return clmlp_input_scale_put(network, state + states * model->theta_at[network->L - 1], error);
}

clmlp_status clmlp_network_get_state(clmlp_network *network, const clmlp_model *model, double *state,
                                     clmlp_error *error)
{
    const size_t states = clmlp_optimizer_states(network->optimizer);
    for (size_t k = 0; k < states; k++) {
        double *const to = state + k * model->theta_at[network->L - 1];
        for (size_t l = 1; l < network->L; l++) {
            TRY(get_layer(network, l, network->state[l - 1][k], to + model->theta_at[l - 1], error));
        }
    }
    return clmlp_input_scale_get(network, state + states * model->theta_at[network->L - 1], error);
}
