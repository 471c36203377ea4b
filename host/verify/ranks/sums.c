/* sums.c - the sums over the ranks against those of what the ranks gave: equal to the bit, or whose fault it is. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/ranks/together.h"

enum { BLOCK = 1 << 16 }; /* numbers of each rank at a time */

/* How many elements each rank has wrong, by who adds them up: [ranks x (ranks + 1)], the last column of those that each
 * adds up for itself. */
typedef struct wrong_sums {
    size_t ranks;
    uint64_t *mine, *all;
} wrong_sums;

static uint64_t in_row(const wrong_sums *w, size_t rank)
{
    uint64_t count = 0;
    for (size_t k = 0; k <= w->ranks; k++) count += w->all[rank * (w->ranks + 1) + k];
    return count;
}

static bool is_wrong(const wrong_sums *w, size_t rank, size_t adder)
{
    return w->all[rank * (w->ranks + 1) + adder] > 0;
}

/* Whether all have the part of rank k wrong, and nobody but k another part: k adds up wrongly, or gets wrong numbers.
 */
static bool spoils_its_part(const wrong_sums *w, size_t k)
{
    for (size_t r = 0; r < w->ranks; r++) {
        if (!is_wrong(w, r, k)) return false;
        for (size_t part = 0; part < w->ranks && r != k; part++) {
            if (part != k && is_wrong(w, r, part)) return false;
        }
    }
    return true;
}

/* All have it wrong. Or else it is the only one whose part is right where it was added up: it sends wrong numbers. */
static size_t blame_by_parts(const wrong_sums *w)
{
    size_t right = 0, last = 0;
    for (size_t k = 0; k < w->ranks; k++) {
        if (spoils_its_part(w, k)) return k;
        if (is_wrong(w, k, k)) continue;
        right++;
        last = k;
    }
    return right == 1 ? last : CLMLP_ALL_RANKS;
}

/* Of two ranks: whether both have the same wrong. */
static bool same_rows(const wrong_sums *w)
{
    return memcmp(w->all, w->all + w->ranks + 1, (w->ranks + 1) * sizeof *w->all) == 0;
}

/* Who is wrong. One rank alone has another sum than the numbers of the ranks come to: what it got is spoilt. One alone
 * has the right one: it sends wrong numbers. Between two ranks these cannot be told apart. */
static size_t blame(const wrong_sums *w)
{
    size_t wrong = 0, last_wrong = 0, last_right = 0;
    for (size_t r = 0; r < w->ranks; r++) {
        if (in_row(w, r) == 0) {
            last_right = r;
            continue;
        }
        wrong++;
        last_wrong = r;
    }
    if (w->ranks == 2) return wrong == 2 && same_rows(w) ? blame_by_parts(w) : CLMLP_ALL_RANKS;
    if (wrong == 1) return last_wrong;
    if (wrong + 1 == w->ranks) return last_right;
    return wrong == w->ranks ? blame_by_parts(w) : CLMLP_ALL_RANKS;
}

/* One finding of all ranks, by the first that has it wrong; each has its own where all is right. */
static clmlp_status conclude(clmlp_together *t, wrong_sums *w, clmlp_finding *f, clmlp_error *error)
{
    const size_t bytes = (w->ranks + 1) * sizeof *w->mine;
    size_t first = 0;
    TRY(clmlp_ranks_gather(t->ranks, w->mine, bytes, w->all, error));
    while (first < w->ranks && in_row(w, first) == 0) first++;
    f->rank = t->rank;
    if (first < w->ranks) f->rank = blame(w);
    const bool told_by_another = first < w->ranks && first != t->rank;
    return told_by_another ? CLMLP_OK : clmlp_together_add(t, f, error);
}

static clmlp_status create(wrong_sums *w, size_t ranks, clmlp_error *error)
{
    *w = (wrong_sums){.ranks = ranks};
    return clmlp_allocate(&w->mine, (ranks + 1) * (ranks + 1), sizeof *w->mine, "sums of ranks", error);
}

