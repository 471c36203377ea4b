/* test_best.c - which epoch is the best, when training stops, and that theta on the device is kept whole. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "networks.h"
#include "train/best.h"
#include "train/step.h"

/* See `count` values, the first of epoch 1; returns the epoch after which training stops, 0: it does not. */
static size_t see(clmlp_best *best, const clmlp_patience *patience, const double *values, size_t count)
{
    *best = (clmlp_best){.epoch = 0};
    for (size_t e = 1; e <= count; e++) {
        bool keep = false;
        const size_t before = best->epoch;
        clmlp_best_see(best, patience, e, values[e - 1], &keep);
        cr_assert_eq(keep, best->epoch != before);
        if (clmlp_best_stops(best, patience, e)) return e;
    }
    return 0;
}

Test(best, is_the_first_of_equal_epochs)
{
    const double values[] = {3, 2, 1, 1, 2, 1};
    clmlp_best best;
    cr_assert_eq(see(&best, &(clmlp_patience){.more = false}, values, 6), 0);
    cr_assert_eq(best.epoch, 3);
    cr_assert_eq(best.value, 1);
    cr_assert_eq(see(&best, &(clmlp_patience){.more = true}, values, 6), 0);
    cr_assert_eq(best.epoch, 1);
    cr_assert_eq(best.value, 3);
}

Test(best, is_never_an_epoch_whose_value_is_not_finite)
{
    const double values[] = {NAN, INFINITY, -INFINITY, 2, NAN, INFINITY, -INFINITY};
    clmlp_best best;
    for (int more = 0; more < 2; more++) {
        cr_assert_eq(see(&best, &(clmlp_patience){.more = more != 0}, values, 7), 0);
        cr_assert_eq(best.epoch, 4);
        cr_assert_eq(see(&best, &(clmlp_patience){.more = more != 0, .epochs = 3}, values, 7), 3);
        cr_assert_eq(best.epoch, 0);
    }
}

Test(best, stops_after_so_many_epochs_without_a_gain)
{
    const double values[] = {3, 4, 2, 2, 2, 1, 5, 5, 5};
    clmlp_best best;
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 1}, values, 9), 2);
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 2}, values, 9), 5);
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 3}, values, 9), 9);
    cr_assert_eq(best.epoch, 6);
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 4}, values, 9), 0);
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 1, .min_epochs = 3}, values, 9), 4);
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 2, .min_epochs = 9}, values, 9), 9);
}

Test(best, by_less_than_the_tolerance_is_kept_but_no_gain)
{
    /* each step is smaller than the tolerance; two of them are larger */
    const double values[] = {8, 7.75, 7.5, 7.25, 7.125, 7, 7};
    clmlp_best best;
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 3, .tolerance = 0.25}, values, 7), 0);
    cr_assert_eq(best.epoch, 6);
    cr_assert_eq(best.gain_epoch, 5); /* 8, 7.5, 7.125: 7.25 is not below 7.5 - 0.25 */
    cr_assert_eq(see(&best, &(clmlp_patience){.epochs = 2, .tolerance = 0.5}, values, 7), 3);
    cr_assert_eq(best.epoch, 3);
}

/* theta after two steps on the device; in between it is kept, spoilt by other steps and put back, or left alone. */
static void two_steps(const char *spec, clmlp_precision precision, bool keeps, double *theta)
{
    clmlp_dataset *const data = random_data(37, 5, 3, CLMLP_OUTPUT_SIGMOID, 4);
    clmlp_model *const model = model_for(data, (size_t[]){17, 33}, 2, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_device *const device = open_device(spec, precision, 0);
    const clmlp_descent descent = {.rule = {.rate = 0.5}, .right = CLMLP_RIGHT_SIDES};
    clmlp_network *network = NULL;
    clmlp_batch_loader *loader = NULL;
    clmlp_batch batch;
    clmlp_best best = {.epoch = 0};
    OK(clmlp_network_create(&network, device->backend, model, 37, CLMLP_FOR_TRAINING, error));
    OK(device->backend->ops->scores_reserve(device->backend, 5, 37, 5 * 37, error));
    OK(clmlp_batch_loader_create(&loader, device->backend, data, model, 37, false, CLMLP_TO_TRAIN, 0.0, error));
    OK(clmlp_batch_loader_begin(loader, 37, false, error));
    OK(clmlp_batch_loader_next(loader, &batch, error));
    OK(clmlp_step_take(network, &batch, &descent, 1, 0, error));
    if (keeps) {
        OK(clmlp_best_place(&best, network, error));
        OK(clmlp_best_keep(&best, network, error));
        for (size_t t = 1; t < 4; t++) OK(clmlp_step_take(network, &batch, &descent, 1 + t, t, error));
        OK(clmlp_best_restore(&best, network, error));
    }
    OK(clmlp_step_take(network, &batch, &descent, 2, 4, error));
    OK(clmlp_network_get_theta(network, model, theta, error));
    clmlp_best_leave(&best);
    clmlp_batch_loader_destroy(loader);
    clmlp_network_destroy(network);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* The second step passes delta back through theta, which some backends have twice. */
Test(best, theta_is_kept_and_put_back_to_the_bit)
{
    static const char *const devices[] = TEST_SUBJECTS;
    enum { PARAMETERS = 17 * 6 + 33 * 18 + 3 * 34 };
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (int p = 0; p < 2; p++) {
            const clmlp_precision precision = p == 0 ? CLMLP_F32 : CLMLP_F64;
            double plain[PARAMETERS], kept[PARAMETERS];
            two_steps(devices[d], precision, false, plain);
            two_steps(devices[d], precision, true, kept);
            cr_assert_eq(memcmp(plain, kept, sizeof plain), 0, "%s, %d", devices[d], p);
        }
    }
}
