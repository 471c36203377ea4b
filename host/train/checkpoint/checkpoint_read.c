/* checkpoint_read.c - a run goes on from a checkpoint, if it is of the same run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/number.h"
#include "data/fingerprint.h"
#include "model/formats/model_file.h"
#include "train/checkpoint/checkpoint.h"

/* --- texts ------------------------------------------------------------------------------------------------------- */

static const char *find_text(const clmlp_safetensors *file, const char *key)
{
    char name[64];
    (void)snprintf(name, sizeof name, CLMLP_CHECKPOINT_KEY "%s", key);
    return clmlp_safetensors_metadata(file, name);
}

static clmlp_status get_text(const clmlp_safetensors *file, const char *key, const char **text, clmlp_error *error)
{
    *text = find_text(file, key);
    if (*text != NULL) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: no " CLMLP_CHECKPOINT_KEY "%s", file->path, key);
}

static clmlp_status bad_text(const clmlp_safetensors *file, const char *key, const char *text, const char *expected,
                             clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: " CLMLP_CHECKPOINT_KEY "%s is \"%.100s\" (expected %s)",
                      file->path, key, text, expected);
}

static clmlp_status get_count(const clmlp_safetensors *file, const char *key, uint64_t *count, clmlp_error *error)
{
    const char *text = NULL;
    int64_t number = -1;
    TRY(get_text(file, key, &text, error));
    if (!clmlp_parse_int64(text, text + strlen(text), &number) || number < 0) {
        return bad_text(file, key, text, "a whole number", error);
    }
    *count = (uint64_t)number;
    return CLMLP_OK;
}

static clmlp_status get_real(const clmlp_safetensors *file, const char *key, double *real, clmlp_error *error)
{
    const char *text = NULL;
    TRY(get_text(file, key, &text, error));
    if (clmlp_parse_double(text, text + strlen(text), real) && !isnan(*real)) return CLMLP_OK;
    return bad_text(file, key, text, "a number", error);
}

/* Where it is not there: 0. */
static clmlp_status get_few(const clmlp_safetensors *file, const char *key, size_t *few, clmlp_error *error)
{
    uint64_t count = 0;
    if (find_text(file, key) != NULL) TRY(get_count(file, key, &count, error));
    *few = (size_t)count;
    return CLMLP_OK;
}

static clmlp_status get_place(const clmlp_safetensors *file, const clmlp_run *r, clmlp_checkpoint_place *place,
                              clmlp_error *error)
{
    uint64_t count = 0;
#define GET_COUNT(field, key)                  \
    TRY(get_count(file, key, &count, error));  \
    place->field = (size_t)count;
    CLMLP_CHECKPOINT_COUNT_LIST(GET_COUNT)
#undef GET_COUNT
#define GET_REAL(field, key) TRY(get_real(file, key, &place->field, error));
    CLMLP_CHECKPOINT_REAL_LIST(GET_REAL)
#undef GET_REAL
#define GET_FEW(field, key) TRY(get_few(file, key, &place->field, error));
    CLMLP_CHECKPOINT_FEW_LIST(GET_FEW)
#undef GET_FEW
    if (!clmlp_minimise_can_have(r->minimisation, &place->minimiser)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: %zu pairs of lbfgs after %zu evaluations", file->path,
                          place->minimiser.pairs, place->minimiser.evaluations);
    }
    const bool inside = place->done < r->steps_per_epoch;
    const bool bounded = place->epochs <= UINT32_MAX && place->total <= UINT32_MAX;
    if (inside && bounded && place->steps == place->epochs * r->steps_per_epoch + place->done) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: %zu steps after %zu epochs of %zu and %zu steps more",
                      file->path, place->steps, place->epochs, r->steps_per_epoch, place->done);
}

static clmlp_status get_mark(const clmlp_safetensors *file, const char *path, clmlp_history_mark *mark,
                             clmlp_error *error)
{
    const char *text = find_text(file, ".history");
    *mark = (clmlp_history_mark){.any = text != NULL};
    if (text == NULL) return CLMLP_OK;
    TRY(get_count(file, ".history_bytes", &mark->bytes, error));
    /* of an empty one only the name tells whether it is the same */
    if (mark->bytes == 0 && (path == NULL || strcmp(path, text) != 0)) mark->any = false;
    TRY(get_text(file, ".history_sha256", &text, error));
    if (strlen(text) >= sizeof mark->hash) return bad_text(file, ".history_sha256", text, "64 digits", error);
    memcpy(mark->hash, text, strlen(text) + 1);
    return CLMLP_OK;
}

