/* csv_columns.c - which column of a text file becomes which feature: by name where both the file and the model have
 * names, else by position. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/nearest.h"
#include "data/quote.h"
#include "data/readers/csv/csv.h"

/* What the placing of columns works on. */
typedef struct placing {
    clmlp_csv_layout *layout;
    const clmlp_table_request *request;
    const char *path;
    size_t line;        /* of the first row */
    const char **names; /* [columns] texts of the first row */
    bool *chosen;       /* [columns] chosen, so it may be a feature; also true for the target */
    clmlp_notes *notes;
    clmlp_error *error;
} placing;

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const char *name)
{
    return clmlp_quote(out, name, strlen(name));
}

static clmlp_status fail_at(const placing *p, size_t j, const char *what)
{
    return clmlp_csv_fail_in(p->layout, p->path, j, what, p->error);
}

static bool may_be_feature(const placing *p, size_t j)
{
    return p->chosen[j] && !clmlp_csv_is_target(p->layout, j);
}

static size_t count_features(const placing *p)
{
    size_t count = 0;
    for (size_t j = 0; j < p->layout->columns; j++) count += may_be_feature(p, j);
    return count;
}

static clmlp_status choose(const placing *p)
{
    const clmlp_csv_layout *const layout = p->layout;
    const clmlp_choice choice = {.features = p->request->features,
                                 .ignore = p->request->ignore,
                                 .path = p->path,
                                 .line = p->line,
                                 .names = layout->has_header ? p->names : NULL,
                                 .columns = layout->columns,
                                 .target = layout->target,
                                 .slots = layout->slots};
    return clmlp_choose_columns(&choice, p->chosen, p->error);
}

/* --- by name --------------------------------------------------------------------------------------------- */

/* The first names of a list, and how many more there are. */
enum { SHOWN = 5 };

static clmlp_status show_names(clmlp_text *text, const char *const *names, size_t count, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        TRY(clmlp_text_append(text, error, "%s%s", i > 0 ? ", " : "", quote(quoted, names[i])));
    }
    return count > SHOWN ? clmlp_text_append(text, error, " and %zu more", count - SHOWN) : CLMLP_OK;
}

static clmlp_status check_missing(const placing *p, const bool *found)
{
    const clmlp_columns *const columns = p->request->columns;
    clmlp_status status = CLMLP_OK;
    clmlp_text missing = {0}, there = {0};
    const char **names = NULL, **others = NULL;
    size_t count = 0, other_count = 0;
    char nearest[CLMLP_NEAREST_LENGTH];
    TRY(clmlp_allocate(&names, columns->count, sizeof *names, "the names of columns", p->error));
    for (size_t j = 0; j < columns->count; j++) {
        if (!found[j]) names[count++] = columns->names[j];
    }
    if (count == 0) goto cleanup;
    TRY_CLEANUP(clmlp_allocate(&others, p->layout->columns, sizeof *others, "the names of columns", p->error));
    for (size_t j = 0; j < p->layout->columns; j++) {
        if (p->layout->place[j] == CLMLP_CSV_NOWHERE) others[other_count++] = p->names[j];
    }
    TRY_CLEANUP(show_names(&missing, names, count, p->error));
    TRY_CLEANUP(show_names(&there, p->names, p->layout->columns, p->error));
    status = clmlp_fail(p->error, CLMLP_BAD_INPUT, "%s:%zu:1: no column %s, which the model takes (found %s)%s",
                        p->path, p->line, missing.data, there.data,
                        clmlp_did_you_mean(nearest, names[0], others, other_count));
cleanup:
    free(others);
    free(names);
    free(there.data);
    free(missing.data);
    return status;
}

static clmlp_status note_extra(const placing *p)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text text = {0};
    const char **names = NULL;
    size_t count = 0;
    const size_t columns = p->layout->columns;
    TRY(clmlp_allocate(&names, columns, sizeof *names, "the names of columns", p->error));
    for (size_t j = 0; j < columns; j++) {
        const bool extra = may_be_feature(p, j) && p->layout->place[j] == CLMLP_CSV_NOWHERE;
        if (extra && !clmlp_csv_is_kept(p->layout, j)) names[count++] = p->names[j];
    }
    if (count == 0) goto cleanup;
    TRY_CLEANUP(show_names(&text, names, count, p->error));
    TRY_CLEANUP(clmlp_notes_add(p->notes, p->error, "%s: left out %s, which the model does not take: %s", p->path,
                                count == 1 ? "a column" : "columns", text.data));
