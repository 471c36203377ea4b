/* local_steps.c - local gradient descent: each rank takes steps on its own rows, and now and then theta is averaged
 * (S. U. Stich, "Local SGD converges fast and communicates little", 2019). */
#include "train/run.h"

/* What the ranks took since they met last: their costs, whose sum each then knows. The last step of an epoch may have
 * had no rows here, and filled no slot. */
static clmlp_status add_costs(clmlp_run *r, size_t steps, bool empty, clmlp_error *error)
{
    clmlp_batch_score *const scores = r->scores + r->scored;
    const size_t own = steps - (empty ? 1 : 0);
    const clmlp_score_limits limits = {.rows = r->M, .total = steps * r->M, .weight = r->sharing->limits.weight};
    scores[steps - 1] = (clmlp_batch_score){.cost = 0.0, .right = 0.0};
    if (own > 0) TRY(clmlp_scores_take(r->backend, &limits, 0, own, scores, error));
    return clmlp_sharing_add_scores(r->sharing, scores, steps, error);
}

/* theta and state become their means over the ranks, each weighing as much as its share of the rows. */
static clmlp_status average(clmlp_run *r, clmlp_error *error)
{
    clmlp_sharing *const s = r->sharing;
    const double weight = (double)(s->until[s->rank + 1] - s->until[s->rank]) / CLMLP_SHARE_PARTS;
    TRY(clmlp_run_get_block(r, r->local, error));
    for (size_t i = 0; i < r->block; i++) r->local[i] *= weight;
    r->local[r->block] = clmlp_cancel_requested(s->cancel) ? 1.0 : 0.0;
    TRY(clmlp_exchange_sum(s->ranks, r->local, r->block + 1, error));
    s->stops = r->local[r->block] > 0.0;
    return clmlp_run_put_block(r, r->local, error);
}

clmlp_status clmlp_run_step_alone(clmlp_run *r, const clmlp_batch *batch, size_t number, bool meets, clmlp_error *error)
{
    const size_t slot = r->done - r->scored;
    const bool empty = batch->M == 0;
    clmlp_batch own = *batch;
    own.divisor = (double)batch->M;
    if (!empty) TRY(clmlp_step_take(r->network, &own, &r->descent, number, slot, error));
    if (!meets) return CLMLP_OK;
    TRY(add_costs(r, slot + 1, empty, error));
    r->scored = r->done + 1;
    return average(r, error);
}
