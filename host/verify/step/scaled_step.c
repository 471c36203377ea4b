/* scaled_step.c - check what a step does with a learnable scale of the inputs: propagate/network.h has the formulas. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/step/checking.h"

/* --- the reference's own ----------------------------------------------------------------------------------------- */

static clmlp_status create(clmlp_pair *pair, size_t count, clmlp_error *error)
{
    TRY(clmlp_allocate(&pair->value, count, sizeof *pair->value, "the reference", error));
    return clmlp_allocate(&pair->bound, count, sizeof *pair->bound, "the bounds", error);
}

static void release(clmlp_pair *pair)
{
    free(pair->value);
    free(pair->bound);
    *pair = (clmlp_pair){NULL, NULL};
}

void clmlp_scaled_reference_release(clmlp_scaled_reference *own)
{
    clmlp_pair *const pairs[] = {&own->raw, &own->raw_gradient, &own->scale, &own->slopes};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) release(pairs[i]);
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) release(&own->state[k]);
}

/* A free run begins with raw and s of its first step. */
static clmlp_status begin(clmlp_scaled_reference *own, const clmlp_step_record *step, clmlp_error *error)
{
    const size_t columns = step->s[0] + 1, count = step->s[1] * columns;
    TRY(create(&own->raw, count, error));
    memcpy(own->raw.value, step->scale->raw, count * sizeof *own->raw.value);
    memcpy(own->scale.value, step->scale->scale, columns * sizeof *own->scale.value);
    for (size_t k = 0; k < step->states; k++) {
        memcpy(own->state[k].value, step->scale->state[k], columns * sizeof *own->state[k].value);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_scaled_reference_prepare(clmlp_scaled_reference *own, const clmlp_step_record *step, bool free_run,
                                            clmlp_error *error)
{
    const size_t columns = step->s[0] + 1, count = step->s[1] * columns; /* theta(1) has as many */
    const bool there = own->scale.value != NULL && own->states == step->states;
    if (step->scale == NULL || (there && (own->raw.value != NULL) == free_run)) return CLMLP_OK;
    clmlp_scaled_reference_release(own);
    own->states = step->states;
    TRY(create(&own->raw_gradient, count, error));
    TRY(create(&own->scale, columns, error));
    TRY(create(&own->slopes, columns, error));
    for (size_t k = 0; k < step->states; k++) TRY(create(&own->state[k], columns, error));
    return free_run ? begin(own, step, error) : CLMLP_OK;
}

/* --- a step ------------------------------------------------------------------------------------------------------ */

static clmlp_status compare(const clmlp_checking *s, clmlp_quantity quantity, clmlp_equation equation,
                            const double *found, clmlp_pair reference, size_t rows)
{
    return clmlp_check_tensor(s, quantity, 1, equation, found, reference, rows, s->checker->s[0] + 1);
}

clmlp_status clmlp_check_scale_gradients(const clmlp_checking *s, clmlp_pair gradient)
{
    const clmlp_arithmetic *const arithmetic = &s->checker->products.arithmetic;
    const clmlp_scaled_reference *const own = &s->checker->scaled;
    const clmlp_scale_record *const found = s->step->scale;
    const size_t rows = s->checker->s[1], columns = s->checker->s[0] + 1;
    clmlp_reference_slopes(arithmetic, rows, columns, gradient, s->free_run ? own->raw : clmlp_exact(found->raw),
                           own->slopes);
    TRY(compare(s, CLMLP_QUANTITY_SCALE_GRADIENT, CLMLP_EQUATION_GRADIENT, found->slopes, own->slopes, 1));
    clmlp_reference_scaled(arithmetic, rows, columns, gradient, s->free_run ? own->scale : clmlp_exact(found->scale),
                           own->raw_gradient);
    return compare(s, CLMLP_QUANTITY_RAW_GRADIENT, CLMLP_EQUATION_GRADIENT, found->raw_gradient, own->raw_gradient,
                   rows);
}

/* Values that a rule moves, before and after the step: [rows x (s_1 + 1)]. */
typedef struct moved {
    clmlp_update_rule rule;
    size_t rows;
    clmlp_pair before, gradient, after; /* after: the reference's, to be made */
    clmlp_pair state[UPDATE_STATES_MAX], state_after[UPDATE_STATES_MAX];
    double *found, *found_state[UPDATE_STATES_MAX]; /* after the step */
    clmlp_quantity quantity, state_quantities[UPDATE_STATES_MAX];
} moved;

static clmlp_status check_moved(const clmlp_checking *s, const moved *m)
{
    const clmlp_arithmetic *const arithmetic = &s->checker->products.arithmetic;
    const size_t columns = s->checker->s[0] + 1, states = s->step->states;
    clmlp_pair taken[UPDATE_STATES_MAX] = {{NULL, NULL}}, after[UPDATE_STATES_MAX] = {{NULL, NULL}};
    for (size_t k = 0; k < states; k++) after[k] = m->state_after[k];
    clmlp_reference_state(arithmetic, m->rows * columns, &m->rule, m->gradient, m->state, after);
    for (size_t k = 0; k < states; k++) {
        TRY(compare(s, m->state_quantities[k], CLMLP_EQUATION_UPDATE, m->found_state[k], after[k], m->rows));
        taken[k] = s->free_run ? after[k] : clmlp_exact(m->found_state[k]);
    }
    clmlp_reference_update(arithmetic, m->rows, columns, &m->rule, m->before, m->gradient, taken, m->after);
    return compare(s, m->quantity, CLMLP_EQUATION_UPDATE, m->found, m->after, m->rows);
}

static clmlp_status check_raw(const clmlp_checking *s, clmlp_pair gradient)
{
    clmlp_step_checker *const checker = s->checker;
    const clmlp_step_record *const step = s->step;
    moved raw = {.rule = clmlp_rule_of_step(&step->descent.rule, checker->s, 1, step->number), .rows = checker->s[1],
                 .before = s->free_run ? checker->scaled.raw : clmlp_exact(step->scale->raw), .gradient = gradient,
                 .after = s->free_run ? checker->scaled.raw : checker->work, .found = step->scale->raw_after,
                 .quantity = CLMLP_QUANTITY_RAW};
    for (size_t k = 0; k < step->states; k++) {
        raw.state_after[k] = checker->state[k][0];
        raw.state[k] = s->free_run ? raw.state_after[k] : clmlp_exact(step->state[k][0]);
        raw.found_state[k] = step->state_after[k][0];
        raw.state_quantities[k] = clmlp_quantity_of_state(k);
    }
    return check_moved(s, &raw);
}

static clmlp_status check_scale(const clmlp_checking *s, clmlp_pair gradient)
{
    const clmlp_scaled_reference *const own = &s->checker->scaled;
    const clmlp_step_record *const step = s->step;
    const clmlp_scale_record *const scale = step->scale;
    moved m = {.rule = clmlp_rule_of_input_scale(&step->descent.rule, step->descent.input_scale_rate, step->number),
               .rows = 1, .before = s->free_run ? own->scale : clmlp_exact(scale->scale), .gradient = gradient,
               .after = own->scale, .found = scale->scale_after, .quantity = CLMLP_QUANTITY_SCALE,
               .state_quantities = {CLMLP_QUANTITY_SCALE_STATE, CLMLP_QUANTITY_SCALE_STATE2}};
    for (size_t k = 0; k < step->states; k++) {
        m.state_after[k] = own->state[k];
        m.state[k] = s->free_run ? m.state_after[k] : clmlp_exact(scale->state[k]);
        m.found_state[k] = scale->state_after[k];
    }
    return check_moved(s, &m);
}

clmlp_status clmlp_check_scaled_update(const clmlp_checking *s, clmlp_pair raw_gradient, clmlp_pair slopes)
{
    clmlp_step_checker *const checker = s->checker;
    const clmlp_scaled_reference *const own = &checker->scaled;
    const clmlp_scale_record *const found = s->step->scale;
    const clmlp_pair theta = s->free_run ? checker->theta[0] : checker->work;
    const size_t rows = checker->s[1], columns = checker->s[0] + 1;
    TRY(check_raw(s, raw_gradient));
    TRY(check_scale(s, slopes));
    clmlp_reference_scaled(&checker->products.arithmetic, rows, columns,
                           s->free_run ? own->raw : clmlp_exact(found->raw_after),
                           s->free_run ? own->scale : clmlp_exact(found->scale_after), theta);
    return compare(s, CLMLP_QUANTITY_THETA, CLMLP_EQUATION_UPDATE, s->step->after[0], theta, rows);
}
