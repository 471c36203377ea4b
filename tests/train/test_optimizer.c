/* test_optimizer.c - the update rules: their formulas, their state, and where the state has to go. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/verify.h"
#include "networks.h"
#include "train/inspect.h"
#include "train/run.h"

enum { M = 40, N = 6, HIDDEN = 9, K = 3, STEPS = 100, SOME = 12 };

static const double RATE = 0.05, MU = 0.9, LAMBDA = 0.5;

/* theta [parameters] after `epochs` of full batches, or of batches. */
static double *train(const char *spec, clmlp_precision precision, clmlp_optimizer optimizer, double mu, size_t batch,
                     size_t epochs, clmlp_inspector *inspector)
{
    const size_t hidden[] = {HIDDEN};
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_device *device = open_device(spec, precision, 0);
    clmlp_train_config config = clmlp_train_config_default();
    config.rate = RATE;
    config.lambda = LAMBDA;
    config.optimizer = optimizer;
    config.momentum = mu;
    config.batch = batch;
    config.epochs = epochs;
    config.inspector = inspector;
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    const size_t bytes = clmlp_model_parameters(model) * sizeof(double);
    double *theta = malloc(bytes);
    cr_assert_not_null(theta);
    memcpy(theta, model->theta, bytes);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return theta;
}

/* The same by the formula, one number after the other: only the gradient comes from the CPU path in double. */
static double *by_formula(size_t *parameters)
{
    const size_t hidden[] = {HIDDEN};
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    clmlp_backend *backend = device->backend;
    clmlp_network *network = NULL;
    clmlp_batch_loader *loader = NULL;
    clmlp_batch batch;
    *parameters = clmlp_model_parameters(model);
    double *theta = malloc(*parameters * sizeof *theta), *v = calloc(*parameters, sizeof *v);
    double *gradient = malloc(*parameters * sizeof *gradient);
    memcpy(theta, model->theta, *parameters * sizeof *theta);
    OK(clmlp_network_create(&network, backend, model, M, CLMLP_FOR_GRADIENTS, error));
    OK(backend->ops->scores_reserve(backend, 1, M, M, error));
    OK(clmlp_batch_loader_create(&loader, backend, data, model, M, false, CLMLP_TO_TRAIN, 0.0, error));
    for (size_t step = 0; step < STEPS; step++) {
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
        for (size_t i = 0; i < *parameters; i++) {
            v[i] = MU * v[i] + gradient[i];
            theta[i] -= RATE * v[i];
        }
    }
    clmlp_batch_loader_destroy(loader);
    clmlp_network_destroy(network);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    free(v), free(gradient);
    return theta;
}

/* The gradient is computed by the same code, so that both may differ by the rounding of the update alone: three
 * roundings a step of numbers below 4, which later steps neither amplify by more than 1 / (1 - mu). */
Test(optimizer, momentum_is_its_formula)
{
    size_t parameters = 0;
    double *expected = by_formula(&parameters);
    double *found = train("cpu", CLMLP_F64, CLMLP_MOMENTUM, MU, 0, STEPS, NULL);
    const double bound = STEPS * 3.0 * 4.0 * 0x1p-53 / (1.0 - MU);
    for (size_t i = 0; i < parameters; i++) {
        cr_assert(fabs(found[i] - expected[i]) <= bound, "theta %zu of %zu: found %.17g, expected %.17g +- %g", i,
                  parameters, found[i], expected[i], bound);
    }
    free(expected), free(found);
}

/* With mu = 0 the velocity is the gradient: every bit is sgd's. */
Test(optimizer, momentum_0_is_gradient_descent_to_the_bit)
{
    const char *const subjects[] = TEST_SUBJECTS;
    const size_t bytes = (HIDDEN * (N + 1) + K * (HIDDEN + 1)) * sizeof(double);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
            double *sgd = train(subjects[i], (clmlp_precision)precision, CLMLP_SGD, 0.9, 7, SOME, NULL);
            double *none = train(subjects[i], (clmlp_precision)precision, CLMLP_MOMENTUM, 0.0, 7, SOME, NULL);
            double *some = train(subjects[i], (clmlp_precision)precision, CLMLP_MOMENTUM, 0.9, 7, SOME, NULL);
            cr_assert_eq(memcmp(sgd, none, bytes), 0, "%s", subjects[i]);
            cr_assert_neq(memcmp(sgd, some, bytes), 0, "%s: mu has no effect", subjects[i]);
            free(sgd), free(none), free(some);
        }
    }
}

