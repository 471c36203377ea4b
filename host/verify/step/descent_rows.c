/* descent_rows.c - check gradient, state and theta of a layer in one pass over memory.
 *
 * A part of the gradient is computed, and its rows go through all equations of the descent, a few at a time, while they
 * are in a cache. What is found does not depend on how many threads there are: parts follow from the shape, each has
 * findings of its own, and each unit is summed by one thread.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "verify/reference/products.h"
#include "verify/step/checking.h"

enum { NUMBERS = 1 << 10 }; /* about so many at a time: six such arrays stay in the nearest cache */

/* Of a thread. */
typedef struct thread_scratch {
    double *gradient, *sums; /* of a part */
    double *gradient_bound;  /* of a few rows, as those below */
    clmlp_pair after, state[UPDATE_STATES_MAX];
} thread_scratch;

/* What was found in a part of the rows. */
typedef struct found {
    clmlp_finding gradient, state[UPDATE_STATES_MAX], theta;
} found;

struct clmlp_row_scratch {
    size_t part, block, states; /* numbers of the arrays */
    thread_scratch of[CLMLP_PIECES];
    clmlp_trend_unit *gradient_units, *theta_units; /* of a layer */
    found *found;                                   /* of its parts */
};

typedef struct pass {
    const clmlp_checking *s;
    size_t l, rows, columns, block; /* rows at a time */
    clmlp_update_rule rule;
    clmlp_product gradient;
    clmlp_row_scratch *scratch;
    bool looks_at_gradient, looks_at_theta; /* for trends */
    clmlp_trend_data gradient_trend, theta_trend;
} pass;

/* --- scratch ----------------------------------------------------------------------------------------------------- */

static void release_arrays(clmlp_row_scratch *scratch)
{
    for (size_t i = 0; i < CLMLP_PIECES; i++) {
        thread_scratch *const t = &scratch->of[i];
        free(t->gradient), free(t->sums), free(t->gradient_bound);
        free(t->after.value), free(t->after.bound);
        for (size_t k = 0; k < UPDATE_STATES_MAX; k++) free(t->state[k].value), free(t->state[k].bound);
        *t = (thread_scratch){.gradient = NULL};
    }
    scratch->part = scratch->block = 0;
}

static void release_layer(clmlp_row_scratch *scratch)
{
    free(scratch->gradient_units), free(scratch->theta_units), free(scratch->found);
    scratch->gradient_units = scratch->theta_units = NULL;
    scratch->found = NULL;
}

void clmlp_row_scratch_destroy(clmlp_row_scratch *scratch)
{
    if (scratch == NULL) return;
    release_arrays(scratch);
    release_layer(scratch);
    free(scratch);
}

static clmlp_status create_array(double **out, size_t count, clmlp_error *error)
{
    return clmlp_allocate(out, count, sizeof **out, "the reference", error);
}

static clmlp_status create_pair(clmlp_pair *out, size_t count, clmlp_error *error)
{
    TRY(create_array(&out->value, count, error));
    return create_array(&out->bound, count, error);
}

static clmlp_status create_arrays(clmlp_row_scratch *scratch, size_t part, size_t block, size_t states,
                                  clmlp_error *error)
{
    if (scratch->part >= part && scratch->block >= block && scratch->states >= states) return CLMLP_OK;
    part = clmlp_larger(part, scratch->part); /* of another layer */
    block = clmlp_larger(block, scratch->block);
    release_arrays(scratch);
    for (size_t i = 0; i < CLMLP_PIECES; i++) {
        thread_scratch *const t = &scratch->of[i];
        TRY(create_array(&t->gradient, part, error));
        TRY(create_array(&t->sums, part, error));
        TRY(create_array(&t->gradient_bound, block, error));
        TRY(create_pair(&t->after, block, error));
        for (size_t k = 0; k < states; k++) TRY(create_pair(&t->state[k], block, error));
    }
    scratch->part = part;
    scratch->block = block;
    scratch->states = states;
    return CLMLP_OK;
}

/* Room for the units and the findings of a layer; all 0. */
static clmlp_status create_layer(clmlp_row_scratch *scratch, size_t rows, size_t parts, clmlp_error *error)
{
    release_layer(scratch);
    TRY(clmlp_allocate(&scratch->gradient_units, rows, sizeof *scratch->gradient_units, "the units of a layer", error));
    TRY(clmlp_allocate(&scratch->theta_units, rows, sizeof *scratch->theta_units, "the units of a layer", error));
    return clmlp_allocate(&scratch->found, parts, sizeof *scratch->found, "findings", error);
}

