/* array_columns.c - which columns of a binary array are targets, features, or neither: all by number. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/quote.h"
#include "data/readers/array.h"
#include "data/readers/csv/csv.h"

/* Column t becomes the targets; it stays in x. */
static clmlp_status copy_target(clmlp_table *table, size_t t, clmlp_target_kind kind, clmlp_error *error)
{
    const bool read = table->classes.m == table->m; /* wide integers */
    char index[32];
    if (kind == CLMLP_TARGET_VALUES) TRY(clmlp_allocate(&table->y, table->m, sizeof *table->y, "targets", error));
    for (size_t i = 0; i < table->m; i++) {
        const double value = clmlp_table_feature(table, i, t);
        if (kind == CLMLP_TARGET_VALUES) {
            table->y[i] = value;
            if (isnan(value)) clmlp_missing_add(&table->classes.missing, 1, i + 1, t + 1);
        } else if (!read) {
            TRY(clmlp_classes_add_number(&table->classes, value, i + 1, t + 1, error));
        }
    }
    (void)snprintf(index, sizeof index, "%zu", t + 1);
    table->has_target = true;
    table->target_count = 1;
    return clmlp_duplicate(&table->target, index, error);
}

/* The same for several, columns [count], which are numbers. */
static clmlp_status copy_several(clmlp_table *table, const size_t *columns, size_t count, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text list = {0};
    size_t elements = 0;
    if (!clmlp_multiply(table->m, count, &elements)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "too many targets");
    }
    TRY(clmlp_allocate(&table->y, elements, sizeof *table->y, "targets", error));
    for (size_t i = 0; i < table->m; i++) {
        size_t missing = count;
        for (size_t k = count; k-- > 0;) {
            table->y[i * count + k] = clmlp_table_feature(table, i, columns[k]);
            if (isnan(table->y[i * count + k])) missing = k;
        }
        if (missing == count) continue;
        if (table->rows_missing++ == 0) table->first_missing = missing;
        clmlp_missing_add(&table->classes.missing, 1, i + 1, columns[missing] + 1);
    }
    for (size_t k = 0; k < count; k++) {
        char number[32];
        (void)snprintf(number, sizeof number, "%zu", columns[k] + 1);
        TRY_CLEANUP(clmlp_list_append(&list, number, error));
    }
    table->target = list.data;
    list.data = NULL;
    table->has_target = true;
    table->target_count = count;
cleanup:
    free(list.data);
    return status;
}

static clmlp_status copy_targets(clmlp_table *table, const size_t *columns, size_t count, clmlp_target_kind kind,
                                 clmlp_error *error)
{
    return count == 1 ? copy_target(table, columns[0], kind, error) : copy_several(table, columns, count, error);
}

clmlp_status clmlp_array_list_targets(const char *path, const clmlp_table_request *request, size_t n, bool strict,
                                      size_t *columns, size_t *count, size_t *absent, clmlp_error *error)
{
    const clmlp_choice choice = {.path = path, .columns = n, .target = n, .lenient = !strict, .absent = absent};
    *count = 0;
    if (request->target_is_name) return CLMLP_OK; /* arrays have no names */
    if (request->target != NULL && clmlp_is_list(request->target)) {
        return clmlp_choose_in_order(&choice, "--target", request->target, columns, count, error);
    }
    if (clmlp_target_index(request->target, n, &columns[0])) *count = 1;
    return CLMLP_OK;
}

/* Only the columns that are kept [n] stay in x. */
static clmlp_status drop_columns(clmlp_table *table, const bool *kept, clmlp_error *error)
{
    const size_t size = clmlp_storage_size(table->storage), n = table->n;
    char *to = table->x;
    size_t features = 0;
    TRY(clmlp_allocate(&table->source, n, sizeof *table->source, "a list of columns", error));
    for (size_t j = 0; j < n; j++) {
        if (kept[j]) table->source[features++] = j;
    }
    if (features == n) return CLMLP_OK;
    for (size_t i = 0; i < table->m; i++) {
        const char *const row = (const char *)table->x + i * n * size;
        for (size_t j = 0, stop; j < n; j = stop) {
            for (stop = j + 1; stop < n && kept[stop] == kept[j];) stop++;
            if (!kept[j]) continue;
            memmove(to, row + j * size, (stop - j) * size);
            to += (stop - j) * size;
        }
    }
    table->n = features;
    return CLMLP_OK;
}

/* What the choice of columns works on; in a file of images there is none. */
typedef struct choosing {
    const clmlp_table *table;
    const clmlp_table_request *request;
    const char *path, *shape;
    bool *kept;      /* [n] */
    size_t *targets; /* [target_count], room for n */
    size_t *slots;   /* [n]: which target a column is, or SIZE_MAX */
    size_t target_count, absent; /* absent: of those to be left out */
    size_t weight;   /* column of the weights; n: none */
    size_t features; /* kept, without the targets */
} choosing;

