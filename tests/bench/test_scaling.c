/* test_scaling.c - steps on many devices, by formula: against numbers worked out by hand, and at the limits. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "bench/scaling.h"
#include "networks.h"

/* Sums of doubles in another order: some units in the last place. */
static const double NEAR = 1e-12;

static void check_near(double value, double expected, const char *what)
{
    cr_expect(fabs(value - expected) <= NEAR * fabs(expected), "%s: %.17g, expected %.17g", what, value, expected);
}

static const clmlp_link LINK = {.alpha = 10e-6, .overhead = 1e-6, .beta = 1e-9, .gamma = 0.25e-9};
static const clmlp_link FREE = {.alpha = 0.0};

/* --- one sum ---------------------------------------------------------------------------------------------- */

Test(scaling, sums_take_what_is_worked_out_by_hand)
{
    static const struct {
        clmlp_summing way;
        size_t ranks;
        double bytes, seconds;
    } cases[] = {
        /* 4 MB: 4 ms a way, 1 ms to add */
        {CLMLP_SUMMING_ORDERED, 2, 4e6, 20e-6 + 4e-3 + 1e-3},
        {CLMLP_SUMMING_ORDERED, 4, 4e6, 2 * 12e-6 + 6e-3 + 1e-3},
        {CLMLP_SUMMING_ORDERED, 5, 4e6, 2 * 13e-6 + 6.4e-3 + 1e-3},
        {CLMLP_SUMMING_RING, 2, 4e6, 20e-6 + 4e-3 + 0.5e-3},
        {CLMLP_SUMMING_RING, 4, 4e6, 60e-6 + 6e-3 + 0.75e-3},
        {CLMLP_SUMMING_TREE, 2, 4e6, 10e-6 + 4e-3 + 1e-3},
        {CLMLP_SUMMING_TREE, 4, 4e6, 2 * (10e-6 + 4e-3 + 1e-3)},
        {CLMLP_SUMMING_TREE, 8, 4e6, 3 * (10e-6 + 4e-3 + 1e-3)},
        {CLMLP_SUMMING_TREE, 6, 4e6, 4 * (10e-6 + 4e-3) + 3 * 1e-3}, /* two ranks beyond four */
        {CLMLP_SUMMING_TREE, 4096, 4e6, 12 * (10e-6 + 4e-3 + 1e-3)},
        /* short ones: all to all, once */
        {CLMLP_SUMMING_ORDERED, 2, 4000, 10e-6 + 4e-6 + 2e-6},
        {CLMLP_SUMMING_ORDERED, 4, 4000, 12e-6 + 12e-6 + 4e-6},
        {CLMLP_SUMMING_ORDERED, 4, 0, 12e-6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char what[64];
        (void)snprintf(what, sizeof what, "%s over %zu ranks of %g bytes", clmlp_summing_name(cases[i].way),
                       cases[i].ranks, cases[i].bytes);
        check_near(clmlp_bench_sum_seconds(cases[i].way, cases[i].ranks, cases[i].bytes, &LINK), cases[i].seconds,
                   what);
    }
}

Test(scaling, sums_of_one_rank_and_over_links_that_cost_nothing_take_no_time)
{
    for (int way = 0; way < CLMLP_SUMMING_COUNT; way++) {
        cr_expect_eq(clmlp_bench_sum_seconds((clmlp_summing)way, 1, 1e9, &LINK), 0.0);
        for (size_t ranks = 1; ranks <= 4096; ranks = 2 * ranks + 1) {
            cr_expect_eq(clmlp_bench_sum_seconds((clmlp_summing)way, ranks, 1e9, &FREE), 0.0);
        }
    }
}

/* Where the latencies of messages do not overlap, ordered sums and rings send as much in as many of them. */
Test(scaling, an_ordered_sum_without_overlap_is_a_ring_that_adds_all)
{
    clmlp_link link = LINK;
    link.overhead = link.alpha;
    for (size_t ranks = 2; ranks <= 4096; ranks *= 2) {
        const double more = 8e6 * link.gamma / (double)ranks;
        check_near(clmlp_bench_sum_seconds(CLMLP_SUMMING_ORDERED, ranks, 8e6, &link),
                   clmlp_bench_sum_seconds(CLMLP_SUMMING_RING, ranks, 8e6, &link) + more, "ordered");
    }
}

Test(scaling, a_sum_of_nothing_that_can_be_is_no_number)
{
    static const clmlp_link wrong[] = {
        {.alpha = -1.0}, {.alpha = NAN}, {.beta = -1.0}, {.beta = INFINITY}, {.gamma = NAN}, {.overhead = 1e-9}};
    cr_expect(isnan(clmlp_bench_sum_seconds(CLMLP_SUMMING_RING, 0, 8, &LINK)));
    cr_expect(isnan(clmlp_bench_sum_seconds(CLMLP_SUMMING_RING, 2, -8, &LINK)));
    cr_expect(isnan(clmlp_bench_sum_seconds(CLMLP_SUMMING_RING, 2, NAN, &LINK)));
    cr_expect(isnan(clmlp_bench_sum_seconds(CLMLP_SUMMING_RING, 2, 8, NULL)));
    cr_expect(isnan(clmlp_bench_sum_seconds(CLMLP_SUMMING_COUNT, 2, 8, &LINK)));
    cr_expect(isnan(clmlp_bench_sum_seconds((clmlp_summing)-1, 1, 8, &LINK)));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect(isnan(clmlp_bench_sum_seconds(CLMLP_SUMMING_ORDERED, 2, 8, &wrong[i])), "link %zu", i);
    }
    cr_expect_str_eq(clmlp_summing_name((clmlp_summing)9), "?");
    cr_expect_str_eq(clmlp_summing_name(CLMLP_SUMMING_TREE), "tree");
}

