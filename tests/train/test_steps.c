/* test_steps.c - fused steps have the bits of single steps. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"
#include "propagate/network.h"
#include "share.h"
#include "train/step.h"
#include "train/score/score.h"

/* On the CPU family, whatever the device; input data without its zeros, or as it is. */
static clmlp_device *open_native(const char *steps, clmlp_precision precision, uint64_t memory)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_STEPS", steps, 1), 0);
    return open_device("opencl+native", precision, memory);
}

typedef struct network_case {
    size_t n, hidden[4], hidden_count, K, m, batch;
    clmlp_activation activation;
    clmlp_output output;
    clmlp_precision precision;
} network_case;

/* 1, odd, several panels; rows picked where they are and copied first; full batches; gradients in parts of the examples
 * (the fourth and the last case); L of 2 to 5; one work-group, and, from 1.2 million operations a step on, a team of
 * two */
static const network_case cases[] = {
    {1, {1}, 1, 1, 1, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32},
    {3, {0}, 0, 2, 50, 7, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, CLMLP_F32},
    {64, {25}, 1, 10, 301, 32, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32},
    {64, {25}, 1, 10, 301, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, CLMLP_F32},
    {200, {33, 17}, 2, 3, 160, 80, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, CLMLP_F32},
    {31, {200, 65, 5}, 3, 4, 90, 13, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, CLMLP_F32},
    {31, {33, 17, 5}, 3, 4, 90, 13, CLMLP_SWISH, CLMLP_OUTPUT_LINEAR, CLMLP_F32},
    {40, {390}, 1, 20, 300, 140, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, CLMLP_F32},
    {64, {25}, 1, 10, 100, 32, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F64},
    {110, {33, 17}, 2, 3, 200, 70, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, CLMLP_F64},
    {60, {33, 17}, 2, 3, 320, 150, CLMLP_SWISH, CLMLP_OUTPUT_SOFTMAX, CLMLP_F64},
};

static void record_cost(const clmlp_epoch *epoch, void *context)
{
    double *costs = context;
    costs[epoch->epoch - 1] = epoch->train.cost;
}

/* From 0 to 4, not in the order of the examples. */
static void weigh(clmlp_dataset *data)
{
    const size_t m = clmlp_dataset_examples(data);
    double *const weights = calloc(m, sizeof *weights);
    for (size_t i = 0; i < m; i++) weights[i] = 0.25 * (double)((i * 7 + i / 3) % 17);
    OK(clmlp_dataset_set_weights(data, weights, error));
    free(weights);
}

enum { EPOCHS = 3 };

/* theta after a few epochs, and the cost of each. By other rules than sgd the examples have weights, too. */
static clmlp_model *train(const network_case *c, clmlp_optimizer optimizer, const char *steps, const char *sparse,
                          uint64_t memory, double costs[EPOCHS])
{
    static const double rates[] = {1.0, 0.5, 0.75, 0.25};
    cr_assert_eq(setenv("CLMLP_NATIVE_SPARSE", sparse, 1), 0);
    clmlp_dataset *data = sparse_data(c->m, c->n, c->K, c->output, 0.2, 5);
    clmlp_model *model = model_for(data, c->hidden, c->hidden_count, c->activation, c->output, 3);
    if (optimizer != CLMLP_SGD && c->m > 1) weigh(data);
    clmlp_device *device = open_native(steps, c->precision, memory);
    clmlp_train_config config = clmlp_train_config_default();
    /* those that divide by the size of the gradient move each number by about the rate */
    config.rate = optimizer == CLMLP_SGD || optimizer == CLMLP_MOMENTUM ? 0.05 : 0.005;
    config.bias_rate = 0.5;
    config.layer_rates = rates;
    config.optimizer = optimizer;
    config.lambda = 0.5;
    config.epochs = EPOCHS;
    config.batch = c->batch;
    config.on_epoch = (clmlp_on_epoch){record_cost, costs};
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    clmlp_device_close(device);
    clmlp_dataset_destroy(data);
    return model;
}

static void check_rule(const network_case *c, clmlp_optimizer optimizer, const char *sparse, uint64_t memory)
{
    double single_costs[EPOCHS], fused_costs[EPOCHS];
    clmlp_model *single = train(c, optimizer, "never", "never", memory, single_costs);
    clmlp_model *fused = train(c, optimizer, "always", sparse, memory, fused_costs);
    const size_t bytes = clmlp_model_parameters(single) * sizeof(double);
    cr_assert_eq(memcmp(clmlp_model_theta(single, 1), clmlp_model_theta(fused, 1), bytes), 0,
                 "theta differs: %s, %zu features, %zu hidden layers, batch %zu", clmlp_optimizer_name(optimizer), c->n,
                 c->hidden_count, c->batch);
    cr_assert_eq(memcmp(single_costs, fused_costs, sizeof single_costs), 0, "costs differ: %zu features, batch %zu",
                 c->n, c->batch);
    clmlp_model_destroy(single);
    clmlp_model_destroy(fused);
}

