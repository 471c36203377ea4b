/* checkpoint_runs.c - runs that are stopped and go on, for the tests of checkpoints. */
#include "checkpoint_runs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

char *read_file(const char *path, size_t *size)
{
    FILE *const file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *text = calloc(1, 1 << 20);
    *size = fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}

void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    (void)fclose(file);
}

/* Times differ from run to run. */
static char *read_history(const char *path)
{
    size_t size = 0;
    char *const text = read_file(path, &size);
    for (char *at = text; (at = strstr(at, "\"seconds\":")) != NULL;) {
        char *const end = strchr(at, '}');
        cr_assert_not_null(end);
        memmove(at, end, strlen(end) + 1);
    }
    return text;
}

setting make_setting(void)
{
    setting s = {.device = "cpu", .data = cloud_data(ROWS, WIDTH, CLASSES, 2),
                 .validation = cloud_data(80, WIDTH, CLASSES, 9), .config = clmlp_train_config_default()};
    s.config.epochs = EPOCHS;
    s.config.batch = BATCH;
    s.config.rate = 0.05;
    s.config.lambda = 0.3;
    s.config.validation = s.validation;
    return s;
}

void free_setting(setting *s)
{
    clmlp_dataset_destroy(s->data);
    clmlp_dataset_destroy(s->validation);
}

clmlp_model *new_model(const setting *s)
{
    clmlp_model *const model = model_for(s->data, (size_t[]){HIDDEN}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    OK(clmlp_model_fit_scaling(model, s->data, CLMLP_SCALE_STANDARD, error));
    return model;
}

outcome run_to_end(const setting *s, const char *resumed, const char *history)
{
    outcome o = {.result = {.size = sizeof o.result}};
    clmlp_model *model = NULL;
    clmlp_train_config config = s->config;
    if (resumed != NULL) OK(clmlp_model_load(&model, resumed, NULL, error));
    else model = new_model(s);
    clmlp_device *device = open_device(s->device, s->precision, s->memory);
    config.history_path = history;
    config.resume_path = resumed;
    OK(clmlp_train(model, device, s->data, NULL, &config, &o.result, error));
    cr_assert_eq(clmlp_model_parameters(model), sizeof o.theta / sizeof o.theta[0]);
    cr_assert_eq(o.result.streamed, s->memory != 0);
    memcpy(o.theta, model->theta, sizeof o.theta);
    if (history != NULL) o.history = read_history(history);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return o;
}

void stop_after(const setting *s, size_t steps, size_t more, const char *path, const char *history)
{
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = s->config;
    clmlp_model *const model = new_model(s);
    clmlp_device *const device = open_device(s->device, s->precision, s->memory);
    config.history_path = history;
    OK(clmlp_trainer_create(&trainer, model, device, s->data, NULL, &config, error));
    for (size_t i = 0; i < steps; i++) OK(clmlp_trainer_run_step(trainer, NULL, error));
    OK(clmlp_trainer_checkpoint(trainer, path, error));
    for (size_t i = 0; i < more; i++) OK(clmlp_trainer_run_step(trainer, NULL, error));
    clmlp_trainer_destroy(trainer);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
}

void expect_same(const outcome *a, const outcome *b, const char *what)
{
    for (size_t i = 0; i < sizeof a->theta / sizeof a->theta[0]; i++) {
        cr_assert_eq(memcmp(&a->theta[i], &b->theta[i], sizeof a->theta[i]), 0, "%s: theta %zu is %.17g, was %.17g",
                     what, i, b->theta[i], a->theta[i]);
    }
    cr_assert_eq(a->result.train.cost, b->result.train.cost, "%s: cost", what);
    cr_assert_eq(a->result.train.accuracy, b->result.train.accuracy, "%s: accuracy", what);
    cr_assert_eq(a->result.validation.cost, b->result.validation.cost, "%s: validation cost", what);
    cr_assert_eq(a->result.epochs, b->result.epochs, "%s: %zu and %zu epochs", what, a->result.epochs,
                 b->result.epochs);
    cr_assert_eq(a->result.steps, b->result.steps, "%s: %zu and %zu steps", what, a->result.steps, b->result.steps);
    cr_assert_eq(a->result.good_epochs, b->result.good_epochs, "%s: good epochs", what);
    cr_assert_eq(a->result.best_epoch, b->result.best_epoch, "%s: best epoch %zu, was %zu", what, b->result.best_epoch,
                 a->result.best_epoch);
    cr_assert(a->result.best_epoch == 0 || a->result.best == b->result.best, "%s: best value", what);
    cr_assert_eq(a->result.stopped_early, b->result.stopped_early, "%s: stopped early", what);
    cr_assert_str_eq(a->history, b->history, "%s: history", what);
}

void expect_refused(const setting *s, const char *path, const char *history, const char *message)
{
    clmlp_error why = {.message = ""};
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = s->config;
    clmlp_model *const model = new_model(s), *const before = new_model(s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    config.resume_path = path;
    config.history_path = history;
    cr_assert_eq(clmlp_trainer_create(&trainer, model, device, s->data, NULL, &config, &why), CLMLP_BAD_INPUT, "%s: %s",
                 message, why.message);
    cr_assert_not_null(strstr(why.message, message), "expected '%s' in\n%s", message, why.message);
    cr_assert_null(trainer);
    cr_assert_eq(memcmp(model->theta, before->theta, clmlp_model_parameters(model) * sizeof(double)), 0);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_model_destroy(before);
}
