/* split.c - a data set in two: a held-out part and the rest, by class and seed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/columns/encoded_rows.h"
#include "data/weights.h"

/* An example and what decides about it. */
typedef struct ticket {
    uint64_t number;
    uint32_t group, example;
} ticket;

/* By class, then by number; equal numbers by example, for qsort keeps no order. */
static int compare_tickets(const void *a, const void *b)
{
    const ticket *const x = a, *const y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

/* How many of `count` examples of a class are held out. */
static size_t share(double fraction, size_t count)
{
    if (count < 2) return 0;
    const double wanted = round(fraction * (double)count), most = (double)(count - 1);
    return wanted < 1.0 ? 1 : (size_t)(wanted < most ? wanted : most);
}

/* *out = a ticket for each example, class by class, in each by number. Released with free(). */
static clmlp_status draw(ticket **out, const clmlp_dataset *dataset, uint64_t seed, clmlp_error *error)
{
    const size_t m = dataset->m;
    ticket *tickets = NULL;
    TRY(clmlp_allocate(&tickets, m, sizeof *tickets, "a split of the data", error));
    for (size_t i = 0; i < m; i++) {
        tickets[i] = (ticket){.number = clmlp_random_bits(seed, CLMLP_RANDOM_SPLIT, 0, i),
                              .group = dataset->target_kind == CLMLP_TARGET_CLASSES ? dataset->labels[i] : 0,
                              .example = (uint32_t)i};
    }
    qsort(tickets, m, sizeof *tickets, compare_tickets);
    *out = tickets;
    return CLMLP_OK;
}

/* The fraction of each class, into held [m]; returns how many are held out. */
static size_t hold_fraction(const ticket *tickets, size_t m, double fraction, bool *held)
{
    size_t count = 0;
    for (size_t first = 0, end; first < m; first = end) {
        for (end = first + 1; end < m && tickets[end].group == tickets[first].group;) end++;
        const size_t taken = share(fraction, end - first);
        for (size_t at = first; at < first + taken; at++) held[tickets[at].example] = true;
        count += taken;
    }
    return count;
}

/* The examples of a fold, into held [m]. Tickets go round, so that folds and classes are as even as can be. */
static size_t hold_fold(const ticket *tickets, size_t m, size_t folds, size_t fold, bool *held)
{
    size_t count = 0;
    for (size_t at = fold; at < m; at += folds) {
        held[tickets[at].example] = true;
        count++;
    }
    return count;
}

/* Which examples a part takes, and whose encoders. */
typedef struct selection {
    const clmlp_dataset *from;
    const bool *held;            /* [from->m] */
    bool which;                  /* the value of `held` that is taken */
    size_t m;
    const clmlp_columns *fitted; /* encoders of the other part; NULL: fit to this one */
} selection;

/* What does not depend on the examples. */
static clmlp_status copy_description(clmlp_dataset *to, const clmlp_dataset *from, clmlp_error *error)
{
    TRY(clmlp_duplicate_list(&to->class_names, (const char *const *)from->class_names,
                             from->class_names != NULL ? from->K : 0, error));
    TRY(clmlp_duplicate_list(&to->output_names, (const char *const *)from->output_names,
                             from->output_names != NULL ? from->K : 0, error));
    if (from->target != NULL) TRY(clmlp_duplicate(&to->target, from->target, error));
    if (from->path != NULL) TRY(clmlp_duplicate(&to->path, from->path, error));
    return from->encoded == NULL ? clmlp_columns_copy(&to->columns, from->columns, error) : CLMLP_OK;
}

/* Features as they are stored, and targets, of the examples rows [to->m]. */
static clmlp_status copy_examples(clmlp_dataset *to, const clmlp_dataset *from, const uint32_t *rows,
                                  clmlp_error *error)
{
    const size_t m = to->m, K = from->K, row = from->n * clmlp_storage_size(from->storage);
    if (from->x != NULL) {
        TRY(clmlp_allocate(&to->x, m, row, "the data", error));
        for (size_t r = 0; r < m; r++) memcpy((char *)to->x + r * row, (const char *)from->x + rows[r] * row, row);
    }
    if (from->sparse != NULL) TRY(clmlp_sparse_select(&to->sparse, from->sparse, rows, m, error));
    if (from->labels != NULL) {
        TRY(clmlp_allocate(&to->labels, m, sizeof *to->labels, "labels", error));
        for (size_t r = 0; r < m; r++) to->labels[r] = from->labels[rows[r]];
    }
    if (from->y != NULL) {
        TRY(clmlp_allocate(&to->y, m * K, sizeof *to->y, "targets", error));
        for (size_t r = 0; r < m; r++) memcpy(to->y + r * K, from->y + rows[r] * K, K * sizeof *to->y);
    }
    if (from->weights != NULL) {
        TRY(clmlp_allocate(&to->weights, m, sizeof *to->weights, "the weights of examples", error));
        for (size_t r = 0; r < m; r++) to->weights[r] = from->weights[rows[r]];
        (void)clmlp_weights_scale(&to->weights, m);
    }
    return CLMLP_OK;
}

/* Encoded columns: medians and levels are those of the part that is not held out. */
static clmlp_status encode(clmlp_dataset *to, const selection *s, const uint32_t *rows, clmlp_error *error)
{
    const clmlp_encoded_rows which = {.from = s->from->encoded, .columns = s->from->columns, .rows = rows, .m = s->m,
                                      .fitted = s->fitted, .path = s->from->path != NULL ? s->from->path : "the data"};
    TRY(clmlp_encoded_take_rows(&to->encoded, &to->columns, &which, &to->notes, error));
    to->n = to->encoded->width;
    return CLMLP_OK;
}

/* Products fit: the whole data set is larger. */
static clmlp_status take(clmlp_dataset **out, const selection *s, clmlp_error *error)
{
    const clmlp_dataset *const from = s->from;
    clmlp_dataset *part = NULL;
    uint32_t *rows = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&part, 1, sizeof *part, "a data set", error));
    *part = (clmlp_dataset){.m = s->m, .n = from->n, .K = from->K, .storage = from->storage, .pixels = from->pixels,
                            .target_kind = from->target_kind, .first_line = from->first_line,
                            .index_base = from->index_base};
    TRY_CLEANUP(clmlp_allocate(&rows, s->m, sizeof *rows, "the places of examples", error));
    for (size_t i = 0, r = 0; i < from->m; i++) {
        if (s->held[i] == s->which) rows[r++] = (uint32_t)i;
    }
    TRY_CLEANUP(copy_description(part, from, error));
    TRY_CLEANUP(copy_examples(part, from, rows, error));
    if (from->encoded != NULL) TRY_CLEANUP(encode(part, s, rows, error));
    for (size_t r = 0; from->source != NULL && r < s->m; r++) rows[r] = from->source[rows[r]];
    part->source = rows;
    rows = NULL;
    *out = part;
