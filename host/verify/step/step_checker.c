/* step_checker.c - check a recorded step: every tensor within its error bound. */
#include "verify/step/step_checker.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/step/checking.h"

/* --- scratch ----------------------------------------------------------------------------------------------------- */

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

static clmlp_status create_work(clmlp_step_checker *checker, clmlp_error *error)
{
    size_t largest = 0;
    for (size_t l = 1; l <= checker->L; l++) {
        size_t layer = 0, theta = 0;
        const size_t rows = l < checker->L ? checker->s[l] : 0;
        if (!clmlp_multiply(checker->capacity, checker->s[l - 1] + 1, &layer) ||
            !clmlp_multiply(rows, checker->s[l - 1] + 1, &theta)) {
            return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a batch of %zu rows is too large", checker->capacity);
        }
        largest = layer > largest ? layer : largest;
        largest = theta > largest ? theta : largest;
    }
    TRY(create_pair(&checker->work, largest, 1, error));
    size_t widest = 0;
    for (size_t l = 2; l < checker->L; l++) widest = checker->s[l - 1] > widest ? checker->s[l - 1] : widest;
    if (widest < CLMLP_TREND_UNITS) return CLMLP_OK;
    TRY(create_pair(&checker->moved, checker->capacity, widest, error));
    return create_pair(&checker->sum, checker->capacity, widest, error);
}

clmlp_status clmlp_step_checker_create(clmlp_step_checker **out, const clmlp_model *model, size_t capacity,
                                       clmlp_precision precision, const clmlp_backend *checked, clmlp_error *error)
{
    clmlp_step_checker *checker = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&checker, 1, sizeof *checker, "a step checker", error));
    checker->L = model->L;
    checker->capacity = capacity;
    checker->s = model->s;
    checker->activation = model->activation;
    checker->output = model->output;
    checker->precision = precision;
    checker->checked = checked;
    checker->fused = checked != NULL && checked->ops->descend != NULL;
    TRY_CLEANUP(create_work(checker, error));
    TRY_CLEANUP(create_pair(&checker->h, capacity, model->s[model->L - 1], error));
    TRY_CLEANUP(create_pair(&checker->last, capacity, model->s[model->L - 1], error));
    TRY_CLEANUP(
        clmlp_reference_products_create(&checker->products, model->L, model->s, capacity, precision, false, error));
    *out = checker;
cleanup:
    if (status != CLMLP_OK) clmlp_step_checker_destroy(checker);
    return status;
}

void clmlp_step_checker_keep_elements(clmlp_step_checker *checker, bool keep)
{
    checker->no_elements = !keep;
}

static void release_state(clmlp_step_checker *checker)
{
    for (size_t k = 0; k < UPDATE_STATES_MAX; k++) {
        release_pairs(checker->state[k], checker->L - 1);
        checker->state[k] = NULL;
    }
    checker->states = 0;
}

static void end_free_run(clmlp_step_checker *checker)
{
    release_state(checker);
    clmlp_scaled_reference_release(&checker->scaled);
    release_pairs(checker->z, checker->L);
    release_pairs(checker->a, checker->L);
    release_pairs(checker->delta, checker->L);
    release_pairs(checker->theta, checker->L - 1);
    checker->z = checker->a = checker->delta = checker->theta = NULL;
}

void clmlp_step_checker_destroy(clmlp_step_checker *checker)
{
    if (checker == NULL) return;
    end_free_run(checker);
    release_pairs(checker->clipped, checker->L - 1);
    clmlp_row_scratch_destroy(checker->rows);
    clmlp_reference_products_release(&checker->products);
    release_pair(&checker->work);
    release_pair(&checker->sum);
    release_pair(&checker->moved);
    release_pair(&checker->h);
    release_pair(&checker->last);
    free(checker);
}

/* --- the equations of a step ------------------------------------------------------------------------------------- */

/* Of a hidden layer; {NULL} where nobody keeps it. */
static clmlp_pair z_of(const clmlp_checking *s, size_t l)
{
    return s->free_run ? s->checker->z[l - 1] : clmlp_exact(s->step->z[l - 1]);
}

