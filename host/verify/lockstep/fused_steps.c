/* fused_steps.c - repeat verified single steps as fused steps, and compare theta. */
#include "verify/lockstep/fused_steps.h"

#include <stdio.h>

#include "verify/lockstep/transfers.h"

typedef struct repetition {
    clmlp_batch_stream stream;
    clmlp_network *network;
    const clmlp_step_record *step;
    size_t done, taken;
} repetition;

/* Some steps of at most `most`. */
static clmlp_status go_on(repetition *r, size_t most, clmlp_error *error)
{
    clmlp_batch batch;
    size_t fused = 0;
    TRY(clmlp_batch_stream_next(&r->stream, &batch, error));
    TRY(clmlp_step_fuse(r->network, r->stream.loader, &batch, &r->step->descent, r->done + 1, 0, most, &fused, error));
    r->taken += fused;
    r->done += fused > 0 ? fused : 1;
    if (fused == 0) TRY(clmlp_step_take(r->network, &batch, &r->step->descent, r->done, 0, error));
    TRY(clmlp_batch_loader_done(r->stream.loader, error));
    return r->network->backend->ops->flush(r->network->backend, error);
}

static clmlp_status repeat(repetition *r, size_t count, clmlp_finding *findings, clmlp_error *error)
{
    const clmlp_backend *backend = r->network->backend;
    while (r->done < count) {
        TRY(go_on(r, count - r->done, error));
        if (r->taken == 0) return CLMLP_OK; /* what it does not want once it never wants */
    }
    for (size_t i = 0; i < (1 + r->step->states) * (r->step->L - 1); i++) {
        const size_t part = i / (r->step->L - 1), l = i % (r->step->L - 1) + 1;
        clmlp_finding *f = &findings[i];
        TRY(clmlp_check_same_parameters(r->network, part, l, r->step, f, error));
        f->step = count;
        f->equation = "steps";
        if (backend->ops->steps_kernel != NULL) {
            (void)snprintf(f->kernel, sizeof f->kernel, "%s", backend->ops->steps_kernel);
        }
    }
    return CLMLP_OK;
}

clmlp_status clmlp_check_fused_steps(clmlp_batch_loader *loader, const clmlp_model *model,
                                     const clmlp_step_record *step, size_t M, bool shuffles, uint64_t seed,
                                     size_t count, clmlp_finding *findings, size_t *taken, clmlp_error *error)
{
    clmlp_backend *backend = loader->backend;
    repetition r = {.stream = {.loader = loader, .rows = M, .shuffles = shuffles, .seed = seed}, .step = step};
    *taken = 0;
    if (backend->ops->steps == NULL || step->descent.rule.clip_norm > 0.0) return CLMLP_OK;
    TRY(backend->ops->scores_reserve(backend, count, M, count * M, error));
    TRY(clmlp_network_create(&r.network, backend, model, M, CLMLP_FOR_TRAINING, error));
    clmlp_status status = clmlp_network_set_optimizer(r.network, step->descent.rule.optimizer, error);
    if (status == CLMLP_OK) status = repeat(&r, count, findings, error);
    *taken = r.taken;
    clmlp_network_destroy(r.network);
    return status;
}
