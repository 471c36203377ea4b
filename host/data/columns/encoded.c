/* encoded.c - rows of encoded columns as features. */
#include "data/columns/encoded.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Codes are taken over last, when nothing can fail any more. */
static clmlp_status fill(clmlp_encoded *encoded, const clmlp_columns *columns, const clmlp_raw_column *raw,
                         const double *numbers, clmlp_error *error)
{
    TRY(clmlp_allocate(&encoded->columns, columns->count, sizeof *encoded->columns, "the columns", error));
    encoded->count = columns->count;
    TRY(clmlp_allocate(&encoded->column_of, encoded->width, sizeof *encoded->column_of, "the columns", error));
    size_t first = 0;
    for (size_t c = 0; c < columns->count; c++) {
        clmlp_encoded_column *const column = &encoded->columns[c];
        column->encoder = columns->encoders[c];
        column->first = first;
        column->code_size = raw[c].code_size;
        if (raw[c].kind == CLMLP_COLUMN_CATEGORICAL) {
            TRY(clmlp_encoder_map(&column->map, column->encoder, &raw[c], error));
        } else {
            column->number = (size_t)(raw[c].numbers - numbers);
        }
        const size_t end = first + clmlp_encoder_width(column->encoder);
        for (; first < end; first++) encoded->column_of[first] = (uint32_t)c;
    }
    for (size_t c = 0; c < columns->count; c++) {
        memcpy(&encoded->columns[c].codes, &raw[c].codes, sizeof(void *)); /* it was allocated, so it is no constant */
    }
    return CLMLP_OK;
}

clmlp_status clmlp_encoded_create(clmlp_encoded **out, const clmlp_columns *columns, const clmlp_raw_column *raw,
                                  double *numbers, size_t stride, clmlp_error *error)
{
    clmlp_encoded *encoded = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&encoded, 1, sizeof *encoded, "the columns", error));
    encoded->width = clmlp_columns_width(columns);
    encoded->stride = stride;
    TRY_CLEANUP(fill(encoded, columns, raw, numbers, error));
    encoded->numbers = numbers;
    *out = encoded;
    encoded = NULL;
cleanup:
    clmlp_encoded_destroy(encoded);
    return status;
}

void clmlp_encoded_destroy(clmlp_encoded *encoded)
{
    if (encoded == NULL) return;
    for (size_t c = 0; c < encoded->count; c++) {
        free(encoded->columns[c].codes);
        free(encoded->columns[c].map);
    }
    free(encoded->columns);
    free(encoded->column_of);
    free(encoded->numbers);
    free(encoded);
}

static uint32_t code_of(const clmlp_encoded_column *column, size_t i)
{
    const clmlp_raw_column raw = {.codes = column->codes, .code_size = column->code_size};
    return clmlp_raw_code(&raw, i);
}

double clmlp_encoded_number(const clmlp_encoded *encoded, size_t c, size_t i)
{
    return encoded->numbers[i * encoded->stride + encoded->columns[c].number];
}

uint32_t clmlp_encoded_level(const clmlp_encoded *encoded, size_t c, size_t i)
{
    return encoded->columns[c].map[code_of(&encoded->columns[c], i)];
}

/* Features [from, stop) of one column, counted within it. */
static void load_column(const clmlp_encoded *encoded, const clmlp_encoded_column *column, size_t i, size_t from,
                        size_t stop, double *to)
{
    if (column->map != NULL) {
        const uint32_t level = column->map[code_of(column, i)];
        for (size_t f = from; f < stop; f++) to[f - from] = f == level ? 1.0 : 0.0;
        return;
    }
    double features[CLMLP_DATE_PARTS + 1];
    clmlp_encoder_encode_number(column->encoder, encoded->numbers[i * encoded->stride + column->number], features);
    memcpy(to, features + from, (stop - from) * sizeof *to);
}

void clmlp_encoded_load(const clmlp_encoded *encoded, size_t i, size_t first, size_t count, double *to)
{
    const size_t stop = first + count;
    for (size_t j = first; j < stop;) {
        const clmlp_encoded_column *const column = &encoded->columns[encoded->column_of[j]];
        const size_t end = column->first + clmlp_encoder_width(column->encoder), next = end < stop ? end : stop;
        load_column(encoded, column, i, j - column->first, next - column->first, to + (j - first));
        j = next;
    }
}

bool clmlp_encoded_scales(const clmlp_encoded *encoded, size_t j)
{
    const clmlp_encoded_column *const column = &encoded->columns[encoded->column_of[j]];
    return clmlp_encoder_scales(column->encoder, j - column->first);
}
