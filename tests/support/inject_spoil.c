/* inject_spoil.c - what each fault does to a call. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "inject_parts.h"

clmlp_status inject_get(injector *in, const clmlp_tensor *tensor, size_t rows, double **values, clmlp_error *error)
{
    const size_t count = rows * tensor->columns;
    TRY(clmlp_allocate(values, count, sizeof **values, "numbers", error));
    TRY(in->inner->ops->tensor_read(in->inner, tensor, 0, rows, *values, error));
    if (in->base.precision == CLMLP_F64) return CLMLP_OK;
    for (size_t i = count; i-- > 0;) { /* from behind: floats lie in the front half */
        float single;
        memcpy(&single, (const char *)*values + i * sizeof single, sizeof single);
        (*values)[i] = (double)single;
    }
    return CLMLP_OK;
}

clmlp_status inject_put(injector *in, clmlp_tensor *tensor, size_t rows, const double *values, clmlp_error *error)
{
    const size_t count = rows * tensor->columns;
    float *single = NULL;
    if (in->base.precision == CLMLP_F64) {
        return in->inner->ops->tensor_write(in->inner, tensor, 0, rows, values, error);
    }
    TRY(clmlp_allocate(&single, count, sizeof *single, "numbers", error));
    for (size_t i = 0; i < count; i++) single[i] = (float)values[i];
    const clmlp_status status = in->inner->ops->tensor_write(in->inner, tensor, 0, rows, single, error);
    free(single);
    return status;
}

/* --- faults of what goes in ---------------------------------------------------------------------------------- */

/* Exchange the indices of the square part of a matrix; what is left of column `from` stays. */
static void transpose(double *values, size_t rows, size_t columns, size_t from)
{
    const size_t n = rows < columns - from ? rows : columns - from;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            double *const a = &values[i * columns + from + j], *const b = &values[j * columns + from + i];
            const double kept = *a;
            *a = *b;
            *b = kept;
        }
    }
}

/* theta as the fault makes it; forward sums over its columns, hidden_delta over its rows. */
static void change_theta(const site *s, double *theta, size_t rows, size_t columns)
{
    const fault_spec *f = &s->in->fault;
    const bool back = s->equation == CLMLP_EQUATION_HIDDEN_DELTA;
    if (f->kind == FAULT_TRANSPOSE) transpose(theta, rows, columns, 1);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            double *const value = &theta[r * columns + c];
            if (f->kind == FAULT_SCALE) *value *= f->factor;
            if (f->kind == FAULT_NO_BIAS && c == 0) *value = 0.0;
            if (f->kind == FAULT_TAIL && (back ? r + 1 == rows : c + 1 == columns)) *value = 0.0;
        }
    }
}

/* A second tensor in the place of an input, for this call. */
static clmlp_status run_with(site *s, const clmlp_tensor **place, size_t rows, const double *values, clmlp_error *error)
{
    injector *in = s->in;
    clmlp_tensor *other = NULL;
    double *wait = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_tensor_create(in->inner, (*place)->kind, (*place)->rows, (*place)->columns, "a spoilt input",
                                    &other, error));
    TRY_CLEANUP(inject_put(in, other, rows, values, error));
    *place = other;
    TRY_CLEANUP(site_run(s, error));
    TRY_CLEANUP(inject_get(in, s->target, s->rows, &wait, error));
cleanup:
    free(wait);
    clmlp_tensor_destroy(in->inner, other);
    return status;
}

static clmlp_status with_other_theta(site *s, clmlp_error *error)
{
    const size_t rows = (*s->theta)->rows, columns = (*s->theta)->columns;
    double *theta = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(inject_get(s->in, *s->theta, rows, &theta, error));
    change_theta(s, theta, rows, columns);
    TRY_CLEANUP(run_with(s, s->theta, rows, theta, error));
cleanup:
    free(theta);
    return status;
}

static clmlp_status with_late_input(site *s, clmlp_error *error)
{
    if (s->in->kept == NULL || s->in->kept_count != s->late_rows * (*s->late)->columns) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there is no step before of the same size");
    }
    return run_with(s, s->late, s->late_rows, s->in->kept, error);
}

