/* short_gradients.c - gradients sent in 16 bits, with error feedback. */
#include "train/ranks/short_gradients.h"

#include <math.h>
#include <stdlib.h>

#include "base/bfloat16.h"
#include "base/memory.h"

clmlp_status clmlp_short_gradient_pack(clmlp_short_gradient *g, const float *values, size_t count, clmlp_error *error)
{
    if (g->owed == NULL) {
        TRY(clmlp_allocate(&g->sent, count, sizeof *g->sent, "gradients that are sent", error));
        TRY(clmlp_allocate(&g->owed, count, sizeof *g->owed, "what of gradients is owed", error));
        for (size_t i = 0; i < count; i++) g->owed[i] = 0.0f;
    }
    for (size_t i = 0; i < count; i++) {
        const float value = values[i] + g->owed[i];
        g->sent[i] = clmlp_bfloat16_of(value);
        const float left = value - clmlp_bfloat16_value(g->sent[i]);
        g->owed[i] = isfinite(left) ? left : 0.0f; /* what diverged owes nothing */
    }
    return CLMLP_OK;
}

void clmlp_short_gradient_unpack(const clmlp_short_gradient *g, float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) values[i] = clmlp_bfloat16_value(g->sent[i]);
}

void clmlp_short_gradient_release(clmlp_short_gradient *g)
{
    free(g->sent);
    free(g->owed);
    *g = (clmlp_short_gradient){NULL, NULL};
}
