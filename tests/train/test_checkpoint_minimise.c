/* test_checkpoint_minimise.c - lbfgs and cg, stopped between iterations and within one, go on to the same bits. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "checkpoint_runs.h"
#include "networks.h"
#include "share.h"

enum { ITERATIONS = 12 };

static const clmlp_minimiser minimisers[] = {CLMLP_LBFGS, CLMLP_CG};

/* Few examples, for there are many iterations; three pairs, so that the oldest ones are forgotten soon. */
static setting make_minimisation(clmlp_minimiser minimiser)
{
    setting s = make_setting();
    clmlp_dataset_destroy(s.data);
    s.data = cloud_data(150, WIDTH, CLASSES, 2);
    s.config.minimiser = minimiser;
    s.config.lbfgs_pairs = minimiser == CLMLP_LBFGS ? 3 : 0;
    s.config.batch = 0;
    s.config.epochs = ITERATIONS;
    s.config.keep_best = true;
    return s;
}

static void expect_same_end(const outcome *whole, const outcome *parts, const char *what)
{
    expect_same(whole, parts, what);
    cr_assert_eq(whole->result.iterations, parts->result.iterations, "%s: %zu iterations, were %zu", what,
                 parts->result.iterations, whole->result.iterations);
    cr_assert_eq(whole->result.evaluations, parts->result.evaluations, "%s: %zu evaluations, were %zu", what,
                 parts->result.evaluations, whole->result.evaluations);
    cr_assert_eq(whole->result.end, parts->result.end, "%s: %s", what,
                 clmlp_minimiser_end_text(parts->result.end));
}

static void stop_between_iterations(const setting *s, const char *name)
{
    static const size_t places[] = {0, 1, 2, 4, 7, ITERATIONS - 1, ITERATIONS};
    outcome whole = run_to_end(s, NULL, FILE_OF("whole.jsonl"));
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char what[160];
        (void)snprintf(what, sizeof what, "%s, stopped after %zu iterations", name, places[i]);
        stop_after(s, places[i], places[i] < ITERATIONS, FILE_OF("stopped"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(s, FILE_OF("stopped"), FILE_OF("stopped.jsonl"));
        expect_same_end(&whole, &parts, what);
        free(parts.history);
    }
    free(whole.history);
}

Test(checkpoint_minimise, goes_on_to_the_same_bits)
{
    static const char *const devices[] = TEST_SUBJECTS;
    const size_t first = getenv("CLMLP_NATIVE_FAMILY") != NULL ? TEST_SUBJECT_COUNT - 1 : 0;
    share list = share_of("minimisers, devices, precisions", 2 * (TEST_SUBJECT_COUNT - first) * CLMLP_PRECISION_COUNT);
    for (size_t k = 0; k < sizeof minimisers / sizeof minimisers[0]; k++) {
        setting s = make_minimisation(minimisers[k]);
        for (size_t d = first; d < TEST_SUBJECT_COUNT; d++) {
            for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
                char name[128];
                s.device = devices[d];
                s.precision = (clmlp_precision)precision;
                (void)snprintf(name, sizeof name, "%s, %s, %s", clmlp_minimiser_name(minimisers[k]), devices[d],
                               clmlp_precision_name(s.precision));
                if (share_takes(&list, name)) stop_between_iterations(&s, name);
            }
        }
        free_setting(&s);
    }
}

/* --- within an iteration ----------------------------------------------------------------------------------------- */

/* The backend of a device whose sums are counted: with the one of `stop_at`, somebody wants to stop. */
static struct {
    const clmlp_backend_ops *real;
    clmlp_backend_ops ops;
    clmlp_cancel *cancel;
    size_t count, stop_at;
} counted;

static clmlp_status count_sums(clmlp_backend *backend, size_t first, size_t count, double *sums, clmlp_error *error)
{
    if (++counted.count == counted.stop_at) clmlp_cancel_request(counted.cancel);
    return counted.real->sums_read(backend, first, count, sums, error);
}

/* From the start; the checkpoint is written when training ends or is stopped. */
static clmlp_status run_until(const setting *s, size_t stop_at, clmlp_train_result *result)
{
    clmlp_error why = {.message = ""};
    clmlp_train_config config = s->config;
    clmlp_model *const model = new_model(s);
    clmlp_device *const device = open_device(s->device, s->precision, 0);
    counted.real = device->backend->ops;
    counted.ops = *counted.real;
    counted.ops.sums_read = count_sums;
    counted.count = 0;
    counted.stop_at = stop_at;
    device->backend->ops = &counted.ops;
    OK(clmlp_cancel_create(&counted.cancel, error));
    config.cancel = counted.cancel;
    config.history_path = FILE_OF("stopped.jsonl");
    config.checkpoint_path = FILE_OF("stopped");
    config.checkpoint_epochs = 100000;
    const clmlp_status status = clmlp_train(model, device, s->data, NULL, &config, result, &why);
    cr_assert(status == CLMLP_OK || status == CLMLP_INTERRUPTED, "%s", why.message);
    clmlp_cancel_destroy(counted.cancel);
    device->backend->ops = counted.real;
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return status;
}

Test(checkpoint_minimise, of_an_iteration_that_was_cut_short_is_that_of_its_start)
{
    for (size_t k = 0; k < sizeof minimisers / sizeof minimisers[0]; k++) {
        setting s = make_minimisation(minimisers[k]);
        s.precision = CLMLP_F64;
        s.config.epochs = 8;
        outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
        clmlp_status status = CLMLP_INTERRUPTED;
        size_t stop_at = 1;
        for (; status == CLMLP_INTERRUPTED; stop_at++) {
            clmlp_train_result result = {.size = sizeof result};
            char what[128];
            (void)snprintf(what, sizeof what, "%s, stopped at sum %zu", clmlp_minimiser_name(minimisers[k]), stop_at);
            status = run_until(&s, stop_at, &result);
            outcome parts = run_to_end(&s, FILE_OF("stopped"), FILE_OF("stopped.jsonl"));
            expect_same_end(&whole, &parts, what);
            free(parts.history);
        }
        cr_assert_gt(stop_at, whole.result.evaluations);
        free(whole.history);
        free_setting(&s);
    }
}

