/* inject_bound.c - error bounds of a call's result, from naive loops.
 *
 * They come from reference.h: the step checker is not asked what it would let pass.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "inject_parts.h"
#include "reference.h"

/* Rows of a matrix on the device, picked as the equation picks them. */
static clmlp_status take(injector *in, const clmlp_tensor *tensor, clmlp_rows rows, size_t M, matrix *out,
                         clmlp_error *error)
{
    const size_t columns = tensor->columns;
    double *all = NULL;
    uint32_t *order = NULL;
    clmlp_status status = CLMLP_OK;
    *out = (matrix){M, columns, NULL};
    if (rows.order == NULL && rows.first == 0) return inject_get(in, tensor, M, &out->values, error);
    TRY_CLEANUP(inject_get(in, tensor, tensor->rows, &all, error));
    TRY_CLEANUP(clmlp_allocate(&out->values, M * columns, sizeof *all, "numbers", error));
    if (rows.order != NULL) {
        TRY_CLEANUP(clmlp_allocate(&order, rows.order->rows, sizeof *order, "an order", error));
        TRY_CLEANUP(in->inner->ops->tensor_read(in->inner, rows.order, 0, rows.order->rows, order, error));
    }
    for (size_t r = 0; r < M; r++) {
        const size_t from = order != NULL ? order[rows.first + r] : rows.first + r;
        memcpy(out->values + r * columns, all + from * columns, columns * sizeof *all);
    }
cleanup:
    free(all), free(order);
    return status;
}

static clmlp_status take_all(injector *in, const clmlp_tensor *tensor, size_t rows, matrix *out, clmlp_error *error)
{
    return take(in, tensor, (clmlp_rows){NULL, 0}, rows, out, error);
}

typedef struct inputs {
    matrix a, theta, delta, z, y, w;
} inputs;

static void free_inputs(inputs *i)
{
    matrix_free(&i->a), matrix_free(&i->theta), matrix_free(&i->delta), matrix_free(&i->z), matrix_free(&i->y);
    matrix_free(&i->w);
}

static clmlp_status forward_bound(site *s, inputs *i, expected *out, clmlp_error *error)
{
    const clmlp_forward_args *args = &s->args.forward;
    const clmlp_precision precision = s->in->base.precision;
    if (s->in->fault.quantity == CLMLP_QUANTITY_A) {
        if (args->z == NULL) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "z is not kept: the bound of a is not known");
        TRY(take_all(s->in, args->z, args->M, &i->z, error));
        reference_activation(out, &i->z, args->activation, precision);
        return CLMLP_OK;
    }
    TRY(take(s->in, args->a_in, args->a_rows, args->M, &i->a, error));
    TRY(take_all(s->in, args->theta, args->s_out, &i->theta, error));
    reference_z(out, &i->a, &i->theta, precision);
    return CLMLP_OK;
}

static clmlp_status output_bound(site *s, inputs *i, expected *out, double *cost, double *cost_bound,
                                 clmlp_error *error)
{
    const clmlp_output_args *args = &s->args.output;
    const clmlp_precision precision = s->in->base.precision;
    if (out != NULL && s->in->fault.quantity == CLMLP_QUANTITY_Z) {
        TRY(take(s->in, args->a_in, args->a_rows, args->M, &i->a, error));
        TRY(take_all(s->in, args->theta, args->K, &i->theta, error));
        reference_z(out, &i->a, &i->theta, precision);
        return CLMLP_OK;
    }
    TRY(take_all(s->in, args->z, args->M, &i->z, error));
    TRY(take(s->in, args->y, args->y_rows, args->M, &i->y, error));
    if (args->w != NULL) TRY(take(s->in, args->w, args->y_rows, args->M, &i->w, error));
    expected h = expected_create(args->M, args->K), delta = expected_create(args->M, args->K),
             sum = expected_create(1, 1);
    reference_output(&h, &delta, &sum, &i->z, &i->y, args->w != NULL ? &i->w : NULL, args->output,
                     precision);
    if (cost != NULL) {
        *cost = sum.value.values[0];
        *cost_bound = sum.bound.values[0];
    } else {
        expected *const wanted = s->in->fault.quantity == CLMLP_QUANTITY_A ? &h : &delta;
        const expected kept = *out;
        *out = *wanted;
        *wanted = kept;
    }
    expected_free(&h), expected_free(&delta), expected_free(&sum);
    return CLMLP_OK;
}

static clmlp_status hidden_bound(site *s, inputs *i, expected *out, clmlp_error *error)
{
    const clmlp_hidden_args *args = &s->args.hidden;
    TRY(take_all(s->in, args->delta_next, args->M, &i->delta, error));
    TRY(take_all(s->in, args->theta, args->s_out, &i->theta, error));
    TRY(take_all(s->in, args->a, args->M, &i->a, error));
    if (args->z != NULL) TRY(take_all(s->in, args->z, args->M, &i->z, error));
    reference_hidden(out, &i->delta, &i->theta, args->z != NULL ? &i->z : NULL, &i->a, args->activation,
                     s->in->base.precision);
    return CLMLP_OK;
}

