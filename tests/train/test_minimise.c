/* test_minimise.c - lbfgs and cg: line searches, the same minimum on every engine, how they end, what they refuse. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "clmlp/train.h"
#include "networks.h"
#include "train/minimise/line_search.h"
#include "train/run.h"

static const char *const devices[] = TEST_SUBJECTS;
static const clmlp_minimiser minimisers[] = {CLMLP_LBFGS, CLMLP_CG};

/* --- line searches --------------------------------------------------------------------------------------------- */

enum { PARABOLA, QUARTIC, STEEP, WALL, RISING, KINDS };

/* Functions of one variable with phi'(0) < 0; that of WALL is not finite from 3 on, RISING has no lower point but 0. */
static double phi(int kind, double t, double *slope)
{
    switch (kind) {
    case PARABOLA: *slope = 2.0 * (t - 1.0); return (t - 1.0) * (t - 1.0);
    case QUARTIC: *slope = 4.0 * pow(t - 20.0, 3.0); return pow(t - 20.0, 4.0);
    case STEEP: *slope = -1e6 + 2e12 * t; return -1e6 * t + 1e12 * t * t;
    case WALL: *slope = t < 3.0 ? -1.0 + 0.8 * t : (double)NAN; return t < 3.0 ? -t + 0.4 * t * t : (double)INFINITY;
    default: *slope = t == 0.0 ? -1e-9 : 1.0; return t;
    }
}

static clmlp_status look(void *context, double step, clmlp_trial *trial, clmlp_error *error)
{
    (void)error;
    trial->step = step;
    trial->cost = phi(*(const int *)context, step, &trial->slope);
    return CLMLP_OK;
}

Test(minimise, searches_fulfil_their_conditions)
{
    const double firsts[] = {1e-9, 1e-3, 1.0, 50.0, 1e9};
    for (int kind = 0; kind < RISING; kind++) {
        for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++) {
            for (int wolfe = 0; wolfe <= 1; wolfe++) {
                const clmlp_line line = {look, &kind, NULL};
                clmlp_trial start = {.step = 0.0};
                clmlp_found found = {.fulfilled = false};
                start.cost = phi(kind, 0.0, &start.slope);
                OK((wolfe ? clmlp_search_wolfe : clmlp_search_rasmussen)(&line, &start, firsts[f], &found, error));
                const clmlp_trial *const t = &found.trial;
                /* too far off to get there */
                if (!found.fulfilled && (firsts[f] > 1e8 || (wolfe && firsts[f] < 1e-8))) continue;
                cr_assert(found.fulfilled && t->step > 0.0, "kind %d, first %g, wolfe %d", kind, firsts[f], wolfe);
                cr_assert_leq(t->cost, start.cost + (wolfe ? 1e-4 : 0.05) * t->step * start.slope);
                cr_assert_leq(fabs(t->slope), (wolfe ? 0.5 : 0.1) * fabs(start.slope), "kind %d, first %g, wolfe %d",
                              kind, firsts[f], wolfe);
            }
        }
    }
}

Test(minimise, searches_say_that_nothing_is_lower)
{
    for (int wolfe = 0; wolfe <= 1; wolfe++) {
        int kind = RISING;
        const clmlp_line line = {look, &kind, NULL};
        const clmlp_trial start = {0.0, 0.0, -1e-9};
        clmlp_found found = {.fulfilled = true};
        OK((wolfe ? clmlp_search_wolfe : clmlp_search_rasmussen)(&line, &start, 1.0, &found, error));
        cr_assert_not(found.fulfilled);
        cr_assert_eq(found.trial.step, 0.0);
        cr_assert(found.nearest.step > 0.0 && found.nearest.step < 1e-6, "%g", found.nearest.step);
    }
}

/* --- training -------------------------------------------------------------------------------------------------- */

typedef struct outcome {
    double *theta;
    size_t parameters;
    clmlp_train_result result;
    double costs[64]; /* of the epochs, before each */
    size_t epochs;
} outcome;

static void note_cost(const clmlp_epoch *epoch, void *context)
{
    outcome *const o = context;
    if (o->epochs < 64) o->costs[o->epochs] = epoch->train.cost;
    o->epochs++;
}

static size_t lbfgs_pairs; /* 0: the usual number */

static outcome train(const char *spec, clmlp_precision precision, clmlp_minimiser minimiser, size_t epochs,
                     uint64_t memory, bool weighed)
{
    const size_t hidden[] = {7};
    outcome o = {.result = {.size = sizeof o.result}};
    clmlp_dataset *data = cloud_data(60, 9, 3, 5);
    if (weighed) {
        double w[60];
        for (size_t i = 0; i < 60; i++) w[i] = 0.5 + (double)(i % 5);
        OK(clmlp_dataset_set_weights(data, w, error));
    }
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *device = open_device(spec, precision, memory);
    clmlp_train_config config = clmlp_train_config_default();
    config.lambda = 0.5;
    config.batch = 0;
    config.epochs = epochs;
    config.minimiser = minimiser;
    config.lbfgs_pairs = lbfgs_pairs;
    config.on_epoch.function = note_cost;
    config.on_epoch.context = &o;
    OK(clmlp_train(model, device, data, NULL, &config, &o.result, error));
    o.parameters = clmlp_model_parameters(model);
    o.theta = malloc(o.parameters * sizeof *o.theta);
    memcpy(o.theta, model->theta, o.parameters * sizeof *o.theta);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return o;
}

