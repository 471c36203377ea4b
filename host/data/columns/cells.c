/* cells.c - the cells of one column: numbers or codes, as long as either will do. */
#include "data/columns/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/columns/date.h"

static bool is_number(const char *text, size_t length, double *value)
{
    return clmlp_parse_double(text, text + length, value) && isfinite(*value);
}

clmlp_status clmlp_cells_add_number(clmlp_cells *cells, double value, clmlp_error *error)
{
    TRY(clmlp_grow(&cells->numbers, &cells->number_capacity, cells->m + 1, sizeof(double), "the values of a column",
                   error));
    cells->numbers[cells->m++] = value;
    return CLMLP_OK;
}

/* Codes so far in elements of `size` bytes; from the last to the first, for they grow in place. */
static clmlp_status widen(clmlp_cells *cells, size_t size, clmlp_error *error)
{
    TRY(clmlp_grow(&cells->codes, &cells->code_capacity, (cells->m + 1) * size, 1, "the codes of a column", error));
    const clmlp_raw_column raw = {.codes = cells->codes, .code_size = cells->code_size};
    for (size_t i = cells->m; i-- > 0;) {
        const uint32_t code = clmlp_raw_code(&raw, i);
        if (size == 2) ((uint16_t *)cells->codes)[i] = (uint16_t)code;
        else ((uint32_t *)cells->codes)[i] = code;
    }
    cells->code_size = size;
    return CLMLP_OK;
}

static clmlp_status add_code(clmlp_cells *cells, uint32_t code, clmlp_error *error)
{
    const size_t size = code <= UINT8_MAX ? 1 : code <= UINT16_MAX ? 2 : 4;
    if (size > cells->code_size) TRY(widen(cells, size, error));
    TRY(clmlp_grow(&cells->codes, &cells->code_capacity, (cells->m + 1) * cells->code_size, 1, "the codes of a column",
                   error));
    const size_t i = cells->m++;
    switch (cells->code_size) {
    case 1: ((uint8_t *)cells->codes)[i] = (uint8_t)code; break;
    case 2: ((uint16_t *)cells->codes)[i] = (uint16_t)code; break;
    default: ((uint32_t *)cells->codes)[i] = code; break;
    }
    return CLMLP_OK;
}

static clmlp_status add_missing(clmlp_cells *cells, clmlp_error *error)
{
    cells->missing++;
    switch (cells->state) {
    case CLMLP_CELLS_NUMBERS:
    case CLMLP_CELLS_DATES: return clmlp_cells_add_number(cells, (double)NAN, error);
    case CLMLP_CELLS_TEXTS: return add_code(cells, 0, error);
    case CLMLP_CELLS_OPEN:
    case CLMLP_CELLS_LOST: break;
    }
    cells->m++;
    return CLMLP_OK;
}

/* From OPEN: the cells so far were all missing. */
static clmlp_status start(clmlp_cells *cells, clmlp_cells_state state, clmlp_error *error)
{
    const size_t before = cells->m;
    cells->state = state;
    cells->m = cells->missing = 0;
    cells->code_size = 1;
    while (cells->m < before) TRY(add_missing(cells, error));
    return CLMLP_OK;
}

static void lose(clmlp_cells *cells)
{
    cells->state = CLMLP_CELLS_LOST;
    free(cells->numbers);
    cells->numbers = NULL;
    cells->number_capacity = 0;
}

/* Whether a text is of the kind that is expected. */
static bool fits_kind(clmlp_column_kind kind, const char *text, size_t length)
{
    double value = 0.0;
    bool time = false;
    switch (kind) {
    case CLMLP_COLUMN_NUMERIC: return is_number(text, length, &value);
    case CLMLP_COLUMN_BOOLEAN: return clmlp_parse_boolean(text, text + length, &value);
    case CLMLP_COLUMN_DATE: return clmlp_parse_date(text, text + length, &value, &time);
    case CLMLP_COLUMN_CATEGORICAL: return true;
    case CLMLP_COLUMN_KIND_COUNT: break;
    }
    return false;
}

void clmlp_cells_expect(clmlp_cells *cells, clmlp_column_kind kind)
{
    memset(cells, 0, sizeof *cells);
    cells->expects = true;
    cells->kind = kind;
    cells->code_size = 1;
    switch (kind) {
    case CLMLP_COLUMN_NUMERIC: cells->state = CLMLP_CELLS_NUMBERS; break;
    case CLMLP_COLUMN_DATE: cells->state = CLMLP_CELLS_DATES; break;
    default: cells->state = CLMLP_CELLS_TEXTS; break;
    }
}

