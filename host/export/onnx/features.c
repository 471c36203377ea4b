/* features.c - what comes in becomes features: numbers, texts and dates as the encoders of the columns have it. */
#include "export/onnx/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

#define OWN(stem) CLMLP_ONNX_OWN stem

/* Where a feature comes from: a block of values side by side, and the place in it. */
typedef enum block { BLOCK_VALUES, BLOCK_FLAGS, BLOCK_LEVELS, BLOCK_COUNT } block;

typedef struct encoding {
    clmlp_onnx_graph *graph;
    const clmlp_columns *columns;
    clmlp_onnx_type type;            /* of numbers that come in */
    size_t dates, booleans, numbers; /* columns of each kind */
    size_t width;                    /* features */
    block *blocks;                   /* [width] */
    int64_t *places;                 /* [width], in the block; then in all blocks side by side */
    double *fill;                    /* [values], what stands for a missing one */
    int64_t *flag_of;                /* [flags], the value whose absence it tells */
    size_t values, flags, levels;    /* of each block */
    const char **names;              /* [columns], for lists of values */
    char (*own)[CLMLP_ONNX_NAME];    /* [columns], names made for those */
} encoding;

bool clmlp_onnx_by_column(const clmlp_columns *columns)
{
    for (size_t c = 0; columns != NULL && columns->encoders != NULL && c < columns->count; c++) {
        if (columns->encoders[c]->kind != CLMLP_COLUMN_NUMERIC) return true;
    }
    return false;
}

static const clmlp_encoder *encoder_of(const encoding *e, size_t c)
{
    return e->columns->encoders != NULL ? e->columns->encoders[c] : NULL;
}

static clmlp_column_kind kind_of(const encoding *e, size_t c)
{
    const clmlp_encoder *const encoder = encoder_of(e, c);
    return encoder != NULL ? encoder->kind : CLMLP_COLUMN_NUMERIC;
}

/* --- where each feature stands ---------------------------------------------------------------------------------- */

/* Values stand in the order: numbers, booleans, part 0 of all dates, part 1, ... */
static void place_column(encoding *e, size_t c, size_t *f, size_t *nth)
{
    const clmlp_encoder *const encoder = encoder_of(e, c);
    const clmlp_column_kind kind = kind_of(e, c);
    const size_t start = kind == CLMLP_COLUMN_NUMERIC ? 0 : kind == CLMLP_COLUMN_BOOLEAN ? e->numbers
                                                                                          : e->numbers + e->booleans;
    if (kind == CLMLP_COLUMN_CATEGORICAL) {
        const size_t width = clmlp_encoder_width(encoder);
        for (size_t k = 0; k < width; k++, (*f)++) {
            e->blocks[*f] = BLOCK_LEVELS;
            e->places[*f] = (int64_t)e->levels++;
        }
        return;
    }
    const size_t first = start + nth[kind]++, parts = encoder != NULL ? clmlp_encoder_parts(encoder) : 1;
    for (size_t p = 0; p < parts; p++, (*f)++) {
        const size_t place = first + p * e->dates;
        e->blocks[*f] = BLOCK_VALUES;
        e->places[*f] = (int64_t)place;
        e->fill[place] = encoder != NULL ? encoder->fill[p] : (double)NAN;
    }
    if (encoder == NULL || !encoder->had_missing) return;
    e->blocks[*f] = BLOCK_FLAGS;
    e->places[(*f)++] = (int64_t)e->flags;
    e->flag_of[e->flags++] = (int64_t)first;
}

