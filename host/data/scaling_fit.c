/* scaling_fit.c - scaling of features and targets, fitted to training data. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/scaling.h"
#include "data/select.h"

/* Per column, over all examples in their order. All arrays [n]. */
typedef struct statistics {
    double *least, *most, *mean, *deviation, *row, *remainder, *factor;
} statistics;

static void find_ranges(const clmlp_dataset *dataset, const statistics *s)
{
    const size_t n = dataset->n;
    clmlp_dataset_values(dataset, 0, 0, n, s->least);
    clmlp_dataset_values(dataset, 0, 0, n, s->most);
    for (size_t i = 1; i < dataset->m; i++) {
        clmlp_dataset_values(dataset, i, 0, n, s->row);
        for (size_t j = 0; j < n; j++) {
            s->least[j] = s->row[j] < s->least[j] ? s->row[j] : s->least[j];
            s->most[j] = s->row[j] > s->most[j] ? s->row[j] : s->most[j];
        }
    }
}

/* What differences of column j are multiplied with, so that no square of theirs underflows: a power of 2, which rounds
 * nothing. */
static double factor_of(const statistics *s, size_t j)
{
    return s->most[j] - s->least[j] < 0x1p-400 ? 0x1p600 : 1.0;
}

/* Two passes; the second corrects for the rounding of the mean (Chan, Golub & LeVeque 1983, eq. 1.7). */
static void find_moments(const clmlp_dataset *dataset, const statistics *s)
{
    const size_t n = dataset->n;
    const double m = (double)dataset->m;
    double *const squares = s->deviation;
    for (size_t i = 0; i < dataset->m; i++) {
        clmlp_dataset_values(dataset, i, 0, n, s->row);
        for (size_t j = 0; j < n; j++) s->mean[j] += s->row[j];
    }
    for (size_t j = 0; j < n; j++) s->mean[j] /= m;
    for (size_t i = 0; i < dataset->m; i++) {
        clmlp_dataset_values(dataset, i, 0, n, s->row);
        for (size_t j = 0; j < n; j++) {
            const double difference = (s->row[j] - s->mean[j]) * s->factor[j];
            squares[j] += difference * difference;
            s->remainder[j] += difference;
        }
    }
    for (size_t j = 0; j < n; j++) {
        const double variance = (squares[j] - s->remainder[j] * s->remainder[j] / m) / m;
        s->deviation[j] = sqrt(variance) / s->factor[j];
        s->mean[j] += s->remainder[j] / m / s->factor[j];
    }
}

static clmlp_status set_column(clmlp_scaling *scaling, const statistics *s, size_t j, const char *what,
                               clmlp_error *error)
{
    const bool minmax = scaling->kind == CLMLP_SCALE_MINMAX, constant = s->least[j] == s->most[j];
    const double divisor = constant ? 1.0 : minmax ? s->most[j] - s->least[j] : s->deviation[j];
    scaling->offset[j] = constant || minmax ? s->least[j] : s->mean[j];
    scaling->divisor[j] = divisor;
    if (divisor > 0.0 && isfinite(divisor) && isfinite(scaling->offset[j])) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s %zu cannot be scaled: its values, from %g to %g, %s", what,
                      j + 1, s->least[j], s->most[j],
                      isfinite(divisor) ? "are too close to each other" : "overflow");
}

bool clmlp_scale_has_numbers(clmlp_scale kind)
{
    switch (kind) {
    case CLMLP_SCALE_MINMAX:
    case CLMLP_SCALE_STANDARD:
    case CLMLP_SCALE_ROBUST:
    case CLMLP_SCALE_ROBUST_CLIP: return true;
    case CLMLP_SCALE_NONE:
    case CLMLP_SCALE_PIXEL:
    case CLMLP_SCALE_AUTO:
    case CLMLP_SCALE_COUNT: break;
    }
    return false;
}

static bool is_robust(clmlp_scale kind)
{
    return kind == CLMLP_SCALE_ROBUST || kind == CLMLP_SCALE_ROBUST_CLIP;
}

double clmlp_scale_least_divisor(clmlp_scale kind)
{
    return is_robust(kind) ? 0.0 : DBL_TRUE_MIN;
}

/* The smooth clip of robust-clip (scaling.c) leaves 0 alone, and takes 3/sqrt(8) to 1. */
#define UNCLIPPED_DIVISOR 0.94280904158206336 /* sqrt(8)/3 */

