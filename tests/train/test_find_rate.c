/* test_find_rate.c - the range test: its rates, where it ends, what it proposes, and that it changes nothing. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

enum { EXAMPLES = 90, FEATURES = 5, CLASSES = 3 };

static const char *const subjects[] = TEST_SUBJECTS;

typedef struct setting {
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_device *device;
    clmlp_train_config config;
    clmlp_find_rate_config range;
    clmlp_find_rate_result result;
} setting;

static setting create(const char *subject, clmlp_activation activation, clmlp_output output)
{
    static const size_t hidden[] = {9};
    setting s = {.config = clmlp_train_config_default(), .range = clmlp_find_rate_config_default(),
                 .result = {.size = sizeof s.result}};
    s.data = output == CLMLP_OUTPUT_LINEAR ? random_data(EXAMPLES, FEATURES, CLASSES, output, 3)
                                           : cloud_data(EXAMPLES, FEATURES, CLASSES, 3);
    s.model = model_for(s.data, hidden, 1, activation, output, 7);
    s.device = open_device(subject, CLMLP_F32, 0);
    s.config.batch = 16;
    return s;
}

static void run(setting *s)
{
    OK(clmlp_find_rate(s->model, s->device, s->data, &s->config, &s->range, &s->result, error));
}

static void destroy(setting *s)
{
    clmlp_free(s->result.points);
    clmlp_device_close(s->device);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
}

/* 6 steps an epoch, so 17 epochs. The squared error of relu grows beyond all numbers with the rate. */
Test(find_rate, sweeps_by_equal_factors_until_the_cost_is_beyond_use)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], CLMLP_RELU, CLMLP_OUTPUT_LINEAR);
        const clmlp_find_rate_result *const r = &s.result;
        s.range.to = 1e10;
        run(&s);
        cr_assert_eq(r->steps, 17 * 6);
        cr_assert(r->diverged, "%s", subjects[i]);
        cr_assert_gt(r->count, 20);
        cr_assert_lt(r->count, r->steps);
        size_t least = 0;
        for (size_t t = 0; t < r->count; t++) {
            const double expected = 1e-5 * pow(1e15, (double)t / (double)(r->steps - 1));
            cr_assert(fabs(r->points[t].rate - expected) <= 8.0 * DBL_EPSILON * expected, "step %zu: %.17g, %.17g", t,
                      r->points[t].rate, expected);
            cr_assert(isfinite(r->points[t].cost) && isfinite(r->points[t].smoothed));
            if (r->points[t].smoothed < r->points[least].smoothed) least = t;
            /* four times the least cost, and above the first mean of a whole window, is beyond use */
            const double limit = fmax(4.0 * r->points[least].smoothed, r->points[r->steps / 25].smoothed);
            if (t > r->steps / 25 && t + 1 < r->count) {
                cr_assert_leq(r->points[t].smoothed, limit, "%s: it goes on behind step %zu", subjects[i], t);
            }
        }
        cr_assert_geq(r->end_rate, r->points[r->count - 1].rate);
        cr_assert_eq(r->best_rate, r->points[least].rate);
        cr_assert_eq(r->best_cost, r->points[least].smoothed);
        cr_assert(isnan(r->proposal), "%g", r->proposal); /* the targets are random: it falls within their noise */
        cr_assert_not(r->still_falling);
        destroy(&s);
    }
}

/* The steps are those of training: the first has the same cost, and a rate within reach of the proposal learns. */
Test(find_rate, begins_as_training_does_and_proposes_a_rate_that_learns)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
        clmlp_trainer *trainer = NULL;
        clmlp_train_result trained = {.size = sizeof trained};
        double cost = 0.0;
        s.range.to = 10.0;
        run(&s);
        cr_assert_eq(s.result.proposal, s.result.best_rate / 10.0);
        cr_assert(s.result.proposal > 1e-4 && s.result.proposal <= 1.0, "%g", s.result.proposal);
        cr_assert(s.result.best_cost < 0.5 * s.result.points[0].smoothed, "%g", s.result.best_cost);
        OK(clmlp_trainer_create(&trainer, s.model, s.device, s.data, NULL, &s.config, error));
        OK(clmlp_trainer_run_step(trainer, &cost, error));
        clmlp_trainer_destroy(trainer);
        cr_assert_eq(s.result.points[0].cost, cost);
        s.config.rate = s.result.proposal;
        s.config.epochs = 20;
        OK(clmlp_train(s.model, s.device, s.data, NULL, &s.config, &trained, error));
        cr_assert(trained.train.cost < 0.5 * cost, "%g after %g", trained.train.cost, cost);
        destroy(&s);
    }
}

