/* minimiser_checker.c - check what lbfgs and cg compute: each operation on vectors, and each point. */
#include "verify/step/minimiser_checker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/step/checking.h"

struct clmlp_minimiser_checker {
    clmlp_watched_minimiser check;
    clmlp_vector_watch watch;
    clmlp_arithmetic arithmetic;
    const clmlp_minimisation *minimisation;
    size_t number;
    bool on, moved;
    /* [largest theta]: operands and result of an operation, and its reference */
    double *x, *y, *found;
    clmlp_pair expected;
    clmlp_minimiser_move move;
};

static size_t numbers_of(const clmlp_minimiser_checker *c, size_t l)
{
    const size_t *const s = c->check.step->s;
    return s[l] * (s[l - 1] + 1); /* theta(l) has as many */
}

/* What is not there is left out. */
static clmlp_status read(const clmlp_minimiser_checker *c, const clmlp_tensor *tensor, size_t rows, double *values,
                         clmlp_error *error)
{
    if (tensor == NULL || values == NULL) return CLMLP_OK;
    return clmlp_read_matrix(c->check.network->backend, tensor, rows, values, NULL, error);
}

static clmlp_checking checking_of(clmlp_minimiser_checker *c, clmlp_error *error)
{
    return (clmlp_checking){c->check.checker, c->check.step, c->number, false, c->check.sink, c->check.context, error};
}

/* --- sums of two vectors ----------------------------------------------------------------------------------------- */

static clmlp_quantity quantity_of(const clmlp_minimiser_checker *c, const clmlp_tensor *result, size_t l)
{
    if (result == c->check.network->theta[l - 1]) return CLMLP_QUANTITY_THETA;
    const clmlp_minimisation *const m = c->minimisation;
    return result == m->direction[l - 1] ? CLMLP_QUANTITY_DIRECTION : CLMLP_QUANTITY_VECTOR;
}

/* A factor as the reference has it, from the sum that the device has. */
static clmlp_status take_factor(const clmlp_minimiser_checker *c, clmlp_scalar scalar, clmlp_reference_factor *factor,
                                clmlp_error *error)
{
    clmlp_backend *const backend = c->check.network->backend;
    double sum = 0.0;
    if (scalar.slot != NO_SUM) TRY(backend->ops->sums_read(backend, scalar.slot, 1, &sum, error));
    *factor = clmlp_reference_scalar(&c->arithmetic, scalar.constant, scalar.slot != NO_SUM ? &sum : NULL);
    return CLMLP_OK;
}

/* theta := step direction + base. */
static void note_move(clmlp_minimiser_checker *c, const clmlp_combine_args *args, size_t l)
{
    for (size_t i = 0; i < numbers_of(c, l); i++) {
        c->move.direction[l - 1][i] = c->x[i];
        c->move.theta[l - 1][i] = c->y[i];
    }
    c->move.step = args->a.constant;
    c->moved = true;
}

static clmlp_status combine(void *context, const clmlp_combine_args *args, size_t l, clmlp_error *error)
{
    clmlp_minimiser_checker *const c = context;
    clmlp_backend *const backend = c->check.network->backend;
    const size_t *const s = c->check.step->s;
    const clmlp_checking checking = checking_of(c, error);
    clmlp_reference_factor a, b;
    if (!c->on) return backend->ops->combine(backend, args, error);
    TRY(take_factor(c, args->a, &a, error));
    TRY(take_factor(c, args->b, &b, error));
    TRY(read(c, args->x, s[l], c->x, error));
    TRY(read(c, args->y, s[l], c->y, error));
    TRY(backend->ops->combine(backend, args, error));
    TRY(read(c, args->result, s[l], c->found, error));
    clmlp_reference_combine(&c->arithmetic, numbers_of(c, l), a, args->x != NULL ? c->x : NULL, b,
                            args->y != NULL ? c->y : NULL, c->expected);
    const clmlp_quantity quantity = quantity_of(c, args->result, l);
    if (quantity == CLMLP_QUANTITY_THETA && args->y != NULL) note_move(c, args, l);
    return clmlp_check_tensor(&checking, quantity, l, CLMLP_EQUATION_COMBINE, c->found, c->expected, s[l],
                              s[l - 1] + 1);
}

/* --- dot products ------------------------------------------------------------------------------------------------ */

static clmlp_status dot(void *context, const clmlp_dot_args *args, clmlp_error *error)
{
    clmlp_minimiser_checker *const c = context;
    clmlp_backend *const backend = c->check.network->backend;
    const clmlp_checking checking = checking_of(c, error);
    const size_t *const s = c->check.step->s;
    clmlp_reference_dot sums = {.layers = 0};
    double found = 0.0;
    TRY(backend->ops->dot(backend, args, error));
    if (!c->on) return CLMLP_OK;
    TRY(backend->ops->sums_read(backend, args->slot, 1, &found, error));
    for (size_t l = 1; l <= args->layers; l++) {
        TRY(read(c, args->x[l - 1], s[l], c->x, error));
        TRY(read(c, args->y[l - 1], s[l], c->y, error));
        clmlp_reference_add_product(&sums, s[l], s[l - 1] + 1, args->bias, c->x, c->y);
    }
    clmlp_cost expected = clmlp_reference_dot_of(&c->arithmetic, &sums);
    return clmlp_check_tensor(&checking, CLMLP_QUANTITY_DOT, args->layers + 1, CLMLP_EQUATION_DOT, &found,
                              (clmlp_pair){&expected.value, &expected.bound}, 1, 1);
}

