/* minimise.c - iterations of lbfgs and cg: direction, line search, step. */
#include "train/minimise/minimise.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Sums of an evaluation: theta^2 without and with biases, gradient . direction, gradient^2; and of cg's direction. */
enum { WEIGHTS, THETA, SLOPE, GRADIENT, EVALUATED, BETWEEN = EVALUATED, CG_SUMS };

clmlp_status clmlp_minimiser_check(clmlp_minimiser minimiser, const clmlp_minimiser_companions *beside, size_t m,
                                   clmlp_error *error)
{
    if ((unsigned)minimiser >= CLMLP_MINIMISER_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there is no minimiser number %d", (int)minimiser);
    }
    if (beside->lbfgs_pairs > CLMLP_LBFGS_MOST_PAIRS) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu pairs of lbfgs (expected at most %d)", beside->lbfgs_pairs,
                          CLMLP_LBFGS_MOST_PAIRS);
    }
    if (minimiser == CLMLP_NO_MINIMISER) return CLMLP_OK;
    const char *const name = clmlp_minimiser_name(minimiser);
    if (beside->batch != 0 && beside->batch < m) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s minimises J of all examples at once: --batch is %zu (expected "
                          "full)", name, beside->batch);
    }
    const clmlp_rate_schedule *const schedule = beside->schedule;
    const bool scheduled = schedule->kind != CLMLP_SCHEDULE_CONSTANT || schedule->warmup.steps > 0 ||
                           schedule->warmup.share > 0.0;
    const char *other = scheduled ? "a schedule (--schedule, --warmup)" : NULL;
    const bool rates = beside->layer_rates != NULL || beside->fan_in_rates ||
                       (beside->bias_rate > 0.0 && beside->bias_rate != 1.0);
    if (beside->optimizer != CLMLP_SGD) other = "an update rule of its own (--optimizer)";
    if (rates) other = "factors of the rate (--layer-rates, --bias-rate)";
    if (beside->clip_norm > 0.0) other = "clipping (--clip-norm)";
    if (beside->dropout_count > 0) other = "dropout (--dropout)";
    if (other == NULL) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s cannot be had with %s (sgd and its like can)", name, other);
}

clmlp_status clmlp_minimise_begin(clmlp_minimisation **out, const clmlp_minimise_setting *setting, clmlp_error *error)
{
    clmlp_minimisation *m = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&m, 1, sizeof *m, "a minimiser", error));
    m->setting = *setting;
    m->space = (clmlp_vector_space){setting->network, setting->watch};
    TRY_CLEANUP(clmlp_network_set_clipping(setting->network, true, error)); /* gradients are stored */
    TRY_CLEANUP(clmlp_vector_create(&m->base, setting->network, "theta of a minimiser", error));
    TRY_CLEANUP(clmlp_vector_create(&m->gradient, setting->network, "the gradient of a minimiser", error));
    TRY_CLEANUP(clmlp_vector_create(&m->direction, setting->network, "the direction of a minimiser", error));
    if (setting->minimiser == CLMLP_LBFGS) {
        TRY_CLEANUP(clmlp_lbfgs_create(&m->lbfgs, setting->network, setting->pairs, error));
    }
    *out = m;
cleanup:
    if (status != CLMLP_OK) clmlp_minimise_end(m);
    return status;
}

void clmlp_minimise_end(clmlp_minimisation *m)
{
    if (m == NULL) return;
    clmlp_lbfgs_release(&m->lbfgs, m->setting.network);
    clmlp_vector_destroy(m->direction, m->setting.network);
    clmlp_vector_destroy(m->gradient, m->setting.network);
    clmlp_vector_destroy(m->base, m->setting.network);
    free(m);
}

/* --- points ---------------------------------------------------------------------------------------------------- */

static clmlp_status copy(const clmlp_vector_space *space, clmlp_vector from, clmlp_vector to, clmlp_error *error)
{
    return clmlp_vector_combine(space, clmlp_number(1.0), from, clmlp_number(0.0), NULL, to, error);
}

