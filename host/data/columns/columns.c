/* columns.c - lists of named columns: made, compared, found again by name. */
#include "data/columns/columns.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "data/quote.h"

/* A name and where it stood. */
typedef struct placed_name {
    const char *name;
    size_t place;
} placed_name;

static int compare_names(const void *a, const void *b)
{
    const placed_name *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* *out = the names in byte order, equal ones in the order of their places. */
static clmlp_status sort_names(placed_name **out, const char *const *names, size_t count, clmlp_error *error)
{
    placed_name *sorted = NULL;
    TRY(clmlp_allocate(&sorted, count, sizeof *sorted, "the names of columns", error));
    for (size_t j = 0; j < count; j++) sorted[j] = (placed_name){names[j], j};
    if (count > 1) qsort(sorted, count, sizeof *sorted, compare_names);
    *out = sorted;
    return CLMLP_OK;
}

clmlp_status clmlp_find_repeated(const char *const *names, size_t count, bool empty, size_t *j, size_t *earlier,
                                 clmlp_error *error)
{
    placed_name *sorted = NULL;
    *j = *earlier = count;
    TRY(sort_names(&sorted, names, count, error));
    for (size_t i = 0; i < count; i++) {
        const bool repeated = i > 0 && strcmp(sorted[i - 1].name, sorted[i].name) == 0;
        const bool wrong = repeated || (empty && sorted[i].name[0] == '\0');
        if (!wrong || sorted[i].place >= *j) continue;
        *j = sorted[i].place;
        *earlier = repeated ? sorted[i - 1].place : *j;
    }
    free(sorted);
    return CLMLP_OK;
}

clmlp_status clmlp_find_names(const char *const *wanted, size_t wanted_count, const char *const *names, size_t count,
                              size_t *place, clmlp_error *error)
{
    placed_name *sorted = NULL;
    TRY(sort_names(&sorted, names, count, error));
    for (size_t w = 0; w < wanted_count; w++) {
        size_t low = 0, high = count; /* the first that is not below */
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (strcmp(sorted[middle].name, wanted[w]) < 0) low = middle + 1;
            else high = middle;
        }
        const bool found = low < count && strcmp(sorted[low].name, wanted[w]) == 0;
        place[w] = found ? sorted[low].place : count;
    }
    free(sorted);
    return CLMLP_OK;
}

clmlp_status clmlp_columns_create(clmlp_columns **out, const char *const *names, size_t count, clmlp_error *error)
{
    clmlp_columns *columns = NULL;
    clmlp_status status = CLMLP_OK;
    char quoted[CLMLP_QUOTE_LENGTH];
    size_t j = 0, earlier = 0;
    REQUIRE(out != NULL, "out");
    REQUIRE(names != NULL, "names");
    REQUIRE(count > 0, "count");
    for (j = 0; j < count; j++) REQUIRE(names[j] != NULL, "names");
    TRY(clmlp_find_repeated(names, count, true, &j, &earlier, error));
    if (j < count && names[j][0] == '\0') {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'names': name %zu is empty", j + 1);
    }
    if (j < count) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'names': %zu and %zu are both %s", earlier + 1, j + 1,
                          clmlp_quote(quoted, names[j], strlen(names[j])));
    }
    TRY(clmlp_allocate(&columns, 1, sizeof *columns, "a list of columns", error));
    TRY_CLEANUP(clmlp_duplicate_list(&columns->names, names, count, error));
    columns->count = count;
    *out = columns;
    columns = NULL;
cleanup:
    clmlp_columns_destroy(columns);
    return status;
}

clmlp_status clmlp_columns_create_encoded(clmlp_columns **out, clmlp_encoder *const *encoders, size_t count,
                                          clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_columns *columns = NULL;
    const char **names = NULL;
    TRY(clmlp_allocate(&names, count, sizeof *names, "the names of columns", error));
    for (size_t j = 0; j < count; j++) names[j] = encoders[j]->name;
    TRY_CLEANUP(clmlp_columns_create(&columns, names, count, error));
    TRY_CLEANUP(clmlp_allocate(&columns->encoders, count, sizeof(clmlp_encoder *), "a list of columns", error));
    for (size_t j = 0; j < count; j++) columns->encoders[j] = encoders[j];
    *out = columns;
    columns = NULL;
cleanup:
    clmlp_columns_destroy(columns);
    free(names);
    return status;
}

clmlp_status clmlp_columns_copy(clmlp_columns **out, const clmlp_columns *columns, clmlp_error *error)
{
    clmlp_columns *copy = NULL;
    clmlp_status status = CLMLP_OK;
    *out = NULL;
    if (columns == NULL) return CLMLP_OK;
    TRY(clmlp_columns_create(&copy, (const char *const *)columns->names, columns->count, error));
    if (columns->encoders != NULL) {
        TRY_CLEANUP(clmlp_allocate(&copy->encoders, copy->count, sizeof(clmlp_encoder *), "a list of columns", error));
        for (size_t j = 0; j < copy->count; j++) {
            TRY_CLEANUP(clmlp_encoder_copy(&copy->encoders[j], columns->encoders[j], error));
        }
    }
    TRY_CLEANUP(clmlp_duplicate_list(&copy->missing, (const char *const *)columns->missing, columns->missing_count,
                                     error));
    copy->missing_count = columns->missing_count;
    copy->numbered = columns->numbered;
    *out = copy;
    copy = NULL;
cleanup:
    clmlp_columns_destroy(copy);
    return status;
}

