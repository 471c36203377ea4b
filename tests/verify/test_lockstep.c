/* test_lockstep.c - a verification run: its batches, its findings, its end. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "faults.h"
#include "lockstep.h"

Test(lockstep, passes_on_every_backend_and_looks_at_every_tensor)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], 0);
        size_t seen[CLMLP_QUANTITY_COUNT] = {0};
        s.config.steps = 5;
        run(&s);
        assert_passed(&s, subjects[i]);
        cr_assert_eq(s.result.steps, 5);
        for (size_t f = 0; f < s.result.count; f++) {
            const clmlp_finding *finding = &s.result.findings[f];
            if (strcmp(finding->equation, "steps") != 0) seen[finding->quantity]++;
        }
        cr_assert_geq(seen[CLMLP_QUANTITY_X], 1);
        cr_assert_geq(seen[CLMLP_QUANTITY_Y], 1);
        cr_assert_eq(seen[CLMLP_QUANTITY_Z], 5 * 3);
        cr_assert_eq(seen[CLMLP_QUANTITY_A], 5 * 3);
        cr_assert_eq(seen[CLMLP_QUANTITY_COST], 5);
        cr_assert_eq(seen[CLMLP_QUANTITY_DELTA], 5 * 3);
        cr_assert_eq(seen[CLMLP_QUANTITY_GRADIENT], 5 * 3);
        cr_assert_eq(seen[CLMLP_QUANTITY_THETA], 5 * 3 + 3, "theta before the first step, too");
        destroy(&s);
    }
}

static void keep_cost(const clmlp_epoch *epoch, void *context)
{
    double **cost = context;
    *(*cost)++ = epoch->train.cost;
}

/* The costs of two epochs are the same bits, so that the steps were. */
Test(lockstep, takes_the_batches_of_training)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], 0);
        clmlp_train_config train = clmlp_train_config_default();
        double costs[2] = {0.0, 0.0}, *next = costs, sums[2] = {0.0, 0.0};
        s.config.lambda = 0.0;
        s.config.steps = 2 * 4;
        run(&s);
        for (size_t f = 0; f < s.result.count; f++) {
            const clmlp_finding *finding = &s.result.findings[f];
            const bool again = strcmp(finding->equation, "steps") == 0; /* all costs, once more */
            if (finding->quantity == CLMLP_QUANTITY_COST && !again) sums[(finding->step - 1) / 4] += finding->found;
        }
        train.epochs = 2;
        train.batch = 16;
        train.on_epoch = (clmlp_on_epoch){keep_cost, &next};
        OK(clmlp_train(s.model, s.device, s.data, NULL, &train, NULL, error));
        cr_assert_eq(sums[0] / 50.0, costs[0], "%s: %.17g, %.17g", subjects[i], sums[0] / 50.0, costs[0]);
        cr_assert_eq(sums[1] / 50.0, costs[1], "%s: %.17g, %.17g", subjects[i], sums[1] / 50.0, costs[1]);
        destroy(&s);
    }
}

Test(lockstep, leaves_the_model_as_it_is)
{
    setting s = create("cpu", 0);
    double before[10 * 9];
    const double *theta = clmlp_model_theta_const(s.model, 1);
    memcpy(before, theta, 8 * 9 * sizeof *before);
    run(&s);
    cr_assert_eq(memcmp(before, theta, 8 * 9 * sizeof *before), 0);
    destroy(&s);
}

Test(lockstep, takes_full_batches_and_batches_in_order)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], 0);
        s.config.batch = 0;
        run(&s);
        assert_passed(&s, subjects[i]);
        clmlp_free(s.result.findings);
        s.config.batch = 20;
        s.config.shuffle = false;
        s.config.steps = 7;
        run(&s);
        assert_passed(&s, subjects[i]);
        destroy(&s);
    }
}

/* The reference has no theta of the device's after the first step; bounds grow, and say so. */
Test(lockstep, runs_free_with_bounds_that_grow)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        setting s = create(subjects[i], 0);
        double first = 0.0, last = 0.0;
        s.config.free_run = true;
        s.config.steps = 40;
        s.config.rate = 0.1;
        run(&s);
        assert_passed(&s, subjects[i]);
        for (size_t f = 0; f < s.result.count; f++) {
            const clmlp_finding *finding = &s.result.findings[f];
            if (finding->quantity != CLMLP_QUANTITY_THETA || finding->layer != 3) continue;
            if (strcmp(finding->equation, "steps") == 0) continue;
            if (finding->step == 1) first = finding->bound_of_value;
            last = finding->bound_of_value;
        }
        cr_assert(first < 1e-5, "%g", first);
        cr_assert(last > 100.0 * first, "%g after %g", last, first);
        destroy(&s);
    }
}

