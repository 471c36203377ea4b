/* encode_columns.c - encoders of all columns of a table: fitted to it, and what they meet in it told. */
#include "data/columns/encode_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/quote.h"

/* --- fitting --------------------------------------------------------------------------------------------- */

/* Whether any row has a value. */
static bool has_value(const clmlp_raw_column *raw)
{
    const bool categorical = raw->kind == CLMLP_COLUMN_CATEGORICAL;
    for (size_t i = 0; i < raw->m; i++) {
        if (categorical ? clmlp_raw_code(raw, i) != 0 : !isnan(raw->numbers[i * raw->stride])) return true;
    }
    return false;
}

/* The encoder of a column without any value; its features are none that a training takes. */
static clmlp_status fit_nothing(clmlp_encoder **encoder, const clmlp_raw_column *raw, clmlp_error *error)
{
    TRY(clmlp_encoder_create(encoder, raw->name, raw->kind, error));
    (*encoder)->had_missing = true;
    return CLMLP_OK;
}

/* The number of texts of a column that has more of them than it may; else 0. */
static clmlp_status count_surplus(const clmlp_raw_column *raw, size_t max_categories, size_t *count, clmlp_error *error)
{
    *count = 0;
    if (raw->kind != CLMLP_COLUMN_CATEGORICAL || raw->text_count <= max_categories) return CLMLP_OK;
    TRY(clmlp_encoder_count_levels(count, raw, error));
    if (*count <= max_categories) *count = 0;
    return CLMLP_OK;
}

/* Several columns with too many texts are told at once: one at a time they would be as many tries. */
static clmlp_status check_text_counts(const clmlp_raw_column *raw, size_t columns_count, const clmlp_encode_wish *wish,
                                      clmlp_error *error)
{
    enum { SHOWN = 10 };
    char columns[SHOWN * (CLMLP_QUOTE_LENGTH + 32)] = "", names[SHOWN * (CLMLP_QUOTE_LENGTH + 1)] = "";
    char quoted[CLMLP_QUOTE_LENGTH];
    size_t found = 0, most = 0, count = 0;
    for (size_t c = 0; c < columns_count; c++) {
        TRY(count_surplus(&raw[c], wish->max_categories, &count, error));
        if (count == 0) continue;
        most = count > most ? count : most;
        if (found++ >= SHOWN) continue;
        (void)clmlp_quote(quoted, raw[c].name, strlen(raw[c].name));
        const size_t length = strlen(columns), names_length = strlen(names);
        (void)snprintf(columns + length, sizeof columns - length, "%s%s (%zu)", found > 1 ? ", " : "", quoted, count);
        (void)snprintf(names + names_length, sizeof names - names_length, "%s%s", found > 1 ? "," : "", quoted);
    }
    if (found < 2) return CLMLP_OK; /* the encoder says it of a single one */
    const char *const more = found > SHOWN ? ", ..." : "";
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: %zu columns have more than %zu different texts: %s%s; leave them out: --ignore %s%s, or "
                      "take them all: --max-categories %zu", wish->path, found, wish->max_categories, columns,
                      more, names, found > SHOWN ? ",..." : "", most);
}

clmlp_status clmlp_encode_fit(clmlp_columns **out, const clmlp_raw_column *raw, size_t count,
                              const clmlp_encode_wish *wish, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_encoder **encoders = NULL;
    TRY(check_text_counts(raw, count, wish, error));
    TRY(clmlp_allocate(&encoders, count, sizeof(clmlp_encoder *), "the columns", error));
    for (size_t c = 0; c < count; c++) {
        clmlp_error why = {.status = CLMLP_OK};
        if (wish->describes && !has_value(&raw[c])) {
            TRY_CLEANUP(fit_nothing(&encoders[c], &raw[c], error));
            continue;
        }
        status = clmlp_encoder_fit(&encoders[c], &raw[c], wish->max_categories, &why);
        if (status == CLMLP_OK) continue;
        status = clmlp_fail(error, status, "%s: %s", wish->path, why.message);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_columns_create_encoded(out, encoders, count, error));
    memset(encoders, 0, count * sizeof(clmlp_encoder *));
cleanup:
    for (size_t c = 0; c < count; c++) clmlp_encoder_destroy(encoders[c]);
    free(encoders);
    return status;
}

