/* check_descent.c - what a step does with its gradients: clipping, the rule's state, theta. */
#include "verify/step/checking.h"
#include "verify/step/scaled_step.h"

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
    clmlp_reference_gradient(&checker->products, clmlp_checked_extent(s, l), clmlp_checked_delta(s, l + 1),
                             clmlp_checked_a(s, l), own);
    clmlp_reference_decay(&checker->products.arithmetic, rows, columns, step->descent.decay,
                          clmlp_checked_theta(s, l), own);
    return clmlp_check_tensor(s, CLMLP_QUANTITY_GRADIENT, l, CLMLP_EQUATION_GRADIENT, step->gradient[l - 1], own,
                              rows, columns);
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
    return clmlp_check_tensor(s, CLMLP_QUANTITY_THETA, l, CLMLP_EQUATION_UPDATE, step->after[l - 1], after, rows,
                              columns);
}

static clmlp_status check_of_first(const void *context, clmlp_quantity quantity, clmlp_equation equation,
                                   const double *found, clmlp_pair reference, size_t rows, size_t columns)
{
    return clmlp_check_tensor(context, quantity, 1, equation, found, reference, rows, columns);
}

/* What comes after the gradient of a first layer whose inputs have a scale. */
static clmlp_status check_scaled(const clmlp_checking *s)
{
    const clmlp_step_record *const step = s->step;
    const clmlp_rule_settings *const rule = &step->descent.rule;
    const clmlp_update_rule rules[2] = {clmlp_rule_of_step(rule, s->checker->s, 1, step->number),
                                        clmlp_rule_of_input_scale(rule, step->descent.input_scale_rate, step->number)};
    return clmlp_scaled_step_check(step, &s->checker->products.arithmetic, rules, check_of_first, s, s->error);
}

/* The gradient, and state and theta after the step. A gradient that the device stored and reads is taken as it is. */
clmlp_status clmlp_check_descent(const clmlp_checking *s, size_t l)
{
    double *const found = s->step->gradient[l - 1];
    const bool stored = !s->free_run && !s->checker->fused && found != NULL;
    TRY(check_gradient(s, l, s->checker->work));
    if (s->step->after[l - 1] == NULL) return CLMLP_OK; /* a point, where theta stays */
    if (s->step->scale != NULL && l == 1) return check_scaled(s);
    return check_update(s, l, stored ? clmlp_exact(found) : s->checker->work);
}

/* Gradients of all layers, then clipped ones, then state and theta: each from what the device stored, where it did. */
clmlp_status clmlp_check_clipped_descent(const clmlp_checking *s)
{
    const clmlp_step_checker *checker = s->checker;
    const clmlp_step_record *step = s->step;
    const clmlp_arithmetic *arithmetic = &checker->products.arithmetic;
    const bool stored = !s->free_run && step->clipped != NULL;
    clmlp_reference_norm norm = {.layers = 0};
    for (size_t l = 1; l < checker->L; l++) {
        const clmlp_pair own = checker->clipped[l - 1];
        TRY(check_gradient(s, l, own));
        clmlp_reference_add_layer(&norm, checker->s[l] * (checker->s[l - 1] + 1),
                                  stored ? clmlp_exact(step->gradient[l - 1]) : own);
    }
    const clmlp_reference_factor factor =
        clmlp_reference_clip_factor(arithmetic, &norm, step->descent.rule.clip_norm);
    for (size_t l = 1; l < checker->L; l++) {
        const size_t rows = checker->s[l], columns = checker->s[l - 1] + 1;
        const clmlp_pair own = checker->clipped[l - 1];
        const clmlp_pair gradient = stored ? clmlp_exact(step->gradient[l - 1]) : own;
        clmlp_reference_clip(arithmetic, rows * columns, factor, gradient, own);
        TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_CLIPPED, l, CLMLP_EQUATION_CLIP,
                               step->clipped != NULL ? step->clipped[l - 1] : NULL, own, rows, columns));
    }
    for (size_t l = 1; l < checker->L; l++) {
        TRY(check_update(s, l, stored ? clmlp_exact(step->clipped[l - 1]) : checker->clipped[l - 1]));
    }
    return CLMLP_OK;
}
