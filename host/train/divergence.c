/* divergence.c - the cost of predicting the mean, and when a finite cost counts as diverged. */
#include "train/divergence.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/weights.h"

/* Of target k: its mean, and the mean square of what it differs by. */
typedef struct moments {
    double mean, variance;
} moments;

/* As training takes it. */
static moments moments_of(const clmlp_scaling *targets, const clmlp_dataset *dataset, size_t k)
{
    const double m = (double)dataset->m;
    moments found = {0.0, 0.0};
    for (size_t i = 0; i < dataset->m; i++) {
        found.mean += clmlp_dataset_weight(dataset, i) * clmlp_scaling_target(targets, dataset, i, k);
    }
    found.mean /= m;
    for (size_t i = 0; i < dataset->m; i++) {
        const double difference = clmlp_scaling_target(targets, dataset, i, k) - found.mean;
        found.variance += clmlp_dataset_weight(dataset, i) * (difference * difference);
    }
    found.variance /= m;
    return found;
}

/* The mean of a class is its share p; the mean square of y - p is then p (1 - p). */
static moments moments_of_share(double count, size_t m)
{
    const double share = count / (double)m;
    return (moments){share, share * (1.0 - share)};
}

static double entropy_term(double p)
{
    return p > 0.0 ? -p * log(p) : 0.0;
}

static double cost_of_mean(clmlp_output output, const moments *y)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return entropy_term(y->mean) + entropy_term(1.0 - y->mean);
    case CLMLP_OUTPUT_SOFTMAX: return entropy_term(y->mean);
    case CLMLP_OUTPUT_LINEAR: return y->variance / 2.0;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

/* At z = 0: the size of the numbers that a cost is rounded from. */
static double cost_of_zero(clmlp_output output, const clmlp_scaling *targets, const moments *y, size_t K)
{
    /* a constant target has become 0, but the first outputs are of the size of 1 */
    if (targets->kind == CLMLP_SCALE_STANDARD && y->variance == 0.0) return 0.5;
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return log(2.0);
    case CLMLP_OUTPUT_SOFTMAX: return y->mean * log((double)K);
    case CLMLP_OUTPUT_LINEAR: return (y->variance + y->mean * y->mean) / 2.0;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

clmlp_status clmlp_divergence_measure(clmlp_divergence *divergence, const clmlp_model *model,
                                      const clmlp_dataset *dataset, const clmlp_smoothing *smoothing,
                                      clmlp_precision precision, clmlp_error *error)
{
    const double unit = precision == CLMLP_F64 ? DBL_EPSILON / 2.0 : (double)FLT_EPSILON / 2.0;
    const bool classes = dataset->target_kind == CLMLP_TARGET_CLASSES;
    double *counts = NULL; /* examples of each class, by weight */
    double mean = 0.0, zero = 0.0;
    if (classes) {
        TRY(clmlp_allocate(&counts, dataset->K, sizeof *counts, "the sizes of the classes", error));
        for (size_t i = 0; i < dataset->m; i++) counts[dataset->labels[i]] += clmlp_dataset_weight(dataset, i);
    }
    for (size_t k = 0; k < dataset->K; k++) {
        moments y =
            classes ? moments_of_share(counts[k], dataset->m) : moments_of(&model->target_scaling, dataset, k);
        y.mean = clmlp_smoothed(smoothing, y.mean); /* linear in y; the variance is that of linear outputs alone */
        mean += cost_of_mean(model->output, &y);
        zero += cost_of_zero(model->output, &model->target_scaling, &y, dataset->K);
    }
    free(counts);
    *divergence = (clmlp_divergence){.mean = mean, .guess = 2.0 * mean + unit * zero, .start = HUGE_VAL};
    return CLMLP_OK;
}

bool clmlp_has_diverged(const clmlp_divergence *d, double data_term, double decay_term)
{
    const double J = data_term + decay_term;
    return !(data_term <= d->guess || data_term <= d->start) || !(J <= d->guess || J <= d->start + d->start_decay);
}
