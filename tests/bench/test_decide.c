/* test_decide.c - what is decided from times that are made up: noise, ties, a loaded machine, one real winner. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "bench/tuning.h"

enum { MOST = 400, SEED = 15 };
static const double RISK = 0.01;

static double noise(uint32_t run, size_t r)
{
    return clmlp_random_normal(SEED, CLMLP_RANDOM_DRAW, run, r);
}

/* Of a thing `speed` times as fast, where a round's ratio has this standard deviation. */
static clmlp_interval made_up(double speed, double deviation, size_t rounds, uint32_t run, double risk)
{
    double logarithms[MOST];
    for (size_t r = 0; r < rounds; r++) logarithms[r] = log(speed) + deviation * noise(run, r);
    return clmlp_speed_interval(logarithms, rounds, risk);
}

/* Of n fair coins at most k show heads: counted, not by a formula. */
static double heads(unsigned n, unsigned k)
{
    unsigned long hits = 0;
    for (unsigned long word = 0; word < 1ul << n; word++) {
        unsigned ones = 0;
        for (unsigned i = 0; i < n; i++) ones += (unsigned)(word >> i & 1u);
        hits += ones <= k;
    }
    return (double)hits / (double)(1ul << n);
}

Test(decide, an_interval_leaves_out_as_many_samples_as_the_sign_test_allows)
{
    static const double risks[] = {0.3, 0.1, 0.05, 0.01, 0.001};
    for (unsigned n = 1; n <= 16; n++) {
        for (size_t i = 0; i < sizeof risks / sizeof *risks; i++) {
            double samples[16];
            unsigned left_out = 0;
            for (unsigned k = 0; k < n; k++) samples[k] = (double)(n - k); /* 1 to n, the largest first */
            while (left_out < (n + 1) / 2 && 2.0 * heads(n, left_out) <= risks[i] * (1.0 + 1e-9)) left_out++;
            const clmlp_interval found = clmlp_median_interval(samples, n, risks[i]);
            cr_assert_eq(found.middle, (double)(n + 1) / 2.0);
            if (left_out == 0) {
                cr_assert(isinf(found.low) && found.low < 0.0 && isinf(found.high) && found.high > 0.0);
            } else {
                cr_assert_eq(found.low, (double)left_out, "%u samples, risk %g: %g", n, risks[i], found.low);
                cr_assert_eq(found.high, (double)(n + 1 - left_out));
            }
        }
    }
}

/* In so many cases that the median is 0, whatever the noise is like, about the risk of them may miss it. */
Test(decide, an_interval_holds_the_true_median_as_often_as_it_says)
{
    enum { RUNS = 2000, ROUNDS = 25 };
    static const double risk = 0.1;
    size_t missed = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        double samples[ROUNDS];
        /* tails as long as those of a machine that does other things at times */
        for (size_t r = 0; r < ROUNDS; r++) samples[r] = noise(run, r) / noise(run + RUNS, r);
        const clmlp_interval found = clmlp_median_interval(samples, ROUNDS, risk);
        missed += !(found.low <= 0.0 && found.high >= 0.0);
    }
    /* at most 0.1 of 2000 on average; six standard deviations more */
    cr_assert_leq(missed, 200 + 6 * 14, "%zu of %d, seed %d", missed, RUNS, SEED);
    cr_assert_geq(missed, 20, "%zu of %d: far too wide", missed, RUNS);
}

Test(decide, one_real_winner_is_found)
{
    const clmlp_interval speed = made_up(1.10, 0.05, 50, 1, RISK);
    cr_assert_eq(clmlp_speed_finding(&speed), CLMLP_FASTER, "%g to %g", speed.low, speed.high);
    clmlp_interval speeds[] = {{1.0, 1.0, 1.0}, made_up(0.9, 0.05, 50, 2, RISK), speed, made_up(1.2, 0.05, 50, 3, RISK),
                               made_up(1.0, 0.6, 50, 4, RISK)};
    const bool valid[] = {true, true, true, true, true}, two[] = {true, true, true, false, true};
    size_t doubtful = 0;
    cr_assert_eq(clmlp_decide(speeds, valid, 5, 0, &doubtful), 3); /* the faster of two that are */
    cr_assert_eq(doubtful, 5, "there is a winner, so what noise hides of another does not count");
    cr_assert_eq(clmlp_decide(speeds, two, 5, 0, &doubtful), 2); /* what is wrong is not taken */
}

Test(decide, in_a_tie_the_default_stays)
{
    const bool valid[] = {true, true, true};
    size_t doubtful = 0;
    clmlp_interval speeds[] = {made_up(1.0, 0.01, 50, 1, RISK), {1.0, 1.0, 1.0}, made_up(1.015, 0.002, 50, 2, RISK)};
    cr_assert_gt(speeds[2].low, 1.0, "surely faster, by less than it takes");
    cr_assert_eq(clmlp_decide(speeds, valid, 3, 1, &doubtful), 1);
    cr_assert_eq(doubtful, 3);
}

Test(decide, noise_that_may_hide_a_gain_decides_nothing)
{
    const bool valid[] = {true, true, true};
    size_t doubtful = 0;
    clmlp_interval speeds[] = {{1.0, 1.0, 1.0}, made_up(1.0, 0.5, 50, 1, RISK), made_up(1.3, 1.0, 50, 2, RISK)};
    cr_assert_eq(clmlp_speed_finding(&speeds[1]), CLMLP_UNDECIDED);
    cr_assert_eq(clmlp_decide(speeds, valid, 3, 0, &doubtful), 0);
    cr_assert_eq(doubtful, speeds[1].middle > speeds[2].middle ? 1 : 2);
}

