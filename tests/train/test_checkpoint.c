/* test_checkpoint.c - a run that was stopped and goes on ends as the one that was not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "checkpoint_runs.h"
#include "model/model.h"
#include "networks.h"
#include "share.h"

/* Stopped at the start, at the end of an epoch, at the end, and where chance wants. */
static void stop_everywhere(const setting *s, const char *what, uint64_t seed)
{
    char text[160];
    outcome whole = run_to_end(s, NULL, FILE_OF("whole.jsonl"));
    size_t places[] = {0, PER_EPOCH, STEPS, (size_t)clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, 1, 0) % STEPS,
                       (size_t)clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, 2, 0) % STEPS};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const size_t more = (STEPS - places[i]) / 2;
        (void)snprintf(text, sizeof text, "%s, stopped after %zu of %d steps", what, places[i], STEPS);
        stop_after(s, places[i], more, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        expect_same(&whole, &parts, text);
        free(parts.history);
    }
    free(whole.history);
}

Test(checkpoint, goes_on_to_the_same_bits)
{
    static const char *const devices[] = TEST_SUBJECTS;
    /* kernels of a family that was chosen are those of one engine alone */
    const size_t first = getenv("CLMLP_NATIVE_FAMILY") != NULL ? TEST_SUBJECT_COUNT - 1 : 0;
    setting s = make_setting();
    static const double dropout[] = {0.25};
    share list = share_of("rules, devices, precisions, resident and streamed, with and without dropout",
                          (size_t)CLMLP_OPTIMIZER_COUNT * (TEST_SUBJECT_COUNT - first) * CLMLP_PRECISION_COUNT * 4);
    uint64_t seed = 0;
    for (int rule = 0; rule < CLMLP_OPTIMIZER_COUNT; rule++) {
        for (size_t d = first; d < TEST_SUBJECT_COUNT; d++) {
            for (int i = 0; i < CLMLP_PRECISION_COUNT * 4; i++) {
                const clmlp_precision precision = (clmlp_precision)(i / 4);
                const bool streamed = i / 2 % 2 == 1, drops = i % 2 == 1;
                char what[128];
                (void)snprintf(what, sizeof what, "%s, %s, %s%s%s", clmlp_optimizer_name((clmlp_optimizer)rule),
                               devices[d], clmlp_precision_name(precision), streamed ? ", streamed" : "",
                               drops ? ", dropout" : "");
                seed++;
                if (!share_takes(&list, what)) continue;
                s.device = devices[d];
                s.precision = precision;
                s.config.optimizer = (clmlp_optimizer)rule;
                s.config.dropout = drops ? dropout : NULL;
                s.config.dropout_count = drops;
                s.memory = streamed ? (precision == CLMLP_F64 ? 1400000 : 700000) : 0;
                stop_everywhere(&s, what, seed);
            }
        }
    }
    free_setting(&s);
}

