/* tune_keep.c - what clmlp_tune decided, stored for later runs. */
#include <stdlib.h>

#include "backend/registry.h"
#include "base/text.h"
#include "bench/tuning.h"

/* Lines for the networks where it was decided, and one for others; true where there is none. */
static bool keep_engine(const clmlp_tune_result *result)
{
    clmlp_text lines = {0};
    bool kept = true;
    if (result->duel.overall != CLMLP_ENGINE_AUTO) {
        kept = clmlp_text_append(&lines, NULL, "overall %s\n", clmlp_engine_name(result->duel.overall)) == CLMLP_OK;
    }
    for (size_t n = 0; n < result->network_count; n++) {
        if (result->duel.winner[n] == CLMLP_ENGINE_AUTO) continue;
        kept = kept && clmlp_text_append(&lines, NULL, "%s %s\n", result->shapes[n],
                                         clmlp_engine_name(result->duel.winner[n])) == CLMLP_OK;
    }
    if (lines.data != NULL) {
        kept = kept && clmlp_backend_keep(&result->device, CLMLP_ENGINE_AUTO, result->precision, lines.data);
    }
    free(lines.data);
    return kept;
}

void clmlp_tuning_keep(clmlp_tune_result *result)
{
    bool kept = true, any = false;
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_tune_candidate *c = &result->candidates[i];
        if (!c->best) continue;
        any = true;
        kept = clmlp_backend_keep(&result->device, c->engine, result->precision, c->tiles) && kept;
    }
    if (result->duel.held) kept = keep_engine(result) && kept;
    result->kept = any && kept;
}