/* What lbfgs knows of the curvature comes from its pairs: with one it goes another way than with ten from the third
 * iteration on, where there are two, and a longer one. */
Test(minimise, goes_by_the_pairs_that_it_keeps)
{
    lbfgs_pairs = 1;
    const outcome one = train("cpu", CLMLP_F64, CLMLP_LBFGS, 2000, 0, false);
    lbfgs_pairs = 10;
    const outcome ten = train("cpu", CLMLP_F64, CLMLP_LBFGS, 2000, 0, false);
    lbfgs_pairs = 0;
    cr_assert_eq(one.costs[1], ten.costs[1]);
    cr_assert_neq(one.costs[3], ten.costs[3]);
    cr_assert(one.result.end == CLMLP_END_GRADIENT && ten.result.end == CLMLP_END_GRADIENT);
    cr_assert_lt(ten.result.iterations, one.result.iterations);
    free(one.theta);
    free(ten.theta);
}

/* J has no other minimum near, so that all engines come to the same one. The gradient there is below 1e-8 times the
 * norm of theta, which is below 10; J's curvature is lambda / m = 1/120 at least but in the biases. */
Test(minimise, comes_to_the_same_minimum_on_every_engine)
{
    for (size_t k = 0; k < 2; k++) {
        outcome first = train(devices[0], CLMLP_F64, minimisers[k], 2000, 0, true);
        cr_assert_eq(first.result.end, CLMLP_END_GRADIENT, "%s", clmlp_minimiser_name(minimisers[k]));
        cr_assert_eq(first.epochs, first.result.epochs);
        cr_assert(first.result.iterations <= first.result.epochs && first.result.evaluations > first.result.iterations);
        for (size_t e = 1; e < first.epochs && e < 64; e++) cr_assert_lt(first.costs[e], first.costs[e - 1]);
        for (size_t d = 1; d < TEST_SUBJECT_COUNT; d++) {
            outcome other = train(devices[d], CLMLP_F64, minimisers[k], 2000, 0, true);
            cr_assert_eq(other.result.end, CLMLP_END_GRADIENT);
            cr_assert_float_eq(other.result.train.cost, first.result.train.cost, 1e-12, "%s, %s: %.17g, %.17g",
                               devices[d], clmlp_minimiser_name(minimisers[k]), other.result.train.cost,
                               first.result.train.cost);
            free(other.theta);
        }
        free(first.theta);
    }
}

Test(minimise, has_the_same_bits_in_every_run)
{
    for (size_t k = 0; k < 2; k++) {
        for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
            for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
                outcome a = train(devices[d], (clmlp_precision)precision, minimisers[k], 15, 0, false);
                outcome b = train(devices[d], (clmlp_precision)precision, minimisers[k], 15, 0, false);
                cr_assert_eq(memcmp(a.theta, b.theta, a.parameters * sizeof *a.theta), 0, "%s, %s", devices[d],
                             clmlp_minimiser_name(minimisers[k]));
                cr_assert_eq(a.result.end, CLMLP_END_ITERATIONS);
                free(a.theta), free(b.theta);
            }
        }
    }
}

/* In float the cost cannot be lowered for ever. */
Test(minimise, ends_in_float_where_nothing_is_lower)
{
    for (size_t k = 0; k < 2; k++) {
        for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
            outcome o = train(devices[d], CLMLP_F32, minimisers[k], 5000, 0, false);
            cr_assert(o.result.end == CLMLP_END_DECREASE || o.result.end == CLMLP_END_GRADIENT, "%s, %s: %s",
                      devices[d], clmlp_minimiser_name(minimisers[k]), clmlp_minimiser_end_text(o.result.end));
            cr_assert_lt(o.result.epochs, 5000);
            free(o.theta);
        }
    }
}

/* --- steep costs ------------------------------------------------------------------------------------------------- */

/* One input and a line through 40 points, x times 10^of_x and y times 10^of_y. */
static clmlp_dataset *line_data(int of_x, int of_y)
{
    double x[40], y[40];
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < 40; i++) {
        const double u = 0.1 + 0.05 * (double)i;
        x[i] = u * pow(10.0, of_x);
        y[i] = (0.5 + u) * pow(10.0, of_y);
    }
    OK(clmlp_dataset_create(&data, 40, 1, x, 1, y, error));
    return data;
}

/* Gradients of up to 1e10: the way to the minimum is found in float, too. Two parameters, so few iterations; float
 * holds the slope and its offset to 2^-24 of them, and the least J is some 1e-14 of that at theta = 0 or more. */