/* In double, in the order of ranks, rounded once. */
static void add_up(const clmlp_together *t, const double *parts, size_t count, double *sum)
{
    for (size_t i = 0; i < count; i++) {
        double total = parts[i];
        for (size_t r = 1; r < t->count; r++) total += parts[r * count + i];
        sum[i] = t->precision == CLMLP_F32 ? (double)(float)total : total;
    }
}

/* Elements first .. first + count - 1 of theta(l)'s gradient. */
static void compare_block(clmlp_together *t, size_t l, size_t first, size_t count, const double *expected,
                          wrong_sums *w, clmlp_finding *f)
{
    const size_t columns = t->s[l - 1] + 1;
    for (size_t i = 0; i < count; i++) {
        const size_t at = first + i, before = f->failed;
        clmlp_together_compare(f, &t->record.sum[l - 1][at], &expected[i], at, 1);
        if (f->failed == before) continue;
        w->mine[clmlp_gradient_sums_adder(&t->sharing->sums, t->precision, l, columns, at / columns, at % columns)]++;
    }
}

static clmlp_status check_layer(clmlp_together *t, size_t step, size_t l, double *scratch, wrong_sums *w,
                                clmlp_error *error)
{
    const size_t columns = t->s[l - 1] + 1, all = t->s[l] * columns;
    clmlp_finding f = {.step = step, .layer = l, .quantity = CLMLP_QUANTITY_SUM_GRADIENT, .equation = "sum",
                       .rows = t->s[l], .columns = columns};
    memset(w->mine, 0, (w->ranks + 1) * sizeof *w->mine);
    for (size_t first = 0; first < all; first += BLOCK) {
        const size_t count = clmlp_smaller(BLOCK, all - first);
        double *const sum = scratch + t->count * count;
        TRY(clmlp_ranks_gather(t->ranks, t->record.given[l - 1] + first, count * sizeof *sum, scratch, error));
        add_up(t, scratch, count, sum);
        compare_block(t, l, first, count, sum, w, &f);
    }
    return conclude(t, w, &f, error);
}

/* They are summed in double whatever the precision is. */
static clmlp_status check_costs(clmlp_together *t, const clmlp_step_record *step, double *scratch, wrong_sums *w,
                                clmlp_error *error)
{
    const double mine[2] = {step->cost, step->right}, found[2] = {t->record.cost, t->record.right};
    double expected[2];
    clmlp_finding f = {.step = step->number, .layer = t->L, .quantity = CLMLP_QUANTITY_SUM_COST, .equation = "sum",
                       .rows = 1, .columns = 2};
    memset(w->mine, 0, (w->ranks + 1) * sizeof *w->mine);
    TRY(clmlp_ranks_gather(t->ranks, mine, sizeof mine, scratch, error));
    for (size_t k = 0; k < 2; k++) {
        expected[k] = scratch[k];
        for (size_t r = 1; r < t->count; r++) expected[k] += scratch[2 * r + k];
    }
    clmlp_together_compare(&f, found, expected, 0, 2);
    w->mine[w->ranks] = f.failed; /* short sums */
    return conclude(t, w, &f, error);
}

clmlp_status clmlp_together_check_sums(clmlp_together *t, const clmlp_step_record *step, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *scratch = NULL;
    wrong_sums w = {.ranks = 0};
    TRY_CLEANUP(clmlp_allocate(&scratch, (t->count + 1) * (size_t)BLOCK, sizeof *scratch, "sums of ranks", error));
    TRY_CLEANUP(create(&w, t->count, error));
    w.all = w.mine + t->count + 1;
    TRY_CLEANUP(check_costs(t, step, scratch, &w, error));
    for (size_t l = t->L - 1; l >= 1; l--) TRY_CLEANUP(check_layer(t, step->number, l, scratch, &w, error));
cleanup:
    clmlp_together_free(t, scratch);
    clmlp_together_free(t, w.mine);
    return status;
}
