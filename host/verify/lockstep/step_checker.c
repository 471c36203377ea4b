#include "verify/lockstep/step_checker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verify/reference/equations.h"

struct clmlp_judge {
    size_t L, capacity;
    const size_t *s; /* the model's */
    clmlp_activation activation;
    clmlp_output output;
    clmlp_precision precision;
    bool fused;
    const clmlp_backend *judged; /* NULL: unknown */
    clmlp_products products;
    clmlp_pair work;     /* room for any tensor */
    clmlp_pair h, last;  /* a(L), delta(L): [capacity x K] */
    /* a free run: what the reference has itself; NULL before it begins */
    clmlp_pair *a, *delta; /* [L]; a(1) and a(L), and delta(1), are not there */
    clmlp_pair *theta;     /* [L - 1] */
};

/* A step that is being judged. */
typedef struct session {
    clmlp_judge *judge;
    const clmlp_step *step;
    size_t number;
    bool free_run;
    clmlp_judge_sink *sink;
    void *context;
    clmlp_error *error;
} session;

/* --- room -------------------------------------------------------------------------------------------------------- */

static clmlp_status create_pair(clmlp_pair *pair, size_t rows, size_t columns, clmlp_error *error)
{
    size_t count = 0;
    if (!clmlp_multiply(rows, columns, &count)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is too large", rows, columns);
    }
    TRY(clmlp_allocate(&pair->value, count, sizeof *pair->value, "the reference", error));
    return clmlp_allocate(&pair->bound, count, sizeof *pair->bound, "the bounds", error);
}

static void release_pair(clmlp_pair *pair)
{
    free(pair->value);
    free(pair->bound);
    *pair = (clmlp_pair){NULL, NULL};
}

static void release_pairs(clmlp_pair *pairs, size_t count)
{
    for (size_t i = 0; pairs != NULL && i < count; i++) release_pair(&pairs[i]);
    free(pairs);
}

static clmlp_status create_work(clmlp_judge *judge, clmlp_error *error)
{
    size_t largest = 0;
    for (size_t l = 1; l <= judge->L; l++) {
        size_t layer = 0, theta = 0;
        const size_t rows = l < judge->L ? judge->s[l] : 0;
        if (!clmlp_multiply(judge->capacity, judge->s[l - 1] + 1, &layer) ||
            !clmlp_multiply(rows, judge->s[l - 1] + 1, &theta)) {
            return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a batch of %zu rows is too large", judge->capacity);
        }
        largest = layer > largest ? layer : largest;
        largest = theta > largest ? theta : largest;
    }
    return create_pair(&judge->work, largest, 1, error);
}

clmlp_status clmlp_judge_create(clmlp_judge **out, const clmlp_model *model, size_t capacity,
                                clmlp_precision precision, const clmlp_backend *judged, clmlp_error *error)
{
    clmlp_judge *judge = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&judge, 1, sizeof *judge, "a judge", error));
    judge->L = model->L;
    judge->capacity = capacity;
    judge->s = model->s;
    judge->activation = model->activation;
    judge->output = model->output;
    judge->precision = precision;
    judge->judged = judged;
    judge->fused = judged != NULL && judged->ops->descend != NULL;
    TRY_CLEANUP(create_work(judge, error));
    TRY_CLEANUP(create_pair(&judge->h, capacity, model->s[model->L - 1], error));
    TRY_CLEANUP(create_pair(&judge->last, capacity, model->s[model->L - 1], error));
    TRY_CLEANUP(clmlp_products_create(&judge->products, model->L, model->s, capacity, precision, false, error));
    *out = judge;
cleanup:
    if (status != CLMLP_OK) clmlp_judge_destroy(judge);
    return status;
}

static void end_free_run(clmlp_judge *judge)
{
    release_pairs(judge->a, judge->L);
    release_pairs(judge->delta, judge->L);
    release_pairs(judge->theta, judge->L - 1);
    judge->a = judge->delta = judge->theta = NULL;
}

void clmlp_judge_destroy(clmlp_judge *judge)
{
    if (judge == NULL) return;
    end_free_run(judge);
    clmlp_products_release(&judge->products);
    release_pair(&judge->work);
    release_pair(&judge->h);
    release_pair(&judge->last);
    free(judge);
}

/* --- where an equation's inputs come from ------------------------------------------------------------------------ */

static clmlp_pair exact(double *value)
{
    return (clmlp_pair){value, NULL};
}

static clmlp_pair a_of(const session *s, size_t l)
{
    if (l == 1) return exact(s->step->x);
    return s->free_run ? s->judge->a[l - 1] : exact(s->step->a[l - 1]);
}

static clmlp_pair theta_of(const session *s, size_t l)
{
    return s->free_run ? s->judge->theta[l - 1] : exact(s->step->theta[l - 1]);
}