/* --- the same run ------------------------------------------------------------------------------------------------ */

static clmlp_status check_version(const clmlp_safetensors *file, clmlp_error *error)
{
    const char *const version = clmlp_safetensors_metadata(file, CLMLP_CHECKPOINT_KEY);
    if (version == NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is a model and no checkpoint: it has theta alone, from which a "
                          "new training can start (--init %s)", file->path, file->path);
    }
    if (strcmp(version, CLMLP_CHECKPOINT_VERSION) == 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: checkpoint of version %.20s (this clmlp goes on from version "
                      CLMLP_CHECKPOINT_VERSION "; --init %s starts anew from its theta)", file->path, version,
                      file->path);
}

static clmlp_status check_settings(const clmlp_safetensors *file, const clmlp_run *r, clmlp_error *error)
{
    clmlp_checkpoint_setting settings[CLMLP_CHECKPOINT_SETTINGS];
    const size_t count = clmlp_checkpoint_settings(r, settings);
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;
        TRY(get_text(file, settings[i].key, &text, error));
        if (strcmp(text, settings[i].value) == 0) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of a run with %s %.128s, and cannot go on with %s",
                          file->path, settings[i].option, text, settings[i].value);
    }
    return CLMLP_OK;
}

static clmlp_status check_hash(const clmlp_safetensors *file, const char *key, const char *what, const char *hash,
                               clmlp_error *error)
{
    const char *text = NULL;
    TRY(get_text(file, key, &text, error));
    if (strcmp(text, hash) == 0) return CLMLP_OK;
    if (text[0] == '\0') {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of a run without %s, and cannot go on with some", file->path,
                          what);
    }
    if (hash[0] == '\0') {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of a run with %s, and cannot go on without", file->path,
                          what);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of a run on other %s: their SHA-256 was %.16s..., that of what "
                      "was given is %.16s...", file->path, what, text, hash);
}

/* Scaling, names and whatever else a model file says must be what the model to be trained has. */
static clmlp_status check_model(const clmlp_safetensors *file, const clmlp_run *r, clmlp_error *error)
{
    static const char *const free_keys[] = {"clmlp.version", "clmlp.lambda"};
    cJSON *metadata = NULL;
    clmlp_status status = CLMLP_OK;
    clmlp_model shown = {.other_theta = NULL};
    TRY_CLEANUP(clmlp_checkpoint_model(r, r->model->theta, &shown, error));
    TRY_CLEANUP(clmlp_metadata_build(&metadata, &shown, error));
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, metadata) {
        const char *const text = clmlp_safetensors_metadata(file, item->string);
        bool same = text != NULL && strcmp(text, item->valuestring) == 0;
        for (size_t i = 0; i < sizeof free_keys / sizeof free_keys[0]; i++) {
            same = same || strcmp(item->string, free_keys[i]) == 0;
        }
        if (same) continue;
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of another model: %s is '%.200s', and '%.200s' in the "
                            "model that is to be trained", file->path, item->string, text != NULL ? text : "not there",
                            item->valuestring);
        break;
    }
cleanup:
    free(shown.other_theta);
    cJSON_Delete(metadata);
    return status;
}

/* Whether a run over `total` epochs has had the rates that this one would have had. */
static bool had_the_same_rates(const clmlp_run *r, const clmlp_checkpoint_place *place)
{
    const clmlp_rate_schedule *const schedule = &r->config.schedule;
    const size_t then = place->total * r->steps_per_epoch, now = r->config.epochs * r->steps_per_epoch;
    for (size_t step = 0; step < place->steps && then != now; step++) {
        const double rate = clmlp_schedule_rate(schedule, r->config.rate, then, step);
        if (!(rate == clmlp_schedule_rate(schedule, r->config.rate, now, step))) return false;
    }
    return true;
}

static clmlp_status check_members(const clmlp_safetensors *file, const clmlp_run *r, clmlp_error *error)
{
    const size_t now = clmlp_model_members(r->config.members);
    size_t then = 0;
    TRY(get_few(file, ".members", &then, error));
    if (then == now) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of a run with %zu member%s of an ensemble before it, and cannot "
                      "go on with %zu", file->path, then, then == 1 ? "" : "s", now);
}

