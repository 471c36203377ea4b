/* metadata_columns.c - the columns that a model takes, from the header of a safetensors file. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "data/quote.h"
#include "model/formats/model_file.h"
#include "model/formats/utf8.h"

static const char KEY[] = "clmlp.columns";

static clmlp_status malformed(const clmlp_safetensors *file, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: %s is not as expected ({\"version\": 1, \"columns\": [{\"name\": ..., \"kind\": "
                      "\"numeric\"}, ...]})",
                      file->path, KEY);
}

/* Just the two members a and b, in any order. */
static bool has_members(const cJSON *object, const char *a, const char *b)
{
    return cJSON_IsObject(object) && cJSON_GetArraySize(object) == 2 &&
           cJSON_HasObjectItem(object, a) && cJSON_HasObjectItem(object, b);
}

/* The name of an entry; NULL with an error: there is none. */
static clmlp_status read_entry(const clmlp_safetensors *file, const cJSON *entry, size_t j, bool bytes,
                               const char **name, clmlp_error *error)
{
    const cJSON *const text = cJSON_GetObjectItemCaseSensitive(entry, "name");
    const cJSON *const kind = cJSON_GetObjectItemCaseSensitive(entry, "kind");
    char quoted[CLMLP_QUOTE_LENGTH];
    if (!has_members(entry, "name", "kind") || !cJSON_IsString(text) || !cJSON_IsString(kind)) {
        return malformed(file, error);
    }
    if (strcmp(kind->valuestring, "numeric") != 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: entry %zu of %s is of kind %s (expected numeric)", file->path,
                          j + 1, KEY, clmlp_quote(quoted, kind->valuestring, strlen(kind->valuestring)));
    }
    if (bytes && !clmlp_utf8_to_bytes(text->valuestring)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has characters outside its clmlp.encoding", file->path, KEY);
    }
    *name = text->valuestring;
    return CLMLP_OK;
}

/* All names differ and are there. */
static clmlp_status check_names(const clmlp_safetensors *file, const char *const *names, size_t count,
                                clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    size_t j = 0, earlier = 0;
    TRY(clmlp_find_repeated(names, count, true, &j, &earlier, error));
    if (j == count) return CLMLP_OK;
    if (names[j][0] == '\0') {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: entry %zu of %s has an empty name", file->path, j + 1, KEY);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: entries %zu and %zu of %s are both called %s", file->path,
                      earlier + 1, j + 1, KEY, clmlp_quote(quoted, names[j], strlen(names[j])));
}

static clmlp_status read_list(const clmlp_safetensors *file, clmlp_model *model, const cJSON *list, bool bytes,
                              clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    const size_t n = model->s[0];
    const int size = cJSON_GetArraySize(list);
    if (size < 0 || (size_t)size != n) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has %d columns (expected %zu, one per feature)", file->path,
                          KEY, size, n);
    }
    TRY(clmlp_allocate(&names, n, sizeof *names, "the names of columns", error));
    size_t j = 0;
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, list) {
        TRY_CLEANUP(read_entry(file, entry, j, bytes, &names[j], error));
        j++;
    }
    TRY_CLEANUP(check_names(file, names, n, error));
    TRY_CLEANUP(clmlp_columns_create(&model->columns, names, n, error));
cleanup:
    free(names);
    return status;
}

clmlp_status clmlp_metadata_read_columns(const clmlp_safetensors *file, clmlp_model *model, bool bytes,
                                         clmlp_error *error)
{
    const char *const text = clmlp_safetensors_metadata(file, KEY);
    if (text == NULL) return CLMLP_OK;
    cJSON *const object = cJSON_ParseWithOpts(text, NULL, 1);
    const cJSON *const version = cJSON_GetObjectItemCaseSensitive(object, "version");
    const cJSON *const list = cJSON_GetObjectItemCaseSensitive(object, "columns");
    clmlp_status status = CLMLP_OK;
    if (cJSON_IsNumber(version) && version->valuedouble > CLMLP_COLUMNS_VERSION) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has version %g (expected %d); a newer clmlp reads it",
                            file->path, KEY, version->valuedouble, CLMLP_COLUMNS_VERSION);
    } else if (!has_members(object, "version", "columns") || !cJSON_IsNumber(version) ||
               version->valuedouble != CLMLP_COLUMNS_VERSION || !cJSON_IsArray(list)) {
        status = malformed(file, error);
    } else {
        status = read_list(file, model, list, bytes, error);
    }
    cJSON_Delete(object);
    return status;
}
