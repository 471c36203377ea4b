/* test_early_stopping.c - training that stops by a metric of the validation data, and the theta that it keeps. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"
#include "train/inspect.h"

static const char *const devices[] = TEST_SUBJECTS;

enum { EPOCHS = 12, HIDDEN = 13, MOST = 2048 };

typedef clmlp_dataset *maker(clmlp_output output, size_t m, uint64_t seed);

/* A run with all that a test may ask of it. */
typedef struct setting {
    clmlp_dataset *data, *validation;
    clmlp_model *model;
    clmlp_device *device;
    clmlp_train_config config;
    clmlp_train_result result;
    size_t calls;
    double monitored[EPOCHS];
    size_t best_epochs[EPOCHS];
    double thetas[EPOCHS][MOST]; /* after each epoch */
} setting;

static void remember(const clmlp_epoch *epoch, void *context)
{
    setting *const s = context;
    cr_assert(epoch->epoch <= EPOCHS);
    s->calls++;
    s->monitored[epoch->epoch - 1] = epoch->monitored;
    s->best_epochs[epoch->epoch - 1] = epoch->best_epoch;
}

/* Targets that have nothing to do with the features, so that what is learned soon harms the validation data. */
static clmlp_dataset *targets(clmlp_output output, size_t m, uint64_t seed)
{
    return random_data(m, 6, output == CLMLP_OUTPUT_LINEAR ? 2 : 7, output, seed);
}

/* The same of the data, whatever the output; classes are few, or enough for top_k. */
static clmlp_dataset *classes(clmlp_output output, size_t m, uint64_t seed)
{
    return cloud_data(m, 6, output == CLMLP_OUTPUT_SOFTMAX ? 7 : 2, seed);
}

static setting *create(const char *spec, clmlp_precision precision, clmlp_output output, maker *make)
{
    setting *const s = calloc(1, sizeof *s);
    s->data = make(output, 90, 2);
    s->validation = make(output, 51, 9);
    s->device = open_device(spec, precision, 0);
    s->model = model_for(s->data, (size_t[]){HIDDEN}, 1, CLMLP_TANH, output, 3);
    cr_assert(clmlp_model_parameters(s->model) <= MOST);
    s->config = clmlp_train_config_default();
    s->config.epochs = EPOCHS;
    s->config.batch = 16;
    s->config.rate = 0.1;
    s->config.lambda = 0.1;
    s->config.validation = s->validation;
    s->config.on_epoch = (clmlp_on_epoch){remember, s};
    s->result.size = sizeof s->result;
    return s;
}

static void destroy(setting *s)
{
    clmlp_device_close(s->device);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->validation);
    clmlp_dataset_destroy(s->data);
    free(s);
}

/* Train, with theta after each epoch. */
static void run(setting *s)
{
    clmlp_trainer *trainer = NULL;
    OK(clmlp_trainer_create(&trainer, s->model, s->device, s->data, NULL, &s->config, error));
    while (clmlp_trainer_epochs_left(trainer) > 0) {
        OK(clmlp_trainer_run_epoch(trainer, error));
        double *const theta = s->thetas[clmlp_trainer_epochs(trainer) - 1];
        for (size_t l = 1; l < s->model->L; l++) {
            OK(clmlp_trainer_get_theta(trainer, l, theta + s->model->theta_at[l - 1], error));
        }
    }
    OK(clmlp_trainer_finish(trainer, &s->result, error));
    clmlp_trainer_destroy(trainer);
}

static void expect_theta(const setting *s, size_t epoch, const char *what)
{
    cr_assert_eq(memcmp(s->model->theta, s->thetas[epoch - 1], clmlp_model_parameters(s->model) * sizeof(double)), 0,
                 "%s: theta is not that of epoch %zu", what, epoch);
}

/* The first epoch with the best value. */
static size_t best_of(const setting *s, size_t epochs, bool more)
{
    size_t best = 1;
    for (size_t e = 2; e <= epochs; e++) {
        const double value = s->monitored[e - 1], so_far = s->monitored[best - 1];
        if (more ? value > so_far : value < so_far) best = e;
    }
    return best;
}

