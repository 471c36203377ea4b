/* self_check_wrong.c - self-checks in training: what is wrong is caught and handled, by a device or the mathematics. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "self_checked.h"
#include "steps.h"
#include "verify/step/bundle.h"

typedef struct fault {
    const char *file, *from, *to, *engine;
    clmlp_quantity quantity;
    size_t layer, step; /* of the first failure */
} fault;

static const fault faults[] = {
    {"common/update.h", "theta - RATE * slope", "theta - RATE * slope * (REAL)1.001", "native",
     CLMLP_QUANTITY_THETA, 1, 1},
    {"native_cpu/layers.cl", "fma(a_splat, b_row[v]", "fma(a_splat, b_row[v] * (REAL)1.0001", "native",
     CLMLP_QUANTITY_A, 2, 1},
    {"native_cpu/layers.cl", "acc[r][v] * slope", "acc[r][v] + slope", "native", CLMLP_QUANTITY_DELTA, 2, 1},
    {"native_cpu/descend.cl", "if (i < args->s_in) slope +=", "slope +=", "native",
     CLMLP_QUANTITY_THETA, 1, 2}, /* a bias is 0 before the first step */
    {"native_cpu/layers.cl", "acc[r][v] * slope", "acc[r][v] * slope / ZERO * ZERO", "native",
     CLMLP_QUANTITY_DELTA, 2, 1},
    {"plain/activation.cl", "*= derivative", "*= (REAL)1.001F * derivative", "clblast",
     CLMLP_QUANTITY_DELTA, 2, 1},
};

static void plant(const fault *f)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("self-check", f->file, f->from, f->to);
}

Test(self_check, stops_at_the_first_wrong_step_and_names_what_is_wrong)
{
    char *const bundle = scratch_file("self-check-stop.safetensors");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, bundle);
        char expected[64], spec[32];
        (void)snprintf(spec, sizeof spec, "opencl+%s", faults[i].engine);
        (void)remove(bundle);
        plant(&faults[i]);
        const outcome out = train(spec, CLMLP_F32, training(BATCH), CLMLP_TANH, &all);
        cr_assert_eq(out.status, CLMLP_MISMATCH, "'%s' passed", faults[i].to);
        cr_assert_eq(out.check.checked, faults[i].step, "'%s': %s", faults[i].to, out.message);
        cr_assert_eq(out.check.failed, 1);
        cr_assert_eq(out.check.first_failure.quantity, faults[i].quantity, "'%s': %s", faults[i].to, out.message);
        cr_assert_eq(out.check.first_failure.layer, faults[i].layer, "'%s': %s", faults[i].to, out.message);
        cr_assert_eq(out.check.first_failure.step, faults[i].step);
        cr_assert_eq(out.result.steps, faults[i].step - 1);
        cr_assert(out.check.max_of_bound > 1.0);
        (void)snprintf(expected, sizeof expected, "step %zu: %s(%zu)", faults[i].step,
                       clmlp_quantity_name(faults[i].quantity), faults[i].layer);
        cr_assert_not_null(strstr(out.message, expected), "%s", out.message);
        cr_assert(out.check.bundle_written);
    }
    free(bundle);
}

/* Kernels of a scale of the inputs. s is 1 in the first step, so that a factor which is left out shows in the second.
 * What is saved is wrong again where the fault is, and right elsewhere. */
