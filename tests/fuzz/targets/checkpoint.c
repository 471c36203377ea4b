/* checkpoint.c - fuzz target: checkpoints. A run that is resumed can be saved, and resumed again; one that is refused
 * leaves its model as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "clmlp/clmlp.h"
#include "digest.h"
#include "fuzz.h"
#include "model/model.h"
#include "safetensors.h"

enum { KINDS = 4, ROWS = 6 };

/* What all runs share. */
static clmlp_dataset *data;
static clmlp_device *device, *precise;

static void prepare(void)
{
    static const double x[ROWS][2] = {{0, 1}, {1, 0}, {2, 1}, {-1, 3}, {0.5, 0.5}, {4, -2}};
    static const unsigned labels[ROWS] = {0, 1, 0, 1, 1, 0};
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "cpu";
    OK(clmlp_device_open(&device, &options, error));
    options.precision = CLMLP_F64;
    OK(clmlp_device_open(&precise, &options, error));
    OK(clmlp_dataset_create_classes(&data, ROWS, 2, x[0], 2, NULL, labels, error));
}

static clmlp_train_config config_of(unsigned kind)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 4;
    config.batch = 2;
    config.rate = 0.1;
    if (kind == 0) config.history_path = fuzz_path("history");
    if (kind == 1) {
        config.optimizer = CLMLP_ADAM;
        config.lambda = 0.1;
        config.validation = data;
        config.early_stopping = 3;
    }
    if (kind == 2) {
        config.minimiser = CLMLP_LBFGS;
        config.batch = 0;
    }
    if (kind == 3) {
        config.optimizer = CLMLP_MOMENTUM;
        config.schedule.kind = CLMLP_SCHEDULE_COSINE;
        config.keep_best = true;
        config.validation = data;
        config.input_scale_rate = 1.0;
    }
    return config;
}

static clmlp_model *new_model(unsigned kind)
{
    const size_t hidden = 2;
    clmlp_model *model = NULL;
    OK(clmlp_model_create_for(&model, data, &hidden, kind == 2 ? 0 : 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1, error));
    return model;
}

/* As a new one is. */
static const clmlp_model *untouched(unsigned kind)
{
    static clmlp_model *models[KINDS];
    if (models[kind] == NULL) models[kind] = new_model(kind);
    return models[kind];
}

static const uint8_t *base(unsigned kind, size_t *size)
{
    static struct {
        uint8_t *bytes, *history;
        size_t size, history_size;
    } bases[KINDS];
    if (bases[kind].size == 0) {
        clmlp_trainer *trainer = NULL;
        const clmlp_train_config config = config_of(kind);
        clmlp_model *const model = new_model(kind);
        OK(clmlp_trainer_create(&trainer, model, device, data, NULL, &config, error));
        for (int i = 0; i < (kind == 2 ? 2 : 4); i++) OK(clmlp_trainer_run_step(trainer, NULL, error));
        OK(clmlp_trainer_checkpoint(trainer, fuzz_path("base"), error));
        clmlp_trainer_destroy(trainer);
        clmlp_model_destroy(model);
        bases[kind].bytes = fuzz_read(fuzz_path("base"), &bases[kind].size);
        if (kind == 0) bases[kind].history = fuzz_read(config.history_path, &bases[kind].history_size);
    }
    if (kind == 0) (void)fuzz_write("history", bases[kind].history, bases[kind].history_size);
    *size = bases[kind].size;
    return bases[kind].bytes;
}

/* Bits of an input: another kind of run than the file is of, fewer epochs than it has done, the other precision. */
enum { OTHER_RUN = 0x20, FEWER = 0x40, PRECISE = 0x80 };

/* NULL: it was refused. */
static clmlp_trainer *resume(unsigned kind, unsigned bits, clmlp_model *model, const char *path, clmlp_error *why)
{
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = config_of((bits & OTHER_RUN) != 0 ? (kind + 1 + (bits >> 2 & 1)) % KINDS : kind);
    if ((bits & FEWER) != 0) config.epochs = 1;
    config.resume_path = path;
    const clmlp_status status = clmlp_trainer_create(&trainer, model, (bits & PRECISE) != 0 ? precise : device, data,
                                                     NULL, &config, why);
    if (status != CLMLP_OK) fuzz_check_error(status, why);
    CHECK((status == CLMLP_OK) == (trainer != NULL));
    return trainer;
}

/* Takes the trainer: a history belongs to one at a time. */
static void go_on(unsigned kind, unsigned bits, clmlp_trainer *trainer)
{
    clmlp_error why = {.message = ""};
    clmlp_status status = clmlp_trainer_checkpoint(trainer, fuzz_path("again"), &why);
    clmlp_trainer_destroy(trainer);
    if (status != CLMLP_OK) {
        CHECK_WITH(status == CLMLP_BAD_ARGUMENT, why.message); /* theta is not finite */
        return;
    }
    clmlp_model *const model = new_model(kind);
    clmlp_trainer *const again = resume(kind, bits, model, fuzz_path("again"), &why);
    CHECK_WITH(again != NULL, why.message);
    if (clmlp_trainer_epochs_left(again) > 0) {
        status = clmlp_trainer_run_epoch(again, &why);
        CHECK_WITH(status == CLMLP_OK || status == CLMLP_DIVERGED, why.message);
    }
    clmlp_trainer_destroy(again);
    clmlp_model_destroy(model);
}

void fuzz_checkpoint(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {.at = bytes, .end = bytes + size};
    clmlp_error why = {.message = ""};
    const unsigned first = fuzz_byte(&in), kind = first % KINDS;
    size_t base_size = 0;
    if (device == NULL) prepare();
    fuzz_pretend_digest = false;
    const uint8_t *const good = base(kind, &base_size);
    fuzz_pretend_digest = (first & 0x10) != 0;
    const char *const path = fuzz_safetensors(&in, "checkpoint", good, base_size);
    clmlp_model *const model = new_model(kind);
    clmlp_trainer *const trainer = resume(kind, first, model, path, &why);
    if (trainer != NULL) {
        go_on(kind, first, trainer);
    } else {
        const clmlp_model *const before = untouched(kind);
        CHECK(memcmp(model->theta, before->theta, clmlp_model_parameters(model) * sizeof *model->theta) == 0);
    }
    clmlp_model_destroy(model);
    fuzz_release(&in);
}