cleanup:
    free(rows);
    if (status != CLMLP_OK) clmlp_dataset_destroy(part);
    return status;
}

/* The rest first: what it learns of its columns is applied to the held-out part. alike: both have what was fitted to
 * all. */
static clmlp_status divide(const clmlp_dataset *dataset, const bool *held, size_t count, bool alike,
                           clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error)
{
    clmlp_dataset *others = NULL;
    const selection remaining = {.from = dataset, .held = held, .which = false, .m = dataset->m - count,
                                 .fitted = alike ? dataset->columns : NULL};
    TRY(take(&others, &remaining, error));
    const selection chosen = {.from = dataset, .held = held, .which = true, .m = count, .fitted = others->columns};
    const clmlp_status status = take(part, &chosen, error);
    if (status == CLMLP_OK) *rest = others;
    else clmlp_dataset_destroy(others);
    return status;
}

clmlp_status clmlp_dataset_split(const clmlp_dataset *dataset, double fraction, uint64_t seed, clmlp_dataset **part,
                                 clmlp_dataset **rest, clmlp_error *error)
{
    bool *held = NULL;
    ticket *tickets = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(part != NULL, "part");
    REQUIRE(rest != NULL, "rest");
    if (!(fraction > 0.0 && fraction < 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a held-out fraction of %g (expected more than 0 and less than 1)",
                          fraction);
    }
    TRY_CLEANUP(clmlp_allocate(&held, dataset->m, sizeof *held, "a split of the data", error));
    TRY_CLEANUP(draw(&tickets, dataset, seed, error));
    const size_t count = hold_fraction(tickets, dataset->m, fraction, held);
    if (count == 0) {
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT, "nothing can be held out of %zu example%s: %s", dataset->m,
                            dataset->m == 1 ? "" : "s", dataset->target_kind == CLMLP_TARGET_CLASSES
                                ? "no class has two" : "two are the least");
        goto cleanup;
    }
    status = divide(dataset, held, count, false, part, rest, error);
cleanup:
    free(tickets);
    free(held);
    return status;
}

static clmlp_status fold_of(const clmlp_dataset *dataset, size_t folds, size_t fold, uint64_t seed, bool alike,
                            clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error)
{
    bool *held = NULL;
    ticket *tickets = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(part != NULL, "part");
    REQUIRE(rest != NULL, "rest");
    if (folds < 2 || folds > dataset->m) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu folds of %zu example%s (expected at least 2, and no more "
                          "than there are examples)", folds, dataset->m, dataset->m == 1 ? "" : "s");
    }
    if (fold >= folds) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "fold %zu (expected 0 to %zu)", fold, folds - 1);
    }
    TRY_CLEANUP(clmlp_allocate(&held, dataset->m, sizeof *held, "a split of the data", error));
    TRY_CLEANUP(draw(&tickets, dataset, seed, error));
    const size_t count = hold_fold(tickets, dataset->m, folds, fold, held);
    status = divide(dataset, held, count, alike, part, rest, error);
cleanup:
    free(tickets);
    free(held);
    return status;
}

clmlp_status clmlp_dataset_fold(const clmlp_dataset *dataset, size_t folds, size_t fold, uint64_t seed,
                                clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error)
{
    return fold_of(dataset, folds, fold, seed, false, part, rest, error);
}

clmlp_status clmlp_dataset_fold_alike(const clmlp_dataset *dataset, size_t folds, size_t fold, uint64_t seed,
                                      clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error)
{
    return fold_of(dataset, folds, fold, seed, true, part, rest, error);
}