/* --- a step ------------------------------------------------------------------------------------------------- */

/* 2-3-1: forward 9 + 4 products of an example, gradient(2) 4, delta(2) 3, gradient(1) 9: 29. A step of as many seconds
 * has its first gradient after 17 of them. */
static clmlp_model *small_model(void)
{
    clmlp_model *model = NULL;
    OK(clmlp_model_create(&model, 3, (size_t[]){2, 3, 1}, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1, error));
    return model;
}

static clmlp_bench_shares small_shares(void)
{
    return (clmlp_bench_shares){.size = sizeof(clmlp_bench_shares), .count = 2, .M = {1, 8}, .alone = {2.9, 29.0},
                                .shared = {2.9, 29.0}};
}

static clmlp_bench_prediction predicted(const clmlp_bench_setting *setting, size_t ranks, size_t M)
{
    clmlp_bench_prediction p = {.size = sizeof p};
    OK(clmlp_bench_predict(setting, ranks, M, &p, error));
    return p;
}

/* theta(2) has 16 bytes, theta(1) 36: each is one round, (alpha + 16 beta) and (alpha + 36 beta). */
Test(scaling, a_step_hides_what_there_is_time_for)
{
    static const struct {
        clmlp_summing way;
        double alpha, beta, bucket, update, exchange, exposed;
    } cases[] = {
        {CLMLP_SUMMING_ORDERED, 0, 0.125, 0, 0, 6.5, 4.5},   /* 17 to 19; 29 to 33.5 */
        {CLMLP_SUMMING_ORDERED, 0, 1, 0, 0, 52, 40},         /* 17 to 33; 33 to 69 */
        {CLMLP_SUMMING_ORDERED, 10, 1, 0, 0, 72, 50},        /* 17 to 33, there at 43; 33 to 69, there at 79 */
        {CLMLP_SUMMING_ORDERED, 10, 0, 0, 0, 20, 10},        /* 17 to 27; 29 to 39 */
        {CLMLP_SUMMING_ORDERED, 0, 1, 16, 0, 52, 40},        /* the bucket is full with the first */
        {CLMLP_SUMMING_ORDERED, 0, 1, 17, 0, 52, 52},        /* both together: 29 to 81 */
        {CLMLP_SUMMING_ORDERED, 10, 1, 1e9, 0, 62, 62},
        {CLMLP_SUMMING_ORDERED, 0, 1, 0, 14.5, 52, 46},      /* 8.5 to 24.5; to 60.5, and the passes end at 14.5 */
        {CLMLP_SUMMING_ORDERED, 0, 0, 0, 5, 0, 0},
        {CLMLP_SUMMING_RING, 10, 0, 0, 0, 40, 28},           /* 17 to 37; 37 to 57 */
        {CLMLP_SUMMING_TREE, 6, 0, 0, 0, 12, 6},             /* 17 to 23; 29 to 35 */
        {CLMLP_SUMMING_TREE, 20, 0, 0, 29, 40, 40},          /* all of it is the update */
    };
    clmlp_model *const model = small_model();
    clmlp_bench_shares shares = small_shares();
    clmlp_bench_setting setting = clmlp_bench_setting_default();
    setting.model = model;
    setting.shares = &shares;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setting.way = cases[i].way;
        setting.link = (clmlp_link){.alpha = cases[i].alpha, .beta = cases[i].beta};
        setting.bucket = cases[i].bucket;
        shares.update = cases[i].update;
        const clmlp_bench_prediction p = predicted(&setting, 2, 16);
        check_near(p.compute, 29.0, "compute");
        check_near(p.exchange, cases[i].exchange, "exchange");
        check_near(p.exposed, cases[i].exposed, "exposed");
        check_near(p.seconds, 29.0 + cases[i].exposed, "a step");
        check_near(p.speedup, 58.0 / (29.0 + cases[i].exposed), "speed-up"); /* 16 alone: twice 8 */
        check_near(p.efficiency, p.speedup / 2.0, "efficiency");
    }
    clmlp_model_destroy(model);
}

