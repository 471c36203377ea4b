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

static clmlp_train_config config_of(clmlp_optimizer optimizer, double mu, size_t batch, size_t epochs)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.rate = RATE;
    config.lambda = LAMBDA;
    config.optimizer = optimizer;
    config.momentum = mu;
    config.batch = batch;
    config.epochs = epochs;
    return config;
}

/* theta [parameters] after training. */
static double *train_by(const char *spec, clmlp_precision precision, clmlp_train_config config)
{
    const size_t hidden[] = {HIDDEN};
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_device *device = open_device(spec, precision, 0);
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

/* The same after `epochs` of full batches, or of batches. */
static double *train(const char *spec, clmlp_precision precision, clmlp_optimizer optimizer, double mu, size_t batch,
                     size_t epochs, clmlp_inspector *inspector)
{
    clmlp_train_config config = config_of(optimizer, mu, batch, epochs);
    config.inspector = inspector;
    return train_by(spec, precision, config);
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

/* --- one number of theta, with slopes that are given -------------------------------------------------------------- */

/* Numbers of which 1 - beta^t is exact or nearly so. */
static const double BETA1 = 0.75, BETA2 = 0.875, EPSILON = 0.01, DECAY = 0.25, LAYER_RATE = 0.5, BIAS_RATE = 0.125;

/* theta and its state after step t, from 1, as include/clmlp/optimizer.h has it. */
static void by_hand(clmlp_optimizer optimizer, int t, bool bias, double g, double *theta, double state[2])
{
    const double rate = RATE * LAYER_RATE * (bias ? BIAS_RATE : 1.0);
    double *const s = state, *const v = optimizer == CLMLP_RMSPROP ? state : state + 1;
    switch (optimizer) {
    case CLMLP_SGD: *theta -= rate * g; return;
    case CLMLP_MOMENTUM: *s = MU * *s + g; *theta -= rate * *s; return;
    case CLMLP_NESTEROV: *s = MU * *s + g; *theta -= rate * (g + MU * *s); return;
    case CLMLP_RMSPROP:
        *v = BETA2 * *v + (1.0 - BETA2) * g * g;
        *theta -= rate * g / (sqrt(*v) + EPSILON);
        return;
    case CLMLP_ADAM:
    case CLMLP_ADAMW:
        if (optimizer == CLMLP_ADAMW && !bias) *theta *= 1.0 - RATE * LAYER_RATE * DECAY;
        *s = BETA1 * *s + (1.0 - BETA1) * g;
        *v = BETA2 * *v + (1.0 - BETA2) * g * g;
        *theta -= rate / (1.0 - pow(BETA1, t)) * *s / (sqrt(*v) / sqrt(1.0 - pow(BETA2, t)) + EPSILON);
        return;
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    cr_assert_fail("a rule without a formula");
}

/* One theta(2) of [2 x 3] on the CPU path, in double. Slopes have one sign each, so that sums do not cancel: state is
 * off by 12 roundings at most after 3 steps, a direction by 64, with 8 from 1 / (1 - beta2^t), which amplifies its
 * own. */
Test(optimizer, each_rule_is_its_formula)
{
    enum { ROWS = 2, COLUMNS = 3, COUNT = ROWS * COLUMNS, TIMES = 3 };
    static const double rates[] = {1.0, 0.5};
    const size_t s[] = {1, COLUMNS - 1, ROWS};
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    clmlp_backend *backend = device->backend;
    for (int r = 0; r < CLMLP_OPTIMIZER_COUNT; r++) {
        const clmlp_optimizer optimizer = (clmlp_optimizer)r;
        const clmlp_rule_settings settings = {.optimizer = optimizer, .rate = RATE, .momentum = MU, .beta1 = BETA1,
                                              .beta2 = BETA2, .epsilon = EPSILON, .weight_decay = DECAY,
                                              .bias_rate = BIAS_RATE, .layer_rates = rates};
        clmlp_tensor *theta = NULL, *gradient = NULL, *state[2] = {NULL, NULL};
        double expected[COUNT], states[COUNT][2] = {{0.0}}, found[COUNT], moved[COUNT] = {0.0}, zero[COUNT] = {0.0};
        OK(clmlp_rule_check(&settings, 3, error));
        OK(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA, ROWS, COLUMNS, "theta", &theta, error));
        OK(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA_ONE_WAY, ROWS, COLUMNS, "gradient", &gradient, error));
        for (int k = 0; k < 2; k++) {
            OK(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA_ONE_WAY, ROWS, COLUMNS, "state", &state[k], error));
            OK(backend->ops->tensor_write(backend, state[k], 0, ROWS, zero, error));
        }
        for (int i = 0; i < COUNT; i++) expected[i] = 0.3 * i - 0.7;
        OK(backend->ops->tensor_write(backend, theta, 0, ROWS, expected, error));
        for (int t = 1; t <= TIMES; t++) {
            double slopes[COUNT];
            for (int i = 0; i < COUNT; i++) slopes[i] = (i % 2 == 0 ? 1.0 : -1.0) * (0.1 + 0.2 * i + 0.07 * t);
            OK(backend->ops->tensor_write(backend, gradient, 0, ROWS, slopes, error));
            const clmlp_update_args args = {.s_in = COLUMNS - 1, .s_out = ROWS, .gradient = gradient, .theta = theta,
                                            .rule = clmlp_rule_of_step(&settings, s, 2, (size_t)t), .state = state};
            OK(backend->ops->update(backend, &args, error));
            OK(backend->ops->tensor_read(backend, theta, 0, ROWS, found, error));
            for (int i = 0; i < COUNT; i++) {
                const double before = expected[i];
                by_hand(optimizer, t, i % COLUMNS == 0, slopes[i], &expected[i], states[i]);
                moved[i] += fabs(expected[i] - before);
                const double bound = 0x1p-53 * (72.0 * moved[i] + 4.0 * t);
                cr_assert(fabs(found[i] - expected[i]) <= bound, "%s, step %d, number %d: %.17g, expected %.17g +- %g",
                          clmlp_optimizer_name(optimizer), t, i, found[i], expected[i], bound);
            }
        }
        clmlp_tensor_destroy(backend, theta), clmlp_tensor_destroy(backend, gradient);
        for (int k = 0; k < 2; k++) clmlp_tensor_destroy(backend, state[k]);
    }
    clmlp_device_close(device);
}