Test(lockstep, goes_on_beyond_all_numbers_in_a_free_run)
{
    setting s = create("cpu", 0);
    clmlp_model_destroy(s.model);
    s.model = model_for(s.data, hidden, 2, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, 2);
    s.config.free_run = true;
    s.config.steps = 200;
    run(&s);
    assert_passed(&s, "relu");
    cr_assert(!(s.result.findings[s.result.count - 1].bound_of_value < 1.0));
    destroy(&s);
}

/* Who looks at the result alone must not read a verdict that was not reached. */
Test(lockstep, an_error_is_no_verdict)
{
    setting s = create("cpu", 0);
    clmlp_determinism_result runs = {.size = sizeof runs};
    clmlp_cancel *cancel = NULL;
    OK(clmlp_cancel_create(&cancel, error));
    clmlp_cancel_request(cancel);
    s.config.steps = 2;
    s.config.cancel = cancel;
    cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, NULL), CLMLP_INTERRUPTED);
    cr_assert_not(s.result.passed);
    cr_assert_eq(clmlp_verify_determinism(s.model, s.device, s.data, &s.config, 3, &runs, NULL), CLMLP_INTERRUPTED);
    cr_assert_not(runs.identical);
    cr_assert_eq(clmlp_verify(NULL, s.device, s.data, &s.config, &s.result, NULL), CLMLP_BAD_ARGUMENT);
    cr_assert_not(s.result.passed);
    cr_assert_eq(clmlp_verify_against(s.model, s.device, NULL, "/nonexistent", &s.config, &s.result, NULL), CLMLP_IO);
    cr_assert_not(s.result.passed || s.result.device_right || s.result.other_right);
    clmlp_cancel_destroy(cancel);
    destroy(&s);
}

Test(lockstep, names_what_a_kernel_did_wrong_and_stops_there)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("lockstep", "native_cpu/layers.cl", "acc[r][v] * slope", "acc[r][v] * slope * (REAL)1.0001");
    setting s = create("opencl+native", 0);
    s.config.bundle = TEST_SCRATCH_DIR "/lockstep.safetensors";
    run(&s);
    cr_assert_not(s.result.passed);
    cr_assert_not_null(s.result.first_failure);
    cr_assert_eq(s.result.first_failure->quantity, CLMLP_QUANTITY_DELTA);
    cr_assert_eq(s.result.first_failure->layer, 3);
    cr_assert_eq(s.result.first_failure->step, 1);
    cr_assert_str_eq(s.result.first_failure->equation, "hidden_delta");
    cr_assert_eq(s.result.steps, 1);
    for (size_t f = 0; f < s.result.count; f++) {
        const clmlp_finding *finding = &s.result.findings[f];
        cr_assert(finding->failed == 0 || strcmp(finding->equation, "hidden_delta") == 0, "%s is blamed, too",
                  finding->equation);
    }
    cr_assert(s.result.bundle_written);
    destroy(&s);
}

static void count_finding(const clmlp_finding *finding, void *context)
{
    (void)finding;
    ++*(size_t *)context;
}

Test(lockstep, tells_of_findings_as_they_come)
{
    setting s = create("cpu", 0);
    size_t count = 0;
    s.config.on_finding = (clmlp_on_finding){count_finding, &count};
    run(&s);
    cr_assert_eq(count, s.result.count);
    destroy(&s);
}

Test(lockstep, stops_on_request)
{
    setting s = create("cpu", 0);
    clmlp_cancel *stop = NULL;
    OK(clmlp_cancel_create(&stop, error));
    clmlp_cancel_request(stop);
    s.config.cancel = stop;
    cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, NULL), CLMLP_INTERRUPTED);
    cr_assert_eq(s.result.steps, 0);
    clmlp_cancel_destroy(stop);
    destroy(&s);
}

