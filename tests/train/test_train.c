/* test_train.c - the training loop: learning, determinism, memory. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"
#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;

static clmlp_train_config quick(size_t epochs, size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = epochs;
    config.batch = batch;
    return config;
}

static double *trained_theta(const char *spec, clmlp_precision precision, uint64_t memory_limit,
                             const clmlp_train_config *config, const clmlp_dataset *data, clmlp_train_result *result)
{
    clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *device = open_device(spec, precision, memory_limit);
    double *theta = calloc(clmlp_model_parameters(model), sizeof *theta);
    OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_STANDARD, error));
    OK(clmlp_train(model, device, data, NULL, config, result, error));
    memcpy(theta, model->theta, clmlp_model_parameters(model) * sizeof *theta);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return theta;
}

Test(train, learns_clouds_on_every_device)
{
    clmlp_dataset *data = cloud_data(300, 6, 4, 2);
    const clmlp_train_config config = quick(20, 16);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_train_result result = {.size = sizeof result};
        free(trained_theta(devices[d], CLMLP_F32, 0, &config, data, &result));
        cr_assert(result.train.accuracy > 0.99, "%s: accuracy %g", devices[d], result.train.accuracy);
        cr_assert_eq(result.epochs, 20);
        cr_assert_eq(result.steps, 20 * 19);
        cr_assert_not(result.streamed);
    }
    clmlp_dataset_destroy(data);
}

Test(train, gives_equal_bits_twice)
{
    clmlp_dataset *data = cloud_data(300, 6, 4, 2);
    const clmlp_train_config config = quick(3, 16);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        double *first = trained_theta(devices[d], CLMLP_F32, 0, &config, data, NULL);
        double *second = trained_theta(devices[d], CLMLP_F32, 0, &config, data, NULL);
        cr_assert_arr_eq(first, second, (13 * 7 + 4 * 14) * sizeof *first, "%s", devices[d]);
        free(first), free(second);
    }
    clmlp_dataset_destroy(data);
}

static void count_call(size_t epoch, double share, void *calls)
{
    (void)epoch;
    cr_assert(share > 0.0 && share <= 1.0, "%g", share);
    ++*(size_t *)calls;
}

/* Whoever is told of progress has the device waited for now and then: the same steps, the same bits. */
Test(train, gives_equal_bits_when_progress_is_told)
{
    clmlp_dataset *data = cloud_data(900, 6, 4, 2);
    clmlp_train_config config = quick(3, 4);
    config.lambda = 0.5;
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        size_t calls = 0;
        config.on_progress = (clmlp_on_progress){NULL, NULL};
        double *first = trained_theta(devices[d], CLMLP_F32, 0, &config, data, NULL);
        config.on_progress = (clmlp_on_progress){count_call, &calls};
        double *second = trained_theta(devices[d], CLMLP_F32, 0, &config, data, NULL);
        cr_assert_arr_eq(first, second, (13 * 7 + 4 * 14) * sizeof *first, "%s", devices[d]);
        cr_assert_geq(calls, 3);
        free(first), free(second);
    }
    clmlp_dataset_destroy(data);
}

typedef struct speeds {
    size_t epochs;
    double seconds, sum; /* at the last epoch's end; of what the epochs took by their samples a second */
    double rates[6];
} speeds;

static void add_speed(const clmlp_epoch *epoch, void *context)
{
    speeds *const s = context;
    const double took = 300.0 / epoch->samples_per_second;
    cr_assert(fabs(took - (epoch->seconds - s->seconds)) <= 1e-9 * epoch->seconds, "epoch %zu: %g s by its speed, %g s",
              epoch->epoch, took, epoch->seconds - s->seconds);
    s->seconds = epoch->seconds;
    s->sum += took;
    s->rates[s->epochs++] = epoch->rate;
}

