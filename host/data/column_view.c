/* column_view.c - cells of any storage as numbers and texts, compared and hashed. */
#include "data/column_view.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "data/columns/date.h"

size_t clmlp_view_columns(const clmlp_dataset *dataset)
{
    return dataset->encoded != NULL ? dataset->encoded->count : dataset->n;
}

static const clmlp_encoder *encoder_of(const clmlp_dataset *dataset, size_t c)
{
    return dataset->encoded != NULL ? dataset->encoded->columns[c].encoder : NULL;
}

clmlp_column_kind clmlp_view_kind(const clmlp_dataset *dataset, size_t c)
{
    const clmlp_encoder *const encoder = encoder_of(dataset, c);
    return encoder != NULL ? encoder->kind : CLMLP_COLUMN_NUMERIC;
}

const char *clmlp_view_name(const clmlp_dataset *dataset, size_t c)
{
    return dataset->columns != NULL && !dataset->columns->numbered ? dataset->columns->names[c] : NULL;
}

uint32_t clmlp_view_level(const clmlp_dataset *dataset, size_t c, size_t i)
{
    return clmlp_encoded_level(dataset->encoded, c, i);
}

double clmlp_view_number(const clmlp_dataset *dataset, size_t c, size_t i)
{
    return dataset->encoded != NULL ? clmlp_encoded_number(dataset->encoded, c, i)
                                    : clmlp_dataset_feature(dataset, i, c);
}

clmlp_cell_value clmlp_view_cell(const clmlp_dataset *dataset, size_t c, size_t i)
{
    const clmlp_encoder *const encoder = encoder_of(dataset, c);
    if (encoder == NULL || encoder->kind != CLMLP_COLUMN_CATEGORICAL) {
        return (clmlp_cell_value){.number = clmlp_view_number(dataset, c, i)};
    }
    const uint32_t level = clmlp_view_level(dataset, c, i);
    return (clmlp_cell_value){.text = level < encoder->level_count ? encoder->levels[level] : NULL,
                              .number = (double)NAN};
}

bool clmlp_cell_parse(const char *text, clmlp_column_kind kind, double *number)
{
    const char *const end = text + strlen(text);
    bool time = false;
    switch (kind) {
    case CLMLP_COLUMN_NUMERIC: return clmlp_parse_double(text, end, number) && isfinite(*number);
    case CLMLP_COLUMN_BOOLEAN: return clmlp_parse_boolean(text, end, number);
    case CLMLP_COLUMN_DATE: return clmlp_parse_date(text, end, number, &time);
    case CLMLP_COLUMN_CATEGORICAL:
    case CLMLP_COLUMN_KIND_COUNT: break;
    }
    return false;
}

bool clmlp_cell_is_missing(const clmlp_cell_value *value)
{
    return value->text == NULL && isnan(value->number);
}

bool clmlp_cell_equal(const clmlp_cell_value *a, const clmlp_cell_value *b)
{
    if (a->text != NULL || b->text != NULL) {
        return a->text != NULL && b->text != NULL && strcmp(a->text, b->text) == 0;
    }
    return a->number == b->number || (isnan(a->number) && isnan(b->number));
}

static uint64_t mix(uint64_t hash, uint64_t bits)
{
    hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

uint64_t clmlp_cell_hash(uint64_t hash, const clmlp_cell_value *value)
{
    if (value->text != NULL) {
        hash = mix(hash, 1);
        for (const char *c = value->text; *c != '\0'; c++) hash = mix(hash, (unsigned char)*c);
        return mix(hash, 0);
    }
    const double number = value->number == 0.0 ? 0.0 : value->number; /* -0 is 0 */
    uint64_t bits = 0;
    if (isnan(number)) return mix(hash, 2);
    memcpy(&bits, &number, sizeof bits);
    return mix(mix(hash, 3), bits);
}
