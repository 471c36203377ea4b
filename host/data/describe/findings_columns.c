/* findings_columns.c - what is wrong with the columns of a table, or would stop a training on them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/column_view.h"
#include "data/describe/describe.h"

/* ROWS: fewer differ by chance, as in identifiers.c. From MANY_MISSING on a column says little. A text among MOSTLY
 * numbers is a slip, not a category. More columns than EACH make one finding. */
enum { ROWS = 20, EACH = 3, SHOWN = 3 };
static const double MANY_MISSING = 0.3, MOSTLY = 0.8;

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const char *text)
{
    return clmlp_quote(out, text, strlen(text));
}

/* --- columns that share a finding ---------------------------------------------------------------------------- */

/* Columns for which `marked` says so. */
typedef struct column_set {
    clmlp_data_finding_kind kind;
    const char *one, *several; /* what is found in it, in them */
    const char *lead, *tail;   /* of the advice, before and behind the option's list */
} column_set;

/* "3,5-9" or names; `marked` [columns] of the file. */
static clmlp_status list_options(clmlp_text *text, const clmlp_described_file *file, const bool *marked, size_t count,
                                 clmlp_error *error)
{
    char option[CLMLP_OPTION_LENGTH];
    const char *between = "";
    for (size_t c = 0; c < file->column_count; c++) {
        if (!marked[c]) continue;
        const size_t first = file->columns[c].column.number;
        size_t last = c;
        if (count <= EACH + 7 || first == 0) {
            TRY(clmlp_text_append(text, error, "%s%s", between, clmlp_describe_option(option, file, c)));
        } else {
            while (last + 1 < file->column_count && marked[last + 1] &&
                   file->columns[last + 1].column.number == first + (last + 1 - c)) last++;
            if (last > c) TRY(clmlp_text_append(text, error, "%s%zu-%zu", between, first, first + (last - c)));
            else TRY(clmlp_text_append(text, error, "%s%zu", between, first));
        }
        between = ",";
        c = last;
    }
    return CLMLP_OK;
}

static clmlp_status list_names(clmlp_text *text, const clmlp_described_file *file, const bool *marked, size_t count,
                               clmlp_error *error)
{
    char name[160];
    size_t shown = 0;
    for (size_t c = 0; c < file->column_count && shown < 5; c++) {
        if (!marked[c]) continue;
        clmlp_describe_name(name, sizeof name, file, c);
        TRY(clmlp_text_append(text, error, "%s%s", shown > 0 ? ", " : "", name + strlen("column ")));
        shown++;
    }
    return shown < count ? clmlp_text_append(text, error, " and %zu more", count - shown) : CLMLP_OK;
}

/* One finding for each, or one for all of many. */
static clmlp_status add_columns(clmlp_description *d, const column_set *set, const bool *marked, clmlp_error *error)
{
    const clmlp_described_file *const file = &d->data;
    const size_t m = file->dataset->m, none = file->column_count;
    char place[CLMLP_PLACE_LENGTH], option[CLMLP_OPTION_LENGTH], advice[2 * CLMLP_OPTION_LENGTH];
    clmlp_status status = CLMLP_OK;
    clmlp_text names = {0}, options = {0};
    size_t count = 0;
    for (size_t c = 0; c < file->column_count; c++) count += marked[c];
    for (size_t c = 0; count <= EACH && c < file->column_count; c++) {
        if (!marked[c]) continue;
        (void)snprintf(advice, sizeof advice, "%s--ignore %s%s", set->lead, clmlp_describe_option(option, file, c),
                       set->tail);
        TRY(clmlp_describe_add(d, set->kind, 1, clmlp_describe_place(place, file, m, c), advice, error, "%s",
                               set->one));
    }
    if (count <= EACH) return CLMLP_OK;
    TRY_CLEANUP(clmlp_text_append(&options, error, "%s--ignore ", set->lead));
    TRY_CLEANUP(list_options(&options, file, marked, count, error));
    TRY_CLEANUP(clmlp_text_append(&options, error, "%s", set->tail));
    TRY_CLEANUP(list_names(&names, file, marked, count, error));
    TRY_CLEANUP(clmlp_describe_add(d, set->kind, count, clmlp_describe_place(place, file, m, none), options.data, error,
                                   "%zu columns %s: %s", count, set->several, names.data));
cleanup:
    free(options.data);
    free(names.data);
    return status;
}

/* --- all columns ---------------------------------------------------------------------------------------------- */

static bool is_constant(const clmlp_summary *summary)
{
    return summary->column.distinct == 1 && summary->column.missing == 0 && summary->column.rows > 1;
}