Test(lockstep, refuses_what_cannot_be_verified)
{
    setting s = create("cpu", 0);
    const clmlp_verify_config good = s.config;
    s.config.steps = 0;
    cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, NULL), CLMLP_BAD_ARGUMENT);
    s.config = good;
    s.config.rate = (double)NAN;
    cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, NULL), CLMLP_BAD_ARGUMENT);
    s.config = good;
    s.config.lambda = -1.0;
    cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, NULL), CLMLP_BAD_ARGUMENT);
    s.config = good;
    s.config.batch = 51;
    cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, NULL), CLMLP_BAD_ARGUMENT);
    destroy(&s);
}

Test(lockstep, verifies_streamed_data)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        clmlp_verify_result result = {.size = sizeof result};
        clmlp_verify_config config = clmlp_verify_config_default();
        clmlp_dataset *data = cloud_data(3000, 40, 3, 5);
        clmlp_model *model = model_for(data, hidden, 2, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, 2);
        clmlp_device *device = open_device(subjects[i], CLMLP_F32, 400000);
        config.steps = 4;
        OK(clmlp_verify(model, device, data, &config, &result, error));
        cr_assert(result.passed, "%s", subjects[i]);
        size_t batches = 0;
        for (size_t f = 0; f < result.count; f++) batches += result.findings[f].quantity == CLMLP_QUANTITY_X;
        cr_assert_eq(batches, 4, "%s: x of each batch, and not of all data", subjects[i]);
        clmlp_free(result.findings);
        clmlp_device_close(device);
        clmlp_model_destroy(model);
        clmlp_dataset_destroy(data);
    }
}

/* How many findings are about several steps in one call. */
static size_t count_fused(const setting *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->result.count; i++) count += strcmp(s->result.findings[i].equation, "steps") == 0;
    return count;
}

Test(lockstep, takes_the_steps_once_more_several_in_a_call_where_training_does)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    for (size_t batch = 0; batch <= 16; batch += 16) {
        setting s = create("opencl+native", 0);
        s.config.batch = batch;
        s.config.steps = 7; /* with batches of 16, into the second epoch */
        run(&s);
        assert_passed(&s, "several steps in a call");
        cr_assert_eq(count_fused(&s), 4); /* three thetas, and the costs */
        destroy(&s);
    }
    cr_assert_eq(setenv("CLMLP_NATIVE_STEPS", "never", 1), 0);
    setting s = create("opencl+native", 0);
    run(&s);
    cr_assert_eq(count_fused(&s), 0);
    destroy(&s);
}

/* Each step on the first batch again: all single kernels are right. */
Test(lockstep, blames_the_kernel_of_several_steps)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("fused-steps", "native_cpu/fused_steps.cl", "from = args->first + own.step * M", "from = args->first");
    setting s = create("opencl+native", 0);
    run(&s);
    cr_assert_not(s.result.passed);
    cr_assert_str_eq(s.result.first_failure->equation, "steps");
    cr_assert_str_eq(s.result.first_failure->kernel, "cpu_steps");
    destroy(&s);
}

/* Input data of which a fifth is not 0, compressed for the products and for several steps in a launch. */
static setting create_sparse(void)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_SPARSE", "always", 1), 0);
    setting s = create("opencl+native", 0);
    clmlp_model_destroy(s.model);
    clmlp_dataset_destroy(s.data);
    s.data = sparse_data(75, 70, 3, CLMLP_OUTPUT_SOFTMAX, 0.2, 5);
    s.model = model_for(s.data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 2);
    return s;
}

Test(lockstep, passes_where_zeros_are_left_out)
{
    setting s = create_sparse();
    s.config.steps = 7; /* the last batch of an epoch is smaller */
    run(&s);
    assert_passed(&s, "without zeros");
    cr_assert_gt(count_fused(&s), 0);
    destroy(&s);
}

Test(lockstep, blames_the_kernel_of_several_steps_where_zeros_are_left_out)
{
    plant_fault("fused-steps-sparse", "native_cpu/fused_steps.cl", "compress.indices = c->column_indices,",
                "compress.first = args->first, compress.indices = c->column_indices,");
    setting s = create_sparse();
    run(&s);
    cr_assert_not(s.result.passed);
    cr_assert_str_eq(s.result.first_failure->equation, "steps");
    destroy(&s);
}
