/* encoder_read.c - encoders of columns from JSON, every member checked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "data/columns/date.h"
#include "data/quote.h"
#include "model/formats/encoder_json.h"

enum { MOST_KEYS = 6 };

/* An entry, and how to speak of it. */
typedef struct entry {
    const cJSON *object;
    const char *where;
    bool bytes;
    clmlp_error *error;
} entry;

static clmlp_status wrong(const entry *e, const char *key, const char *expected)
{
    return clmlp_fail(e->error, CLMLP_BAD_INPUT, "%s: \"%s\" is not as expected (%s)", e->where, key, expected);
}

/* A member that must be there. */
static clmlp_status find(const entry *e, const char *key, cJSON **item)
{
    *item = cJSON_GetObjectItemCaseSensitive(e->object, key);
    if (*item != NULL) return CLMLP_OK;
    return clmlp_fail(e->error, CLMLP_BAD_INPUT, "%s: no \"%s\"", e->where, key);
}

/* No other members than keys, and none twice. */
static clmlp_status check_keys(const entry *e, const char *const *keys, size_t count)
{
    bool seen[MOST_KEYS] = {false};
    const cJSON *item = NULL;
    char quoted[CLMLP_QUOTE_LENGTH];
    cJSON_ArrayForEach(item, e->object) {
        const size_t k = clmlp_find_name(keys, count, item->string);
        if (k < count && !seen[k]) {
            seen[k] = true;
            continue;
        }
        return clmlp_fail(e->error, CLMLP_BAD_INPUT, "%s: key %s %s", e->where,
                          clmlp_quote(quoted, item->string, strlen(item->string)),
                          k < count ? "stands there twice" : "is not known");
    }
    return CLMLP_OK;
}

/* A text of the data, back in its bytes. */
static clmlp_status take_text(const entry *e, const char *key, cJSON *item, const char **text)
{
    if (!cJSON_IsString(item)) return wrong(e, key, "text");
    if (e->bytes && !clmlp_utf8_to_bytes(item->valuestring)) {
        return wrong(e, key, "characters of the file's clmlp.encoding");
    }
    *text = item->valuestring;
    return CLMLP_OK;
}

static clmlp_status take_flag(const entry *e, const char *key, bool *value)
{
    cJSON *item = NULL;
    TRY(find(e, key, &item));
    if (!cJSON_IsBool(item)) return wrong(e, key, "true or false");
    *value = cJSON_IsTrue(item);
    return CLMLP_OK;
}

static clmlp_status take_kind(const entry *e, clmlp_column_kind *kind)
{
    static const char *const names[] = {
#define KIND_NAME(name, text) text,
        CLMLP_COLUMN_KIND_LIST(KIND_NAME)
#undef KIND_NAME
    };
    cJSON *item = NULL;
    TRY(find(e, "kind", &item));
    const size_t k = clmlp_find_name(names, CLMLP_COLUMN_KIND_COUNT, cJSON_GetStringValue(item));
    if (k == CLMLP_COLUMN_KIND_COUNT) return wrong(e, "kind", "numeric, boolean, categorical or date");
    *kind = (clmlp_column_kind)k;
    return CLMLP_OK;
}

static bool is_finite_number(const cJSON *item)
{
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

static clmlp_status read_number(const entry *e, clmlp_encoder *encoder)
{
    const bool boolean = encoder->kind == CLMLP_COLUMN_BOOLEAN;
    cJSON *item = NULL;
    if (!boolean && cJSON_GetArraySize(e->object) == 2) return CLMLP_OK; /* name and kind alone */
    TRY(find(e, "fill", &item));
    if (!is_finite_number(item)) return wrong(e, "fill", "a finite number");
    if (boolean && item->valuedouble != 0.0 && item->valuedouble != 1.0) return wrong(e, "fill", "0 or 1");
    encoder->fill[0] = item->valuedouble;
    return take_flag(e, "missing", &encoder->had_missing);
}

static clmlp_status read_levels(const entry *e, clmlp_encoder *encoder)
{
    static const char order[] = "different texts in byte order";
    clmlp_status status = CLMLP_OK;
    const char **levels = NULL;
    cJSON *array = NULL, *item = NULL;
    TRY(find(e, "levels", &array));
    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) == 0) return wrong(e, "levels", "an array of texts");
    const size_t count = (size_t)cJSON_GetArraySize(array);
    TRY(clmlp_allocate(&levels, count, sizeof *levels, "a table of levels", e->error));
    size_t i = 0;
    cJSON_ArrayForEach(item, array) {
        TRY_CLEANUP(take_text(e, "levels", item, &levels[i]));
        if (i > 0 && strcmp(levels[i - 1], levels[i]) >= 0) TRY_CLEANUP(wrong(e, "levels", order));
        i++;
    }
    TRY_CLEANUP(clmlp_duplicate_list(&encoder->levels, levels, count, e->error));
    encoder->level_count = count;
    TRY_CLEANUP(take_flag(e, "missing", &encoder->had_missing));