/* Of a column of texts: rows whose text is a number or a date, whichever are more. */
static size_t count_values(const clmlp_summary *summary, clmlp_column_kind *kind)
{
    size_t counts[2] = {0, 0};
    double value = 0.0;
    for (size_t k = 0; k < summary->level_count; k++) {
        const clmlp_level_count *const level = &summary->levels[k];
        if (clmlp_cell_parse(level->text, CLMLP_COLUMN_NUMERIC, &value)) counts[0] += level->count;
        else if (clmlp_cell_parse(level->text, CLMLP_COLUMN_DATE, &value)) counts[1] += level->count;
    }
    *kind = counts[0] >= counts[1] ? CLMLP_COLUMN_NUMERIC : CLMLP_COLUMN_DATE;
    return counts[0] >= counts[1] ? counts[0] : counts[1];
}

/* Of a column of texts: how many stand among values of a kind that would be numbers or dates without them; 0: none, or
 * these are no slips. */
static size_t count_slips(const clmlp_summary *summary, clmlp_column_kind *kind)
{
    const size_t present = summary->column.rows - summary->column.missing;
    if (summary->column.kind != CLMLP_COLUMN_CATEGORICAL) return 0;
    const size_t values = count_values(summary, kind);
    return (double)values >= MOSTLY * (double)present ? present - values : 0;
}

static bool is_identifier(const clmlp_summary *summary)
{
    const clmlp_column_summary *const column = &summary->column;
    clmlp_column_kind kind = CLMLP_COLUMN_NUMERIC;
    if (column->rows < ROWS || column->distinct != column->rows || count_slips(summary, &kind) > 0) return false;
    return column->kind == CLMLP_COLUMN_CATEGORICAL || (column->kind == CLMLP_COLUMN_NUMERIC && summary->whole);
}

static clmlp_status find_empty(clmlp_description *d, bool *marked, clmlp_error *error)
{
    static const column_set set = {CLMLP_DATA_FINDING_EMPTY, "has no value in any row", "have no value in any row",
                                   "training refuses it: ", ""};
    for (size_t c = 0; c < d->data.column_count; c++) marked[c] = d->data.columns[c].column.distinct == 0;
    return add_columns(d, &set, marked, error);
}

static clmlp_status find_constant(clmlp_description *d, bool *marked, clmlp_error *error)
{
    static const column_set set = {CLMLP_DATA_FINDING_CONSTANT, "has the same value in every row",
                                   "have one value in every row", "nothing can be learned from it: ", ""};
    for (size_t c = 0; c < d->data.column_count; c++) marked[c] = is_constant(&d->data.columns[c]);
    return add_columns(d, &set, marked, error);
}

static clmlp_status find_identifiers(clmlp_description *d, bool *marked, clmlp_error *error)
{
    static const column_set set = {CLMLP_DATA_FINDING_IDENTIFIER, "has another value in each row",
                                   "have another value in each row", "if it only names the rows: ", ""};
    const size_t count = d->data.column_count;
    for (size_t c = 0; c < count; c++) marked[c] = count > 1 && is_identifier(&d->data.columns[c]);
    return add_columns(d, &set, marked, error);
}

static bool equal_columns(const clmlp_dataset *dataset, size_t a, size_t b)
{
    for (size_t i = 0; i < dataset->m; i++) {
        const clmlp_cell_value x = clmlp_view_cell(dataset, a, i), y = clmlp_view_cell(dataset, b, i);
        if (!clmlp_cell_equal(&x, &y)) return false;
    }
    return true;
}

/* A column by its hash. */
typedef struct hashed_column {
    uint64_t hash;
    size_t c;
} hashed_column;

static int compare_hashes(const void *a, const void *b)
{
    const hashed_column *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->c > y->c) - (x->c < y->c);
}

/* earlier [columns]: the column that each one equals; itself where there is none. Constant and empty ones are told
 * otherwise. */
static clmlp_status find_equals(const clmlp_description *d, size_t *earlier, clmlp_error *error)
{
    const size_t count = d->data.column_count;
    hashed_column *hashed = NULL;
    TRY(clmlp_allocate(&hashed, count, sizeof *hashed, "the hashes of columns", error));
    for (size_t c = 0; c < count; c++) {
        hashed[c] = (hashed_column){d->data.columns[c].hash, c};
        earlier[c] = c;
    }
    if (count > 1) qsort(hashed, count, sizeof *hashed, compare_hashes);
    for (size_t i = 1, first = 0; i < count; i++) {
        const size_t a = hashed[first].c, b = hashed[i].c;
        if (hashed[i].hash != hashed[first].hash) first = i;
        else if (d->data.columns[b].column.distinct > 1 && equal_columns(d->data.dataset, a, b)) earlier[b] = a;
    }
    free(hashed);
    return CLMLP_OK;
}