static clmlp_cells_state state_for(const char *text, size_t length)
{
    if (fits_kind(CLMLP_COLUMN_NUMERIC, text, length)) return CLMLP_CELLS_NUMBERS;
    return fits_kind(CLMLP_COLUMN_DATE, text, length) ? CLMLP_CELLS_DATES : CLMLP_CELLS_TEXTS;
}

clmlp_status clmlp_cells_add(clmlp_cells *cells, const char *text, size_t length, bool missing, bool *fits,
                             clmlp_error *error)
{
    double value = 0.0;
    bool time = false;
    uint32_t code = 0;
    *fits = missing || !cells->expects || fits_kind(cells->kind, text, length);
    if (!*fits) return CLMLP_OK;
    if (missing) return add_missing(cells, error);
    if (cells->state == CLMLP_CELLS_OPEN) TRY(start(cells, state_for(text, length), error));
    switch (cells->state) {
    case CLMLP_CELLS_NUMBERS:
        if (is_number(text, length, &value)) return clmlp_cells_add_number(cells, value, error);
        break;
    case CLMLP_CELLS_DATES:
        if (!clmlp_parse_date(text, text + length, &value, &time)) break;
        cells->times = cells->times || time;
        return clmlp_cells_add_number(cells, value, error);
    case CLMLP_CELLS_TEXTS:
        TRY(clmlp_dictionary_code(&cells->dictionary, text, length, &code, error));
        return add_code(cells, code, error);
    case CLMLP_CELLS_OPEN:
    case CLMLP_CELLS_LOST: break;
    }
    lose(cells);
    cells->m++;
    return CLMLP_OK;
}

clmlp_status clmlp_cells_add_known(clmlp_cells *cells, const char *text, size_t length, bool *known,
                                   clmlp_error *error)
{
    const uint32_t code = clmlp_dictionary_find(&cells->dictionary, text, length);
    *known = code != 0;
    return *known ? add_code(cells, code, error) : CLMLP_OK;
}

void clmlp_cells_begin_part(clmlp_cells *part, const clmlp_cells *before, clmlp_cells_state state)
{
    *part = (clmlp_cells){.state = state, .expects = before->expects, .kind = before->kind, .code_size = 1};
}

/* The codes of a part, whose texts may have other ones here. */
static clmlp_status append_codes(clmlp_cells *cells, const clmlp_cells *part, clmlp_error *error)
{
    const clmlp_raw_column raw = {.codes = part->codes, .code_size = part->code_size};
    const clmlp_dictionary *const texts = &part->dictionary;
    clmlp_status status = CLMLP_OK;
    uint32_t *map = NULL;
    TRY(clmlp_allocate(&map, texts->count + 1, sizeof *map, "the texts of a column", error));
    for (size_t code = 1; code <= texts->count; code++) {
        TRY_CLEANUP(clmlp_dictionary_code(&cells->dictionary, clmlp_dictionary_text(texts, code),
                                          clmlp_dictionary_length(texts, code), &map[code], error));
    }
    for (size_t i = 0; i < part->m; i++) TRY_CLEANUP(add_code(cells, map[clmlp_raw_code(&raw, i)], error));
cleanup:
    free(map);
    return status;
}

clmlp_status clmlp_cells_append(clmlp_cells *cells, const clmlp_cells *part, clmlp_error *error)
{
    const size_t m = cells->m + part->m;
    if (part->m == 0) return CLMLP_OK;
    if (part->state == CLMLP_CELLS_LOST && cells->state != CLMLP_CELLS_LOST) lose(cells);
    if (cells->state == CLMLP_CELLS_LOST) {
        cells->m = m;
        return CLMLP_OK;
    }
    if (part->state == CLMLP_CELLS_OPEN) {
        while (cells->m < m) TRY(add_missing(cells, error));
        return CLMLP_OK;
    }
    if (cells->state == CLMLP_CELLS_OPEN) TRY(start(cells, part->state, error));
    cells->times = cells->times || part->times;
    cells->missing += part->missing;
    if (part->state == CLMLP_CELLS_TEXTS) return append_codes(cells, part, error);
    TRY(clmlp_grow(&cells->numbers, &cells->number_capacity, m, sizeof(double), "the values of a column", error));
    memcpy(cells->numbers + cells->m, part->numbers, part->m * sizeof(double));
    cells->m = m;
    return CLMLP_OK;
}

