/* overflow.c - whether costs that are not finite can be: whether anything on the way to them may overflow. */
#include "train/score/overflow.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* The square of it, or its third power, and sums of as many as memory has room for, are finite. */
static double limit_of(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? 0x1p300 : 0x1p36;
}

/* The larger one; NaN once one of them is. */
static double larger(double most, double size)
{
    return isnan(size) || size > most ? size : most;
}

static double larger_size(double most, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) most = larger(most, fabs(values[i]));
    return most;
}

/* The largest |x| and |y|, scaled. row: room. */
static double largest_number(const clmlp_model *model, const clmlp_dataset *dataset, double *row)
{
    double most = 1.0;
    for (size_t i = 0; i < dataset->m; i++) {
        clmlp_scaling_apply(&model->scaling, dataset, NULL, i, 1, CLMLP_F64, row);
        most = larger_size(most, row, dataset->n);
        if (dataset->target_kind != CLMLP_TARGET_VALUES) continue;
        clmlp_scaling_apply_targets(&model->target_scaling, dataset, NULL, i, 1, CLMLP_F64, row);
        most = larger_size(most, row, dataset->K);
    }
    return most;
}

/* The largest sum of the sizes of a row of theta(l). */
static double largest_row(const clmlp_model *model, const double *theta, size_t l)
{
    const size_t columns = model->s[l - 1] + 1;
    const double *row = theta + model->theta_at[l - 1];
    double most = 0.0;
    for (size_t j = 0; j < model->s[l]; j++, row += columns) {
        double sum = 0.0;
        for (size_t i = 0; i < columns; i++) sum += fabs(row[i]);
        most = larger(most, sum);
    }
    return most;
}

clmlp_status clmlp_score_may_overflow(const clmlp_model *model, const double *theta, const clmlp_dataset *dataset,
                                      clmlp_precision precision, bool *may, clmlp_error *error)
{
    const double limit = limit_of(precision);
    double *row = NULL;
    TRY(clmlp_allocate(&row, dataset->n > dataset->K ? dataset->n : dataset->K, sizeof *row, "an example", error));
    double most = largest_number(model, dataset, row);
    free(row);
    *may = !(most <= limit);
    for (size_t l = 1; l < model->L && !*may; l++) {
        /* no hidden activation is more than twice its z and 2 */
        most = 2.0 * largest_row(model, theta, l) * most + 2.0;
        *may = !(most <= limit);
    }
    return CLMLP_OK;
}
