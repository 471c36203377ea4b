/* test_input_scale.c - the learnable scale of the inputs: its formula on every engine, and its state. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/verify.h"
#include "networks.h"
#include "train/run.h"

enum { M = 40, N = 6, HIDDEN = 9, K = 3, STEPS = 60, FIRST = HIDDEN * (N + 1) };

static const double RATE = 0.05, MU = 0.9, LAMBDA = 0.5, FACTOR = 6.0;

/* A model with its data and a device. */
typedef struct setup {
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_device *device;
} setup;

static setup make(const char *spec, clmlp_precision precision)
{
    const size_t hidden[] = {HIDDEN};
    setup s = {.data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5), .device = open_device(spec, precision, 0)};
    s.model = model_for(s.data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    return s;
}

static void unmake(setup *s)
{
    clmlp_device_close(s->device);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
}

static clmlp_train_config configuration(double factor)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.rate = RATE;
    config.lambda = LAMBDA;
    config.optimizer = CLMLP_MOMENTUM;
    config.momentum = MU;
    config.batch = 0;
    config.epochs = STEPS;
    config.input_scale_rate = factor;
    return config;
}

/* dJ/dtheta of all layers, from the CPU path in double. */
static void gradient_of(clmlp_network *network, clmlp_batch_loader *loader, const clmlp_model *model,
                        const double *theta, double *gradient)
{
    clmlp_backend *backend = network->backend;
    clmlp_batch batch;
    OK(clmlp_network_put_theta(network, model, theta, error));
    OK(clmlp_batch_loader_begin(loader, M, false, error));
    OK(clmlp_batch_loader_next(loader, &batch, error));
    OK(clmlp_forward(network, &batch, error));
    OK(clmlp_backward(network, &batch, CLMLP_RIGHT_NEVER, 0, error));
    OK(clmlp_gradients(network, &batch, LAMBDA / M, error));
    for (size_t l = 1; l < model->L; l++) {
        OK(backend->ops->tensor_read(backend, network->gradient[l - 1], 0, model->s[l],
                                     gradient + model->theta_at[l - 1], error));
    }
}

/* value := value - rate v with v := mu v + slope. */
static void move(double *value, double *v, double slope, double rate)
{
    *v = MU * *v + slope;
    *value -= rate * *v;
}

/* theta after STEPS steps by the formula; *scale [N + 1] receives s. */
static double *by_formula(double scale[N + 1])
{
    setup s = make("cpu", CLMLP_F64);
    clmlp_network *network = NULL;
    clmlp_batch_loader *loader = NULL;
    const size_t parameters = clmlp_model_parameters(s.model);
    double *theta = malloc(parameters * sizeof *theta), *v = calloc(parameters, sizeof *v);
    double *gradient = malloc(parameters * sizeof *gradient);
    double raw[FIRST], scale_v[N + 1] = {0.0};
    memcpy(theta, s.model->theta, parameters * sizeof *theta);
    memcpy(raw, theta, sizeof raw);
    for (size_t i = 0; i <= N; i++) scale[i] = 1.0;
    OK(clmlp_network_create(&network, s.device->backend, s.model, M, CLMLP_FOR_GRADIENTS, error));
    OK(s.device->backend->ops->scores_reserve(s.device->backend, 1, M, M, error));
    OK(clmlp_batch_loader_create(&loader, s.device->backend, s.data, s.model, M, false, CLMLP_TO_TRAIN, 0.0, error));
    for (size_t step = 0; step < STEPS; step++) {
        gradient_of(network, loader, s.model, theta, gradient);
        for (size_t i = 0; i <= N; i++) {
            double slope = 0.0;
            const double factor = scale[i];
            for (size_t j = 0; j < HIDDEN; j++) slope += gradient[j * (N + 1) + i] * raw[j * (N + 1) + i];
            if (i > 0) move(&scale[i], &scale_v[i], slope, RATE * FACTOR);
            for (size_t j = 0; j < HIDDEN; j++) {
                const size_t at = j * (N + 1) + i;
                move(&raw[at], &v[at], gradient[at] * factor, RATE);
                theta[at] = raw[at] * scale[i];
            }
        }
        for (size_t i = FIRST; i < parameters; i++) move(&theta[i], &v[i], gradient[i], RATE);
    }
    clmlp_batch_loader_destroy(loader);
    clmlp_network_destroy(network);
    unmake(&s);
    free(v), free(gradient);
    return theta;
}

