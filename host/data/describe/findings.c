/* findings.c - what would stop a training, or is wrong with it: target and rows, in sentences. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/describe/describe.h"
#include "data/similar.h"

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const char *text)
{
    return clmlp_quote(out, text, strlen(text));
}

/* --- the target ---------------------------------------------------------------------------------------------- */

static char *target_place(char text[CLMLP_PLACE_LENGTH], const clmlp_description *d)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const char *const target = d->data.dataset->target;
    if (target == NULL) (void)snprintf(text, CLMLP_PLACE_LENGTH, "the targets of %.200s", d->data.path);
    else (void)snprintf(text, CLMLP_PLACE_LENGTH, "%.150s, target %.100s", d->data.path, quote(quoted, target));
    return text;
}

/* What to do about targets of no use. */
static const char *another_target(const clmlp_description *d)
{
    if (d->data.dataset->sparse != NULL) return "there is nothing to learn";
    return "there is nothing to learn; --target COL names another column";
}

/* The question, cut into what was found and the options that answer. */
static clmlp_status find_question(clmlp_description *d, clmlp_error *error)
{
    static const char say[] = "; say ";
    char place[CLMLP_PLACE_LENGTH], *text = NULL;
    if (d->data.survey.question == NULL) return CLMLP_OK;
    TRY(clmlp_duplicate(&text, d->data.survey.question, error));
    char *const end = strstr(text, say), *const found = strstr(text, "(found ");
    if (end != NULL) *end = '\0';
    if (found != NULL && end != NULL && end[-1] == ')') end[-1] = '\0';
    const clmlp_status status = clmlp_describe_add(
        d, CLMLP_DATA_FINDING_TASK, 1, target_place(place, d), end != NULL ? end + strlen(say) : "", error,
        "may be a class or a number: %s", found != NULL ? found + 1 : text);
    free(text);
    return status;
}

static clmlp_status find_missing_targets(clmlp_description *d, clmlp_error *error)
{
    const clmlp_survey *const survey = &d->data.survey;
    char place[CLMLP_PLACE_LENGTH];
    const bool all = d->data.dataset->target_kind == CLMLP_TARGET_NONE;
    if (survey->missing == 0 || (d->drops_missing && !all)) return CLMLP_OK;
    if (all) {
        return clmlp_describe_add(d, CLMLP_DATA_FINDING_MISSING_TARGETS, survey->missing, target_place(place, d),
                                  another_target(d), error, "is missing in every row");
    }
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_MISSING_TARGETS, survey->missing, survey->missing_place,
                              "--missing-targets drop leaves such rows out", error,
                              "no target; %zu of %zu rows have none", survey->missing,
                              survey->rows);
}

static clmlp_status find_similar_classes(clmlp_description *d, clmlp_error *error)
{
    char place[CLMLP_PLACE_LENGTH], first[CLMLP_QUOTE_LENGTH], second[CLMLP_QUOTE_LENGTH];
    const clmlp_dataset *const dataset = d->data.dataset;
    size_t count = 0, a = 0, b = 0;
    TRY(clmlp_find_similar(dataset->class_names, dataset->K, &count, &a, &b, error));
    if (count == 0) return CLMLP_OK;
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_SIMILAR_CLASSES, count, target_place(place, d),
                              "if they mean one class, spell it one way", error,
                              "%s and %s differ only in case or in space around them; they are two classes",
                              quote(first, dataset->class_names[a]), quote(second, dataset->class_names[b]));
}

static clmlp_status find_in_classes(clmlp_description *d, clmlp_error *error)
{
    const clmlp_dataset *const dataset = d->data.dataset;
    char place[CLMLP_PLACE_LENGTH], quoted[CLMLP_QUOTE_LENGTH];
    size_t *counts = NULL, singles = 0, single = 0, row = 0;
    TRY(clmlp_allocate(&counts, dataset->K, sizeof *counts, "the sizes of the classes", error));
    (void)clmlp_dataset_class_counts(dataset, counts, NULL);
    for (size_t k = 0; k < dataset->K; k++) {
        if (counts[k] == 1 && singles++ == 0) single = k;
    }
    free(counts);
    if (dataset->K == 1) {
        return clmlp_describe_add(d, CLMLP_DATA_FINDING_CONSTANT_TARGET, 1, target_place(place, d),
                                  another_target(d), error,
                                  "is %s in every row", quote(quoted, dataset->class_names[0]));
    }
    TRY(find_similar_classes(d, error));
    if (singles == 0 || d->data.survey.question != NULL) return CLMLP_OK;
    while (dataset->labels[row] != single) row++;
    const size_t used = clmlp_dataset_example_place(dataset, row, place, sizeof place);
    if (dataset->target != NULL) {
        (void)snprintf(place + used, sizeof place - used, ", target %.100s", quote(quoted, dataset->target));
    }
    (void)quote(quoted, dataset->class_names[single]);
    if (singles == 1) {
        return clmlp_describe_add(d, CLMLP_DATA_FINDING_SINGLE_CLASS, 1, place,
                                  "it can be learned by heart, not tested: add examples, or leave the row out", error,
                                  "is the only example of class %s", quoted);
    }
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_SINGLE_CLASS, singles, place,
                              "they can be learned by heart, not tested: add examples, or leave the rows out", error,
                              "%zu classes have one example each, the first of them %s", singles, quoted);
}