static clmlp_status begin_batch(const clmlp_minimise_setting *s, clmlp_batch *batch, clmlp_error *error)
{
    if (s->batch != NULL) {
        *batch = *s->batch;
        return CLMLP_OK;
    }
    TRY(clmlp_batch_loader_begin(s->loader, s->m, false, error));
    return clmlp_batch_loader_next(s->loader, batch, error);
}

/* Of several ranks: gradient and score of all rows. */
static clmlp_status differentiate_together(clmlp_minimisation *m, clmlp_error *error)
{
    const clmlp_minimise_setting *const s = &m->setting;
    clmlp_batch batch;
    TRY(clmlp_batch_loader_begin_shared(s->loader, s->m, false, &s->sharing->share, error));
    TRY(clmlp_batch_loader_next(s->loader, &batch, error));
    TRY(clmlp_shared_gradients(s->sharing, s->network, &batch, s->descent, 1, &m->last.score, error));
    return clmlp_batch_loader_done(s->loader, error);
}

/* Its gradient into the network, the score into slot 0. */
static clmlp_status differentiate(clmlp_minimisation *m, clmlp_error *error)
{
    const clmlp_minimise_setting *const s = &m->setting;
    clmlp_batch batch;
    TRY(begin_batch(s, &batch, error));
    TRY(clmlp_step_propagate(s->network, &batch, s->descent, 1, 0, error));
    TRY(clmlp_gradients(s->network, &batch, s->descent->decay, error));
    if (s->watch != NULL) TRY(s->watch->point(s->watch->context, &batch, error));
    return s->batch == NULL ? clmlp_batch_loader_done(s->loader, error) : CLMLP_OK;
}

/* J, gradient and sums of the network's theta. */
static clmlp_status evaluate(clmlp_minimisation *m, double step, clmlp_error *error)
{
    const clmlp_minimise_setting *const s = &m->setting;
    clmlp_network *const network = s->network;
    clmlp_point *const e = &m->last;
    double sums[EVALUATED];
    TRY((s->sharing != NULL ? differentiate_together : differentiate)(m, error));
    TRY(clmlp_vector_dot(&m->space, network->theta, network->theta, false, WEIGHTS, error));
    TRY(clmlp_vector_dot(&m->space, network->theta, network->theta, true, THETA, error));
    TRY(clmlp_vector_dot(&m->space, network->gradient, m->direction, true, SLOPE, error));
    TRY(clmlp_vector_dot(&m->space, network->gradient, network->gradient, true, GRADIENT, error));
    const clmlp_score_limits limits = {.rows = s->m, .total = s->m, .weight = (double)s->m};
    if (s->sharing == NULL) TRY(clmlp_scores_take(network->backend, &limits, 0, 1, &e->score, error));
    TRY(clmlp_vector_sums(&m->space, 0, EVALUATED, 1u << WEIGHTS | 1u << THETA | 1u << GRADIENT, sums, error));
    /* what decides is rank 0's */
    if (s->sharing != NULL) TRY(clmlp_ranks_share(s->sharing->ranks, 0, sums, sizeof sums, error));
    const double count = (double)s->m, lambda_term = s->lambda > 0.0 ? s->lambda / (2.0 * count) * sums[WEIGHTS] : 0.0;
    e->trial = (clmlp_trial){step, e->score.cost / count + lambda_term, sums[SLOPE]};
    e->gradient_square = sums[GRADIENT];
    e->theta_square = sums[THETA];
    m->evaluations++;
    return CLMLP_OK;
}

static clmlp_status go_to(clmlp_minimisation *m, double step, clmlp_error *error)
{
    return clmlp_vector_combine(&m->space, clmlp_number(step), m->direction, clmlp_number(1.0), m->base,
                                m->setting.network->theta, error);
}