static clmlp_status find_duplicates(clmlp_description *d, bool *marked, clmlp_error *error)
{
    char what[224] = "", name[160];
    size_t *earlier = NULL, count = 0;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&earlier, d->data.column_count, sizeof *earlier, "a list of columns", error));
    TRY_CLEANUP(find_equals(d, earlier, error));
    for (size_t c = 0; c < d->data.column_count; c++) count += earlier[c] != c;
    const column_set set = {CLMLP_DATA_FINDING_DUPLICATE_COLUMN, what, "equal an earlier one",
                            "leave one of them out: ", ""};
    if (count > EACH) {
        for (size_t c = 0; c < d->data.column_count; c++) marked[c] = earlier[c] != c;
        TRY_CLEANUP(add_columns(d, &set, marked, error));
        goto cleanup;
    }
    for (size_t c = 0; c < d->data.column_count; c++) {
        if (earlier[c] == c) continue;
        for (size_t other = 0; other < d->data.column_count; other++) marked[other] = other == c;
        clmlp_describe_name(name, sizeof name, &d->data, earlier[c]);
        (void)snprintf(what, sizeof what, "is equal to %s in every row", name);
        TRY_CLEANUP(add_columns(d, &set, marked, error));
    }
cleanup:
    free(earlier);
    return status;
}

/* --- one column ---------------------------------------------------------------------------------------------- */

static clmlp_status find_categories(clmlp_description *d, size_t c, clmlp_error *error)
{
    const clmlp_summary *const summary = &d->data.columns[c];
    char place[CLMLP_PLACE_LENGTH], option[CLMLP_OPTION_LENGTH], advice[2 * CLMLP_OPTION_LENGTH];
    if (summary->column.kind != CLMLP_COLUMN_CATEGORICAL || is_identifier(summary)) return CLMLP_OK;
    if (summary->level_count <= d->max_categories) return CLMLP_OK;
    clmlp_column_kind kind = CLMLP_COLUMN_NUMERIC;
    const char *const cause = count_slips(summary, &kind) == 0 ? "" : " because of the texts among its values, see "
                                                                      "there";
    (void)snprintf(advice, sizeof advice, "training refuses it%s: --ignore %s leaves it out, --max-categories %zu "
                   "takes them all", cause, clmlp_describe_option(option, &d->data, c), summary->level_count);
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_CATEGORIES, summary->level_count,
                              clmlp_describe_place(place, &d->data, d->data.dataset->m, c), advice, error,
                              "has %zu different texts, of which a training takes at most %zu", summary->level_count,
                              d->max_categories);
}

/* The first cells that are no values of the kind, with their places. */
static clmlp_status list_texts(clmlp_text *text, const clmlp_described_file *file, size_t c, clmlp_column_kind kind,
                               size_t *first, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH], place[CLMLP_PLACE_LENGTH];
    double value = 0.0;
    size_t shown = 0;
    for (size_t i = 0; i < file->dataset->m && shown < SHOWN; i++) {
        const clmlp_cell_value cell = clmlp_view_cell(file->dataset, c, i);
        if (cell.text == NULL || clmlp_cell_parse(cell.text, kind, &value)) continue;
        if (shown == 0) *first = i;
        (void)clmlp_dataset_example_place(file->dataset, i, place, sizeof place);
        TRY(clmlp_text_append(text, error, "%s%s in %s", shown > 0 ? ", " : "", quote(quoted, cell.text), place));
        shown++;
    }
    return CLMLP_OK;
}

/* The advice about texts among values: an option where they are few. */
static clmlp_status advise_about_texts(clmlp_text *advice, const clmlp_description *d, const clmlp_summary *summary,
                                       clmlp_column_kind kind, clmlp_error *error)
{
    enum { LISTED = 4 };
    const clmlp_marks marks = clmlp_columns_marks(d->data.dataset->columns);
    const char *texts[LISTED];
    size_t count = 0;
    double value = 0.0;
    for (size_t k = 0; k < summary->level_count; k++) {
        if (clmlp_cell_parse(summary->levels[k].text, kind, &value)) continue;
        if (count++ < LISTED) texts[count - 1] = summary->levels[k].text;
    }
    TRY(clmlp_text_append(advice, error, "a training takes all of the column as categories: mend the cells, or name "
                          "those that mean no value: "));
    if (count > LISTED) return clmlp_text_append(advice, error, "--missing-values");
    return clmlp_marks_option(advice, &marks, texts, count, error);
}