/* Scores and all: the epochs of a run take together what the summary says. The rate is that of the last step. */
Test(train, epochs_say_a_speed_that_agrees_with_the_summary_and_their_rate)
{
    clmlp_dataset *data = cloud_data(300, 6, 4, 2), *validation = cloud_data(500, 6, 4, 9);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        speeds seen = {.epochs = 0};
        clmlp_train_config config = quick(6, 16); /* 19 steps */
        clmlp_train_result result = {.size = sizeof result};
        config.validation = validation;
        config.on_epoch = (clmlp_on_epoch){add_speed, &seen};
        config.schedule = (clmlp_rate_schedule){.kind = CLMLP_SCHEDULE_LINEAR, .warmup = {19, 0.0}, .min_rate = 0.25};
        free(trained_theta(devices[d], CLMLP_F32, 0, &config, data, &result));
        cr_assert_eq(seen.epochs, 6);
        cr_assert(seen.sum <= result.seconds, "%g, %g", seen.sum, result.seconds);
        cr_assert(fabs(result.samples_per_second - 6 * 300 / result.seconds) <= 1e-9 * result.samples_per_second);
        for (size_t e = 0; e < 6; e++) {
            const double expected = clmlp_schedule_rate(&config.schedule, 0.5, 6 * 19, (e + 1) * 19 - 1);
            cr_assert(seen.rates[e] == expected && expected > 0.0, "epoch %zu: %g, %g", e + 1, seen.rates[e], expected);
        }
    }
    clmlp_dataset_destroy(data);
    clmlp_dataset_destroy(validation);
}

static size_t first_steps, epochs_before_it;

static void note_first_step(void *epochs)
{
    first_steps++;
    epochs_before_it = *(const size_t *)epochs;
}

static void count_epoch(const clmlp_epoch *epoch, void *epochs)
{
    *(size_t *)epochs = epoch->epoch;
}

Test(train, tells_of_the_first_step_once_with_equal_bits)
{
    const size_t hidden[] = {7};
    clmlp_dataset *data = cloud_data(64, 5, 3, 21);
    for (size_t d = 0; d < sizeof devices / sizeof *devices; d++) {
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        clmlp_model *plain = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 4);
        clmlp_model *watched = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 4);
        clmlp_train_config config = quick(3, 16);
        size_t epochs = 0;
        OK(clmlp_train(plain, device, data, NULL, &config, NULL, error));
        first_steps = 0;
        config.on_first_step = (clmlp_on_first_step){note_first_step, &epochs};
        config.on_epoch = (clmlp_on_epoch){count_epoch, &epochs};
        OK(clmlp_train(watched, device, data, NULL, &config, NULL, error));
        cr_assert_eq(epochs, 3);
        cr_assert_eq(first_steps, 1, "%s: called %zu times", devices[d], first_steps);
        cr_assert_eq(epochs_before_it, 0, "%s: called after epoch %zu", devices[d], epochs_before_it);
        cr_assert_eq(memcmp(plain->theta, watched->theta, clmlp_model_parameters(plain) * sizeof *plain->theta), 0,
                     "%s: another theta", devices[d]);
        clmlp_model_destroy(plain);
        clmlp_model_destroy(watched);
        clmlp_device_close(device);
    }
    clmlp_dataset_destroy(data);
}

Test(train, streams_data_larger_than_the_device_with_equal_bits)
{
    enum { N = 200, PARAMETERS = 13 * (N + 1) + 4 * 14 };
    clmlp_dataset *data = cloud_data(3000, N, 4, 5); /* 2.4 MB as float */
    clmlp_train_config config = quick(2, 50);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        for (int shuffle = 0; shuffle < 2; shuffle++) {
            clmlp_train_result resident = {.size = sizeof resident}, streamed = {.size = sizeof streamed};
            config.shuffle = shuffle;
            double *all = trained_theta(devices[d], CLMLP_F32, 0, &config, data, &resident);
            double *parts = trained_theta(devices[d], CLMLP_F32, 1500000, &config, data, &streamed);
            cr_assert_not(resident.streamed);
            cr_assert(streamed.streamed);
            cr_assert_arr_eq(all, parts, PARAMETERS * sizeof *all, "%s, shuffle %d", devices[d], shuffle);
            cr_assert_eq(resident.train.cost, streamed.train.cost);
            free(all), free(parts);
        }
    }
    clmlp_dataset_destroy(data);
}

