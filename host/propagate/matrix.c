/* matrix.c - matrices as wide as theta(l), to the device and back. */
#include "base/rounded.h"
#include "propagate/network.h"

clmlp_status clmlp_network_put_matrix(clmlp_network *network, size_t l, clmlp_tensor *tensor, size_t rows,
                                      const double *from, clmlp_error *error)
{
    const size_t columns = network->s[l - 1] + 1, count = rows * columns;
    const bool is_double = network->backend->precision == CLMLP_F64;
    float *rounded = network->staging;
    const size_t infinite = is_double ? count : clmlp_round_to_float(from, count, rounded);
    if (infinite < count) {
        return clmlp_fail_beyond(error, CLMLP_F32, "theta(%zu), row %zu, column %zu: found %g", l,
                                 infinite / columns + 1, infinite % columns + 1, from[infinite]);
    }
    return network->backend->ops->tensor_write(network->backend, tensor, 0, rows,
                                               is_double ? (const void *)from : rounded, error);
}

clmlp_status clmlp_network_get_matrix(clmlp_network *network, size_t l, const clmlp_tensor *tensor, size_t rows,
                                      double *to, clmlp_error *error)
{
    const size_t count = rows * (network->s[l - 1] + 1);
    const bool is_double = network->backend->precision == CLMLP_F64;
    TRY(network->backend->ops->tensor_read(network->backend, tensor, 0, rows,
                                           is_double ? (void *)to : network->staging, error));
    if (!is_double) clmlp_widen(network->staging, count, to);
    return CLMLP_OK;
}