cleanup:
    free(names);
    free(text.data);
    return status;
}

/* Places of the columns in `place` [columns], each of which the model has once. */
static clmlp_status take_by_name(const placing *p, const size_t *place)
{
    const size_t columns = p->layout->columns, n = p->request->columns->count;
    clmlp_status status = CLMLP_OK;
    bool *found = NULL;
    TRY(clmlp_allocate(&found, n, sizeof *found, "a list of columns", p->error));
    for (size_t j = 0; j < columns; j++) {
        if (!may_be_feature(p, j) || place[j] == n) continue;
        if (found[place[j]]) {
            status = fail_at(p, j, "stands here once more, and the model takes one; leave one out with --ignore "
                                   "NUMBER");
            goto cleanup;
        }
        found[place[j]] = true;
        p->layout->place[j] = place[j];
    }
    TRY_CLEANUP(check_missing(p, found));
    TRY_CLEANUP(note_extra(p));
cleanup:
    free(found);
    return status;
}

/* A target that is a feature of the model: `place` has where. */
static clmlp_status check_targets(const placing *p, const size_t *place)
{
    clmlp_csv_layout *const layout = p->layout;
    const size_t n = p->request->columns->count;
    bool feature = false;
    for (size_t j = 0; j < layout->columns; j++) {
        if (!clmlp_csv_is_target(layout, j) || place[j] == n) continue;
        const bool named = p->request->target != NULL &&
                           (strcmp(p->request->target, p->names[j]) == 0 || clmlp_is_list(p->request->target));
        if (layout->keeps_target || named) {
            return fail_at(p, j, "is a feature of the model, so it cannot be the target");
        }
        feature = true;
    }
    /* by number, and there stands a feature: this file has no target */
    return feature ? clmlp_csv_set_targets(layout, NULL, 0, p->error) : CLMLP_OK;
}

static clmlp_status place_by_name(const placing *p)
{
    clmlp_csv_layout *const layout = p->layout;
    const clmlp_columns *const columns = p->request->columns;
    clmlp_status status = CLMLP_OK;
    size_t *place = NULL;
    TRY(clmlp_allocate(&place, layout->columns, sizeof *place, "the places of columns", p->error));
    TRY_CLEANUP(clmlp_find_names(p->names, layout->columns, (const char *const *)columns->names, columns->count, place,
                                 p->error));
    TRY_CLEANUP(check_targets(p, place));
    if (layout->weight < layout->columns && place[layout->weight] < columns->count) {
        status = fail_at(p, layout->weight, "is a feature of the model, so it cannot hold the weights");
        goto cleanup;
    }
    layout->features = columns->count;
    TRY_CLEANUP(take_by_name(p, place));
cleanup:
    free(place);
    return status;
}

/* --- by position ----------------------------------------------------------------------------------------- */

static clmlp_status wrong_width(const placing *p, size_t features, bool has_target)
{
    const clmlp_csv_layout *const layout = p->layout;
    const size_t expected = p->request->expected_features;
    const bool asks = p->request->leaves_out && !has_target && features == expected + 1;
    clmlp_text left = {0};
    TRY(clmlp_csv_propose_ignore(&left, layout, p->request, features > expected ? features - expected : 0, p->error));
    if (left.data != NULL) {
        (void)clmlp_fail(p->error, CLMLP_BAD_INPUT, "%s:%zu:1: found %zu features%s, expected %zu%s", p->path, p->line,
                         features, has_target ? " beside the target" : "", expected, left.data);
        free(left.data);
        return CLMLP_BAD_INPUT;
    }
    if (asks && p->request->target != NULL) {
        return clmlp_csv_no_target(layout, p->path, p->request, p->request->target, p->error);
    }
    return clmlp_fail(p->error, CLMLP_BAD_INPUT, "%s:%zu:1: found %zu features%s, expected %zu%s", p->path, p->line,
                      features, has_target ? " beside the target" : "", expected,
                      asks ? "; if one of the columns is the target, say which: --target COL; columns that are neither "
                             "are left out with --ignore COL" : "");
}