/* A gradient from all examples but the last. */
static clmlp_status without_last_example(site *s, clmlp_error *error)
{
    double *delta = NULL;
    clmlp_status status = CLMLP_OK;
    const size_t columns = s->args.gradient.delta->columns;
    TRY_CLEANUP(inject_get(s->in, s->args.gradient.delta, s->M, &delta, error));
    memset(delta + (s->M - 1) * columns, 0, columns * sizeof *delta);
    TRY_CLEANUP(run_with(s, &s->args.gradient.delta, s->M, delta, error));
cleanup:
    free(delta);
    return status;
}

/* --- faults of what comes out -------------------------------------------------------------------------------- */

/* Of what was computed, `after`, [rows x columns]; before: what was there. */
static void change_result(const site *s, const double *before, const double *theta, double *after, size_t rows,
                          size_t columns)
{
    const fault_spec *f = &s->in->fault;
    const bool gradient = s->equation == CLMLP_EQUATION_GRADIENT;
    const double decay = s->args.gradient.decay,
                 weight = gradient ? decay : -s->update.rule.numbers[UPDATE_RATE] * decay;
    const size_t last = columns - 1;
    if (f->kind == FAULT_NAN) after[rows / 2 * columns + columns / 2] = (double)NAN;
    if (f->kind == FAULT_INF) after[rows / 2 * columns + columns / 2] = (double)INFINITY;
    if (f->kind == FAULT_STALE) memcpy(after, before, rows * columns * sizeof *after);
    if (f->kind == FAULT_SCALE) {
        for (size_t i = 0; i < rows * columns; i++) after[i] *= f->factor;
    }
    for (size_t r = 0; r < rows; r++) {
        double *const row = after + r * columns;
        if (f->kind == FAULT_EDGE) row[last] = before[r * columns + last];
        if (f->kind == FAULT_NO_BIAS) row[0] = gradient ? 0.0 : before[r * columns];
        if (f->kind == FAULT_LAMBDA_ON_BIAS) row[0] += weight * theta[r * columns];
        for (size_t c = 0; c < columns && f->kind == FAULT_NO_MEAN; c++) row[c] *= (double)s->M;
    }
    if (f->kind != FAULT_TRANSPOSE) return;
    /* theta goes the way that the exchanged gradient would send it */
    for (size_t i = 0; i < rows * columns && !gradient; i++) after[i] -= before[i];
    transpose(after, rows, columns, 0);
    for (size_t i = 0; i < rows * columns && !gradient; i++) after[i] += before[i];
}

/* The element whose bound is the smallest part of it. */
static clmlp_status flip(site *s, double *after, const double *value, const double *bound, clmlp_error *error)
{
    const size_t count = s->rows * s->target->columns;
    size_t chosen = 0;
    int bit = 0;
    double found = after[0];
    for (size_t i = 1; i < count; i++) {
        if (fabs(after[i]) * bound[chosen] > fabs(after[chosen]) * bound[i]) chosen = i;
    }
    if (!inject_flip(after[chosen], value[chosen], bound[chosen], s->in->base.precision, &found, &bit)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no mantissa bit is above the bound of any element");
    }
    (void)snprintf(s->in->note, sizeof s->in->note, "element %zu, bit %d: %.9g instead of %.9g, bound %.3g", chosen,
                   bit, found, after[chosen], bound[chosen]);
    after[chosen] = found;
    return CLMLP_OK;
}

/* What the call computes, with another result: value and bound are of the right one. */
static clmlp_status with_other_result(site *s, double **value, double **bound, clmlp_error *error)
{
    double *before = NULL, *after = NULL, *theta = NULL;
    clmlp_status status = CLMLP_OK;
    injector *in = s->in;
    TRY_CLEANUP(inject_get(in, s->target, s->rows, &before, error));
    if (s->theta != NULL) TRY_CLEANUP(inject_get(in, *s->theta, (*s->theta)->rows, &theta, error));
    TRY_CLEANUP(site_run(s, error));
    if (*value == NULL) TRY_CLEANUP(site_bound(s, value, bound, error));
    TRY_CLEANUP(inject_get(in, s->target, s->rows, &after, error));
    if (in->fault.kind == FAULT_FLIP) TRY_CLEANUP(flip(s, after, *value, *bound, error));
    else change_result(s, before, theta, after, s->rows, s->target->columns);
    TRY_CLEANUP(inject_put(in, s->target, s->rows, after, error));
cleanup:
    free(before), free(after), free(theta);
    return status;
}

