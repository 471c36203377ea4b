/* describe.c - descriptions of data: files read, columns summarised, findings collected; what callers read of it. */
#include "data/describe/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "data/column_view.h"
#include "data/readers/input.h"

void clmlp_describe_options_init(clmlp_describe_options *options, size_t size)
{
    static const clmlp_describe_options defaults = {.size = sizeof defaults};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

const char *clmlp_data_finding_name(clmlp_data_finding_kind kind)
{
    static const char *const names[] = {
#define FINDING_NAME(name, text) text,
        CLMLP_DATA_FINDING_LIST(FINDING_NAME)
#undef FINDING_NAME
    };
    return (unsigned)kind < CLMLP_DATA_FINDING_KIND_COUNT ? names[kind] : "?";
}

/* --- summaries ------------------------------------------------------------------------------------------- */

static clmlp_status summarize_columns(clmlp_described_file *file, clmlp_error *error)
{
    const clmlp_dataset *const dataset = file->dataset;
    clmlp_status status = CLMLP_OK;
    double *values = NULL;
    const size_t count = clmlp_view_columns(dataset);
    if (!clmlp_lists_columns(dataset)) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&values, dataset->m, sizeof *values, "the values of a column", error));
    TRY_CLEANUP(clmlp_allocate(&file->columns, count, sizeof *file->columns, "a description", error));
    file->column_count = count;
    for (size_t c = 0; c < count; c++) {
        TRY_CLEANUP(clmlp_summarize(&file->columns[c], dataset, c, values, error));
        if (file->survey.source != NULL) file->columns[c].column.number = file->survey.source[c] + 1;
    }
cleanup:
    free(values);
    return status;
}

static clmlp_status summarize_targets(clmlp_description *d, clmlp_error *error)
{
    const clmlp_dataset *const dataset = d->data.dataset;
    double *values = NULL;
    if (dataset->target_kind != CLMLP_TARGET_VALUES) return CLMLP_OK;
    TRY(clmlp_allocate(&values, dataset->m, sizeof *values, "the targets", error));
    const clmlp_status status = clmlp_allocate(&d->targets, dataset->K, sizeof *d->targets, "a description", error);
    for (size_t k = 0; status == CLMLP_OK && k < dataset->K; k++) {
        for (size_t i = 0; i < dataset->m; i++) values[i] = dataset->y[i * dataset->K + k];
        d->targets[k].column = (clmlp_column_summary){.size = sizeof d->targets[k].column, .name = dataset->target};
        clmlp_summarize_values(&d->targets[k], values, dataset->m, dataset->m);
    }
    if (status == CLMLP_OK) d->target_count = dataset->K;
    free(values);
    return status;
}

/* Over all columns; their means have the same weight, for none has a value missing. */
static void summarize_all(clmlp_description *d)
{
    clmlp_column_summary *const all = &d->values;
    *all = (clmlp_column_summary){.size = sizeof *all, .least = (double)NAN, .most = (double)NAN, .mean = (double)NAN,
                                  .deviation = (double)NAN, .median = (double)NAN};
    if (d->data.dataset->encoded != NULL || d->data.dataset->sparse != NULL) return;
    for (size_t c = 0; c < d->data.column_count; c++) {
        const clmlp_column_summary *const one = &d->data.columns[c].column;
        if (c == 0 || one->least < all->least) all->least = one->least;
        if (c == 0 || one->most > all->most) all->most = one->most;
        all->mean = c == 0 ? one->mean : all->mean + (one->mean - all->mean) / (double)(c + 1);
        all->distinct += one->distinct > 1;
    }
    all->rows = d->data.dataset->m;
    all->features = d->data.dataset->n;
}

/* --- reading --------------------------------------------------------------------------------------------- */

static clmlp_status read_test(clmlp_description *d, const clmlp_load_options *given,
                              const clmlp_describe_options *options, clmlp_error *error)
{
    const clmlp_dataset *const dataset = d->data.dataset;
    clmlp_load_options load = *given;
    load.labels_path = options->test_labels_path;
    load.target_kind = dataset->target_kind;
    /* labels in front of each line; if this file is a table, it is asked which column they are */
    const bool in_front = dataset->sparse != NULL && given->labels_path == NULL;
    if (in_front && load.labels_path == NULL) {
        load.asks_target = true;
    } else if (load.labels_path == NULL && load.target_kind != CLMLP_TARGET_NONE) {
        if (dataset->target == NULL) load.target_kind = CLMLP_TARGET_NONE; /* in a file of their own, here in none */
        else load.target = dataset->target;
    }
    load.categorical = NULL; /* the columns say it */
    load.skip_weights = true; /* test data need none */
    if (dataset->columns != NULL && !dataset->columns->numbered) load.features = load.ignore = NULL;
    load.model_index_base = load.index_base = dataset->index_base;
    d->test.path = clmlp_input_name(options->test_path);
    d->test.survey.target_is_optional = true;
    d->test.survey.like = dataset->columns;
    TRY(clmlp_dataset_survey(&d->test.dataset, &d->test.survey, options->test_path, &load, error));
    return summarize_columns(&d->test, error);
}

static clmlp_status read_all(clmlp_description *d, const char *path, const clmlp_load_options *load,
                             const clmlp_describe_options *options, clmlp_error *error)
{
    d->data.path = clmlp_input_name(path);
    d->max_categories = load->max_categories > 0 ? load->max_categories : (size_t)CLMLP_MAX_CATEGORIES;
    d->drops_missing = load->missing_targets == CLMLP_MISSING_TARGETS_DROP;
    TRY(clmlp_dataset_survey(&d->data.dataset, &d->data.survey, path, load, error));
    TRY(summarize_columns(&d->data, error));
    TRY(summarize_targets(d, error));
    summarize_all(d);
    if (d->data.dataset->sparse != NULL) TRY(clmlp_summarize_sparse(&d->values, d->data.dataset, error));
    return options->test_path != NULL ? read_test(d, load, options, error) : CLMLP_OK;
}

