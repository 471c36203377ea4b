/* split.c - a data set in two: a held-out part and the rest, by class and seed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"

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

/* held [m]: which examples are held out; *count: how many. */
static clmlp_status choose(const clmlp_dataset *dataset, double fraction, uint64_t seed, bool *held, size_t *count,
                           clmlp_error *error)
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
    *count = 0;
    for (size_t first = 0, end; first < m; first = end) {
        for (end = first + 1; end < m && tickets[end].group == tickets[first].group;) end++;
        const size_t taken = share(fraction, end - first);
        for (size_t at = first; at < first + taken; at++) held[tickets[at].example] = true;
        *count += taken;
    }
    free(tickets);
    return CLMLP_OK;
}

/* What does not depend on the examples. */
static clmlp_status copy_description(clmlp_dataset *to, const clmlp_dataset *from, clmlp_error *error)
{
    TRY(clmlp_duplicate_list(&to->class_names, (const char *const *)from->class_names,
                             from->class_names != NULL ? from->K : 0, error));
    TRY(clmlp_duplicate_list(&to->label_names, (const char *const *)from->label_names, from->K, error));
    if (from->target != NULL) TRY(clmlp_duplicate(&to->target, from->target, error));
    if (from->path != NULL) TRY(clmlp_duplicate(&to->path, from->path, error));
    return clmlp_columns_copy(&to->columns, from->columns, error);
}

static void copy_example(clmlp_dataset *to, size_t r, const clmlp_dataset *from, size_t i)
{
    const size_t row = from->n * clmlp_storage_size(from->storage);
    if (from->x != NULL) memcpy((char *)to->x + r * row, (const char *)from->x + i * row, row);
    if (from->labels != NULL) to->labels[r] = from->labels[i];
    if (from->y != NULL) memcpy(to->y + r * from->K, from->y + i * from->K, from->K * sizeof *to->y);
    to->source[r] = from->source != NULL ? from->source[i] : (uint32_t)i;
}

/* The m examples for which held [dataset->m] is `which`. Products fit: the whole data set is larger. */
static clmlp_status take(clmlp_dataset **out, const clmlp_dataset *dataset, const bool *held, bool which, size_t m,
                         clmlp_error *error)
{
    clmlp_dataset *part = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&part, 1, sizeof *part, "a data set", error));
    *part = (clmlp_dataset){.m = m, .n = dataset->n, .K = dataset->K, .storage = dataset->storage,
                            .pixels = dataset->pixels, .target_kind = dataset->target_kind,
                            .first_line = dataset->first_line};
    TRY_CLEANUP(copy_description(part, dataset, error));
    part->index_base = dataset->index_base;
    if (dataset->sparse != NULL) {
        TRY_CLEANUP(clmlp_sparse_select(&part->sparse, dataset->sparse, held, which, error));
    } else {
        TRY_CLEANUP(clmlp_allocate(&part->x, m * dataset->n, clmlp_storage_size(dataset->storage), "the data", error));
    }
    if (dataset->labels != NULL) TRY_CLEANUP(clmlp_allocate(&part->labels, m, sizeof *part->labels, "labels", error));
    if (dataset->y != NULL) TRY_CLEANUP(clmlp_allocate(&part->y, m * dataset->K, sizeof *part->y, "targets", error));
    TRY_CLEANUP(clmlp_allocate(&part->source, m, sizeof *part->source, "the places of examples", error));
    for (size_t i = 0, r = 0; i < dataset->m; i++) {
        if (held[i] == which) copy_example(part, r++, dataset, i);
    }
    *out = part;
cleanup:
    if (status != CLMLP_OK) clmlp_dataset_destroy(part);
    return status;
}

clmlp_status clmlp_dataset_split(const clmlp_dataset *dataset, double fraction, uint64_t seed, clmlp_dataset **part,
                                 clmlp_dataset **rest, clmlp_error *error)
{
    bool *held = NULL;
    clmlp_dataset *held_out = NULL, *others = NULL;
    size_t count = 0;
    clmlp_status status = CLMLP_OK;
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(part != NULL, "part");
    REQUIRE(rest != NULL, "rest");
    if (!(fraction > 0.0 && fraction < 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a held-out fraction of %g (expected more than 0 and less than 1)",
                          fraction);
    }
    TRY(clmlp_allocate(&held, dataset->m, sizeof *held, "a split of the data", error));
    TRY_CLEANUP(choose(dataset, fraction, seed, held, &count, error));
    if (count == 0) {
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT, "nothing can be held out of %zu example%s: %s", dataset->m,
                            dataset->m == 1 ? "" : "s", dataset->target_kind == CLMLP_TARGET_CLASSES
                                ? "no class has two" : "two are the least");
        goto cleanup;
    }
    TRY_CLEANUP(take(&held_out, dataset, held, true, count, error));
    TRY_CLEANUP(take(&others, dataset, held, false, dataset->m - count, error));
    *part = held_out;
    *rest = others;
cleanup:
    if (status != CLMLP_OK) clmlp_dataset_destroy(held_out);
    free(held);
    return status;
}