static void scale_rates(site *s, double factor)
{
    s->update.rule.numbers[UPDATE_RATE] *= factor;
    s->update.rule.numbers[UPDATE_BIAS_RATE] *= factor;
}

/* theta - alpha sum - alpha decay theta. */
static clmlp_status without_mean(site *s, clmlp_error *error)
{
    scale_rates(s, (double)s->M);
    s->args.gradient.decay /= (double)s->M;
    return site_run(s, error);
}

static clmlp_status without_weights(site *s, clmlp_error *error)
{
    const clmlp_tensor *const w = s->args.output.w;
    s->args.output.w = NULL;
    const clmlp_status status = site_run(s, error);
    s->args.output.w = w; /* what is right is found with them */
    return status;
}

static clmlp_status with_other_rate(site *s, clmlp_error *error)
{
    scale_rates(s, s->in->fault.factor);
    return site_run(s, error);
}

static clmlp_status plant(site *s, double **value, double **bound, clmlp_error *error)
{
    const fault_spec *f = &s->in->fault;
    const bool back = s->equation == CLMLP_EQUATION_HIDDEN_DELTA, is_z = f->quantity == CLMLP_QUANTITY_Z;
    switch (f->kind) {
    case FAULT_SKIP: return CLMLP_OK;
    case FAULT_RATE: return with_other_rate(s, error);
    case FAULT_LATE: return with_late_input(s, error);
    case FAULT_TAIL: return is_z || back ? with_other_theta(s, error) : without_last_example(s, error);
    case FAULT_TRANSPOSE:
        if (is_z || back) return with_other_theta(s, error);
        break;
    case FAULT_SCALE:
    case FAULT_NO_BIAS:
        if (is_z) return with_other_theta(s, error);
        break;
    case FAULT_NO_WEIGHT: return without_weights(s, error);
    case FAULT_NO_MEAN:
        if (s->fused) return without_mean(s, error);
        break;
    default: break;
    }
    return with_other_result(s, value, bound, error);
}

/* What a stored gradient's subtraction, or h - y, cannot get wrong. */
static bool makes_sense(const site *s)
{
    const fault_kind kind = s->in->fault.kind;
    const bool of_sum = kind == FAULT_TAIL || kind == FAULT_NO_MEAN || kind == FAULT_LAMBDA_ON_BIAS;
    const bool of_output = s->equation == CLMLP_EQUATION_OUTPUT_DELTA && s->in->fault.quantity == CLMLP_QUANTITY_DELTA;
    if (kind == FAULT_NO_WEIGHT) return of_output && s->args.output.w != NULL;
    if (of_output && (kind == FAULT_TAIL || kind == FAULT_LATE)) return false;
    return s->target != NULL && (s->fused || s->equation != CLMLP_EQUATION_UPDATE || !of_sum);
}

/* How much was planted, in bounds. */
static clmlp_status measure(site *s, const double *value, const double *bound, clmlp_error *error)
{
    double *found = NULL;
    TRY(inject_get(s->in, s->target, s->rows, &found, error));
    for (size_t i = 0; i < s->rows * s->target->columns; i++) {
        const double excess = inject_excess_of(found[i], value[i], bound[i]);
        if (excess > s->in->excess) s->in->excess = excess;
    }
    free(found);
    return CLMLP_OK;
}

clmlp_status site_spoil(site *s, clmlp_error *error)
{
    const clmlp_quantity quantity = s->in->fault.quantity;
    const bool of_z = quantity == CLMLP_QUANTITY_A || s->equation == CLMLP_EQUATION_OUTPUT_DELTA;
    double *value = NULL, *bound = NULL;
    clmlp_status status = CLMLP_OK;
    if (!makes_sense(s)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "this fault makes no sense in that equation of this backend");
    }
    if (!of_z || quantity == CLMLP_QUANTITY_Z) TRY_CLEANUP(site_bound(s, &value, &bound, error));
    TRY_CLEANUP(plant(s, &value, &bound, error));
    if (value == NULL) TRY_CLEANUP(site_bound(s, &value, &bound, error));
    TRY_CLEANUP(measure(s, value, bound, error));
cleanup:
    free(value), free(bound);
    return status;
}
