/* encode_cells.c - the cells of a file become encoded columns. */
#include "data/encode_cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/quote.h"

/* What the columns are made of; released by clmlp_encode_cells. */
typedef struct encoding {
    const clmlp_encode_request *request;
    clmlp_cells *cells;
    clmlp_raw_column *raw; /* [count] */
    size_t count, m, stride;
    double *numbers;       /* [m x stride] */
    clmlp_notes *notes;
    clmlp_error *error;
} encoding;

static clmlp_status refuse(const encoding *e, const clmlp_raw_column *raw, const char *what, size_t count, size_t first,
                           const char *hint)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    (void)clmlp_quote(quoted, raw->name, strlen(raw->name));
    const bool may_ignore = e->request->columns == NULL; /* a model needs all of its columns */
    return clmlp_fail(e->error, CLMLP_BAD_INPUT, "%s: column %s: %zu of %zu values %s, the first in row %zu; %s%s%s",
                      e->request->path, quoted, count, raw->m, what, first + 1, hint,
                      may_ignore ? ", or leave the column out: --ignore " : "", may_ignore ? quoted : "");
}

/* What stands for the missing values of a column. */
static void describe_fill(const clmlp_encoder *encoder, bool new_missing, char *out, size_t size)
{
    char number[32];
    (void)clmlp_format_double(number, encoder->fill[0], 6);
    switch (encoder->kind) {
    case CLMLP_COLUMN_NUMERIC: (void)snprintf(out, size, "the median, %s, stands for them", number); break;
    case CLMLP_COLUMN_BOOLEAN: (void)snprintf(out, size, "the more frequent value, %s, stands for them", number); break;
    case CLMLP_COLUMN_DATE: (void)snprintf(out, size, "the median of each part of a date stands for them"); break;
    case CLMLP_COLUMN_CATEGORICAL:
        (void)snprintf(out, size, new_missing ? "their features are all 0" : "they are a level of their own");
        break;
    case CLMLP_COLUMN_KIND_COUNT: out[0] = '\0'; break;
    }
}

static clmlp_status tell(const encoding *e, const clmlp_encoder *encoder, const clmlp_raw_column *raw,
                         const uint32_t *map)
{
    const clmlp_encoder_counts counts = clmlp_encoder_count(encoder, raw, map);
    char quoted[CLMLP_QUOTE_LENGTH], fill[96], text[CLMLP_QUOTE_LENGTH];
    (void)clmlp_quote(quoted, raw->name, strlen(raw->name));
    if (counts.missing > 0) {
        if (e->request->refuse_missing) {
            return refuse(e, raw, "are missing", counts.missing, counts.first_missing, "say --missing impute");
        }
        describe_fill(encoder, counts.new_missing > 0, fill, sizeof fill);
        TRY(clmlp_notes_add(e->notes, e->error, "%s: column %s: %zu of %zu values are missing%s; %s", e->request->path,
                            quoted, counts.missing, raw->m,
                            counts.new_missing > 0 ? ", of which the training data had none" : "", fill));
    }
    if (counts.unseen == 0) return CLMLP_OK;
    if (e->request->refuse_unseen) {
        return refuse(e, raw, "were not in the training data", counts.unseen, counts.first_unseen,
                      "say --unseen zeros");
    }
    const char *const first = raw->texts[clmlp_raw_code(raw, counts.first_unseen) - 1];
    return clmlp_notes_add(e->notes, e->error,
                           "%s: column %s: %zu of %zu values were not in the training data, the first in row %zu, %s; "
                           "their features are all 0", e->request->path, quoted, counts.unseen, raw->m,
                           counts.first_unseen + 1, clmlp_quote(text, first, strlen(first)));
}

static clmlp_status tell_all(const encoding *e, const clmlp_columns *columns)
{
    for (size_t c = 0; c < e->count; c++) {
        uint32_t *map = NULL;
        const bool categorical = e->raw[c].kind == CLMLP_COLUMN_CATEGORICAL;
        if (categorical) TRY(clmlp_encoder_map(&map, columns->encoders[c], &e->raw[c], e->error));
        const clmlp_status status = tell(e, columns->encoders[c], &e->raw[c], map);
        free(map);
        if (status != CLMLP_OK) return status;
    }
    return CLMLP_OK;
}

/* The cells as columns, their numbers side by side in rows. */
static clmlp_status gather(encoding *e, const char *const *names)
{
    size_t size = 0, next = 0;
    TRY(clmlp_allocate(&e->raw, e->count, sizeof *e->raw, "the columns", e->error));
    for (size_t c = 0; c < e->count; c++) {
        TRY(clmlp_cells_finish(&e->cells[c], names[c], &e->raw[c], e->error));
        e->stride += e->raw[c].kind != CLMLP_COLUMN_CATEGORICAL;
    }
    e->m = e->raw[0].m;
    if (!clmlp_multiply(e->m, e->stride, &size)) return clmlp_fail(e->error, CLMLP_OUT_OF_MEMORY, "too much data");
    TRY(clmlp_allocate(&e->numbers, size, sizeof *e->numbers, "the data", e->error));
    for (size_t c = 0; c < e->count; c++) {
        if (e->raw[c].kind == CLMLP_COLUMN_CATEGORICAL) continue;
        double *const to = e->numbers + next++;
        for (size_t i = 0; i < e->m; i++) to[i * e->stride] = e->raw[c].numbers[i];
        e->raw[c].numbers = to;
        e->raw[c].stride = e->stride;
        free(e->cells[c].numbers);
        e->cells[c].numbers = NULL;
        e->cells[c].number_capacity = 0;
    }
    return CLMLP_OK;
}