clmlp_marks clmlp_columns_marks(const clmlp_columns *columns)
{
    if (columns == NULL) return (clmlp_marks){.texts = NULL};
    return (clmlp_marks){.texts = (const char *const *)columns->missing, .count = columns->missing_count};
}

size_t clmlp_columns_width(const clmlp_columns *columns)
{
    size_t width = columns->encoders == NULL ? columns->count : 0;
    for (size_t j = 0; columns->encoders != NULL && j < columns->count; j++) {
        width += clmlp_encoder_width(columns->encoders[j]);
    }
    return width;
}

bool clmlp_columns_are_numbers(const clmlp_columns *columns)
{
    for (size_t j = 0; columns->encoders != NULL && j < columns->count; j++) {
        if (!clmlp_encoder_is_number(columns->encoders[j])) return false;
    }
    return true;
}

size_t clmlp_columns_compare(const clmlp_columns *data, const clmlp_columns *model)
{
    const size_t count = data->count < model->count ? data->count : model->count;
    for (size_t j = 0; j < count; j++) {
        const clmlp_encoder *const x = data->encoders != NULL ? data->encoders[j] : NULL;
        const clmlp_encoder *const y = model->encoders != NULL ? model->encoders[j] : NULL;
        const bool suits = clmlp_encoder_equal(x, y) || (x == NULL && clmlp_encoder_is_number(y));
        if (strcmp(data->names[j], model->names[j]) != 0 || !suits) return j;
    }
    return count;
}

clmlp_status clmlp_columns_create_numbered(clmlp_columns **out, const size_t *source, size_t count, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const char **names = NULL;
    char(*digits)[24] = NULL;
    TRY_CLEANUP(clmlp_allocate(&names, count, sizeof *names, "the names of columns", error));
    TRY_CLEANUP(clmlp_allocate(&digits, count, sizeof *digits, "the names of columns", error));
    for (size_t j = 0; j < count; j++) {
        (void)snprintf(digits[j], sizeof digits[j], "%zu", source[j] + 1);
        names[j] = digits[j];
    }
    TRY_CLEANUP(clmlp_columns_create(out, names, count, error));
    (*out)->numbered = true;
cleanup:
    free(digits);
    free(names);
    return status;
}

void clmlp_columns_destroy(clmlp_columns *columns)
{
    if (columns == NULL) return;
    for (size_t j = 0; columns->encoders != NULL && j < columns->count; j++) {
        clmlp_encoder_destroy(columns->encoders[j]);
    }
    free(columns->encoders);
    free(columns->missing);
    free(columns->names);
    free(columns);
}

size_t clmlp_columns_count(const clmlp_columns *columns)
{
    return columns != NULL ? columns->count : 0;
}

const char *clmlp_columns_name(const clmlp_columns *columns, size_t j)
{
    return columns != NULL && j < columns->count ? columns->names[j] : NULL;
}

const char *clmlp_columns_missing_text(const clmlp_columns *columns, size_t i)
{
    const clmlp_marks marks = clmlp_columns_marks(columns);
    return columns != NULL ? clmlp_mark(&marks, i) : NULL;
}

static const clmlp_encoder *encoder_of(const clmlp_columns *columns, size_t j)
{
    return columns != NULL && columns->encoders != NULL && j < columns->count ? columns->encoders[j] : NULL;
}

clmlp_column_kind clmlp_columns_kind(const clmlp_columns *columns, size_t j)
{
    if (columns == NULL || j >= columns->count) return CLMLP_COLUMN_KIND_COUNT;
    return columns->encoders != NULL ? columns->encoders[j]->kind : CLMLP_COLUMN_NUMERIC;
}

size_t clmlp_columns_features(const clmlp_columns *columns, size_t j)
{
    if (columns == NULL || j >= columns->count) return 0;
    return columns->encoders != NULL ? clmlp_encoder_width(columns->encoders[j]) : 1;
}

bool clmlp_columns_missing(const clmlp_columns *columns, size_t j)
{
    const clmlp_encoder *const encoder = encoder_of(columns, j);
    return encoder != NULL && encoder->had_missing;
}

size_t clmlp_columns_levels(const clmlp_columns *columns, size_t j)
{
    const clmlp_encoder *const encoder = encoder_of(columns, j);
    return encoder != NULL ? encoder->level_count : 0;
}

const char *clmlp_columns_level(const clmlp_columns *columns, size_t j, size_t k)
{
    const clmlp_encoder *const encoder = encoder_of(columns, j);
    return encoder != NULL && k < encoder->level_count ? encoder->levels[k] : NULL;
}

clmlp_status clmlp_columns_feature_name(const clmlp_columns *columns, size_t j, size_t f, char **out,
                                        clmlp_error *error)
{
    REQUIRE(columns != NULL, "columns");
    REQUIRE(out != NULL, "out");
    REQUIRE(j < columns->count, "j");
    REQUIRE(f < clmlp_columns_features(columns, j), "f");
    if (columns->encoders == NULL) return clmlp_duplicate(out, columns->names[j], error);
    return clmlp_encoder_feature_name(out, columns->encoders[j], f, error);
}

bool clmlp_columns_numbered(const clmlp_columns *columns)
{
    return columns != NULL && columns->numbered;
}
