/* repeated_rows.c - equal rows, found by sorting their hashes. */
#include "data/describe/repeated_rows.h"

#include <stdlib.h>

#include "base/memory.h"
#include "data/column_view.h"

static clmlp_cell_value cell_of(const clmlp_row_view *view, size_t j, size_t i)
{
    const size_t c = view->column != NULL ? view->column[j] : j;
    clmlp_cell_value cell = clmlp_view_cell(view->dataset, c, i);
    if (cell.text != NULL && view->kind != NULL && clmlp_cell_parse(cell.text, view->kind[j], &cell.number)) {
        cell.text = NULL;
    }
    return cell;
}

static clmlp_cell_value target_of(const clmlp_dataset *dataset, size_t k, size_t i)
{
    if (dataset->target_kind == CLMLP_TARGET_CLASSES) {
        return (clmlp_cell_value){.text = dataset->class_names[dataset->labels[i]]};
    }
    return (clmlp_cell_value){.number = dataset->y[i * dataset->K + k]};
}

/* Numbers of a row that stand for its target. */
static size_t target_width(const clmlp_dataset *dataset)
{
    switch (dataset->target_kind) {
    case CLMLP_TARGET_CLASSES: return 1;
    case CLMLP_TARGET_VALUES: return dataset->K;
    case CLMLP_TARGET_NONE:
    case CLMLP_TARGET_AUTO:
    case CLMLP_TARGET_KIND_COUNT: break;
    }
    return 0;
}

/* The values of a row other than 0, one after the other: all that two rows need to be compared where one is sparse. */
typedef struct walk {
    const clmlp_row_view *view;
    size_t row, next; /* the number of sparse values, or the column */
} walk;

static walk walk_of(const clmlp_row_view *view, size_t row)
{
    const clmlp_sparse *const sparse = view->dataset->sparse;
    return (walk){view, row, sparse != NULL ? sparse->starts[row] : 0};
}

/* Whether there is one more; its column and value. */
static bool step(walk *w, size_t *j, clmlp_cell_value *value)
{
    const clmlp_sparse *const sparse = w->view->dataset->sparse;
    const size_t end = sparse != NULL ? sparse->starts[w->row + 1] : w->view->columns;
    while (w->next < end) {
        const size_t at = w->next++;
        *j = sparse != NULL ? sparse->columns[at] : at;
        *value = sparse != NULL ? (clmlp_cell_value){.number = sparse->values[at]} : cell_of(w->view, at, w->row);
        if (value->text != NULL || value->number != 0.0) return true;
    }
    return false;
}

static bool same_values(const clmlp_row_view *a, size_t i, const clmlp_row_view *b, size_t k)
{
    walk x = walk_of(a, i), y = walk_of(b, k);
    for (;;) {
        size_t j = 0, other = 0;
        clmlp_cell_value p, q;
        const bool more = step(&x, &j, &p);
        if (step(&y, &other, &q) != more) return false;
        if (!more) return true;
        if (j != other || !clmlp_cell_equal(&p, &q)) return false;
    }
}

static uint64_t hash_values(const clmlp_row_view *view, size_t row)
{
    walk w = walk_of(view, row);
    uint64_t hash = 0;
    size_t j = 0;
    clmlp_cell_value value;
    while (step(&w, &j, &value)) {
        hash = clmlp_cell_hash(hash, &(clmlp_cell_value){.number = (double)j});
        hash = clmlp_cell_hash(hash, &value);
    }
    return hash;
}

static bool same_features(const clmlp_row_view *a, size_t i, const clmlp_row_view *b, size_t k)
{
    if (a->sparse) return same_values(a, i, b, k);
    for (size_t j = 0; j < a->columns; j++) {
        const clmlp_cell_value x = cell_of(a, j, i), y = cell_of(b, j, k);
        if (!clmlp_cell_equal(&x, &y)) return false;
    }
    return true;
}

