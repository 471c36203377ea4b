/* checkpoint_write.c - when a checkpoint is due, and writing it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "backend/device.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "model/formats/model_file.h"
#include "train/checkpoint/checkpoint.h"

/* --- texts ------------------------------------------------------------------------------------------------------- */

static clmlp_status add(cJSON *texts, const char *key, const char *value, clmlp_error *error)
{
    char name[64], *converted = NULL;
    const size_t length = strlen(value);
    (void)snprintf(name, sizeof name, CLMLP_CHECKPOINT_KEY "%s", key);
    /* a path may have any bytes */
    if (clmlp_utf8_valid_length(value, length) < length) TRY(clmlp_utf8_from_bytes(&converted, value, error));
    const bool added = cJSON_AddStringToObject(texts, name, converted != NULL ? converted : value) != NULL;
    free(converted);
    if (added) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the header of a checkpoint");
}

static clmlp_status add_count(cJSON *texts, const char *key, uint64_t value, clmlp_error *error)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)value);
    return add(texts, key, number, error);
}

static clmlp_status add_real(cJSON *texts, const char *key, double value, clmlp_error *error)
{
    char number[32];
    return add(texts, key, clmlp_checkpoint_number(number, value), error);
}

static clmlp_status add_place(cJSON *texts, const clmlp_checkpoint_place *place, clmlp_error *error)
{
#define ADD_COUNT(field, key) TRY(add_count(texts, key, place->field, error));
    CLMLP_CHECKPOINT_COUNT_LIST(ADD_COUNT)
#undef ADD_COUNT
#define ADD_REAL(field, key) TRY(add_real(texts, key, place->field, error));
    CLMLP_CHECKPOINT_REAL_LIST(ADD_REAL)
#undef ADD_REAL
#define ADD_FEW(field, key) if (place->field > 0) TRY(add_count(texts, key, place->field, error));
    CLMLP_CHECKPOINT_FEW_LIST(ADD_FEW)
#undef ADD_FEW
    return CLMLP_OK;
}

/* Where it ran: only who reads the file wants to know. */
static clmlp_status add_device(cJSON *texts, const clmlp_device *device, clmlp_error *error)
{
    TRY(add(texts, ".device", clmlp_device_get_info(device)->name, error));
    TRY(add(texts, ".engine", clmlp_device_engine(device), error));
    TRY(add(texts, ".tiles", clmlp_device_tiles(device), error));
    return add(texts, ".precision", clmlp_precision_name(clmlp_device_precision(device)), error);
}

static clmlp_status add_history(cJSON *texts, clmlp_run *r, clmlp_error *error)
{
    clmlp_history_mark mark;
    TRY(clmlp_history_get_mark(&r->history, &mark, error));
    if (!mark.any) return CLMLP_OK;
    TRY(add(texts, ".history", r->history.path, error));
    TRY(add_count(texts, ".history_bytes", mark.bytes, error));
    return add(texts, ".history_sha256", mark.hash, error);
}

