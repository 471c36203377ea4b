/* test_lockstep.c - a verification run: its batches, its findings, its end. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "faults.h"
#include "networks.h"

static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
static const size_t hidden[] = {9, 6};

typedef struct setting {
    clmlp_device *device;
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_verify_config config;
    clmlp_verify_result result;
} setting;

static setting create(const char *spec, uint64_t memory)
{
    setting s = {.device = open_device(spec, CLMLP_F32, memory), .data = cloud_data(50, 7, 3, 5)};
    s.model = model_for(s.data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 2);
    s.config = clmlp_verify_config_default();
    s.result.size = sizeof s.result;
    s.config.batch = 16;
    s.config.lambda = 0.5;
    return s;
}

static void destroy(setting *s)
{
    clmlp_free(s->result.findings);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
    clmlp_device_close(s->device);
}

static void run(setting *s)
{
    OK(clmlp_verify(s->model, s->device, s->data, &s->config, &s->result, error));
}

static void assert_passed(const setting *s, const char *what)
{
    char text[512] = "";
    if (s->result.first_failure != NULL) (void)clmlp_finding_text(s->result.first_failure, text, sizeof text);
    cr_assert(s->result.passed, "%s: %s", what, text);
    cr_assert_null(s->result.first_failure);
}

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

/* Bounds are no wider than they have to be: real errors of state and theta come near them. */
static void assert_sharp(const setting *s, const char *what)
{
    static const clmlp_quantity quantities[] = {CLMLP_QUANTITY_THETA, CLMLP_QUANTITY_STATE, CLMLP_QUANTITY_STATE2};
    double largest[CLMLP_QUANTITY_COUNT] = {0.0};
    for (size_t f = 0; f < s->result.count; f++) {
        const clmlp_finding *finding = &s->result.findings[f];
        if (strcmp(finding->equation, "steps") == 0) continue; /* equal to the bit */
        largest[finding->quantity] = fmax(largest[finding->quantity], finding->max_of_bound);
    }
    for (size_t q = 0; q <= clmlp_optimizer_states(s->config.optimizer); q++) {
        const double found = largest[quantities[q]];
        cr_assert(found >= 0.1 && found <= 1.0, "%s: %s: %g", what, clmlp_quantity_name(quantities[q]), found);
    }
}

/* Every rule, in lock-step and freely: a reader of the list is a test of its rows. Each theta(l) and the bias have
 * rates of their own. */
Test(lockstep, passes_with_every_update_rule)
{
    static const double rates[] = {1.0, 0.5, 2.0};
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int rule = 0; rule < CLMLP_OPTIMIZER_COUNT; rule++) {
            for (int free_run = 0; free_run <= 1; free_run++) {
                char what[128];
                setting s = create(subjects[i], 0);
                s.config.optimizer = (clmlp_optimizer)rule;
                (void)snprintf(what, sizeof what, "%s, %s, %s", subjects[i], clmlp_optimizer_name(s.config.optimizer),
                               free_run ? "free run" : "lock-step");
                s.config.free_run = free_run != 0;
                s.config.rate = 0.1;
                s.config.layer_rates = rates;
                s.config.bias_rate = 0.3;
                s.config.steps = 6;
                run(&s);
                assert_passed(&s, what);
                if (!free_run) assert_sharp(&s, what);
                destroy(&s);
            }
        }
    }
}

/* Clipped always, now and then, and never; in lock-step and freely. The norms of these gradients are between 0.1 and 1.
 */