Test(scaling, one_device_is_itself)
{
    clmlp_model *const model = small_model();
    clmlp_bench_shares shares = small_shares();
    clmlp_bench_setting setting = clmlp_bench_setting_default();
    setting.model = model;
    setting.shares = &shares;
    setting.link = (clmlp_link){.alpha = 1e6, .overhead = 1e6};
    shares.shared[1] = 1e9; /* a rank's step is not that of one device alone */
    const clmlp_bench_prediction p = predicted(&setting, 1, 8);
    cr_expect(p.seconds == 29.0 && p.compute == 29.0 && p.exchange == 0.0 && p.exposed == 0.0);
    cr_expect(p.speedup == 1.0 && p.efficiency == 1.0);
    size_t M = 0;
    OK(clmlp_bench_pays_from(&setting, 1, 1.0, &M, error));
    cr_expect_eq(M, 1);
    clmlp_model_destroy(model);
}

Test(scaling, times_of_shares_are_joined_by_lines)
{
    static const size_t M[] = {2, 4, 8};
    static const double seconds[] = {3.0, 4.0, 10.0};
    static const struct {
        double share, seconds;
    } cases[] = {{1, 3.0}, {2, 3.0}, {3, 3.5}, {4, 4.0}, {5, 5.5}, {8, 10.0}, {16, 20.0}, {12, 15.0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_near(clmlp_time_of_share(M, seconds, 3, cases[i].share), cases[i].seconds, "a share");
    }
    check_near(clmlp_time_of_share(M, seconds, 1, 6), 9.0, "the only one");
}

/* The largest share is what all wait for: 3 ranks of 16 examples have 6 of them at the most. */
Test(scaling, a_batch_that_cannot_be_divided_takes_as_long_as_its_largest_share)
{
    clmlp_model *const model = small_model();
    const clmlp_bench_shares shares = small_shares();
    clmlp_bench_setting setting = clmlp_bench_setting_default();
    setting.model = model;
    setting.shares = &shares;
    check_near(predicted(&setting, 3, 16).compute, 2.9 + 5.0 / 7.0 * 26.1, "compute");
    clmlp_model_destroy(model);
}

/* --- from which batch on ---------------------------------------------------------------------------------------- */

Test(scaling, a_batch_pays_from_where_its_efficiency_is_reached)
{
    static const double efficiencies[] = {0.125, 0.5, 0.8, 0.99};
    clmlp_model *const model = small_model();
    const clmlp_bench_shares shares = small_shares();
    clmlp_bench_setting setting = clmlp_bench_setting_default();
    setting.model = model;
    setting.shares = &shares;
    setting.link = (clmlp_link){.alpha = 100.0, .overhead = 10.0};
    size_t before = 0;
    for (size_t i = 0; i < sizeof efficiencies / sizeof *efficiencies; i++) {
        size_t M = 0;
        OK(clmlp_bench_pays_from(&setting, 8, efficiencies[i], &M, error));
        cr_assert(M >= 16 && M % 8 == 0 && M >= before, "%zu", M);
        cr_expect_geq(predicted(&setting, 8, M).efficiency, efficiencies[i]);
        cr_expect_lt(predicted(&setting, 8, M - 8).efficiency, efficiencies[i]);
        before = M;
    }
    /* 29 / 8 seconds an example, and two sums that nothing hides but the first a little: the efficiency goes to 1 */
    cr_expect_gt(predicted(&setting, 8, (size_t)8 << 20).efficiency, 0.999);
    clmlp_model_destroy(model);
}

Test(scaling, no_batch_pays_where_sums_take_for_ever_and_any_where_they_take_nothing)
{
    clmlp_model *const model = small_model();
    clmlp_bench_shares shares = small_shares();
    clmlp_bench_setting setting = clmlp_bench_setting_default();
    setting.model = model;
    setting.shares = &shares;
    size_t M = 7;
    OK(clmlp_bench_pays_from(&setting, 4, 0.25, &M, error));
    cr_expect_eq(M, 4);
    setting.link = (clmlp_link){.alpha = 1e12};
    OK(clmlp_bench_pays_from(&setting, 4, 0.25, &M, error));
    cr_expect_eq(M, 0);
    setting.link = FREE;
    for (size_t i = 0; i < shares.count; i++) shares.shared[i] *= 2.0; /* half as fast as one alone, in any batch */
    OK(clmlp_bench_pays_from(&setting, 4, 0.8, &M, error));
    cr_expect_eq(M, 0);
    clmlp_model_destroy(model);
}

/* --- the link that sums show -------------------------------------------------------------------------------------- */

enum { SIZES = 10 };

static void sums_of(size_t ranks, const clmlp_link *link, double *bytes, double *seconds)
{
    for (size_t i = 0; i < SIZES; i++) {
        bytes[i] = 4.0 * pow(4.0, (double)i);
        seconds[i] = clmlp_bench_sum_seconds(CLMLP_SUMMING_ORDERED, ranks, bytes[i], link);
    }
}

Test(scaling, a_link_is_found_again_in_the_sums_that_it_makes)
{
    static const size_t ranks[] = {2, 3, 4, 64};
    double bytes[SIZES], seconds[SIZES], scratch[SIZES];
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        clmlp_link found = {.overhead = LINK.overhead, .gamma = LINK.gamma};
        sums_of(ranks[i], &LINK, bytes, seconds);
        clmlp_fit_link(ranks[i], bytes, seconds, SIZES, scratch, &found);
        /* the conditions of the two equations are far below 1e6 */
        cr_expect(fabs(found.alpha / LINK.alpha - 1.0) <= 1e-9, "%zu ranks: alpha %g", ranks[i], found.alpha);
        cr_expect(fabs(found.beta / LINK.beta - 1.0) <= 1e-9, "%zu ranks: beta %g", ranks[i], found.beta);
        cr_expect(found.overhead == LINK.overhead && found.gamma == LINK.gamma);
    }
}