static clmlp_status find_in_values(clmlp_description *d, clmlp_error *error)
{
    const clmlp_dataset *const dataset = d->data.dataset;
    char place[CLMLP_PLACE_LENGTH], number[32];
    for (size_t k = 0; k < dataset->K; k++) {
        const clmlp_column_summary *const target = &d->targets[k].column;
        if (target->distinct > 1 || target->rows < 2) continue;
        (void)clmlp_format_double(number, target->least, 9);
        if (dataset->K == 1) (void)target_place(place, d);
        else (void)snprintf(place, sizeof place, "%.200s, target %zu", d->data.path, k + 1);
        TRY(clmlp_describe_add(d, CLMLP_DATA_FINDING_CONSTANT_TARGET, 1, place,
                               another_target(d), error,
                               "is %s in every row", number));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_find_in_targets(clmlp_description *d, clmlp_error *error)
{
    TRY(find_question(d, error));
    TRY(find_missing_targets(d, error));
    if (d->data.dataset->target_kind == CLMLP_TARGET_CLASSES) return find_in_classes(d, error);
    return d->data.dataset->target_kind == CLMLP_TARGET_VALUES ? find_in_values(d, error) : CLMLP_OK;
}

/* --- rows ---------------------------------------------------------------------------------------------------- */

/* "line 3" or "example 2" of the same file. */
static void name_row(char text[CLMLP_PLACE_LENGTH], const clmlp_described_file *file, size_t row)
{
    char place[CLMLP_PLACE_LENGTH];
    (void)clmlp_dataset_example_place(file->dataset, row, place, sizeof place);
    const char *const colon = strrchr(place, ':');
    if (colon == NULL) (void)snprintf(text, CLMLP_PLACE_LENGTH, "%s", place);
    else (void)snprintf(text, CLMLP_PLACE_LENGTH, colon[1] == ' ' ? "%s" : "line %s", colon + 1 + (colon[1] == ' '));
}

static clmlp_status find_encoding(clmlp_description *d, const clmlp_described_file *file, clmlp_error *error)
{
    char place[CLMLP_PLACE_LENGTH];
    const clmlp_survey *const survey = &file->survey;
    if (survey->odd_line == 0) return CLMLP_OK;
    (void)snprintf(place, sizeof place, "%.200s:%zu:%zu", file->path, survey->odd_line, survey->odd_column);
    return clmlp_describe_add(d, CLMLP_DATA_FINDING_ENCODING, 1, place,
                              "where it is Windows' or Latin-1, iconv -f CP1252 -t UTF-8 converts the file", error,
                              "this text is not UTF-8, so it differs from the same one in a UTF-8 file");
}

clmlp_status clmlp_find_in_rows(clmlp_description *d, clmlp_error *error)
{
    clmlp_described_file *const file = &d->data;
    const clmlp_row_view view = {.dataset = file->dataset, .columns = file->column_count,
                                 .sparse = file->dataset->sparse != NULL};
    char place[CLMLP_PLACE_LENGTH], other[CLMLP_PLACE_LENGTH];
    clmlp_row_key *keys = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(find_encoding(d, &d->data, error));
    if (d->test.dataset != NULL) TRY(find_encoding(d, &d->test, error));
    const bool labels = !view.sparse && file->column_count == 1 && file->dataset->target_kind == CLMLP_TARGET_NONE;
    if (labels) return CLMLP_OK;
    TRY_CLEANUP(clmlp_row_keys(&keys, &view, error));
    const clmlp_row_pairs copies = clmlp_find_copies(&view, keys);
    if (copies.count > 0) {
        name_row(other, file, copies.other);
        TRY_CLEANUP(clmlp_describe_add(
            d, CLMLP_DATA_FINDING_DUPLICATE_ROWS, copies.count,
            clmlp_describe_place(place, file, copies.row, file->column_count),
            "copies that fall on both sides of --validation make its scores too good", error,
            "is equal to %s; %zu such row%s in all", other, copies.count, copies.count == 1 ? "" : "s"));
    }
    const clmlp_row_pairs pairs = clmlp_find_contradictions(&view, keys);
    if (pairs.count > 0) {
        name_row(other, file, pairs.other);
        TRY_CLEANUP(clmlp_describe_add(
            d, CLMLP_DATA_FINDING_CONTRADICTING_ROWS, pairs.count,
            clmlp_describe_place(place, file, pairs.row, file->column_count),
            "no model can be right about all of them", error,
            "has the features of %s, but another class; %zu such rows in all", other, pairs.count));
    }
cleanup:
    free(keys);
    return status;
}
