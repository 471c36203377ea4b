/* encoder.c - encoders of columns: made, copied, named, applied to values. */
#include "data/columns/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/columns/date.h"

const char *clmlp_column_kind_name(clmlp_column_kind kind)
{
    static const char *const names[] = {
#define CLMLP_COLUMN_KIND_NAME(name, text) text,
        CLMLP_COLUMN_KIND_LIST(CLMLP_COLUMN_KIND_NAME)
#undef CLMLP_COLUMN_KIND_NAME
    };
    return (unsigned)kind < CLMLP_COLUMN_KIND_COUNT ? names[kind] : "?";
}

static bool same_word(const char *begin, const char *end, const char *word)
{
    for (; begin < end && *word != '\0'; begin++, word++) {
        const char lower = (char)(*begin >= 'A' && *begin <= 'Z' ? *begin + ('a' - 'A') : *begin);
        if (lower != *word) return false;
    }
    return begin == end && *word == '\0';
}

bool clmlp_parse_boolean(const char *begin, const char *end, double *value)
{
    static const char *const words[] = {"false", "true", "no", "yes"};
    for (size_t i = 0; i < 4; i++) {
        if (!same_word(begin, end, words[i])) continue;
        *value = (double)(i % 2);
        return true;
    }
    return false;
}

uint32_t clmlp_raw_code(const clmlp_raw_column *raw, size_t i)
{
    switch (raw->code_size) {
    case 1: return ((const uint8_t *)raw->codes)[i];
    case 2: return ((const uint16_t *)raw->codes)[i];
    default: return ((const uint32_t *)raw->codes)[i];
    }
}

clmlp_status clmlp_encoder_create(clmlp_encoder **out, const char *name, clmlp_column_kind kind, clmlp_error *error)
{
    clmlp_encoder *encoder = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&encoder, 1, sizeof *encoder, "an encoder", error));
    TRY_CLEANUP(clmlp_duplicate(&encoder->name, name, error));
    encoder->kind = kind;
    for (size_t p = 0; p < CLMLP_DATE_PARTS; p++) encoder->fill[p] = (double)NAN;
    *out = encoder;
    encoder = NULL;
cleanup:
    clmlp_encoder_destroy(encoder);
    return status;
}

clmlp_status clmlp_encoder_copy(clmlp_encoder **out, const clmlp_encoder *encoder, clmlp_error *error)
{
    clmlp_encoder *copy = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_encoder_create(&copy, encoder->name, encoder->kind, error));
    copy->had_missing = encoder->had_missing;
    memcpy(copy->fill, encoder->fill, sizeof copy->fill);
    copy->level_count = encoder->level_count;
    copy->first_day = encoder->first_day;
    copy->hour = encoder->hour;
    TRY_CLEANUP(clmlp_duplicate_list(&copy->levels, (const char *const *)encoder->levels, encoder->level_count, error));
    *out = copy;
    copy = NULL;
cleanup:
    clmlp_encoder_destroy(copy);
    return status;
}

void clmlp_encoder_destroy(clmlp_encoder *encoder)
{
    if (encoder == NULL) return;
    free(encoder->name);
    free(encoder->levels);
    free(encoder);
}

/* A numeric column of which nothing is known, as one without an encoder. */
static bool is_plain(const clmlp_encoder *encoder)
{
    return encoder == NULL ||
           (encoder->kind == CLMLP_COLUMN_NUMERIC && !encoder->had_missing && isnan(encoder->fill[0]));
}

bool clmlp_encoder_equal(const clmlp_encoder *a, const clmlp_encoder *b)
{
    if (is_plain(a) || is_plain(b)) return is_plain(a) && is_plain(b);
    if (a->kind != b->kind || a->had_missing != b->had_missing || a->level_count != b->level_count) return false;
    if (a->first_day != b->first_day || a->hour != b->hour) return false;
    for (size_t p = 0; p < CLMLP_DATE_PARTS; p++) {
        if (a->fill[p] != b->fill[p] && !(isnan(a->fill[p]) && isnan(b->fill[p]))) return false;
    }
    for (size_t k = 0; k < a->level_count; k++) {
        if (strcmp(a->levels[k], b->levels[k]) != 0) return false;
    }
    return true;
}

bool clmlp_encoder_is_number(const clmlp_encoder *encoder)
{
    return encoder == NULL || (encoder->kind == CLMLP_COLUMN_NUMERIC && !encoder->had_missing);
}

size_t clmlp_encoder_parts(const clmlp_encoder *encoder)
{
    return encoder->kind != CLMLP_COLUMN_DATE ? 1 : encoder->hour ? CLMLP_DATE_PARTS : CLMLP_DATE_PARTS - 1;
}

