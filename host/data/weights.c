/* weights.c - weights of examples and of classes: checked, and scaled to a mean of 1. */
#include "data/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/argument.h"
#include "base/memory.h"

bool clmlp_weights_scale(double **weights, size_t m)
{
    double *const w = *weights;
    double most = 0.0, sum = 0.0;
    bool equal = true;
    for (size_t i = 0; i < m; i++) {
        most = w[i] > most ? w[i] : most;
        equal = equal && w[i] == w[0];
    }
    if (most == 0.0) return false;
    if (equal) {
        free(w);
        *weights = NULL;
        return true;
    }
    for (size_t i = 0; i < m; i++) sum += w[i] / most; /* the sum of the weights themselves may be infinite */
    for (size_t i = 0; i < m; i++) w[i] = w[i] / most * ((double)m / sum);
    return true;
}

void clmlp_dataset_take_weights(const clmlp_dataset *dataset, const uint32_t *order, size_t first, size_t rows,
                                clmlp_precision precision, void *out)
{
    float *f32 = out;
    double *f64 = out;
    for (size_t r = 0; r < rows; r++) {
        const double w = clmlp_dataset_weight(dataset, order != NULL ? order[first + r] : first + r);
        if (precision == CLMLP_F32) f32[r] = (float)w;
        else f64[r] = w;
    }
}

clmlp_status clmlp_weights_finish(clmlp_dataset *dataset, const char *column, clmlp_error *error)
{
    double least = dataset->weights[0], most = dataset->weights[0];
    char none[48] = "";
    size_t zeros = 0;
    for (size_t i = 0; i < dataset->m; i++) {
        const double w = dataset->weights[i];
        least = w < least ? w : least;
        most = w > most ? w : most;
        zeros += w == 0.0;
    }
    if (!clmlp_weights_scale(&dataset->weights, dataset->m)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: all weights in %s are 0", dataset->path, column);
    }
    if (zeros > 0) (void)snprintf(none, sizeof none, " (%zu example%s 0)", zeros, zeros == 1 ? " has" : "s have");
    return clmlp_notes_add(&dataset->notes, error, "%s: %s has the weights of the examples in training, from %g to "
                           "%g%s, scaled to a mean of 1; scores count all examples alike", dataset->path, column,
                           least, most, none);
}

static bool is_weight(double value)
{
    return isfinite(value) && value >= 0.0;
}

/* The data set gets weights [m], which are its own from now on, or freed. */
static clmlp_status give(clmlp_dataset *dataset, double *weights, clmlp_error *error)
{
    if (!clmlp_weights_scale(&weights, dataset->m)) {
        free(weights);
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "all of the %zu examples weigh 0", dataset->m);
    }
    free(dataset->weights);
    dataset->weights = weights;
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_set_weights(clmlp_dataset *dataset, const double *weights, clmlp_error *error)
{
    double *own = NULL;
    REQUIRE(dataset != NULL, "dataset");
    if (weights == NULL) {
        free(dataset->weights);
        dataset->weights = NULL;
        return CLMLP_OK;
    }
    for (size_t i = 0; i < dataset->m; i++) {
        if (is_weight(weights[i])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "weight of example %zu: found %g, expected a finite number >= 0",
                          i + 1, weights[i]);
    }
    TRY(clmlp_allocate(&own, dataset->m, sizeof *own, "the weights of examples", error));
    for (size_t i = 0; i < dataset->m; i++) own[i] = weights[i];
    return give(dataset, own, error);
}

/* Of class k of m_k examples, m / (K m_k): each class counts alike. */
static clmlp_status balance(const clmlp_dataset *dataset, double *of_class, clmlp_error *error)
{
    size_t *counts = NULL;
    TRY(clmlp_allocate(&counts, dataset->K, sizeof *counts, "the sizes of the classes", error));
    const clmlp_status status = clmlp_dataset_class_counts(dataset, counts, error);
    for (size_t k = 0; k < dataset->K && status == CLMLP_OK; k++) {
        of_class[k] = counts[k] > 0 ? (double)dataset->m / ((double)dataset->K * (double)counts[k]) : 0.0;
    }
    free(counts);
    return status;
}

static clmlp_status check_classes(const clmlp_dataset *dataset, const double *of_class, clmlp_error *error)
{
    for (size_t k = 0; k < dataset->K; k++) {
        if (is_weight(of_class[k])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "weight of class '%.200s': found %g, expected a finite number >= "
                          "0", dataset->class_names[k], of_class[k]);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_dataset_weigh_classes(clmlp_dataset *dataset, const double *class_weights, double *taken,
                                         clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *of_class = NULL, *weights = NULL, most = 0.0;
    REQUIRE(dataset != NULL, "dataset");
    if (dataset->target_kind != CLMLP_TARGET_CLASSES) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "class weights: the targets are no classes");
    }
    if (class_weights != NULL) TRY(check_classes(dataset, class_weights, error));
    TRY_CLEANUP(clmlp_allocate(&of_class, dataset->K, sizeof *of_class, "the weights of classes", error));
    TRY_CLEANUP(clmlp_allocate(&weights, dataset->m, sizeof *weights, "the weights of examples", error));
    if (class_weights == NULL) TRY_CLEANUP(balance(dataset, of_class, error));
    for (size_t k = 0; k < dataset->K; k++) {
        if (class_weights != NULL) of_class[k] = class_weights[k];
        if (taken != NULL) taken[k] = of_class[k];
        most = of_class[k] > most ? of_class[k] : most;
    }
    /* relative to the largest, so that no product is infinite */
    for (size_t i = 0; i < dataset->m && most > 0.0; i++) {
        weights[i] = clmlp_dataset_weight(dataset, i) * (of_class[dataset->labels[i]] / most);
    }
    status = give(dataset, weights, error);
    weights = NULL;
cleanup:
    free(weights);
    free(of_class);
    return status;
}

const double *clmlp_dataset_weights(const clmlp_dataset *dataset)
{
    return dataset != NULL ? dataset->weights : NULL;
}
