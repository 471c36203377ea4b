/* vectors.c - theta, gradients and directions of all layers as one vector on the device. */
#include "train/minimise/vectors.h"

#include <stdlib.h>

#include "base/memory.h"

clmlp_status clmlp_vector_create(clmlp_vector *out, const clmlp_network *network, const char *what, clmlp_error *error)
{
    TRY(clmlp_allocate(out, network->L - 1, sizeof **out, what, error));
    for (size_t l = 1; l < network->L; l++) {
        TRY(clmlp_tensor_create(network->backend, CLMLP_TENSOR_THETA_ONE_WAY, network->s[l], network->s[l - 1] + 1,
                                what, &(*out)[l - 1], error));
    }
    return CLMLP_OK;
}

void clmlp_vector_destroy(clmlp_vector vector, const clmlp_network *network)
{
    for (size_t l = 1; vector != NULL && l < network->L; l++) clmlp_tensor_destroy(network->backend, vector[l - 1]);
    free(vector);
}

clmlp_scalar clmlp_number(double constant)
{
    return (clmlp_scalar){constant, NO_SUM};
}

clmlp_scalar clmlp_times_sum(double constant, size_t slot)
{
    return (clmlp_scalar){constant, slot};
}

clmlp_status clmlp_vector_combine(const clmlp_vector_space *space, clmlp_scalar a, clmlp_vector x, clmlp_scalar b,
                                  clmlp_vector y, clmlp_vector result, clmlp_error *error)
{
    const clmlp_vector_watch *const watch = space->watch;
    clmlp_backend *const backend = space->network->backend;
    for (size_t l = 1; l < space->network->L; l++) {
        const clmlp_combine_args args = {.a = a, .b = b, .x = x[l - 1], .y = y != NULL ? y[l - 1] : NULL,
                                         .result = result[l - 1]};
        TRY(watch != NULL ? watch->combine(watch->context, &args, l, error)
                          : backend->ops->combine(backend, &args, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_vector_dot(const clmlp_vector_space *space, clmlp_vector x, clmlp_vector y, bool bias, size_t slot,
                              clmlp_error *error)
{
    const clmlp_vector_watch *const watch = space->watch;
    clmlp_backend *const backend = space->network->backend;
    const clmlp_dot_args args = {.layers = space->network->L - 1, .x = x, .y = y, .bias = bias, .slot = slot};
    return watch != NULL ? watch->dot(watch->context, &args, error) : backend->ops->dot(backend, &args, error);
}

clmlp_status clmlp_vector_sums(const clmlp_vector_space *space, size_t first, size_t count, unsigned squares,
                               double *sums, clmlp_error *error)
{
    return clmlp_sums_take(space->network->backend, first, count, squares, sums, error);
}