Test(early_stopping, keeps_theta_of_the_best_epoch_to_the_bit)
{
    for (size_t i = 0; i < 4 * TEST_SUBJECT_COUNT; i++) {
        const clmlp_precision precision = i % 2 == 0 ? CLMLP_F32 : CLMLP_F64;
        setting *const s = create(devices[i / 4], precision, CLMLP_OUTPUT_SOFTMAX, targets);
        setting *const plain = create(devices[i / 4], precision, CLMLP_OUTPUT_SOFTMAX, targets);
        s->config.optimizer = plain->config.optimizer = i % 4 < 2 ? CLMLP_SGD : CLMLP_MOMENTUM;
        s->config.keep_best = true;
        run(s);
        run(plain);
        const size_t best = best_of(s, EPOCHS, false);
        cr_assert(best > 1 && best < EPOCHS, "%s: epoch %zu", devices[i / 4], best);
        cr_assert_eq(s->calls, EPOCHS);
        cr_assert_eq(s->result.best_epoch, best);
        cr_assert_eq(s->result.good_epochs, best);
        cr_assert_eq(s->result.best, s->monitored[best - 1]);
        cr_assert_eq(s->result.validation.cost, s->result.best);
        cr_assert_eq(s->result.epochs, EPOCHS);
        cr_assert_not(s->result.stopped_early);
        cr_assert_eq(s->best_epochs[best - 2], best_of(s, best - 1, false));
        expect_theta(s, best, devices[i / 4]);
        /* training itself is as without */
        cr_assert_eq(memcmp(s->thetas, plain->thetas, sizeof s->thetas), 0, "%s", devices[i / 4]);
        expect_theta(plain, EPOCHS, devices[i / 4]);
        cr_assert_eq(plain->result.best_epoch, 0);
        cr_assert(isnan(plain->result.best) && isnan(plain->monitored[0]));
        destroy(plain);
        destroy(s);
    }
}

Test(early_stopping, stops_where_patience_ends)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        setting *const whole = create(devices[d], CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
        whole->config.keep_best = true;
        run(whole);
        const size_t best = whole->result.best_epoch;
        setting *const s = create(devices[d], CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
        s->config.early_stopping = 2;
        run(s);
        cr_assert(s->result.stopped_early);
        cr_assert_eq(s->result.best_epoch, best, "%s: %zu, not %zu", devices[d], s->result.best_epoch, best);
        cr_assert_eq(s->result.epochs, best + 2);
        cr_assert_eq(s->result.steps, 6 * (best + 2));
        expect_theta(s, best, devices[d]);
        destroy(s);
        destroy(whole);
    }
}

Test(early_stopping, ends_the_trainer)
{
    setting *const s = create("cpu", CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
    clmlp_trainer *trainer = NULL;
    clmlp_error why = {.message = ""};
    s->config.early_stopping = 1;
    s->config.tolerance = 1000.0; /* one gain, then none */
    s->config.min_epochs = 4;
    OK(clmlp_trainer_create(&trainer, s->model, s->device, s->data, NULL, &s->config, error));
    for (size_t e = 1; e <= 4; e++) {
        cr_assert(clmlp_trainer_epochs_left(trainer) > 0);
        OK(clmlp_trainer_run_epoch(trainer, error));
    }
    cr_assert_eq(clmlp_trainer_epochs_left(trainer), 0);
    cr_assert_eq(clmlp_trainer_run_step(trainer, NULL, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "early stopping has ended"), "%s", why.message);
    OK(clmlp_trainer_finish(trainer, &s->result, error));
    cr_assert_eq(s->result.best_epoch, best_of(s, 4, false));
    clmlp_trainer_destroy(trainer);
    destroy(s);
}

/* Value of a metric, as evaluate tells it; *has: there is one. */
static double evaluated(const setting *s, const double *theta, const char *name, bool *has)
{
    clmlp_evaluation *evaluation = NULL;
    clmlp_metric metric = CLMLP_METRIC_ACCURACY;
    memcpy(s->model->theta, theta, clmlp_model_parameters(s->model) * sizeof *theta);
    OK(clmlp_evaluate(s->model, s->device, s->validation, -1.0, &evaluation, error));
    cr_assert(clmlp_metric_parse(name, &metric));
    *has = clmlp_metrics_has(evaluation->metrics, metric);
    const double value = clmlp_metrics_value(evaluation->metrics, metric);
    clmlp_evaluation_destroy(evaluation);
    return value;
}

static bool describes_targets(clmlp_metric metric)
{
    return metric == CLMLP_METRIC_ACCURACY_OF_MODE || metric == CLMLP_METRIC_RMSE_OF_MEAN ||
           metric == CLMLP_METRIC_MAE_OF_MEAN;
}

static bool less_is_better(clmlp_metric metric)
{
    return metric == CLMLP_METRIC_LOG_LOSS || metric == CLMLP_METRIC_HAMMING_LOSS || metric == CLMLP_METRIC_RMSE ||
           metric == CLMLP_METRIC_MAE;
}

/* A run that monitors a metric has evaluate's values and the bits of one that does not. */
static void expect_monitored(setting *s, const setting *plain, clmlp_metric metric)
{
    const char *const name = clmlp_metric_name(metric);
    bool has = false;
    run(s);
    const size_t best = best_of(s, EPOCHS, !less_is_better(metric));
    cr_assert_eq(s->result.best_epoch, best, "%s: epoch %zu, not %zu", name, s->result.best_epoch, best);
    expect_theta(s, best, name);
    cr_assert_eq(memcmp(s->thetas, plain->thetas, sizeof s->thetas), 0, "%s", name);
    for (size_t e = 0; e < EPOCHS; e++) {
        const double expected = evaluated(s, s->thetas[e], name, &has);
        /* of the same predictions, and summed in double in the same order */
        cr_assert(!has || s->monitored[e] == expected, "%s: %.17g, not %.17g", name, s->monitored[e], expected);
    }
}

static void expect_refused(setting *s, const char *name)
{
    clmlp_error why = {.message = ""};
    cr_assert_eq(clmlp_train(s->model, s->device, s->data, NULL, &s->config, &s->result, &why), CLMLP_BAD_ARGUMENT,
                 "%s", name);
    cr_assert_not_null(strstr(why.message, "expected one of cost, "), "%s", why.message);
    cr_assert_null(strstr(strchr(why.message, '('), "_of_m"), "%s", why.message);
}

/* Every metric there is, or `only` one: it is monitored, or it is refused where evaluate has none. */
static void by_every_metric(const char *spec, clmlp_output output, maker *make, clmlp_metric only)
{
    setting *const plain = create(spec, CLMLP_F32, output, make);
    run(plain);
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        if (only != CLMLP_METRIC_COUNT && (clmlp_metric)i != only) continue;
        setting *const s = create(spec, CLMLP_F32, output, make);
        const char *const name = clmlp_metric_name((clmlp_metric)i);
        bool has = false;
        const bool defined = !isnan(evaluated(s, s->model->theta, name, &has));
        s->config.keep_best = true;
        s->config.monitor = name;
        /* accuracy is in the score, of labels too */
        const bool scored = i == CLMLP_METRIC_ACCURACY && output != CLMLP_OUTPUT_LINEAR;
        if ((has && defined && !describes_targets((clmlp_metric)i)) || scored) {
            expect_monitored(s, plain, (clmlp_metric)i);
        } else {
            cr_assert_eq(only, CLMLP_METRIC_COUNT);
            expect_refused(s, name);
        }
        destroy(s);
    }
    destroy(plain);
}

