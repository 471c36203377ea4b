/* best.c - the best theta so far, kept on the device, and when training has gone on for long enough without a gain. */
#include "train/best.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

clmlp_status clmlp_best_place(clmlp_best *best, const clmlp_network *network, clmlp_error *error)
{
    best->backend = network->backend;
    best->layers = network->L - 1;
    TRY(clmlp_allocate(&best->theta, best->layers, sizeof *best->theta, "the best theta", error));
    for (size_t l = 0; l < best->layers; l++) {
        const clmlp_tensor *const theta = network->theta[l];
        TRY(clmlp_tensor_create(best->backend, theta->kind, theta->rows, theta->columns, "the best theta",
                                &best->theta[l], error));
    }
    return CLMLP_OK;
}

void clmlp_best_leave(clmlp_best *best)
{
    for (size_t l = 0; best->theta != NULL && l < best->layers; l++) {
        clmlp_tensor_destroy(best->backend, best->theta[l]);
    }
    free(best->theta);
    best->theta = NULL;
}

/* Whether a value is better than that of `epoch` by more than `by`; anything is where epoch is 0. */
static bool is_better(bool more, double value, size_t epoch, double than, double by)
{
    if (!isfinite(value)) return false;
    if (epoch == 0) return true;
    /* no difference is taken: it would round */
    if (by == 0.0) return more ? value > than : value < than;
    return more ? value > than + by : value < than - by;
}

void clmlp_best_see(clmlp_best *best, const clmlp_patience *patience, size_t epoch, double value, bool *keep)
{
    *keep = is_better(patience->more, value, best->epoch, best->value, 0.0);
    if (is_better(patience->more, value, best->gain_epoch, best->gain_value, patience->tolerance)) {
        best->gain_epoch = epoch;
        best->gain_value = value;
    }
    if (!*keep) return;
    best->epoch = epoch;
    best->value = value;
}

bool clmlp_best_stops(const clmlp_best *best, const clmlp_patience *patience, size_t epoch)
{
    return patience->epochs > 0 && epoch >= patience->min_epochs && epoch - best->gain_epoch >= patience->epochs;
}

static clmlp_status copy(clmlp_backend *backend, size_t layers, clmlp_tensor *const *from, clmlp_tensor *const *to,
                         clmlp_error *error)
{
    for (size_t l = 0; l < layers; l++) TRY(backend->ops->tensor_copy(backend, from[l], to[l], error));
    return CLMLP_OK;
}

clmlp_status clmlp_best_keep(clmlp_best *best, const clmlp_network *network, clmlp_error *error)
{
    return copy(best->backend, best->layers, network->theta, best->theta, error);
}

clmlp_status clmlp_best_restore(const clmlp_best *best, clmlp_network *network, clmlp_error *error)
{
    return copy(best->backend, best->layers, best->theta, network->theta, error);
}

clmlp_status clmlp_best_get(const clmlp_best *best, clmlp_network *network, const clmlp_model *model, double *theta,
                            clmlp_error *error)
{
    return clmlp_network_get_like_theta(network, model, best->theta, theta, error);
}

clmlp_status clmlp_best_put(clmlp_best *best, clmlp_network *network, const clmlp_model *model, const double *theta,
                            clmlp_error *error)
{
    return clmlp_network_put_like_theta(network, model, best->theta, theta, error);
}