static clmlp_status check_epochs(const clmlp_safetensors *file, const clmlp_run *r,
                                 const clmlp_checkpoint_place *place, clmlp_error *error)
{
    const size_t needed = place->epochs + (place->done > 0);
    if (r->config.epochs >= needed && !had_the_same_rates(r, place)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is of a run over %zu epochs (--epochs), and cannot go on over "
                          "%zu: the schedule '%s' would have given other rates from the start", file->path,
                          place->total, r->config.epochs, clmlp_schedule_name(r->config.schedule.kind));
    }
    if (r->config.epochs >= needed) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is in epoch %zu already, and cannot end after %zu (--epochs)",
                      file->path, needed, r->config.epochs);
}

/* --- arrays ------------------------------------------------------------------------------------------------------ */

static clmlp_status read_block(const clmlp_safetensors *file, const clmlp_checkpoint_block *block, clmlp_error *error)
{
    for (size_t i = 0; i < file->count; i++) {
        const clmlp_stored_tensor *const tensor = &file->tensors[i];
        if (strcmp(tensor->name, block->name) != 0) continue;
        if (tensor->rank != 2 || tensor->shape[0] != block->rows || tensor->shape[1] != block->columns) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: %s has %zu numbers (expected %zu x %zu)",
                              file->path, block->name, tensor->count, block->rows, block->columns);
        }
        return clmlp_safetensors_read(file, tensor, block->columns, block->columns, block->values, error);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: no tensor %s", file->path, block->name);
}

static clmlp_status read_arrays(const clmlp_safetensors *file, const clmlp_run *r,
                                const clmlp_checkpoint_place *place, const clmlp_checkpoint_arrays *arrays,
                                clmlp_error *error)
{
    clmlp_checkpoint_block blocks[CLMLP_CHECKPOINT_BLOCKS];
    char digest[CLMLP_SHA256_HEX];
    const char *text = NULL;
    clmlp_model *model = NULL;
    clmlp_status status = CLMLP_OK;
    const size_t count = clmlp_checkpoint_blocks(r, place, arrays, blocks);
    TRY(clmlp_model_load(&model, file->path, NULL, error));
    memcpy(arrays->now, clmlp_model_member_theta(model, model->others),
           clmlp_model_parameters(model) * sizeof *arrays->now);
    for (size_t i = 0; i < count; i++) TRY_CLEANUP(read_block(file, &blocks[i], error));
    TRY_CLEANUP(get_text(file, ".sha256", &text, error));
    clmlp_checkpoint_digest(model, blocks, count,
                            cJSON_GetObjectItemCaseSensitive(file->header, "__metadata__"), digest);
    if (strcmp(text, digest) != 0) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged: its numbers are not those that were written (their "
                            "SHA-256 differs)", file->path);
    }
cleanup:
    clmlp_model_destroy(model);
    return status;
}

/* --- going on ---------------------------------------------------------------------------------------------------- */

static void take_over(clmlp_run *r, const clmlp_checkpoint_place *place, const clmlp_checkpoint_arrays *arrays)
{
    const bool inside = place->done > 0;
    const double now = clmlp_seconds();
    memcpy(r->theta, inside ? arrays->epoch : arrays->now, r->block * sizeof *r->theta);
    r->theta_epochs = place->epochs;
    r->squares = r->config.lambda > 0.0 ? clmlp_theta_squares(r->model, r->theta) : 0.0;
    memcpy(r->model->theta, arrays->good, clmlp_model_parameters(r->model) * sizeof *arrays->good);
    for (size_t i = 0; i < place->done; i++) {
        r->scores[i] = (clmlp_batch_score){arrays->costs[2 * i], arrays->costs[2 * i + 1]};
    }
    r->divergence.start = place->start;
    r->divergence.start_decay = place->start_decay;
    r->best.epoch = place->best_epoch;
    r->best.value = place->best_value;
    r->best.gain_epoch = place->gain_epoch;
    r->best.gain_value = place->gain_value;
    r->stopped = !inside && place->epochs < r->config.epochs &&
                 clmlp_best_stops(&r->best, &r->patience, place->epochs);
    r->result.stopped_early = r->stopped;
    r->result.epochs = place->epochs;
    r->result.steps = place->steps;
    r->result.good_epochs = place->good_epochs;
    r->epoch = place->epochs + (inside ? 1 : 0);
    r->steps_before = place->steps - place->done;
    r->done = r->scored = place->done;
    r->under_way = inside;
    clmlp_run_tell_minimiser(r);
    r->start = now - place->seconds;
    r->resumed_steps = place->steps;
    r->resumed_seconds = place->seconds;
    r->epoch_began = now - place->epoch_seconds;
    r->saved_steps = place->steps;
}