static clmlp_status find_target(choosing *c, bool wants, size_t rank, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const clmlp_table_request *const request = c->request;
    const size_t n = c->table->n;
    const char *const labels = clmlp_for_training(request)
                                   ? "--labels FILE"
                                   : "--labels FILE; --test-labels for --test, --validation-labels for --validation";
    if (request->survey != NULL && (rank > 2 || n < 2)) return CLMLP_OK; /* no targets; described as it is */
    if (wants && rank > 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: found %s, which has no target column; name a file with the targets (%s)", c->path,
                          c->shape, labels);
    }
    if (wants && n < 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: found one column (%s), expected features beside the target; targets in a file of "
                          "their own need %s", c->path, c->shape, labels);
    }
    const bool leaves_out = request->leaves_out && request->target != NULL && request->expected_features > 0 &&
                            n > request->expected_features && rank == 2;
    if (!wants && !leaves_out) return CLMLP_OK;
    const bool list = request->target != NULL && clmlp_is_list(request->target);
    TRY(clmlp_array_list_targets(c->path, request, n, wants, c->targets, &c->target_count, &c->absent, error));
    if (c->target_count > 0 || (list && !wants)) return CLMLP_OK;
    if (!wants && n > request->expected_features + 1) return CLMLP_OK; /* columns may be ignored; the width tells */
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no target column %s, expected an index from 1 to %zu", c->path,
                      clmlp_quote(quoted, request->target, strlen(request->target)), n);
}

static void mark_targets(choosing *c)
{
    for (size_t j = 0; j < c->table->n; j++) c->slots[j] = SIZE_MAX;
    for (size_t k = 0; k < c->target_count; k++) c->slots[c->targets[k]] = k;
}

static clmlp_status find_weights(choosing *c, size_t rank, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const char *const text = c->request->weights;
    const size_t n = c->table->n;
    c->weight = n;
    if (text == NULL || (c->request->skip_weights && rank > 2)) return CLMLP_OK;
    if (rank > 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %s, which has no column of weights", c->path, c->shape);
    }
    const bool number = text[0] >= '0' && text[0] <= '9';
    if (!number || !clmlp_target_index(text, n, &c->weight)) {
        c->weight = n;
        if (c->request->skip_weights) return CLMLP_OK;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no column %s for the weights, expected a number from 1 to %zu",
                          c->path, clmlp_quote(quoted, text, strlen(text)), n);
    }
    if (c->slots[c->weight] != SIZE_MAX) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: column %zu cannot be both the weights and the target; say which "
                          "is the target (--target COL)", c->path, c->weight + 1);
    }
    c->kept[c->weight] = false;
    return CLMLP_OK;
}

/* Column w holds the weights; it stays in x. */
static clmlp_status copy_weights(clmlp_table *table, size_t w, const char *path, clmlp_error *error)
{
    char name[48];
    (void)snprintf(name, sizeof name, "column %zu", w + 1);
    TRY(clmlp_duplicate(&table->weight_column, name, error));
    TRY(clmlp_allocate(&table->weights, table->m, sizeof *table->weights, "weights", error));
    for (size_t i = 0; i < table->m; i++) {
        const double value = clmlp_table_feature(table, i, w);
        if (!(isfinite(value) && value >= 0.0)) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu, column %zu: found %g, expected a weight: a finite "
                              "number >= 0", path, i + 1, w + 1, value);
        }
        table->weights[i] = value;
    }
    return CLMLP_OK;
}

static clmlp_status choose(choosing *c, size_t rank, clmlp_error *error)
{
    const size_t n = c->table->n;
    const clmlp_choice choice = {.features = c->request->features,
                                 .ignore = c->request->ignore,
                                 .path = c->path,
                                 .columns = n,
                                 .target = n,
                                 .slots = c->slots};
    if (rank > 2 && (choice.features != NULL || choice.ignore != NULL)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %s, whose columns cannot be chosen (--features, --ignore)",
                          c->path, c->shape);
    }
    if (c->request->categorical != NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %s, whose columns are numbers (--categorical)", c->path,
                          c->shape);
    }
    TRY(clmlp_choose_columns(&choice, c->kept, error));
    TRY(find_weights(c, rank, error));
    for (size_t j = 0; j < n; j++) c->features += c->kept[j] && c->slots[j] == SIZE_MAX;
    return CLMLP_OK;
}