/* --- a few rows -------------------------------------------------------------------------------------------------- */

/* Some rows under way, from element `at` on. */
typedef struct block {
    const pass *p;
    thread_scratch *scratch;
    found *found;
    clmlp_units part;
    size_t first, rows, at, count;
    bool is_first; /* of its part */
} block;

static void compare(const block *b, clmlp_finding *finding, const double *values, clmlp_pair reference)
{
    clmlp_compare_more(finding, b->is_first, b->at, values + b->at, reference.value, reference.bound, b->count,
                       b->p->s->checker->precision);
}

/* The rows' part of the trend data of a tensor, into their units. */
static void look_for_trend(const block *b, const clmlp_trend_data *whole, clmlp_pair reference,
                           clmlp_trend_unit *units)
{
    clmlp_trend_data data = *whole;
    data.rows = b->rows;
    data.found += b->at;
    data.expected = reference.value;
    data.bound = reference.bound;
    if (data.before != NULL) data.before += b->at;
    if (data.decayed != NULL) data.decayed += b->at;
    if (data.row_spread != NULL) data.row_spread += b->first;
    clmlp_trend_add_rows(&data, units + b->first);
}

static clmlp_pair check_gradient(const block *b)
{
    const pass *const p = b->p;
    const clmlp_step_record *const step = p->s->step;
    const size_t within = b->at - b->part.first * p->columns;
    const clmlp_pair own = {b->scratch->gradient + within, b->scratch->gradient_bound};
    clmlp_reference_bound_rows(&p->gradient, b->first, b->rows,
                               (const char *)b->scratch->sums + within * clmlp_product_sum_size(&p->gradient),
                               own.bound);
    clmlp_reference_decay(&p->s->checker->products.arithmetic, b->rows, p->columns, step->descent.decay,
                          clmlp_exact(step->theta[p->l - 1] + b->at), own);
    if (step->gradient[p->l - 1] == NULL) return own;
    compare(b, &b->found->gradient, step->gradient[p->l - 1], own);
    if (p->looks_at_gradient) look_for_trend(b, &p->gradient_trend, own, p->scratch->gradient_units);
    return p->s->checker->fused ? own : clmlp_exact(step->gradient[p->l - 1] + b->at);
}

static void check_update(const block *b, clmlp_pair gradient)
{
    const pass *const p = b->p;
    const clmlp_step_record *const step = p->s->step;
    const clmlp_arithmetic *const arithmetic = &p->s->checker->products.arithmetic;
    const clmlp_pair theta = clmlp_exact(step->theta[p->l - 1] + b->at), own = b->scratch->after;
    clmlp_pair before[UPDATE_STATES_MAX] = {{NULL, NULL}}, after[UPDATE_STATES_MAX] = {{NULL, NULL}};
    for (size_t k = 0; k < step->states; k++) {
        before[k] = clmlp_exact(step->state[k][p->l - 1] + b->at);
        after[k] = b->scratch->state[k];
    }
    clmlp_reference_state(arithmetic, b->count, &p->rule, gradient, before, after);
    for (size_t k = 0; k < step->states; k++) {
        compare(b, &b->found->state[k], step->state_after[k][p->l - 1], after[k]);
        after[k] = clmlp_exact(step->state_after[k][p->l - 1] + b->at);
    }
    clmlp_reference_update(arithmetic, b->rows, p->columns, &p->rule, theta, gradient, after, own);
    compare(b, &b->found->theta, step->after[p->l - 1], own);
    if (p->looks_at_theta) look_for_trend(b, &p->theta_trend, own, p->scratch->theta_units);
}

/* Some parts of the rows. */
static void check_parts(size_t piece, size_t begin, size_t end, void *context)
{
    const pass *const p = context;
    block b = {.p = p, .scratch = &p->scratch->of[piece]};
    for (size_t i = begin; i < end; i++) {
        b.part = clmlp_product_units(&p->gradient, i);
        b.found = &p->scratch->found[i];
        clmlp_product_multiply(&p->gradient, b.part, b.scratch->gradient, b.scratch->sums);
        const size_t behind = b.part.first + b.part.count;
        for (b.first = b.part.first; b.first < behind; b.first += b.rows) {
            b.rows = clmlp_smaller(p->block, behind - b.first);
            b.at = b.first * p->columns;
            b.count = b.rows * p->columns;
            b.is_first = b.first == b.part.first;
            const clmlp_pair gradient = check_gradient(&b);
            if (p->s->step->after[p->l - 1] != NULL) check_update(&b, gradient);
        }
    }
}

/* --- a layer ----------------------------------------------------------------------------------------------------- */