/* By sgd and momentum, and by one of the other update rules: each takes long to build. */
static void check_case(const network_case *c, size_t number, const char *sparse, uint64_t memory)
{
    const size_t others = CLMLP_OPTIMIZER_COUNT - 1 - CLMLP_MOMENTUM;
    check_rule(c, CLMLP_SGD, sparse, memory);
    check_rule(c, CLMLP_MOMENTUM, sparse, memory);
    check_rule(c, (clmlp_optimizer)(CLMLP_OPTIMIZER_COUNT - 1 - number % others), sparse, memory);
}

/* The cases that are in the share, by their places in the list. */
static void check_all_cases(void)
{
    const size_t count = getenv("CLMLP_TEST_SMALL") != NULL ? 2 : sizeof cases / sizeof *cases;
    share part = share_of("steps", count);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "case %zu", i + 1);
        if (!share_takes(&part, name)) continue;
        check_case(&cases[i], i, "never", 0);
        check_case(&cases[i], i, "always", 0);
    }
}

Test(steps, have_the_bits_of_single_ones)
{
    check_all_cases();
}

Test(steps, have_the_same_bits_with_a_team_of_one)
{
    cr_assert_eq(setenv("POCL_MAX_PTHREAD_COUNT", "1", 1), 0);
    check_all_cases();
}

Test(steps, have_the_same_bits_with_more_threads_than_cores)
{
    cr_assert_eq(setenv("POCL_MAX_PTHREAD_COUNT", "5", 1), 0);
    check_all_cases();
}

Test(steps, have_the_same_bits_where_data_is_streamed)
{
    const network_case large = {64, {25}, 1, 10, 3000, 300, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32};
    check_case(&large, 0, "never", 730 * 1024);
    check_case(&large, 0, "always", 1100 * 1024);
}

/* How many of `count` steps of a case the backend takes in one call. */
static size_t steps_taken(const network_case *c, const char *steps, size_t count)
{
    clmlp_dataset *data = random_data(c->m, c->n, c->K, c->output, 5);
    clmlp_model *model = model_for(data, c->hidden, c->hidden_count, c->activation, c->output, 3);
    clmlp_device *device = open_native(steps, c->precision, 0);
    clmlp_backend *backend = device->backend;
    clmlp_network *network = NULL;
    clmlp_batch_loader *loader = NULL;
    clmlp_batch batch;
    size_t taken = 99;
    OK(clmlp_network_create(&network, backend, model, c->batch, CLMLP_FOR_TRAINING, error));
    OK(backend->ops->scores_reserve(backend, count, c->batch, c->m, error));
    OK(clmlp_batch_loader_create(&loader, backend, data, model, c->batch, true, CLMLP_TO_TRAIN, 0.0, error));
    clmlp_batch_loader_shuffle(loader, 1, 1);
    OK(clmlp_batch_loader_begin(loader, c->batch, true, error));
    OK(clmlp_batch_loader_next(loader, &batch, error));
    cr_assert_eq(clmlp_batch_loader_ahead(loader), count);
    const clmlp_descent descent = {.rule = {.optimizer = CLMLP_SGD, .rate = 0.1}, .right = CLMLP_RIGHT_NEVER};
    OK(clmlp_step_fuse(network, loader, &batch, &descent, 1, 0, count, &taken, error));
    clmlp_batch_loader_destroy(loader);
    clmlp_network_destroy(network);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return taken;
}

static const network_case small = {64, {25}, 1, 10, 320, 32, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32};

Test(steps, of_a_small_network_are_taken_in_one_call)
{
    cr_assert_eq(steps_taken(&small, "", 10), 10);
    cr_assert_eq(steps_taken(&small, "never", 10), 0);
}

Test(steps, of_a_large_network_are_taken_one_by_one)
{
    const network_case large = {784, {512}, 1, 10, 1024, 256, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32};
    cr_assert_eq(steps_taken(&large, "", 4), 0);
}

Test(steps, of_a_network_that_is_too_deep_are_taken_one_by_one)
{
    const network_case deep = {3, {4, 4, 4, 4}, 4, 2, 64, 8, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32};
    cr_assert_eq(steps_taken(&deep, "always", 8), 0);
}

static void stop_at_once(size_t epoch, double fraction, void *context)
{
    (void)epoch;
    if (fraction > 0.0) clmlp_cancel_request(context);
}

/* A launch takes some 40 steps of this network, an epoch has 100. */
Test(steps, stop_between_launches_when_interrupted)
{
    clmlp_dataset *data = random_data(3200, 784, 10, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = model_for(data, (size_t[]){512}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_device *device = open_native("always", CLMLP_F32, 0);
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    clmlp_cancel *stop = NULL;
    OK(clmlp_cancel_create(&stop, error));
    config.on_progress = (clmlp_on_progress){stop_at_once, stop};
    config.cancel = stop;
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, NULL), CLMLP_INTERRUPTED);
    cr_assert_eq(result.epochs, 0);
    cr_assert(result.steps > 1 && result.steps < 100, "%zu steps", result.steps);
    clmlp_cancel_destroy(stop);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