static clmlp_pair delta_of(const session *s, size_t l)
{
    if (!s->free_run) return exact(s->step->delta[l - 1]);
    return l == s->judge->L ? s->judge->last : s->judge->delta[l - 1];
}

static clmlp_extent extent_of(const session *s, size_t l)
{
    return (clmlp_extent){s->step->M, s->judge->s[l - 1], s->judge->s[l]};
}

/* --- one tensor -------------------------------------------------------------------------------------------------- */

static void name_kernel(const clmlp_judge *judge, clmlp_equation equation, clmlp_finding *finding)
{
    const clmlp_backend *judged = judge->judged;
    const char *name =
        judged != NULL && judged->ops->kernel_name != NULL ? judged->ops->kernel_name(judged, equation) : NULL;
    finding->equation = clmlp_equation_name(equation);
    if (name != NULL) (void)snprintf(finding->kernel, sizeof finding->kernel, "%s", name);
}

/* Where carried bounds are beyond all numbers, nothing is known: not even a NaN is one. */
static void widen(clmlp_pair pair, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pair.bound[i] != pair.bound[i] && isfinite(pair.value[i])) pair.bound[i] = (double)INFINITY;
    }
}

static double bound_of_value(clmlp_pair pair, size_t count)
{
    double bound = 0.0, value = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(pair.value[i])) continue;
        bound = pair.bound[i] > bound ? pair.bound[i] : bound;
        value = fabs(pair.value[i]) > value ? fabs(pair.value[i]) : value;
    }
    return bound > 0.0 ? bound / value : 0.0;
}

/* Compare what the step has with the reference, and hand it over. What a step does not have is left out. */
static clmlp_status judge_tensor(const session *s, clmlp_quantity quantity, size_t layer, clmlp_equation equation,
                                 const double *found, clmlp_pair reference, size_t rows, size_t columns)
{
    clmlp_judged judged = {.found = found, .expected = reference.value, .bound = reference.bound};
    if (s->free_run) widen(reference, rows * columns);
    if (s->free_run) judged.finding.bound_of_value = bound_of_value(reference, rows * columns);
    if (found == NULL) return CLMLP_OK;
    judged.finding.step = s->number;
    judged.finding.layer = layer;
    judged.finding.quantity = quantity;
    name_kernel(s->judge, equation, &judged.finding);
    clmlp_compare(&judged.finding, found, reference.value, reference.bound, rows, columns, s->judge->precision);
    return s->sink(&judged, s->context, s->error);
}

/* --- the equations of a step ------------------------------------------------------------------------------------- */

/* z(l+1), and what a(l+1) is to be judged from: the z that the device had, or where it kept none, the reference's. */
static clmlp_status judge_z(const session *s, size_t l, clmlp_equation equation, clmlp_pair *z)
{
    clmlp_judge *judge = s->judge;
    double *found = s->step->z[l];
    clmlp_reference_z(&judge->products, extent_of(s, l), a_of(s, l), theta_of(s, l), judge->work);
    *z = s->free_run || found == NULL ? judge->work : exact(found);
    return judge_tensor(s, CLMLP_QUANTITY_Z, l + 1, equation, found, judge->work, s->step->M, judge->s[l]);
}

static clmlp_status judge_hidden_layer(const session *s, size_t l)
{
    clmlp_judge *judge = s->judge;
    const clmlp_pair a = s->free_run ? judge->a[l] : judge->work;
    clmlp_pair z;
    TRY(judge_z(s, l, CLMLP_EQUATION_FORWARD, &z));
    clmlp_reference_activation(&judge->products.arithmetic, judge->activation, s->step->M * judge->s[l], z, a);
    return judge_tensor(s, CLMLP_QUANTITY_A, l + 1, CLMLP_EQUATION_FORWARD, s->step->a[l], a, s->step->M, judge->s[l]);
}

static clmlp_status judge_output_layer(const session *s)
{
    clmlp_judge *judge = s->judge;
    const clmlp_step *step = s->step;
    const size_t L = judge->L, K = judge->s[L - 1];
    const clmlp_equation equation = CLMLP_EQUATION_OUTPUT_DELTA;
    clmlp_pair z;
    clmlp_cost cost;
    TRY(judge_z(s, L - 1, equation, &z));
    clmlp_reference_output(&judge->products.arithmetic, judge->output, step->M, K, z, step->y, judge->h, judge->last,
                           &cost);
    TRY(judge_tensor(s, CLMLP_QUANTITY_A, L, equation, step->a[L - 1], judge->h, step->M, K));
    TRY(judge_tensor(s, CLMLP_QUANTITY_COST, L, equation, &step->cost, (clmlp_pair){&cost.value, &cost.bound}, 1, 1));
    return judge_tensor(s, CLMLP_QUANTITY_DELTA, L, equation, step->delta[L - 1], judge->last, step->M, K);
}

