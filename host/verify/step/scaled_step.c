/* scaled_step.c - a step with a learnable scale of the inputs: its reference, its bounds. */
#include "verify/step/scaled_step.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static clmlp_status create(double **values, size_t count, clmlp_error *error)
{
    return clmlp_allocate(values, count, sizeof **values, "a step with a scale of the inputs", error);
}

/* --- the reference ----------------------------------------------------------------------------------------------- */

/* A step under check. */
typedef struct scaled_check {
    const clmlp_step_record *step;
    const clmlp_arithmetic *arithmetic;
    clmlp_scaled_check *check;
    const void *context;
    clmlp_pair work, states[UPDATE_STATES_MAX]; /* [s_2 x (s_1 + 1)]: scratch */
} scaled_check;

/* What one rounding of a value takes, the device's and the reference's. */
static double rounding(const clmlp_arithmetic *arithmetic, double value)
{
    return arithmetic->u * arithmetic->own * arithmetic->slack * fabs(value) + arithmetic->least;
}

/* dJ/ds_i = sum_j G_ji raw_ji: gamma_n of n products, for the device and for the reference. */
static void reference_slopes(const scaled_check *c)
{
    const size_t columns = c->step->s[0] + 1, rows = c->step->s[1];
    const double *const G = c->step->gradient[0], *const raw = c->step->scale->raw;
    const double n = (double)rows, gamma = clmlp_gamma(n, c->arithmetic->u) + clmlp_gamma(n, CLMLP_REFERENCE_U);
    for (size_t i = 0; i < columns; i++) {
        double sum = 0.0, magnitude = 0.0;
        for (size_t j = 0; j < rows && i > 0; j++) {
            const double term = G[j * columns + i] * raw[j * columns + i];
            sum += term;
            magnitude += fabs(term);
        }
        c->work.value[i] = sum;
        c->work.bound[i] = i > 0 ? gamma * c->arithmetic->slack * magnitude + n * c->arithmetic->least : 0.0;
        if (magnitude > 0.9 * c->arithmetic->largest) c->work.bound[i] = (double)INFINITY;
    }
}

/* values diag(scale): one rounding. */
static void reference_scaled(const scaled_check *c, const double *values, const double *scale)
{
    const size_t columns = c->step->s[0] + 1, count = c->step->s[1] * columns;
    for (size_t i = 0; i < count; i++) {
        c->work.value[i] = values[i] * scale[i % columns];
        c->work.bound[i] = rounding(c->arithmetic, c->work.value[i]);
    }
}

/* Values that a rule moves, before and after the step: found [rows x (s_1 + 1)]. */
typedef struct moved {
    const clmlp_update_rule *rule;
    size_t rows;
    double *before, *gradient, *after;
    double *state[UPDATE_STATES_MAX], *state_after[UPDATE_STATES_MAX];
    clmlp_quantity state_quantities[UPDATE_STATES_MAX], quantity;
} moved;

static clmlp_pair exact(double *values)
{
    return (clmlp_pair){values, NULL};
}

static clmlp_status check_moved(const scaled_check *c, const moved *m)
{
    const size_t columns = c->step->s[0] + 1, count = m->rows * columns;
    clmlp_pair before[UPDATE_STATES_MAX] = {{NULL, NULL}}, after[UPDATE_STATES_MAX] = {{NULL, NULL}};
    clmlp_pair found[UPDATE_STATES_MAX] = {{NULL, NULL}};
    for (size_t k = 0; k < c->step->states; k++) {
        before[k] = exact(m->state[k]);
        after[k] = c->states[k];
        found[k] = exact(m->state_after[k]);
    }
    clmlp_reference_state(c->arithmetic, count, m->rule, exact(m->gradient), before, after);
    for (size_t k = 0; k < c->step->states; k++) {
        const clmlp_quantity quantity = m->state_quantities[k];
        TRY(c->check(c->context, quantity, CLMLP_EQUATION_UPDATE, found[k].value, after[k], m->rows, columns));
    }
    clmlp_reference_update(c->arithmetic, m->rows, columns, m->rule, exact(m->before), exact(m->gradient), found,
                           c->work);
    return c->check(c->context, m->quantity, CLMLP_EQUATION_UPDATE, m->after, c->work, m->rows, columns);
}

static clmlp_status check_all(const scaled_check *c, const clmlp_update_rule rules[2])
{
    const clmlp_step_record *const step = c->step;
    const clmlp_scale_record *const scale = step->scale;
    const size_t columns = step->s[0] + 1, rows = step->s[1];
    moved raw = {.rule = &rules[0], .rows = rows, .before = scale->raw, .gradient = scale->raw_gradient,
                 .after = scale->raw_after, .state_quantities = {CLMLP_QUANTITY_STATE, CLMLP_QUANTITY_STATE2},
                 .quantity = CLMLP_QUANTITY_RAW};
    moved s = {.rule = &rules[1], .rows = 1, .before = scale->scale, .gradient = scale->slopes,
               .after = scale->scale_after,
               .state_quantities = {CLMLP_QUANTITY_SCALE_STATE, CLMLP_QUANTITY_SCALE_STATE2},
               .quantity = CLMLP_QUANTITY_SCALE};
    for (size_t k = 0; k < step->states; k++) {
        raw.state[k] = step->state[k][0], raw.state_after[k] = step->state_after[k][0];
        s.state[k] = scale->state[k], s.state_after[k] = scale->state_after[k];
    }
    reference_slopes(c);
    TRY(c->check(c->context, CLMLP_QUANTITY_SCALE_GRADIENT, CLMLP_EQUATION_GRADIENT, scale->slopes, c->work, 1,
                 columns));
    reference_scaled(c, step->gradient[0], scale->scale);
    TRY(c->check(c->context, CLMLP_QUANTITY_RAW_GRADIENT, CLMLP_EQUATION_GRADIENT, scale->raw_gradient, c->work, rows,
                 columns));
    TRY(check_moved(c, &raw));
    TRY(check_moved(c, &s));
    reference_scaled(c, scale->raw_after, scale->scale_after);
    return c->check(c->context, CLMLP_QUANTITY_THETA, CLMLP_EQUATION_UPDATE, step->after[0], c->work, rows, columns);
}

clmlp_status clmlp_scaled_step_check(const clmlp_step_record *step, const clmlp_arithmetic *arithmetic,
                                     const clmlp_update_rule rules[2], clmlp_scaled_check *check, const void *context,
                                     clmlp_error *error)
{
    const size_t count = step->s[1] * (step->s[0] + 1);
    scaled_check c = {.step = step, .arithmetic = arithmetic, .check = check, .context = context};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(create(&c.work.value, count, error));
    TRY_CLEANUP(create(&c.work.bound, count, error));
    for (size_t k = 0; k < step->states; k++) {
        TRY_CLEANUP(create(&c.states[k].value, count, error));
        TRY_CLEANUP(create(&c.states[k].bound, count, error));
    }
    TRY_CLEANUP(check_all(&c, rules));
cleanup:
    free(c.work.value);
    free(c.work.bound);
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) {
        free(c.states[k].value);
        free(c.states[k].bound);
    }
    return status;
}