/* Of a(l) in this step. */
static clmlp_dropout dropout_of(const clmlp_checking *s, size_t l)
{
    clmlp_dropouts dropouts = s->step->descent.dropout;
    dropouts.step = s->step->number;
    dropouts.first = s->step->shared != NULL ? s->step->shared->before : 0;
    return clmlp_dropout_of(&dropouts, l);
}

/* z(l+1), into `scratch` but in a free run, and what a(l+1) is checked from: the z that the device had or, where it
 * stored none, the reference's. */
static clmlp_status check_z(const clmlp_checking *s, size_t l, clmlp_equation equation, clmlp_pair scratch,
                            clmlp_pair *z)
{
    clmlp_step_checker *checker = s->checker;
    double *found = s->step->z[l];
    const bool keeps = s->free_run && checker->z[l].value != NULL;
    const clmlp_pair own = keeps ? checker->z[l] : scratch;
    clmlp_reference_z(&checker->products, clmlp_checked_extent(s, l), clmlp_checked_a(s, l),
                      clmlp_checked_theta(s, l), own);
    *z = s->free_run || found == NULL ? own : clmlp_exact(found);
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_Z, l + 1, equation, found, own, s->step->M, checker->s[l]));
    return clmlp_check_z_trend(s, l, equation, found, own);
}

/* Whether the sums of layer l are wanted after g or g' made something of them. */
static bool keeps_sum(const clmlp_checking *s, size_t l)
{
    return s->checker->s[l - 1] >= CLMLP_TREND_UNITS && clmlp_looks_for_trends(s);
}

/* z g'(z), what a = g(z) is off by where z is twice what it should be; before anything is dropped. */
static void move_sum(const clmlp_checking *s, size_t l, clmlp_pair a)
{
    clmlp_step_checker *const checker = s->checker;
    const size_t count = s->step->M * checker->s[l - 1];
    const clmlp_dropout dropout = dropout_of(s, l);
    const clmlp_pair z = clmlp_exact(checker->sum.value);
    clmlp_reference_derivative(&checker->products.arithmetic, checker->activation, count, z, clmlp_exact(a.value), 0.0,
                               z, checker->moved);
    clmlp_reference_drop(&checker->products.arithmetic, &dropout, s->step->M, checker->s[l - 1], checker->moved);
}

static clmlp_status check_hidden_layer(const clmlp_checking *s, size_t l)
{
    clmlp_step_checker *checker = s->checker;
    const clmlp_pair a = s->free_run ? checker->a[l] : checker->work;
    const clmlp_dropout dropout = dropout_of(s, l + 1);
    const bool looks = s->step->z[l] == NULL && keeps_sum(s, l + 1);
    clmlp_pair z;
    TRY(check_z(s, l, CLMLP_EQUATION_FORWARD, looks ? checker->sum : checker->work, &z));
    clmlp_reference_activation(&checker->products.arithmetic, checker->activation, s->step->M * checker->s[l], z, a);
    if (looks) move_sum(s, l + 1, a);
    clmlp_reference_drop(&checker->products.arithmetic, &dropout, s->step->M, checker->s[l], a);
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_A, l + 1, CLMLP_EQUATION_FORWARD, s->step->a[l], a, s->step->M,
                           checker->s[l]));
    return looks ? clmlp_check_a_trend(s, l + 1, checker->sum, checker->moved.value, a) : CLMLP_OK;
}

/* Only numbers tell which rows are right. */
static clmlp_status check_right(const clmlp_checking *s, clmlp_equation equation)
{
    const clmlp_step_record *const step = s->step;
    const size_t L = s->checker->L;
    clmlp_cost count;
    if (!step->counts_right || step->descent.right == CLMLP_RIGHT_NEVER) return CLMLP_OK;
    clmlp_reference_right(step->descent.right, step->M, s->checker->s[L - 1], s->checker->h, step->y, &count);
    return clmlp_check_tensor(s, CLMLP_QUANTITY_RIGHT, L, equation, &step->right,
                              (clmlp_pair){&count.value, &count.bound}, 1, 1);
}