/* --- points ------------------------------------------------------------------------------------------------------ */

static clmlp_status point(void *context, const clmlp_batch *batch, clmlp_error *error)
{
    clmlp_minimiser_checker *const c = context;
    const clmlp_network *const network = c->check.network;
    clmlp_step_record *const step = c->check.step;
    clmlp_batch_score score = {0.0, 0.0};
    if (!c->on) return CLMLP_OK;
    step->M = batch->M;
    for (size_t l = 2; l <= step->L; l++) {
        TRY(read(c, network->z[l - 1], step->M, step->z[l - 1], error));
        TRY(read(c, l < step->L ? network->a[l - 1] : network->h, step->M, step->a[l - 1], error));
        TRY(read(c, network->delta[l - 1], step->M, step->delta[l - 1], error));
    }
    for (size_t l = 1; l < step->L; l++) {
        TRY(read(c, network->theta[l - 1], step->s[l], step->theta[l - 1], error));
        TRY(read(c, network->gradient[l - 1], step->s[l], step->gradient[l - 1], error));
    }
    TRY(network->backend->ops->scores_read(network->backend, 0, 1, &score, error));
    step->cost = score.cost;
    return clmlp_step_checker_check(c->check.checker, step, c->number, c->check.sink, c->check.context, error);
}

/* --- the checker ------------------------------------------------------------------------------------------------- */

static clmlp_status create_numbers(double **out, size_t count, clmlp_error *error)
{
    return clmlp_allocate(out, count, sizeof **out, "a vector to check", error);
}

static clmlp_status create(clmlp_minimiser_checker *c, clmlp_error *error)
{
    const size_t layers = c->check.step->L - 1;
    size_t largest = 0;
    TRY(clmlp_allocate(&c->move.theta, layers, sizeof *c->move.theta, "a vector to check", error));
    TRY(clmlp_allocate(&c->move.direction, layers, sizeof *c->move.direction, "a vector to check", error));
    for (size_t l = 1; l <= layers; l++) {
        const size_t count = numbers_of(c, l);
        largest = count > largest ? count : largest;
        TRY(create_numbers(&c->move.theta[l - 1], count, error));
        TRY(create_numbers(&c->move.direction[l - 1], count, error));
    }
    TRY(create_numbers(&c->x, largest, error));
    TRY(create_numbers(&c->y, largest, error));
    TRY(create_numbers(&c->found, largest, error));
    TRY(create_numbers(&c->expected.value, largest, error));
    return create_numbers(&c->expected.bound, largest, error);
}

clmlp_status clmlp_minimiser_checker_create(clmlp_minimiser_checker **out, const clmlp_watched_minimiser *check,
                                            clmlp_error *error)
{
    clmlp_minimiser_checker *c = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&c, 1, sizeof *c, "a checker of a minimiser", error));
    c->check = *check;
    c->watch = (clmlp_vector_watch){combine, dot, point, c};
    c->arithmetic = clmlp_arithmetic_of(check->network->backend->precision);
    TRY_CLEANUP(create(c, error));
    for (size_t l = 1; l < check->step->L; l++) { /* a point is no step */
        free(check->step->after[l - 1]);
        check->step->after[l - 1] = NULL;
    }
    *out = c;
cleanup:
    if (status != CLMLP_OK) clmlp_minimiser_checker_destroy(c);
    return status;
}

void clmlp_minimiser_checker_destroy(clmlp_minimiser_checker *c)
{
    if (c == NULL) return;
    for (size_t l = 1; l < c->check.step->L; l++) {
        if (c->move.theta != NULL) free(c->move.theta[l - 1]);
        if (c->move.direction != NULL) free(c->move.direction[l - 1]);
    }
    free(c->move.theta), free(c->move.direction);
    free(c->x), free(c->y), free(c->found);
    free(c->expected.value), free(c->expected.bound);
    free(c);
}

const clmlp_vector_watch *clmlp_minimiser_checker_watch(const clmlp_minimiser_checker *c)
{
    return &c->watch;
}

void clmlp_minimiser_checker_begin(clmlp_minimiser_checker *c, const clmlp_minimisation *minimisation, size_t number,
                                   bool on)
{
    c->minimisation = minimisation;
    c->number = number;
    c->on = on;
    c->moved = false;
}

const clmlp_minimiser_move *clmlp_minimiser_checker_move(const clmlp_minimiser_checker *c)
{
    return c->moved ? &c->move : NULL;
}

clmlp_status clmlp_minimiser_checker_take_move(clmlp_minimiser_checker *c, clmlp_error *error)
{
    clmlp_step_record *const step = c->check.step;
    if (!c->moved || !isfinite(c->move.step)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "theta did not move in that iteration");
    }
    TRY(clmlp_step_record_direct(step, error));
    step->minimiser = c->minimisation->setting.minimiser;
    step->length = c->move.step;
    for (size_t l = 1; l < step->L; l++) {
        const size_t bytes = numbers_of(c, l) * sizeof(double);
        memcpy(step->theta[l - 1], c->move.theta[l - 1], bytes);
        memcpy(step->direction[l - 1], c->move.direction[l - 1], bytes);
    }
    return CLMLP_OK;
}
