/* input_scale.c - the matrices of the learnable scale of the inputs: made, filled, read back, released. */
#include <stdlib.h>

#include "base/memory.h"
#include "propagate/network.h"

/* A matrix [rows x (s_1 + 1)], laid out as theta(1). */
static clmlp_status create(clmlp_network *network, size_t rows, clmlp_tensor **out, clmlp_error *error)
{
    return clmlp_tensor_create(network->backend, CLMLP_TENSOR_THETA_ONE_WAY, rows, network->s[0] + 1,
                               "the scale of the inputs", out, error);
}

static clmlp_status create_all(clmlp_network *network, clmlp_input_scale *own, clmlp_error *error)
{
    TRY(clmlp_allocate(&own->gradients, network->L, sizeof *own->gradients, "the scale of the inputs", error));
    TRY(create(network, network->s[1], &own->raw, error));
    TRY(create(network, 1, &own->scale, error));
    TRY(create(network, 1, &own->scale_gradient, error));
    for (size_t k = 0; k < clmlp_optimizer_states(network->optimizer); k++) {
        TRY(create(network, 1, &own->state[k], error));
    }
    if (network->gradient[0] != NULL) return CLMLP_OK;
    return create(network, network->s[1], &network->gradient[0], error);
}

/* raw is theta(1), s is 1, the rest is 0. */
static clmlp_status fill(clmlp_network *network, double *values, clmlp_error *error)
{
    const size_t columns = network->s[0] + 1, count = network->s[1] * columns;
    TRY(clmlp_network_get_matrix(network, 1, network->theta[0], network->s[1], values, error));
    for (size_t i = 0; i < columns; i++) values[count + i] = 1.0;
    TRY(clmlp_input_scale_put(network, values, error));
    return clmlp_network_put_matrix(network, 1, network->scale->scale_gradient, 1, values + count, error);
}

clmlp_status clmlp_network_learn_input_scale(clmlp_network *network, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *values = NULL;
    clmlp_input_scale_destroy(network);
    TRY(clmlp_allocate(&network->scale, 1, sizeof *network->scale, "the scale of the inputs", error));
    TRY(create_all(network, network->scale, error));
    TRY(clmlp_allocate(&values, clmlp_input_scale_size(network), sizeof *values, "the scale of the inputs", error));
    status = fill(network, values, error);
    free(values);
    return status;
}

void clmlp_input_scale_destroy(clmlp_network *network)
{
    clmlp_input_scale *const own = network->scale;
    if (own == NULL) return;
    clmlp_tensor_destroy(network->backend, own->raw);
    clmlp_tensor_destroy(network->backend, own->scale);
    clmlp_tensor_destroy(network->backend, own->scale_gradient);
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) clmlp_tensor_destroy(network->backend, own->state[k]);
    free(own->gradients);
    free(own);
    network->scale = NULL;
}

size_t clmlp_input_scale_size(const clmlp_network *network)
{
    const size_t columns = network->s[0] + 1; /* theta(1) is larger, and is there */
    if (network->scale == NULL) return 0;
    return (network->s[1] + 1 + clmlp_optimizer_states(network->optimizer)) * columns;
}

clmlp_status clmlp_input_scale_put(clmlp_network *network, const double *values, clmlp_error *error)
{
    const size_t columns = network->s[0] + 1, rows = network->s[1];
    clmlp_input_scale *const own = network->scale;
    if (own == NULL) return CLMLP_OK;
    TRY(clmlp_network_put_matrix(network, 1, own->raw, rows, values, error));
    TRY(clmlp_network_put_matrix(network, 1, own->scale, 1, values + rows * columns, error));
    for (size_t k = 0; k < clmlp_optimizer_states(network->optimizer); k++) {
        TRY(clmlp_network_put_matrix(network, 1, own->state[k], 1, values + (rows + 1 + k) * columns, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_input_scale_get(clmlp_network *network, double *values, clmlp_error *error)
{
    const size_t columns = network->s[0] + 1, rows = network->s[1];
    const clmlp_input_scale *const own = network->scale;
    if (own == NULL) return CLMLP_OK;
    TRY(clmlp_network_get_matrix(network, 1, own->raw, rows, values, error));
    TRY(clmlp_network_get_matrix(network, 1, own->scale, 1, values + rows * columns, error));
    for (size_t k = 0; k < clmlp_optimizer_states(network->optimizer); k++) {
        TRY(clmlp_network_get_matrix(network, 1, own->state[k], 1, values + (rows + 1 + k) * columns, error));
    }
    return CLMLP_OK;
}