/* Median and quartiles of the values [m] of one column. */
static void set_robust(clmlp_scaling *scaling, size_t j, double *values, size_t m)
{
    const double low = clmlp_quantile(values, m, 0.25), high = clmlp_quantile(values, m, 0.75);
    scaling->offset[j] = clmlp_median(values, m);
    scaling->divisor[j] = high - low;
    if (scaling->divisor[j] != 0.0) return;
    double least = values[0], most = values[0];
    for (size_t i = 1; i < m; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    scaling->divisor[j] = most / 2 - least / 2;
    if (scaling->divisor[j] == 0.0) scaling->divisor[j] = most - least; /* halves of the least number */
}

static clmlp_status fit_robust(clmlp_scaling *scaling, const clmlp_dataset *dataset, clmlp_error *error)
{
    const size_t m = dataset->m, n = dataset->n;
    clmlp_status status = CLMLP_OK;
    double *values = NULL;
    size_t size = 0;
    if (!clmlp_multiply(m, CLMLP_COLUMNS_AT_ONCE, &size)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "too much data");
    }
    TRY(clmlp_allocate(&values, size, sizeof *values, "the scaling", error));
    for (size_t first = 0; first < n; first += CLMLP_COLUMNS_AT_ONCE) {
        const size_t left = n - first, count = left < CLMLP_COLUMNS_AT_ONCE ? left : CLMLP_COLUMNS_AT_ONCE;
        clmlp_dataset_columns_of(dataset, first, count, values);
        for (size_t j = first; j < first + count; j++) {
            if (dataset->encoded != NULL && !clmlp_encoded_scales(dataset->encoded, j)) {
                scaling->divisor[j] = scaling->kind == CLMLP_SCALE_ROBUST_CLIP ? UNCLIPPED_DIVISOR : 1.0;
                continue;
            }
            set_robust(scaling, j, values + (j - first) * m, m);
            if (isfinite(scaling->offset[j]) && isfinite(scaling->divisor[j])) continue;
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "feature %zu cannot be scaled: its quartiles are too far apart",
                                j + 1);
            goto cleanup;
        }
    }
cleanup:
    free(values);
    return status;
}

/* what: "feature" or "target", for the message */
static clmlp_status fit(clmlp_scaling *scaling, const clmlp_dataset *dataset, clmlp_scale kind, const char *what,
                        clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const size_t n = dataset->n;
    double *work = NULL, *offset = NULL;
    clmlp_scaling fitted = {.kind = kind, .n = n};
    if (clmlp_scale_has_numbers(kind)) {
        TRY_CLEANUP(clmlp_allocate(&offset, n, 2 * sizeof *offset, "the scaling", error));
        fitted.offset = offset;
        fitted.divisor = offset + n;
    }
    if (is_robust(kind)) {
        TRY_CLEANUP(fit_robust(&fitted, dataset, error));
    } else if (clmlp_scale_has_numbers(kind)) {
        TRY_CLEANUP(clmlp_allocate(&work, n, 7 * sizeof *work, "the scaling", error));
        const statistics s = {work, work + n, work + 2 * n, work + 3 * n, work + 4 * n, work + 5 * n, work + 6 * n};
        find_ranges(dataset, &s);
        for (size_t j = 0; j < n; j++) s.factor[j] = factor_of(&s, j);
        if (kind == CLMLP_SCALE_STANDARD) find_moments(dataset, &s);
        for (size_t j = 0; j < n; j++) {
            const bool scales = dataset->encoded == NULL || clmlp_encoded_scales(dataset->encoded, j);
            fitted.divisor[j] = 1.0; /* 0 and 1 stay what they are */
            if (scales) TRY_CLEANUP(set_column(&fitted, &s, j, what, error));
        }
    }
    *scaling = fitted;
    offset = NULL;
cleanup:
    free(offset);
    free(work);
    return status;
}

clmlp_status clmlp_scaling_fit(clmlp_scaling *scaling, const clmlp_dataset *dataset, clmlp_scale kind,
                               clmlp_error *error)
{
    if (kind == CLMLP_SCALE_AUTO && dataset->sparse != NULL) kind = CLMLP_SCALE_NONE; /* zeros stay zeros */
    if (kind == CLMLP_SCALE_AUTO) kind = dataset->pixels ? CLMLP_SCALE_PIXEL : CLMLP_SCALE_STANDARD;
    return fit(scaling, dataset, kind, "feature", error);
}

clmlp_status clmlp_scaling_fit_targets(clmlp_scaling *scaling, const clmlp_dataset *dataset, clmlp_scale kind,
                                       clmlp_error *error)
{
    const clmlp_dataset view = clmlp_dataset_of_targets(dataset);
    return fit(scaling, &view, kind, "target", error);
}