static clmlp_status plan(encoding *e)
{
    size_t f = 0, nth[CLMLP_COLUMN_KIND_COUNT] = {0}, values = 0;
    const size_t count = e->columns->count;
    clmlp_error *const error = e->graph->error;
    for (size_t c = 0; c < count; c++) {
        e->dates += kind_of(e, c) == CLMLP_COLUMN_DATE;
        e->booleans += kind_of(e, c) == CLMLP_COLUMN_BOOLEAN;
        e->numbers += kind_of(e, c) == CLMLP_COLUMN_NUMERIC;
    }
    values = e->numbers + e->booleans + CLMLP_ONNX_PARTS * e->dates;
    e->width = clmlp_columns_width(e->columns);
    TRY(clmlp_allocate(&e->blocks, e->width, sizeof *e->blocks, "the features", error));
    TRY(clmlp_allocate(&e->places, e->width, sizeof *e->places, "the features", error));
    TRY(clmlp_allocate(&e->fill, values, sizeof *e->fill, "the features", error));
    TRY(clmlp_allocate(&e->flag_of, count, sizeof *e->flag_of, "the features", error));
    TRY(clmlp_allocate(&e->names, count, sizeof *e->names, "the columns", error));
    TRY(clmlp_allocate(&e->own, count, CLMLP_ONNX_NAME, "the columns", error));
    for (size_t i = 0; i < values; i++) e->fill[i] = (double)NAN;
    for (size_t c = 0; c < count; c++) place_column(e, c, &f, nth);
    e->values = values;
    return CLMLP_OK;
}

/* --- columns ----------------------------------------------------------------------------------------------------- */

static clmlp_status inputs(const encoding *e)
{
    static const char *const docs[CLMLP_COLUMN_KIND_COUNT] = {
        [CLMLP_COLUMN_NUMERIC] = "a number; NaN: missing", [CLMLP_COLUMN_BOOLEAN] = "true, false, yes or no",
        [CLMLP_COLUMN_CATEGORICAL] = "a text", [CLMLP_COLUMN_DATE] = "seconds since 1970-01-01 00:00; NaN: missing"};
    for (size_t c = 0; c < e->columns->count; c++) {
        const clmlp_column_kind kind = kind_of(e, c);
        const clmlp_onnx_type type = kind == CLMLP_COLUMN_NUMERIC ? e->type
                                     : kind == CLMLP_COLUMN_DATE  ? CLMLP_ONNX_DOUBLE
                                                                  : CLMLP_ONNX_STRING;
        TRY(clmlp_onnx_input(e->graph, e->columns->names[c], type, 1, docs[kind]));
    }
    return CLMLP_OK;
}

/* The columns of a kind side by side; `own`: not the inputs but what became of them. */
static clmlp_status side_by_side(const encoding *e, clmlp_column_kind kind, bool own, const char *output)
{
    size_t count = 0;
    for (size_t c = 0; c < e->columns->count; c++) {
        if (kind_of(e, c) == kind) e->names[count++] = own ? e->own[c] : e->columns->names[c];
    }
    return clmlp_onnx_concat(e->graph, e->names, count, output);
}

/* Numbers that mean "no value", such as -999, become NaN. */
static clmlp_status marked(const encoding *e, const char *input, clmlp_onnx_type type, char output[CLMLP_ONNX_NAME])
{
    const clmlp_marks marks = clmlp_columns_marks(e->columns);
    const char *mark = NULL;
    size_t found = 0;
    (void)snprintf(output, CLMLP_ONNX_NAME, "%s", input);
    for (size_t i = 0; (mark = clmlp_mark(&marks, i)) != NULL; i++) {
        char before[CLMLP_ONNX_NAME], value[CLMLP_ONNX_NAME], equal[CLMLP_ONNX_NAME];
        double number = 0.0;
        if (!clmlp_parse_double(mark, mark + strlen(mark), &number) || !isfinite(number)) continue;
        if (found == 0) TRY(clmlp_onnx_scalar(e->graph, OWN("marked_nan"), type, (double)NAN));
        (void)snprintf(before, sizeof before, "%s", output);
        (void)snprintf(value, sizeof value, OWN("mark_%zu"), found);
        (void)snprintf(equal, sizeof equal, OWN("is_mark_%zu"), found);
        (void)snprintf(output, CLMLP_ONNX_NAME, OWN("unmarked_%zu"), found++);
        TRY(clmlp_onnx_scalar(e->graph, value, type, number));
        TRY(clmlp_onnx_apply(e->graph, "Equal", before, value, NULL, equal));
        TRY(clmlp_onnx_apply(e->graph, "Where", equal, OWN("marked_nan"), before, output));
    }
    return CLMLP_OK;
}

/* A word with the letters of `capitals` in upper case, into text [8]. */
static void spell(char text[8], const char *word, unsigned capitals)
{
    size_t i = 0;
    for (; word[i] != '\0'; i++) text[i] = (char)((capitals >> i & 1) != 0 ? word[i] - ('a' - 'A') : word[i]);
    text[i] = '\0';
}