/* Of twice as fast, in three rounds. */
Test(decide, too_few_rounds_decide_nothing_and_how_many_it_takes_is_known)
{
    const clmlp_interval three = made_up(2.0, 0.0, 3, 1, RISK);
    cr_assert_eq(clmlp_speed_finding(&three), CLMLP_UNDECIDED);
    cr_assert_eq(clmlp_rounds_needed(RISK), 8); /* 2 / 2^7 > 0.01 >= 2 / 2^8 */
    cr_assert_eq(clmlp_rounds_needed(RISK / 9.0), 11);
    cr_assert_eq(clmlp_rounds_needed(0.5), 2);
    const clmlp_interval seven = made_up(2.0, 0.0, 7, 1, RISK), eight = made_up(2.0, 0.0, 8, 1, RISK);
    cr_assert_eq(clmlp_speed_finding(&seven), CLMLP_UNDECIDED);
    cr_assert_eq(clmlp_speed_finding(&eight), CLMLP_FASTER);
}

Test(decide, with_risk_1_the_median_decides)
{
    const clmlp_interval fast = made_up(1.3, 0.0, 1, 1, 1.0), slow = made_up(0.9, 0.05, 2, 1, 1.0);
    cr_assert_eq(fast.low, fast.high);
    cr_assert_eq(slow.low, slow.high);
    cr_assert_eq(clmlp_speed_finding(&fast), CLMLP_FASTER);
    cr_assert_eq(clmlp_speed_finding(&slow), CLMLP_NOT_FASTER);
    cr_assert_eq(clmlp_rounds_needed(1.0), 1);
}

Test(decide, what_is_no_number_decides_nothing)
{
    double none[] = {0.1, 0.1, (double)NAN, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    const clmlp_interval speed = clmlp_speed_interval(none, 9, RISK), empty = clmlp_speed_interval(none, 0, RISK);
    cr_assert(isnan(speed.middle) && isnan(empty.middle));
    cr_assert_eq(clmlp_speed_finding(&speed), CLMLP_UNDECIDED);
    const bool valid[] = {true, true};
    const clmlp_interval speeds[] = {{1.0, 1.0, 1.0}, speed};
    size_t doubtful = 0;
    cr_assert_eq(clmlp_decide(speeds, valid, 2, 0, &doubtful), 0);
    cr_assert_eq(doubtful, 1);
}

/* Of 2,000 tunings of nine candidates that are all as fast as the default, on a machine as noisy as can be, 1 in 100
 * may take another. */
Test(decide, noise_seldom_passes_for_a_gain)
{
    enum { RUNS = 2000, CANDIDATES = 10, ROUNDS = 15 };
    size_t wrong = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        clmlp_interval speeds[CANDIDATES] = {{1.0, 1.0, 1.0}};
        bool valid[CANDIDATES] = {true};
        size_t doubtful = 0;
        for (uint32_t c = 1; c < CANDIDATES; c++) {
            speeds[c] = made_up(1.0, 0.5, ROUNDS, 100000 + run * CANDIDATES + c, RISK / (CANDIDATES - 1));
            valid[c] = true;
        }
        wrong += clmlp_decide(speeds, valid, CANDIDATES, 0, &doubtful) != 0;
    }
    cr_assert_leq(wrong, 20 + 6 * 5, "%zu of %d, seed %d", wrong, RUNS, SEED);
}

/* --- told before the rounds --------------------------------------------------------------------------------------- */

static char told[1024];

static void hear(const char *what, void *context)
{
    (void)context;
    (void)snprintf(told, sizeof told, "%s", what);
}

/* What is told of a network that is warmed up: so many rounds, so long, of 4 candidates at so much risk each. */
static void expect_told(double seconds, size_t rounds, double round_seconds, double risk, const char *expected)
{
    static clmlp_tune_result found = {.shapes = {"20-12-3@8"}};
    clmlp_tuning t = {.config = clmlp_tune_config_default(), .result = &found};
    t.config.seconds = seconds;
    t.config.on_work.function = hear;
    told[0] = '\0';
    clmlp_tuning_plan_rounds(&t, 0, 4, rounds, round_seconds, risk);
    cr_assert_str_eq(told, expected);
}

/* Eight fair coins show the same side with probability 2/256; at a risk of 0.01 that is enough. */
Test(decide, says_before_the_rounds_of_a_slow_network_that_they_are_too_few)
{
    expect_told(0.5, 3, 7.25, 0.01, "20-12-3@8: 3 rounds of about 7.2 s are too few to decide at a risk of 0.01 (8 are "
                "needed): give each candidate more time, --seconds 14.5 or more");
    expect_told(0.5, 7, 0.31, 0.01, "20-12-3@8: 7 rounds of about 0.31 s are too few to decide at a risk of 0.01 (8 "
                "are needed): give each candidate more time, --seconds 0.7 or more");
    expect_told(0.5, 8, 0.25, 0.01, "");
    expect_told(0.5, 3, 7.25, 1.0, "");
    expect_told(0.05, 3, 0.1, 0.01, ""); /* so few that it was told before */
}
