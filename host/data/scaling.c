/* scaling.c - scaling of features and targets, applied to rows. */
#include "data/scaling.h"

#include <math.h>
#include <stdio.h>

#include "base/rounded.h"
#include "base/vector.h"

enum { BLOCK = 256 }; /* columns at a time, so that the doubles in between stay in the first cache */

/* Of robust-clip. */
static double clip(double value)
{
    const double third = value / 3.0;
    /* large values: their square overflows where the result is 3 */
    return fabs(third) > 0x1p60 ? copysign(3.0, value) : value / sqrt(1.0 + third * third);
}

CLMLP_WIDE static void scale(const clmlp_scaling *scaling, size_t first, size_t count, double *values)
{
    switch (scaling->kind) {
    case CLMLP_SCALE_PIXEL:
        for (size_t j = 0; j < count; j++) values[j] /= 255.0;
        break;
    case CLMLP_SCALE_MINMAX:
    case CLMLP_SCALE_STANDARD: {
        const double *offset = scaling->offset + first, *divisor = scaling->divisor + first;
        for (size_t j = 0; j < count; j++) values[j] = (values[j] - offset[j]) / divisor[j];
        break;
    }
    case CLMLP_SCALE_ROBUST:
    case CLMLP_SCALE_ROBUST_CLIP: {
        const double *offset = scaling->offset + first, *divisor = scaling->divisor + first;
        const bool clips = scaling->kind == CLMLP_SCALE_ROBUST_CLIP;
        for (size_t j = 0; j < count; j++) {
            values[j] = divisor[j] == 0.0 ? 0.0 : (values[j] - offset[j]) / divisor[j];
            if (clips) values[j] = clip(values[j]);
        }
        break;
    }
    case CLMLP_SCALE_NONE: break;
    case CLMLP_SCALE_AUTO: /* has become one of the others when it was fitted */
    case CLMLP_SCALE_COUNT:
        for (size_t j = 0; j < count; j++) values[j] = (double)NAN;
        break;
    }
}

/* The commonest case. For 8-bit integers the float quotient is the rounded double quotient (tested for
 * all of them). */
static void apply_pixels(const uint8_t *restrict from, size_t count, float *restrict to)
{
    for (size_t j = 0; j < count; j++) to[j] = (float)from[j] / 255.0f;
}

/* Sparse features whose zeros stay zeros, whatever column they are in. */
static bool keeps_zeros(const clmlp_scaling *scaling, const clmlp_dataset *dataset)
{
    return dataset->sparse != NULL && (scaling->kind == CLMLP_SCALE_NONE || scaling->kind == CLMLP_SCALE_PIXEL);
}

/* One row of sparse features, where scaling leaves zeros alone: only the others are touched. */
static void apply_sparse(const clmlp_scaling *scaling, const clmlp_sparse *sparse, size_t i, size_t n,
                         clmlp_precision precision, void *row)
{
    float *const f32 = row;
    double *const f64 = row;
    for (size_t j = 0; j < n; j++) {
        if (precision == CLMLP_F32) f32[j] = 0.0f;
        else f64[j] = 0.0;
    }
    for (size_t at = sparse->starts[i]; at < sparse->starts[i + 1]; at++) {
        const size_t j = sparse->columns[at];
        double value = sparse->values[at];
        scale(scaling, j, 1, &value);
        if (precision == CLMLP_F32) f32[j] = (float)value;
        else f64[j] = value;
    }
}

