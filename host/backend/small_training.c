/* small_training.c - how much a training computes, and when that takes less than the start of an OpenCL CPU device. */
#include "backend/small_training.h"

#include <string.h>

#include "base/switch.h"

static const double PER_UNIT = 50.0, PER_THETA = 20.0, PER_LAYER = 20000.0;

double clmlp_training_operations(const size_t *units, size_t layers, size_t examples, size_t batch, size_t epochs)
{
    double products = 0.0, computed = 0.0, theta = 0.0;
    if (units == NULL || layers < 2 || examples == 0 || epochs == 0) return 0.0;
    for (size_t l = 0; l + 1 < layers; l++) {
        const double in = (double)units[l], out = (double)units[l + 1];
        if (units[l] == 0 || units[l + 1] == 0) return 0.0;
        theta += out * (in + 1.0);
        products += (l == 0 ? 2.0 : 3.0) * 2.0 * out * (in + 1.0); /* forward, gradient; hidden_delta */
        computed += out;
    }
    const size_t rows = batch == 0 ? examples : batch;
    const double steps = (double)(examples / rows + (examples % rows != 0));
    return (double)epochs * ((double)examples * (products + PER_UNIT * computed) +
                             steps * (PER_THETA * theta + PER_LAYER * (double)(layers - 1)));
}

clmlp_status clmlp_small_training(const clmlp_device_info *found, const char *spec,
                                  const clmlp_device_options *options, bool *is_small, clmlp_error *error)
{
    const char *never = NULL; /* its only word */
    TRY(clmlp_switch_word(CLMLP_SWITCH_AUTO_SMALL, &never, error));
    *is_small = never == NULL && strcmp(spec, "auto") == 0 && strcmp(found->type, "CPU") == 0 &&
                options->engine == CLMLP_ENGINE_AUTO && options->operations > 0.0 &&
                options->operations <= CLMLP_SMALL_OPERATIONS;
    return CLMLP_OK;
}
