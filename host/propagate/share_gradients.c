/* share_gradients.c - gradients where all ranks of a host see them. */
#include "base/memory.h"
#include "propagate/network.h"
#include "ranks/direct.h"

/* Bytes of a matrix in whole pages. */
static size_t pages_of(const clmlp_tensor *tensor)
{
    return (tensor->bytes + CLMLP_DIRECT_PAGE - 1) / CLMLP_DIRECT_PAGE * CLMLP_DIRECT_PAGE;
}

/* Of all gradients; 0: they cannot lie elsewhere. */
static size_t bytes_of_all(const clmlp_network *network)
{
    size_t all = 0;
    for (size_t l = 1; l < network->L; l++) {
        const clmlp_tensor *const gradient = network->gradient[l - 1];
        if (gradient == NULL || gradient->bytes > SIZE_MAX / 2) return 0;
        if (!clmlp_add(all, pages_of(gradient), &all)) return 0;
    }
    return network->backend->ops->tensor_place != NULL ? all : 0;
}

clmlp_status clmlp_network_share_gradients(clmlp_network *network, clmlp_ranks *ranks, clmlp_error *error)
{
    clmlp_backend *const backend = network->backend;
    bool placed = true;
    if (network->direct != NULL) return CLMLP_OK;
    network->sharers = ranks;
    TRY(clmlp_direct_open(&network->direct, ranks, bytes_of_all(network), error));
    if (network->direct == NULL) return CLMLP_OK;
    unsigned char *at = clmlp_direct_part(network->direct, clmlp_ranks_rank(ranks));
    for (size_t l = 1; l < network->L; l++) {
        placed = backend->ops->tensor_place(backend, network->gradient[l - 1], at) && placed;
        at += pages_of(network->gradient[l - 1]);
    }
    return clmlp_direct_use(network->direct, ranks, placed, error);
}