Test(lockstep, passes_with_clipped_gradients)
{
    const double limits[] = {1e-3, 0.35, 100.0};
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int c = 0; c < 6; c++) {
            char what[128];
            setting s = create(subjects[i], 0);
            size_t clipped = 0;
            s.config.clip_norm = limits[c / 2];
            s.config.free_run = c % 2 == 1;
            s.config.steps = 6;
            (void)snprintf(what, sizeof what, "%s, %g, %s", subjects[i], limits[c / 2], c % 2 ? "free" : "lock-step");
            run(&s);
            assert_passed(&s, what);
            for (size_t f = 0; f < s.result.count; f++) {
                clipped += s.result.findings[f].quantity == CLMLP_QUANTITY_CLIPPED;
                if (!s.config.free_run || s.result.findings[f].quantity != CLMLP_QUANTITY_CLIPPED ||
                    s.result.findings[f].step > 1) {
                    continue;
                }
                cr_assert_lt(s.result.findings[f].bound_of_value, 0.01, "%s", what);
            }
            cr_assert_eq(clipped, 3 * s.config.steps, "%s", what);
            destroy(&s);
        }
    }
}

/* A norm that is 1e-4 off, and a factor that is not applied. */
Test(lockstep, blames_a_wrong_clipping_on_clip)
{
    static const char *const engines[] = {"opencl+native", "opencl+clblast"};
    static const char *const faults[][2] = {{"sqrt(square) + margin", "(REAL)1.0001 * sqrt(square) + margin"},
                                            {"REAL value = b_y;", "REAL value = y[at];"}};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        plant_fault(f == 0 ? "lockstep-norm" : "lockstep-factor", "plain/vectors.cl", faults[f][0], faults[f][1]);
        for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
            setting s = create(engines[i], 0);
            s.config.clip_norm = 0.01;
            run(&s);
            cr_assert_not_null(s.result.first_failure, "%s", engines[i]);
            cr_assert_eq(s.result.first_failure->quantity, CLMLP_QUANTITY_CLIPPED, "%s", engines[i]);
            cr_assert_eq(s.result.first_failure->step, 1, "%s", engines[i]);
            cr_assert_str_eq(s.result.first_failure->equation, "clip");
            destroy(&s);
        }
    }
}

/* The reference takes the rate of the step, or theta would be off by far more than its bound. */
Test(lockstep, passes_with_every_schedule)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int kind = 0; kind < CLMLP_SCHEDULE_COUNT; kind++) {
            char what[128];
            setting s = create(subjects[i], 0);
            s.config.schedule = (clmlp_rate_schedule){.kind = (clmlp_schedule)kind, .warmup = {2, 0.0}};
            (void)snprintf(what, sizeof what, "%s, %s", subjects[i], clmlp_schedule_name(s.config.schedule.kind));
            s.config.optimizer = kind % 2 == 0 ? CLMLP_SGD : CLMLP_MOMENTUM;
            s.config.free_run = kind / 2 % 2 == 0;
            s.config.rate = 0.1;
            s.config.steps = 6;
            s.config.schedule_steps = kind / 4 % 2 == 0 ? 0 : 50;
            run(&s);
            assert_passed(&s, what);
            destroy(&s);
        }
    }
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

/* A velocity that is 1e-4 off, in the one place where the formula stands for all kernels. It begins as 0. */
Test(lockstep, blames_a_wrong_velocity_on_the_update)
{
    static const char *const engines[] = {"opencl+native", "opencl+clblast"};
    plant_fault("lockstep-velocity", "common/update.h", "NUMBER(MOMENTUM) * state[0] + slope",
                "NUMBER(MOMENTUM) * (VALUE)((REAL)1.0001) * state[0] + slope");
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        setting s = create(engines[i], 0);
        s.config.optimizer = CLMLP_MOMENTUM;
        s.config.steps = 4;
        run(&s);
        cr_assert_not_null(s.result.first_failure, "%s", engines[i]);
        cr_assert_eq(s.result.first_failure->quantity, CLMLP_QUANTITY_STATE, "%s", engines[i]);
        cr_assert_eq(s.result.first_failure->step, 2, "%s", engines[i]);
        cr_assert_str_eq(s.result.first_failure->equation, "update");
        destroy(&s);
    }
}

