/* evaluate.c - evaluation and prediction: one forward pass over a data set. */
#include "clmlp/evaluate.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "train/score/mean.h"
#include "train/score/metrics.h"

/* A pass of one network over a data set: its predictions and, with targets, the score. */
static clmlp_status run_single(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                               bool with_targets, double lambda, const clmlp_sink *sink, clmlp_score *score,
                               clmlp_error *error)
{
    clmlp_backend *backend = device->backend;
    clmlp_network *network = NULL;
    clmlp_batch_loader *loader = NULL;
    clmlp_batch_score *scores = NULL;
    clmlp_sink own = *sink;
    clmlp_status status = CLMLP_OK;
    const size_t rows = clmlp_score_rows(dataset);
    const size_t count = clmlp_batches(dataset->m, rows);
    const clmlp_right right = clmlp_right_for(model, dataset);

    TRY_CLEANUP(clmlp_network_create(&network, backend, model, rows, CLMLP_FOR_PREDICTION, error));
    TRY_CLEANUP(backend->ops->scores_reserve(backend, count, rows, dataset->m, error));
    TRY_CLEANUP(
        clmlp_batch_loader_create(&loader, backend, dataset, model, rows, false,
                                  with_targets ? CLMLP_TO_SCORE : CLMLP_TO_PREDICT, 0.0, error));
    if (with_targets) TRY_CLEANUP(clmlp_allocate(&own.ranges, count, sizeof *own.ranges, "the costs", error));
    TRY_CLEANUP(clmlp_score_pass(network, loader, rows, right, 0, &own, error));
    if (with_targets) {
        TRY_CLEANUP(clmlp_allocate(&scores, count, sizeof *scores, "the costs", error));
        const clmlp_score_limits limits = clmlp_score_limits_of(dataset, rows, dataset->m);
        TRY_CLEANUP(clmlp_scores_take(backend, &limits, 0, count, scores, error));
        TRY_CLEANUP(clmlp_cost_ranges_check(backend, own.ranges, scores, count, error));
        *score = clmlp_score_of(scores, count, dataset->m, lambda, clmlp_theta_squares(model, model->theta), right);
    }
cleanup:
    free(scores);
    free(own.ranges);
    clmlp_batch_loader_destroy(loader);
    clmlp_network_destroy(network);
    return status;
}

/* The mean of the members' predictions goes to the sink; the score is that of the mean. */
static clmlp_status run_ensemble(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                 bool with_targets, double lambda, const clmlp_sink *sink, clmlp_score *score,
                                 clmlp_error *error)
{
    clmlp_model member = *model; /* borrows all but theta */
    clmlp_status status = CLMLP_OK;
    clmlp_mean mean = {.m = dataset->m, .K = model->s[model->L - 1], .members = model->others + 1};
    const clmlp_sink adds = {.function = clmlp_mean_add, .context = &mean, .cancel = sink->cancel};
    size_t count = 0;
    member.others = 0;
    if (!clmlp_multiply(mean.m, mean.K, &count)) count = SIZE_MAX; /* which no memory has room for */
    TRY_CLEANUP(clmlp_allocate(&mean.h, count, sizeof *mean.h, "the predictions of an ensemble", error));
    for (size_t k = 0; k <= model->others; k++) {
        clmlp_score own;
        if (k > 0) member.theta = model->other_theta[k - 1];
        mean.next = 0;
        TRY_CLEANUP(run_single(&member, device, dataset, with_targets, lambda, &adds, &own, error));
    }
    clmlp_mean_finish(&mean);
    if (with_targets) *score = clmlp_mean_score(&mean, model, dataset, lambda);
    TRY_CLEANUP(sink->function(sink->context, mean.m, mean.h, error));
cleanup:
    free(mean.h);
    return status;
}

static clmlp_status run_pass(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                             bool with_targets, double lambda, const clmlp_sink *sink, clmlp_score *score,
                             clmlp_error *error)
{
    return (model->others == 0 ? run_single : run_ensemble)(model, device, dataset, with_targets, lambda, sink, score,
                                                            error);
}

/* Where the next predictions go. */
typedef struct destination {
    double *next;
    size_t K;
} destination;

static clmlp_status copy_out(void *context, size_t M, const double *h, clmlp_error *error)
{
    destination *const to = context;
    (void)error;
    memcpy(to->next, h, M * to->K * sizeof *h);
    to->next += M * to->K;
    return CLMLP_OK;
}

/* A cost that is not finite is worth nothing. */
static clmlp_status check_cost(const clmlp_model *model, const clmlp_dataset *dataset, double cost, clmlp_error *error)
{
    char largest[CLMLP_PLACE_LENGTH + 64];
    if (isfinite(cost)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "the cost is not finite (%g); the largest number of the data is %s", cost,
                      clmlp_scaling_largest(largest, &model->scaling, &model->target_scaling, dataset));
}

