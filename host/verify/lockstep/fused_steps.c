/* fused_steps.c - repeat verified single steps as fused steps, and compare theta, its state and the costs. */
#include "verify/lockstep/fused_steps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verify/step/transfers.h"

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
    const clmlp_descent *const descent = &r->step->descent;
    TRY(clmlp_step_fuse(r->network, r->stream.loader, &batch, descent, r->done + 1, r->done, most, &fused, error));
    if (fused == 0) TRY(clmlp_step_take(r->network, &batch, descent, r->done + 1, r->done, error));
    r->taken += fused;
    r->done += fused > 0 ? fused : 1;
    TRY(clmlp_batch_loader_done(r->stream.loader, error));
    return r->network->backend->ops->flush(r->network->backend, error);
}

static void name_steps(const clmlp_backend *backend, clmlp_finding *f)
{
    f->equation = "steps";
    if (backend->ops->steps_kernel != NULL) {
        (void)snprintf(f->kernel, sizeof f->kernel, "%s", backend->ops->steps_kernel(backend));
    }
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_score(clmlp_batch_score a, clmlp_batch_score b)
{
    return same(a.cost, b.cost) && same(a.right, b.right);
}

/* The costs and counts of all steps; the finding is of the first that differs, or else of the last. */
static clmlp_status check_costs(const repetition *r, size_t count, const clmlp_batch_score *costs, clmlp_finding *f,
                                clmlp_error *error)
{
    clmlp_backend *const backend = r->network->backend;
    clmlp_batch_score *scores = NULL;
    size_t at = 0;
    TRY(clmlp_allocate(&scores, count, sizeof *scores, "costs to compare", error));
    const clmlp_status status = backend->ops->scores_read(backend, 0, count, scores, error);
    while (status == CLMLP_OK && at + 1 < count && same_score(scores[at], costs[at])) at++;
    const bool counts = same(scores[at].cost, costs[at].cost) && !same(scores[at].right, costs[at].right);
    *f = (clmlp_finding){.step = at + 1, .layer = r->step->L, .rows = 1, .columns = 1,
                         .quantity = counts ? CLMLP_QUANTITY_RIGHT : CLMLP_QUANTITY_COST,
                         .found = counts ? scores[at].right : scores[at].cost,
                         .expected = counts ? costs[at].right : costs[at].cost};
    const double error_of = fabs(f->found - f->expected);
    if (!same(f->found, f->expected)) {
        f->failed = 1;
        f->max_of_bound = (double)INFINITY; /* there is none */
        f->max_abs = isnan(error_of) ? (double)INFINITY : error_of;
        f->max_ulp = (double)INFINITY;
    }
    free(scores);
    return status;
}

static clmlp_status repeat(repetition *r, size_t count, const clmlp_batch_score *costs, clmlp_finding *findings,
                           clmlp_error *error)
{
    const clmlp_backend *backend = r->network->backend;
    while (r->done < count) {
        TRY(go_on(r, count - r->done, error));
        if (r->taken == 0) return CLMLP_OK; /* what it does not want once it never wants */
    }
    const size_t matrices = (1 + r->step->states) * (r->step->L - 1);
    for (size_t i = 0; i < matrices; i++) {
        const size_t part = i / (r->step->L - 1), l = i % (r->step->L - 1) + 1;
        clmlp_finding *f = &findings[i];
        TRY(clmlp_check_same_parameters(r->network, part, l, r->step, f, error));
        f->step = count;
        name_steps(backend, f);
    }
    TRY(check_costs(r, count, costs, &findings[matrices], error));
    name_steps(backend, &findings[matrices]);
    return CLMLP_OK;
}

clmlp_status clmlp_check_fused_steps(clmlp_batch_loader *loader, const clmlp_model *model,
                                     const clmlp_step_record *step, size_t M, bool shuffles, uint64_t seed,
                                     size_t count, const clmlp_batch_score *costs, clmlp_finding *findings,
                                     size_t *taken,
                                     clmlp_error *error)
{
    clmlp_backend *backend = loader->backend;
    repetition r = {.stream = {.loader = loader, .rows = M, .shuffles = shuffles, .seed = seed}, .step = step};
    *taken = 0;
    if (backend->ops->steps == NULL || step->descent.rule.clip_norm > 0.0) return CLMLP_OK;
    TRY(backend->ops->scores_reserve(backend, count, M, count * M, error));
    TRY(clmlp_network_create(&r.network, backend, model, M, CLMLP_FOR_TRAINING, error));
    clmlp_status status = clmlp_network_set_optimizer(r.network, step->descent.rule.optimizer, error);
    if (status == CLMLP_OK) status = repeat(&r, count, costs, findings, error);
    *taken = r.taken;
    clmlp_network_destroy(r.network);
    return status;
}