/* Fewer examples than a scoring pass takes at once, so that the whole could be one batch. */
Test(train, takes_few_examples_in_batches_in_their_own_order)
{
    clmlp_dataset *data = cloud_data(60, 6, 4, 2);
    clmlp_train_config config = quick(20, 16);
    config.shuffle = false;
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_train_result result = {.size = sizeof result};
        free(trained_theta(devices[d], CLMLP_F32, 0, &config, data, &result));
        cr_assert_eq(result.steps, 20 * 4);
        cr_assert(result.train.accuracy > 0.99, "%s: accuracy %g", devices[d], result.train.accuracy);
    }
    clmlp_dataset_destroy(data);
}

static double rounded(size_t n, size_t unit)
{
    return (double)((n + unit - 1) / unit * unit);
}

/* The formula of docs/memory.md for 784-128-10: numbers of 4 bytes, rows rounded up to `unit` numbers by the native
 * engine, which keeps no gradients but theta(2) twice; the others copy a batch. */
static double promised_bytes(bool native, size_t m, size_t M)
{
    const size_t unit = native ? 16 : 1;
    const double x = rounded(785, unit), y = rounded(10, unit), hidden = rounded(129, unit);
    const double theta = 785.0 * rounded(128, unit) + 129.0 * rounded(10, unit);
    const double second = native ? 10.0 * rounded(128, unit) : theta;
    const double batch = (double)M * (hidden + rounded(128, unit) + 2.0 * rounded(10, unit));
    return 4.0 * (theta + second + batch + (double)m * (x + y) + (native ? 0.0 : (double)M * (x + y)));
}

Test(train, takes_the_device_memory_that_the_readme_says)
{
    enum { EXAMPLES = 3000, SCORED = 512 };
    clmlp_dataset *data = cloud_data(EXAMPLES, 784, 10, 2);
    const clmlp_train_config config = quick(1, 32);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_model *model = model_for(data, (size_t[]){128}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 3);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 0);
        const double promised = promised_bytes(strstr(devices[d], "native") != NULL, EXAMPLES, SCORED);
        OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
        const double taken = (double)clmlp_device_memory_peak(device);
        cr_assert(fabs(taken - promised) <= 0.1 * promised, "%s: %g bytes, promised %g", devices[d], taken, promised);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(data);
}

Test(train, says_what_was_needed_when_not_even_a_batch_fits)
{
    clmlp_dataset *data = cloud_data(300, 6, 4, 2);
    clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_error error;
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 1000);
        cr_assert_eq(clmlp_train(model, device, data, NULL, NULL, NULL, &error), CLMLP_OUT_OF_MEMORY);
        cr_assert_not_null(strstr(error.message, "out of device memory"), "%s", error.message);
        cr_assert_not_null(strstr(error.message, "the limit is 1000 bytes"), "%s", error.message);
        clmlp_device_close(device);
    }
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(train, agrees_in_float_with_double_after_an_epoch)
{
    clmlp_dataset *data = cloud_data(500, 20, 4, 9);
    const clmlp_train_config config = quick(1, 32);
    clmlp_train_result exact = {.size = sizeof exact}, found = {.size = sizeof found};
    free(trained_theta("cpu", CLMLP_F64, 0, &config, data, &exact));
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        free(trained_theta(devices[d], CLMLP_F32, 0, &config, data, &found));
        cr_assert(fabs(found.train.cost - exact.train.cost) <= 1e-5 * exact.train.cost, "%s: J %.9g, in double %.9g",
                  devices[d], found.train.cost, exact.train.cost);
    }
    clmlp_dataset_destroy(data);
}

Test(train, leaves_nothing_on_the_device)
{
    clmlp_dataset *data = cloud_data(100, 6, 4, 2);
    const clmlp_train_config config = quick(1, 16);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_model *model = model_for(data, (size_t[]){13}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
        clmlp_device *device = open_device(devices[d], CLMLP_F32, 200000);
        uint64_t peak = 0;
        for (int repeat = 0; repeat < 5; repeat++) {
            OK(clmlp_train(model, device, data, data, &config, NULL, error));
            if (repeat == 0) peak = clmlp_device_memory_peak(device);
            cr_assert_eq(clmlp_device_memory_peak(device), peak, "run %d took more than the first", repeat);
        }
        clmlp_device_close(device);
        clmlp_model_destroy(model);
    }
    clmlp_dataset_destroy(data);
}