static clmlp_status add_texts(cJSON *texts, clmlp_run *r, const clmlp_checkpoint_place *place, clmlp_error *error)
{
    clmlp_checkpoint_setting settings[CLMLP_CHECKPOINT_SETTINGS];
    const size_t count = clmlp_checkpoint_settings(r, settings);
    TRY(add(texts, "", CLMLP_CHECKPOINT_VERSION, error));
    for (size_t i = 0; i < count; i++) TRY(add(texts, settings[i].key, settings[i].value, error));
    TRY(add_place(texts, place, error));
    clmlp_run_fingerprint(r);
    TRY(add(texts, ".train_data", r->train_hash, error));
    TRY(add(texts, ".validation_data", r->validation_hash, error));
    TRY(add_device(texts, r->device, error));
    TRY(add_history(texts, r, error));
    return r->config.checkpoint_note != NULL ? add(texts, ".note", r->config.checkpoint_note, error) : CLMLP_OK;
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static clmlp_checkpoint_place place_of(const clmlp_run *r)
{
    const bool inside = r->under_way && r->done > 0;
    const double now = clmlp_seconds();
    return (clmlp_checkpoint_place){.epochs = r->result.epochs,
                                    .steps = r->result.steps,
                                    .done = inside ? r->done : 0,
                                    .total = r->config.epochs,
                                    .good_epochs = r->result.good_epochs,
                                    .seconds = now - r->start,
                                    .epoch_seconds = inside ? now - r->epoch_began : 0.0,
                                    .start = r->divergence.start,
                                    .start_decay = r->divergence.start_decay,
                                    .best_epoch = r->best.epoch,
                                    .best_value = r->best.value,
                                    .gain_epoch = r->best.gain_epoch,
                                    .gain_value = r->best.gain_value,
                                    .members = clmlp_model_members(r->config.members),
                                    .minimiser = clmlp_minimise_get_counts(r->minimisation)};
}

static clmlp_status write_file(clmlp_run *r, const char *path, const clmlp_checkpoint_arrays *arrays,
                               const clmlp_checkpoint_place *place, clmlp_error *error)
{
    clmlp_checkpoint_block blocks[CLMLP_CHECKPOINT_BLOCKS];
    clmlp_tensor_source tensors[CLMLP_CHECKPOINT_BLOCKS];
    char digest[CLMLP_SHA256_HEX];
    clmlp_status status = CLMLP_OK;
    clmlp_model shown = {.other_theta = NULL};
    const size_t count = clmlp_checkpoint_blocks(r, place, arrays, blocks);
    cJSON *const texts = cJSON_CreateObject();
    for (size_t i = 0; i < count; i++) {
        const clmlp_checkpoint_block *const b = &blocks[i];
        tensors[i] = (clmlp_tensor_source){b->name, 2, b->rows, b->columns, b->columns, b->values, b->wide};
    }
    TRY_CLEANUP(add_texts(texts, r, place, error));
    TRY_CLEANUP(clmlp_checkpoint_model(r, arrays->now, &shown, error));
    clmlp_checkpoint_digest(&shown, blocks, count, texts, digest);
    TRY_CLEANUP(add(texts, ".sha256", digest, error));
    const clmlp_model_extras extras = {tensors, count, texts};
    TRY_CLEANUP(clmlp_model_save_with(&shown, path, &extras, error));
cleanup:
    free(shown.other_theta);
    cJSON_Delete(texts);
    return status;
}

clmlp_status clmlp_run_save(clmlp_run *r, const char *path, clmlp_error *error)
{
    const clmlp_checkpoint_place place = place_of(r);
    clmlp_checkpoint_arrays arrays = {.epoch = r->theta, .good = r->model->theta};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_checkpoint_allocate(r, &place, &arrays, error));
    if (place.done > 0) TRY_CLEANUP(clmlp_run_read_costs(r, error));
    for (size_t i = 0; i < place.done; i++) {
        arrays.costs[2 * i] = r->scores[i].cost;
        arrays.costs[2 * i + 1] = r->scores[i].right;
    }
    TRY_CLEANUP(clmlp_run_get_block(r, arrays.now, error));
    if (r->minimisation != NULL) {
        TRY_CLEANUP(clmlp_minimise_get(r->minimisation, r->model, arrays.numbers, arrays.vectors, error));
    }
    if (place.best_epoch > 0) TRY_CLEANUP(clmlp_best_get(&r->best, r->network, r->model, arrays.best, error));
    TRY_CLEANUP(write_file(r, path, &arrays, &place, error));
cleanup:
    free(arrays.vectors);
    free(arrays.numbers);
    free(arrays.best);
    free(arrays.costs);
    free(arrays.now);
    return status;
}

/* --- when -------------------------------------------------------------------------------------------------------- */

/* Whether checkpoints are made without being asked for. */
static bool saves_by_itself(const clmlp_train_config *config)
{
    return config->checkpoint_epochs > 0 || config->checkpoint_seconds > 0.0;
}

static bool is_due(const clmlp_run *r, clmlp_save_when when)
{
    const clmlp_train_config *const config = &r->config;
    if (!saves_by_itself(config) || r->saved_steps == r->result.steps) return false;
    if (when == CLMLP_BEFORE_STOP) return true;
    if (config->checkpoint_seconds > 0.0 && clmlp_seconds() - r->saved_at >= config->checkpoint_seconds) return true;
    if (when == CLMLP_BEFORE_STEP) return false;
    /* so that more epochs can follow */
    if (r->stopped || clmlp_run_is_minimised(r) || r->result.epochs == config->epochs) return true;
    return config->checkpoint_epochs > 0 && r->result.epochs % config->checkpoint_epochs == 0;
}

/* A run that is diverging has no checkpoint: the last one is still good. Its costs will say so. */
static clmlp_status is_sound(clmlp_run *r, bool *sound, clmlp_error *error)
{
    TRY(clmlp_run_read_costs(r, error));
    *sound = true;
    for (size_t i = 0; i < r->done; i++) *sound = *sound && isfinite(r->scores[i].cost);
    return CLMLP_OK;
}

clmlp_status clmlp_run_save_if_due(clmlp_run *r, clmlp_save_when when, clmlp_error *error)
{
    const clmlp_train_config *const config = &r->config;
    if (config->checkpoint_path == NULL) return CLMLP_OK;
    const clmlp_wants_checkpoint *const wants = &config->wants_checkpoint;
    const bool asked = wants->function != NULL && wants->function(wants->context);
    bool sound = true;
    if (!asked && !is_due(r, when)) return CLMLP_OK;
    if (r->under_way) TRY(is_sound(r, &sound, error));
    if (sound) {
        const clmlp_status status = clmlp_run_save(r, config->checkpoint_path, error);
        if (status == CLMLP_BAD_ARGUMENT) sound = false; /* theta is not finite */
        else TRY(status);
    }
    r->saved_at = clmlp_seconds();
    if (sound) r->saved_steps = r->result.steps;
    const clmlp_checkpoint_event event = {.path = config->checkpoint_path, .epochs = r->result.epochs,
                                          .steps = r->result.steps, .asked = asked, .saved = sound};
    if (config->on_checkpoint.function != NULL) config->on_checkpoint.function(&event, config->on_checkpoint.context);
    return CLMLP_OK;
}