/* In double, as the trajectories of all update rules: 1e-10 of the largest theta after so many steps. */
Test(input_scale, is_its_formula_on_every_engine)
{
    const char *const subjects[] = TEST_SUBJECTS;
    double scale[N + 1], moved = 0.0, largest = 0.0;
    double *expected = by_formula(scale);
    for (size_t i = 1; i <= N; i++) moved = fmax(moved, fabs(scale[i] - 1.0));
    cr_assert(moved > 0.1, "a scale that stays at 1 proves nothing");
    for (size_t i = 0; i < FIRST; i++) largest = fmax(largest, fabs(expected[i]));
    for (size_t k = 0; k < TEST_SUBJECT_COUNT; k++) {
        setup s = make(subjects[k], CLMLP_F64);
        const clmlp_train_config config = configuration(FACTOR);
        OK(clmlp_train(s.model, s.device, s.data, NULL, &config, NULL, error));
        for (size_t i = 0; i < clmlp_model_parameters(s.model); i++) {
            cr_assert(fabs(s.model->theta[i] - expected[i]) <= 1e-10 * largest, "%s, theta %zu: found %.17g, expected "
                      "%.17g", subjects[k], i, s.model->theta[i], expected[i]);
        }
        unmake(&s);
    }
    free(expected);
}

/* Steps `first` to `last` of full batches. */
static void take_steps(clmlp_network *network, const setup *s, size_t first, size_t last)
{
    clmlp_batch_loader *loader = NULL;
    clmlp_batch batch;
    const clmlp_descent descent = {.rule = {.optimizer = CLMLP_MOMENTUM, .rate = RATE, .momentum = MU},
                                   .decay = LAMBDA / M, .input_scale_rate = FACTOR, .right = CLMLP_RIGHT_NEVER};
    OK(s->device->backend->ops->scores_reserve(s->device->backend, 1, M, M, error));
    OK(clmlp_batch_loader_create(&loader, s->device->backend, s->data, s->model, M, false, CLMLP_TO_TRAIN, 0.0, error));
    for (size_t step = first; step <= last; step++) {
        OK(clmlp_batch_loader_begin(loader, M, false, error));
        OK(clmlp_batch_loader_next(loader, &batch, error));
        OK(clmlp_step_take(network, &batch, &descent, step, 0, error));
    }
    clmlp_batch_loader_destroy(loader);
}

static clmlp_network *scaled_network(const setup *s)
{
    clmlp_network *network = NULL;
    OK(clmlp_network_create(&network, s->device->backend, s->model, M, CLMLP_FOR_TRAINING, error));
    OK(clmlp_network_set_optimizer(network, CLMLP_MOMENTUM, error));
    OK(clmlp_network_learn_input_scale(network, error));
    return network;
}

/* theta and state of one network, put into another, go on with the same bits. */
Test(input_scale, goes_on_to_the_bit_from_the_state_that_was_read)
{
    const char *const subjects[] = TEST_SUBJECTS;
    for (size_t k = 0; k < TEST_SUBJECT_COUNT; k++) {
        setup s = make(subjects[k], CLMLP_F32);
        clmlp_network *first = scaled_network(&s), *second = scaled_network(&s);
        const size_t parameters = clmlp_model_parameters(s.model), states = clmlp_network_state_size(first, s.model);
        cr_assert_eq(states, parameters + FIRST + 2 * (N + 1));
        double *theta = malloc(3 * parameters * sizeof *theta), *state = malloc(states * sizeof *state);
        take_steps(first, &s, 1, 7);
        OK(clmlp_network_get_theta(first, s.model, theta, error));
        OK(clmlp_network_get_state(first, s.model, state, error));
        take_steps(first, &s, 8, 20);
        OK(clmlp_network_put_theta(second, s.model, theta, error));
        OK(clmlp_network_put_state(second, s.model, state, error));
        take_steps(second, &s, 8, 20);
        OK(clmlp_network_get_theta(first, s.model, theta + parameters, error));
        OK(clmlp_network_get_theta(second, s.model, theta + 2 * parameters, error));
        cr_assert_eq(memcmp(theta + parameters, theta + 2 * parameters, parameters * sizeof *theta), 0, "%s",
                     subjects[k]);
        free(theta), free(state);
        clmlp_network_destroy(first), clmlp_network_destroy(second);
        unmake(&s);
    }
}

/* What cannot be trained with. */
Test(input_scale, of_a_negative_rate_is_refused)
{
    setup s = make("cpu", CLMLP_F32);
    const double wrong[] = {-1.0, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clmlp_error error[1] = {{.status = CLMLP_OK}};
        const clmlp_train_config config = configuration(wrong[i]);
        cr_assert_eq(clmlp_train(s.model, s.device, s.data, NULL, &config, NULL, error), CLMLP_BAD_ARGUMENT);
        cr_assert(strstr(error->message, "scale") != NULL, "%s", error->message);
    }
    unmake(&s);
}