/* 1 or 0 of true, false, yes and no in any letter case; NaN of what means "no value"; else infinite, so that nothing
 * comes of it. */
static clmlp_status booleans(const encoding *e)
{
    static const char *const words[] = {"false", "true", "no", "yes"}, *const input = OWN("boolean_texts");
    enum { SPELLINGS = 32 + 16 + 4 + 8 };
    clmlp_status status = CLMLP_OK;
    char spelt[SPELLINGS][8];
    size_t marks_count = 0, count = 0;
    const char **keys = NULL;
    float *values = NULL;
    const clmlp_marks marks = clmlp_columns_marks(e->columns);
    while (clmlp_mark(&marks, marks_count) != NULL) marks_count++;
    TRY(clmlp_allocate(&keys, marks_count + SPELLINGS, sizeof *keys, "the texts of booleans", e->graph->error));
    TRY_CLEANUP(clmlp_allocate(&values, marks_count + SPELLINGS, sizeof *values, "the texts of booleans",
                               e->graph->error));
    for (; count < marks_count; count++) {
        keys[count] = clmlp_mark(&marks, count);
        values[count] = NAN;
    }
    for (size_t w = 0, s = 0; w < 4; w++) {
        for (unsigned capitals = 0; capitals >> strlen(words[w]) == 0; capitals++, s++) {
            spell(spelt[s], words[w], capitals);
            if (clmlp_is_missing(&marks, spelt[s], strlen(spelt[s]))) continue;
            keys[count] = spelt[s];
            values[count++] = (float)(w % 2);
        }
    }
    TRY_CLEANUP(side_by_side(e, CLMLP_COLUMN_BOOLEAN, false, input));
    TRY_CLEANUP(clmlp_onnx_begin(e->graph, "LabelEncoder", CLMLP_ONNX_ML, &input, 1, OWN("boolean_floats")));
    TRY_CLEANUP(clmlp_onnx_texts(e->graph, "keys_strings", keys, count));
    TRY_CLEANUP(clmlp_onnx_floats(e->graph, "values_floats", values, count));
    TRY_CLEANUP(clmlp_onnx_float(e->graph, "default_float", INFINITY));
    TRY_CLEANUP(clmlp_onnx_end(e->graph));
    TRY_CLEANUP(clmlp_onnx_cast(e->graph, OWN("boolean_floats"), CLMLP_ONNX_DOUBLE, OWN("booleans")));
cleanup:
    free(values);
    free(keys);
    return status;
}

static clmlp_status dates(const encoding *e)
{
    clmlp_status status = CLMLP_OK;
    int64_t *first = NULL;
    size_t count = 0;
    TRY(clmlp_allocate(&first, e->dates, sizeof *first, "the first days", e->graph->error));
    for (size_t c = 0; c < e->columns->count; c++) {
        if (kind_of(e, c) == CLMLP_COLUMN_DATE) first[count++] = encoder_of(e, c)->first_day;
    }
    TRY_CLEANUP(side_by_side(e, CLMLP_COLUMN_DATE, false, OWN("dates")));
    TRY_CLEANUP(clmlp_onnx_dates(e->graph, OWN("dates"), first, count, OWN("date_values")));
cleanup:
    free(first);
    return status;
}

/* The place of a text among the levels; after them what is missing, where that has a place; -1: none. */
static clmlp_status find_level(const encoding *e, size_t c, const char *output)
{
    clmlp_status status = CLMLP_OK;
    const clmlp_encoder *const encoder = encoder_of(e, c);
    const clmlp_marks marks = clmlp_columns_marks(e->columns);
    const char **keys = NULL, *mark = NULL;
    int64_t *values = NULL;
    size_t most = encoder->level_count, count = 0;
    while (clmlp_mark(&marks, most - encoder->level_count) != NULL) most++;
    TRY(clmlp_allocate(&keys, most, sizeof *keys, "the texts of a column", e->graph->error));
    TRY_CLEANUP(clmlp_allocate(&values, most, sizeof *values, "the texts of a column", e->graph->error));
    for (size_t k = 0; k < encoder->level_count; k++) {
        if (clmlp_is_missing(&marks, encoder->levels[k], strlen(encoder->levels[k]))) continue;
        keys[count] = encoder->levels[k];
        values[count++] = (int64_t)k;
    }
    for (size_t i = 0; encoder->had_missing && (mark = clmlp_mark(&marks, i)) != NULL; i++) {
        keys[count] = mark;
        values[count++] = (int64_t)encoder->level_count;
    }
    const char *const input = e->columns->names[c];
    TRY_CLEANUP(clmlp_onnx_begin(e->graph, "LabelEncoder", CLMLP_ONNX_ML, &input, 1, output));
    TRY_CLEANUP(clmlp_onnx_texts(e->graph, "keys_strings", keys, count));
    TRY_CLEANUP(clmlp_onnx_ints(e->graph, "values_int64s", values, count));
    TRY_CLEANUP(clmlp_onnx_int(e->graph, "default_int64", -1));
    TRY_CLEANUP(clmlp_onnx_end(e->graph));
cleanup:
    free(values);
    free(keys);
    return status;
}