/* Features in front of the one of what is missing. */
static size_t values_of(const clmlp_encoder *encoder)
{
    return encoder->kind == CLMLP_COLUMN_CATEGORICAL ? encoder->level_count : clmlp_encoder_parts(encoder);
}

size_t clmlp_encoder_width(const clmlp_encoder *encoder)
{
    return values_of(encoder) + encoder->had_missing;
}

clmlp_status clmlp_encoder_feature_name(char **out, const clmlp_encoder *encoder, size_t f, clmlp_error *error)
{
    static const char *const parts[CLMLP_DATE_PARTS] = {"year", "month", "weekday", "yearday", "days", "hour"};
    const char *between = "", *after = "";
    if (f >= values_of(encoder)) {
        after = " missing";
    } else if (encoder->kind == CLMLP_COLUMN_CATEGORICAL) {
        between = "=";
        after = encoder->levels[f];
    } else if (encoder->kind == CLMLP_COLUMN_DATE) {
        between = ".";
        after = parts[f];
    }
    clmlp_text text = {NULL, 0, 0};
    TRY(clmlp_text_append(&text, error, "%s%s%s", encoder->name, between, after));
    *out = text.data;
    return CLMLP_OK;
}

bool clmlp_encoder_scales(const clmlp_encoder *encoder, size_t f)
{
    const bool counts = encoder->kind == CLMLP_COLUMN_NUMERIC || encoder->kind == CLMLP_COLUMN_DATE;
    return counts && f < values_of(encoder);
}

static void encode_date(const clmlp_encoder *encoder, double seconds, double *out)
{
    const clmlp_date date = clmlp_date_of(seconds);
    out[0] = (double)date.year;
    out[1] = (double)date.month;
    out[2] = (double)date.weekday;
    out[3] = (double)date.yearday;
    out[4] = (double)(date.number - encoder->first_day);
    if (encoder->hour) out[5] = (double)date.hour;
}

void clmlp_encoder_encode_number(const clmlp_encoder *encoder, double value, double *out)
{
    const size_t parts = clmlp_encoder_parts(encoder);
    const bool missing = isnan(value);
    if (missing) memcpy(out, encoder->fill, parts * sizeof *out);
    else if (encoder->kind == CLMLP_COLUMN_DATE) encode_date(encoder, value, out);
    else out[0] = value;
    if (encoder->had_missing) out[parts] = missing ? 1.0 : 0.0;
}

void clmlp_encoder_encode_level(const clmlp_encoder *encoder, uint32_t level, double *out)
{
    const size_t width = clmlp_encoder_width(encoder);
    for (size_t f = 0; f < width; f++) out[f] = f == level ? 1.0 : 0.0;
}

/* Index of a level by its text; level_count: there is none. */
static size_t find_level(const clmlp_encoder *encoder, const char *text)
{
    size_t low = 0, high = encoder->level_count; /* the first that is not below */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(encoder->levels[middle], text) < 0) low = middle + 1;
        else high = middle;
    }
    return low < encoder->level_count && strcmp(encoder->levels[low], text) == 0 ? low : encoder->level_count;
}

clmlp_status clmlp_encoder_map(uint32_t **map, const clmlp_encoder *encoder, const clmlp_raw_column *raw,
                               clmlp_error *error)
{
    uint32_t *levels = NULL;
    TRY(clmlp_allocate(&levels, raw->text_count + 1, sizeof *levels, "a table of levels", error));
    levels[0] = encoder->had_missing ? (uint32_t)encoder->level_count : CLMLP_LEVEL_UNSEEN;
    for (size_t t = 0; t < raw->text_count; t++) {
        const size_t level = find_level(encoder, raw->texts[t]);
        levels[t + 1] = level < encoder->level_count ? (uint32_t)level : CLMLP_LEVEL_UNSEEN;
    }
    *map = levels;
    return CLMLP_OK;
}

clmlp_encoder_counts clmlp_encoder_count(const clmlp_encoder *encoder, const clmlp_raw_column *raw,
                                         const uint32_t *map)
{
    clmlp_encoder_counts counts = {.first_missing = raw->m, .first_unseen = raw->m};
    const bool categorical = raw->kind == CLMLP_COLUMN_CATEGORICAL;
    for (size_t i = 0; i < raw->m; i++) {
        const uint32_t code = categorical ? clmlp_raw_code(raw, i) : 0;
        const bool missing = categorical ? code == 0 : isnan(raw->numbers[i * raw->stride]);
        const bool unseen = categorical && !missing && map[code] == CLMLP_LEVEL_UNSEEN;
        if (missing && counts.missing++ == 0) counts.first_missing = i;
        if (unseen && counts.unseen++ == 0) counts.first_unseen = i;
    }
    counts.new_missing = encoder->had_missing ? 0 : counts.missing;
    return counts;
}
