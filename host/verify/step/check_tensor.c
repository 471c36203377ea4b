/* check_tensor.c - a tensor of a step compared with its reference. */
#include <math.h>
#include <stdio.h>

#include "verify/step/checking.h"

static clmlp_kernel_form form_of(const clmlp_step_record *step, clmlp_equation equation, size_t layer)
{
    const bool hidden = equation == CLMLP_EQUATION_FORWARD || equation == CLMLP_EQUATION_HIDDEN_DELTA;
    const bool stored = step->shared != NULL || step->descent.rule.clip_norm > 0.0 ||
                        (step->scale != NULL && layer == 1);
    if (hidden && clmlp_dropout_of(&step->descent.dropout, layer).p > 0.0) return CLMLP_DROPOUT_KERNEL;
    return equation == CLMLP_EQUATION_UPDATE && stored ? CLMLP_STORED_KERNEL : CLMLP_USUAL_KERNEL;
}

static void name_kernel(const clmlp_checking *s, clmlp_equation equation, clmlp_finding *finding)
{
    const clmlp_backend *const checked = s->checker->checked;
    const char *name = NULL;
    if (checked != NULL && checked->ops->kernel_name != NULL) {
        name = checked->ops->kernel_name(checked, equation, form_of(s->step, equation, finding->layer));
    }
    finding->equation = clmlp_equation_name(equation);
    if (name != NULL) (void)snprintf(finding->kernel, sizeof finding->kernel, "%s", name);
}

/* Of a scale of the inputs: kernels of its own. */
static void name_scale_kernel(clmlp_finding *finding)
{
    const bool slopes = finding->quantity == CLMLP_QUANTITY_SCALE_GRADIENT ||
                        finding->quantity == CLMLP_QUANTITY_RAW_GRADIENT;
    if (!slopes && finding->quantity != CLMLP_QUANTITY_THETA) return;
    (void)snprintf(finding->kernel, sizeof finding->kernel, "%s", slopes ? "scale_slopes" : "fold_scale");
}

/* Where carried bounds are beyond all numbers, nothing is known: not even a NaN is one. */
static void widen(clmlp_pair pair, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pair.bound[i] != pair.bound[i] && isfinite(pair.value[i])) pair.bound[i] = (double)INFINITY;
    }
}

/* Whether bounds of a gradient that nobody has any more go on into what is made of it. */
static bool carries(const clmlp_checking *s)
{
    return s->step->gradient[0] == NULL && (s->step->scale != NULL || s->step->clipped != NULL);
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

clmlp_status clmlp_tell_tensor(const clmlp_checking *s, clmlp_quantity quantity, size_t layer, clmlp_equation equation,
                               clmlp_checked_tensor *checked)
{
    checked->finding.step = s->number;
    checked->finding.layer = layer;
    checked->finding.quantity = quantity;
    name_kernel(s, equation, &checked->finding);
    if (s->step->scale != NULL && layer == 1) name_scale_kernel(&checked->finding);
    if (clmlp_is_trend(quantity)) checked->finding.max_ulp = 0.0; /* says nothing */
    return s->sink(checked, s->context, s->error);
}

clmlp_status clmlp_check_tensor(const clmlp_checking *s, clmlp_quantity quantity, size_t layer,
                                clmlp_equation equation, const double *found, clmlp_pair reference, size_t rows,
                                size_t columns)
{
    clmlp_checked_tensor checked = {.found = found, .expected = reference.value, .bound = reference.bound};
    if (s->free_run || carries(s)) widen(reference, rows * columns);
    if (s->free_run) checked.finding.bound_of_value = bound_of_value(reference, rows * columns);
    if (found == NULL) return CLMLP_OK;
    clmlp_compare(&checked.finding, found, reference.value, reference.bound, rows, columns, s->checker->precision);
    return clmlp_tell_tensor(s, quantity, layer, equation, &checked);
}