/* For a line search. */
static clmlp_status at(void *context, double step, clmlp_trial *trial, clmlp_error *error)
{
    clmlp_minimisation *const m = context;
    TRY(go_to(m, step, error));
    TRY(evaluate(m, step, error));
    *trial = m->last.trial;
    return CLMLP_OK;
}

/* The next iteration begins where the network is. */
static clmlp_status settle(clmlp_minimisation *m, clmlp_error *error)
{
    clmlp_network *const network = m->setting.network;
    TRY(copy(&m->space, network->theta, m->base, error));
    TRY(copy(&m->space, network->gradient, m->gradient, error));
    m->here = m->last;
    return CLMLP_OK;
}

static clmlp_status begin(clmlp_minimisation *m, clmlp_error *error)
{
    if (m->begun) return CLMLP_OK;
    /* there is no direction yet: any will do */
    TRY(copy(&m->space, m->setting.network->theta, m->direction, error));
    TRY(evaluate(m, 0.0, error));
    m->begun = true;
    return settle(m, error);
}

static double unit_roundoff(const clmlp_minimisation *m)
{
    return m->setting.network->backend->precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24;
}

/* --- directions ------------------------------------------------------------------------------------------------ */

/* The slope along a direction: gradient . direction. Waits. */
static clmlp_status take_slope(clmlp_minimisation *m, clmlp_error *error)
{
    TRY(clmlp_vector_dot(&m->space, m->gradient, m->direction, true, SLOPE, error));
    return clmlp_vector_sums(&m->space, SLOPE, 1, 0, &m->here.trial.slope, error);
}

/* What rounding may hide in J: to first order N u of J, N being the terms of the sums that lie behind one another from
 * inputs to outputs; and u |gradient| |theta|, for each element of theta is rounded. */
static double rounding_of_cost(const clmlp_minimisation *m)
{
    const clmlp_network *const network = m->setting.network;
    double terms = 0.0;
    for (size_t l = 1; l < network->L; l++) terms += (double)network->s[l - 1] + 1.0;
    return unit_roundoff(m) *
           (terms * fabs(m->here.trial.cost) + sqrt(m->here.gradient_square) * sqrt(m->here.theta_square));
}

/* The step to begin with where nothing is known: of length 1 at most; of cg no longer than where a parabola from J with
 * this slope, whose lowest value is 0, is lowest (what Nocedal and Wright's 3.60 is for a fall by J). Rasmussen's
 * 1 / (1 + gradient^2) is the shorter the steeper: from about 1e4 on it moves neither theta nor J in float.
 * And long enough for the fall that it promises to be seen. */
static double first_of_all(const clmlp_minimisation *m)
{
    const double square = m->here.gradient_square, norm = sqrt(square), parabola = 2.0 * m->here.trial.cost / square;
    const bool is_cg = m->setting.minimiser == CLMLP_CG;
    const double seen = 2.0 * rounding_of_cost(m) / square;
    double step = is_cg ? 1.0 / (1.0 + norm) : norm > 1.0 ? 1.0 / norm : 1.0;
    if (is_cg && parabola > 0.0 && parabola < step) step = parabola;
    return isfinite(seen) && seen > step ? seen : step;
}

/* cg goes by the step before, where there is one. */
static clmlp_status go_down(clmlp_minimisation *m, clmlp_error *error)
{
    m->lbfgs.count = 0;
    m->has_direction = false;
    m->here.trial.slope = -m->here.gradient_square;
    m->afresh = m->setting.minimiser != CLMLP_CG || !(m->first > 0.0) || !isfinite(m->first);
    if (m->afresh) m->first = first_of_all(m);
    return clmlp_vector_combine(&m->space, clmlp_number(-1.0), m->gradient, clmlp_number(0.0), NULL,
                                m->direction, error);
}

