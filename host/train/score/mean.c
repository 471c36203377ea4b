/* mean.c - the mean of the predictions of an ensemble's members, and its score. */
#include "train/score/mean.h"

#include <float.h>
#include <math.h>

#include "data/dataset.h"

clmlp_status clmlp_mean_add(void *context, size_t M, const double *h, clmlp_error *error)
{
    clmlp_mean *const mean = context;
    double *const sums = mean->h + mean->next * mean->K;
    (void)error;
    for (size_t i = 0; i < M * mean->K; i++) sums[i] += h[i];
    mean->next += M;
    return CLMLP_OK;
}

void clmlp_mean_finish(clmlp_mean *mean)
{
    for (size_t i = 0; i < mean->m * mean->K; i++) mean->h[i] /= (double)mean->members;
}

static double minus_log(double p)
{
    return -log(p > DBL_MIN ? p : DBL_MIN);
}

/* divisor: of the scaling of the targets, in whose units the squared error is. */
static double cost_of(clmlp_output output, double h, double y, double divisor)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return y * minus_log(h) + (1.0 - y) * minus_log(1.0 - h);
    case CLMLP_OUTPUT_SOFTMAX: return y > 0.0 ? y * minus_log(h) : 0.0;
    case CLMLP_OUTPUT_LINEAR: return (h - y) / divisor * ((h - y) / divisor) / 2.0;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

static double target_of(const clmlp_dataset *dataset, size_t i, size_t k)
{
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) return dataset->labels[i] == k ? 1.0 : 0.0;
    return dataset->y[i * dataset->K + k];
}

static bool is_right(clmlp_right right, const double *h, const clmlp_dataset *dataset, size_t i)
{
    size_t h_largest = 0, y_largest = 0;
    bool sides = true;
    for (size_t k = 0; k < dataset->K; k++) {
        const double y = target_of(dataset, i, k);
        if (h[k] > h[h_largest]) h_largest = k;
        if (y > target_of(dataset, i, y_largest)) y_largest = k;
        sides = sides && (h[k] > 0.5) == (y > 0.5);
    }
    return right == CLMLP_RIGHT_LARGEST ? h_largest == y_largest : right == CLMLP_RIGHT_SIDES && sides;
}

clmlp_score clmlp_mean_score(const clmlp_mean *mean, const clmlp_model *model, const clmlp_dataset *dataset,
                             double lambda)
{
    const clmlp_right right = clmlp_right_for(model, dataset);
    const double *const divisor = model->target_scaling.divisor; /* NULL: 1 */
    clmlp_batch_score sum = {0.0, 0.0};
    double squares = 0.0;
    for (size_t i = 0; i < mean->m; i++) {
        const double *const h = mean->h + i * mean->K;
        for (size_t k = 0; k < mean->K; k++) {
            sum.cost += cost_of(model->output, h[k], target_of(dataset, i, k), divisor != NULL ? divisor[k] : 1.0);
        }
        sum.right += is_right(right, h, dataset, i) ? 1.0 : 0.0;
    }
    for (size_t k = 0; k < mean->members; k++) {
        squares += clmlp_theta_squares(model, clmlp_model_member_theta(model, k));
    }
    return clmlp_score_of(&sum, 1, mean->m, lambda, squares / (double)mean->members, right);
}