clmlp_status clmlp_checkpoint_check_data(const char *path, const clmlp_dataset *train, const clmlp_dataset *validation,
                                         clmlp_error *error)
{
    char hash[CLMLP_SHA256_HEX];
    clmlp_safetensors file;
    clmlp_status status = CLMLP_OK;
    REQUIRE(path != NULL, "path");
    REQUIRE(train != NULL, "train");
    TRY_CLEANUP(clmlp_safetensors_open(&file, path, error));
    TRY_CLEANUP(clmlp_metadata_check_version(&file, error));
    TRY_CLEANUP(check_version(&file, error));
    TRY_CLEANUP(check_hash(&file, ".train_data", "training data", clmlp_dataset_fingerprint(train, hash), error));
    TRY_CLEANUP(check_hash(&file, ".validation_data", "validation data", clmlp_dataset_fingerprint(validation, hash),
                           error));
cleanup:
    clmlp_safetensors_close(&file);
    return status;
}

/* The end of a minimiser is that of the precision that it was found in: in another one J is evaluated anew. */
static clmlp_status forget_end(const clmlp_safetensors *file, const clmlp_run *r, clmlp_minimise_counts *counts,
                               clmlp_error *error)
{
    const char *precision = NULL;
    if (counts->end == CLMLP_END_NONE) return CLMLP_OK;
    TRY(get_text(file, ".precision", &precision, error));
    if (strcmp(precision, clmlp_precision_name(r->backend->precision)) == 0) return CLMLP_OK;
    *counts = (clmlp_minimise_counts){.iterations = counts->iterations, .evaluations = counts->evaluations};
    return CLMLP_OK;
}

clmlp_status clmlp_run_restore(clmlp_run *r, const char *path, clmlp_error *error)
{
    const char *const history = r->config.history_path;
    clmlp_history_mark mark;
    clmlp_safetensors file;
    clmlp_checkpoint_place place;
    clmlp_checkpoint_arrays arrays = {0};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_safetensors_open(&file, path, error));
    TRY_CLEANUP(clmlp_metadata_check_version(&file, error));
    TRY_CLEANUP(check_version(&file, error));
    clmlp_run_fingerprint(r);
    TRY_CLEANUP(check_settings(&file, r, error));
    TRY_CLEANUP(check_hash(&file, ".train_data", "training data", r->train_hash, error));
    TRY_CLEANUP(check_hash(&file, ".validation_data", "validation data", r->validation_hash, error));
    TRY_CLEANUP(check_members(&file, r, error));
    TRY_CLEANUP(check_model(&file, r, error));
    TRY_CLEANUP(get_place(&file, r, &place, error));
    TRY_CLEANUP(check_epochs(&file, r, &place, error));
    TRY_CLEANUP(get_mark(&file, history, &mark, error));
    TRY_CLEANUP(clmlp_checkpoint_allocate(r, &place, &arrays, error));
    TRY_CLEANUP(read_arrays(&file, r, &place, &arrays, error));
    TRY_CLEANUP(clmlp_run_put_block(r, arrays.now, error));
    if (r->minimisation != NULL) {
        TRY_CLEANUP(forget_end(&file, r, &place.minimiser, error));
        TRY_CLEANUP(clmlp_minimise_put(r->minimisation, r->model, &place.minimiser, arrays.numbers, arrays.vectors,
                                       error));
    }
    if (place.best_epoch > 0) TRY_CLEANUP(clmlp_best_put(&r->best, r->network, r->model, arrays.best, error));
    if (history != NULL) {
        TRY_CLEANUP(clmlp_history_continue(&r->history, history, &mark, place.epochs, path, error));
    }
    take_over(r, &place, &arrays);
cleanup:
    free(arrays.vectors);
    free(arrays.numbers);
    free(arrays.best);
    free(arrays.costs);
    free(arrays.good);
    free(arrays.epoch);
    free(arrays.now);
    clmlp_safetensors_close(&file);
    return status;
}