/* --- telling --------------------------------------------------------------------------------------------- */

/* One column, and what is said of it. */
typedef struct telling {
    const clmlp_encode_story *story;
    const clmlp_raw_column *raw;
    const char *values; /* "values", or of which part */
    char name[CLMLP_QUOTE_LENGTH];
    clmlp_error *error;
} telling;

/* As the user counts, without a header. */
static size_t row_number(const clmlp_encode_story *story, size_t i)
{
    return (story->source != NULL ? story->source[i] : i) + 1;
}

/* text: what stands there first; NULL: nothing. */
static clmlp_status refuse(const telling *t, const char *what, size_t count, size_t first, const char *text,
                           const char *hint)
{
    char quoted[CLMLP_QUOTE_LENGTH] = "";
    if (text != NULL) (void)clmlp_quote(quoted, text, strlen(text));
    const bool may_ignore = !t->story->new_data || t->story->held_out; /* a model needs all of its columns */
    return clmlp_fail(t->error, CLMLP_BAD_INPUT, "%s: column %s: %zu of %zu %s %s, the first in row %zu%s%s; %s%s%s",
                      t->story->path, t->name, count, t->raw->m, t->values, what, row_number(t->story, first),
                      text != NULL ? ", " : "", quoted, hint,
                      may_ignore ? ", or leave the column out: --ignore " : "", may_ignore ? t->name : "");
}

/* What stands for the missing values of a column. Of training data the number itself may still change, when a part is
 * held out. */
static void describe_fill(const clmlp_encoder *encoder, bool new_data, bool new_missing, char *out, size_t size)
{
    char number[64] = "";
    if (new_data) {
        (void)snprintf(number, sizeof number, " of the training data, ");
        (void)clmlp_format_double(number + strlen(number), encoder->fill[0], 6);
        (void)strcat(number, ",");
    }
    switch (encoder->kind) {
    case CLMLP_COLUMN_NUMERIC: (void)snprintf(out, size, "the median%s stands for them", number); break;
    case CLMLP_COLUMN_BOOLEAN: (void)snprintf(out, size, "the more frequent value%s stands for them", number); break;
    case CLMLP_COLUMN_DATE: (void)snprintf(out, size, "the median of each part of a date stands for them"); break;
    case CLMLP_COLUMN_CATEGORICAL:
        (void)snprintf(out, size, new_missing ? "their features are all 0" : "they are a level of their own");
        break;
    case CLMLP_COLUMN_KIND_COUNT: out[0] = '\0'; break;
    }
}

static clmlp_status tell_missing(const telling *t, const clmlp_encoder *encoder, const clmlp_encoder_counts *counts,
                                 clmlp_notes *notes)
{
    char fill[128];
    const bool is_new = counts->new_missing > 0;
    if (counts->missing == 0 || (t->story->only_new && !is_new)) return CLMLP_OK;
    if (t->story->refuse_missing) {
        return refuse(t, "are missing", counts->missing, counts->first_missing, NULL,
                      "say --missing impute");
    }
    describe_fill(encoder, t->story->new_data, is_new, fill, sizeof fill);
    return clmlp_notes_add(notes, t->error, "%s: column %s: %zu of %zu %s are missing%s; %s", t->story->path, t->name,
                           counts->missing, t->raw->m, t->values,
                           is_new ? ", of which the training data had none" : "", fill);
}

static clmlp_status tell_unseen(const telling *t, const clmlp_encoder_counts *counts, clmlp_notes *notes)
{
    char text[CLMLP_QUOTE_LENGTH];
    if (counts->unseen == 0) return CLMLP_OK;
    const char *const first = t->raw->texts[clmlp_raw_code(t->raw, counts->first_unseen) - 1];
    if (t->story->refuse_unseen) {
        return refuse(t, "were not in the training data", counts->unseen, counts->first_unseen, first,
                      "say --unseen zeros");
    }
    return clmlp_notes_add(notes, t->error,
                           "%s: column %s: %zu of %zu %s were not in the training data, the first in row %zu, "
                           "%s; their features are all 0", t->story->path, t->name, counts->unseen, t->raw->m,
                           t->values, row_number(t->story, counts->first_unseen),
                           clmlp_quote(text, first, strlen(first)));
}