/* --- at the end -------------------------------------------------------------------------------------------------- */

Test(checkpoint_minimise, of_a_minimum_has_nothing_left)
{
    for (size_t k = 0; k < sizeof minimisers / sizeof minimisers[0]; k++) {
        setting s = make_minimisation(minimisers[k]);
        clmlp_train_result result = {.size = sizeof result};
        s.config.epochs = 5000;
        s.config.lambda = 20.0;
        cr_assert_eq(run_until(&s, 0, &result), CLMLP_OK);
        cr_assert(result.end == CLMLP_END_DECREASE || result.end == CLMLP_END_GRADIENT);
        cr_assert_lt(result.epochs, 5000);
        outcome again = run_to_end(&s, FILE_OF("stopped"), FILE_OF("stopped.jsonl"));
        cr_assert_eq(again.result.end, result.end);
        cr_assert_eq(again.result.epochs, result.epochs);
        cr_assert_eq(again.result.evaluations, result.evaluations);
        cr_assert_eq(again.result.train.cost, result.train.cost);
        free(again.history);
        free_setting(&s);
    }
}

/* f64 goes on from where f32 finds nothing lower. */
Test(checkpoint_minimise, of_a_minimum_in_float_goes_on_in_double)
{
    for (size_t k = 0; k < sizeof minimisers / sizeof minimisers[0]; k++) {
        setting s = make_minimisation(minimisers[k]);
        clmlp_train_result result = {.size = sizeof result};
        s.precision = CLMLP_F32;
        s.config.epochs = 5000;
        s.config.lambda = 2.0;
        cr_assert_eq(run_until(&s, 0, &result), CLMLP_OK);
        cr_assert(result.end == CLMLP_END_DECREASE, "%s", clmlp_minimiser_end_text(result.end));
        s.precision = CLMLP_F64;
        outcome more = run_to_end(&s, FILE_OF("stopped"), FILE_OF("stopped.jsonl"));
        cr_assert(more.result.iterations > result.iterations && more.result.evaluations > result.evaluations,
                  "%s: %zu iterations, were %zu", clmlp_minimiser_name(minimisers[k]), more.result.iterations,
                  result.iterations);
        cr_assert_neq(more.result.end, CLMLP_END_ITERATIONS);
        free(more.history);
        free_setting(&s);
    }
}

Test(checkpoint_minimise, goes_on_over_more_iterations)
{
    for (size_t k = 0; k < sizeof minimisers / sizeof minimisers[0]; k++) {
        setting s = make_minimisation(minimisers[k]);
        clmlp_train_result result = {.size = sizeof result};
        outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
        s.config.epochs = ITERATIONS / 2;
        cr_assert_eq(run_until(&s, 0, &result), CLMLP_OK);
        cr_assert_eq(result.end, CLMLP_END_ITERATIONS);
        s.config.epochs = ITERATIONS;
        outcome parts = run_to_end(&s, FILE_OF("stopped"), FILE_OF("stopped.jsonl"));
        /* the first part tells of epochs that it had fewer of */
        expect_same_end(&whole, &parts, clmlp_minimiser_name(minimisers[k]));
        free(whole.history);
        free(parts.history);
        free_setting(&s);
    }
}

/* --- what is refused --------------------------------------------------------------------------------------------- */

Test(checkpoint_minimise, of_another_method_is_refused)
{
    setting s = make_minimisation(CLMLP_LBFGS);
    stop_after(&s, 5, 0, FILE_OF("refused.safetensors"), NULL);
    s.config.minimiser = CLMLP_CG;
    expect_refused(&s, FILE_OF("refused.safetensors"), NULL, "is of a run with --optimizer lbfgs, and cannot go on "
                   "with cg");
    s.config.minimiser = CLMLP_NO_MINIMISER;
    expect_refused(&s, FILE_OF("refused.safetensors"), NULL, "is of a run with --optimizer lbfgs, and cannot go on "
                   "with sgd");
    s.config.minimiser = CLMLP_LBFGS;
    s.config.lbfgs_pairs = 4;
    expect_refused(&s, FILE_OF("refused.safetensors"), NULL, "is of a run with --lbfgs-pairs 3, and cannot go on with "
                   "4");
    free_setting(&s);
}

/* Counts that say which arrays there are. */
Test(checkpoint_minimise, that_is_damaged_is_refused)
{
    static const char *const keys[] = {"pairs", "begun", "has_direction", "evaluations"};
    setting s = make_minimisation(CLMLP_LBFGS);
    size_t size = 0;
    stop_after(&s, 5, 0, FILE_OF("refused.safetensors"), NULL);
    char *const bytes = read_file(FILE_OF("refused.safetensors"), &size);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "clmlp.checkpoint.%s\":\"", keys[i]);
        char *const at = strstr(bytes + 8, key);
        cr_assert_not_null(at, "%s", key);
        char *const digit = at + strlen(key);
        const char right = *digit;
        *digit = right == '9' ? '8' : '9';
        write_file(FILE_OF("refused.safetensors"), bytes, size);
        expect_refused(&s, FILE_OF("refused.safetensors"), NULL, "refused.safetensors: damaged: ");
        *digit = right;
    }
    free(bytes);
    free_setting(&s);
}