/* What is not finite would be taken for a class or a number. */
static clmlp_status check_predictions(const clmlp_model *model, const clmlp_dataset *dataset, const double *h,
                                      clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    char largest[CLMLP_PLACE_LENGTH + 64];
    for (size_t i = 0; i < dataset->m * K; i++) {
        if (isfinite(h[i])) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "the prediction of example %zu is not finite (output %zu is %g); "
                          "the largest number of the data is %s", i / K + 1, i % K + 1, h[i],
                          clmlp_scaling_largest(largest, &model->scaling, &model->target_scaling, dataset));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_predict(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset, double *h,
                           clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(h != NULL, "h");
    TRY(clmlp_model_check_data(model, dataset, false, "the data", error));
    destination to = {h, model->s[model->L - 1]};
    TRY(run_pass(model, device, dataset, false, 0.0, &(clmlp_sink){.function = copy_out, .context = &to}, NULL, error));
    return check_predictions(model, dataset, h, error);
}

/* Give the parts of the metrics that have had their place in the evaluation before there were metrics. */
static void give(clmlp_evaluation *evaluation, const clmlp_dataset *dataset, clmlp_metrics *metrics)
{
    evaluation->metrics = metrics;
    if (dataset->target_kind != CLMLP_TARGET_CLASSES) return;
    evaluation->classes = dataset->K;
    evaluation->confusion = metrics->confusion;
    evaluation->per_class = metrics->per_class;
}

void clmlp_evaluate_options_init(clmlp_evaluate_options *options, size_t size)
{
    static const clmlp_evaluate_options defaults = {.size = sizeof defaults, .lambda = -1.0};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* With a threshold the device's accuracy is not what was decided. */
static void decide_again(clmlp_evaluation *evaluation, const clmlp_metrics *metrics)
{
    const bool classes = clmlp_metrics_has(metrics, CLMLP_METRIC_ACCURACY);
    evaluation->score.accuracy = clmlp_metrics_value(metrics,
                                                     classes ? CLMLP_METRIC_ACCURACY : CLMLP_METRIC_EXACT_MATCH);
}

/* The device counts who is right by its own outputs, and so does the host: to the bit the same, but for an ensemble,
 * which the host counts alone. */
static clmlp_status check_accuracy(const clmlp_model *model, const clmlp_device *device,
                                   const clmlp_evaluation *evaluation, const clmlp_metrics *metrics, clmlp_error *error)
{
    const double m = (double)evaluation->samples, found = evaluation->score.accuracy;
    clmlp_evaluation own = *evaluation;
    decide_again(&own, metrics);
    if (model->others > 0 || !isfinite(found) || !isfinite(own.score.accuracy)) return CLMLP_OK;
    if (round(found * m) == round(own.score.accuracy * m)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_DEVICE, "%s, engine %s: the device counts %.0f right predictions, its outputs say "
                      "%.0f: it computes or transfers wrongly", device->info.name, device->backend->ops->engine,
                      found * m, own.score.accuracy * m);
}

clmlp_status clmlp_evaluate(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                            double lambda, clmlp_evaluation **out, clmlp_error *error)
{
    clmlp_evaluate_options options = clmlp_evaluate_options_default();
    options.lambda = lambda;
    return clmlp_evaluate_with(model, device, dataset, &options, out, error);
}

clmlp_status clmlp_evaluate_with(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                 const clmlp_evaluate_options *given, clmlp_evaluation **out, clmlp_error *error)
{
    clmlp_evaluate_options own = clmlp_evaluate_options_default();
    clmlp_evaluation *evaluation = NULL;
    clmlp_measurement *measurement = NULL;
    clmlp_metrics *metrics = NULL;
    clmlp_status status = CLMLP_OK;

    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(out != NULL, "out");
    TRY(clmlp_structure_take(&own, sizeof own, given, "options", error));
    const double lambda = own.lambda, threshold = own.threshold;
    if (threshold != 0.0) TRY(clmlp_threshold_check(model, threshold, error));
    TRY(clmlp_model_check_data(model, dataset, true, "the data", error));
    if (isnan(lambda)) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'lambda': it is not a number");
    TRY_CLEANUP(clmlp_allocate(&evaluation, 1, sizeof *evaluation, "an evaluation", error));
    TRY_CLEANUP(clmlp_measurement_create(&measurement, model->output, device->backend->precision, dataset, error));
    if (threshold != 0.0 && measurement->measured == CLMLP_MEASURED_REALS) {
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                            "a threshold decides about labels; the targets of the data are not all 0 or 1");
        goto cleanup;
    }
    measurement->threshold = threshold;
    evaluation->samples = dataset->m;
    clmlp_sink sink = clmlp_measurement_sink(measurement);
    sink.cancel = own.cancel;
    TRY_CLEANUP(run_pass(model, device, dataset, true, lambda < 0.0 ? model->lambda : lambda, &sink,
                         &evaluation->score, error));
    TRY_CLEANUP(check_cost(model, dataset, evaluation->score.cost, error));
    TRY_CLEANUP(clmlp_measurement_finish(measurement, &metrics, error));
    if (threshold != 0.0) decide_again(evaluation, metrics);
    else TRY_CLEANUP(check_accuracy(model, device, evaluation, metrics, error));
    give(evaluation, dataset, metrics);
    *out = evaluation;
cleanup:
    clmlp_measurement_destroy(measurement);
    if (status != CLMLP_OK) clmlp_evaluation_destroy(evaluation);
    return status;
}

void clmlp_evaluation_destroy(clmlp_evaluation *evaluation)
{
    if (evaluation == NULL) return;
    clmlp_metrics_destroy(evaluation->metrics); /* with confusion and per_class */
    free(evaluation);
}