Test(checkpoint, goes_on_to_the_same_bits_in_full_batches_and_in_order)
{
    setting s = make_setting();
    s.config.shuffle = false;
    for (int full = 0; full < 2; full++) {
        s.config.batch = full ? 0 : 100;
        outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
        stop_after(&s, 3, 0, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(&s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        expect_same(&whole, &parts, full ? "full batch" : "in order");
        free(whole.history);
        free(parts.history);
    }
    free_setting(&s);
}

/* Early stopping counts from where it was, and the best theta is that of then. */
Test(checkpoint, keeps_the_best_theta_and_the_patience)
{
    static const char *const devices[] = TEST_SUBJECTS;
    setting s = make_setting();
    char text[160];
    s.config.rate = 2.0;
    s.config.epochs = 40;
    s.config.early_stopping = 3;
    s.config.monitor = "log_loss";
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        s.device = devices[d];
        outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
        cr_assert(whole.result.stopped_early && whole.result.best_epoch == whole.result.epochs - 3);
        for (size_t steps = 9; steps <= whole.result.steps; steps += steps < whole.result.steps - 60 ? 97 : 29) {
            (void)snprintf(text, sizeof text, "%s, stopped after %zu of %zu steps", devices[d], steps,
                           whole.result.steps);
            stop_after(&s, steps, 0, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
            outcome parts = run_to_end(&s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
            expect_same(&whole, &parts, text);
            free(parts.history);
        }
        stop_after(&s, whole.result.steps, 0, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(&s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        expect_same(&whole, &parts, "stopped where it stopped");
        free(parts.history);
        free(whole.history);
    }
    free_setting(&s);
}

/* lambda alone makes theta grow 2.5 times a step: it ends worse than guessing, or not finite. */
static void diverge(setting *s, const char *resumed, char message[CLMLP_ERROR_LENGTH], double *theta)
{
    clmlp_error why = {.message = ""};
    clmlp_model *model = NULL;
    if (resumed != NULL) OK(clmlp_model_load(&model, resumed, NULL, error));
    else model = new_model(s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s->config.resume_path = resumed;
    cr_assert_eq(clmlp_train(model, device, s->data, NULL, &s->config, NULL, &why), CLMLP_DIVERGED, "%s", why.message);
    (void)strcpy(message, why.message);
    memcpy(theta, model->theta, clmlp_model_parameters(model) * sizeof *theta);
    s->config.resume_path = NULL;
    clmlp_device_close(device);
    clmlp_model_destroy(model);
}

/* What tells that training diverged, and the last good theta, may be older than the checkpoint. */
Test(checkpoint, of_a_run_that_diverges_later_ends_as_that_run)
{
    static const size_t places[] = {2, PER_EPOCH - 1, PER_EPOCH, PER_EPOCH + 11, 2 * PER_EPOCH};
    setting s = make_setting();
    char whole[CLMLP_ERROR_LENGTH], parts[CLMLP_ERROR_LENGTH];
    outcome a, b;
    s.config.rate = 10.0;
    s.config.lambda = 900.0;
    for (size_t epochs = 2; epochs <= 30; epochs += 28) {
        s.config.epochs = epochs;
        diverge(&s, NULL, whole, a.theta);
        cr_assert_not_null(strstr(whole, epochs == 2 ? "the cost went from " : "is not finite"), "%s", whole);
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            stop_after(&s, places[i], 0, FILE_OF("stopped.safetensors"), NULL);
            diverge(&s, FILE_OF("stopped.safetensors"), parts, b.theta);
            cr_assert_str_eq(whole, parts, "stopped after %zu steps: %s\n%s", places[i], whole, parts);
            cr_assert_eq(memcmp(a.theta, b.theta, sizeof a.theta), 0, "stopped after %zu steps", places[i]);
        }
    }
    free_setting(&s);
}

/* x = 0, so only the lambda term moves w: it falls from far above guessing, which is no divergence. */
Test(checkpoint, knows_the_lambda_term_that_training_began_with)
{
    enum { FEW = 8 };
    const double nothing[FEW] = {0}, y[FEW] = {1, 1, -1, -1, 1, 1, -1, -1};
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL;
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_device *const device = open_device("cpu", CLMLP_F64, 0);
    config.rate = 0.375; /* w becomes -7/8 w */
    config.lambda = 5.0 * FEW;
    config.epochs = 3;
    config.batch = 0;
    OK(clmlp_dataset_create(&data, FEW, 1, nothing, 1, y, error));
    OK(clmlp_model_create_for(&model, data, NULL, 0, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, 1, error));
    OK(clmlp_model_set_theta(model, 1, (double[]){0.0, 100.0}, error));
    OK(clmlp_trainer_create(&trainer, model, device, data, NULL, &config, error));
    OK(clmlp_trainer_run_epoch(trainer, error));
    OK(clmlp_trainer_checkpoint(trainer, FILE_OF("lambda.safetensors"), error));
    clmlp_trainer_destroy(trainer);
    config.resume_path = FILE_OF("lambda.safetensors");
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
