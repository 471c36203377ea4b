/* scaling_step.c - the training step of one rank of several, on random examples. */
#include "bench/scaling_step.h"

#include <stdio.h>

#include "bench/scaling.h"

/* Devices that are alike send gradients as they lie there. */
static clmlp_status share(clmlp_sharing **out, const clmlp_rank_run *r, const clmlp_device *device, clmlp_ranks *ranks,
                          clmlp_error *error)
{
    const clmlp_train_config config = clmlp_train_config_default();
    const clmlp_backend *const backend = r->run.backend;
    char text[1024];
    (void)snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%d", device->info.platform, device->info.name,
                   device->info.driver, backend->ops->engine, backend->tiles, (int)backend->precision);
    TRY(clmlp_sharing_create(out, ranks, r->run.network->L, &config, text, error));
    (*out)->limits = clmlp_score_limits_of(r->run.dataset, r->run.M, r->run.M);
    return CLMLP_OK;
}

clmlp_status clmlp_rank_run_create(clmlp_rank_run *r, clmlp_device *device, const clmlp_model *model, size_t M,
                                   clmlp_ranks *ranks, const clmlp_bench_config *config, clmlp_error *error)
{
    clmlp_status status = clmlp_bench_run_create(&r->run, device, model, M, CLMLP_FOR_GRADIENTS, config, error);
    if (status == CLMLP_OK) status = share(&r->alone, r, device, NULL, error);
    TRY(clmlp_ranks_agree(ranks, status, error));
    if (clmlp_ranks_count(ranks) == 1) return CLMLP_OK;
    TRY(share(&r->together, r, device, ranks, error));
    if (!r->together->alike) return CLMLP_OK;
    return clmlp_network_share_gradients(r->run.network, ranks, error);
}

void clmlp_rank_run_release(clmlp_rank_run *r)
{
    clmlp_sharing_destroy(r->alone);
    clmlp_sharing_destroy(r->together);
    clmlp_bench_run_release(&r->run);
}

clmlp_status clmlp_rank_run_step(clmlp_rank_run *r, clmlp_sharing *sharing, clmlp_error *error)
{
    clmlp_bench_run *const run = &r->run;
    clmlp_batch batch;
    clmlp_batch_score score;
    TRY(clmlp_bench_next(run, &batch, error));
    TRY(clmlp_shared_step(sharing, run->network, &batch, &run->descent, ++run->steps, &score, error));
    TRY(clmlp_batch_loader_done(run->loader, error));
    return run->backend->ops->flush(run->backend, error);
}