Test(early_stopping, goes_by_every_metric_that_the_targets_have)
{
    for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
        by_every_metric("cpu", (clmlp_output)output, targets, CLMLP_METRIC_COUNT);
        by_every_metric("cpu", (clmlp_output)output, classes, CLMLP_METRIC_COUNT);
    }
}

Test(early_stopping, goes_by_predictions_of_the_device)
{
    for (size_t d = 1; d < TEST_SUBJECT_COUNT; d++) {
        by_every_metric(devices[d], CLMLP_OUTPUT_SOFTMAX, classes, CLMLP_METRIC_LOG_LOSS);
        by_every_metric(devices[d], CLMLP_OUTPUT_LINEAR, targets, CLMLP_METRIC_R2);
    }
}

Test(early_stopping, without_validation_data_is_refused)
{
    setting *const s = create("cpu", CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
    const clmlp_train_config plain = s->config;
    for (int i = 0; i < 5; i++) {
        clmlp_error why = {.message = ""};
        s->config = plain;
        if (i < 3) s->config.validation = NULL;
        if (i == 0) s->config.early_stopping = 3;
        if (i == 1) s->config.keep_best = true;
        if (i == 2) s->config.monitor = "cost";
        if (i == 3) s->config.tolerance = -1.0;
        if (i == 4) s->config.tolerance = NAN;
        cr_assert_eq(clmlp_train(s->model, s->device, s->data, NULL, &s->config, NULL, &why), CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(why.message, i < 3 ? "validation data" : "tolerance"), "%s", why.message);
    }
    destroy(s);
}

/* After the epoch it is asked to stop. */
typedef struct stopper {
    setting *s;
    clmlp_cancel *cancel;
    size_t after;
} stopper;

static void stop(const clmlp_epoch *epoch, void *context)
{
    stopper *const st = context;
    remember(epoch, st->s);
    if (epoch->epoch == st->after) clmlp_cancel_request(st->cancel);
}

Test(early_stopping, that_is_interrupted_keeps_the_best)
{
    setting *const whole = create("cpu", CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
    setting *const s = create("cpu", CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
    clmlp_error why = {.message = ""};
    whole->config.keep_best = s->config.keep_best = true;
    run(whole);
    stopper st = {.s = s, .after = whole->result.best_epoch + 1};
    OK(clmlp_cancel_create(&st.cancel, error));
    s->config.on_epoch = (clmlp_on_epoch){stop, &st};
    s->config.cancel = st.cancel;
    cr_assert_eq(clmlp_train(s->model, s->device, s->data, NULL, &s->config, &s->result, &why), CLMLP_INTERRUPTED);
    cr_assert_eq(s->result.epochs, st.after);
    cr_assert_eq(s->result.best_epoch, whole->result.best_epoch);
    cr_assert_eq(memcmp(s->model->theta, whole->model->theta, clmlp_model_parameters(s->model) * sizeof(double)), 0);
    clmlp_cancel_destroy(st.cancel);
    destroy(s);
    destroy(whole);
}

/* Has the run go on on the CPU path at one step. */
static bool wants(clmlp_inspector *inspector, size_t step, uint64_t seed)
{
    (void)inspector, (void)seed;
    return step == 6 * 7 + 3;
}

static clmlp_status move(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_verdict *verdict,
                         clmlp_error *error)
{
    (void)inspector, (void)error;
    *verdict = strcmp(clmlp_device_get_info(seen->device)->spec, "cpu") == 0 ? CLMLP_GO_ON : CLMLP_GO_ON_ON_CPU;
    return CLMLP_OK;
}

Test(early_stopping, that_moves_to_the_cpu_path_takes_the_best_theta_along)
{
    for (size_t d = 1; d < TEST_SUBJECT_COUNT; d++) {
        setting *const s = create(devices[d], CLMLP_F32, CLMLP_OUTPUT_SOFTMAX, targets);
        clmlp_inspector inspector = {.wants = wants, .inspect = move};
        s->config.rate = 1.0; /* the best epoch comes before the move */
        s->config.keep_best = true;
        s->config.inspector = &inspector;
        run(s);
        cr_assert(s->result.best_epoch > 0 && s->result.best_epoch < 8, "%zu", s->result.best_epoch);
        cr_assert_eq(s->result.best_epoch, best_of(s, EPOCHS, false));
        expect_theta(s, s->result.best_epoch, devices[d]);
        destroy(s);
    }
}

/* One weight w and a bias, x = +-1 and y = +-1 with no relation: J = 1/2 + w^2 / 2, and a full-batch step makes
 * (1 - alpha) w of w. With alpha = 3 and w = 1/8, J = 1/2 + 4^n / 128 after n epochs: the first is the best, the third
 * is the last that is no worse than twice guessing, and from about the 67th on J is infinite in single precision. */
Test(early_stopping, that_diverges_leaves_the_best_theta)
{
    const double x[] = {1, -1, 1, -1}, y[] = {1, 1, -1, -1};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_dataset *data = NULL;
        clmlp_error why = {.message = ""};
        clmlp_train_result result = {.size = sizeof result};
        clmlp_train_config config = clmlp_train_config_default();
        double theta[2];
        OK(clmlp_dataset_create(&data, 4, 1, x, 1, y, error));
        clmlp_device *const device = open_device(devices[d], CLMLP_F32, 0);
        clmlp_model *const model = model_for(data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 1);
        OK(clmlp_model_set_theta(model, 1, (double[]){0.0, 0.125}, error));
        config.epochs = 100;
        config.batch = 0;
        config.rate = 3.0;
        config.validation = data;
        config.keep_best = true;
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, &why), CLMLP_DIVERGED, "%s: %s",
                     devices[d], why.message);
        cr_assert_not_null(strstr(why.message, "the best theta"), "%s", why.message);
        cr_assert_eq(result.best_epoch, 1, "%s: epoch %zu", devices[d], result.best_epoch);
        cr_assert_eq(result.good_epochs, 1);
        OK(clmlp_model_get_theta(model, 1, theta, error));
        cr_assert_eq(theta[1], -0.25, "%s: w %g", devices[d], theta[1]); /* all of it is exact */
        cr_assert_eq(result.best, 0.5 + 0.25 * 0.25 / 2.0, "%s: %g", devices[d], result.best);
        clmlp_model_destroy(model);
        clmlp_device_close(device);
        clmlp_dataset_destroy(data);
    }
}

Test(early_stopping, does_not_take_the_best_of_bad_epochs_for_good)
{
    setting *const s = create("cpu", CLMLP_F32, CLMLP_OUTPUT_LINEAR, targets);
    const double first = s->model->theta[0];
    clmlp_error why = {.message = ""};
    s->config.rate = 30.0;
    s->config.keep_best = true;
    cr_assert_eq(clmlp_train(s->model, s->device, s->data, NULL, &s->config, &s->result, &why), CLMLP_DIVERGED, "%s",
                 why.message);
    cr_assert_eq(s->calls, 1); /* a finite value, but a large one */
    cr_assert(s->monitored[0] > 1e6 && isfinite(s->monitored[0]));
    cr_assert_eq(s->result.best_epoch, 0);
    cr_assert_eq(s->result.good_epochs, 0);
    cr_assert(isnan(s->result.best));
    cr_assert_eq(s->model->theta[0], first);
    destroy(s);
}