Test(self_check, catches_what_is_wrong_with_a_scale_of_the_inputs)
{
    static const fault of_scale[] = {
        {"plain/input_scale.cl", "sum += slope", "sum += (REAL)1.001F * slope", "clblast",
         CLMLP_QUANTITY_SCALE_GRADIENT, 1, 1},
        {"plain/input_scale.cl", "= slope * factor", "= slope", "native", CLMLP_QUANTITY_RAW_GRADIENT, 1, 2},
        {"plain/input_scale.cl", "theta[PLACE(j, i)] * scale[i * scale_row];", "theta[PLACE(j, i)];", "native",
         CLMLP_QUANTITY_THETA, 1, 1},
    };
    char *const bundle = scratch_file("self-check-scale.safetensors");
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, bundle);
    for (size_t i = 0; i < sizeof of_scale / sizeof *of_scale; i++) {
        char spec[32];
        (void)snprintf(spec, sizeof spec, "opencl+%s", of_scale[i].engine);
        plant(&of_scale[i]);
        const outcome out = train(spec, CLMLP_F32, recipe(true, false), CLMLP_SELU, &all);
        const clmlp_finding *const failure = &out.check.first_failure;
        cr_assert_eq(out.status, CLMLP_MISMATCH, "'%s' passed", of_scale[i].to);
        cr_assert_eq(failure->quantity, of_scale[i].quantity, "'%s': %s", of_scale[i].to, out.message);
        cr_assert_eq(failure->step, of_scale[i].step, "'%s': %s", of_scale[i].to, out.message);
        cr_assert_eq(failure->layer, 1);
        for (int wrong = 0; wrong < 2; wrong++) {
            clmlp_replay_result *result = NULL;
            clmlp_device *device = open_device(wrong ? spec : "cpu", CLMLP_F32, 0);
            OK(clmlp_verify_replay(bundle, device, &result, error));
            cr_assert_eq(result->here.passed, !wrong, "'%s'", of_scale[i].to);
            cr_assert(result->reference_finite);
            if (wrong) {
                /* gradients have wider bounds in training, so that another element may be the worst */
                const bool same = failure->quantity != CLMLP_QUANTITY_THETA ||
                                  result->here.first_failure->found == failure->found;
                cr_assert_eq(result->here.first_failure->quantity, failure->quantity);
                cr_assert(same, "another number than in training");
            }
            clmlp_replay_result_destroy(result);
            clmlp_device_close(device);
        }
    }
    free(bundle);
}

/* Without a fault the bundle is right anywhere; with it, the same tensor is wrong again. */
Test(self_check, saves_a_step_that_can_be_replayed)
{
    char *const bundle = scratch_file("self-check-replay.safetensors");
    const clmlp_self_check_config third = checking(3, CLMLP_MISMATCH_STOP, bundle);
    plant(&faults[0]);
    const outcome out = train("opencl+native", CLMLP_F32, training(BATCH), CLMLP_TANH, &third);
    cr_assert_eq(out.status, CLMLP_MISMATCH);
    const size_t step = out.check.first_failure.step;
    cr_assert_eq(out.result.steps, step - 1);
    for (int wrong = 0; wrong < 2; wrong++) {
        clmlp_replay_result *result = NULL;
        clmlp_device *device = open_device(wrong ? "opencl+native" : "cpu", CLMLP_F32, 0);
        OK(clmlp_verify_replay(bundle, device, &result, error));
        cr_assert_eq(result->info.step, step);
        cr_assert_eq(strncmp(result->info.why, "self-check: step ", 17), 0, "%s", result->info.why);
        cr_assert_str_eq(result->info.engine, "native");
        cr_assert(result->reference_finite);
        cr_assert_eq(result->here.passed, !wrong);
        if (wrong) {
            const clmlp_finding *const again = result->here.first_failure;
            cr_assert_eq(again->quantity, CLMLP_QUANTITY_THETA);
            cr_assert_eq(again->layer, 1);
            cr_assert_eq(again->worst, out.check.first_failure.worst);
            cr_assert_eq(again->found, out.check.first_failure.found, "another number than in training");
        }
        clmlp_replay_result_destroy(result);
        clmlp_device_close(device);
    }
    free(bundle);
}

static size_t told, told_step;

static void count_finding(const clmlp_finding *finding, void *context)
{
    (void)context;
    cr_assert_gt(finding->failed, 0);
    told++;
    told_step = finding->step;
}

Test(self_check, warns_and_goes_on)
{
    clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_WARN, NULL);
    all.on_finding.function = count_finding;
    plant(&faults[0]);
    const outcome plain = train("opencl+native", CLMLP_F32, training(BATCH), CLMLP_TANH, NULL);
    const outcome out = train("opencl+native", CLMLP_F32, training(BATCH), CLMLP_TANH, &all);
    cr_assert_eq(out.status, CLMLP_OK, "%s", out.message);
    cr_assert_eq(out.result.epochs, EPOCHS);
    cr_assert_eq(out.check.failed, EPOCHS * PER_EPOCH);
    cr_assert_eq(out.check.first_failure.step, 1);
    cr_assert_geq(told, EPOCHS * PER_EPOCH);
    cr_assert_eq(told_step, EPOCHS * PER_EPOCH);
    cr_assert_not(out.check.bundle_written);
    cr_assert_eq(memcmp(plain.theta, out.theta, sizeof plain.theta), 0);
}

