/* metadata_columns.c - the columns that a model takes, from the header of a safetensors file. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "data/quote.h"
#include "model/formats/encoder_json.h"
#include "model/formats/json_parse.h"
#include "model/formats/model_file.h"

static const char KEY[] = "clmlp.columns";

static clmlp_status malformed(const clmlp_safetensors *file, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: %s is not as expected ({\"version\": 1, \"columns\": [{\"name\": ..., \"kind\": "
                      "\"numeric\"}, ...]})",
                      file->path, KEY);
}

/* version and columns, in any order, and maybe numbered, which is true, and missing_values, which are texts. */
static bool has_members(const cJSON *object)
{
    const cJSON *const numbered = cJSON_GetObjectItemCaseSensitive(object, "numbered");
    const cJSON *const missing = cJSON_GetObjectItemCaseSensitive(object, "missing_values"), *text = NULL;
    const int members = 2 + (numbered != NULL) + (missing != NULL);
    if (!cJSON_IsObject(object) || cJSON_GetArraySize(object) != members) return false;
    if (missing != NULL && (!cJSON_IsArray(missing) || cJSON_GetArraySize(missing) == 0)) return false;
    cJSON_ArrayForEach(text, missing) {
        if (!cJSON_IsString(text)) return false;
    }
    return (numbered == NULL || cJSON_IsTrue(numbered)) && cJSON_HasObjectItem(object, "version") &&
           cJSON_HasObjectItem(object, "columns");
}

/* The texts that mean "no value", if the columns have their own. */
static clmlp_status read_missing(const clmlp_safetensors *file, clmlp_columns *columns, const cJSON *missing,
                                 bool bytes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **texts = NULL;
    const cJSON *text = NULL;
    size_t count = 0;
    if (missing == NULL) return CLMLP_OK;
    TRY(clmlp_allocate(&texts, (size_t)cJSON_GetArraySize(missing), sizeof *texts, "a list of texts", error));
    cJSON_ArrayForEach(text, missing) {
        if (bytes && !clmlp_utf8_to_bytes(text->valuestring)) {
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has characters outside its clmlp.encoding", file->path,
                                KEY);
            goto cleanup;
        }
        texts[count++] = text->valuestring;
    }
    TRY_CLEANUP(clmlp_duplicate_list(&columns->missing, texts, count, error));
    columns->missing_count = count;
cleanup:
    free(texts);
    return status;
}

/* All names differ. */
static clmlp_status check_names(const clmlp_safetensors *file, clmlp_encoder *const *encoders, size_t count,
                                clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    size_t j = 0, earlier = 0;
    TRY(clmlp_allocate(&names, count, sizeof *names, "the names of columns", error));
    for (size_t i = 0; i < count; i++) names[i] = encoders[i]->name;
    TRY_CLEANUP(clmlp_find_repeated(names, count, false, &j, &earlier, error));
    if (j < count) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: entries %zu and %zu of %s are both called %s", file->path,
                            earlier + 1, j + 1, KEY, clmlp_quote(quoted, names[j], strlen(names[j])));
    }
cleanup:
    free(names);
    return status;
}

/* The columns of a model; without encoders where each is a number and no more. Encoders that were taken over are NULL
 * afterwards. */
static clmlp_status make_columns(clmlp_model *model, clmlp_encoder **encoders, size_t count, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    bool plain = true;
    for (size_t j = 0; j < count; j++) plain = plain && clmlp_encoder_equal(encoders[j], NULL);
    if (!plain) {
        TRY(clmlp_columns_create_encoded(&model->columns, encoders, count, error));
        for (size_t j = 0; j < count; j++) encoders[j] = NULL;
        return CLMLP_OK;
    }
    TRY(clmlp_allocate(&names, count, sizeof *names, "the names of columns", error));
    for (size_t j = 0; j < count; j++) names[j] = encoders[j]->name;
    status = clmlp_columns_create(&model->columns, names, count, error);
    free(names);
    return status;
}

static clmlp_status read_list(const clmlp_safetensors *file, clmlp_model *model, const cJSON *list, bool bytes,
                              clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_encoder **encoders = NULL;
    clmlp_text where = {0};
    const size_t n = model->s[0], count = (size_t)cJSON_GetArraySize(list);
    size_t j = 0, width = 0;
    const cJSON *entry = NULL;
    TRY(clmlp_allocate(&encoders, count, sizeof(clmlp_encoder *), "the columns", error));
    cJSON_ArrayForEach(entry, list) {
        where.length = 0;
        TRY_CLEANUP(clmlp_text_append(&where, error, "%s: entry %zu of %s", file->path, j + 1, KEY));
        TRY_CLEANUP(clmlp_encoder_from_json(&encoders[j], entry, bytes, where.data, error));
        width += clmlp_encoder_width(encoders[j++]);
    }
    if (width != n) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s gives %zu features (expected %zu)", file->path, KEY, width,
                            n);
        goto cleanup;
    }
    TRY_CLEANUP(check_names(file, encoders, count, error));
    TRY_CLEANUP(make_columns(model, encoders, count, error));
cleanup:
    for (size_t i = 0; i < count; i++) clmlp_encoder_destroy(encoders[i]);
    free(encoders);
    free(where.data);
    return status;
}

clmlp_status clmlp_metadata_read_columns(const clmlp_safetensors *file, clmlp_model *model, bool bytes,
                                         clmlp_error *error)
{
    const char *const text = clmlp_safetensors_metadata(file, KEY);
    if (text == NULL) return CLMLP_OK;
    cJSON *object = NULL;
    TRY(clmlp_json_parse(&object, text, error));
    const cJSON *const version = cJSON_GetObjectItemCaseSensitive(object, "version");
    const cJSON *const list = cJSON_GetObjectItemCaseSensitive(object, "columns");
    clmlp_status status = CLMLP_OK;
    if (cJSON_IsNumber(version) && version->valuedouble > CLMLP_COLUMNS_VERSION) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has version %g (expected %d); a newer clmlp reads it",
                            file->path, KEY, version->valuedouble, CLMLP_COLUMNS_VERSION);
    } else if (!has_members(object) || !cJSON_IsNumber(version) ||
               version->valuedouble != CLMLP_COLUMNS_VERSION || !cJSON_IsArray(list)) {
        status = malformed(file, error);
    } else {
        status = read_list(file, model, list, bytes, error);
        if (status == CLMLP_OK) model->columns->numbered = cJSON_HasObjectItem(object, "numbered");
        if (status == CLMLP_OK) {
            const cJSON *const missing = cJSON_GetObjectItemCaseSensitive(object, "missing_values");
            status = read_missing(file, model->columns, missing, bytes, error);
        }
    }
    cJSON_Delete(object);
    return status;
}
