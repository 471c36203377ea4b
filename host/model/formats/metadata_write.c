/* metadata_write.c - model metadata into the header of a safetensors file. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/text.h"
#include "base/utf8.h"
#include "clmlp/version.h"
#include "model/formats/encoder_json.h"
#include "model/formats/model_file.h"

static clmlp_status no_memory(clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the header of a model file");
}

static clmlp_status add(cJSON *metadata, const char *key, const char *text, clmlp_error *error)
{
    return cJSON_AddStringToObject(metadata, key, text) != NULL ? CLMLP_OK : no_memory(error);
}

static clmlp_status add_layers(cJSON *metadata, const clmlp_model *model, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text text = {NULL, 0, 0};
    for (size_t l = 1; l <= model->L; l++) {
        TRY_CLEANUP(clmlp_text_append(&text, error, "%s%zu", l > 1 ? "," : "", model->s[l - 1]));
    }
    TRY_CLEANUP(add(metadata, "clmlp.layers", text.data, error));
cleanup:
    free(text.data);
    return status;
}

/* A JSON array; 17 digits give every double back exactly. */
static clmlp_status add_numbers(cJSON *metadata, const char *key, const double *values, size_t count,
                                clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text text = {NULL, 0, 0};
    char number[32];
    for (size_t j = 0; j < count; j++) {
        TRY_CLEANUP(clmlp_text_append(&text, error, "%c%s", j > 0 ? ',' : '[',
                                      clmlp_format_double(number, values[j], 17)));
    }
    TRY_CLEANUP(clmlp_text_append(&text, error, "]"));
    TRY_CLEANUP(add(metadata, key, text.data, error));
cleanup:
    free(text.data);
    return status;
}

static clmlp_status add_scaling(cJSON *metadata, const clmlp_scaling_keys *keys, const clmlp_scaling *scaling,
                                clmlp_error *error)
{
    TRY(add(metadata, keys->kind, clmlp_scale_name(scaling->kind), error));
    if (!clmlp_scale_has_numbers(scaling->kind)) return CLMLP_OK;
    TRY(add_numbers(metadata, keys->offset, scaling->offset, scaling->n, error));
    return add_numbers(metadata, keys->divisor, scaling->divisor, scaling->n, error);
}

static bool is_utf8(const char *text)
{
    const size_t length = strlen(text);
    return clmlp_utf8_valid_length(text, length) == length;
}

/* Whether any name from the data is not UTF-8; all are then kept byte by byte. */
static bool has_bytes(const clmlp_model *model)
{
    bool utf8 = is_utf8(model->target);
    for (size_t k = 0; utf8 && model->class_names != NULL && k < model->s[model->L - 1]; k++) {
        utf8 = is_utf8(model->class_names[k]);
    }
    for (size_t k = 0; utf8 && model->output_names != NULL && k < model->s[model->L - 1]; k++) {
        utf8 = is_utf8(model->output_names[k]);
    }
    for (size_t j = 0; utf8 && model->columns != NULL && j < model->columns->count; j++) {
        utf8 = is_utf8(model->columns->names[j]);
        const clmlp_encoder *const encoder = model->columns->encoders != NULL ? model->columns->encoders[j] : NULL;
        for (size_t k = 0; utf8 && encoder != NULL && k < encoder->level_count; k++) utf8 = is_utf8(encoder->levels[k]);
    }
    for (size_t i = 0; utf8 && model->columns != NULL && i < model->columns->missing_count; i++) {
        utf8 = is_utf8(model->columns->missing[i]);
    }
    return !utf8;
}

static clmlp_status add_name(cJSON *array, const char *name, bool bytes, clmlp_error *error)
{
    char *converted = NULL;
    if (bytes) TRY(clmlp_utf8_from_bytes(&converted, name, error));
    cJSON *item = cJSON_CreateString(bytes ? converted : name);
    free(converted);
    if (item != NULL && cJSON_AddItemToArray(array, item)) return CLMLP_OK;
    cJSON_Delete(item);
    return no_memory(error);
}

/* names [K], of classes or outputs. */
static clmlp_status add_names(cJSON *metadata, const char *key, const clmlp_model *model, char *const *names,
                              bool bytes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *text = NULL;
    cJSON *array = cJSON_CreateArray();
    for (size_t k = 0; array != NULL && k < model->s[model->L - 1]; k++) {
        TRY_CLEANUP(add_name(array, names[k], bytes, error));
    }
    if (array != NULL) text = cJSON_PrintUnformatted(array);
    status = text != NULL ? add(metadata, key, text, error) : no_memory(error);
cleanup:
    cJSON_free(text);
    cJSON_Delete(array);
    return status;
}

/* The columns as encoder_json.h says, in order. */
static clmlp_status list_columns(cJSON *array, const clmlp_columns *columns, bool bytes, clmlp_error *error)
{
    for (size_t j = 0; j < columns->count; j++) {
        const clmlp_encoder plain = {.name = columns->names[j], .kind = CLMLP_COLUMN_NUMERIC, .fill = {(double)NAN}};
        cJSON *const column = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(array, column)) return no_memory(error);
        TRY(clmlp_encoder_to_json(column, columns->encoders != NULL ? columns->encoders[j] : &plain, bytes, error));
    }
    return CLMLP_OK;
}

