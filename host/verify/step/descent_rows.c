/* descent_rows.c - check gradient, state and theta of a layer in one pass over memory.
 *
 * A few rows at a time go through all equations of the descent while they are in a cache. What is found does not depend
 * on how many threads there are, nor on how many rows are taken at a time: each element is judged by itself, and each
 * unit is summed by one thread.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "verify/step/checking.h"

enum {
    NUMBERS = 1 << 10,     /* about so many at a time: seven such arrays stay in the nearest caches */
    LEAST_PIECE = 1 << 14  /* numbers that are worth a thread: each goes through all equations */
};

/* Of a thread. */
typedef struct thread_scratch {
    clmlp_pair gradient, after, state[UPDATE_STATES_MAX]; /* of the gradient bounds alone */
} thread_scratch;

struct clmlp_row_scratch {
    size_t capacity, states; /* numbers of each array */
    thread_scratch of[CLMLP_PIECES];
    size_t rows;
    clmlp_trend_unit *gradient_units, *theta_units; /* [rows] */
};

/* What a thread found. */
typedef struct found {
    clmlp_finding gradient, state[UPDATE_STATES_MAX], theta;
} found;

typedef struct pass {
    const clmlp_checking *s;
    size_t l, rows, columns, block; /* rows at a time */
    clmlp_update_rule rule;
    clmlp_reference_rows bounds;
    double *gradient; /* [rows x columns] */
    clmlp_row_scratch *scratch;
    bool looks_at_gradient, looks_at_theta; /* for trends */
    clmlp_trend_data gradient_trend, theta_trend;
    found of[CLMLP_PIECES];
} pass;

/* --- scratch ----------------------------------------------------------------------------------------------------- */

static void release_arrays(clmlp_row_scratch *scratch)
{
    for (size_t i = 0; i < CLMLP_PIECES; i++) {
        thread_scratch *const t = &scratch->of[i];
        free(t->gradient.bound), free(t->after.value), free(t->after.bound);
        for (size_t k = 0; k < UPDATE_STATES_MAX; k++) free(t->state[k].value), free(t->state[k].bound);
        *t = (thread_scratch){.gradient = {NULL, NULL}};
    }
    scratch->capacity = 0;
}

void clmlp_row_scratch_destroy(clmlp_row_scratch *scratch)
{
    if (scratch == NULL) return;
    release_arrays(scratch);
    free(scratch->gradient_units), free(scratch->theta_units);
    free(scratch);
}

static clmlp_status create_array(double **out, size_t count, clmlp_error *error)
{
    return clmlp_allocate(out, count, sizeof **out, "the reference", error);
}

static clmlp_status create_arrays(clmlp_row_scratch *scratch, size_t capacity, size_t states, clmlp_error *error)
{
    if (scratch->capacity >= capacity && scratch->states >= states) return CLMLP_OK;
    release_arrays(scratch);
    for (size_t i = 0; i < CLMLP_PIECES; i++) {
        thread_scratch *const t = &scratch->of[i];
        TRY(create_array(&t->gradient.bound, capacity, error));
        TRY(create_array(&t->after.value, capacity, error));
        TRY(create_array(&t->after.bound, capacity, error));
        for (size_t k = 0; k < states; k++) {
            TRY(create_array(&t->state[k].value, capacity, error));
            TRY(create_array(&t->state[k].bound, capacity, error));
        }
    }
    scratch->capacity = capacity;
    scratch->states = states;
    return CLMLP_OK;
}

/* Room for the units of a layer; all 0. */
static clmlp_status create_units(clmlp_row_scratch *scratch, size_t rows, clmlp_error *error)
{
    free(scratch->gradient_units), free(scratch->theta_units);
    scratch->gradient_units = scratch->theta_units = NULL;
    TRY(clmlp_allocate(&scratch->gradient_units, rows, sizeof *scratch->gradient_units, "the units of a layer", error));
    return clmlp_allocate(&scratch->theta_units, rows, sizeof *scratch->theta_units, "the units of a layer", error);
}

/* --- a few rows -------------------------------------------------------------------------------------------------- */

