/* test_self_check.c - self-checks in training: what is right passes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "self_checked.h"
#include "share.h"

/* Iterations of lbfgs and cg are looked at while they are under way, and have the same bits then. */
Test(self_check, passes_iterations_of_a_minimiser_and_changes_nothing)
{
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, NULL);
    const clmlp_self_check_config some = checking(2, CLMLP_MISMATCH_STOP, NULL);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT * 2; i++) {
        const char *const spec = devices[i / 2];
        clmlp_train_config config = training(0);
        config.minimiser = i % 2 == 0 ? CLMLP_LBFGS : CLMLP_CG;
        const outcome plain = train(spec, CLMLP_F32, config, CLMLP_TANH, NULL);
        const outcome checked = train(spec, CLMLP_F32, config, CLMLP_TANH, &all);
        cr_assert_eq(checked.status, CLMLP_OK, "%s: %s", spec, checked.message);
        cr_assert_eq(checked.check.checked, (size_t)EPOCHS, "%s", spec);
        cr_assert_eq(checked.check.failed, 0, "%s", spec);
        cr_assert_gt(checked.check.max_of_bound, 0.1, "%s", spec);
        cr_assert_eq(memcmp(plain.theta, checked.theta, sizeof plain.theta), 0, "%s", spec);
        const outcome now_and_then = train(spec, CLMLP_F32, config, CLMLP_TANH, &some);
        cr_assert(now_and_then.check.checked > 0 && now_and_then.check.checked < EPOCHS, "%zu of %d, by the seed",
                  now_and_then.check.checked, (int)EPOCHS);
        cr_assert_eq(memcmp(plain.theta, now_and_then.theta, sizeof plain.theta), 0, "%s", spec);
    }
}

Test(self_check, passes_every_step_of_every_device_and_changes_nothing)
{
    static const clmlp_activation activations[] = {CLMLP_SIGMOID, CLMLP_TANH, CLMLP_RELU};
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, NULL);
    share part = share_of("steps of devices", TEST_SUBJECT_COUNT * 3 * 2 * 2);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT * 3 * 2 * 2; i++) {
        const char *const spec = devices[i % TEST_SUBJECT_COUNT];
        if (!share_takes(&part, spec)) continue;
        const clmlp_activation activation = activations[i / TEST_SUBJECT_COUNT % 3];
        const clmlp_precision precision = i / TEST_SUBJECT_COUNT / 3 % 2 ? CLMLP_F64 : CLMLP_F32;
        const bool full = i / TEST_SUBJECT_COUNT / 6 == 1;
        const clmlp_train_config config = training(full ? 0 : BATCH);
        const outcome plain = train(spec, precision, config, activation, NULL);
        const outcome checked = train(spec, precision, config, activation, &all);
        cr_assert_eq(checked.status, CLMLP_OK, "%s: %s", spec, checked.message);
        cr_assert_eq(checked.check.checked, full ? EPOCHS : EPOCHS * PER_EPOCH, "%s", spec);
        cr_assert_eq(checked.check.failed, 0);
        /* the CPU path in double is the reference itself */
        const bool itself = strcmp(spec, "cpu") == 0 && precision == CLMLP_F64;
        cr_assert((itself || checked.check.max_of_bound > 0.001) && checked.check.max_of_bound <= 1.0, "%s: %g", spec,
                  checked.check.max_of_bound);
        cr_assert_eq(memcmp(plain.theta, checked.theta, sizeof plain.theta), 0, "%s: another theta", spec);
    }
}

/* Gradients that the device has changed since, by the scale or by clipping, are the reference's, with its bounds. */
Test(self_check, passes_with_a_scale_of_the_inputs_and_with_clipping)
{
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, NULL);
    share part = share_of("recipes of devices", TEST_SUBJECT_COUNT * 3 * 2);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT * 3 * 2; i++) {
        const char *const spec = devices[i % TEST_SUBJECT_COUNT];
        if (!share_takes(&part, spec)) continue;
        const clmlp_precision precision = i / TEST_SUBJECT_COUNT % 2 ? CLMLP_F64 : CLMLP_F32;
        const size_t kind = i / TEST_SUBJECT_COUNT / 2; /* scaled, scaled and clipped, clipped */
        const clmlp_train_config config = recipe(kind < 2, kind > 0);
        const outcome plain = train(spec, precision, config, CLMLP_SELU, NULL);
        const outcome checked = train(spec, precision, config, CLMLP_SELU, &all);
        cr_assert_eq(checked.status, CLMLP_OK, "%s: %s", spec, checked.message);
        cr_assert_eq(checked.check.checked, EPOCHS * PER_EPOCH, "%s", spec);
        cr_assert_eq(checked.check.failed, 0);
        cr_assert_eq(memcmp(plain.theta, checked.theta, sizeof plain.theta), 0, "%s: another theta", spec);
    }
}

Test(self_check, passes_streamed_data)
{
    clmlp_dataset *data = cloud_data(3000, 200, 4, 5);
    const size_t hidden[] = {13};
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        const clmlp_self_check_config some = checking(10, CLMLP_MISMATCH_STOP, NULL);
        clmlp_train_config config = training(50);
        clmlp_train_result result = {.size = sizeof result};
        clmlp_self_check_result check = {.size = sizeof check};
        clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 1500000);
        config.epochs = 1;
        OK(clmlp_self_check_create(&config.inspector, &some, error));
        OK(clmlp_train(model, device, data, NULL, &config, &result, error));
        (void)clmlp_self_check_result_get(config.inspector, &check, NULL);
        cr_assert(result.streamed);
        cr_assert_gt(check.checked, 0);
        clmlp_inspector_destroy(config.inspector);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(data);
}

Test(self_check, chooses_one_step_in_so_many_by_the_seed)
{
    const clmlp_self_check_config tenth = checking(10, CLMLP_MISMATCH_STOP, NULL);
    clmlp_train_config config = training(BATCH);
    config.epochs = 300;
    const outcome first = train("cpu", CLMLP_F32, config, CLMLP_TANH, &tenth);
    const outcome again = train("cpu", CLMLP_F32, config, CLMLP_TANH, &tenth);
    config.seed = 2;
    const outcome other = train("cpu", CLMLP_F32, config, CLMLP_TANH, &tenth);
    /* binomial of 1800 steps: mean 180, standard deviation 12.7; five of them */
    cr_assert(first.check.checked > 116 && first.check.checked < 244, "%zu of 1800", first.check.checked);
    cr_assert_eq(first.check.checked, again.check.checked);
    cr_assert_eq(first.check.max_of_bound, again.check.max_of_bound);
    cr_assert_neq(first.check.checked, other.check.checked);
}