/* The texts that mean "no value", where they are the training data's own. */
static clmlp_status add_missing(cJSON *object, const clmlp_columns *columns, bool bytes, clmlp_error *error)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "missing_values");
    if (array == NULL) return no_memory(error);
    for (size_t i = 0; i < columns->missing_count; i++) TRY(add_name(array, columns->missing[i], bytes, error));
    return CLMLP_OK;
}

static clmlp_status add_columns(cJSON *metadata, const clmlp_columns *columns, bool bytes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *text = NULL;
    cJSON *const object = cJSON_CreateObject();
    if (cJSON_AddNumberToObject(object, "version", CLMLP_COLUMNS_VERSION) == NULL) {
        status = no_memory(error);
        goto cleanup;
    }
    if (columns->numbered && cJSON_AddTrueToObject(object, "numbered") == NULL) {
        status = no_memory(error);
        goto cleanup;
    }
    if (columns->missing != NULL) TRY_CLEANUP(add_missing(object, columns, bytes, error));
    cJSON *const array = cJSON_AddArrayToObject(object, "columns");
    if (array != NULL) TRY_CLEANUP(list_columns(array, columns, bytes, error));
    if (array != NULL) text = cJSON_PrintUnformatted(object);
    status = text != NULL ? add(metadata, "clmlp.columns", text, error) : no_memory(error);
cleanup:
    cJSON_free(text);
    cJSON_Delete(object);
    return status;
}

static clmlp_status add_target(cJSON *metadata, const char *target, bool bytes, clmlp_error *error)
{
    char *converted = NULL;
    if (bytes) TRY(clmlp_utf8_from_bytes(&converted, target, error));
    const clmlp_status status = add(metadata, "clmlp.target", bytes ? converted : target, error);
    free(converted);
    return status;
}

/* The oldest version that reads the model as it is. */
static int format_version(const clmlp_model *model)
{
    const clmlp_scale scale = model->scaling.kind;
    if (model->others > 0) return CLMLP_FORMAT_ENSEMBLE;
    if (scale == CLMLP_SCALE_ROBUST || scale == CLMLP_SCALE_ROBUST_CLIP) return CLMLP_FORMAT_ROBUST;
    if (model->columns != NULL && model->columns->missing != NULL) return CLMLP_FORMAT_MISSING_TEXTS;
    return model->target_scaling.kind != CLMLP_SCALE_NONE ? CLMLP_FORMAT_SCALED_TARGETS : 1;
}

static clmlp_status add_all(cJSON *metadata, const clmlp_model *model, clmlp_error *error)
{
    static const clmlp_scaling_keys features = CLMLP_FEATURE_SCALING_KEYS, targets = CLMLP_TARGET_SCALING_KEYS;
    char number[32];
    const bool bytes = has_bytes(model);
    /* Python tools take a file for PyTorch's by this key */
    TRY(add(metadata, "format", "pt", error));
    const bool scaled = model->target_scaling.kind != CLMLP_SCALE_NONE;
    (void)snprintf(number, sizeof number, "%d", format_version(model));
    TRY(add(metadata, "clmlp.format_version", number, error));
    TRY(add(metadata, "clmlp.version", CLMLP_VERSION, error));
    TRY(add_layers(metadata, model, error));
    if (model->others > 0) {
        (void)snprintf(number, sizeof number, "%zu", model->others + 1);
        TRY(add(metadata, "clmlp.ensemble", number, error));
    }
    TRY(add(metadata, "clmlp.activation", clmlp_activation_name(model->activation), error));
    TRY(add(metadata, "clmlp.output", clmlp_output_name(model->output), error));
    TRY(add_scaling(metadata, &features, &model->scaling, error));
    if (scaled) TRY(add_scaling(metadata, &targets, &model->target_scaling, error));
    if (bytes) TRY(add(metadata, "clmlp.encoding", "iso-8859-1", error));
    if (model->class_names != NULL) {
        TRY(add_names(metadata, "clmlp.classes", model, model->class_names, bytes, error));
    }
    if (model->output_names != NULL) {
        TRY(add_names(metadata, "clmlp.outputs", model, model->output_names, bytes, error));
    }
    if (model->index_base != CLMLP_INDEX_BASE_AUTO) {
        TRY(add(metadata, "clmlp.index_base", model->index_base == CLMLP_INDEX_BASE_ONE ? "1" : "0", error));
    }
    if (model->columns != NULL) TRY(add_columns(metadata, model->columns, bytes, error));
    TRY(add_target(metadata, model->target, bytes, error));
    TRY(add(metadata, "clmlp.lambda", clmlp_format_double(number, model->lambda, 17), error));
    if (model->initialisation != CLMLP_INITIALISATION_GLOROT_UNIFORM) {
        TRY(add(metadata, "clmlp.initialisation", clmlp_initialisation_name(model->initialisation), error));
    }
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)model->seed);
    return add(metadata, "clmlp.seed", number, error);
}

clmlp_status clmlp_metadata_build(cJSON **out, const clmlp_model *model, clmlp_error *error)
{
    cJSON *metadata = cJSON_CreateObject();
    if (metadata == NULL) return no_memory(error);
    const clmlp_status status = add_all(metadata, model, error);
    if (status == CLMLP_OK) {
        *out = metadata;
    } else {
        cJSON_Delete(metadata);
    }
    return status;
}