Test(find_rate, changes_nothing_and_says_the_same_again)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], CLMLP_RELU, CLMLP_OUTPUT_LINEAR);
        const size_t bytes = clmlp_model_parameters(s.model) * sizeof(double);
        double *theta = malloc(bytes);
        cr_assert_not_null(theta);
        memcpy(theta, s.model->theta, bytes);
        s.model->lambda = 0.25;
        s.config.lambda = 0.5;
        s.config.optimizer = CLMLP_MOMENTUM;
        run(&s);
        const clmlp_find_rate_result first = s.result;
        cr_assert_eq(memcmp(theta, s.model->theta, bytes), 0);
        cr_assert_eq(s.model->lambda, 0.25);
        s.result.points = NULL;
        s.config.rate = 0.125; /* neither counts */
        s.config.schedule.kind = CLMLP_SCHEDULE_COSINE;
        s.config.early_stopping = 2; /* without any data to go by */
        s.config.checkpoint_path = "/no such folder/checkpoint";
        s.config.checkpoint_epochs = 1;
        s.config.resume_path = "/no such file";
        run(&s);
        cr_assert_eq(s.result.count, first.count);
        cr_assert_eq(memcmp(s.result.points, first.points, first.count * sizeof *first.points), 0);
        clmlp_free(first.points);
        free(theta);
        destroy(&s);
    }
}

/* Rates that do nothing, and a range that ends while the cost falls. */
Test(find_rate, proposes_nothing_where_nothing_falls_and_says_where_it_still_does)
{
    setting s = create("cpu", CLMLP_TANH, CLMLP_OUTPUT_LINEAR);
    s.range = (clmlp_find_rate_config){.size = sizeof s.range, .from = 1e3, .to = 1e6};
    run(&s);
    cr_assert(isnan(s.result.proposal), "%g", s.result.proposal);
    clmlp_free(s.result.points);
    s.range.from = 1e-4;
    s.range.to = 0.02;
    s.config.batch = 0;
    run(&s);
    cr_assert_eq(s.result.steps, 100);
    cr_assert_eq(s.result.count, 100);
    cr_assert_not(s.result.diverged);
    cr_assert(isnan(s.result.end_rate));
    cr_assert(s.result.still_falling);
    cr_assert_eq(s.result.best_rate, s.result.points[99].rate);
    destroy(&s);
}

/* A cost that is no number at the very first step is no failure either: there is nothing to propose. */
Test(find_rate, ends_at_a_cost_that_is_not_finite)
{
    setting s = create("cpu", CLMLP_RELU, CLMLP_OUTPUT_LINEAR);
    s.config.batch = 1;
    s.config.shuffle = false;
    s.range.to = 1e35;
    run(&s);
    cr_assert(s.result.diverged);
    cr_assert(s.result.end_rate > 1.0 && s.result.count > 0 && isfinite(s.result.points[s.result.count - 1].cost));
    destroy(&s);
}

Test(find_rate, refuses_ranges_that_are_none_and_can_be_interrupted)
{
    static const double ranges[][2] = {{0.0, 1.0}, {1.0, 1.0}, {1.0, 0.5}, {-1.0, 1.0}, {(double)NAN, 1.0},
                                       {1.0, (double)INFINITY}, {1e-50, 1.0}, {1.0, 1e50}};
    setting s = create("cpu", CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
    clmlp_error why = {.message = ""};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        s.range.from = ranges[i][0];
        s.range.to = ranges[i][1];
        cr_assert_eq(clmlp_find_rate(s.model, s.device, s.data, &s.config, &s.range, &s.result, &why),
                     CLMLP_BAD_ARGUMENT, "%g to %g", ranges[i][0], ranges[i][1]);
        cr_assert_null(s.result.points);
    }
    clmlp_cancel *cancel = NULL;
    OK(clmlp_cancel_create(&cancel, error));
    clmlp_cancel_request(cancel);
    s.config.cancel = cancel;
    cr_assert_eq(clmlp_find_rate(s.model, s.device, s.data, &s.config, NULL, &s.result, &why), CLMLP_INTERRUPTED);
    cr_assert_null(s.result.points);
    clmlp_cancel_destroy(cancel);
    destroy(&s);
}

/* No rate of the sweep moves theta: what differs are the batches. */
Test(find_rate, proposes_nothing_from_the_noise_of_batches)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        setting s = create("cpu", CLMLP_TANH, seed % 2 == 0 ? CLMLP_OUTPUT_LINEAR : CLMLP_OUTPUT_SOFTMAX);
        s.range = (clmlp_find_rate_config){.size = sizeof s.range, .from = 1e-38, .to = 1e-37};
        s.config.seed = seed;
        run(&s);
        cr_assert(isnan(s.result.proposal), "seed %d: %g", (int)seed, s.result.proposal);
        destroy(&s);
    }
}