clmlp_status clmlp_describe(clmlp_description **out, const char *path, const clmlp_load_options *given,
                            const clmlp_describe_options *given_options, clmlp_error *error)
{
    clmlp_load_options load = clmlp_load_options_default();
    clmlp_describe_options options = clmlp_describe_options_default();
    clmlp_status status = CLMLP_OK;
    clmlp_description *d = NULL;
    load.target_kind = CLMLP_TARGET_AUTO;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&load, sizeof load, given, "load", error));
    TRY(clmlp_structure_take(&options, sizeof options, given_options, "options", error));
    REQUIRE(load.columns == NULL, "load.columns");
    REQUIRE(load.expected_features == 0, "load.expected_features");
    REQUIRE(load.class_names == NULL && load.class_indices == 0, "load.class_names");
    TRY(clmlp_allocate(&d, 1, sizeof *d, "a description", error));
    TRY_CLEANUP(read_all(d, path, &load, &options, error));
    TRY_CLEANUP(clmlp_find_in_targets(d, error));
    TRY_CLEANUP(clmlp_find_in_columns(d, error));
    TRY_CLEANUP(clmlp_find_in_rows(d, error));
    if (d->test.dataset != NULL) TRY_CLEANUP(clmlp_find_in_test(d, error));
    d->data.path = d->test.path = NULL; /* the caller's */
    *out = d;
    d = NULL;
cleanup:
    clmlp_description_destroy(d);
    return status;
}

static void release_file(clmlp_described_file *file)
{
    for (size_t c = 0; c < file->column_count; c++) clmlp_summary_release(&file->columns[c]);
    free(file->columns);
    clmlp_survey_release(&file->survey);
    clmlp_dataset_destroy(file->dataset);
}

void clmlp_description_destroy(clmlp_description *description)
{
    if (description == NULL) return;
    for (size_t i = 0; i < description->count; i++) {
        free(description->findings[i].place);
        free(description->findings[i].text);
        free(description->findings[i].advice);
    }
    free(description->findings);
    free(description->targets);
    release_file(&description->data);
    release_file(&description->test);
    free(description);
}

/* --- what callers read ------------------------------------------------------------------------------------ */

const clmlp_dataset *clmlp_description_dataset(const clmlp_description *description)
{
    return description != NULL ? description->data.dataset : NULL;
}

const clmlp_dataset *clmlp_description_test(const clmlp_description *description)
{
    return description != NULL ? description->test.dataset : NULL;
}

const char *clmlp_description_form(const clmlp_description *description)
{
    return description != NULL ? description->data.survey.form : NULL;
}

size_t clmlp_description_rows(const clmlp_description *description)
{
    return description != NULL ? description->data.survey.rows : 0;
}

bool clmlp_description_pixels(const clmlp_description *description)
{
    return description != NULL && description->data.dataset->pixels && description->data.column_count > 1;
}

const char *clmlp_description_question(const clmlp_description *description)
{
    return description != NULL ? description->data.survey.question : NULL;
}

size_t clmlp_description_columns(const clmlp_description *description)
{
    return description != NULL ? description->data.column_count : 0;
}

/* The caller's struct has its own size. */
static clmlp_status give(clmlp_column_summary *out, const clmlp_column_summary *from, clmlp_error *error)
{
    TRY(clmlp_structure_check(out, "out", error));
    clmlp_structure_give(out, from, sizeof *from);
    return CLMLP_OK;
}

clmlp_status clmlp_description_column(const clmlp_description *description, size_t j, clmlp_column_summary *out,
                                      clmlp_error *error)
{
    REQUIRE(description != NULL, "description");
    REQUIRE(out != NULL, "out");
    REQUIRE(j < description->data.column_count, "j");
    return give(out, &description->data.columns[j].column, error);
}

const char *clmlp_description_level(const clmlp_description *description, size_t j, size_t k, size_t *count)
{
    if (description == NULL || j >= description->data.column_count) return NULL;
    const clmlp_summary *const summary = &description->data.columns[j];
    if (k >= summary->level_count) return NULL;
    if (count != NULL) *count = summary->levels[k].count;
    return summary->levels[k].text;
}

clmlp_status clmlp_description_target(const clmlp_description *description, size_t k, clmlp_column_summary *out,
                                      clmlp_error *error)
{
    REQUIRE(description != NULL, "description");
    REQUIRE(out != NULL, "out");
    REQUIRE(k < description->target_count, "k");
    return give(out, &description->targets[k].column, error);
}

clmlp_status clmlp_description_values(const clmlp_description *description, clmlp_column_summary *out,
                                      clmlp_error *error)
{
    REQUIRE(description != NULL, "description");
    REQUIRE(out != NULL, "out");
    return give(out, &description->values, error);
}

size_t clmlp_description_findings(const clmlp_description *description)
{
    return description != NULL ? description->count : 0;
}

clmlp_status clmlp_description_finding(const clmlp_description *description, size_t i, clmlp_data_finding *out,
                                       clmlp_error *error)
{
    REQUIRE(description != NULL, "description");
    REQUIRE(out != NULL, "out");
    REQUIRE(i < description->count, "i");
    const clmlp_found *const found = &description->findings[i];
    const clmlp_data_finding own = {.size = sizeof own, .kind = found->kind, .count = found->count,
                                    .place = found->place, .text = found->text, .advice = found->advice};
    TRY(clmlp_structure_check(out, "out", error));
    clmlp_structure_give(out, &own, sizeof own);
    return CLMLP_OK;
}
