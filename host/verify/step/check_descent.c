/* check_descent.c - what a step does with its gradients: clipping, the rule's state, theta. */
#include "verify/step/checking.h"

/* The rule's state after the step, and what theta is to be checked from: the state that the device stored, which is
 * what it moved theta by, or in a free run the reference's. */
static clmlp_status check_state(const clmlp_checking *s, size_t l, const clmlp_update_rule *rule, clmlp_pair gradient,
                                clmlp_pair state[UPDATE_STATES_MAX])
{
    clmlp_step_checker *checker = s->checker;
    const clmlp_step_record *step = s->step;
    const size_t rows = checker->s[l], columns = checker->s[l - 1] + 1;
    clmlp_pair before[UPDATE_STATES_MAX] = {{NULL, NULL}}, after[UPDATE_STATES_MAX] = {{NULL, NULL}};
    for (size_t k = 0; k < step->states; k++) {
        after[k] = checker->state[k][s->free_run ? l - 1 : 0];
        before[k] = s->free_run ? after[k] : clmlp_exact(step->state[k][l - 1]);
    }
    clmlp_reference_state(&checker->products.arithmetic, rows * columns, rule, gradient, before, after);
    for (size_t k = 0; k < step->states; k++) {
        const double *found = step->state_after[k][l - 1];
        TRY(clmlp_check_tensor(s, clmlp_quantity_of_state(k), l, CLMLP_EQUATION_UPDATE, found, after[k], rows,
                         columns));
        state[k] = s->free_run ? after[k] : clmlp_exact(step->state_after[k][l - 1]);
    }
    return CLMLP_OK;
}

/* The gradient, into `own`. */
static clmlp_status check_gradient(const clmlp_checking *s, size_t l, clmlp_pair own)
{
    clmlp_step_checker *checker = s->checker;
    const clmlp_step_record *step = s->step;
    const size_t rows = checker->s[l], columns = checker->s[l - 1] + 1;
    if (step->M == 0) return CLMLP_OK; /* a rank without rows of the batch */
    clmlp_reference_gradient(&checker->products, clmlp_checked_extent(s, l), clmlp_checked_delta(s, l + 1),
                             clmlp_checked_a(s, l), own);
    clmlp_reference_decay(&checker->products.arithmetic, rows, columns, clmlp_step_decay(step),
                          clmlp_checked_theta(s, l), own);
    if (checker->of_ranks) {
        clmlp_reference_decayed_part(&checker->products, rows, columns, step->descent.decay, clmlp_checked_theta(s, l),
                                     own);
    }
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_GRADIENT, l, CLMLP_EQUATION_GRADIENT, step->gradient[l - 1], own, rows,
                           columns));
    return clmlp_check_gradient_trend(s, l, own);
}

/* State and theta after the step by this gradient. */
static clmlp_status check_update(const clmlp_checking *s, size_t l, clmlp_pair gradient)
{
    clmlp_step_checker *checker = s->checker;
    const clmlp_step_record *step = s->step;
    const size_t rows = checker->s[l], columns = checker->s[l - 1] + 1;
    const clmlp_update_rule rule = clmlp_rule_of_step(&step->descent.rule, checker->s, l, step->number);
    const clmlp_pair theta = clmlp_checked_theta(s, l), after = s->free_run ? theta : checker->work;
    clmlp_pair state[UPDATE_STATES_MAX] = {{NULL, NULL}};
    TRY(check_state(s, l, &rule, gradient, state));
    clmlp_reference_update(&checker->products.arithmetic, rows, columns, &rule, theta, gradient, state, after);
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_THETA, l, CLMLP_EQUATION_UPDATE, step->after[l - 1], after, rows,
                           columns));
    /* the factor of clipping is a number for all: where it was not stored, all may be off to one side */
    const bool clipped = step->descent.rule.clip_norm > 0.0 && gradient.bound != NULL;
    return clipped ? CLMLP_OK : clmlp_check_theta_trend(s, l, after);
}

/* A gradient that the device stored; in a free run, or where nobody has it, the reference's. */
static clmlp_pair taken(const clmlp_checking *s, double *stored, clmlp_pair own)
{
    return s->free_run || stored == NULL ? own : clmlp_exact(stored);
}