static clmlp_status check_output_layer(const clmlp_checking *s)
{
    clmlp_step_checker *checker = s->checker;
    const clmlp_step_record *step = s->step;
    const size_t L = checker->L, K = checker->s[L - 1];
    const clmlp_equation equation = CLMLP_EQUATION_OUTPUT_DELTA;
    clmlp_pair z;
    clmlp_cost cost;
    TRY(check_z(s, L - 1, equation, checker->work, &z));
    clmlp_reference_output(&checker->products.arithmetic, checker->output, step->M, K, z, step->y, step->w,
                           checker->h, checker->last, &cost);
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_A, L, equation, step->a[L - 1], checker->h, step->M, K));
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_COST, L, equation, &step->cost,
                           (clmlp_pair){&cost.value, &cost.bound}, 1, 1));
    TRY(check_right(s, equation));
    return clmlp_check_tensor(s, CLMLP_QUANTITY_DELTA, L, equation, step->delta[L - 1], checker->last, step->M, K);
}

static clmlp_status check_hidden_delta(const clmlp_checking *s, size_t l)
{
    clmlp_step_checker *checker = s->checker;
    const clmlp_pair delta = s->free_run ? checker->delta[l - 1] : checker->work;
    const clmlp_pair sum = keeps_sum(s, l) ? checker->sum : delta;
    clmlp_reference_back(&checker->products, clmlp_checked_extent(s, l), clmlp_checked_delta(s, l + 1),
                         clmlp_checked_theta(s, l), sum);
    const clmlp_dropout dropout = dropout_of(s, l);
    clmlp_reference_derivative(&checker->products.arithmetic, checker->activation, s->step->M * checker->s[l - 1],
                               z_of(s, l), clmlp_checked_a(s, l), dropout.p, sum, delta);
    clmlp_reference_drop(&checker->products.arithmetic, &dropout, s->step->M, checker->s[l - 1], delta);
    TRY(clmlp_check_tensor(s, CLMLP_QUANTITY_DELTA, l, CLMLP_EQUATION_HIDDEN_DELTA, s->step->delta[l - 1], delta,
                           s->step->M, checker->s[l - 1]));
    return clmlp_check_delta_trend(s, l, sum, delta);
}

/* Room for the gradients of all layers. */
static clmlp_status prepare_clipping(clmlp_step_checker *checker, clmlp_error *error)
{
    if (checker->clipped != NULL) return CLMLP_OK;
    TRY(clmlp_allocate(&checker->clipped, checker->L - 1, sizeof *checker->clipped, "the reference", error));
    for (size_t l = 1; l < checker->L; l++) {
        TRY(create_pair(&checker->clipped[l - 1], checker->s[l], checker->s[l - 1] + 1, error));
    }
    return CLMLP_OK;
}

/* Room for the rule's state: of all layers in a free run, else of the largest. */
static clmlp_status prepare_state(clmlp_step_checker *checker, const clmlp_step_record *step, bool free_run,
                                  clmlp_error *error)
{
    const size_t L = checker->L;
    size_t largest = 0;
    if (checker->states == step->states && checker->state_of_all == free_run) return CLMLP_OK;
    release_state(checker);
    checker->state_of_all = free_run;
    for (size_t l = 1; l < L; l++) {
        const size_t count = checker->s[l] * (checker->s[l - 1] + 1); /* the record has such a matrix */
        largest = count > largest ? count : largest;
    }
    for (; checker->states < step->states; checker->states++) {
        clmlp_pair **const state = &checker->state[checker->states];
        TRY(clmlp_allocate(state, L - 1, sizeof **state, "the reference", error));
        if (!free_run) TRY(create_pair(&(*state)[0], largest, 1, error));
        for (size_t l = 1; l < L && free_run; l++) {
            TRY(create_pair(&(*state)[l - 1], checker->s[l], checker->s[l - 1] + 1, error));
        }
    }
    return CLMLP_OK;
}

static clmlp_status check_propagation(const clmlp_checking *s)
{
    const size_t L = s->checker->L;
    for (size_t l = 1; l + 1 < L; l++) TRY(check_hidden_layer(s, l));
    TRY(check_output_layer(s));
    for (size_t l = L - 1; l >= 2; l--) TRY(check_hidden_delta(s, l));
    return CLMLP_OK;
}

