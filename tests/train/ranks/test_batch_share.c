/* test_batch_share.c - which rows of a batch a rank takes: each row once, whatever the batch and the shares. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "train/ranks/share.h"

enum { MOST = 7 };

/* The rows of all ranks lie behind each other, and are all rows. */
static void check_rows(const uint32_t *until, size_t count, size_t M)
{
    size_t next = 0;
    for (size_t r = 0; r < count; r++) {
        const clmlp_share share = {r, count, until};
        size_t first, rows;
        clmlp_share_rows(&share, M, &first, &rows);
        cr_assert(eq(sz, first, next), "rank %zu of %zu, %zu rows", r, count, M);
        next += rows;
        if (r == 0 && M > 0) cr_assert(gt(sz, rows, 0), "rank 0 has no row of %zu", M);
    }
    cr_assert(eq(sz, next, M), "%zu ranks", count);
}

static const size_t batches[] = {0, 1, 2, 3, 31, 32, 33, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (size_t)1 << 33};

Test(batch_share, every_row_is_taken_once)
{
    static const double weights[MOST] = {3.0, 1.0, 1e-9, 1e9, 0.5, 2.0, 1e-300};
    uint32_t until[MOST + 1];
    for (size_t count = 1; count <= MOST; count++) {
        for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
            clmlp_share_make(until, count, NULL);
            check_rows(until, count, batches[b]);
            clmlp_share_make(until, count, weights);
            check_rows(until, count, batches[b]);
        }
    }
}

Test(batch_share, one_process_has_all_rows)
{
    const clmlp_share share = {.count = 0};
    size_t first = 7, rows = 7;
    clmlp_share_rows(&share, 42, &first, &rows);
    cr_assert(eq(sz, first, 0));
    cr_assert(eq(sz, rows, 42));
}

Test(batch_share, equal_shares_are_equal)
{
    uint32_t until[MOST + 1];
    size_t first, rows;
    clmlp_share_make(until, 4, NULL);
    for (size_t r = 0; r < 4; r++) {
        clmlp_share_rows(&(clmlp_share){r, 4, until}, 1024, &first, &rows);
        cr_assert(eq(sz, rows, 256));
    }
}

Test(batch_share, weights_are_kept_to)
{
    static const double weights[] = {3.0, 1.0};
    uint32_t until[3];
    size_t first, rows;
    clmlp_share_make(until, 2, weights);
    clmlp_share_rows(&(clmlp_share){0, 2, until}, 400, &first, &rows);
    cr_assert(eq(sz, rows, 300));
    clmlp_share_rows(&(clmlp_share){1, 2, until}, 400, &first, &rows);
    cr_assert(eq(sz, first, 300));
    cr_assert(eq(sz, rows, 100));
}

/* However little it weighs, and of however many ranks. */
Test(batch_share, each_rank_has_a_part)
{
    static uint32_t until[5001];
    static double weights[5000];
    for (size_t r = 0; r < 5000; r++) weights[r] = r == 2500 ? 1e300 : 1e-300;
    clmlp_share_make(until, 5000, weights);
    for (size_t r = 0; r < 5000; r++) cr_assert(gt(u32, until[r + 1], until[r]));
    cr_assert(eq(u32, until[5000], CLMLP_SHARE_PARTS));
}
