/* test_batch_share.c - which rows of a batch a rank takes: each row once, whatever the batch and the shares. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "train/ranks/share.h"
#include "train/ranks/sharing.h"

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

/* --- by speed ---------------------------------------------------------------------------------------------------- */

typedef struct speeds {
    uint32_t until[4];
    double record[CLMLP_RECORD_RANKS + 6], seconds[3], rows[3];
    clmlp_sharing sharing;
} speeds;

/* Three ranks with equal shares, and what they took for their rows. */
static void begin_speeds(speeds *s, const double *seconds, const double *rows)
{
    *s = (speeds){.sharing = {.count = 3, .measures = true}};
    s->sharing.until = s->until;
    s->sharing.record = s->record;
    s->sharing.seconds = s->seconds;
    s->sharing.rows = s->rows;
    clmlp_share_make(s->until, 3, NULL);
    for (size_t r = 0; r < 3; r++) {
        s->seconds[r] = seconds[r];
        s->rows[r] = rows[r];
    }
}

static double part(const speeds *s, size_t r)
{
    return (double)(s->until[r + 1] - s->until[r]) / CLMLP_SHARE_PARTS;
}

/* Rank 0 is as fast as the others together: from 1/3 half way to 1/2, and from there on. */
Test(batch_share, a_share_goes_half_way_to_its_speed)
{
    speeds s;
    begin_speeds(&s, (const double[]){1.0, 2.0, 4.0}, (const double[]){100.0, 100.0, 200.0});
    clmlp_sharing_measure(&s.sharing);
    cr_assert(epsilon_eq(dbl, part(&s, 0), 5.0 / 12.0, 1e-5));
    cr_assert(epsilon_eq(dbl, part(&s, 1), 7.0 / 24.0, 1e-5));
    cr_assert(epsilon_eq(dbl, part(&s, 2), 7.0 / 24.0, 1e-5));
    for (size_t r = 0; r < 3; r++) cr_assert(s.seconds[r] == 0.0 && s.rows[r] == 0.0, "what is counted begins anew");
}

/* More for one, less for one: what changes most decides, whichever way. */
Test(batch_share, a_share_that_is_nearly_right_stays)
{
    static const double near[] = {1.0, 1.05, 0.95}, up[] = {1.0, 1.0, 0.7}, down[] = {1.0, 1.0, 1.4};
    static const double rows[] = {100.0, 100.0, 100.0};
    speeds s;
    begin_speeds(&s, near, rows);
    clmlp_sharing_measure(&s.sharing);
    for (size_t r = 0; r < 3; r++) cr_assert(epsilon_eq(dbl, part(&s, r), 1.0 / 3.0, 1e-5), "rank %zu", r);
    begin_speeds(&s, up, rows);
    clmlp_sharing_measure(&s.sharing);
    cr_assert(gt(dbl, part(&s, 2), 0.36));
    begin_speeds(&s, down, rows);
    clmlp_sharing_measure(&s.sharing);
    cr_assert(lt(dbl, part(&s, 2), 0.30));
}

/* A rank without a time, or without rows, says nothing of its speed. */
Test(batch_share, shares_wait_for_the_times_of_all)
{
    for (int what = 0; what < 3; what++) {
        speeds s;
        begin_speeds(&s, (const double[]){1.0, what == 0 ? 0.0 : 4.0, 1.0},
                     (const double[]){10.0, 10.0, what == 1 ? 0.0 : 10.0});
        if (what == 2) s.sharing.measures = false;
        clmlp_sharing_measure(&s.sharing);
        for (size_t r = 0; r < 3; r++) {
            cr_assert(epsilon_eq(dbl, part(&s, r), 1.0 / 3.0, 1e-5), "%d: rank %zu", what, r);
        }
        cr_assert(eq(dbl, s.seconds[0], 1.0)); /* and goes on to be counted */
    }
}

/* Every batch is one rank's. */
Test(batch_share, batches_of_a_pass_are_divided)
{
    for (size_t count = 1; count <= MOST; count++) {
        for (size_t batches_count = 0; batches_count < 40; batches_count++) {
            size_t next = 0;
            for (size_t r = 0; r < count; r++) {
                const clmlp_sharing sharing = {.rank = r, .count = count};
                size_t first = 77, own = 77;
                clmlp_sharing_batches(&sharing, batches_count, &first, &own);
                cr_assert(eq(sz, first, next), "rank %zu of %zu, %zu batches", r, count, batches_count);
                cr_assert(own == batches_count / count || own == batches_count / count + 1);
                next += own;
            }
            cr_assert(eq(sz, next, batches_count));
        }
    }
}