static clmlp_status check_all(const clmlp_checking *s)
{
    const size_t L = s->checker->L;
    if (s->step->M > 0) TRY(check_propagation(s));
    if (s->step->descent.rule.clip_norm > 0.0) {
        TRY(prepare_clipping(s->checker, s->error));
        return clmlp_check_clipped_descent(s);
    }
    for (size_t l = 1; l < L; l++) TRY(clmlp_check_descent(s, l));
    return CLMLP_OK;
}

clmlp_status clmlp_step_checker_check(clmlp_step_checker *checker, const clmlp_step_record *step, size_t number,
                                      clmlp_step_checker_sink *sink, void *context, clmlp_error *error)
{
    const clmlp_checking s = {checker, step, number, false, sink, context, error};
    TRY(prepare_state(checker, step, false, error));
    TRY(clmlp_scaled_reference_prepare(&checker->scaled, step, false, error));
    return check_all(&s);
}

/* --- free run ---------------------------------------------------------------------------------------------------- */

static clmlp_status create_own(clmlp_step_checker *checker, clmlp_error *error)
{
    const size_t L = checker->L, *s = checker->s;
    const bool keeps_z = clmlp_activation_needs_z(checker->activation);
    TRY(clmlp_allocate(&checker->z, L, sizeof *checker->z, "the reference", error));
    TRY(clmlp_allocate(&checker->a, L, sizeof *checker->a, "the reference", error));
    TRY(clmlp_allocate(&checker->delta, L, sizeof *checker->delta, "the reference", error));
    TRY(clmlp_allocate(&checker->theta, L - 1, sizeof *checker->theta, "the reference", error));
    for (size_t l = 2; l < L; l++) {
        if (keeps_z) TRY(create_pair(&checker->z[l - 1], checker->capacity, s[l - 1], error));
        TRY(create_pair(&checker->a[l - 1], checker->capacity, s[l - 1], error));
        TRY(create_pair(&checker->delta[l - 1], checker->capacity, s[l - 1], error));
    }
    for (size_t l = 1; l < L; l++) TRY(create_pair(&checker->theta[l - 1], s[l], s[l - 1] + 1, error));
    clmlp_reference_products_release(&checker->products);
    return clmlp_reference_products_create(&checker->products, L, s, checker->capacity, checker->precision, true,
                                           error);
}

clmlp_status clmlp_step_checker_begin(clmlp_step_checker *checker, const clmlp_model *model, clmlp_error *error)
{
    end_free_run(checker);
    TRY(create_own(checker, error));
    for (size_t l = 1; l < checker->L; l++) {
        const double *from = model->theta + model->theta_at[l - 1];
        const size_t count = model->theta_at[l] - model->theta_at[l - 1];
        for (size_t i = 0; i < count; i++) {
            checker->theta[l - 1].value[i] = checker->precision == CLMLP_F32 ? (double)(float)from[i] : from[i];
        }
    }
    return CLMLP_OK;
}

clmlp_status clmlp_step_checker_follow(clmlp_step_checker *checker, const clmlp_step_record *step, size_t number,
                                       clmlp_step_checker_sink *sink, void *context, clmlp_error *error)
{
    const clmlp_checking s = {checker, step, number, true, sink, context, error};
    TRY(prepare_state(checker, step, true, error));
    TRY(clmlp_scaled_reference_prepare(&checker->scaled, step, true, error));
    return check_all(&s);
}

/* Exact numbers, rows x columns, in place of what was carried. */
static void take_exact(clmlp_pair pair, const double *from, size_t count)
{
    memcpy(pair.value, from, count * sizeof *from);
    memset(pair.bound, 0, count * sizeof *pair.bound);
}

clmlp_status clmlp_step_checker_begin_again(clmlp_step_checker *checker, const clmlp_step_record *step,
                                            clmlp_error *error)
{
    checker->of_ranks = true;
    if (checker->theta == NULL) TRY(create_own(checker, error));
    TRY(prepare_state(checker, step, true, error));
    clmlp_scaled_reference_release(&checker->scaled); /* it begins anew with the step */
    for (size_t l = 1; l < checker->L; l++) {
        const size_t count = checker->s[l] * (checker->s[l - 1] + 1);
        take_exact(checker->theta[l - 1], step->theta[l - 1], count);
        for (size_t k = 0; k < step->states; k++) {
            take_exact(checker->state[k][l - 1], step->state[k][l - 1], count);
        }
    }
    return CLMLP_OK;
}