static clmlp_status judge_hidden_delta(const session *s, size_t l)
{
    clmlp_judge *judge = s->judge;
    const clmlp_pair delta = s->free_run ? judge->delta[l - 1] : judge->work;
    clmlp_reference_back(&judge->products, extent_of(s, l), delta_of(s, l + 1), theta_of(s, l), delta);
    clmlp_reference_derivative(&judge->products.arithmetic, judge->activation, s->step->M * judge->s[l - 1],
                               a_of(s, l), delta);
    return judge_tensor(s, CLMLP_QUANTITY_DELTA, l, CLMLP_EQUATION_HIDDEN_DELTA, s->step->delta[l - 1], delta,
                        s->step->M, judge->s[l - 1]);
}

/* The gradient, and theta after the step. A gradient that the device stored and subtracts is taken as it is. */
static clmlp_status judge_descent(const session *s, size_t l)
{
    clmlp_judge *judge = s->judge;
    const clmlp_step *step = s->step;
    const clmlp_arithmetic *arithmetic = &judge->products.arithmetic;
    const size_t rows = judge->s[l], columns = judge->s[l - 1] + 1;
    const clmlp_pair theta = theta_of(s, l), after = s->free_run ? theta : judge->work;
    const bool stored = !s->free_run && !judge->fused && step->gradient[l - 1] != NULL;
    clmlp_reference_slopes(&judge->products, extent_of(s, l), delta_of(s, l + 1), a_of(s, l), judge->work);
    clmlp_reference_decay(arithmetic, rows, columns, step->decay, theta, judge->work);
    TRY(judge_tensor(s, CLMLP_QUANTITY_GRADIENT, l, CLMLP_EQUATION_GRADIENT, step->gradient[l - 1], judge->work, rows,
                     columns));
    clmlp_reference_update(arithmetic, rows * columns, step->rate, theta,
                           stored ? exact(step->gradient[l - 1]) : judge->work, after);
    return judge_tensor(s, CLMLP_QUANTITY_THETA, l, CLMLP_EQUATION_UPDATE, step->after[l - 1], after, rows, columns);
}

static clmlp_status judge_all(const session *s)
{
    const size_t L = s->judge->L;
    for (size_t l = 1; l + 1 < L; l++) TRY(judge_hidden_layer(s, l));
    TRY(judge_output_layer(s));
    for (size_t l = L - 1; l >= 2; l--) TRY(judge_hidden_delta(s, l));
    for (size_t l = 1; l < L; l++) TRY(judge_descent(s, l));
    return CLMLP_OK;
}

clmlp_status clmlp_judge_step(clmlp_judge *judge, const clmlp_step *step, size_t number, clmlp_judge_sink *sink,
                              void *context, clmlp_error *error)
{
    const session s = {judge, step, number, false, sink, context, error};
    return judge_all(&s);
}

/* --- free run ---------------------------------------------------------------------------------------------------- */

static clmlp_status create_own(clmlp_judge *judge, clmlp_error *error)
{
    const size_t L = judge->L, *s = judge->s;
    TRY(clmlp_allocate(&judge->a, L, sizeof *judge->a, "the reference", error));
    TRY(clmlp_allocate(&judge->delta, L, sizeof *judge->delta, "the reference", error));
    TRY(clmlp_allocate(&judge->theta, L - 1, sizeof *judge->theta, "the reference", error));
    for (size_t l = 2; l < L; l++) {
        TRY(create_pair(&judge->a[l - 1], judge->capacity, s[l - 1], error));
        TRY(create_pair(&judge->delta[l - 1], judge->capacity, s[l - 1], error));
    }
    for (size_t l = 1; l < L; l++) TRY(create_pair(&judge->theta[l - 1], s[l], s[l - 1] + 1, error));
    clmlp_products_release(&judge->products);
    return clmlp_products_create(&judge->products, L, s, judge->capacity, judge->precision, true, error);
}

clmlp_status clmlp_judge_begin(clmlp_judge *judge, const clmlp_model *model, clmlp_error *error)
{
    end_free_run(judge);
    TRY(create_own(judge, error));
    for (size_t l = 1; l < judge->L; l++) {
        const double *from = model->theta + model->theta_at[l - 1];
        const size_t count = model->theta_at[l] - model->theta_at[l - 1];
        for (size_t i = 0; i < count; i++) {
            judge->theta[l - 1].value[i] = judge->precision == CLMLP_F32 ? (double)(float)from[i] : from[i];
        }
    }
    return CLMLP_OK;
}

clmlp_status clmlp_judge_follow(clmlp_judge *judge, const clmlp_step *step, size_t number, clmlp_judge_sink *sink,
                                void *context, clmlp_error *error)
{
    const session s = {judge, step, number, true, sink, context, error};
    return judge_all(&s);
}