static const char LEARNED[] = "is the target that the model was trained on; with another --target it would become a "
                              "feature";

/* The same where there are several. */
static clmlp_status check_model_targets(const placing *p)
{
    size_t *columns = NULL, count = 0, wrong = p->layout->columns;
    TRY(clmlp_csv_find_learned(p->layout, p->path, p->request, &columns, &count, p->error));
    for (size_t i = 0; i < count; i++) {
        if (may_be_feature(p, columns[i]) && wrong == p->layout->columns) wrong = columns[i];
    }
    free(columns);
    return wrong < p->layout->columns ? fail_at(p, wrong, LEARNED) : CLMLP_OK;
}

/* A column that the model learned to predict would be one that it predicts from. */
static clmlp_status check_model_target(const placing *p)
{
    const clmlp_csv_layout *const layout = p->layout;
    const char *const learned = p->request->model_target;
    size_t j = layout->columns;
    const clmlp_columns *const columns = p->request->columns;
    const bool is_name = columns != NULL && !columns->numbered; /* which tells nothing about places */
    if (learned == NULL || is_name || !clmlp_csv_has_target(layout)) return CLMLP_OK;
    if (clmlp_is_list(learned)) return check_model_targets(p);
    for (size_t i = 0; layout->has_header && i < layout->columns && j == layout->columns; i++) {
        if (strcmp(p->names[i], learned) == 0) j = i;
    }
    if (j == layout->columns && !clmlp_target_index(learned, layout->columns, &j)) return CLMLP_OK;
    if (!may_be_feature(p, j)) return CLMLP_OK;
    return fail_at(p, j, LEARNED);
}

/* Where only one of file and model has names. */
static clmlp_status note_position(const placing *p)
{
    const bool has_names = p->request->columns != NULL && !p->request->columns->numbered;
    if (has_names) {
        return clmlp_notes_add(p->notes, p->error,
                               "%s: has no names of columns, so they were taken by position, in the order of the "
                               "training data", p->path);
    }
    if (p->request->expected_features == 0 || !p->layout->has_header) return CLMLP_OK;
    return clmlp_notes_add(p->notes, p->error, "%s: the model does not know the names of its columns, so they were "
                           "taken by position", p->path);
}

/* A column that is kept is no feature, unless the model knows it by name: an id would shift all that follow. *target:
 * whether the target is kept. Returns how many columns are no features for that reason alone. */
static size_t leave_out_kept(const placing *p, bool *target)
{
    size_t count = 0;
    *target = false;
    for (size_t j = 0; j < p->layout->columns; j++) {
        if (!clmlp_csv_is_kept(p->layout, j)) continue;
        *target = *target || clmlp_csv_is_target(p->layout, j);
        count += may_be_feature(p, j);
        p->chosen[j] = false;
    }
    return count;
}

/* The file may lack its target, or a feature, which --keep names: the model's target would be taken for it. */
static clmlp_status ask_about_kept(const placing *p)
{
    return clmlp_fail(p->error, CLMLP_BAD_INPUT,
                      "%s:%zu:1: is each column of --keep a feature? (found %zu columns, expected %zu features, with "
                      "or without the target); name those that are none with --ignore, too", p->path, p->line,
                      p->layout->columns, p->request->expected_features);
}

static clmlp_status some_targets(const placing *p)
{
    return clmlp_fail(p->error, CLMLP_BAD_INPUT,
                      "%s:%zu:1: found %zu columns, expected %zu features, with all of the targets (--target %s) or "
                      "none of them", p->path, p->line, p->layout->columns, p->request->expected_features,
                      p->request->target);
}