enum { TOLD_SINGLY = 3, SHOWN_NAMES = 10 };

/* Whether a column has missing values to tell of: such as training data had, too (is_new false), or not. */
static bool has_gaps(const clmlp_encode_story *story, const clmlp_encoder_counts *counts, bool is_new)
{
    if (story->refuse_missing || (story->only_new && !is_new)) return false;
    return counts->missing > 0 && (counts->new_missing > 0) == is_new;
}

/* Many columns with missing values: one note for all of them. *grouped: whether there was one. */
static clmlp_status tell_gaps(const clmlp_encode_story *story, const clmlp_raw_column *raw,
                              const clmlp_encoder_counts *counts, size_t count, bool is_new, bool *grouped,
                              clmlp_notes *notes, clmlp_error *error)
{
    char names[SHOWN_NAMES * (CLMLP_QUOTE_LENGTH + 32)] = "", quoted[CLMLP_QUOTE_LENGTH], more[48] = "";
    size_t found = 0;
    for (size_t c = 0; c < count; c++) {
        if (!has_gaps(story, &counts[c], is_new) || found++ >= SHOWN_NAMES) continue;
        const size_t length = strlen(names);
        (void)snprintf(names + length, sizeof names - length, "%s%s (%zu)", found > 1 ? ", " : "",
                       clmlp_quote(quoted, raw[c].name, strlen(raw[c].name)), counts[c].missing);
    }
    *grouped = found > TOLD_SINGLY;
    if (!*grouped) return CLMLP_OK;
    if (found > SHOWN_NAMES) (void)snprintf(more, sizeof more, " and %zu more", found - SHOWN_NAMES);
    return clmlp_notes_add(notes, error, "%s: %s%zu columns have missing values%s, of %zu: %s%s; medians and more "
                           "frequent values%s stand for them, and of texts %s", story->path,
                           story->held_out ? "held out: " : "", found,
                           is_new ? ", of which the training data had none" : "", raw[0].m, names, more,
                           story->new_data ? " of the training data" : "",
                           is_new ? "nothing: their features are all 0" : "a level of their own");
}

static clmlp_status count_values(clmlp_encoder_counts *counts, const clmlp_encoder *encoder,
                                 const clmlp_raw_column *raw, clmlp_error *error)
{
    uint32_t *map = NULL;
    if (raw->kind == CLMLP_COLUMN_CATEGORICAL) TRY(clmlp_encoder_map(&map, encoder, raw, error));
    *counts = clmlp_encoder_count(encoder, raw, map);
    free(map);
    return CLMLP_OK;
}

clmlp_status clmlp_encode_tell(const clmlp_encode_story *story, const clmlp_columns *columns,
                               const clmlp_raw_column *raw, clmlp_notes *notes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_encoder_counts *counts = NULL;
    bool grouped[2];
    if (columns->count == 0) return CLMLP_OK;
    TRY(clmlp_allocate(&counts, columns->count, sizeof *counts, "the counts of missing values", error));
    for (size_t c = 0; c < columns->count; c++) {
        TRY_CLEANUP(count_values(&counts[c], columns->encoders[c], &raw[c], error));
    }
    for (int is_new = 0; is_new < 2; is_new++) {
        TRY_CLEANUP(tell_gaps(story, raw, counts, columns->count, is_new == 1, &grouped[is_new], notes, error));
    }
    for (size_t c = 0; c < columns->count; c++) {
        telling t = {.story = story, .raw = &raw[c], .values = story->held_out ? "held-out values" : "values",
                     .error = error};
        (void)clmlp_quote(t.name, raw[c].name, strlen(raw[c].name));
        const bool told = grouped[counts[c].new_missing > 0] && !story->refuse_missing;
        if (!told) TRY_CLEANUP(tell_missing(&t, columns->encoders[c], &counts[c], notes));
        TRY_CLEANUP(tell_unseen(&t, &counts[c], notes));
    }
cleanup:
    free(counts);
    return status;
}
