/* test_shared_step.c - a step of several ranks that fails half way gives up the sums that are under way, and only then:
 * their memory goes, and others may still be adding to it. */
#include <criterion/criterion.h>

#include "backend/backend.h"
#include "propagate/network.h"
#include "train/ranks/sharing.h"

static clmlp_status of_forward;
static size_t given_up;

/* In place of the library's (-Wl,--wrap). */
clmlp_status __wrap_clmlp_forward(clmlp_network *network, const clmlp_batch *batch, clmlp_error *error);
clmlp_status __wrap_clmlp_forward(clmlp_network *network, const clmlp_batch *batch, clmlp_error *error)
{
    (void)network, (void)batch, (void)error;
    return of_forward;
}

void __wrap_clmlp_step_rules(clmlp_network *network, const clmlp_descent *descent, size_t step);
void __wrap_clmlp_step_rules(clmlp_network *network, const clmlp_descent *descent, size_t step)
{
    (void)network, (void)descent, (void)step;
}

void __wrap_clmlp_gradient_sums_give_up(clmlp_gradient_sums *sums, clmlp_network *network);
void __wrap_clmlp_gradient_sums_give_up(clmlp_gradient_sums *sums, clmlp_network *network)
{
    (void)sums, (void)network;
    given_up++;
}

static clmlp_status flush(clmlp_backend *backend, clmlp_error *error)
{
    (void)backend, (void)error;
    return CLMLP_OK;
}

static clmlp_ranks *alone(void)
{
    clmlp_ranks *ranks = NULL;
    const clmlp_ranks_options options = {.size = sizeof options, .mpi = "none"};
    cr_assert_eq(clmlp_ranks_open(&ranks, &options, NULL), CLMLP_OK);
    return ranks;
}

/* One layer has no gradient: what is left of a step is its record. */
static void expect(clmlp_status status, size_t rows, size_t times)
{
    static const clmlp_backend_ops ops = {.flush = flush};
    clmlp_backend backend = {.ops = &ops};
    clmlp_network network = {.L = 1, .backend = &backend};
    double record[CLMLP_RECORD_RANKS + 2] = {0.0}, seconds = 0.0, counted = 0.0, computed = 0.0;
    clmlp_sharing sharing = {.ranks = alone(), .count = 1, .record = record, .seconds = &seconds, .rows = &counted,
                             .computed = &computed};
    const clmlp_batch batch = {.M = rows};
    const clmlp_descent descent = {.decay = 0.0};
    clmlp_batch_score score = {.cost = 7.0};
    of_forward = status;
    given_up = 0;
    cr_assert_eq(clmlp_shared_gradients(&sharing, &network, &batch, &descent, 1, &score, NULL), status);
    cr_assert_eq(given_up, times, "gradients alone: %zu times", given_up);
    given_up = 0;
    cr_assert_eq(clmlp_shared_step(&sharing, &network, &batch, &descent, 1, &score, NULL), status);
    cr_assert_eq(given_up, times, "by layer: %zu times", given_up);
    if (status == CLMLP_OK) cr_assert_eq(score.cost, 0.0);
    clmlp_ranks_close(sharing.ranks);
}

Test(shared_step, that_fails_gives_up_its_sums)
{
    expect(CLMLP_DEVICE, 1, 1);
}

Test(shared_step, that_is_done_gives_up_nothing)
{
    expect(CLMLP_OK, 0, 0);
}

/* Of each batch its own. */
Test(shared_step, scores_of_batches_stay_apart)
{
    clmlp_batch_score scores[] = {{1.5, 2.0}, {3.0, 4.0}, {5.25, 6.0}};
    clmlp_sharing sharing = {.ranks = alone(), .count = 1};
    cr_assert_eq(clmlp_sharing_add_scores(&sharing, scores, 3, NULL), CLMLP_OK);
    cr_assert(scores[0].cost == 1.5 && scores[1].cost == 3.0 && scores[2].cost == 5.25);
    cr_assert(scores[0].right == 2.0 && scores[1].right == 4.0 && scores[2].right == 6.0);
    clmlp_ranks_close(sharing.ranks);
}