static clmlp_status check_width(const choosing *c, bool wants, clmlp_error *error)
{
    const size_t expected = c->request->expected_features;
    const bool asks = c->request->leaves_out && c->target_count == 0 && c->features == expected + 1;
    if (c->features == 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no column is left to be a feature (%s)", c->path, c->shape);
    }
    if (expected == 0 || c->features == expected) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu features%s (%s), expected %zu%s", c->path, c->features,
                      wants ? " beside the target" : "", c->shape, expected,
                      asks ? "; if one of the columns is the target, say which: --target COL; columns that are neither "
                             "are left out with --ignore COL" : "");
}

/* A column that the model learned to predict would be one that it predicts from. */
static clmlp_status check_model_target(const choosing *c, clmlp_error *error)
{
    const char *const learned = c->request->model_target;
    const size_t n = c->table->n;
    size_t *columns = NULL, count = 0, wrong = n;
    const clmlp_columns *const named = c->request->columns;
    const bool is_name = named != NULL && !named->numbered; /* which tells nothing about places */
    if (learned == NULL || is_name || c->target_count == 0) return CLMLP_OK;
    const clmlp_table_request request = {.target = learned};
    TRY(clmlp_allocate(&columns, n, sizeof *columns, "a list of columns", error));
    const clmlp_status status = clmlp_array_list_targets(c->path, &request, n, false, columns, &count, NULL, error);
    for (size_t i = 0; i < count && status == CLMLP_OK; i++) {
        const bool feature = c->kept[columns[i]] && c->slots[columns[i]] == SIZE_MAX;
        if (feature && wrong == n) wrong = columns[i];
    }
    free(columns);
    if (wrong == n) return status;
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: column %zu is the target that the model was trained on; with another --target it would "
                      "become a feature", c->path, wrong + 1);
}

/* Targets and features of data. */
static clmlp_status take_data(clmlp_table *table, choosing *c, size_t rank, clmlp_error *error)
{
    const bool wants = c->request->target_kind != CLMLP_TARGET_NONE;
    TRY(find_target(c, wants, rank, error));
    mark_targets(c);
    TRY(choose(c, rank, error));
    if (!wants && c->target_count > 0 && c->features + c->target_count == c->request->expected_features) {
        c->features += c->target_count; /* the file is as wide as the features alone */
        c->target_count = 0;
        mark_targets(c);
    }
    if (!wants && c->target_count > 0 && c->absent > 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %s, expected %zu features, with all of the targets "
                          "(--target %s) or none of them", c->path, c->shape, c->request->expected_features,
                          c->request->target);
    }
    if (c->request->skip_weights && c->weight < table->n && c->features + 1 == c->request->expected_features) {
        c->kept[c->weight] = true; /* there are none in this file */
        c->weight = table->n;
        c->features++;
    }
    TRY(check_width(c, wants, error));
    TRY(check_model_target(c, error));
    if (wants && c->target_count > 0) {
        TRY(copy_targets(table, c->targets, c->target_count, c->request->target_kind, error));
    }
    if (c->weight < table->n && !c->request->skip_weights) TRY(copy_weights(table, c->weight, c->path, error));
    for (size_t k = 0; k < c->target_count; k++) c->kept[c->targets[k]] = false;
    TRY(drop_columns(table, c->kept, error));
    if (c->request->columns == NULL || c->request->columns->numbered) return CLMLP_OK;
    return clmlp_notes_add(&table->notes, error,
                           "%s: has no names of columns, so they were taken by position, in the order of the training "
                           "data", c->path);
}

static clmlp_status take_labels(clmlp_table *table, choosing *c, size_t rank, clmlp_error *error)
{
    if (rank > 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %s, expected labels with one or two dimensions", c->path,
                          c->shape);
    }
    for (size_t j = 0; j < table->n; j++) c->targets[j] = j;
    TRY(copy_targets(table, c->targets, table->n, c->request->target_kind, error));
    table->n = 0;
    return CLMLP_OK;
}

clmlp_status clmlp_array_take_columns(clmlp_table *table, const char *path, size_t rank, const char *shape,
                                      const clmlp_table_request *request, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    choosing c = {.table = table, .request = request, .path = path, .shape = shape};
    TRY_CLEANUP(clmlp_allocate(&c.kept, table->n, sizeof *c.kept, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&c.targets, table->n, sizeof *c.targets, "a list of columns", error));
    TRY_CLEANUP(clmlp_allocate(&c.slots, table->n, sizeof *c.slots, "a list of columns", error));
    TRY_CLEANUP(request->labels_file ? take_labels(table, &c, rank, error) : take_data(table, &c, rank, error));
cleanup:
    free(c.slots);
    free(c.targets);
    free(c.kept);
    return status;
}
