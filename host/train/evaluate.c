/* evaluate.c - evaluation and prediction: one forward pass over a data set. */
#include "clmlp/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "base/argument.h"
#include "base/memory.h"
#include "train/score.h"

/* A pass over a data set: h [m x K] and, with targets, the score. */
static clmlp_status run_pass(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                             bool with_targets, double lambda, double *h, clmlp_score *score, clmlp_error *error)
{
    clmlp_backend *backend = device->backend;
    clmlp_network *network = NULL;
    clmlp_batch_loader *loader = NULL;
    clmlp_batch_score *scores = NULL;
    clmlp_status status = CLMLP_OK;
    const size_t rows = dataset->m < CLMLP_SCORE_ROWS ? dataset->m : CLMLP_SCORE_ROWS;
    const size_t count = clmlp_batches(dataset->m, rows);
    const clmlp_right right = clmlp_right_for(model, dataset);

    TRY_CLEANUP(clmlp_network_create(&network, backend, model, rows, CLMLP_FOR_PREDICTION, error));
    TRY_CLEANUP(backend->ops->scores_reserve(backend, count, rows, dataset->m, error));
    TRY_CLEANUP(
        clmlp_batch_loader_create(&loader, backend, dataset, &model->scaling, rows, false, with_targets, error));
    TRY_CLEANUP(clmlp_score_pass(network, loader, rows, right, 0, h, error));
    if (with_targets) {
        TRY_CLEANUP(clmlp_allocate(&scores, count, sizeof *scores, "the costs", error));
        TRY_CLEANUP(backend->ops->scores_read(backend, 0, count, scores, error));
        *score = clmlp_score_of(scores, count, dataset->m, lambda, clmlp_theta_squares(model, model->theta), right);
    }
cleanup:
    free(scores);
    clmlp_batch_loader_destroy(loader);
    clmlp_network_destroy(network);
    return status;
}

/* What is not finite is worth nothing, and would be taken for a class or a cost. */
static clmlp_status check_finite(const clmlp_model *model, const clmlp_dataset *dataset, const double *h, double cost,
                                 clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    char largest[CLMLP_PLACE_LENGTH + 64];
    for (size_t i = 0; i < dataset->m; i++) {
        for (size_t k = 0; k < K; k++) {
            if (isfinite(h[i * K + k])) continue;
            return clmlp_fail(error, CLMLP_BAD_INPUT, "the prediction of example %zu is not finite (output %zu is %g); "
                              "the largest number of the data is %s", i + 1, k + 1, h[i * K + k],
                              clmlp_scaling_largest(largest, &model->scaling, dataset));
        }
    }
    if (isfinite(cost)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "the cost is not finite (%g); the largest number of the data is %s", cost,
                      clmlp_scaling_largest(largest, &model->scaling, dataset));
}

clmlp_status clmlp_predict(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset, double *h,
                           clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(h != NULL, "h");
    TRY(clmlp_model_check_data(model, dataset, false, "the data", error));
    TRY(run_pass(model, device, dataset, false, 0.0, h, NULL, error));
    return check_finite(model, dataset, h, 0.0, error);
}

static double quotient(double numerator, double denominator)
{
    return denominator > 0.0 ? numerator / denominator : 0.0;
}

static void score_classes(clmlp_evaluation *evaluation)
{
    const size_t K = evaluation->classes;
    for (size_t k = 0; k < K; k++) {
        uint64_t actual = 0, predicted = 0;
        for (size_t other = 0; other < K; other++) {
            actual += evaluation->confusion[k * K + other];
            predicted += evaluation->confusion[other * K + k];
        }
        const double hits = (double)evaluation->confusion[k * K + k];
        clmlp_class_score *score = &evaluation->per_class[k];
        score->precision = quotient(hits, (double)predicted);
        score->recall = quotient(hits, (double)actual);
        score->f1 = quotient(2.0 * score->precision * score->recall, score->precision + score->recall);
        score->support = (size_t)actual;
    }
}

static clmlp_status count_classes(clmlp_evaluation *evaluation, const clmlp_dataset *dataset, const double *h,
                                  clmlp_error *error)
{
    const size_t K = dataset->K;
    size_t cells = 0;
    if (!clmlp_multiply(K, K, &cells)) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%zu classes are too many", K);
    TRY(clmlp_allocate(&evaluation->confusion, cells, sizeof *evaluation->confusion, "the confusion matrix", error));
    TRY(clmlp_allocate(&evaluation->per_class, K, sizeof *evaluation->per_class, "the scores of the classes", error));
    evaluation->classes = K;
    for (size_t i = 0; i < dataset->m; i++) {
        size_t largest = 0;
        for (size_t k = 1; k < K; k++) {
            if (h[i * K + k] > h[i * K + largest]) largest = k;
        }
        evaluation->confusion[dataset->labels[i] * K + largest]++;
    }
    score_classes(evaluation);
    return CLMLP_OK;
}

clmlp_status clmlp_evaluate(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                            double lambda, clmlp_evaluation **out, clmlp_error *error)
{
    clmlp_evaluation *evaluation = NULL;
    double *h = NULL;
    clmlp_status status = CLMLP_OK;
    size_t count = 0;

    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(out != NULL, "out");
    TRY(clmlp_model_check_data(model, dataset, true, "the data", error));
    if (isnan(lambda)) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'lambda': it is not a number");
    if (!clmlp_multiply(dataset->m, dataset->K, &count)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%zu x %zu predictions are too many", dataset->m, dataset->K);
    }
    TRY_CLEANUP(clmlp_allocate(&evaluation, 1, sizeof *evaluation, "an evaluation", error));
    TRY_CLEANUP(clmlp_allocate(&h, count, sizeof *h, "the predictions", error));
    evaluation->samples = dataset->m;
    TRY_CLEANUP(run_pass(model, device, dataset, true, lambda < 0.0 ? model->lambda : lambda, h, &evaluation->score,
                         error));
    TRY_CLEANUP(check_finite(model, dataset, h, evaluation->score.cost, error));
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) TRY_CLEANUP(count_classes(evaluation, dataset, h, error));
    *out = evaluation;
cleanup:
    free(h);
    if (status != CLMLP_OK) clmlp_evaluation_destroy(evaluation);
    return status;
}

void clmlp_evaluation_destroy(clmlp_evaluation *evaluation)
{
    if (evaluation == NULL) return;
    free(evaluation->confusion);
    free(evaluation->per_class);
    free(evaluation);
}
