/* encoder_write.c - encoders of columns to JSON. */
#include <math.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "base/text.h"
#include "base/utf8.h"
#include "data/columns/date.h"
#include "model/formats/encoder_json.h"

static clmlp_status no_memory(clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the columns of a model file");
}

/* A text from the data, as a member or, without a key, as an element. */
static clmlp_status add_text(cJSON *to, const char *key, const char *text, bool bytes, clmlp_error *error)
{
    char *converted = NULL;
    if (bytes) TRY(clmlp_utf8_from_bytes(&converted, text, error));
    cJSON *const item = cJSON_CreateString(bytes ? converted : text);
    free(converted);
    if (key != NULL ? cJSON_AddItemToObject(to, key, item) : cJSON_AddItemToArray(to, item)) return CLMLP_OK;
    cJSON_Delete(item);
    return no_memory(error);
}

static clmlp_status add_fill(cJSON *object, const clmlp_encoder *encoder, clmlp_error *error)
{
    char number[32];
    if (encoder->kind != CLMLP_COLUMN_DATE) {
        (void)clmlp_format_double(number, encoder->fill[0], 17);
        return cJSON_AddRawToObject(object, "fill", number) != NULL ? CLMLP_OK : no_memory(error);
    }
    cJSON *const array = cJSON_AddArrayToObject(object, "fill");
    for (size_t p = 0; p < clmlp_encoder_parts(encoder); p++) {
        cJSON *const item = cJSON_CreateRaw(clmlp_format_double(number, encoder->fill[p], 17));
        if (cJSON_AddItemToArray(array, item)) continue;
        cJSON_Delete(item);
        return no_memory(error);
    }
    return CLMLP_OK;
}

static clmlp_status add_levels(cJSON *object, const clmlp_encoder *encoder, bool bytes, clmlp_error *error)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "levels");
    if (array == NULL) return no_memory(error);
    for (size_t i = 0; i < encoder->level_count; i++) TRY(add_text(array, NULL, encoder->levels[i], bytes, error));
    return CLMLP_OK;
}

static clmlp_status add_date(cJSON *object, const clmlp_encoder *encoder, clmlp_error *error)
{
    char day[16];
    const bool added = cJSON_AddStringToObject(object, "first", clmlp_format_date(day, encoder->first_day)) != NULL &&
                       cJSON_AddBoolToObject(object, "hour", encoder->hour) != NULL;
    return added ? CLMLP_OK : no_memory(error);
}

clmlp_status clmlp_encoder_to_json(cJSON *object, const clmlp_encoder *encoder, bool bytes, clmlp_error *error)
{
    TRY(add_text(object, "name", encoder->name, bytes, error));
    if (cJSON_AddStringToObject(object, "kind", clmlp_column_kind_name(encoder->kind)) == NULL) return no_memory(error);
    if (encoder->kind == CLMLP_COLUMN_NUMERIC && isnan(encoder->fill[0])) return CLMLP_OK;
    if (encoder->kind == CLMLP_COLUMN_CATEGORICAL) TRY(add_levels(object, encoder, bytes, error));
    if (encoder->kind == CLMLP_COLUMN_DATE) TRY(add_date(object, encoder, error));
    if (encoder->kind != CLMLP_COLUMN_CATEGORICAL) TRY(add_fill(object, encoder, error));
    return cJSON_AddBoolToObject(object, "missing", encoder->had_missing) != NULL ? CLMLP_OK : no_memory(error);
}