Test(self_check, goes_on_on_the_cpu_path)
{
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_CPU, NULL);
    const outcome right = train("cpu", CLMLP_F32, training(BATCH), CLMLP_TANH, NULL);
    plant(&faults[0]);
    const outcome out = train("opencl+native", CLMLP_F32, training(BATCH), CLMLP_TANH, &all);
    cr_assert_eq(out.status, CLMLP_OK, "%s", out.message);
    cr_assert(out.check.on_cpu);
    cr_assert_eq(out.check.checked, 1);
    cr_assert_eq(out.result.steps, EPOCHS * PER_EPOCH);
    cr_assert_eq(memcmp(right.theta, out.theta, sizeof right.theta), 0, "not what the CPU path alone gives");
    cr_assert_eq(right.result.train.cost, out.result.train.cost);
}

Test(self_check, says_why_the_step_could_not_be_saved)
{
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, "/nonexistent/folder/bundle");
    plant(&faults[0]);
    const outcome out = train("opencl+native", CLMLP_F32, training(BATCH), CLMLP_TANH, &all);
    cr_assert_eq(out.status, CLMLP_MISMATCH);
    cr_assert_not(out.check.bundle_written);
    cr_assert_not_null(strstr(out.check.why_no_bundle, "/nonexistent/folder/bundle"), "%s", out.check.why_no_bundle);
    cr_assert_not_null(strstr(out.message, "the step is not saved"), "%s", out.message);
}

/* A sum of two vectors with the wrong sign: from the first iteration on. */
Test(self_check, finds_a_wrong_vector_of_a_minimiser_and_acts)
{
    plant_fault("self-check-vectors", "plain/vectors.cl", "if (y) value += b_y;", "if (y) value -= b_y;");
    for (int action = 0; action < CLMLP_MISMATCH_COUNT; action++) {
        const clmlp_self_check_config all =
            checking(1, (clmlp_on_mismatch)action, TEST_SCRATCH_DIR "/self-check-minimiser.safetensors");
        clmlp_train_config config = training(0);
        config.minimiser = CLMLP_LBFGS;
        const outcome found = train("opencl+clblast", CLMLP_F32, config, CLMLP_TANH, &all);
        cr_assert_gt(found.check.failed, 0, "%d", action);
        cr_assert_eq(found.check.first_failure.quantity, CLMLP_QUANTITY_THETA);
        cr_assert_eq(found.check.first_failure.step, 1);
        cr_assert_str_eq(found.check.first_failure.kernel, "combine");
        cr_assert(found.check.bundle_written, "%s", found.check.why_no_bundle);
        if (action == CLMLP_MISMATCH_STOP) cr_assert_eq(found.status, CLMLP_MISMATCH, "%s", found.message);
        if (action != CLMLP_MISMATCH_CPU) continue;
        /* it began there, and so did it here */
        const outcome right = train("cpu", CLMLP_F32, config, CLMLP_TANH, NULL);
        cr_assert_eq(found.status, CLMLP_OK, "%s", found.message);
        cr_assert(found.check.on_cpu);
        cr_assert_eq(found.result.iterations, right.result.iterations);
        cr_assert_eq(memcmp(found.theta, right.theta, sizeof right.theta), 0);
    }
}

/* --- divergence ----------------------------------------------------------------------------------------------- */