void clmlp_cells_move(clmlp_cells *cells, size_t to, size_t i)
{
    const size_t size = cells->code_size;
    if (cells->state == CLMLP_CELLS_NUMBERS || cells->state == CLMLP_CELLS_DATES) {
        cells->numbers[to] = cells->numbers[i];
    } else if (cells->state == CLMLP_CELLS_TEXTS) {
        memmove((char *)cells->codes + to * size, (const char *)cells->codes + i * size, size);
    }
}

void clmlp_cells_cut(clmlp_cells *cells, size_t m)
{
    const clmlp_raw_column raw = {.codes = cells->codes, .code_size = cells->code_size};
    cells->m = m;
    cells->missing = 0;
    for (size_t i = 0; i < m; i++) {
        switch (cells->state) {
        case CLMLP_CELLS_NUMBERS:
        case CLMLP_CELLS_DATES: cells->missing += isnan(cells->numbers[i]) != 0; break;
        case CLMLP_CELLS_TEXTS: cells->missing += clmlp_raw_code(&raw, i) == 0; break;
        case CLMLP_CELLS_OPEN: cells->missing++; break;
        case CLMLP_CELLS_LOST: break;
        }
    }
}

/* Codes of words to 0 and 1. */
static clmlp_status make_booleans(clmlp_cells *cells, clmlp_error *error)
{
    const clmlp_raw_column raw = {.codes = cells->codes, .code_size = cells->code_size};
    TRY(clmlp_grow(&cells->numbers, &cells->number_capacity, cells->m, sizeof(double), "the values of a column",
                   error));
    for (size_t i = 0; i < cells->m; i++) {
        const uint32_t code = clmlp_raw_code(&raw, i);
        const char *const text = code > 0 ? clmlp_dictionary_text(&cells->dictionary, code) : "";
        if (!clmlp_parse_boolean(text, text + strlen(text), &cells->numbers[i])) cells->numbers[i] = (double)NAN;
    }
    return CLMLP_OK;
}

static bool all_boolean(const clmlp_dictionary *dictionary)
{
    double value = 0.0;
    for (size_t code = 1; code <= dictionary->count; code++) {
        const char *const text = clmlp_dictionary_text(dictionary, code);
        if (!clmlp_parse_boolean(text, text + strlen(text), &value)) return false;
    }
    return true;
}

clmlp_status clmlp_cells_finish(clmlp_cells *cells, const char *name, clmlp_raw_column *raw, clmlp_error *error)
{
    if (cells->state == CLMLP_CELLS_OPEN) TRY(start(cells, CLMLP_CELLS_NUMBERS, error));
    const bool texts = cells->state == CLMLP_CELLS_TEXTS;
    if (!cells->expects) {
        cells->kind = cells->state == CLMLP_CELLS_DATES     ? CLMLP_COLUMN_DATE
                      : !texts                              ? CLMLP_COLUMN_NUMERIC
                      : all_boolean(&cells->dictionary)     ? CLMLP_COLUMN_BOOLEAN
                                                            : CLMLP_COLUMN_CATEGORICAL;
    }
    *raw = (clmlp_raw_column){.name = name, .kind = cells->kind, .m = cells->m, .stride = 1, .times = cells->times};
    if (cells->kind == CLMLP_COLUMN_BOOLEAN) TRY(make_booleans(cells, error));
    if (cells->kind != CLMLP_COLUMN_CATEGORICAL) {
        raw->numbers = cells->numbers;
        return CLMLP_OK;
    }
    const size_t count = cells->dictionary.count;
    free(cells->texts);
    cells->texts = NULL;
    TRY(clmlp_allocate(&cells->texts, count, sizeof *cells->texts, "the texts of a column", error));
    for (size_t t = 0; t < count; t++) cells->texts[t] = clmlp_dictionary_text(&cells->dictionary, t + 1);
    raw->codes = cells->codes;
    raw->code_size = cells->code_size;
    raw->texts = cells->texts;
    raw->text_count = count;
    return CLMLP_OK;
}

void clmlp_cells_release(clmlp_cells *cells)
{
    free(cells->numbers);
    free(cells->codes);
    free(cells->texts);
    clmlp_dictionary_release(&cells->dictionary);
    memset(cells, 0, sizeof *cells);
}
