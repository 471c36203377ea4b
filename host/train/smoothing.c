/* smoothing.c - label smoothing: training targets a little away from 0 and 1. */
#include "train/smoothing.h"

#include <math.h>

#include "base/error.h"

clmlp_smoothing clmlp_smoothing_for(const clmlp_model *model, double amount)
{
    return (clmlp_smoothing){.amount = amount, .output = model->output, .K = model->s[model->L - 1]};
}

double clmlp_smoothed(const clmlp_smoothing *smoothing, double y)
{
    const double E = smoothing->amount;
    if (E == 0.0) return y;
    switch (smoothing->output) {
    case CLMLP_OUTPUT_SIGMOID: return (1.0 - E) * y + E / 2.0;
    case CLMLP_OUTPUT_SOFTMAX: return (1.0 - E) * y + E / (double)smoothing->K;
    case CLMLP_OUTPUT_LINEAR: /* clmlp_smoothing_check refuses it */
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

/* Whether a row still counts as right as it would without: by the larger of two targets, and by their sides of 1/2. */
static bool tells_apart(const clmlp_smoothing *smoothing, clmlp_precision precision)
{
    double one = clmlp_smoothed(smoothing, 1.0), zero = clmlp_smoothed(smoothing, 0.0);
    if (precision == CLMLP_F32) one = (double)(float)one, zero = (double)(float)zero;
    return one > zero && (smoothing->output != CLMLP_OUTPUT_SIGMOID || (one > 0.5 && !(zero > 0.5)));
}

clmlp_status clmlp_smoothing_check(const clmlp_smoothing *smoothing, clmlp_precision precision, clmlp_error *error)
{
    const double E = smoothing->amount;
    if (!(E >= 0.0 && E < 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the label smoothing (--label-smoothing) is %g (expected a number "
                          ">= 0 and < 1)", E);
    }
    if (E == 0.0) return CLMLP_OK;
    if (smoothing->output == CLMLP_OUTPUT_LINEAR) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "label smoothing (--label-smoothing %g) is for classes and "
                          "labels, and the output is linear, whose targets are numbers", E);
    }
    if (tells_apart(smoothing, precision)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the label smoothing (--label-smoothing) is %.17g, so near to 1 that "
                      "%s cannot tell targets of 0 and 1 apart", E, clmlp_precision_name(precision));
}

void clmlp_smoothing_apply(const clmlp_smoothing *smoothing, size_t count, clmlp_precision precision, void *values)
{
    if (smoothing->amount == 0.0) return;
    double *const wide = values;
    float *const single = values;
    for (size_t i = 0; i < count; i++) {
        if (precision == CLMLP_F64) wide[i] = clmlp_smoothed(smoothing, wide[i]);
        else single[i] = (float)clmlp_smoothed(smoothing, (double)single[i]);
    }
}