/* Has training go on on the CPU path from one step on. */
typedef struct mover {
    clmlp_inspector inspector;
    size_t step;
} mover;

static bool wants(clmlp_inspector *inspector, size_t step, uint64_t seed)
{
    (void)seed;
    return step == ((const mover *)inspector)->step;
}

static clmlp_status move(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_verdict *verdict,
                         clmlp_error *error)
{
    mover *const m = (mover *)inspector;
    (void)error;
    cr_assert_not_null(seen->state);
    m->step = 0; /* once */
    *verdict = CLMLP_GO_ON_ON_CPU;
    return CLMLP_OK;
}

Test(optimizer, state_goes_along_to_another_device)
{
    mover m = {{wants, move, NULL, NULL}, 17};
    const size_t bytes = (HIDDEN * (N + 1) + K * (HIDDEN + 1)) * sizeof(double);
    double *whole = train("cpu", CLMLP_F64, CLMLP_MOMENTUM, MU, 7, SOME, NULL);
    double *moved = train("cpu", CLMLP_F64, CLMLP_MOMENTUM, MU, 7, SOME, &m.inspector);
    cr_assert_eq(m.step, 0);
    cr_assert_eq(memcmp(whole, moved, bytes), 0);
    free(whole), free(moved);
}

Test(optimizer, settings_out_of_range_are_refused)
{
    const double wrong[] = {-0.1, 1.0, 1.5, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clmlp_error error = {.message = ""};
        const clmlp_rule_settings settings = {.optimizer = CLMLP_MOMENTUM, .rate = RATE, .momentum = wrong[i]};
        cr_assert_eq(clmlp_rule_check(&settings, &error), CLMLP_BAD_ARGUMENT, "%g", wrong[i]);
        cr_assert_not_null(strstr(error.message, "momentum"), "%s", error.message);
    }
}

/* What clmlp_train, clmlp_verify and clmlp_verify_determinism say of settings; NULL: they take them. */
static void check_settings(clmlp_precision precision, clmlp_optimizer optimizer, double rate, double mu,
                           const char *complaint)
{
    const clmlp_status expected = complaint == NULL ? CLMLP_OK : CLMLP_BAD_ARGUMENT;
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_device *device = open_device("cpu", precision, 0);
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_verify_config verify = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_determinism_result runs = {.size = sizeof runs};
    clmlp_error errors[3] = {{.message = ""}, {.message = ""}, {.message = ""}};
    config.epochs = 1;
    config.optimizer = verify.optimizer = optimizer;
    config.rate = verify.rate = rate;
    config.momentum = verify.momentum = mu;
    cr_assert_eq(clmlp_verify(model, device, data, &verify, &result, &errors[0]), expected);
    cr_assert_eq(clmlp_verify_determinism(model, device, data, &verify, 2, &runs, &errors[1]), expected);
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, NULL, &errors[2]), expected);
    for (int i = 0; i < 3 && complaint != NULL; i++) cr_assert_str_eq(errors[i].message, complaint);
    clmlp_free(result.findings);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* In float they would be 1, 0 and infinity. */
Test(optimizer, settings_out_of_range_in_float_are_refused_there)
{
    const double nearly_1 = 0.99999999;
    check_settings(CLMLP_F32, CLMLP_MOMENTUM, RATE, nearly_1,
                   "the momentum (--momentum) is 0.99999999, which f32 rounds to 1 (expected a number >= 0 and < 1 "
                   "there, too; f64 can have it)");
    check_settings(CLMLP_F32, CLMLP_SGD, 1e-50, MU,
                   "the learning rate (--rate) is 1e-50, which f32 rounds to 0 (expected a number > 0 there, too; f64 "
                   "can have it)");
    check_settings(CLMLP_F32, CLMLP_MOMENTUM, 1e50, MU,
                   "the learning rate (--rate) is 1e+50, which f32 rounds to inf (expected at most "
                   "3.40282346638529e+38; f64 can have it)");
    check_settings(CLMLP_F32, CLMLP_SGD, RATE, nearly_1, NULL); /* sgd ignores it */
    check_settings(CLMLP_F32, CLMLP_MOMENTUM, RATE, 0.9999999, NULL);
    check_settings(CLMLP_F64, CLMLP_MOMENTUM, RATE, nearly_1, NULL);
    check_settings(CLMLP_F64, CLMLP_SGD, 1e-50, MU, NULL);
}