/* What a replay of the step that a run saved says, on the device that it was made on. */
static clmlp_replay_result *diverge(double rate, clmlp_activation activation, const char *spec, const char *name)
{
    char *const bundle = scratch_file(name);
    const clmlp_self_check_config none = checking(0, CLMLP_MISMATCH_STOP, bundle);
    clmlp_train_config config = training(BATCH);
    clmlp_replay_result *result = NULL;
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    (void)remove(bundle);
    config.rate = rate;
    config.epochs = 100;
    const outcome out = train(spec, CLMLP_F32, config, activation, &none);
    cr_assert_eq(out.status, CLMLP_DIVERGED, "%s", spec);
    cr_assert(out.check.bundle_written, "%s: %s", spec, out.message);
    cr_assert_eq(out.check.checked, 0);
    OK(clmlp_verify_replay(bundle, device, &result, error));
    cr_assert_eq(strncmp(result->info.why, "diverged: step ", 15), 0, "%s", result->info.why);
    clmlp_device_close(device);
    free(bundle);
    return result;
}

Test(self_check, saves_the_step_in_which_the_mathematics_diverged)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_replay_result *result = diverge(1e6, CLMLP_LINEAR, devices[d], "self-check-diverged.safetensors");
        cr_assert_not(result->reference_finite, "%s", devices[d]);
        cr_assert(result->here.passed, "%s: %s(%zu): found %g, expected %g", devices[d],
                  clmlp_quantity_name(result->here.first_failure->quantity), result->here.first_failure->layer,
                  result->here.first_failure->found, result->here.first_failure->expected);
        clmlp_replay_result_destroy(result);
    }
}

/* Numbers beyond all bounds are nobody's fault, however they came to be. */
Test(self_check, blames_no_device_while_the_mathematics_diverges)
{
    static const double rates[] = {30.0, 1e3, 1e6, 1e20, 1e37};
    static const clmlp_activation activations[] = {CLMLP_LINEAR, CLMLP_RELU, CLMLP_TANH};
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, NULL);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT * 5 * 3 * 2; i++) {
        const char *const spec = devices[i % TEST_SUBJECT_COUNT];
        const double rate = rates[i / TEST_SUBJECT_COUNT % 5];
        const clmlp_activation activation = activations[i / TEST_SUBJECT_COUNT / 5 % 3];
        clmlp_train_config config = training(i / TEST_SUBJECT_COUNT / 15 ? 0 : BATCH);
        config.rate = rate;
        config.epochs = 12;
        const outcome out = train(spec, CLMLP_F32, config, activation, &all);
        cr_assert(out.status == CLMLP_OK || out.status == CLMLP_DIVERGED, "%s, rate %g, %s: %s", spec, rate,
                  clmlp_activation_name(activation), out.message);
        cr_assert_eq(out.check.failed, 0);
    }
}

Test(self_check, blames_no_device_where_a_scale_of_the_inputs_or_clipping_diverges)
{
    static const double rates[] = {30.0, 1e6, 1e20, 1e37};
    const clmlp_self_check_config all = checking(1, CLMLP_MISMATCH_STOP, NULL);
    for (size_t i = 0; i < TEST_SUBJECT_COUNT * 4 * 3; i++) {
        const char *const spec = devices[i % TEST_SUBJECT_COUNT];
        clmlp_train_config config = training(BATCH);
        config.rate = rates[i / TEST_SUBJECT_COUNT % 4];
        config.input_scale_rate = i / TEST_SUBJECT_COUNT / 4 < 2 ? 1.0 : 0.0;
        config.clip_norm = i / TEST_SUBJECT_COUNT / 4 > 0 ? 1.0 : 0.0;
        config.epochs = 12;
        const outcome out = train(spec, CLMLP_F32, config, CLMLP_RELU, &all);
        cr_assert(out.status == CLMLP_OK || out.status == CLMLP_DIVERGED, "%s, rate %g, %zu: %s", spec, config.rate,
                  i / TEST_SUBJECT_COUNT / 4, out.message);
        cr_assert_eq(out.check.failed, 0);
    }
}

Test(self_check, saves_the_step_in_which_the_device_went_wrong)
{
    plant(&faults[4]);
    clmlp_replay_result *result = diverge(0.5, CLMLP_TANH, "opencl+native", "self-check-device.safetensors");
    cr_assert(result->reference_finite);
    cr_assert_not(result->here.passed);
    cr_assert_eq(result->here.first_failure->quantity, CLMLP_QUANTITY_DELTA);
    cr_assert_eq(result->info.step, 1);
    clmlp_replay_result_destroy(result);
}