/* Some rows under way, from element `at` on. */
typedef struct block {
    const pass *p;
    thread_scratch *scratch;
    found *found;
    size_t first, rows, at, count;
    bool is_first; /* of its thread */
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
    const clmlp_pair own = {p->gradient + b->at, b->scratch->gradient.bound};
    clmlp_reference_bound_rows(&p->bounds, b->first, b->rows, own.bound);
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

/* Blocks begin .. end - 1 of rows. */
static void check_blocks(size_t piece, size_t begin, size_t end, void *context)
{
    pass *const p = context;
    block b = {.p = p, .scratch = &p->scratch->of[piece], .found = &p->of[piece]};
    for (size_t i = begin; i < end; i++) {
        b.first = i * p->block;
        b.rows = p->rows - b.first < p->block ? p->rows - b.first : p->block;
        b.at = b.first * p->columns;
        b.count = b.rows * p->columns;
        b.is_first = i == begin;
        const clmlp_pair gradient = check_gradient(&b);
        if (p->s->step->after[p->l - 1] != NULL) check_update(&b, gradient);
    }
}

/* --- a layer ----------------------------------------------------------------------------------------------------- */

bool clmlp_descends_by_rows(const clmlp_checking *s, size_t l)
{
    const clmlp_step_checker *const checker = s->checker;
    return checker->no_elements && !s->free_run && s->step->scale == NULL && s->step->shared == NULL &&
           s->step->descent.rule.clip_norm == 0.0 && checker->s[l] >= CLMLP_TREND_UNITS;
}

static clmlp_status prepare(pass *p)
{
    clmlp_step_checker *const checker = p->s->checker;
    const clmlp_pair nothing = {NULL, NULL};
    if (checker->rows == NULL) {
        TRY(clmlp_allocate(&checker->rows, 1, sizeof *checker->rows, "the reference", p->s->error));
    }
    p->scratch = checker->rows;
    TRY(create_arrays(p->scratch, p->block * p->columns, p->s->step->states, p->s->error));
    TRY(create_units(p->scratch, p->rows, p->s->error));
    p->gradient = checker->work.value;
    p->bounds = clmlp_reference_gradient_rows(&checker->products, clmlp_checked_extent(p->s, p->l),
                                              p->s->step->delta[p->l], clmlp_checked_a(p->s, p->l).value, p->gradient);
    p->looks_at_gradient = clmlp_gradient_trend_data(p->s, p->l, nothing, &p->gradient_trend);
    p->looks_at_theta = clmlp_theta_trend_data(p->s, p->l, nothing, &p->theta_trend);
    p->rule = clmlp_rule_of_step(&p->s->step->descent.rule, checker->s, p->l, p->s->step->number);
    return CLMLP_OK;
}

/* What all threads found of a tensor; `which` is the place of its finding. */
static clmlp_status tell(const pass *p, clmlp_quantity quantity, clmlp_equation equation, size_t pieces, size_t which)
{
    clmlp_checked_tensor checked = {.found = NULL};
    for (size_t i = 0; i < pieces; i++) {
        const clmlp_finding *const piece = (const clmlp_finding *)(const void *)((const char *)&p->of[i] + which);
        clmlp_compare_join(&checked.finding, piece, i == 0);
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

static clmlp_status tell_all(const pass *p, size_t pieces)
{
    const clmlp_step_record *const step = p->s->step;
    if (step->gradient[p->l - 1] != NULL) {
        TRY(tell(p, CLMLP_QUANTITY_GRADIENT, CLMLP_EQUATION_GRADIENT, pieces, offsetof(found, gradient)));
    }
    if (p->looks_at_gradient) {
        TRY(tell_trends(p, CLMLP_QUANTITY_GRADIENT_TREND, CLMLP_EQUATION_GRADIENT, &p->gradient_trend,
                        p->scratch->gradient_units));
    }
    if (step->after[p->l - 1] == NULL) return CLMLP_OK;
    for (size_t k = 0; k < step->states; k++) {
        TRY(tell(p, clmlp_quantity_of_state(k), CLMLP_EQUATION_UPDATE, pieces,
                 offsetof(found, state) + k * sizeof(clmlp_finding)));
    }
    TRY(tell(p, CLMLP_QUANTITY_THETA, CLMLP_EQUATION_UPDATE, pieces, offsetof(found, theta)));
    if (!p->looks_at_theta) return CLMLP_OK;
    return tell_trends(p, CLMLP_QUANTITY_THETA_TREND, CLMLP_EQUATION_UPDATE, &p->theta_trend, p->scratch->theta_units);
}

clmlp_status clmlp_check_descent_rows(const clmlp_checking *s, size_t l)
{
    pass p = {.s = s, .l = l, .rows = s->checker->s[l], .columns = s->checker->s[l - 1] + 1};
    p.block = NUMBERS / p.columns + 1;
    TRY(prepare(&p));
    const size_t blocks = (p.rows + p.block - 1) / p.block;
    const size_t pieces = clmlp_parallel(blocks, LEAST_PIECE / (p.block * p.columns) + 1, check_blocks, &p);
    return tell_all(&p, pieces);
}