/* cg has made its direction already, with the step before. */
static clmlp_status choose_direction(clmlp_minimisation *m, clmlp_error *error)
{
    if (!m->has_direction) return go_down(m, error);
    if (m->setting.minimiser == CLMLP_LBFGS) {
        TRY(clmlp_lbfgs_direction(&m->lbfgs, &m->space, m->gradient, m->direction, error));
        TRY(take_slope(m, error));
        m->first = 1.0;
    }
    m->afresh = false;
    return m->here.trial.slope < 0.0 ? CLMLP_OK : go_down(m, error);
}

/* The next step to begin with, by the ratio of slopes, at most tenfold (Rasmussen). Straight down where the direction
 * does not lead down. */
static double next_first(const clmlp_minimisation *m, double step, double before, double slope)
{
    const double ratio = before / (slope < 0.0 ? slope : -m->here.gradient_square);
    return step * (ratio < 10.0 ? ratio : 10.0);
}

/* Polak and Ribiere: direction := beta direction - gradient, beta = (g2 . g2 - g1 . g2) / g1 . g1. The network has the
 * new gradient. */
static clmlp_status turn(clmlp_minimisation *m, const clmlp_found *found, clmlp_error *error)
{
    clmlp_network *const network = m->setting.network;
    const double before = m->here.trial.slope;
    double between = 0.0;
    TRY(clmlp_vector_dot(&m->space, m->gradient, network->gradient, true, BETWEEN, error));
    TRY(clmlp_vector_sums(&m->space, BETWEEN, 1, 0, &between, error));
    const double beta = (m->last.gradient_square - between) / m->here.gradient_square;
    TRY(clmlp_vector_combine(&m->space, clmlp_number(beta), m->direction, clmlp_number(-1.0), network->gradient,
                             m->direction, error));
    TRY(settle(m, error));
    TRY(take_slope(m, error));
    m->first = next_first(m, found->trial.step, before, m->here.trial.slope);
    return CLMLP_OK;
}

/* A lower point, but not what was looked for: the next direction is straight down. */
static clmlp_status turn_down(clmlp_minimisation *m, const clmlp_found *found, clmlp_error *error)
{
    const double before = m->here.trial.slope;
    TRY(settle(m, error));
    m->first = next_first(m, found->trial.step, before, 0.0);
    return CLMLP_OK;
}

/* --- an iteration ---------------------------------------------------------------------------------------------- */

static clmlp_status search(clmlp_minimisation *m, clmlp_found *found, clmlp_error *error)
{
    const clmlp_line line = {at, m, m->setting.cancel};
    const clmlp_trial start = {0.0, m->here.trial.cost, m->here.trial.slope};
    return (m->setting.minimiser == CLMLP_CG ? clmlp_search_rasmussen : clmlp_search_wolfe)(&line, &start, m->first,
                                                                                           found, error);
}

/* theta moves to what was found, and what is learned from that. */
static clmlp_status move(clmlp_minimisation *m, const clmlp_found *found, clmlp_error *error)
{
    clmlp_trial again;
    if (m->last.trial.step != found->trial.step) TRY(at(m, found->trial.step, &again, error));
    m->iterations++;
    m->has_direction = m->setting.minimiser == CLMLP_LBFGS || found->fulfilled;
    if (m->setting.minimiser == CLMLP_CG) return found->fulfilled ? turn(m, found, error) : turn_down(m, found, error);
    TRY(clmlp_lbfgs_learn(&m->lbfgs, &m->space, found->trial.step, m->direction, m->gradient,
                          m->setting.network->gradient, unit_roundoff(m), error));
    return settle(m, error);
}

static bool is_at_end(const clmlp_minimisation *m)
{
    const double size = m->here.theta_square > 1.0 ? sqrt(m->here.theta_square) : 1.0;
    return sqrt(m->here.gradient_square) <= CLMLP_MINIMISER_TOLERANCE * size;
}

/* Whether a search may have ended only because somebody wanted to stop. */
static bool was_cut_short(const clmlp_minimisation *m, const clmlp_found *found)
{
    return !found->fulfilled && clmlp_cancel_requested(m->setting.cancel);
}