cleanup:
    free(levels);
    return status;
}

static clmlp_status read_date(const entry *e, clmlp_encoder *encoder)
{
    cJSON *first = NULL, *fill = NULL, *item = NULL;
    double seconds = 0.0;
    bool time = false;
    TRY(find(e, "first", &first));
    const char *const day = cJSON_GetStringValue(first);
    if (day == NULL || !clmlp_parse_date(day, day + strlen(day), &seconds, &time) || time) {
        return wrong(e, "first", "a date, \"YYYY-MM-DD\"");
    }
    encoder->first_day = clmlp_date_of(seconds).number;
    TRY(take_flag(e, "hour", &encoder->hour));
    TRY(find(e, "fill", &fill));
    const size_t parts = clmlp_encoder_parts(encoder);
    if (!cJSON_IsArray(fill) || (size_t)cJSON_GetArraySize(fill) != parts) {
        return wrong(e, "fill", encoder->hour ? "an array of 6 numbers" : "an array of 5 numbers");
    }
    size_t p = 0;
    cJSON_ArrayForEach(item, fill) {
        if (!is_finite_number(item)) return wrong(e, "fill", "finite numbers");
        encoder->fill[p++] = item->valuedouble;
    }
    return take_flag(e, "missing", &encoder->had_missing);
}

/* The members of each kind. */
static clmlp_status read_state(const entry *e, clmlp_encoder *encoder)
{
    static const char *const number[] = {"name", "kind", "fill", "missing"};
    static const char *const levels[] = {"name", "kind", "levels", "missing"};
    static const char *const date[] = {"name", "kind", "first", "hour", "fill", "missing"};
    switch (encoder->kind) {
    case CLMLP_COLUMN_NUMERIC:
    case CLMLP_COLUMN_BOOLEAN: TRY(check_keys(e, number, 4)); return read_number(e, encoder);
    case CLMLP_COLUMN_CATEGORICAL: TRY(check_keys(e, levels, 4)); return read_levels(e, encoder);
    case CLMLP_COLUMN_DATE: TRY(check_keys(e, date, 6)); return read_date(e, encoder);
    case CLMLP_COLUMN_KIND_COUNT: break;
    }
    return wrong(e, "kind", "numeric, boolean, categorical or date");
}

clmlp_status clmlp_encoder_from_json(clmlp_encoder **out, const cJSON *object, bool bytes, const char *where,
                                     clmlp_error *error)
{
    const entry e = {object, where, bytes, error};
    clmlp_status status = CLMLP_OK;
    clmlp_encoder *encoder = NULL;
    clmlp_column_kind kind = CLMLP_COLUMN_NUMERIC;
    cJSON *item = NULL;
    const char *name = NULL;
    if (!cJSON_IsObject(object)) return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is not an object", where);
    TRY(find(&e, "name", &item));
    TRY(take_text(&e, "name", item, &name));
    if (name[0] == '\0') return wrong(&e, "name", "text that is not empty");
    TRY(take_kind(&e, &kind));
    TRY(clmlp_encoder_create(&encoder, name, kind, error));
    TRY_CLEANUP(read_state(&e, encoder));
    *out = encoder;
    encoder = NULL;
cleanup:
    clmlp_encoder_destroy(encoder);
    return status;
}