void clmlp_scaling_apply(const clmlp_scaling *scaling, const clmlp_dataset *dataset, const uint32_t *order,
                         size_t first, size_t rows, clmlp_precision precision, void *out)
{
    const size_t n = dataset->n;
    const bool pixels =
        scaling->kind == CLMLP_SCALE_PIXEL && dataset->storage == CLMLP_STORE_U8 && precision == CLMLP_F32 &&
        dataset->encoded == NULL;
    const bool sparse = keeps_zeros(scaling, dataset);
    double values[BLOCK];
    for (size_t r = 0; r < rows; r++) {
        const size_t i = order != NULL ? order[first + r] : first + r;
        if (pixels) {
            apply_pixels((const uint8_t *)dataset->x + i * n, n, (float *)out + r * n);
            continue;
        }
        if (sparse) {
            const size_t bytes = n * (precision == CLMLP_F32 ? sizeof(float) : sizeof(double));
            apply_sparse(scaling, dataset->sparse, i, n, precision, (char *)out + r * bytes);
            continue;
        }
        for (size_t j = 0; j < n; j += BLOCK) {
            const size_t count = n - j < BLOCK ? n - j : BLOCK;
            clmlp_dataset_values(dataset, i, j, count, values);
            scale(scaling, j, count, values);
            float *f32 = (float *)out + r * n + j;
            double *f64 = (double *)out + r * n + j;
            for (size_t k = 0; k < count; k++) {
                if (precision == CLMLP_F32) f32[k] = (float)values[k];
                else f64[k] = values[k];
            }
        }
    }
}

/* clmlp_first_infinite of rows that keep their zeros: no need to look at these. */
static size_t first_infinite_sparse(const clmlp_dataset *dataset, const uint32_t *order, size_t first, size_t rows,
                                    clmlp_precision precision, const void *scaled)
{
    const clmlp_sparse *const sparse = dataset->sparse;
    for (size_t r = 0; r < rows; r++) {
        const size_t i = order != NULL ? order[first + r] : first + r;
        for (size_t at = sparse->starts[i]; at < sparse->starts[i + 1]; at++) {
            const size_t place = r * dataset->n + sparse->columns[at];
            const double value =
                precision == CLMLP_F32 ? (double)((const float *)scaled)[place] : ((const double *)scaled)[place];
            if (!isfinite(value)) return place;
        }
    }
    return rows * dataset->n;
}

clmlp_status clmlp_scaling_check(const clmlp_scaling *scaling, const clmlp_dataset *dataset, const uint32_t *order,
                                 size_t first, size_t rows, clmlp_precision precision, const void *scaled,
                                 clmlp_error *error)
{
    const size_t n = dataset->n, count = rows * n;
    const bool bytes = dataset->storage == CLMLP_STORE_U8 && dataset->encoded == NULL;
    if (bytes && (scaling->kind == CLMLP_SCALE_PIXEL || scaling->kind == CLMLP_SCALE_NONE)) return CLMLP_OK;
    const size_t at = keeps_zeros(scaling, dataset)
                          ? first_infinite_sparse(dataset, order, first, rows, precision, scaled)
                          : clmlp_first_infinite(precision, scaled, count);
    if (at == count) return CLMLP_OK;
    const size_t r = first + at / n, i = order != NULL ? order[r] : r, j = at % n;
    const double found = clmlp_dataset_feature(dataset, i, j);
    double value = found;
    scale(scaling, j, 1, &value);
    char place[CLMLP_PLACE_LENGTH];
    return clmlp_fail_beyond(error, precision, "%s: found %g, scaled %g",
                             clmlp_dataset_feature_place(place, dataset, i, j), found, value);
}

/* --- targets -------------------------------------------------------------------------------------------------- */

void clmlp_scaling_apply_targets(const clmlp_scaling *scaling, const clmlp_dataset *dataset, const uint32_t *order,
                                 size_t first, size_t rows, clmlp_precision precision, void *out)
{
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) {
        clmlp_dataset_targets(dataset, order, first, rows, precision, out);
        return;
    }
    const clmlp_dataset view = clmlp_dataset_of_targets(dataset);
    clmlp_scaling_apply(scaling, &view, order, first, rows, precision, out);
}

double clmlp_scaling_target(const clmlp_scaling *scaling, const clmlp_dataset *dataset, size_t i, size_t k)
{
    double value = dataset->y[i * dataset->K + k];
    scale(scaling, k, 1, &value);
    return value;
}