/* The number of texts of a column that has more of them than it may; else 0. */
static clmlp_status count_surplus(const encoding *e, size_t c, size_t *count)
{
    const clmlp_raw_column *const raw = &e->raw[c];
    *count = 0;
    if (raw->kind != CLMLP_COLUMN_CATEGORICAL || raw->text_count <= e->request->max_categories) return CLMLP_OK;
    TRY(clmlp_encoder_count_levels(count, raw, e->error));
    if (*count <= e->request->max_categories) *count = 0;
    return CLMLP_OK;
}

/* Several columns with too many texts are told at once: one at a time they would be as many tries. */
static clmlp_status check_text_counts(const encoding *e)
{
    enum { SHOWN = 10 };
    char columns[SHOWN * (CLMLP_QUOTE_LENGTH + 32)] = "", names[SHOWN * (CLMLP_QUOTE_LENGTH + 1)] = "";
    char quoted[CLMLP_QUOTE_LENGTH];
    size_t found = 0, most = 0, count = 0;
    for (size_t c = 0; c < e->count; c++) {
        TRY(count_surplus(e, c, &count));
        if (count == 0) continue;
        most = count > most ? count : most;
        if (found++ >= SHOWN) continue;
        (void)clmlp_quote(quoted, e->raw[c].name, strlen(e->raw[c].name));
        const size_t length = strlen(columns), names_length = strlen(names);
        (void)snprintf(columns + length, sizeof columns - length, "%s%s (%zu)", found > 1 ? ", " : "", quoted, count);
        (void)snprintf(names + names_length, sizeof names - names_length, "%s%s", found > 1 ? "," : "", quoted);
    }
    if (found < 2) return CLMLP_OK; /* the encoder says it of a single one */
    const char *const more = found > SHOWN ? ", ..." : "";
    return clmlp_fail(e->error, CLMLP_BAD_INPUT,
                      "%s: %zu columns have more than %zu different texts: %s%s; leave them out: --ignore %s%s, or "
                      "take them all: --max-categories %zu", e->request->path, found, e->request->max_categories, columns,
                      more, names, found > SHOWN ? ",..." : "", most);
}

/* The encoders of training data. */
static clmlp_status fit_all(const encoding *e, clmlp_columns **columns)
{
    clmlp_status status = CLMLP_OK;
    clmlp_encoder **encoders = NULL;
    TRY(check_text_counts(e));
    TRY(clmlp_allocate(&encoders, e->count, sizeof(clmlp_encoder *), "the columns", e->error));
    for (size_t c = 0; c < e->count; c++) {
        clmlp_error why = {.status = CLMLP_OK};
        status = clmlp_encoder_fit(&encoders[c], &e->raw[c], e->request->max_categories, &why);
        if (status == CLMLP_OK) continue;
        status = clmlp_fail(e->error, status, "%s: %s", e->request->path, why.message);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_columns_create_encoded(columns, encoders, e->count, e->error));
    memset(encoders, 0, e->count * sizeof(clmlp_encoder *));
cleanup:
    for (size_t c = 0; c < e->count; c++) clmlp_encoder_destroy(encoders[c]);
    free(encoders);
    return status;
}

clmlp_status clmlp_encode_cells(clmlp_columns **columns, clmlp_encoded **encoded, clmlp_cells *cells,
                                const char *const *names, size_t count, const clmlp_encode_request *request,
                                clmlp_notes *notes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_columns *made = NULL;
    encoding e = {.request = request, .cells = cells, .count = count, .notes = notes, .error = error};
    TRY_CLEANUP(gather(&e, names));
    TRY_CLEANUP(request->columns != NULL ? clmlp_columns_copy(&made, request->columns, error) : fit_all(&e, &made));
    TRY_CLEANUP(tell_all(&e, made));
    TRY_CLEANUP(clmlp_encoded_create(encoded, made, e.raw, e.numbers, e.stride, error));
    e.numbers = NULL; /* and the codes: they belong to *encoded */
    for (size_t c = 0; c < count; c++) {
        if (e.raw[c].kind == CLMLP_COLUMN_CATEGORICAL) cells[c].codes = NULL;
    }
    *columns = made;
    made = NULL;
cleanup:
    clmlp_columns_destroy(made);
    free(e.numbers);
    free(e.raw);
    return status;
}