static clmlp_status undo(clmlp_minimisation *m, clmlp_error *error)
{
    m->cut_short = true;
    if (m->afresh) m->first = 0.0;
    m->evaluations = m->settled;
    return copy(&m->space, m->base, m->setting.network->theta, error);
}

/* Whether rounding hides a lower point: at the nearest one that a search along -gradient has looked at, no fall is
 * promised that is more. All points from a step whose fall can be seen down to there were not lower, so J curves by
 * 2 fall / step^2 at least, and its lowest point along the line is less than that below. */
static bool is_flat_to_rounding(const clmlp_minimisation *m, const clmlp_found *found)
{
    const clmlp_trial *const t = &found->nearest;
    return isfinite(t->cost) && isfinite(t->slope) && t->step * m->here.gradient_square <= rounding_of_cost(m);
}

/* No lower point along this direction: straight down, else the end. */
static clmlp_status give_up(clmlp_minimisation *m, clmlp_found *found, clmlp_error *error)
{
    if (!m->afresh) {
        m->settled = m->evaluations;
        m->first = 0.0;
        TRY(go_down(m, error));
        TRY(search(m, found, error));
        if (was_cut_short(m, found)) return undo(m, error);
    }
    if (found->trial.step > 0.0) return CLMLP_OK;
    m->end = is_flat_to_rounding(m, found) ? CLMLP_END_DECREASE : CLMLP_END_STUCK;
    m->has_direction = false;
    TRY(copy(&m->space, m->base, m->setting.network->theta, error));
    if (m->end == CLMLP_END_DECREASE || m->iterations > 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_DIVERGED,
                      "no lower point was found along the gradient in the first iteration of %s: J is %.6g, the norm "
                      "of its gradient %.6g (scale inputs and targets, or --precision f64)",
                      clmlp_minimiser_name(m->setting.minimiser), m->here.trial.cost, sqrt(m->here.gradient_square));
}

clmlp_status clmlp_minimise_iterate(clmlp_minimisation *m, clmlp_batch_score *score, clmlp_error *error)
{
    clmlp_found found;
    TRY(begin(m, error));
    *score = m->here.score;
    m->cut_short = false;
    m->settled = m->evaluations;
    if (!isfinite(score->cost) || m->end != CLMLP_END_NONE) return CLMLP_OK;
    if (!isfinite(m->here.gradient_square)) {
        return clmlp_fail(error, CLMLP_DIVERGED, "the norm of the gradient is not finite after %zu iteration%s of %s",
                          m->iterations, m->iterations == 1 ? "" : "s", clmlp_minimiser_name(m->setting.minimiser));
    }
    if (is_at_end(m)) {
        m->end = CLMLP_END_GRADIENT;
        return CLMLP_OK;
    }
    TRY(choose_direction(m, error));
    TRY(search(m, &found, error));
    if (was_cut_short(m, &found)) return undo(m, error);
    if (!(found.trial.step > 0.0)) TRY(give_up(m, &found, error));
    if (m->cut_short || m->end != CLMLP_END_NONE) return CLMLP_OK;
    TRY(move(m, &found, error));
    if (is_at_end(m)) m->end = CLMLP_END_GRADIENT;
    return CLMLP_OK;
}

clmlp_status clmlp_minimise_retrace(clmlp_minimisation *m, double *const *direction, double length,
                                    clmlp_error *error)
{
    clmlp_network *const network = m->setting.network;
    clmlp_found found = {.fulfilled = true};
    TRY(begin(m, error));
    for (size_t l = 1; l < network->L; l++) {
        TRY(clmlp_network_put_matrix(network, l, m->direction[l - 1], network->s[l], direction[l - 1], error));
    }
    TRY(take_slope(m, error));
    TRY(at(m, length, &found.trial, error));
    TRY(move(m, &found, error));
    return choose_direction(m, error);
}