/* With mu = 0 nesterov looks ahead by nothing; factors of 1/2 are a rate of half; the bias goes its own way. */
Test(optimizer, factors_of_the_rate_are_rates_on_every_engine)
{
    const char *const subjects[] = TEST_SUBJECTS;
    static const double halves[] = {0.5, 0.5}, first[] = {0.5, 1.0};
    const size_t count = HIDDEN * (N + 1) + K * (HIDDEN + 1), bytes = count * sizeof(double);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int p = 0; p < CLMLP_PRECISION_COUNT; p++) {
            const clmlp_precision precision = (clmlp_precision)p;
            clmlp_train_config config = config_of(CLMLP_SGD, 0.0, 7, SOME);
            double *const whole = train_by(subjects[i], precision, config);
            config.layer_rates = first;
            double *const other = train_by(subjects[i], precision, config);
            config.layer_rates = halves;
            double *const factors = train_by(subjects[i], precision, config);
            config.bias_rate = 2.0;
            double *const bias = train_by(subjects[i], precision, config);
            config = config_of(CLMLP_SGD, 0.0, 7, SOME);
            config.rate = RATE / 2.0;
            double *const half = train_by(subjects[i], precision, config);
            cr_assert_eq(memcmp(half, factors, bytes), 0, "%s", subjects[i]);
            cr_assert_neq(memcmp(half, whole, bytes), 0, "%s", subjects[i]);
            cr_assert_neq(memcmp(half, other, bytes), 0, "%s", subjects[i]);
            cr_assert_neq(memcmp(half, bias, bytes), 0, "%s: the bias has the weights' rate", subjects[i]);
            free(whole), free(other), free(factors), free(bias), free(half);
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

/* With the number of the step, which adam's corrections need. */
Test(optimizer, state_goes_along_to_another_device)
{
    static const clmlp_optimizer optimizers[] = {CLMLP_MOMENTUM, CLMLP_ADAM};
    const size_t bytes = (HIDDEN * (N + 1) + K * (HIDDEN + 1)) * sizeof(double);
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        mover m = {{.wants = wants, .inspect = move}, 17};
        double *whole = train("cpu", CLMLP_F64, optimizers[i], MU, 7, SOME, NULL);
        double *moved = train("cpu", CLMLP_F64, optimizers[i], MU, 7, SOME, &m.inspector);
        cr_assert_eq(m.step, 0);
        cr_assert_eq(memcmp(whole, moved, bytes), 0, "%s", clmlp_optimizer_name(optimizers[i]));
        free(whole), free(moved);
    }
}