static clmlp_status find_texts(clmlp_description *d, size_t c, clmlp_error *error)
{
    const clmlp_summary *const summary = &d->data.columns[c];
    const size_t present = summary->column.rows - summary->column.missing;
    char place[CLMLP_PLACE_LENGTH];
    clmlp_column_kind kind = CLMLP_COLUMN_NUMERIC;
    clmlp_text list = {0}, advice = {0};
    size_t first = 0;
    const size_t texts = count_slips(summary, &kind);
    if (texts == 0) return CLMLP_OK;
    clmlp_status status = list_texts(&list, &d->data, c, kind, &first, error);
    if (status == CLMLP_OK) status = advise_about_texts(&advice, d, summary, kind, error);
    if (status == CLMLP_OK) {
        status = clmlp_describe_add(
            d, CLMLP_DATA_FINDING_TEXTS, texts, clmlp_describe_place(place, &d->data, first, c), advice.data, error,
            "%zu text%s among %zu %ss: %s%s", texts, texts == 1 ? "" : "s", present - texts,
            kind == CLMLP_COLUMN_DATE ? "date" : "number", list.data, texts > SHOWN ? ", ..." : "");
    }
    free(advice.data);
    free(list.data);
    return status;
}

static clmlp_status find_missing(clmlp_description *d, size_t c, clmlp_error *error)
{
    const clmlp_column_summary *const column = &d->data.columns[c].column;
    char place[CLMLP_PLACE_LENGTH], option[CLMLP_OPTION_LENGTH], advice[2 * CLMLP_OPTION_LENGTH];
    if (column->distinct == 0 || (double)column->missing < MANY_MISSING * (double)column->rows) return CLMLP_OK;
    (void)snprintf(advice, sizeof advice, "%s; --ignore %s leaves the column out",
                   column->kind == CLMLP_COLUMN_CATEGORICAL ? "they will be a level of their own"
                                                            : "one value will stand for all of them",
                   clmlp_describe_option(option, &d->data, c));
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_MISSING, column->missing,
                              clmlp_describe_place(place, &d->data, d->data.dataset->m, c), advice, error,
                              "%zu of %zu values are missing (%.0f %%)", column->missing, column->rows,
                              100.0 * (double)column->missing / (double)column->rows);
}

static clmlp_status find_beyond(clmlp_description *d, size_t c, clmlp_error *error)
{
    const clmlp_dataset *const dataset = d->data.dataset;
    const clmlp_column_summary *const column = &d->data.columns[c].column;
    char place[CLMLP_PLACE_LENGTH], number[32];
    size_t count = 0, first = dataset->m;
    if (column->kind != CLMLP_COLUMN_NUMERIC || column->distinct == 0) return CLMLP_OK;
    if (isfinite((float)column->least) && isfinite((float)column->most)) return CLMLP_OK;
    for (size_t i = 0; i < dataset->m; i++) {
        if (!isinf((float)clmlp_view_number(dataset, c, i)) || count++ > 0) continue;
        first = i;
    }
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_BEYOND_FLOAT, count,
                              clmlp_describe_place(place, &d->data, first, c),
                              "mend it, or train with --precision f64", error,
                              "%s is beyond what a float holds (%zu such value%s)",
                              clmlp_format_double(number, clmlp_view_number(dataset, c, first), 9), count,
                              count == 1 ? "" : "s");
}

clmlp_status clmlp_find_in_columns(clmlp_description *d, clmlp_error *error)
{
    typedef clmlp_status find_all(clmlp_description *d, bool *marked, clmlp_error *error);
    typedef clmlp_status find_one(clmlp_description *d, size_t c, clmlp_error *error);
    static find_all *const all[] = {find_empty, find_constant, find_duplicates, find_identifiers};
    static find_one *const each[] = {find_categories, find_texts, clmlp_find_marks, find_missing,
                                     find_beyond};
    clmlp_status status = CLMLP_OK;
    bool *marked = NULL;
    if (d->data.dataset->sparse != NULL) return clmlp_find_in_sparse(d, error);
    if (d->data.dataset->pixels) return CLMLP_OK; /* the edges of images are constant, and equal */
    TRY(clmlp_allocate(&marked, d->data.column_count, sizeof *marked, "a list of columns", error));
    for (size_t f = 0; f < sizeof all / sizeof *all; f++) TRY_CLEANUP(all[f](d, marked, error));
    for (size_t f = 0; f < sizeof each / sizeof *each; f++) {
        for (size_t c = 0; c < d->data.column_count; c++) TRY_CLEANUP(each[f](d, c, error));
    }
    TRY_CLEANUP(clmlp_find_thousands(d, error));
cleanup:
    free(marked);
    return status;
}