Test(scaling, a_size_that_was_disturbed_does_not_count)
{
    for (size_t disturbed = 0; disturbed < SIZES - 1; disturbed++) {
        double bytes[SIZES], seconds[SIZES], scratch[SIZES];
        clmlp_link found = {.overhead = LINK.overhead, .gamma = LINK.gamma};
        sums_of(4, &LINK, bytes, seconds);
        seconds[disturbed] *= 5.0;
        clmlp_fit_link(4, bytes, seconds, SIZES, scratch, &found);
        cr_expect(fabs(found.alpha / LINK.alpha - 1.0) <= 1e-9, "size %zu: alpha %g", disturbed, found.alpha);
        cr_expect(fabs(found.beta / LINK.beta - 1.0) <= 1e-9, "size %zu: beta %g", disturbed, found.beta);
    }
}

/* As an MPI does: half as fast from 16 KiB on. alpha is that of short sums, but for what they are thought to send: 3
 * times 256 bytes at the most, at 1 ns too much. */
Test(scaling, short_and_long_sums_may_go_other_ways)
{
    clmlp_link slow = LINK, found = {.overhead = LINK.overhead, .gamma = LINK.gamma};
    double bytes[SIZES], seconds[SIZES], scratch[SIZES];
    slow.beta = 2.0 * LINK.beta;
    sums_of(4, &LINK, bytes, seconds);
    for (size_t i = 6; i < SIZES; i++) {
        seconds[i] = clmlp_bench_sum_seconds(CLMLP_SUMMING_ORDERED, 4, bytes[i], &slow);
    }
    clmlp_fit_link(4, bytes, seconds, SIZES, scratch, &found);
    cr_expect(fabs(found.alpha - LINK.alpha) <= 3 * 256 * 1e-9, "alpha %g", found.alpha);
    /* 2 alpha of 3 ms are not more than that wrong */
    cr_expect(fabs(found.beta / slow.beta - 1.0) <= 1e-3, "beta %g", found.beta);
}