/* Faults of single rules: in their formulas, and in what is stored. */
Test(lockstep, finds_what_is_wrong_with_an_update_rule)
{
    static const struct {
        const char *name, *engine, *file, *from, *to;
        clmlp_optimizer optimizer;
        clmlp_quantity quantity;
        size_t step;
    } faults[] = {
        {"state-not-stored", "opencl+native", "native_cpu/layers.cl",
         "UNROLL for (int k = 0; k < UPDATE_STATES; k++) STOREV(values[k], 0, state.of[k] + at);", "", CLMLP_MOMENTUM,
         CLMLP_QUANTITY_STATE, 1},
        {"betas-swapped", "opencl+clblast", "common/update.h", "NUMBER(BETA1) * state[0] + NUMBER(NEW1) * slope",
         "NUMBER(BETA2) * state[0] + NUMBER(NEW2) * slope", CLMLP_ADAM, CLMLP_QUANTITY_STATE, 1},
        {"second-state", "opencl+clblast", "common/update.h", "NUMBER(BETA2) * state[1]", "NUMBER(BETA1) * state[1]",
         CLMLP_ADAM, CLMLP_QUANTITY_STATE2, 2},
        {"no-correction", "opencl+clblast", "common/update.h", "sqrt(state[1]) * NUMBER(CORRECTION)", "sqrt(state[1])",
         CLMLP_ADAM, CLMLP_QUANTITY_THETA, 1},
        {"bias-decayed", "opencl+clblast", "common/update.h", "bias ? theta : theta * NUMBER(KEPT)",
         "theta * NUMBER(KEPT)", CLMLP_ADAMW, CLMLP_QUANTITY_THETA, 2}, /* the bias is 0 at first */
        {"no-look-ahead", "opencl+clblast", "common/update.h", "return theta - RATE * ahead;",
         "return theta - RATE * state[0];", CLMLP_NESTEROV, CLMLP_QUANTITY_THETA, 1},
        {"bias-rate", "opencl+clblast", "plain/descent.cl", "values, &numbers, bias);", "values, &numbers, false);",
         CLMLP_SGD, CLMLP_QUANTITY_THETA, 1},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "lockstep-%s", faults[i].name);
        cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
        plant_fault(name, faults[i].file, faults[i].from, faults[i].to);
        setting s = create(faults[i].engine, 0);
        s.config.optimizer = faults[i].optimizer;
        s.config.rate = 0.1;
        s.config.weight_decay = 0.5;
        s.config.bias_rate = 0.5;
        s.config.steps = 4;
        run(&s);
        cr_assert_not_null(s.result.first_failure, "%s", faults[i].name);
        cr_assert_eq(s.result.first_failure->quantity, faults[i].quantity, "%s: %s", faults[i].name,
                     clmlp_quantity_name(s.result.first_failure->quantity));
        cr_assert_eq(s.result.first_failure->step, faults[i].step, "%s: step %zu", faults[i].name,
                     s.result.first_failure->step);
        destroy(&s);
    }
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

/* How many findings there are of a quantity. */
static size_t count_of(const setting *s, clmlp_quantity quantity)
{
    size_t count = 0;
    for (size_t f = 0; f < s->result.count; f++) count += s->result.findings[f].quantity == quantity;
    return count;
}

/* All tensors of a scale of the inputs are looked at, with either rule, in both precisions, clipped or not; in
 * lock-step, and freely with bounds of the first step that say something. raw and s are looked at before the first
 * step, too. The norms of these gradients are between 0.1 and 1. */
