/* encoder_fit.c - encoders of columns, fitted to training data. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/columns/date.h"
#include "data/columns/encoder.h"
#include "data/quote.h"
#include "data/select.h"

static clmlp_status no_value(const clmlp_raw_column *raw, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    (void)clmlp_quote(quoted, raw->name, strlen(raw->name));
    return clmlp_fail(error, CLMLP_BAD_INPUT, "column %s has no value in any row; leave it out: --ignore %s", quoted,
                      quoted);
}

/* The values that are not missing, into present [m]. */
static size_t gather(const clmlp_raw_column *raw, double *present)
{
    size_t count = 0;
    for (size_t i = 0; i < raw->m; i++) {
        const double value = raw->numbers[i * raw->stride];
        if (!isnan(value)) present[count++] = value;
    }
    return count;
}

/* First day and medians of the parts. part [count] is for selecting. */
static void fit_date(clmlp_encoder *encoder, bool times, const double *present, size_t count, double *part)
{
    double first = present[0], encoded[CLMLP_DATE_PARTS + 1];
    for (size_t i = 1; i < count; i++) first = present[i] < first ? present[i] : first;
    encoder->hour = times;
    encoder->first_day = clmlp_date_of(first).number;
    for (size_t p = 0; p < clmlp_encoder_parts(encoder); p++) {
        for (size_t i = 0; i < count; i++) {
            clmlp_encoder_encode_number(encoder, present[i], encoded);
            part[i] = encoded[p];
        }
        encoder->fill[p] = clmlp_median(part, count);
    }
}

static clmlp_status fit_numbers(clmlp_encoder *encoder, const clmlp_raw_column *raw, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *present = NULL, *part = NULL;
    TRY_CLEANUP(clmlp_allocate(&present, raw->m, sizeof *present, "the values of a column", error));
    const size_t count = gather(raw, present);
    if (count == 0) {
        status = no_value(raw, error);
        goto cleanup;
    }
    if (raw->kind == CLMLP_COLUMN_DATE) {
        TRY_CLEANUP(clmlp_allocate(&part, count, sizeof *part, "the values of a column", error));
        fit_date(encoder, raw->times, present, count, part);
    } else {
        encoder->fill[0] = clmlp_median(present, count);
        if (raw->kind == CLMLP_COLUMN_BOOLEAN) encoder->fill[0] = floor(encoder->fill[0]); /* a tie is 0 */
    }
    encoder->had_missing = count < raw->m;
cleanup:
    free(part);
    free(present);
    return status;
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y); /* bytes, as unsigned */
}

/* Which codes any row has: *used [text_count + 1], for the caller to free. */
static clmlp_status mark_used(bool **used, const clmlp_raw_column *raw, clmlp_error *error)
{
    TRY(clmlp_allocate(used, raw->text_count + 1, sizeof **used, "a table of levels", error));
    for (size_t i = 0; i < raw->m; i++) (*used)[clmlp_raw_code(raw, i)] = true;
    return CLMLP_OK;
}

clmlp_status clmlp_encoder_count_levels(size_t *count, const clmlp_raw_column *raw, clmlp_error *error)
{
    bool *used = NULL;
    TRY(mark_used(&used, raw, error));
    *count = 0;
    for (size_t t = 0; t < raw->text_count; t++) *count += used[t + 1];
    free(used);
    return CLMLP_OK;
}

/* The texts that any row has, in byte order, into levels [text_count]. */
static clmlp_status find_levels(clmlp_encoder *encoder, const clmlp_raw_column *raw, const char **levels, size_t *count,
                                clmlp_error *error)
{
    bool *used = NULL;
    TRY(mark_used(&used, raw, error));
    encoder->had_missing = used[0];
    *count = 0;
    for (size_t t = 0; t < raw->text_count; t++) {
        if (used[t + 1]) levels[(*count)++] = raw->texts[t];
    }
    if (*count > 1) qsort(levels, *count, sizeof *levels, compare_texts);
    free(used);
    return CLMLP_OK;
}

static clmlp_status fit_levels(clmlp_encoder *encoder, const clmlp_raw_column *raw, size_t max_categories,
                               clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **levels = NULL;
    size_t count = 0;
    TRY_CLEANUP(clmlp_allocate(&levels, raw->text_count, sizeof *levels, "a table of levels", error));
    TRY_CLEANUP(find_levels(encoder, raw, levels, &count, error));
    if (count == 0) {
        status = no_value(raw, error);
    } else if (count > max_categories) {
        char quoted[CLMLP_QUOTE_LENGTH];
        (void)clmlp_quote(quoted, raw->name, strlen(raw->name));
        status = clmlp_fail(error, CLMLP_BAD_INPUT,
                            "column %s has %zu different texts (expected at most %zu); leave it out: --ignore %s, or "
                            "take them all: --max-categories %zu", quoted, count, max_categories, quoted, count);
    } else {
        TRY_CLEANUP(clmlp_duplicate_list(&encoder->levels, levels, count, error));
        encoder->level_count = count;
    }
cleanup:
    free(levels);
    return status;
}

clmlp_status clmlp_encoder_fit(clmlp_encoder **out, const clmlp_raw_column *raw, size_t max_categories,
                               clmlp_error *error)
{
    clmlp_encoder *encoder = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_encoder_create(&encoder, raw->name, raw->kind, error));
    TRY_CLEANUP(raw->kind == CLMLP_COLUMN_CATEGORICAL ? fit_levels(encoder, raw, max_categories, error)
                                                      : fit_numbers(encoder, raw, error));
    *out = encoder;
    encoder = NULL;
cleanup:
    clmlp_encoder_destroy(encoder);
    return status;
}