Test(minimise, of_a_steep_cost_comes_down)
{
    static const int powers[][2] = {{0, 0}, {0, 5}, {0, 10}, {4, 4}, {5, 0}, {0, -3}};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
            for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
                clmlp_dataset *data = line_data(powers[i][0], powers[i][1]);
                clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
                clmlp_device *device = open_device("cpu", (clmlp_precision)precision, 0);
                clmlp_train_config config = clmlp_train_config_default();
                clmlp_train_result result = {.size = sizeof result};
                outcome o = {.epochs = 0};
                config.batch = 0;
                config.epochs = 60;
                config.minimiser = minimisers[k];
                config.on_epoch.function = note_cost;
                config.on_epoch.context = &o;
                OK(clmlp_train(model, device, data, NULL, &config, &result, error));
                /* by more than half in an iteration, were it not for the one flat direction of x times 1e5 */
                cr_assert(result.iterations > 0 && result.train.cost < 0.1 * o.costs[0],
                          "%s, x 1e%d, y 1e%d, %s: J from %g to %g in %zu iterations: %s",
                          clmlp_minimiser_name(minimisers[k]), powers[i][0], powers[i][1],
                          clmlp_precision_name((clmlp_precision)precision), o.costs[0], result.train.cost,
                          result.iterations, clmlp_minimiser_end_text(result.end));
                clmlp_device_close(device);
                clmlp_model_destroy(model);
                clmlp_dataset_destroy(data);
            }
        }
    }
}

/* From the evaluation numbered `bad` on there is no gradient: the backend's sums are no numbers. */
static struct {
    const clmlp_backend_ops *real;
    clmlp_backend_ops ops;
    size_t count, bad;
} broken;

static clmlp_status no_sums(clmlp_backend *backend, size_t first, size_t count, double *sums, clmlp_error *error)
{
    TRY(broken.real->sums_read(backend, first, count, sums, error));
    if (count == 4 && ++broken.count >= broken.bad) sums[2] = (double)NAN;
    return CLMLP_OK;
}

static clmlp_status train_broken(clmlp_minimiser minimiser, size_t bad, clmlp_train_result *result, clmlp_error *error)
{
    clmlp_dataset *data = line_data(0, 0);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    clmlp_train_config config = clmlp_train_config_default();
    broken.real = device->backend->ops;
    broken.ops = *broken.real;
    broken.ops.sums_read = no_sums;
    broken.count = 0;
    broken.bad = bad;
    device->backend->ops = &broken.ops;
    config.batch = 0;
    config.minimiser = minimiser;
    const clmlp_status status = clmlp_train(model, device, data, NULL, &config, result, error);
    device->backend->ops = broken.real;
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return status;
}

/* Nowhere along the gradient is a number, and J is not flat. */
Test(minimise, that_cannot_descend_is_not_converged)
{
    for (size_t k = 0; k < 2; k++) {
        clmlp_train_result result = {.size = sizeof result};
        clmlp_error why = {.message = ""};
        cr_assert_eq(train_broken(minimisers[k], 2, &result, &why), CLMLP_DIVERGED, "%s",
                     clmlp_minimiser_end_text(result.end));
        cr_assert_not_null(strstr(why.message, "no lower point was found along the gradient in the first iteration"),
                           "%s", why.message);
        OK(train_broken(minimisers[k], 4, &result, error));
        cr_assert_eq(result.end, CLMLP_END_STUCK, "%s: %s", clmlp_minimiser_name(minimisers[k]),
                     clmlp_minimiser_end_text(result.end));
        cr_assert_gt(result.iterations, 0);
    }
}

Test(minimise, refuses_what_it_has_no_use_for)
{
    clmlp_dataset *data = cloud_data(60, 9, 3, 5);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    const char *const complaints[] = {"lbfgs minimises J of all examples at once: --batch is 32 (expected full)",
                                      "(--clip-norm)", "(--schedule, --warmup)", "101 pairs of lbfgs (expected at most "
                                      "100)", "there is no minimiser number 3", "(--optimizer)", "--bias-rate)",
                                      "(--layer-rates", "(--layer-rates", "(--last-batch)", "(--dropout)"};
    const double one = 1.0, half = 0.5;
    for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
        clmlp_train_config config = clmlp_train_config_default();
        clmlp_error error = {.message = ""};
        config.minimiser = i == 4 ? CLMLP_MINIMISER_COUNT : CLMLP_LBFGS;
        config.batch = i == 0 ? 32 : 0;
        config.clip_norm = i == 1 ? 1.0 : 0.0;
        if (i == 2) config.schedule.kind = CLMLP_SCHEDULE_COSINE;
        config.lbfgs_pairs = i == 3 ? 101 : 0;
        config.optimizer = i == 5 ? CLMLP_ADAM : CLMLP_SGD;
        config.bias_rate = i == 6 ? 0.5 : 1.0;
        config.layer_rates = i == 7 ? &one : NULL;
        config.fan_in_rates = i == 8;
        config.last_batch = i == 9 ? CLMLP_LAST_BATCH_DROP : CLMLP_LAST_BATCH_KEEP;
        config.dropout = &half;
        config.dropout_count = i == 10;
        cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &error), CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(error.message, complaints[i]), "%s: %s", complaints[i], error.message);
    }
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
