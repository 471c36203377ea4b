/* minimised.c - iterations of lbfgs and cg on a device, each of their operations compared with the reference. */
#include "verify/lockstep/minimised.h"

#include <math.h>
#include <stdio.h>

#include "verify/lockstep/dump.h"

static clmlp_status dump_tensor(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    return clmlp_dump_tensor(context, checked, error);
}

/* The last point of the iteration, and how theta moved to it. Where no point is lower it has not moved. */
static clmlp_status dump(const clmlp_minimised *m, const clmlp_minimisation *minimisation,
                         const clmlp_minimiser_checker *watched, size_t number, clmlp_error *error)
{
    const clmlp_minimiser_move *const move = clmlp_minimiser_checker_move(watched);
    char folder[CLMLP_DUMP_PATH];
    const bool stayed = minimisation->end == CLMLP_END_DECREASE || minimisation->end == CLMLP_END_STUCK;
    if (m->config->dump == NULL || move == NULL || stayed) return CLMLP_OK;
    (void)snprintf(folder, sizeof folder, "%s", m->config->dump); /* a sink's context is not const */
    TRY(clmlp_step_checker_check(m->checker, m->step, number, dump_tensor, folder, error));
    return clmlp_dump_move(folder, m->step, number, move->theta, move->direction, move->step, error);
}

/* An iteration that found nothing to move along has nothing to be saved. */
static clmlp_status save(const clmlp_minimised *m, clmlp_minimiser_checker *watched, size_t number,
                         clmlp_error *error)
{
    if (m->config->bundle == NULL || clmlp_minimiser_checker_move(watched) == NULL) return CLMLP_OK;
    TRY(clmlp_minimiser_checker_take_move(watched, error));
    return m->save(m->context, number, error);
}

static clmlp_status iterate(const clmlp_minimised *m, clmlp_minimisation *minimisation,
                            clmlp_minimiser_checker *watched, size_t number, clmlp_error *error)
{
    clmlp_batch_score score = {0.0, 0.0};
    const bool passed = m->result->passed;
    clmlp_minimiser_checker_begin(watched, minimisation, number, true);
    m->step->number = number;
    const clmlp_status status = clmlp_minimise_iterate(minimisation, &score, error);
    m->result->steps = number;
    if (status != CLMLP_DIVERGED || m->result->passed) TRY(status); /* what is wrong may be why it diverged */
    if (passed && !m->result->passed) TRY(save(m, watched, number, error));
    if (status == CLMLP_DIVERGED) return CLMLP_OK;
    if (!isfinite(score.cost) && m->result->passed) {
        return clmlp_fail(error, CLMLP_DIVERGED, "the cost is not finite before iteration %zu of %s, in the reference, "
                          "too: there is nothing to verify (other theta or data)", number,
                          clmlp_minimiser_name(m->config->minimiser));
    }
    return dump(m, minimisation, watched, number, error);
}

static clmlp_status iterate_all(const clmlp_minimised *m, clmlp_minimisation *minimisation,
                                clmlp_minimiser_checker *watched, clmlp_error *error)
{
    const clmlp_verify_config *const config = m->config;
    for (size_t number = 1; number <= config->steps && (m->result->passed || config->go_on); number++) {
        if (clmlp_cancel_requested(config->cancel)) {
            return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu of %zu iterations", number - 1,
                              config->steps);
        }
        if (minimisation->end != CLMLP_END_NONE) break;
        TRY(iterate(m, minimisation, watched, number, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_verify_minimised(const clmlp_minimised *m, clmlp_error *error)
{
    const clmlp_verify_config *const config = m->config;
    const clmlp_watched_minimiser check = {.network = m->network, .step = m->step, .checker = m->checker,
                                         .sink = m->sink, .context = m->context};
    clmlp_minimiser_checker *watched = NULL;
    clmlp_minimisation *minimisation = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_minimiser_checker_create(&watched, &check, error));
    const clmlp_minimise_setting setting = {
        .minimiser = config->minimiser,
        .pairs = config->lbfgs_pairs > 0 ? config->lbfgs_pairs : CLMLP_LBFGS_PAIRS,
        .network = m->network, .loader = m->loader, .descent = &m->step->descent, .lambda = config->lambda,
        .m = m->loader->m, .cancel = config->cancel, .watch = clmlp_minimiser_checker_watch(watched)};
    TRY_CLEANUP(clmlp_minimise_begin(&minimisation, &setting, error));
    TRY_CLEANUP(iterate_all(m, minimisation, watched, error));
cleanup:
    clmlp_minimise_end(minimisation);
    clmlp_minimiser_checker_destroy(watched);
    return status;
}