/* 1 where the place is that of the feature, else 0. */
static clmlp_status one_hot(const encoding *e, size_t c, const char *level, const char *output)
{
    char name[CLMLP_ONNX_NAME];
    int64_t *count_up = NULL;
    const size_t width = clmlp_encoder_width(encoder_of(e, c));
    TRY(clmlp_allocate(&count_up, width, sizeof *count_up, "the texts of a column", e->graph->error));
    for (size_t k = 0; k < width; k++) count_up[k] = (int64_t)k;
    (void)snprintf(name, sizeof name, OWN("levels_%zu"), c + 1);
    clmlp_status status = clmlp_onnx_integers(e->graph, name, count_up, width);
    if (status == CLMLP_OK) status = clmlp_onnx_apply(e->graph, "Equal", level, name, NULL, output);
    free(count_up);
    return status;
}

static clmlp_status levels(const encoding *e)
{
    size_t count = 0;
    for (size_t c = 0; c < e->columns->count; c++) {
        char level[CLMLP_ONNX_NAME];
        if (kind_of(e, c) != CLMLP_COLUMN_CATEGORICAL || clmlp_encoder_width(encoder_of(e, c)) == 0) continue;
        (void)snprintf(level, sizeof level, OWN("level_%zu"), c + 1);
        (void)snprintf(e->own[c], CLMLP_ONNX_NAME, OWN("is_level_%zu"), c + 1);
        TRY(find_level(e, c, level));
        TRY(one_hot(e, c, level, e->own[c]));
        e->names[count++] = e->own[c];
    }
    TRY(clmlp_onnx_concat(e->graph, e->names, count, OWN("are_levels")));
    return clmlp_onnx_cast(e->graph, OWN("are_levels"), CLMLP_ONNX_DOUBLE, OWN("levels"));
}

/* --- all together ------------------------------------------------------------------------------------------------ */

/* `values` with what is missing filled in, and the flags that tell where. */
static clmlp_status fill_in(const encoding *e, const char *values)
{
    TRY(clmlp_onnx_numbers(e->graph, OWN("fill"), CLMLP_ONNX_DOUBLE, 0, e->values, e->fill, 1));
    TRY(clmlp_onnx_apply(e->graph, "IsNaN", values, NULL, NULL, OWN("missing")));
    TRY(clmlp_onnx_apply(e->graph, "Where", OWN("missing"), OWN("fill"), values, OWN("filled")));
    if (e->flags == 0) return CLMLP_OK;
    TRY(clmlp_onnx_integers(e->graph, OWN("flag_of"), e->flag_of, e->flags));
    TRY(clmlp_onnx_gather(e->graph, OWN("missing"), OWN("flag_of"), 1, OWN("flagged")));
    return clmlp_onnx_cast(e->graph, OWN("flagged"), CLMLP_ONNX_DOUBLE, OWN("flags"));
}