clmlp_status clmlp_scaling_check_targets(const clmlp_scaling *scaling, const clmlp_dataset *dataset,
                                         const uint32_t *order, size_t first, size_t rows, clmlp_precision precision,
                                         const void *scaled, clmlp_error *error)
{
    const size_t K = dataset->K;
    TRY(clmlp_dataset_check_targets(dataset, order, first, rows, precision, scaled, error));
    if (dataset->target_kind == CLMLP_TARGET_CLASSES || scaling->kind == CLMLP_SCALE_NONE) return CLMLP_OK;
    /* a target beyond the precision may be small once it is scaled: an input like that is a mistake all the same */
    for (size_t r = 0; r < rows && precision == CLMLP_F32; r++) {
        const size_t i = order != NULL ? order[first + r] : first + r;
        for (size_t k = 0; k < K; k++) {
            char place[CLMLP_PLACE_LENGTH];
            if (isfinite((float)dataset->y[i * K + k])) continue;
            return clmlp_fail_beyond(error, precision, "%s: found %g",
                                     clmlp_dataset_target_place(place, dataset, i, k), dataset->y[i * K + k]);
        }
    }
    return CLMLP_OK;
}

void clmlp_scaling_undo(const clmlp_scaling *scaling, size_t rows, double *values)
{
    const size_t n = scaling->n;
    switch (scaling->kind) {
    case CLMLP_SCALE_NONE: return;
    case CLMLP_SCALE_MINMAX:
    case CLMLP_SCALE_STANDARD:
        for (size_t at = 0; at < rows * n; at++) {
            values[at] = values[at] * scaling->divisor[at % n] + scaling->offset[at % n];
        }
        return;
    case CLMLP_SCALE_PIXEL:
        for (size_t at = 0; at < rows * n; at++) values[at] *= 255.0;
        return;
    case CLMLP_SCALE_ROBUST: /* not of targets */
    case CLMLP_SCALE_ROBUST_CLIP:
    case CLMLP_SCALE_AUTO: /* has become one of the others when it was fitted */
    case CLMLP_SCALE_COUNT: break;
    }
    for (size_t at = 0; at < rows * n; at++) values[at] = (double)NAN;
}

/* --- for messages --------------------------------------------------------------------------------------------- */

/* The scaled feature of the greatest magnitude: everything is scanned, or all that is not 0. */
static double largest_feature(const clmlp_scaling *scaling, const clmlp_dataset *dataset, size_t *i_most,
                              size_t *j_most)
{
    const clmlp_sparse *const sparse = keeps_zeros(scaling, dataset) ? dataset->sparse : NULL;
    double most = sparse != NULL ? 0.0 : -1.0;
    for (size_t i = 0; i < dataset->m; i++) {
        const size_t start = sparse != NULL ? sparse->starts[i] : 0;
        const size_t count = sparse != NULL ? sparse->starts[i + 1] - start : dataset->n;
        for (size_t c = 0; c < count; c++) {
            const size_t j = sparse != NULL ? sparse->columns[start + c] : c;
            double value = sparse != NULL ? sparse->values[start + c] : clmlp_dataset_feature(dataset, i, j);
            scale(scaling, j, 1, &value);
            if (!(fabs(value) > most)) continue;
            most = fabs(value);
            *i_most = i;
            *j_most = j;
        }
    }
    return most;
}

char *clmlp_scaling_largest(char text[CLMLP_PLACE_LENGTH + 64], const clmlp_scaling *scaling,
                            const clmlp_scaling *targets, const clmlp_dataset *dataset)
{
    char place[CLMLP_PLACE_LENGTH];
    size_t i_most = 0, j_most = 0;
    double y_most = -1.0;
    const double most = largest_feature(scaling, dataset, &i_most, &j_most);
    size_t i_target = 0, k_target = 0;
    for (size_t at = 0; dataset->target_kind == CLMLP_TARGET_VALUES && at < dataset->m * dataset->K; at++) {
        const double value = fabs(clmlp_scaling_target(targets, dataset, at / dataset->K, at % dataset->K));
        if (!(value > y_most)) continue;
        y_most = value;
        i_target = at / dataset->K;
        k_target = at % dataset->K;
    }
    const bool target = y_most > most;
    (void)snprintf(text, CLMLP_PLACE_LENGTH + 64, "%s: %g%s",
                   target ? clmlp_dataset_target_place(place, dataset, i_target, k_target)
                          : clmlp_dataset_feature_place(place, dataset, i_most, j_most),
                   target ? y_most : most, target && targets->kind == CLMLP_SCALE_NONE ? "" : " after scaling");
    return text;
}