Test(optimizer, settings_out_of_range_are_refused)
{
    const double wrong[] = {-0.1, 1.0, 1.5, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clmlp_error error = {.message = ""};
        const clmlp_rule_settings settings = {.optimizer = CLMLP_MOMENTUM, .rate = RATE, .momentum = wrong[i]};
        cr_assert_eq(clmlp_rule_check(&settings, 2, &error), CLMLP_BAD_ARGUMENT, "%g", wrong[i]);
        cr_assert_not_null(strstr(error.message, "momentum"), "%s", error.message);
    }
}

/* One setting after the other, in a network of 2-3-1, in float. */
Test(optimizer, numbers_that_no_rule_can_have_are_refused)
{
    static const double wrong_rates[] = {1.0, 0.0}, small_rates[] = {1.0, 1e-60};
    const size_t s[] = {2, 3, 1};
    const clmlp_rule_settings good = {.optimizer = CLMLP_ADAMW, .rate = 0.1, .beta1 = 0.9, .weight_decay = 0.1};
    clmlp_rule_settings wrong[9];
    static const char *const said[9] = {"beta1 is 1 ", "beta2 is 1 ", "epsilon (--epsilon) is 1e-40",
                                        "weight decay is -1", "a step would leave", "rate of theta(2) is 0 ",
                                        "by fan-in, too",
                                        "weights of theta(2) is 1e-60", "bias's rate is -1"};
    for (int i = 0; i < 9; i++) wrong[i] = good;
    wrong[0].beta1 = 1.0;
    wrong[1].beta2 = 1.0;
    wrong[2].epsilon = 1e-40; /* a subnormal number of float, which a device may take for 0 */
    wrong[3].weight_decay = -1.0;
    wrong[4].weight_decay = 11.0;
    wrong[5].layer_rates = wrong_rates;
    wrong[6].layer_rates = small_rates, wrong[6].fan_in_rates = true;
    wrong[7].layer_rates = small_rates;
    wrong[8].bias_rate = -1.0;
    OK(clmlp_rule_check(&good, 3, error));
    OK(clmlp_rule_check_rounded(&good, 3, s, CLMLP_F32, error));
    for (int i = 0; i < 9; i++) {
        clmlp_error error = {.message = ""};
        clmlp_status status = clmlp_rule_check(&wrong[i], 3, &error);
        if (status == CLMLP_OK) status = clmlp_rule_check_rounded(&wrong[i], 3, s, CLMLP_F32, &error);
        cr_assert_eq(status, CLMLP_BAD_ARGUMENT, "%s", said[i]);
        cr_assert_not_null(strstr(error.message, said[i]), "%s: '%s'", said[i], error.message);
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

/* Of the bias's scale the rate is a product of three numbers, each of which float has. */
Test(optimizer, rates_of_the_scale_of_inputs_are_refused_where_the_precision_has_them_not)
{
    clmlp_dataset *data = random_data(M, N, K, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    const double biases[] = {1e20, 1e-30, 1.0}, scales[] = {1e20, 1e-30, 1e-60};
    for (int i = 0; i < 3; i++) {
        for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
            clmlp_device *device = open_device("cpu", (clmlp_precision)precision, 0);
            clmlp_train_config config = clmlp_train_config_default();
            clmlp_verify_config verify = clmlp_verify_config_default();
            clmlp_verify_result result = {.size = sizeof result};
            clmlp_error errors[2] = {{.message = ""}, {.message = ""}};
            config.epochs = verify.steps = 1;
            config.bias_rate = verify.bias_rate = biases[i];
            config.input_scale_rate = verify.input_scale_rate = scales[i];
            const clmlp_status statuses[] = {clmlp_train(model, device, data, NULL, &config, NULL, &errors[0]),
                                             clmlp_verify(model, device, data, &verify, &result, &errors[1])};
            for (int k = 0; k < 2; k++) {
                const bool refused = strstr(errors[k].message, "rate of the scale of the ") != NULL;
                cr_assert_eq(refused, precision == CLMLP_F32, "%d, %d: '%s'", i, k, errors[k].message);
                if (refused) cr_assert_eq(statuses[k], CLMLP_BAD_ARGUMENT);
            }
            clmlp_free(result.findings);
            clmlp_device_close(device);
        }
    }
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
