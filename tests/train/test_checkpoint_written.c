/* test_checkpoint_written.c - when a checkpoint is written, and that it is a model. */
#include <criterion/criterion.h>
#include <string.h>

#include "checkpoint_runs.h"
#include "model/model.h"
#include "networks.h"

Test(checkpoint_written, is_a_model)
{
    setting s = make_setting();
    clmlp_trainer *trainer = NULL;
    clmlp_model *const model = new_model(&s), *saved = NULL, *loaded = NULL;
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s.config.optimizer = CLMLP_MOMENTUM;
    OK(clmlp_trainer_create(&trainer, model, device, s.data, NULL, &s.config, error));
    OK(clmlp_trainer_run_step(trainer, NULL, error));
    OK(clmlp_trainer_checkpoint(trainer, FILE_OF("is.checkpoint"), error));
    OK(clmlp_trainer_save(trainer, FILE_OF("is.model"), error));
    OK(clmlp_model_load(&loaded, FILE_OF("is.checkpoint"), NULL, error));
    OK(clmlp_model_load(&saved, FILE_OF("is.model"), NULL, error));
    cr_assert_eq(memcmp(saved->theta, loaded->theta, clmlp_model_parameters(model) * sizeof(double)), 0);
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    OK(clmlp_file_kind_of(&kind, FILE_OF("is.checkpoint"), error));
    cr_assert_eq(kind, CLMLP_FILE_CHECKPOINT);
    clmlp_trainer_destroy(trainer);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_model_destroy(saved);
    clmlp_model_destroy(loaded);
    free_setting(&s);
}

typedef struct diary {
    size_t count, epochs[16], steps[16];
    size_t calls, ask_at; /* of the question whether one is wanted */
    bool asked;
} diary;

static void note_event(const clmlp_checkpoint_event *event, void *context)
{
    diary *const d = context;
    cr_assert(event->saved);
    cr_assert_lt(d->count, 16);
    d->epochs[d->count] = event->epochs;
    d->steps[d->count++] = event->steps;
    d->asked = d->asked || event->asked;
}

static bool ask(void *context)
{
    diary *const d = context;
    return ++d->calls == d->ask_at;
}

static diary train_with(setting *s, size_t every, double seconds, size_t ask_at)
{
    diary d = {.ask_at = ask_at};
    clmlp_model *const model = new_model(s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s->config.checkpoint_path = FILE_OF("when.safetensors");
    s->config.checkpoint_epochs = every;
    s->config.checkpoint_seconds = seconds;
    s->config.on_checkpoint = (clmlp_on_checkpoint){note_event, &d};
    s->config.wants_checkpoint = (clmlp_wants_checkpoint){ask, &d};
    OK(clmlp_train(model, device, s->data, NULL, &s->config, NULL, error));
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return d;
}

Test(checkpoint_written, is_made_after_every_so_many_epochs_and_at_the_end)
{
    setting s = make_setting();
    const diary d = train_with(&s, 3, 0.0, 0);
    cr_assert_eq(d.count, 2);
    cr_assert_eq(d.epochs[0], 3);
    cr_assert_eq(d.epochs[1], EPOCHS);
    cr_assert_not(d.asked);
    free_setting(&s);
}

Test(checkpoint_written, is_made_when_it_is_asked_for)
{
    setting s = make_setting();
    const diary d = train_with(&s, 0, 0.0, 5);
    cr_assert_eq(d.count, 1);
    cr_assert(d.asked);
    cr_assert_eq(d.steps[0], 4);
    free_setting(&s);
}

/* In no time at all: before each step. */
Test(checkpoint_written, is_made_by_time_within_an_epoch)
{
    setting s = make_setting();
    s.config.epochs = 1;
    s.config.batch = ROWS / 5;
    const diary d = train_with(&s, 0, 1e-9, 0);
    cr_assert_eq(d.count, 6);
    for (size_t i = 0; i < d.count; i++) cr_assert_eq(d.steps[i], i);
    free_setting(&s);
}

Test(checkpoint_written, that_cannot_be_written_ends_training)
{
    setting s = make_setting();
    clmlp_error why = {.message = ""};
    clmlp_model *const model = new_model(&s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s.config.checkpoint_path = FILE_OF("nowhere/c.safetensors");
    s.config.checkpoint_epochs = 1;
    cr_assert_eq(clmlp_train(model, device, s.data, NULL, &s.config, NULL, &why), CLMLP_IO);
    cr_assert_not_null(strstr(why.message, "nowhere/c.safetensors: cannot be written"), "%s", why.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    free_setting(&s);
}