/* Three sizes, all of them short, and one: something can be said all the same. */
Test(scaling, a_link_is_found_in_few_sums)
{
    double bytes[SIZES], seconds[SIZES], scratch[SIZES];
    clmlp_link found = {.overhead = LINK.overhead, .gamma = LINK.gamma};
    sums_of(2, &LINK, bytes, seconds);
    clmlp_fit_link(2, bytes, seconds, 3, scratch, &found);
    cr_expect(fabs(found.alpha / LINK.alpha - 1.0) <= 1e-3, "alpha %g", found.alpha);
    clmlp_fit_link(2, bytes, seconds, 1, scratch, &found);
    cr_expect(found.alpha >= 0.0 && found.beta >= 0.0 && found.alpha <= seconds[0]);
}

Test(scaling, a_link_has_no_negative_costs)
{
    double bytes[SIZES], seconds[SIZES], scratch[SIZES];
    clmlp_link found = {.alpha = 0.0};
    for (size_t i = 0; i < SIZES; i++) { /* all the same, and falling */
        bytes[i] = 4.0 * pow(4.0, (double)i);
        seconds[i] = 1e-3 / (1.0 + (double)i);
    }
    clmlp_fit_link(2, bytes, seconds, SIZES, scratch, &found);
    cr_expect(found.alpha > 0.0 && found.beta == 0.0, "alpha %g, beta %g", found.alpha, found.beta);
    for (size_t i = 0; i < SIZES; i++) seconds[i] = 1e-9 * bytes[i] * bytes[i];
    clmlp_fit_link(2, bytes, seconds, SIZES, scratch, &found);
    cr_expect(found.alpha == 0.0 && found.beta > 0.0, "alpha %g, beta %g", found.alpha, found.beta);
}

Test(scaling, an_overhead_is_at_most_alpha_and_sums_take_as_long)
{
    const clmlp_link link = {.alpha = 5e-6, .overhead = 5e-6, .beta = 1e-9};
    double bytes[SIZES], seconds[SIZES], scratch[SIZES];
    clmlp_link found = {.overhead = 6e-6};
    sums_of(4, &link, bytes, seconds);
    clmlp_fit_link(4, bytes, seconds, SIZES, scratch, &found);
    cr_expect_eq(found.overhead, found.alpha);
    for (size_t i = 0; i < SIZES; i++) {
        const double again = clmlp_bench_sum_seconds(CLMLP_SUMMING_ORDERED, 4, bytes[i], &found);
        cr_expect(fabs(again / seconds[i] - 1.0) <= 1e-9, "%g bytes: %g, not %g", bytes[i], again, seconds[i]);
    }
}
