/* Everything that takes long stops when it is asked to, from another thread, a signal handler or a callback. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "networks.h"

static clmlp_dataset *data;
static clmlp_model *model;
static clmlp_device *device;
static clmlp_cancel *stop;

static void set_up(void)
{
    data = random_data(64, 9, 3, CLMLP_OUTPUT_SIGMOID, 3);
    model = model_for(data, (size_t[]){7}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    device = open_device("cpu", CLMLP_F32, 0);
    OK(clmlp_cancel_create(&stop, error));
}

static void tear_down(void)
{
    clmlp_cancel_destroy(stop);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

TestSuite(cancel, .init = set_up, .fini = tear_down);

static clmlp_train_config endless(void)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = UINT32_MAX;
    config.cancel = stop;
    return config;
}

static void *request(void *cancel)
{
    clmlp_cancel_request(cancel);
    return NULL;
}

static pthread_t other;

static void start_other_thread(void *cancel)
{
    cr_assert_eq(pthread_create(&other, NULL, request, cancel), 0);
}

Test(cancel, reaches_training_from_another_thread)
{
    clmlp_train_config config = endless();
    clmlp_train_result result = {.size = sizeof result};
    config.on_first_step = (clmlp_on_first_step){start_other_thread, stop};
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, NULL), CLMLP_INTERRUPTED);
    cr_assert_eq(pthread_join(other, NULL), 0);
    cr_assert_lt(result.epochs, UINT32_MAX);
    cr_assert_geq(result.steps, 1);
}

static void handle(int number)
{
    (void)number;
    clmlp_cancel_request(stop);
}

static void raise_signal(const clmlp_epoch *epoch, void *context)
{
    (void)context;
    if (epoch->epoch == 2) cr_assert_eq(raise(SIGUSR1), 0);
}

Test(cancel, reaches_training_from_a_signal_handler)
{
    clmlp_train_config config = endless();
    clmlp_train_result result = {.size = sizeof result};
    cr_assert_neq(signal(SIGUSR1, handle), SIG_ERR);
    config.on_epoch.function = raise_signal;
    cr_assert_eq(clmlp_train(model, device, data, NULL, &config, &result, NULL), CLMLP_INTERRUPTED);
    cr_assert_eq(result.epochs, 2);
}

Test(cancel, that_comes_with_the_last_epoch_is_too_late)
{
    clmlp_train_config config = endless();
    clmlp_train_result result = {.size = sizeof result};
    cr_assert_neq(signal(SIGUSR1, handle), SIG_ERR);
    config.on_epoch.function = raise_signal;
    config.epochs = 2;
    OK(clmlp_train(model, device, data, NULL, &config, &result, error));
}

Test(cancel, stops_all_that_takes_long)
{
    clmlp_verify_config verify = clmlp_verify_config_default();
    clmlp_gradcheck_config gradcheck = clmlp_gradcheck_config_default();
    clmlp_qualify_config qualify = clmlp_qualify_config_default();
    clmlp_bench_config bench = clmlp_bench_config_default();
    clmlp_verify_result verified = {.size = sizeof verified};
    clmlp_determinism_result same = {.size = sizeof same};
    clmlp_gradcheck_result gradients = {.size = sizeof gradients};
    clmlp_qualify_result card = {.size = sizeof card};
    clmlp_bench_step_result step = {.size = sizeof step};
    clmlp_bench_gemm_result gemm = {.size = sizeof gemm};
    clmlp_device_options cpu = clmlp_device_options_default();
    clmlp_vote_result *vote = NULL;
    clmlp_bench_op *ops = NULL;
    size_t count = 0;
    cpu.spec = "cpu";
    clmlp_cancel_request(stop);
    verify.cancel = gradcheck.cancel = qualify.cancel = bench.cancel = stop;
    cr_expect_eq(clmlp_verify(model, device, data, &verify, &verified, NULL), CLMLP_INTERRUPTED);
    cr_expect_eq(verified.steps, 0);
    cr_expect_eq(clmlp_verify_determinism(model, device, data, &verify, 2, &same, NULL), CLMLP_INTERRUPTED);
    cr_expect_eq(clmlp_verify_vote(model, data, CLMLP_F32, &verify, &vote, NULL), CLMLP_INTERRUPTED);
    cr_expect_null(vote);
    cr_expect_eq(clmlp_gradcheck(model, data, NULL, &gradcheck, &gradients, NULL), CLMLP_INTERRUPTED);
    cr_expect_eq(clmlp_qualify(&cpu, &qualify, &card, NULL), CLMLP_INTERRUPTED);
    cr_expect_eq(card.count, 1);
    cr_expect_not(card.passed);
    cr_expect_eq(clmlp_bench_step(device, model, 8, &bench, &step, NULL), CLMLP_INTERRUPTED);
    cr_expect_eq(clmlp_bench_gemm(device, 8, 8, 8, &bench, &gemm, NULL), CLMLP_INTERRUPTED);
    cr_expect_eq(clmlp_bench_ops(device, model, 8, &bench, &ops, &count, NULL), CLMLP_INTERRUPTED);
    clmlp_free(verified.findings);
    clmlp_free(gradients.layers);
    clmlp_free(card.parts);
}

/* It is looked at before the first candidate is opened. */
Test(cancel, stops_tuning)
{
    clmlp_tune_config config = clmlp_tune_config_default();
    clmlp_tune_result *result = NULL;
    clmlp_device_options where = clmlp_device_options_default();
    where.spec = "opencl";
    config.keep = false;
    config.cancel = stop;
    clmlp_cancel_request(stop);
    cr_assert_eq(clmlp_tune(&where, &config, &result, NULL), CLMLP_INTERRUPTED);
}