/* theta - alpha gradient from a gradient that is off by as much as it may be. */
static void step_bound(expected *out, const matrix *theta, const expected *gradient, double rate,
                       clmlp_precision precision)
{
    reference_update(out, theta, &gradient->value, rate, precision);
    for (size_t i = 0; i < theta->rows * theta->columns; i++) out->bound.values[i] += rate * gradient->bound.values[i];
}

static clmlp_status gradient_bound(site *s, inputs *i, expected *out, clmlp_error *error)
{
    const clmlp_gradient_args *args = &s->args.gradient;
    const clmlp_precision precision = s->in->base.precision;
    TRY(take_all(s->in, args->delta, args->M, &i->delta, error));
    TRY(take(s->in, args->a, args->a_rows, args->M, &i->a, error));
    TRY(take_all(s->in, args->theta, args->s_out, &i->theta, error));
    if (!s->fused) {
        reference_gradient(out, &i->delta, &i->a, &i->theta, args->decay, precision);
        return CLMLP_OK;
    }
    expected gradient = expected_create(args->s_out, args->s_in + 1);
    reference_gradient(&gradient, &i->delta, &i->a, &i->theta, args->decay, precision);
    step_bound(out, &i->theta, &gradient, s->update.rule.numbers[UPDATE_RATE], precision);
    expected_free(&gradient);
    return CLMLP_OK;
}

static clmlp_status update_bound(site *s, inputs *i, expected *out, clmlp_error *error)
{
    const clmlp_update_args *args = &s->update;
    TRY(take_all(s->in, args->theta, args->s_out, &i->theta, error));
    TRY(take_all(s->in, args->gradient, args->s_out, &i->delta, error));
    reference_update(out, &i->theta, &i->delta, args->rule.numbers[UPDATE_RATE], s->in->base.precision);
    return CLMLP_OK;
}

/* The checker's reference is in double: against a device in double it rounds as much itself. */
static double both_sides(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? 2.0 : 1.0;
}

clmlp_status site_bound(site *s, double **value, double **bound, clmlp_error *error)
{
    inputs i = {.a = {0, 0, NULL}};
    clmlp_status status = CLMLP_OK;
    expected out = expected_create(s->rows, s->target->columns);
    switch (s->fused ? CLMLP_EQUATION_GRADIENT : s->equation) {
    case CLMLP_EQUATION_FORWARD: status = forward_bound(s, &i, &out, error); break;
    case CLMLP_EQUATION_OUTPUT_DELTA: status = output_bound(s, &i, &out, NULL, NULL, error); break;
    case CLMLP_EQUATION_HIDDEN_DELTA: status = hidden_bound(s, &i, &out, error); break;
    case CLMLP_EQUATION_GRADIENT: status = gradient_bound(s, &i, &out, error); break;
    case CLMLP_EQUATION_UPDATE: status = update_bound(s, &i, &out, error); break;
    case CLMLP_EQUATION_CLIP:
    case CLMLP_EQUATION_DOT:
    case CLMLP_EQUATION_COMBINE:
    case CLMLP_EQUATION_COUNT: status = clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no such equation"); break;
    }
    free_inputs(&i);
    for (size_t e = 0; e < s->rows * s->target->columns; e++) out.bound.values[e] *= both_sides(s->in->base.precision);
    *value = out.value.values;
    *bound = out.bound.values;
    return status;
}

clmlp_status site_cost_bound(site *s, double *value, double *bound, clmlp_error *error)
{
    inputs i = {.a = {0, 0, NULL}};
    const clmlp_status status = output_bound(s, &i, NULL, value, bound, error);
    free_inputs(&i);
    *bound *= both_sides(s->in->base.precision);
    return status;
}

double inject_excess_of(double found, double value, double bound)
{
    if (!isfinite(found)) return (double)INFINITY;
    return found == value ? 0.0 : fabs(found - value) / bound;
}

bool inject_flip(double v, double value, double bound, clmlp_precision precision, double *flipped, int *bit)
{
    const int bits = precision == CLMLP_F64 ? 52 : 23;
    for (*bit = 0; *bit < bits; (*bit)++) {
        float single = (float)v;
        uint32_t word;
        uint64_t long_word;
        memcpy(&word, &single, sizeof word);
        memcpy(&long_word, &v, sizeof long_word);
        word ^= UINT32_C(1) << (*bit & 31);
        long_word ^= UINT64_C(1) << *bit;
        memcpy(&single, &word, sizeof single);
        memcpy(flipped, &long_word, sizeof *flipped);
        if (precision == CLMLP_F32) *flipped = (double)single;
        if (fabs(*flipped - value) > bound) return true;
    }
    return false;
}
