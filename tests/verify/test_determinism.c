/* test_determinism.c - equal runs are equal, and the first difference is found. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;

static clmlp_cancel *stop; /* of the runs; NULL: they go on to their end */

static clmlp_determinism_result compare(clmlp_device *device, size_t runs, size_t steps, size_t batch)
{
    clmlp_error why = {.message = ""};
    const size_t hidden[] = {7, 5};
    clmlp_dataset *data = random_data(45, 6, 3, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *model = model_for(data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_determinism_result result = {.size = sizeof result};
    config.steps = steps;
    config.batch = batch;
    config.lambda = 0.1;
    config.cancel = stop;
    cr_assert_eq(clmlp_verify_determinism(model, device, data, &config, runs, &result, &why),
                 stop != NULL ? CLMLP_INTERRUPTED : CLMLP_OK, "%s", why.message);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return result;
}

Test(determinism, holds_on_every_device)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT * 4; i++) {
        const char *const spec = devices[i % TEST_SUBJECT_COUNT];
        const size_t batch = i / TEST_SUBJECT_COUNT % 2 ? 0 : 10;
        clmlp_device *device = open_device(spec, i / TEST_SUBJECT_COUNT / 2 ? CLMLP_F64 : CLMLP_F32, 0);
        const clmlp_determinism_result result = compare(device, 4, 12, batch);
        cr_assert(result.identical, "%s: %s(%zu) of step %zu", spec, clmlp_quantity_name(result.quantity), result.layer,
                  result.step);
        cr_assert_eq(result.steps, 12);
        cr_assert_eq(result.runs, 4);
        clmlp_device_close(device);
    }
}

/* --- a backend that is not the same each time -------------------------------------------------------------------- */

static const clmlp_backend_ops *right;
static size_t calls, wrong_call, stop_call; /* of hidden_delta; from 1 */
static size_t wrong_element;

/* In call `wrong_call`, the last bit of one number of delta is another one; in call `stop_call` somebody asks to
 * stop. */
static clmlp_status shaky_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    float delta[64 * 16];
    TRY(right->hidden_delta(backend, args, error));
    if (++calls == stop_call) clmlp_cancel_request(stop);
    if (calls != wrong_call) return CLMLP_OK;
    TRY(right->tensor_read(backend, args->delta, 0, args->M, delta, error));
    uint32_t bits = 0;
    memcpy(&bits, &delta[wrong_element], sizeof bits);
    bits ^= 1;
    memcpy(&delta[wrong_element], &bits, sizeof bits);
    return right->tensor_write(backend, args->delta, 0, args->M, delta, error);
}

static clmlp_device *open_shaky(const char *spec, clmlp_backend_ops *ops)
{
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    right = device->backend->ops;
    *ops = *right;
    ops->hidden_delta = shaky_hidden_delta;
    device->backend->ops = ops;
    return device;
}

/* Two hidden layers, so two calls a step and run: delta(3), then delta(2). */
Test(determinism, names_the_run_step_tensor_and_element_that_differ_first)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_backend_ops ops;
        clmlp_device *device = open_shaky(devices[d], &ops);
        calls = 0;
        wrong_call = 4 * (3 * 2) + 2 * 2 + 2; /* step 5, run 3, delta(2) */
        wrong_element = 3 * 7 + 4;
        const clmlp_determinism_result result = compare(device, 3, 9, 10);
        cr_assert_not(result.identical, "%s", devices[d]);
        cr_assert_eq(result.step, 5, "%s: step %zu", devices[d], result.step);
        cr_assert_eq(result.run, 3, "%s: run %zu", devices[d], result.run);
        cr_assert_eq(result.quantity, CLMLP_QUANTITY_DELTA);
        cr_assert_eq(result.layer, 2);
        cr_assert_eq(result.element, wrong_element);
        cr_assert_neq(result.first, result.other);
        clmlp_device_close(device);
    }
}

/* What differs in the first run is seen in the second one. */
Test(determinism, notices_the_first_run_too)
{
    clmlp_backend_ops ops;
    clmlp_device *device = open_shaky("cpu", &ops);
    calls = 0;
    wrong_call = 1;
    wrong_element = 0;
    const clmlp_determinism_result result = compare(device, 2, 3, 0);
    cr_assert_not(result.identical);
    cr_assert_eq(result.step, 1);
    cr_assert_eq(result.run, 2);
    cr_assert_eq(result.layer, 3);
    clmlp_device_close(device);
}

/* Stopped in call `call` of 9 steps of 3 runs: `steps` were compared, and `calls_made` made. */
static void stop_in(size_t call, size_t steps, size_t calls_made, bool identical)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_backend_ops ops;
        clmlp_device *device = open_shaky(devices[d], &ops);
        OK(clmlp_cancel_create(&stop, error));
        calls = 0;
        stop_call = call;
        const clmlp_determinism_result result = compare(device, 3, 9, 10);
        cr_assert_eq(result.steps, steps, "%s: %zu steps", devices[d], result.steps);
        cr_assert_eq(result.identical, identical, "%s", devices[d]);
        cr_assert_eq(calls, calls_made, "%s: %zu calls", devices[d], calls);
        cr_assert_eq(result.run, 0);
        clmlp_cancel_destroy(stop);
        clmlp_device_close(device);
    }
}

/* Two calls a step and run. A step that not all runs have done is not compared. */
Test(determinism, is_cancelled_inside_a_step)
{
    stop_in(4 * (3 * 2) + 1, 4, 4 * (3 * 2) + 2, true); /* step 5, run 1 */
    stop_in(4 * (3 * 2) + 4, 4, 4 * (3 * 2) + 4, true); /* step 5, run 2 */
    stop_in(4 * (3 * 2) + 6, 5, 4 * (3 * 2) + 6, true); /* step 5, run 3: it is done */
}

Test(determinism, that_is_cancelled_before_a_step_was_compared_is_no_verdict) { stop_in(1, 0, 2, false); }

/* What was found before stays found. */
Test(determinism, says_a_difference_though_somebody_asks_to_stop)
{
    clmlp_backend_ops ops;
    clmlp_device *device = open_shaky("cpu", &ops);
    clmlp_dataset *data = random_data(45, 6, 3, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *model = model_for(data, (size_t[]){7, 5}, 2, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_determinism_result result = {.size = sizeof result};
    OK(clmlp_cancel_create(&stop, error));
    config.cancel = stop;
    calls = 0;
    stop_call = wrong_call = 2 + 2; /* step 1, run 2 */
    OK(clmlp_verify_determinism(model, device, data, &config, 3, &result, error));
    cr_assert_not(result.identical);
    cr_assert_eq(result.run, 2);
    cr_assert_eq(result.step, 1);
    clmlp_cancel_destroy(stop);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}

static void refuse(const char *expected, size_t runs, size_t steps, size_t batch)
{
    clmlp_dataset *data = random_data(10, 2, 2, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_determinism_result result = {.size = sizeof result};
    clmlp_error why = {.message = ""};
    config.steps = steps;
    config.batch = batch;
    cr_assert_eq(clmlp_verify_determinism(model, device, data, &config, runs, &result, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, expected), "%s", why.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(determinism, needs_two_runs) { refuse("1 runs", 1, 3, 5); }
Test(determinism, needs_a_step) { refuse("0 steps", 2, 0, 5); }
Test(determinism, takes_no_batch_larger_than_the_data) { refuse("batches of 11 of 10 examples", 2, 3, 11); }