static clmlp_status place_by_position(const placing *p)
{
    clmlp_csv_layout *const layout = p->layout;
    const clmlp_table_request *const request = p->request;
    const size_t expected = request->expected_features;
    bool kept_target = false;
    const size_t kept = leave_out_kept(p, &kept_target);
    size_t features = count_features(p);
    const bool may_be_absent = !layout->keeps_target && clmlp_csv_has_target(layout) && !kept_target;
    const size_t targets = layout->slots != NULL ? layout->target_count : 1;
    if (may_be_absent && features + targets == expected && kept > 0) return ask_about_kept(p);
    if (may_be_absent && layout->absent_targets > 0 && features + targets != expected) return some_targets(p);
    if (may_be_absent && features + targets == expected) {
        TRY(clmlp_csv_set_targets(layout, NULL, 0, p->error)); /* the file is as wide as the features alone */
        features += targets;
    }
    if (request->skip_weights && layout->weight < layout->columns && features + 1 == expected) {
        p->chosen[layout->weight] = true; /* there are none in this file */
        layout->weight = layout->columns;
        features++;
    }
    const bool has_target = clmlp_csv_has_target(layout);
    if (features == 0 && !request->labels_file) {
        return clmlp_fail(p->error, CLMLP_BAD_INPUT,
                          layout->columns == 1
                              ? "%s:%zu:1: found one column, expected features beside the target (columns are "
                                "separated by commas, tabs or semicolons)%s"
                              : "%s:%zu:1: no column is left to be a feature%s", p->path, p->line,
                          layout->columns == 1 ? clmlp_csv_comment_hint(&layout->cells[0].field) : "");
    }
    if (expected > 0 && features != expected) return wrong_width(p, features, has_target);
    TRY(check_model_target(p));
    layout->features = features;
    size_t next = 0;
    for (size_t j = 0; j < layout->columns; j++) {
        if (may_be_feature(p, j)) layout->place[j] = next++;
    }
    return note_position(p);
}

/* --- both ------------------------------------------------------------------------------------------------ */

/* Whether the first column of training data may be the index that pandas or R writes. */
static bool may_be_index(const placing *p)
{
    return clmlp_for_training(p->request) && p->layout->has_header && p->request->features == NULL &&
           may_be_feature(p, 0) &&
           (p->names[0][0] == '\0' || strcmp(p->names[0], "Unnamed: 0") == 0);
}

static clmlp_status place_columns(const placing *p)
{
    clmlp_csv_layout *const layout = p->layout;
    const bool by_name = layout->has_header && p->request->columns != NULL && !p->request->columns->numbered;
    for (size_t j = 0; j < layout->columns; j++) {
        layout->place[j] = CLMLP_CSV_NOWHERE;
        p->names[j] = layout->cells[j].field.text;
    }
    TRY(clmlp_csv_match_targets(layout, p->path, p->request, p->notes, p->error));
    TRY(clmlp_csv_find_kept(layout, p->path, p->request, p->names, p->error));
    TRY(choose(p));
    TRY(clmlp_csv_find_weights(layout, p->path, p->request, by_name, p->error));
    if (layout->weight < layout->columns) p->chosen[layout->weight] = false;
    TRY(by_name ? place_by_name(p) : place_by_position(p));
    if (p->request->skip_weights) layout->weight = layout->columns;
    layout->may_be_index = may_be_index(p);
    clmlp_csv_make_runs(layout);
    return CLMLP_OK;
}

clmlp_status clmlp_csv_place_columns(clmlp_csv_layout *layout, const char *path, const clmlp_table_request *request,
                                     clmlp_notes *notes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const size_t columns = layout->columns;
    placing p = {.layout = layout, .request = request, .path = path, .line = layout->cells[0].field.line,
                 .notes = notes, .error = error};
    TRY_CLEANUP(clmlp_allocate(&p.names, columns, sizeof *p.names, "the names of columns", error));
    TRY_CLEANUP(clmlp_allocate(&p.chosen, columns, sizeof *p.chosen, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&layout->place, columns, sizeof *layout->place, "the places of columns", error));
    TRY_CLEANUP(clmlp_allocate(&layout->runs, columns, sizeof *layout->runs, "the runs of a row", error));
    TRY_CLEANUP(place_columns(&p));
cleanup:
    free(p.chosen);
    free(p.names);
    return status;
}

void clmlp_csv_drop_index(clmlp_csv_layout *layout)
{
    for (size_t j = 1; j < layout->columns; j++) {
        if (layout->place[j] != CLMLP_CSV_NOWHERE) layout->place[j]--;
    }
    layout->place[0] = CLMLP_CSV_NOWHERE;
    layout->features--;
}
