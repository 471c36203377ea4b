/* array_columns.c - which columns of a binary array are targets, features, or neither: all by number. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/quote.h"
#include "data/readers/array.h"
#include "data/readers/csv.h"

/* Column t becomes the targets; it stays in x. */
static clmlp_status copy_targets(clmlp_table *table, size_t t, clmlp_target_kind kind, clmlp_error *error)
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
    return clmlp_duplicate(&table->target, index, error);
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
    size_t target;   /* n: none */
    size_t weight;   /* column of the weights; n: none */
    size_t features; /* kept, without the target */
} choosing;

static clmlp_status find_target(choosing *c, bool wants, size_t rank, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const clmlp_table_request *const request = c->request;
    const size_t n = c->table->n;
    c->target = n;
    if (wants && rank > 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: found %s, which has no target column; name a file with the targets (--labels FILE)",
                          c->path, c->shape);
    }
    if (wants && n < 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: found one column (%s), expected features beside the target; targets in a file of "
                          "their own need --labels FILE", c->path, c->shape);
    }
    const bool leaves_out = request->leaves_out && request->target != NULL && request->expected_features > 0 &&
                            n > request->expected_features && rank == 2;
    if (!wants && !leaves_out) return CLMLP_OK;
    if (clmlp_target_index(request->target, n, &c->target)) return CLMLP_OK;
    c->target = n;
    if (!wants && n > request->expected_features + 1) return CLMLP_OK; /* columns may be ignored; the width tells */
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no target column %s, expected an index from 1 to %zu", c->path,
                      clmlp_quote(quoted, request->target, strlen(request->target)), n);
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
    if (c->weight == c->target) {
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
                                 .target = c->target};
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
    for (size_t j = 0; j < n; j++) c->features += c->kept[j] && j != c->target;
    return CLMLP_OK;
}

static clmlp_status check_width(const choosing *c, bool wants, clmlp_error *error)
{
    const size_t expected = c->request->expected_features;
    const bool asks = c->request->leaves_out && c->target == c->table->n && c->features == expected + 1;
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
    size_t j = 0;
    const char *const learned = c->request->model_target;
    if (learned == NULL || c->target == c->table->n || !clmlp_target_index(learned, c->table->n, &j)) return CLMLP_OK;
    if (j == c->target || !c->kept[j]) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: column %zu is the target that the model was trained on; with another --target it would "
                      "become a feature", c->path, j + 1);
}

/* Targets and features of data. */
static clmlp_status take_data(clmlp_table *table, choosing *c, size_t rank, clmlp_error *error)
{
    const bool wants = c->request->target_kind != CLMLP_TARGET_NONE;
    TRY(find_target(c, wants, rank, error));
    TRY(choose(c, rank, error));
    if (!wants && c->target < table->n && c->features + 1 == c->request->expected_features) {
        c->target = table->n; /* the file is as wide as the features alone */
        c->features++;
    }
    if (c->request->skip_weights && c->weight < table->n && c->features + 1 == c->request->expected_features) {
        c->kept[c->weight] = true; /* there are none in this file */
        c->weight = table->n;
        c->features++;
    }
    TRY(check_width(c, wants, error));
    TRY(check_model_target(c, error));
    if (wants) TRY(copy_targets(table, c->target, c->request->target_kind, error));
    if (c->weight < table->n && !c->request->skip_weights) TRY(copy_weights(table, c->weight, c->path, error));
    if (c->target < table->n) c->kept[c->target] = false;
    TRY(drop_columns(table, c->kept, error));
    if (c->request->columns == NULL || c->request->columns->numbered) return CLMLP_OK;
    return clmlp_notes_add(&table->notes, error,
                           "%s: has no names of columns, so they were taken by position, in the order of the training "
                           "data", c->path);
}

static clmlp_status take_labels(clmlp_table *table, const choosing *c, size_t rank, clmlp_error *error)
{
    if (rank > 2) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %s, expected labels with one or two dimensions", c->path,
                          c->shape);
    }
    if (table->n > 1) return CLMLP_OK;
    TRY(copy_targets(table, 0, c->request->target_kind, error));
    table->n = 0;
    return CLMLP_OK;
}

clmlp_status clmlp_array_take_columns(clmlp_table *table, const char *path, size_t rank, const char *shape,
                                      const clmlp_table_request *request, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    choosing c = {.table = table, .request = request, .path = path, .shape = shape};
    TRY(clmlp_allocate(&c.kept, table->n, sizeof *c.kept, "a list of columns", error));
    TRY_CLEANUP(request->labels_file ? take_labels(table, &c, rank, error) : take_data(table, &c, rank, error));
cleanup:
    free(c.kept);
    return status;
}