static bool same_target(const clmlp_dataset *a, size_t i, const clmlp_dataset *b, size_t k)
{
    if (target_width(a) != target_width(b)) return false;
    for (size_t t = 0; t < target_width(a); t++) {
        const clmlp_cell_value x = target_of(a, t, i), y = target_of(b, t, k);
        if (!clmlp_cell_equal(&x, &y)) return false;
    }
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const clmlp_row_key *x = a, *y = b;
    if (x->features != y->features) return x->features < y->features ? -1 : 1;
    if (x->all != y->all) return x->all < y->all ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

clmlp_status clmlp_row_keys(clmlp_row_key **out, const clmlp_row_view *view, clmlp_error *error)
{
    const clmlp_dataset *const dataset = view->dataset;
    const size_t width = target_width(dataset);
    clmlp_row_key *keys = NULL;
    TRY(clmlp_allocate(&keys, dataset->m, sizeof *keys, "the hashes of rows", error));
    for (size_t i = 0; i < dataset->m; i++) {
        clmlp_row_key *const key = &keys[i];
        key->row = (uint32_t)i;
        if (view->sparse) key->features = hash_values(view, i);
        for (size_t j = 0; !view->sparse && j < view->columns; j++) {
            const clmlp_cell_value cell = cell_of(view, j, i);
            key->features = clmlp_cell_hash(key->features, &cell);
        }
        key->all = key->features;
        for (size_t k = 0; k < width; k++) {
            const clmlp_cell_value target = target_of(dataset, k, i);
            key->all = clmlp_cell_hash(key->all, &target);
        }
    }
    if (dataset->m > 1) qsort(keys, dataset->m, sizeof *keys, compare_keys);
    *out = keys;
    return CLMLP_OK;
}

/* One pair more. */
static void add(clmlp_row_pairs *pairs, size_t row, size_t other)
{
    if (pairs->count++ > 0 && row >= pairs->row) return;
    pairs->row = row;
    pairs->other = other;
}

clmlp_row_pairs clmlp_find_copies(const clmlp_row_view *view, const clmlp_row_key *keys)
{
    const clmlp_dataset *const dataset = view->dataset;
    clmlp_row_pairs pairs = {.count = 0};
    for (size_t i = 1, first = 0; i < dataset->m; i++) {
        if (keys[i].features != keys[first].features || keys[i].all != keys[first].all) {
            first = i;
            continue;
        }
        const uint32_t row = keys[i].row, other = keys[first].row;
        if (!same_features(view, row, view, other) || !same_target(dataset, row, dataset, other)) continue;
        add(&pairs, row, other);
    }
    pairs.same_target = pairs.count;
    return pairs;
}

/* Rows [first, stop) have one hash of the features. */
static void find_in_run(const clmlp_row_view *view, const clmlp_row_key *keys, size_t first, size_t stop,
                        clmlp_row_pairs *pairs)
{
    const uint32_t row = keys[first].row;
    size_t equal = 0, other = view->dataset->m, least = row;
    for (size_t i = first; i < stop; i++) {
        if (i > first && !same_features(view, keys[i].row, view, row)) continue;
        equal++;
        if (keys[i].all != keys[first].all && keys[i].row < other) other = keys[i].row;
        if (keys[i].all == keys[first].all && keys[i].row < least) least = keys[i].row;
    }
    if (other == view->dataset->m) return; /* all of one class */
    const size_t low = least < other ? least : other;
    if (pairs->count == 0 || low < pairs->row) {
        pairs->row = low;
        pairs->other = least < other ? other : least;
    }
    pairs->count += equal;
}

clmlp_row_pairs clmlp_find_contradictions(const clmlp_row_view *view, const clmlp_row_key *keys)
{
    const size_t m = view->dataset->m;
    clmlp_row_pairs pairs = {.count = 0};
    if (view->dataset->target_kind != CLMLP_TARGET_CLASSES) return pairs;
    for (size_t first = 0, stop = 0; first < m; first = stop) {
        for (stop = first + 1; stop < m && keys[stop].features == keys[first].features;) stop++;
        if (keys[first].all != keys[stop - 1].all) find_in_run(view, keys, first, stop, &pairs);
    }
    return pairs;
}

/* The first key that is not below one with these hashes. */
static size_t find_key(const clmlp_row_key *keys, size_t count, uint64_t features, uint64_t all)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const clmlp_row_key *const key = &keys[middle];
        if (key->features < features || (key->features == features && key->all < all)) low = middle + 1;
        else high = middle;
    }
    return low;
}

clmlp_row_pairs clmlp_find_shared(const clmlp_row_view *train, const clmlp_row_key *train_keys,
                                  const clmlp_row_view *test, const clmlp_row_key *test_keys)
{
    const size_t m = train->dataset->m;
    clmlp_row_pairs pairs = {.count = 0};
    for (size_t t = 0; t < test->dataset->m; t++) {
        const clmlp_row_key *const key = &test_keys[t];
        const size_t at = find_key(train_keys, m, key->features, 0);
        if (at == m || train_keys[at].features != key->features) continue;
        if (!same_features(test, key->row, train, train_keys[at].row)) continue;
        const size_t whole = find_key(train_keys, m, key->features, key->all);
        const bool same = whole < m && train_keys[whole].all == key->all &&
                          same_target(test->dataset, key->row, train->dataset, train_keys[whole].row);
        pairs.same_target += same;
        add(&pairs, key->row, train_keys[same ? whole : at].row);
    }
    return pairs;
}