/* The blocks side by side, then in the order of the features. */
static clmlp_status arrange(const encoding *e, clmlp_onnx_value *features)
{
    static const char *const names[BLOCK_COUNT] = {OWN("filled"), OWN("flags"), OWN("levels")};
    const size_t widths[BLOCK_COUNT] = {e->values, e->flags, e->levels};
    const char *there[BLOCK_COUNT];
    int64_t before[BLOCK_COUNT], all = 0;
    size_t count = 0;
    bool in_order = true;
    for (size_t b = 0; b < BLOCK_COUNT; all += (int64_t)widths[b++]) {
        before[b] = all;
        if (widths[b] > 0) there[count++] = names[b];
    }
    TRY(clmlp_onnx_concat(e->graph, there, count, OWN("unordered")));
    for (size_t f = 0; f < e->width; f++) {
        e->places[f] += before[e->blocks[f]];
        in_order = in_order && e->places[f] == (int64_t)f;
    }
    (void)snprintf(features->name, sizeof features->name, in_order && (int64_t)e->width == all ? OWN("unordered")
                                                                                                : OWN("encoded"));
    features->type = CLMLP_ONNX_DOUBLE;
    if (strcmp(features->name, OWN("unordered")) == 0) return CLMLP_OK;
    TRY(clmlp_onnx_integers(e->graph, OWN("order"), e->places, e->width));
    return clmlp_onnx_gather(e->graph, OWN("unordered"), OWN("order"), 1, OWN("encoded"));
}

/* One input a column. */
static clmlp_status by_column(const encoding *e, clmlp_onnx_value *features)
{
    const char *kinds[3], *const values = OWN("values");
    char numbers[CLMLP_ONNX_NAME];
    size_t count = 0;
    TRY(inputs(e));
    if (e->numbers > 0) {
        TRY(side_by_side(e, CLMLP_COLUMN_NUMERIC, false, OWN("numbers")));
        TRY(marked(e, OWN("numbers"), e->type, numbers));
        kinds[count++] = OWN("number_values");
        TRY(clmlp_onnx_cast(e->graph, numbers, CLMLP_ONNX_DOUBLE, OWN("number_values")));
    }
    if (e->booleans > 0) {
        kinds[count++] = OWN("booleans");
        TRY(booleans(e));
    }
    if (e->dates > 0) {
        kinds[count++] = OWN("date_values");
        TRY(dates(e));
    }
    if (e->values > 0) {
        TRY(clmlp_onnx_concat(e->graph, kinds, count, values));
        TRY(fill_in(e, values));
    }
    if (e->levels > 0) TRY(levels(e));
    return arrange(e, features);
}

/* Whether anything is done with columns that are all numbers. */
static bool is_plain(const encoding *e)
{
    const clmlp_marks marks = clmlp_columns_marks(e->columns);
    for (size_t i = 0; i < e->values; i++) {
        if (!isnan(e->fill[i])) return false;
    }
    return e->flags == 0 && !(e->columns->missing != NULL && clmlp_marks_have_numbers(&marks));
}

/* One matrix of all columns, which are numbers. */
static clmlp_status by_matrix(const encoding *e, clmlp_onnx_value *features)
{
    char numbers[CLMLP_ONNX_NAME];
    TRY(clmlp_onnx_input(e->graph, CLMLP_ONNX_MATRIX, e->type, e->values,
                         "the columns in the order of the metadata; NaN: missing"));
    if (is_plain(e)) {
        (void)snprintf(features->name, sizeof features->name, CLMLP_ONNX_MATRIX);
        features->type = e->type;
        return CLMLP_OK;
    }
    TRY(marked(e, CLMLP_ONNX_MATRIX, e->type, numbers));
    TRY(clmlp_onnx_cast(e->graph, numbers, CLMLP_ONNX_DOUBLE, OWN("values")));
    TRY(fill_in(e, OWN("values")));
    return arrange(e, features);
}

clmlp_status clmlp_onnx_features(clmlp_onnx_graph *graph, const clmlp_model *model, clmlp_onnx_type type,
                                 clmlp_onnx_value *features)
{
    clmlp_status status = CLMLP_OK;
    encoding e = {.graph = graph, .columns = model->columns, .type = type};
    if (model->columns == NULL) {
        (void)snprintf(features->name, sizeof features->name, CLMLP_ONNX_MATRIX);
        features->type = type;
        return clmlp_onnx_input(graph, CLMLP_ONNX_MATRIX, type, model->s[0], "a row of features for each example");
    }
    TRY_CLEANUP(plan(&e));
    status = clmlp_onnx_by_column(model->columns) ? by_column(&e, features) : by_matrix(&e, features);
cleanup:
    free(e.own);
    free(e.names);
    free(e.flag_of);
    free(e.fill);
    free(e.places);
    free(e.blocks);
    return status;
}