/* The gradient, and state and theta after the step. A gradient that the device stored and reads is taken as it is. */
clmlp_status clmlp_check_descent(const clmlp_checking *s, size_t l)
{
    double *const found = clmlp_step_gradients(s->step)[l - 1];
    const bool fused = s->checker->fused && s->step->shared == NULL;
    const clmlp_scale_record *const scale = s->step->scale;
    const clmlp_pair own = s->checker->work;
    if (clmlp_descends_by_rows(s, l)) return clmlp_check_descent_rows(s, l);
    TRY(check_gradient(s, l, own));
    if (s->step->after[l - 1] == NULL) return CLMLP_OK; /* a point, where theta stays */
    if (scale == NULL || l > 1) return check_update(s, l, fused ? own : taken(s, found, own));
    TRY(clmlp_check_scale_gradients(s, taken(s, found, own)));
    return clmlp_check_scaled_update(s, taken(s, scale->raw_gradient, s->checker->scaled.raw_gradient),
                                     taken(s, scale->slopes, s->checker->scaled.slopes));
}

/* Gradients of all layers and of a scale, before they are clipped: what the device stored, where it is known. */
static clmlp_pair unclipped(const clmlp_checking *s, size_t l)
{
    const clmlp_step_record *const step = s->step;
    const bool scaled = step->scale != NULL && l == 1;
    const clmlp_pair own = scaled ? s->checker->scaled.raw_gradient : s->checker->clipped[l - 1];
    return taken(s, scaled ? step->scale->raw_gradient : clmlp_step_gradients(step)[l - 1], own);
}

static clmlp_pair unclipped_slopes(const clmlp_checking *s)
{
    return taken(s, s->step->scale->slopes, s->checker->scaled.slopes);
}

/* All gradients, and their norm. */
static clmlp_status check_gradients(const clmlp_checking *s, clmlp_reference_norm *norm)
{
    const clmlp_step_checker *checker = s->checker;
    const bool scaled = s->step->scale != NULL;
    for (size_t l = 1; l < checker->L; l++) {
        const clmlp_pair own = checker->clipped[l - 1];
        TRY(check_gradient(s, l, own));
        if (scaled && l == 1) TRY(clmlp_check_scale_gradients(s, taken(s, clmlp_step_gradients(s->step)[0], own)));
        clmlp_reference_add_layer(norm, checker->s[l] * (checker->s[l - 1] + 1), unclipped(s, l));
    }
    if (scaled) clmlp_reference_add_layer(norm, checker->s[0] + 1, unclipped_slopes(s));
    return CLMLP_OK;
}

/* A clipped gradient that the step has; NULL: it is not known. */
static double *found_clipped(const clmlp_checking *s, size_t l)
{
    return s->step->clipped != NULL ? s->step->clipped[l - 1] : NULL;
}

static clmlp_status check_clipped(const clmlp_checking *s, clmlp_quantity quantity, size_t l, size_t rows,
                                  clmlp_reference_factor factor, clmlp_pair gradient, double *found, clmlp_pair own)
{
    const size_t columns = s->checker->s[l - 1] + 1;
    clmlp_reference_clip(&s->checker->products.arithmetic, rows * columns, factor, gradient, own);
    return clmlp_check_tensor(s, quantity, l, CLMLP_EQUATION_CLIP, found, own, rows, columns);
}

/* Gradients, then clipped ones, then state and theta: each from what the device stored, where that is known. */
clmlp_status clmlp_check_clipped_descent(const clmlp_checking *s)
{
    const clmlp_step_checker *checker = s->checker;
    const clmlp_step_record *step = s->step;
    const clmlp_scale_record *const scale = step->scale;
    clmlp_reference_norm norm = {.layers = 0};
    TRY(check_gradients(s, &norm));
    const clmlp_reference_factor factor =
        clmlp_reference_clip_factor(&checker->products.arithmetic, &norm, step->descent.rule.clip_norm);
    for (size_t l = 1; l < checker->L; l++) {
        TRY(check_clipped(s, CLMLP_QUANTITY_CLIPPED, l, checker->s[l], factor, unclipped(s, l), found_clipped(s, l),
                          checker->clipped[l - 1]));
    }
    if (scale != NULL) {
        TRY(check_clipped(s, CLMLP_QUANTITY_SCALE_CLIPPED, 1, 1, factor, unclipped_slopes(s), scale->clipped,
                          checker->scaled.slopes));
        TRY(clmlp_check_scaled_update(s, taken(s, found_clipped(s, 1), checker->clipped[0]),
                                      taken(s, scale->clipped, checker->scaled.slopes)));
    }
    for (size_t l = scale != NULL ? 2 : 1; l < checker->L; l++) {
        TRY(check_update(s, l, taken(s, found_clipped(s, l), checker->clipped[l - 1])));
    }
    return CLMLP_OK;
}