bool clmlp_descends_by_rows(const clmlp_checking *s, size_t l)
{
    const clmlp_step_checker *const checker = s->checker;
    return checker->no_elements && !s->free_run && s->step->scale == NULL && s->step->shared == NULL &&
           s->step->descent.rule.clip_norm == 0.0 && checker->s[l] >= CLMLP_TREND_UNITS;
}

static clmlp_status prepare(pass *p, size_t *parts)
{
    clmlp_step_checker *const checker = p->s->checker;
    const clmlp_pair nothing = {NULL, NULL};
    if (checker->rows == NULL) {
        TRY(clmlp_allocate(&checker->rows, 1, sizeof *checker->rows, "the reference", p->s->error));
    }
    p->scratch = checker->rows;
    p->gradient = clmlp_reference_gradient_rows(&checker->products, clmlp_checked_extent(p->s, p->l),
                                                p->s->step->delta[p->l], clmlp_checked_a(p->s, p->l).value);
    const size_t part = clmlp_product_part(&p->gradient);
    *parts = (p->rows + part - 1) / part;
    TRY(create_arrays(p->scratch, part * p->columns, p->block * p->columns, p->s->step->states, p->s->error));
    TRY(create_layer(p->scratch, p->rows, *parts, p->s->error));
    p->looks_at_gradient = clmlp_gradient_trend_data(p->s, p->l, nothing, &p->gradient_trend);
    p->looks_at_theta = clmlp_theta_trend_data(p->s, p->l, nothing, &p->theta_trend);
    p->rule = clmlp_rule_of_step(&p->s->step->descent.rule, checker->s, p->l, p->s->step->number);
    return CLMLP_OK;
}

/* What was found of a tensor in all parts; `which` is the place of its finding. */
static clmlp_status tell(const pass *p, clmlp_quantity quantity, clmlp_equation equation, size_t parts, size_t which)
{
    clmlp_checked_tensor checked = {.found = NULL};
    for (size_t i = 0; i < parts; i++) {
        const char *const of_part = (const char *)&p->scratch->found[i];
        clmlp_compare_join(&checked.finding, (const clmlp_finding *)(const void *)(of_part + which), i == 0);
    }
    checked.finding.rows = p->rows;
    checked.finding.columns = p->columns;
    return clmlp_tell_tensor(p->s, quantity, p->l, equation, &checked);
}

static clmlp_status tell_trends(const pass *p, clmlp_quantity quantity, clmlp_equation equation,
                                const clmlp_trend_data *data, clmlp_trend_unit *units)
{
    clmlp_trends trends;
    TRY(clmlp_trends_conclude(data, units, p->rows, &trends, p->s->error));
    return clmlp_tell_trends(p->s, quantity, p->l, equation, &trends);
}

static clmlp_status tell_all(const pass *p, size_t parts)
{
    const clmlp_step_record *const step = p->s->step;
    if (step->gradient[p->l - 1] != NULL) {
        TRY(tell(p, CLMLP_QUANTITY_GRADIENT, CLMLP_EQUATION_GRADIENT, parts, offsetof(found, gradient)));
    }
    if (p->looks_at_gradient) {
        TRY(tell_trends(p, CLMLP_QUANTITY_GRADIENT_TREND, CLMLP_EQUATION_GRADIENT, &p->gradient_trend,
                        p->scratch->gradient_units));
    }
    if (step->after[p->l - 1] == NULL) return CLMLP_OK;
    for (size_t k = 0; k < step->states; k++) {
        TRY(tell(p, clmlp_quantity_of_state(k), CLMLP_EQUATION_UPDATE, parts,
                 offsetof(found, state) + k * sizeof(clmlp_finding)));
    }
    TRY(tell(p, CLMLP_QUANTITY_THETA, CLMLP_EQUATION_UPDATE, parts, offsetof(found, theta)));
    if (!p->looks_at_theta) return CLMLP_OK;
    return tell_trends(p, CLMLP_QUANTITY_THETA_TREND, CLMLP_EQUATION_UPDATE, &p->theta_trend, p->scratch->theta_units);
}

clmlp_status clmlp_check_descent_rows(const clmlp_checking *s, size_t l)
{
    pass p = {.s = s, .l = l, .rows = s->checker->s[l], .columns = s->checker->s[l - 1] + 1};
    p.block = NUMBERS / p.columns + 1;
    size_t parts = 0;
    TRY(prepare(&p, &parts));
    clmlp_cpu_in_parts(parts, (double)s->step->M * (double)p.rows * (double)p.columns, check_parts, &p);
    return tell_all(&p, parts);
}