Test(lockstep, passes_with_a_scale_of_the_inputs)
{
    for (size_t i = 0; i < 4 * TEST_SUBJECT_COUNT; i++) {
        const bool is_float = i / TEST_SUBJECT_COUNT % 2 == 0, clips = i / TEST_SUBJECT_COUNT < 2;
        const char *const subject = subjects[i % TEST_SUBJECT_COUNT];
        for (int free_run = 0; free_run <= 1; free_run++) {
            setting s = create(subject, 0);
            clmlp_device_close(s.device);
            s.device = open_device(subject, is_float ? CLMLP_F32 : CLMLP_F64, 0);
            s.config.input_scale_rate = 6.0;
            s.config.optimizer = is_float ? CLMLP_SGD : CLMLP_MOMENTUM;
            s.config.rate = 0.1;
            s.config.clip_norm = clips ? 0.3 : 0.0;
            s.config.steps = 4;
            s.config.free_run = free_run != 0;
            run(&s);
            assert_passed(&s, subject);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE), 5);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_RAW), 5);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE_GRADIENT), 4);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE_STATE), is_float ? 0 : 4);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_RAW_GRADIENT), 4);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE_CLIPPED), clips ? 4 : 0);
            for (size_t f = 0; f < s.result.count && free_run; f++) {
                const clmlp_finding *const finding = &s.result.findings[f];
                if (finding->step == 1) cr_assert_lt(finding->bound_of_value, 0.01, "%s", subject);
            }
            destroy(&s);
        }
    }
}

/* What is wrong with its kernels, in either way of comparing. s is 1 in the first step, so that a factor which is left
 * out shows in the second. */
Test(lockstep, finds_what_is_wrong_with_a_scale_of_the_inputs)
{
    static const struct {
        const char *from, *to;
        clmlp_quantity quantity;
        size_t step;
    } faults[] = {
        {"sum += slope", "sum += (REAL)1.001F * slope", CLMLP_QUANTITY_SCALE_GRADIENT, 1},
        {"= slope * factor", "= slope", CLMLP_QUANTITY_RAW_GRADIENT, 2},
        {"theta[PLACE(j, i)] * scale[i * scale_row];", "theta[PLACE(j, i)];", CLMLP_QUANTITY_THETA, 1},
    };
    for (size_t f = 0; f < 2 * (sizeof faults / sizeof *faults); f++) {
        plant_fault("lockstep-scale", "plain/input_scale.cl", faults[f / 2].from, faults[f / 2].to);
        setting s = create("opencl+native", 0);
        s.config.input_scale_rate = 6.0;
        s.config.free_run = f % 2 == 1;
        run(&s);
        cr_assert_not_null(s.result.first_failure, "'%s'", faults[f / 2].to);
        cr_assert_eq(s.result.first_failure->quantity, faults[f / 2].quantity, "'%s'", faults[f / 2].to);
        cr_assert_eq(s.result.first_failure->layer, 1);
        cr_assert_eq(s.result.first_failure->step, faults[f / 2].step, "'%s'", faults[f / 2].to);
        destroy(&s);
    }
}

/* A norm without the gradient of s is another one. */
Test(lockstep, finds_a_norm_without_the_gradient_of_the_scale)
{
    plant_fault("lockstep-scale-norm", "plain/vectors.cl", "sum = two_sum(sum, x[at] * y[at], &lost)",
                "if (panels > 1) sum = two_sum(sum, x[at] * y[at], &lost)");
    setting s = create("opencl+clblast", 0);
    s.config.input_scale_rate = 6.0;
    s.config.clip_norm = 0.01;
    run(&s);
    cr_assert_not_null(s.result.first_failure);
    cr_assert_str_eq(s.result.first_failure->equation, "clip");
    destroy(&s);
}

Test(lockstep, refuses_a_factor_of_the_rate_that_is_none)
{
    const double wrong[] = {-1.0, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setting s = create("cpu", 0);
        clmlp_error failure = {.status = CLMLP_OK};
        s.config.input_scale_rate = wrong[i];
        cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, &failure), CLMLP_BAD_ARGUMENT);
        const char *const said = isinf(wrong[i]) ? "rate of the scale of the inputs is inf" : "the inputs' scale";
        cr_assert_not_null(strstr(failure.message, said), "%s", failure.message);
        destroy(&s);
    }
}
